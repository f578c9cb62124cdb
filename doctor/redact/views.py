"""What a text says below its encodings, with the way back to where each character stands.

A view undoes one layer of percent, backslash, quoted-printable and HTML encoding, all at once and
at any depth of doubling; a further view undoes the next layer. What is found in a view is masked in
the text itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import NamedTuple

LAYERS = 6
_ENCODED = re.compile(
    r"(?P<percent>(?:%(?:25){0,8}[0-9A-Fa-f]{2})+)"
    r"|(?P<quoted>(?:=[0-9A-Fa-f]{2})+)"
    r"|(?P<hex>(?:\\+x[0-9A-Fa-f]{2})+)"
    r"|(?P<wide>(?:\\+u[0-9A-Fa-f]{4})+)"
    r"|(?P<slash>\\+)(?P<after>[nrtbf\"'/`]?)"
    r"|(?P<entity>&\#?\w{2,8};)"
)
_SOFT = re.compile(r"(?P<soft>=[ \t]{0,4}\r?\n)")
_BYTE = {
    "percent": re.compile(r"%(?:25){0,8}([0-9A-Fa-f]{2})"),
    "quoted": re.compile(r"=([0-9A-Fa-f]{2})"),
    "hex": re.compile(r"\\+x([0-9A-Fa-f]{2})"),
}
_WIDE = re.compile(r"\\+u([0-9A-Fa-f]{4})")
_LETTERS = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}

Piece = tuple[str, int, int]
"""Decoded characters, and the span of the view before that says them."""


class View(NamedTuple):
    """Character i of `text` stands at `starts[i]` to `ends[i]` of the original.

    None for both: the text is the original.
    """

    text: str
    starts: list[int] | None = None
    ends: list[int] | None = None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original behind characters of this view; `end` is past the last."""
        if self.starts is None or self.ends is None:
            return start, end
        return self.starts[start], self.ends[end - 1]


def views(first: View) -> Iterator[View]:
    """The view, then what it says below one layer, two, …; ends where nothing is encoded."""
    view: View | None = first
    for _ in range(LAYERS):
        if view is None:
            return
        yield view
        view = _below(view)


def decoded(value: str) -> str:
    """One layer of encoding undone, for a value by itself."""
    below = _below(View(value))
    return value if below is None else below.text


def squeezed(view: View) -> View | None:
    """The view without white space: what a line wrap cut is whole. None where there is none."""
    parts = [(found.start(), found.end()) for found in _SOLID.finditer(view.text)]
    if not parts or parts == [(0, len(view.text))]:
        return None
    text = "".join(view.text[start:end] for start, end in parts)
    starts: list[int] = []
    ends: list[int] = []
    for start, end in parts:
        if view.starts is None or view.ends is None:
            starts += range(start, end)
            ends += range(start + 1, end + 1)
        else:
            starts += view.starts[start:end]
            ends += view.ends[start:end]
    return View(text, starts, ends)


_SOLID = re.compile(r"[^\s\u200b\ufeff\xad]+")


def _below(view: View) -> View | None:
    chars: list[str] = []
    starts: list[int] = []
    ends: list[int] = []

    def put(text: str, start: int, end: int) -> None:
        first, last = view.span(start, end)
        chars.append(text)
        starts.extend([first] * len(text))
        ends.extend([last] * len(text))

    at = 0
    # A line break of quoted-printable may stand inside any other escape, so it goes first.
    pattern = _SOFT if _SOFT.search(view.text) else _ENCODED
    for found in pattern.finditer(view.text):
        _copy(view, at, found.start(), chars, starts, ends)
        at = found.end()
        for text, start, end in _pieces(found):
            put(text, start, end)
    if not at:
        return None
    _copy(view, at, len(view.text), chars, starts, ends)
    text = "".join(chars)
    return None if text == view.text else View(text, starts, ends)


def _copy(
    view: View, start: int, end: int, chars: list[str], starts: list[int], ends: list[int]
) -> None:
    if start >= end:
        return
    chars.append(view.text[start:end])
    if view.starts is None or view.ends is None:
        starts.extend(range(start, end))
        ends.extend(range(start + 1, end + 1))
    else:
        starts.extend(view.starts[start:end])
        ends.extend(view.ends[start:end])


def _pieces(found: re.Match[str]) -> Iterator[Piece]:
    kind = found.lastgroup
    if kind == "soft":
        return
    if kind == "after":  # a run of backslashes, at whatever depth, and what it escapes
        after = found["after"]
        yield _LETTERS.get(after, after), found.start(), found.end()
    elif kind == "wide":
        yield from _utf16(found)
    elif kind == "entity":
        yield unescape(found.group()), found.start(), found.end()
    elif kind is not None:
        yield from _utf8(found, _BYTE[kind])


def _utf8(found: re.Match[str], one: re.Pattern[str]) -> Iterator[Piece]:
    """Bytes as characters; a byte that is no UTF-8 becomes U+FFFD."""
    units = [
        (int(byte[1], 16), byte.start() + found.start(), byte.end() + found.start())
        for byte in one.finditer(found.group())
    ]
    at = 0
    while at < len(units):
        lead = units[at][0]
        size = 1 if lead < 0xC0 else 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4
        group = units[at : at + size]
        try:
            text = bytes(unit[0] for unit in group).decode("utf-8")
        except UnicodeDecodeError:
            text, group = "\ufffd", units[at : at + 1]
        yield text, group[0][1], group[-1][2]
        at += len(group)


def _utf16(found: re.Match[str]) -> Iterator[Piece]:
    """`\\uXXXX` as characters; two halves of a surrogate pair are one."""
    units = [
        (int(unit[1], 16), unit.start() + found.start(), unit.end() + found.start())
        for unit in _WIDE.finditer(found.group())
    ]
    at = 0
    while at < len(units):
        code, start, end = units[at]
        at += 1
        if 0xD800 <= code < 0xDC00 and at < len(units) and 0xDC00 <= units[at][0] < 0xE000:
            code = 0x10000 + ((code - 0xD800) << 10) + (units[at][0] - 0xDC00)
            end = units[at][2]
            at += 1
        yield chr(code), start, end
