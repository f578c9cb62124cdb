"""What was said to a model and what it answered: never part of an excerpt."""

from __future__ import annotations

import re

from ..secret import MASK

_FIELD = re.compile(
    r"(?P<head>(?P<quote>\\{0,8}[\"'])(?:content|text|prompt|completion|input|output|system|thinking"
    r"|messages|partial_json|arguments|data)(?P=quote)\s{0,3}[:=]\s{0,3})"
    r"(?:(?P<open>\\{0,8}[\"'])(?!\*{3}(?P=open))(?P<said>(?:(?!(?P=open))[\s\S]){1,20000})(?P=open)?"
    r"|(?P<list>\[[\s\S]*))"
)
_LABEL = re.compile(r"(?P<head>\b(?:prompt|completion|user said|assistant)\s?[:=]\s?)(?!\*{3})\S.*",
                    re.IGNORECASE)  # fmt: skip


def mask_content(text: str) -> str:
    """A line of a log without prompts and completions; an unclosed list takes the rest of it."""
    masked = _FIELD.sub(_masked, text)
    return _LABEL.sub(lambda found: f"{found['head']}{MASK}", masked)


def _masked(found: re.Match[str]) -> str:
    if found["list"] is not None:
        return f"{found['head']}[{MASK}"
    return f"{found['head']}{found['open']}{MASK}{found['open']}"
