"""Known values, found in every encoding: the strongest single rule, since it needs no guess.

A value is searched raw, in either case, reversed, below every layer of percent, backslash, HTML and
quoted-printable encoding, across line wraps, as base64 at each offset and inside base64 or hex that
encodes a longer text; of a random value, twelve characters in a row are enough.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from ..secret import MASK
from .forms import LONG, PART, forms_of, mixed, opened, searchable
from .views import View, squeezed, views

DEPTH = 3
"""How often base64 inside base64 is opened."""
_RUN = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}")
_WRAPPED = re.compile(
    r"(?<![A-Za-z0-9+/_-])(?:[A-Za-z0-9+/_-]{16,}[ \t]{0,4}\r?\n[ \t>|]{0,16})+"
    r"[A-Za-z0-9+/_-]*={0,2}"
)
_WORD = re.compile(r"[A-Za-z0-9_-]*")
_TOKEN = re.compile(r"[A-Za-z0-9_.-]*")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}){8,}")
_CUT = re.compile(r"[\s/?&=:;,@\"'<>()\[\]{}|\\]+")


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
            if searchable(one) and one not in self._public:
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
                # Secrets of one kind share pieces (a token's `{"aud":"`, a provider's prefix, the
                # middle of Azure's keys): a hole in another one would hide it from the rule that
                # knows it by its shape, so it goes as a whole.
                start, end = _whole_word(text, start, end, _TOKEN if value[:3] == "eyJ" else _WORD)
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
                if any(self._spans(inner, depth + 1) for inner in opened(run.group()))
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
                for form in forms_of(value):
                    if form not in self._public:
                        exact.add_word(form, (len(form), "", 0))
                    if len(form) >= LONG and mixed(form):
                        any_case.add_word(form.lower(), (len(form.lower()), "", 0))
            exact.make_automaton()
            any_case.make_automaton()
            self._automaton = (exact, any_case)
        return self._automaton


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


def _whole_word(text: str, start: int, end: int, word: re.Pattern[str]) -> tuple[int, int]:
    while start > 0 and word.fullmatch(text[start - 1]):
        start -= 1
    after = word.match(text, end)
    return start, after.end() if after else end


def _telling(part: str) -> bool:
    """Whether one part of a longer value is a secret by itself: a line of a key, no word."""
    return len(part) >= LONG and mixed(part) and not part.count(".") > 1


def _parts(value: str) -> Iterable[tuple[str, int]]:
    """Each twelve characters of a random value, in both cases, with where they stand in it."""
    if len(value) < LONG or not mixed(value) or _CUT.search(value):
        return
    for start in range(len(value) - PART + 1):
        part = value[start : start + PART]
        upper, lower = sum(map(str.isupper, part)), sum(map(str.islower, part))
        if any(ch.isdigit() for ch in part) or (upper > 2 and lower > 2):
            yield part, start


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged
