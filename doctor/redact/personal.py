"""Persons: user principal names, home folders, and the names of the people at this machine."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

PRINCIPAL = "[user principal]"
USER = "[user]"
HOME = "~"

_GENERIC_WORDS = (
    "root admin administrator user users runner runneradmin azureuser vscode ubuntu debian nobody"
    " app appuser build builder jenkins codespace codespaces node python docker vsts site public"
    " default shared guest test tester dev developer service system local home me you claude azure"
    " foundry doctor anthropic key entra agent container vagrant pi ec2-user cloudshell sandbox"
    " caller demo host proxy error true false none data work name"
)
_GENERIC = frozenset(_GENERIC_WORDS.split())
"""Account names that name no person, or that are words of every report."""
_UPN = re.compile(
    r"(?<![A-Za-z0-9_.+%-])[A-Za-z0-9][\w.+'-]{0,63}(?:(?:#|%23)EXT(?:#|%23))?(?:@|%40|\\u0040)"
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,6}[A-Za-z]{2,24}(?![A-Za-z0-9_-])"
)
_HOMES = (
    re.compile(
        r"(?:(?<=file://)|(?<![A-Za-z0-9_.\-/])(?:/mnt/[a-z]|/[a-z]|/var|/export)?)/(?:home|Users)/"
        r"(?!(?:site|Shared|Public)(?![\w.-]))[^/\s\"'<>:;,)\]}|\\&?#`]+"
    ),
    re.compile(
        r"(?<![A-Za-z0-9])[A-Za-z]:(?:\\{1,8}|/)(?:Users|Documents and Settings)(?:\\{1,8}|/)"
        r"(?!(?:Public|Default|All Users)(?![\w.-]))"
        r"(?:[^\\/:*?\"'<>|\r\n]{1,64}(?=\\)|[^\\/:*?\"'<>|\s&`,;)\]}]+)"
    ),
    re.compile(r"%2[Ff](?:home|Users)%2[Ff][^%\s\"'&]+"),
)


class Personal:
    """Masks persons. `users` are account names, `homes` paths of their folders."""

    def __init__(
        self, users: Iterable[str] = (), homes: Iterable[str] = (), public: str = ""
    ) -> None:
        names = {one.strip() for one in users}
        known = sorted(
            (
                one
                for one in names
                if len(one) >= 3 and one.lower() not in _GENERIC and not _is_word(one, public)
            ),
            key=len,
            reverse=True,
        )
        self.names = tuple(known)
        paths = {one.rstrip("/\\") for one in homes if len(one.rstrip("/\\")) > 3}
        spelled = {path for one in paths for path in (one, one.replace("\\", "\\\\"))}
        ordered = sorted(spelled, key=len, reverse=True)
        self._homes = _any(ordered, r"(?<![\w.-])", r"(?![\w.-])")
        self._names = _any(known, r"(?<![A-Za-z0-9])", r"(?![A-Za-z0-9])", re.IGNORECASE)

    def apply(self, text: str, count: Callable[[str, int], None]) -> str:
        """The text without persons."""
        if self._homes is not None:
            text, number = self._homes.subn(HOME, text)
            count("home folder", number)
        for pattern in _HOMES:
            text, number = pattern.subn(HOME, text)
            count("home folder", number)
        text, number = _UPN.subn(PRINCIPAL, text)
        count("user principal name", number)
        if self._names is not None:
            text, number = self._names.subn(USER, text)
            count("user name", number)
        return text


def _is_word(name: str, public: str) -> bool:
    return (
        re.search(rf"(?<![A-Za-z]){re.escape(name)}(?![A-Za-z])", public, re.IGNORECASE) is not None
    )


def _any(texts: Iterable[str], before: str, after: str, flags: int = 0) -> re.Pattern[str] | None:
    choices = "|".join(re.escape(one) for one in texts)
    return re.compile(f"{before}(?:{choices}){after}", flags) if choices else None
