"""Patterns of actions, and conditions as far as they can be judged without a request.

That letters' case does not count and that `*` crosses `/` is concluded from the built-in roles' own
texts; the conditions' grammar is that of learn.microsoft.com conditions-format.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_TOKENS = re.compile(
    r"\s*(?:(\(|\)|!)|(AND|OR|&&|\|\|)(?![\w])|(ActionMatches)\s*\{\s*'([^']{0,300})'\s*\}"
    r"|('[^']{0,300}'|[^()!\s']{1,300}))",
    re.IGNORECASE,
)


def covers(pattern: str, action: str) -> bool:
    """Whether a pattern matches an action; `*` stands for anything, slashes included."""
    # By hand and not by a regular expression: a hostile pattern of many stars stays cheap.
    first, *rest = pattern.lower().split("*")
    left = action.lower()
    if not rest:
        return first == left
    *middle, last = rest
    if not left.startswith(first) or len(left) < len(first) + len(last):
        return False
    left = left[len(first) :]
    if last:
        if not left.endswith(last):
            return False
        left = left[: -len(last)]
    for piece in middle:
        at = left.find(piece)
        if at < 0:
            return False
        left = left[at + len(piece) :]
    return True


def covered(patterns: Iterable[str], action: str) -> bool:
    """Whether any of the patterns matches."""
    return any(covers(one, action) for one in patterns)


def condition_holds(condition: str, action: str) -> bool | None:
    """Whether a condition is met whatever the request's attributes are; None: it hangs on them.

    Conditions are written as "not this action, or …": one that speaks of other actions only does
    not touch ours. Three-valued logic over `!`, AND, OR and ActionMatches; all else is unknown.
    """
    tokens = _tokens(condition)
    if tokens is None:
        return None
    value, rest = _either(tokens, action, 0)
    return value if not rest else None


def _tokens(condition: str) -> list[str] | None:
    found: list[str] = []
    at = 0
    condition = condition.strip()
    while at < len(condition):
        token = _TOKENS.match(condition, at)
        if token is None or len(found) > 400:
            return None
        bracket, word, _, pattern, other = token.groups()
        if bracket:
            found.append(bracket)
        elif word:
            found.append({"&&": "AND", "||": "OR"}.get(word, word.upper()))
        elif pattern is not None:
            found.append(f"={pattern}")
        elif other and found[-1:] != ["?"]:
            found.append("?")  # a comparison of attributes, however many words it has
        at = token.end()
    return found


def _either(tokens: list[str], action: str, depth: int) -> tuple[bool | None, list[str]]:
    value, rest = _both(tokens, action, depth)
    while rest and rest[0] == "OR":
        other, rest = _both(rest[1:], action, depth)
        if value is True or other is True:
            value = True
        elif None in (value, other):
            value = None
    return value, rest


def _both(tokens: list[str], action: str, depth: int) -> tuple[bool | None, list[str]]:
    value, rest = _one(tokens, action, depth)
    while rest and rest[0] == "AND":
        other, rest = _one(rest[1:], action, depth)
        if value is False or other is False:
            value = False
        elif None in (value, other):
            value = None
    return value, rest


def _one(tokens: list[str], action: str, depth: int) -> tuple[bool | None, list[str]]:
    if not tokens or depth > 40:
        return None, ["broken"]
    first, rest = tokens[0], tokens[1:]
    if first == "!":
        value, rest = _one(rest, action, depth + 1)
        return (None if value is None else not value), rest
    if first == "(":
        value, rest = _either(rest, action, depth + 1)
        return (value, rest[1:]) if rest[:1] == [")"] else (None, ["broken"])
    if first.startswith("="):
        return covers(first[1:], action), rest
    return (None, rest) if first == "?" else (None, ["broken"])
