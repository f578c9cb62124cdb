"""Known values, found in every encoding: the strongest single rule, since it needs no guess.

A value is searched raw, in either case, reversed, below every layer of percent, backslash, HTML and
quoted-printable encoding, across line wraps, as base64 at each offset and inside base64 or hex that
encodes a longer text; of a random value, twelve characters in a row are enough.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Iterable, Iterator
from typing import Any

from ..secret import MASK
from .views import View, decoded, squeezed, views

SHORTEST = 6
"""A shorter value would blank ordinary words; it is masked where it stands in a secret's place."""
PART = 12
"""Characters of a random value that are as telling as the whole."""
LONG = 16
DEPTH = 3
"""How often base64 inside base64 is opened."""
_RUN = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}")
_WRAPPED = re.compile(
    r"(?<![A-Za-z0-9+/_-])(?:[A-Za-z0-9+/_-]{16,}[ \t]{0,4}\r?\n[ \t>|]{0,16})+"
    r"[A-Za-z0-9+/_-]*={0,2}"
)
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}){8,}")
_PRINTABLE = bytes(range(32, 127)) + b"\t\r\n\0"
_CUT = re.compile(r"[\s/?&=:;,@\"'<>()\[\]{}|\\]+")
_TO_STANDARD = str.maketrans("-_", "+/", "= \t\r\n>|")


_Needle = tuple[int, str, int]
"""Length; the value it is a part of and the offset in it, `("", 0)` for a whole value."""


class Exact:
    """Masks known values. `public` is text that anyone may read: no part of it is a secret."""

    def __init__(self, values: Iterable[str] = (), public: str = "") -> None:
        self._values: dict[str, None] = {}
        self._public = public
        self._automaton: Any = None
        for value in values:
            self.add(value)

    def add(self, value: str) -> None:
        """Learn a value, with the parts of it that tell by themselves."""
        stripped = value.strip().strip("\"'").strip()
        for one in (value, value.strip(), stripped, *filter(_telling, _CUT.split(value))):
            if _searchable(one) and one not in self._public:
                self._values[one] = None
                self._automaton = None

    @property
    def values(self) -> tuple[str, ...]:
        """What is searched for."""
        return tuple(self._values)

    def mask(self, text: str) -> tuple[str, int]:
        """The text with `***` in place of each find, and how many there were."""
        spans = self.spans(text)
        if not spans:
            return text, 0
        parts, at = [], 0
        for start, end in spans:
            parts += [text[at:start], MASK]
            at = end
        return "".join([*parts, text[at:]]), len(spans)

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where the values stand, in order, without overlaps."""
        if not self._values or not text:
            return []
        return _merged(self._spans(text, 0))

    def _spans(self, text: str, depth: int) -> list[tuple[int, int]]:
        found: list[tuple[int, int]] = []
        whole = View(text)
        for view in views(whole):
            found += self._in(view, wrapped=False)
            tight = squeezed(view)
            if tight is not None:
                found += self._in(tight, wrapped=True)
            if depth < DEPTH:
                found += self._inside(view, depth)
        # A wrap may also have cut an escape in two.
        tight = squeezed(whole)
        for view in views(tight) if tight is not None else ():
            found += self._in(view, wrapped=True)
        return found

    def _in(self, view: View, *, wrapped: bool) -> list[tuple[int, int]]:
        """Finds in one view; across line wraps only whole values that are long enough to tell."""
        text, found = view.text, []
        for last, (length, value, offset) in self._hits(text):
            start, end = last + 1 - length, last + 1
            if start < 0 or (wrapped and (value or length < PART)):
                continue
            if value:
                start, end = _widened(text, start, end, value, offset)
            found.append(view.span(start, end))
        return found

    def _hits(self, text: str) -> Iterator[tuple[int, _Needle]]:
        """Where needles end, of long random values in any mixture of cases, too."""
        exact, any_case = self._search()
        yield from exact.iter(text)
        low = text.lower()
        if len(low) == len(text):  # a few letters become two: then places would not fit
            yield from any_case.iter(low)

    def _inside(self, view: View, depth: int) -> list[tuple[int, int]]:
        """Runs of base64 or hex that hold a value when decoded."""
        found = []
        for pattern in (_RUN, _WRAPPED):
            found += [
                view.span(run.start(), run.end())
                for run in pattern.finditer(view.text)
                if any(self._spans(inner, depth + 1) for inner in _opened(run.group()))
            ]
        for run in _HEX.finditer(view.text):
            inner = bytes.fromhex(run.group()).decode("utf-8", "replace")
            if self._spans(inner, depth + 1):
                found.append(view.span(run.start(), run.end()))
        return found

    def _search(self) -> Any:
        """One automaton over every form of every value: a text is read once, whatever is known."""
        if self._automaton is None:
            import ahocorasick

            exact, any_case = ahocorasick.Automaton(), ahocorasick.Automaton()
            any_case.add_word("\0" * LONG, (LONG, "", 0))  # an empty automaton cannot be asked
            for value in self._values:
                for part, offset in _parts(value):
                    if part not in self._public:
                        exact.add_word(part, (len(part), value, offset))
            for value in self._values:
                for form in _forms(value):
                    if form not in self._public:
                        exact.add_word(form, (len(form), "", 0))
                    if len(form) >= LONG and _mixed(form):
                        any_case.add_word(form.lower(), (len(form.lower()), "", 0))
            exact.make_automaton()
            any_case.make_automaton()
            self._automaton = (exact, any_case)
        return self._automaton


def _searchable(value: str) -> bool:
    """Whether a value can be told from ordinary text: not short, no small number, no stars."""
    enough = 10 if value.isdigit() else SHORTEST
    return len(value) >= enough and set(value) != {"*"}


def _widened(text: str, start: int, end: int, value: str, offset: int) -> tuple[int, int]:
    """The whole of what a text holds of a value, around the part that was found."""
    rest = offset + end - start
    while start > 0 and offset > 0 and text[start - 1] == value[offset - 1]:
        start -= 1
        offset -= 1
    while end < len(text) and rest < len(value) and text[end] == value[rest]:
        end += 1
        rest += 1
    return start, end


def _telling(part: str) -> bool:
    """Whether one part of a longer value is a secret by itself: a line of a key, no word."""
    return len(part) >= LONG and _mixed(part) and not part.count(".") > 1


def _mixed(text: str) -> bool:
    return any(ch.isdigit() for ch in text) and any(ch.isalpha() for ch in text)


def _parts(value: str) -> Iterable[tuple[str, int]]:
    """Each twelve characters of a random value, in both cases, with where they stand in it."""
    if len(value) < LONG or not _mixed(value) or _CUT.search(value):
        return
    for start in range(len(value) - PART + 1):
        part = value[start : start + PART]
        upper, lower = sum(map(str.isupper, part)), sum(map(str.islower, part))
        if any(ch.isdigit() for ch in part) or (upper > 2 and lower > 2):
            yield part, start


def _forms(value: str) -> set[str]:
    layers = {value}
    for _ in range(3):
        layers |= {decoded(one) for one in layers}
    # At the end of a value, what follows it in a text may take part in an escape.
    layers |= {one.rstrip("\\%=&") for one in layers}
    forms = {one for one in layers if _searchable(one)}
    forms |= {one.replace(" ", "+") for one in forms}
    forms |= {"".join(one.split()) for one in forms if len("".join(one.split())) >= PART}
    if len(value) >= PART:
        forms.add(value[::-1])
    coded = {form for one in (value, *layers) for form in _base64(one.encode("utf-8", "replace"))}
    coded |= _base64(value.encode("utf-16-le", "replace"))
    again = {form for one in coded if len(one) >= LONG for form in _base64(one.encode())}
    return {one for one in forms | coded | again if set(one) != {"*"}}


def _base64(data: bytes) -> set[str]:
    """What base64 makes of the value, whatever stands before and after it."""
    forms = set()
    for offset in range(3):
        encoded = b64encode(b"\0" * offset + data).decode()
        # Characters that also hold bits of a neighbour are left out: they vary.
        sure = encoded[(0, 2, 3)[offset] : (offset + len(data)) * 8 // 6]
        if len(sure) >= SHORTEST + 2:
            forms |= {sure, sure.replace("+", "-").replace("/", "_")}
    return forms


def _opened(run: str) -> Iterable[str]:
    """A run of base64 as text, for each place at which its first group of four may begin.

    What is no text when decoded is left out: ordinary words and paths are not base64.
    """
    plain = run.translate(_TO_STANDARD)
    for offset in range(4):
        cut = plain[offset:]
        cut = cut[: len(cut) - (len(cut) % 4 == 1)]
        try:
            data = b64decode(cut + "=" * (-len(cut) % 4))
        except (Base64Error, ValueError):
            continue
        text = data.decode("utf-8", "replace")
        strange = len(data.translate(None, _PRINTABLE))
        if strange * 4 > len(data) and "\ufffd" in text[:-2]:
            continue
        yield text
        if b"\0" in data[:64]:
            yield data.decode("utf-16-le", "replace")


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged
