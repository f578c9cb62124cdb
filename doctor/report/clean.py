"""Text that others wrote, made safe for a terminal, a log and a JSON document.

Servers, proxies and files may send terminal escapes, line breaks, characters that reorder the
line, and the commands that CI systems read from a log. Whoever reads foreign text strips it at
the door; this is the second door.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

MAX_DEPTH = 24

_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x90-\x9f]*(?:\x07|\x1b\\|\x9c)"  # OSC, DCS…
    r"|\x1b[ -/]*[0-~]"  # two-character escapes
)
# Azure Pipelines and GitHub obey `##vso[…]` and `##[…]` anywhere in a line of a log, TeamCity its
# own; GitHub obeys `::name …::` where it begins a line, after any white space.
_CI_HASH = re.compile(r"##(?=\w*\[)")
_CI_COLONS = re.compile(r"(?<!\S)::(?=[A-Za-z][\w-]*(?:\s|::|$))")

# Of category Cf like the harmful ones, but parts of words in some scripts.
_JOINERS = "\u200c\u200d"
_FOLD = str.maketrans(
    {
        "…": "...", "–": "-", "—": "-", "‑": "-", "−": "-", "‘": "'", "’": "'", "“": '"', "”": '"',
        "·": "-", "•": "-", "×": "x", "→": "->", "←": "<-", "≤": "<=", "≥": ">=", "≈": "~",
    }
)  # fmt: skip


def clean(text: str) -> str:
    """One line without escapes, controls or format characters; white space runs become a space."""
    return _defuse(" ".join(strip(text).split()))


def clean_lines(text: str) -> list[str]:
    """The lines of a command: as `clean`, but every space and line break stays where it was."""
    return [
        _defuse("".join(" " if ch.isspace() else ch for ch in strip(line))).rstrip()
        for line in text.replace("\r\n", "\n").split("\n")
    ]


def strip(text: str) -> str:
    """Without escapes, controls and format characters; white space is left as it is.

    A lone surrogate, which no encoding can carry, becomes U+FFFD.
    """
    if text.replace("\n", "").replace("\t", "").isprintable():
        return text
    from unicodedata import category

    kept = []
    for ch in _ESCAPES.sub("", text.replace("\r\n", "\n")):
        if ch.isprintable() or ch in "\t\n" or ch in _JOINERS:
            kept.append(ch)
        elif ch.isspace():
            kept.append("\n" if ch in "\x0b\x0c\r\x85\u2028\u2029" else " ")
        elif (kind := category(ch)) == "Cs":
            kept.append("\ufffd")
        elif kind not in ("Cc", "Cf"):
            kept.append(ch)  # unassigned in this Python's tables: a newer emoji, perhaps
    return "".join(kept)


def to_ascii(text: str) -> str:
    """Typographic characters as their ASCII look-alikes, every other one as its escape."""
    if text.isascii():
        return text
    return text.translate(_FOLD).encode("ascii", "backslashreplace").decode("ascii")


def shorten(text: str, limit: int) -> str:
    """At most about `limit` characters, cut between words if possible, saying how much is gone."""
    if len(text) <= limit:
        return text
    head = text[:limit]
    if (gap := head.rfind(" ")) > limit - 40 and gap > 0:
        head = head[:gap]
    return f"{head.rstrip()} ... ({len(text) - len(head)} more characters)"


def base_url(url: str) -> str:
    """The URL without user name, password, query and fragment, however malformed it is."""
    found = re.match(r"[A-Za-z][\w+.-]*://|//", url)
    scheme, rest = (found.group(), url[found.end() :]) if found else ("", url)
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    port = authority.rpartition(":")[2]
    if "@" in authority:
        rest = rest[authority.rindex("@") + 1 :]
    elif "@" in rest and ":" in authority and not port.isdigit() and "]" not in port:
        rest = rest[rest.rindex("@") + 1 :]  # a password with a bare slash, `?` or `#` in it
    return clean(scheme + re.split(r"[?#]", rest, maxsplit=1)[0])


def plain(value: object, depth: int = 0) -> Any:
    """Plain JSON values only: what else a check may have put into its evidence becomes text.

    Strings are stripped, numbers that are none become None, and depth has an end.
    """
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, str):
        return strip(value)
    if depth >= MAX_DEPTH:
        return "..."
    if isinstance(value, Mapping):
        return {strip(str(key)): plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item, depth + 1) for item in value]
    return strip(str(value))


def _defuse(text: str) -> str:
    if "##" in text:
        text = _CI_HASH.sub("# #", text)
    return _CI_COLONS.sub(": :", text) if "::" in text else text
