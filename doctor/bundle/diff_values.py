"""Two values of two reports: the same but for noise and for what a bundle hides."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from ..report.clean import clean, plain, shorten

Document = Mapping[str, Any]

MAX_VALUE = 20_000
"""Characters in which noise is looked for; what stands behind them is compared as it is."""
_SPAN = r"(?:ms|s|sec|seconds?|min|minutes?|h|hours?|d|days?)"
_CLOCK = r"\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?"
_NOISE: tuple[tuple[re.Pattern[str], str], ...] = (
    # ids and times are new in every run
    (re.compile(r"\breq_[A-Za-z0-9]{6,60}\b"), "ID"),
    (
        re.compile(r"(?i)\b((?:trace|correlation|request|activity)[ _-]?id\W{1,4})[\w-]{8,64}"),
        r"\1ID",
    ),
    (re.compile(rf"\b(?:\d{{4}}-\d\d-\d\d[T ]{_CLOCK}|\d\d:\d\d:\d\d(?:\.\d{{1,9}})?Z?)"), "TIME"),
    (re.compile(rf"\b\d{{1,9}}(?:\.\d{{1,9}})? ?{_SPAN}\b"), "SPAN"),
    (re.compile(r"\b(foundry-doctor-control)-[0-9a-f]{6,40}\b"), r"\1"),
    # an emulator takes a free port and a new folder each time
    (re.compile(r"(?i)(localhost|127\.0\.0\.1|\[::1\]):(?:3[2-9]|[4-6]\d)\d{3}\b"), r"\1"),
    (re.compile(r"\b(foundry-(?:emulator|demo))-[a-z0-9_]{6,12}\b"), r"\1"),
)
_OF_PROSE = (
    re.compile(r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b"),
    re.compile(r"\b[0-9A-Fa-f]{32,128}\b"),
    re.compile(r"\b\d{4}-\d\d-\d\d\b"),
    re.compile(r"(?<=port=)\d{4,5}\b"),
    # where the end of a long sentence was cut off
    re.compile(r"(?i)(?:(?<=trace id: )|(?<=correlation id: ))[0-9a-f-]{1,36}…?"),
    re.compile(r"(?i)(?<=timestamp: )[0-9TZ:. -]{1,32}…?"),
)
"""In a sentence: ids of a call, thumbprints, dates. As values of their own they do count."""
_HIDDEN = re.compile(
    r"hidden-[a-z]+(?:-address)?-\d+|\*{3}|\[user(?: principal)?\]|(?<![\w/])~(?=[/\\])"
)
"""What a bundle puts in place of secrets, persons and, in public, names."""


def said(value: Any) -> str:
    """A value as one line; lists sorted, since resolvers and services order them as they like."""
    value = plain(value)
    if value is None:
        return ""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return clean(", ".join(sorted(value)))
    return clean(json.dumps(value, ensure_ascii=False, sort_keys=True))


def quiet(text: str) -> str:
    """A text without what differs between two equal runs."""
    head, rest = text[:MAX_VALUE], text[MAX_VALUE:]
    for pattern, put in _NOISE:
        head = pattern.sub(put, head)
    return head + rest


def calm(text: str) -> str:
    """A sentence that somebody else wrote, without the ids and dates of the one call."""
    head, rest = text[:MAX_VALUE], text[MAX_VALUE:]
    for pattern in _OF_PROSE:
        head = pattern.sub("*", head)
    return head + rest


def hides(text: str) -> bool:
    """Whether a bundle hid something in this text."""
    return _HIDDEN.search(text) is not None


def guessed(one: str, two: str) -> bool:
    """Whether two values that are alike may differ in what is hidden."""
    return quiet(one) != quiet(two) or "hidden-" in one


def alike(one: str, two: str) -> bool:
    """Whether two values are the same, as far as noise and hidden names let it be seen."""
    one, two = quiet(one), quiet(two)
    if one == two:
        return True
    if hides(one) and hides(two):
        # Pseudonyms are counted anew in each bundle: their numbers mean nothing across two.
        return _HIDDEN.sub("*", one) == _HIDDEN.sub("*", two)
    if hides(one):
        return _fits(_HIDDEN.split(one), two)
    return hides(two) and _fits(_HIDDEN.split(two), one)


def _fits(parts: list[str], text: str) -> bool:
    """Whether the visible parts stand in the text, in order, with anything between them."""
    if not text.startswith(parts[0]) or not text[len(parts[0]) :].endswith(parts[-1]):
        return False
    at, end = len(parts[0]), len(text) - len(parts[-1])
    for part in parts[1:-1]:
        found = text.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True


def short(text: str, limit: int = 160) -> str:
    """A value as a line of the output shows it."""
    return shorten(text, limit)


def pair(one: str, two: str, limit: int = 160) -> tuple[str, str]:
    """Two values as a line of the output shows them: long ones from where they part."""
    if min(len(one), len(two)) <= limit:
        return short(one, limit), short(two, limit)
    same = next((at for at, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), 0)
    start = one.rfind(" ", 0, max(0, same - 20)) + 1
    lead = "... " if start else ""
    return lead + short(one[start:], limit), lead + short(two[start:], limit)


def field(holder: Any, *names: str) -> Any:
    """What stands below these names; None where anything is missing or of another kind."""
    for name in names:
        if not isinstance(holder, Mapping):
            return None
        holder = holder.get(name)
    return holder


def mapping(holder: Any, *names: str) -> dict[str, Any]:
    """The object below these names, or an empty one."""
    found = field(holder, *names)
    return dict(found) if isinstance(found, Mapping) else {}


def objects(holder: Any, *names: str) -> list[dict[str, Any]]:
    """The objects of the list below these names."""
    found = field(holder, *names)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
