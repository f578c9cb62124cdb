"""Words for two shells: POSIX `sh` and PowerShell (Windows PowerShell 5.1 and later).

What no quoting makes safe is refused: line breaks and invisible characters; a leading dash, which
is an option, and a leading @, which makes `az` read a file; and, for PowerShell, what it does not
pass on intact or what cmd.exe would act upon inside `az.cmd`.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable

MAX_ARGUMENT = 200
# PowerShell ends a single-quoted text at any of these, and takes two for one.
_PS_QUOTES = re.compile("(['‘’‚‛])")
_PS_UNSAFE = re.compile(r'["“”„&|<>^%!`]|\\$')
_BASH_ONLY = re.compile(
    r"(?:^|[;|(\n])\s*(?P<word>export|unset|source|sudo|curl|date|\.)\s"
    r"|(?P<pipe>\|\s*(?:grep|head|tail|sed|awk|xargs|tr)\b)"
    r"|(?P<join>&&|\|\|)|(?P<sub>\$\(|\$\{?[A-Z])|(?P<null>[0-9&]?>\s*/dev/null)"
    r"|(?P<cut>\\\n)|(?:^|[;\n])\s*(?P<set>[A-Z_]+=)"
)
_APOSTROPHE = re.compile(r"(?<=[A-Za-z])'(?=[a-z]\b)")


def bash_word(value: str) -> str | None:
    """The value as one word of a POSIX shell, or None where it must not stand in a command."""
    return shlex.quote(value) if _is_argument(value) else None


def pwsh_word(value: str) -> str | None:
    """The value as one word of PowerShell, or None where it must not stand in a command."""
    if not _is_argument(value) or _PS_UNSAFE.search(value):
        return None
    return "'" + _PS_QUOTES.sub(r"\1\1", value) + "'"


def bash_only(command: str) -> str | None:
    """What in a bash command PowerShell does not understand, or None where both take it."""
    found = _BASH_ONLY.search(command)
    return None if found is None else next(part for part in found.groups() if part)


Pieces = Iterable[tuple[int, str, "str | None"]]


def quoted_placeholder(pieces: Pieces) -> str | None:
    """The first placeholder inside quotes, where a quoted value would end them; else None."""
    quote = ""
    for _, text, name in pieces:
        if name is not None:
            if quote:
                return name
            continue
        escaped = False
        for character in _APOSTROPHE.sub(" ", text):
            if escaped:
                escaped = False
            elif character == "\\" and quote != "'":
                escaped = True
            elif quote == character:
                quote = ""
            elif not quote and character in "'\"":
                quote = character
    return None


def glued_placeholder(pieces: Pieces) -> str | None:
    """The first placeholder that is not a word of its own: PowerShell would cut it in two."""
    parts = list(pieces)
    for number, (_, _, name) in enumerate(parts):
        if name is None:
            continue
        before = parts[number - 1] if number else None
        after = parts[number + 1] if number + 1 < len(parts) else None
        if before is not None and (before[2] is not None or before[1][-1:] not in " (=\n,"):
            return name
        if after is not None and (after[2] is not None or after[1][:1] not in " );|\n,"):
            return name
    return None


def _is_argument(value: str) -> bool:
    return value.isprintable() and len(value) <= MAX_ARGUMENT and value[:1] not in ("-", "@")
