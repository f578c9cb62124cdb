"""Which regular expressions a playbook may use: those that cannot run away.

Playbooks of others are read too, and the texts they are tried on come from servers. So only a
plain subset is allowed (literals, classes, groups, alternatives, quantifiers on single
characters), and the number of ways in which a pattern could match at one place is bounded.
"""

from __future__ import annotations

import re

MAX_PATTERN = 200
TEXT_CAP = 2000
"""Only so many characters of a text are searched."""
MAX_WAYS = 5000
_QUANTIFIER = re.compile(r"[*+?]|\{([0-9]{0,3})(?:(,)([0-9]{0,3}))?\}")
_CLASS = re.compile(r"\[\^?\]?(?:[^\\\]\[]|\\.)*\]")
_ESCAPES = frozenset("dDwWsSbBnt")


class BadPatternError(ValueError):
    """The pattern is not allowed; the message says why and what to write instead."""


def check(pattern: str) -> None:
    """Raise BadPatternError unless the pattern is in the subset, compiles, and cannot run away."""
    if len(pattern) > MAX_PATTERN:
        raise BadPatternError(f"the pattern has {len(pattern)} characters; at most {MAX_PATTERN}")
    if not pattern:
        raise BadPatternError("the pattern is empty and would match everything")
    parser = _Parser(pattern)
    ways = parser.alternatives()
    if parser.at < len(pattern):
        raise BadPatternError("a ) without its ( : escape it as \\)")
    if ways > MAX_WAYS:
        raise BadPatternError(
            f"it could be tried in {ways} ways at each place, at most {MAX_WAYS} are allowed: "
            "bound the repetitions, such as .{0,40}"
        )


def search(pattern: str, text: str) -> bool:
    """Whether a checked pattern is found, in any letter case, in the text's beginning."""
    return re.search(pattern, text[:TEXT_CAP], re.IGNORECASE | re.DOTALL) is not None


class _Parser:
    """Walks the pattern once; each method answers with the number of ways of its part."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0

    def peek(self) -> str:
        return self.pattern[self.at : self.at + 1]

    def alternatives(self) -> int:
        ways = self.sequence()
        while self.peek() == "|":
            self.at += 1
            ways += self.sequence()
        return ways

    def sequence(self) -> int:
        ways = 1
        while self.peek() not in ("", "|", ")"):
            ways = min(ways * self.repeated(), 10**9)
        return ways

    def repeated(self) -> int:
        start = self.peek()
        ways, kind = self.atom()
        found = _QUANTIFIER.match(self.pattern, self.at)
        if found is None:
            return ways
        if kind == "anchor" or (kind == "group" and found.group() != "?"):
            raise BadPatternError(
                f"{found.group()} repeats {start!r}, a group or an anchor: only a single "
                "character or class may be repeated, a group may take ?"
            )
        self.at = found.end()
        if self.peek() == "?":  # lazy: the same number of ways
            self.at += 1
        if _QUANTIFIER.match(self.pattern, self.at):
            raise BadPatternError("a quantifier on a quantifier")
        return ways + 1 if kind == "group" else _freedom(found)

    def atom(self) -> tuple[int, str]:
        character = self.peek()
        if character == "(":
            return self.group(), "group"
        if character == "[":
            found = _CLASS.match(self.pattern, self.at)
            if found is None:
                raise BadPatternError("a [ without its ] : escape it as \\[")
            self.compiles(found.group())
            self.at = found.end()
            return 1, "one"
        if character == "\\":
            return 1, "anchor" if self.escape() in "bB" else "one"
        if character in "*+?{}]":
            raise BadPatternError(f"{character} has nothing to repeat or open: escape it")
        self.at += 1
        return 1, "anchor" if character in "^$" else "one"

    def group(self) -> int:
        self.at += 1
        if self.peek() == "?":
            if not self.pattern.startswith("?:", self.at):
                raise BadPatternError("(? is only allowed as (?: ... )")
            self.at += 2
        ways = self.alternatives()
        if self.peek() != ")":
            raise BadPatternError("a ( without its ) : escape it as \\(")
        self.at += 1
        return ways

    def escape(self) -> str:
        escaped = self.pattern[self.at + 1 : self.at + 2]
        if not escaped or (escaped.isalnum() and escaped not in _ESCAPES):
            raise BadPatternError(f"\\{escaped} is not allowed: use \\d \\w \\s \\b")
        self.at += 2
        return escaped

    def compiles(self, part: str) -> None:
        try:
            re.compile(part)
        except re.error as error:
            raise BadPatternError(f"{part}: {error}") from error


def _freedom(found: re.Match[str]) -> int:
    """In how many ways one quantified character can be taken."""
    if found.group() in ("*", "+"):
        return TEXT_CAP
    if found.group() == "?":
        return 2
    low, comma, high = found.groups()
    if not low and not high:
        raise BadPatternError("{} needs a number: escape a brace as \\{")
    if comma is None:
        return 1
    if not high:
        return TEXT_CAP
    if int(high) < int(low or 0):
        raise BadPatternError(f"{found.group()} ends before it begins")
    return int(high) - int(low or 0) + 1
