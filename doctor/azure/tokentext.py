"""Finding a token in what a person pastes, and taking tokens out of what is shown."""

from __future__ import annotations

import json
import re

MAX_TEXT = 65536
"""Characters; real access tokens stay under 16 KiB."""

_JSON_FIELDS = ("accessToken", "access_token", "token")
_ASSIGNMENT = re.compile(r"(?:export\s+|set\s+|setx\s+|\$env:)?[A-Za-z_][A-Za-z0-9_]*\s*[=:]\s*")
_SCHEME = re.compile(r"(?:authorization\s*:\s*)?bearer\s+", re.IGNORECASE)
_SHAPED = re.compile(r"eyJ[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]*){1,4}")
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?")
_MASK = "***"


def find_token(text: str) -> str | None:
    """The one token-like word of a text; None for an empty one. Judges no content."""
    text = text.strip().lstrip("\ufeff").strip()
    if text.startswith("{"):
        text = _from_json(text)
    text = _unquoted(text)
    for pattern in (_SCHEME, _ASSIGNMENT):
        found = pattern.match(text)
        if found:
            text = _unquoted(text[found.end() :])
    text = _SCHEME.sub("", text, count=1) if _SCHEME.match(text) else text
    return _unquoted(text) or None


def _unquoted(text: str) -> str:
    return text.strip().rstrip(";,").strip().strip("\"'`").strip()


def _from_json(text: str) -> str:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return text
    if not isinstance(document, dict):
        return text
    values = (document.get(name) for name in _JSON_FIELDS)
    return next((one.strip() for one in values if isinstance(one, str) and one.strip()), "")


def without_tokens(text: str) -> str:
    """The text with everything that is shaped like a token masked, escapes and controls gone."""
    text = _CONTROL.sub("", _SHAPED.sub(_MASK, text))
    return "".join(c if c.isprintable() or c in "\n\t" else " " for c in text)
