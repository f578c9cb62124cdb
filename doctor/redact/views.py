"""What a text says below its encodings, with the way back to where each character stands.

A view undoes one layer of percent, backslash, quoted-printable and HTML encoding, all at once and
at any depth of doubling; a further view undoes the next layer. What is found in a view is masked in
the text itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape

LAYERS = 6
_ENCODED = re.compile(
    r"(?=[%=\\&])(?:"  # said first, since most characters begin none of these
    r"(?P<percent>(?:%(?:25){0,8}[0-9A-Fa-f]{2})+)"
    r"|(?P<quoted>(?:=[0-9A-Fa-f]{2})+)"
    r"|(?P<hex>(?:\\+x[0-9A-Fa-f]{2})+)"
    r"|(?P<wide>(?:\\+u[0-9A-Fa-f]{4})+)"
    r"|(?P<slash>\\+)(?P<after>[nrtbf\"'/`]?)"
    r"|(?P<entity>&\#?\w{2,8};))"
)
_SOFT = re.compile(r"(?P<soft>=[ \t]{0,4}\r?\n)")
_BYTE = {
    "percent": re.compile(r"%(?:25){0,8}([0-9A-Fa-f]{2})"),
    "quoted": re.compile(r"=([0-9A-Fa-f]{2})"),
    "hex": re.compile(r"\\+x([0-9A-Fa-f]{2})"),
}
_WIDE = re.compile(r"\\+u([0-9A-Fa-f]{4})")
_LETTERS = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}

Spans = tuple[list[int], list[int]]
"""For each character of a view where it starts and ends in the original."""
Piece = tuple[str, int, int]
"""Decoded characters, and the span of the view before that says them."""


class View:
    """A reading of a text, and on demand the way back: nothing is mapped where nothing is found."""

    __slots__ = ("_map", "_mapped", "text")

    def __init__(self, text: str, way_back: Callable[[], Spans] | None = None) -> None:
        """`way_back` gives the span in the original of each character; None: it is the original."""
        self.text = text
        self._map = way_back
        self._mapped: Spans | None = None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original behind characters of this view; `end` is past the last."""
        if self._map is None:
            return start, end
        if self._mapped is None:
            self._mapped = self._map()
        starts, ends = self._mapped
        return starts[start], ends[end - 1]


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
    text = "".join(_SOLID.findall(view.text))
    if not text or len(text) == len(view.text):
        return None

    def way_back() -> Spans:
        places = [
            view.span(at, at + 1)
            for found in _SOLID.finditer(view.text)
            for at in range(found.start(), found.end())
        ]
        return [start for start, _ in places], [end for _, end in places]

    return View(text, way_back)


_SOLID = re.compile(r"[^\s\u200b\ufeff\xad]+")


def _below(view: View) -> View | None:
    # A line break of quoted-printable may stand inside any other escape, so it goes first.
    pattern = _SOFT if _SOFT.search(view.text) else _ENCODED
    text = pattern.sub(_said, view.text)
    return None if text == view.text else View(text, lambda: _spans_below(view, pattern))


def _said(found: re.Match[str]) -> str:
    return "".join(text for text, _, _ in _pieces(found))


def _spans_below(view: View, pattern: re.Pattern[str]) -> Spans:
    starts: list[int] = []
    ends: list[int] = []

    def put(first: int, last: int, times: int) -> None:
        start, end = view.span(first, last)
        starts.extend([start] * times)
        ends.extend([end] * times)

    at = 0
    for found in pattern.finditer(view.text):
        for place in range(at, found.start()):
            put(place, place + 1, 1)
        at = found.end()
        for text, start, end in _pieces(found):
            put(start, end, len(text))
    for place in range(at, len(view.text)):
        put(place, place + 1, 1)
    return starts, ends


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
