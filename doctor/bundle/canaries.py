"""Canaries: made-up secrets that redactor and scanner must both see before they are believed.

And the scanner's way of finding known values: a text in every reading that decoding gives it.
"""

from __future__ import annotations

import html
import quopri
import string
from binascii import Error as Base64Error
from binascii import a2b_base64
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import unquote_plus

_ROUNDS = 4


class _Runs(dict[int, str]):
    """For `str.translate`: the letters of base64 in one spelling, everything else a space."""

    def __missing__(self, code: int) -> str:
        ch = chr(code)
        known = ch.isascii() and (ch.isalnum() or ch in "+/")
        self[code] = ch if known else "+" if ch == "-" else "/" if ch == "_" else " "
        return self[code]


_RUNS = _Runs()


def samples() -> dict[str, str]:
    """Text by rule: each holds one made-up secret in the place where that rule must see it.

    Put together from parts, so that no scanner of source code takes them for real.
    """
    word = "Zq9" + "xW7vQ3mN5bT1rL8pK2jH6gF4dS0uYeC5"
    key = word + word[::-1] + "AbC0dEf1GhI2jKl3"
    token = "eyJ" + "hbGciOiJSUzI1NiJ9." + "eyJ" + "hdWQiOiJ4In0." + word
    return {
        "Azure key": f"the key is {key} and no other",
        "hexadecimal key": "key1 " + "0f9e8d7c6b5a4938" * 2,
        "token": f"got {token} back",
        "authorization header": f"Authorization: Bearer {word}",
        "named value": f'"client_secret": "{word}"',
        "URL": f"https://alice:{word}@proxy.example.com:3128/",
        "client secret": "abc8" + "Q~" + word[:32],
        "provider's token": "gh" + "p_" + word,
        "private key": "\\n".join(
            ("-----BEGIN " + "PRIVATE KEY-----", word, "-----END " + "PRIVATE KEY-----")
        ),
        "connection string": f"AccountName=x;AccountKey={word};EndpointSuffix=core.windows.net",
        "user principal name": "signed in as alice.example" + "@contoso.example.com today",
        "home folder": "/home/" + "alice.example/.azure/config",
    }


def views_of(text: str, *, squeezed: bool) -> list[str]:
    """The text as it stands, decoded round by round, and every run of base64 in it opened.

    `squeezed`: all of it without white space, where a line wrap cannot hide anything.
    """
    found: list[str] = []
    layer = text
    for _ in range(_ROUNDS):
        tight = "".join(layer.split())
        found += [tight, *_opened(tight)] if squeezed else [layer, *_opened(layer)]
        below = html.unescape(unquote_plus(_unescaped(layer), errors="replace"))
        if below == layer:
            break
        layer = below
    printable = quopri.decodestring(text.encode("utf-8", "replace")).decode("utf-8", "replace")
    return list(dict.fromkeys([*found, "".join(printable.split()) if squeezed else printable]))


def _unescaped(text: str) -> str:
    """Backslash escapes undone, all depths at once."""
    if "\\" not in text:
        return text
    parts, at, size = [], 0, len(text)
    letters = {"n": "\n", "r": "\r", "t": "\t"}
    while at < size:
        slash = text.find("\\", at)
        if slash < 0:
            break
        parts.append(text[at:slash])
        at = slash
        while at < size and text[at] == "\\":
            at += 1
        mark = text[at : at + 1]
        width = {"u": 4, "x": 2}.get(mark, 0)
        digits = text[at + 1 : at + 1 + width]
        if width and len(digits) == width and all(ch in string.hexdigits for ch in digits):
            parts.append(chr(int(digits, 16)))
            at += 1 + width
        else:
            parts.append(letters.get(mark, mark))
            at += len(mark)
    return "".join([*parts, text[at:]])


def _opened(text: str) -> Iterator[str]:
    """Runs of base64 as the text that they encode, at each alignment."""
    for run in text.translate(_RUNS).split():
        if len(run) >= 8:
            yield from _aligned(run)


@lru_cache(maxsize=20_000)  # words recur, in each reading of each file
def _aligned(run: str) -> tuple[str, ...]:
    found = []
    for offset in range(4):
        cut = run[offset:]
        cut = cut[: len(cut) - (len(cut) % 4 == 1)]
        try:
            plain = a2b_base64(cut + "=" * (-len(cut) % 4)).decode("latin-1")
        except (Base64Error, ValueError):
            continue
        found.append(plain)
        if "\0" in plain:
            found.append(plain.replace("\0", ""))
    return tuple(found)
