"""Documents inside text: JSON, Python and JavaScript notation, cut off, and JSON within strings.

Users paste what their terminal left of an error. So the reader is tolerant (single quotes, `None`,
`=>`, a missing end) and never fails; the work is bounded by the length of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ..noun import Noun

MAX_DEPTH = 24
MAX_NESTED = 5
"""Strings within strings that are opened."""
MAX_DOCUMENTS = 200
_OPEN = re.compile(
    r"(?:\{\s{0,80}(?:([\"'])[\w.@/ -]{1,80}\1|[A-Za-z_@][\w.@-]{0,60})|\(\s{0,80}([\"'])[\w.@/ -]{1,80}\2)"
    r"\s{0,20}(?::|=>)"
)
_SPACE = re.compile(r"[\s,]*")
_STRING = re.compile(r"\"((?:[^\"\\]|\\.)*)(\"?)|'((?:[^'\\]|\\.)*)('?)", re.DOTALL)
_KEY = re.compile(r"([A-Za-z_@$][\w.@$ -]{0,80})\s{0,20}(?=:|=>)")
_COLON = re.compile(r"\s{0,80}(?::|=>)\s{0,80}")
_BARE = re.compile(r"[^\s,}\])]{1,200}")
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)", re.DOTALL)
_PLAIN = {"n": "\n", "r": "\r", "t": "\t", "b": " ", "f": " ", "0": " "}
_WORDS = {"true": True, "True": True, "false": False, "False": False}
_CLOSES = "}])"


class Document(Noun):
    """One document and where it begins in the text that was given."""

    at: int
    value: dict[str, Any]
    depth: int = 0
    """How many strings it was wrapped in."""


class _Failed(Exception):
    pass


def documents(text: str) -> list[Document]:
    """Every document in the text, those inside strings of others included, outermost first."""
    found: list[Document] = []
    for at, value in _scan(text):
        _take(found, at, value, 0)
    if not found and '\\"' in text:
        # Pasted from inside a string: its quotes are escaped, once or several times.
        plain = text
        for depth in range(1, MAX_NESTED):
            plain = unescape(plain)
            inner = list(_scan(plain))
            if inner:
                for _, value in inner:
                    _take(found, 0, value, depth)
                break
            if '\\"' not in plain:
                break
    return found[:MAX_DOCUMENTS]


def unescape(text: str) -> str:
    """One level of backslashes taken away."""
    return _ESCAPE.sub(_escaped, text)


def _take(found: list[Document], at: int, value: dict[str, Any], depth: int) -> None:
    if len(found) >= MAX_DOCUMENTS:
        return
    found.append(Document(at, value, depth))
    if depth < MAX_NESTED:
        for text in strings(value):
            if "{" in text:
                for _, inner in _scan(text):
                    _take(found, at, inner, depth + 1)


def strings(value: Any, depth: int = 0) -> Iterator[str]:
    """Every text in a document."""
    if isinstance(value, str):
        yield value
    elif depth < MAX_DEPTH:
        for one in value.values() if isinstance(value, dict) else value if _listed(value) else ():
            yield from strings(one, depth + 1)


def mappings(value: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    """Every mapping in a document, outermost first."""
    if depth >= MAX_DEPTH:
        return
    if isinstance(value, dict):
        yield value
    for one in value.values() if isinstance(value, dict) else value if _listed(value) else ():
        yield from mappings(one, depth + 1)


def _listed(value: Any) -> bool:
    return isinstance(value, list)


def _scan(text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    at, budget, found = 0, 4 * len(text) + 1000, 0
    while budget > 0 and found < MAX_DOCUMENTS:
        opening = _OPEN.search(text, at)
        if opening is None:
            return
        reader = _Reader(text, opening.start())
        try:
            value = reader.value(0)
        except _Failed:
            value = None
        budget -= reader.at - opening.start() + 1
        if isinstance(value, dict) and value:
            found += 1
            yield opening.start(), value
            at = max(reader.at, opening.start() + 1)
        else:
            at = opening.start() + 1


class _Reader:
    def __init__(self, text: str, at: int) -> None:
        self.text = text
        self.at = at

    def value(self, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise _Failed
        here = self.text[self.at : self.at + 1]
        if here == "{" or (here == "(" and _OPEN.match(self.text, self.at)):
            return self.mapping(depth)
        if here in "[(" and here:
            return self.items(depth)
        if here in "\"'" and here:
            return self.string()
        bare = _BARE.match(self.text, self.at)
        if bare is None:
            raise _Failed
        self.at = bare.end()
        return _word(bare.group())

    def mapping(self, depth: int) -> dict[str, Any]:
        self.at += 1
        found: dict[str, Any] = {}
        while True:
            self.space()
            if self.done():
                return found
            key = self.key()
            colon = _COLON.match(self.text, self.at)
            if key is None or colon is None:
                if self.at >= len(self.text):
                    return found  # cut off inside a key
                raise _Failed
            self.at = colon.end()
            if self.at >= len(self.text):
                return found
            found[key] = self.value(depth + 1)

    def items(self, depth: int) -> list[Any]:
        self.at += 1
        found: list[Any] = []
        while True:
            self.space()
            if self.done():
                return found
            found.append(self.value(depth + 1))

    def done(self) -> bool:
        """At the end of what is open, or of the text."""
        if self.at >= len(self.text):
            return True
        if self.text[self.at] in _CLOSES:
            self.at += 1
            return True
        return False

    def key(self) -> str | None:
        if self.text[self.at] in "\"'":
            return self.string()
        found = _KEY.match(self.text, self.at)
        if found is None:
            return None
        self.at = found.end()
        return found.group(1).strip()

    def string(self) -> str:
        found = _STRING.match(self.text, self.at)
        if found is None:
            raise _Failed
        self.at = found.end()
        raw = found.group(1) if found.group(1) is not None else found.group(3) or ""
        return _ESCAPE.sub(_escaped, raw) if "\\" in raw else raw

    def space(self) -> None:
        found = _SPACE.match(self.text, self.at)
        if found is not None:
            self.at = found.end()


def _escaped(found: re.Match[str]) -> str:
    code = found.group(1)
    if len(code) == 1:
        return _PLAIN.get(code, code)
    return chr(int(code[1:], 16))


def _word(word: str) -> Any:
    if word in _WORDS:
        return _WORDS[word]
    if word in ("null", "None", "undefined", "nil"):
        return None
    return int(word) if word.isascii() and word.isdecimal() and len(word) < 12 else word
