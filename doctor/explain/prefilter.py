"""Large logs: only the places where something may have failed, or gone well after that, are read.

One Aho-Corasick automaton finds them (measured against `re`, google-re2 and a loop of `in`: see
tests/bench); what looks the same but for its numbers is analysed once and replayed from then on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from ..noun import Noun
from .lines import Line, split

FAILING = (
    "error", "exception", "fail", "fatal", "denied", "refused", "cannot", "could not", "couldn't", "unable",
    "not found", "invalid", "expired", "disabled", "unauthorized", "forbidden", "blocked", "timeout",
    "timed out", "unavailable", "exceeded", "unsupported", "not supported", "not available", "aadsts",
    "traceback", "overloaded", "enotfound", "econn", "etimedout", "eai_again", "unreach", "reset by peer",
    "disconnected", "hang up", "certificate", "self-signed", "self signed", "errno", "lacks the required",
    "does not have", "does not match", "does not exist", "no response", "az login", "not signed in", "rate limit", "too large", "disallowed",
    "credential", "deprecated", "retired", "no such host", "mismatch", "premature close", "unexpected", "misbehaving",
    '1" 4', '1" 5', '0" 4', '0" 5', "1.1 4", "1.1 5", "http/2 4", "http/2 5", "status=4", "status=5", "status: 4", "status: 5",
    'status":4', 'status":5', 'status": 4', 'status": 5', "code=4", "code=5", 'code":4', 'code":5',
)  # fmt: skip
"""In lower case. Broader than what is an error: a word too many costs time, a word too few a cause."""
GOOD = (
    "200 ok", "1.1 2", '1" 2', '0" 2', "http/2 2", "status=2", 'status":2', 'status": 2', "status: 2", "code=2",
    'code":2', "succeeded", "acquired a token", "token acquired", "successfully", "recovered", "re-established",
    "restored", "stop_reason", "is healthy",
)  # fmt: skip
BEFORE, AFTER = 12, 25
"""Lines of context where a log stamps none of its lines."""
MAX_LINES = 120
MAX_SHAPES = 20_000
OFTEN = 40
"""Times after which a line is common: its last time in a block stands for all."""
SAMPLE = 32 * 1024
"""Characters after a failure, and before the next, that are searched for good news."""
_DIGITS = b"0123456789abcdefABCDEF-"
_STATUS = re.compile(r"[45]\d\d(?=[ \"',:)}\]\n])(?<=[ \"':=(]...)")
_AADSTS = re.compile(r"AADSTS\d+")
"""Numbers that tell errors apart. Two patterns: one with alternatives takes six times as long."""
_STAMPED = re.compile(
    r"\s{0,3}[\[(<]?\d{4}-\d\d-\d\d[T ]\d\d(?!:\d\d:\d\d\.\d{7}Z)|\{\"|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d|\d{1,3}(?:\.\d{1,3}){3} "
    r"|[IWEF]\d{4} \d\d:|[\[(]?(?:TRACE|DEBUG|INFO|WARN|ERROR|FATAL)\b|\d\d:\d\d:\d\d[.,]\d{3}"
    r"|[\w.-]{2,60} {1,12}\| |HTTP Request: "
)
"""How a line begins that is a log record of its own; a fast look, not the whole of `read_line`."""


class Place(Noun):
    """Some lines of a log. `shape` is equal for places that differ in numbers and ids alone."""

    shape: str
    text: str
    line: int

    def lines(self) -> Iterator[Line]:
        """The place's lines, with their numbers in the file."""
        return split(self.text, self.line)


@cache
def _automaton(words: tuple[str, ...]) -> Any:
    import ahocorasick

    found = ahocorasick.Automaton()
    for word in words:
        found.add_word(word, word)
    found.make_automaton()
    return found


class Filter:
    """Takes blocks of whole lines in their order and gives the places worth reading.

    `failing` tells whether something stands that good news could overcome: else none is looked
    for. What a log repeats all the time is given once a block more: only its last time counts.
    """

    def __init__(self, failing: Callable[[], bool]) -> None:
        self._failing = failing
        self._first = 1  # the number of the block's first line
        self._counted, self._lines = 0, 0
        self._seen: dict[str, int] = {}

    def places(self, block: str) -> Iterator[Place]:
        """The places of one block, in their order."""
        low = block.lower()
        if len(low) != len(block):
            low = block  # a letter that becomes two: positions count for more than its case
        self._counted, self._lines, done = 0, 0, 0
        common: dict[str, int] = {}
        for at, _ in _automaton(FAILING).iter(low):
            if at < done:
                continue
            begin, line_end = block.rfind("\n", done, at) + 1 or done, _next(block, at)
            shape = shape_of(block[begin:line_end])
            if self._often(shape):
                common[shape] = begin
                done = line_end
                continue
            start, end = _bounds(block, at, done)
            if start > done and self._failing():
                yield from self._good(block, low, done, start)
            done = end
            yield self._place(block, start, end)
        for begin in sorted(common.values()):
            yield self._place(block, *_bounds(block, begin, 0))
        if self._failing():
            after = max([done, len(block) - 2 * SAMPLE, *common.values()]) if common else done
            yield from self._good(block, low, after, len(block))
        self._first += block.count("\n")

    def _often(self, shape: str) -> bool:
        count = self._seen.get(shape, 0)
        if count or len(self._seen) < MAX_SHAPES:
            self._seen[shape] = count + 1
        return count >= OFTEN

    def _place(self, block: str, start: int, end: int, shape: str | None = None) -> Place:
        if start < self._counted:
            self._counted, self._lines = 0, 0
        self._lines += block.count("\n", self._counted, start)
        self._counted = start
        text = block[start:end]
        return Place(shape or shape_of(text), text, self._first + self._lines)

    def _good(self, block: str, low: str, start: int, end: int) -> Iterator[Place]:
        """Lines between two failures that say that something went well, each shape once."""
        seen: set[str] = set()
        middle = max(start + SAMPLE, end - SAMPLE)
        for first, last in ((start, min(end, start + SAMPLE)), (middle, end)):
            done = first
            # A slice: the automaton copies what it is given, even where it is to search a part.
            for found, _ in _automaton(GOOD).iter(low[first:last]):
                at = first + found
                if at < done:
                    continue
                begin = block.rfind("\n", start, at) + 1 or start
                done = min(_next(block, at), end)
                shape = shape_of(block[begin:done], failing=False)
                if shape not in seen:
                    seen.add(shape)
                    yield self._place(block, begin, done, shape)


def _bounds(block: str, at: int, floor: int) -> tuple[int, int]:
    """From the beginning of the record around `at` to its end, within what is not yet taken."""
    start = block.rfind("\n", floor, at) + 1 or floor
    end = _next(block, at)
    limit = MAX_LINES
    if not _STAMPED.match(block, start):
        start, stamped = _back(block, start, floor)
        limit = MAX_LINES if stamped else AFTER
    for _ in range(limit):
        if end >= len(block) or _STAMPED.match(block, end):
            break
        end = _next(block, end)
    return start, end


def _back(block: str, start: int, floor: int) -> tuple[int, bool]:
    """The stamped line that an unstamped one belongs to; else some lines of context."""
    here, context = start, start
    for number in range(MAX_LINES):
        if here <= floor:
            return (context if number > BEFORE else floor), False
        before = block.rfind("\n", floor, here - 1) + 1 or floor
        if number == BEFORE:
            context = here
        if _STAMPED.match(block, before):
            return before, True
        here = before
    return context, False


def _next(block: str, at: int) -> int:
    end = block.find("\n", at)
    return len(block) if end < 0 else end + 1


def shape_of(text: str, *, failing: bool = True) -> str:
    """What stays of a text without numbers and hexadecimal ids, but for those that tell errors."""
    ends = text if len(text) <= 1600 else text[:800] + text[-800:]
    plain = ends.encode("latin-1", "replace").translate(None, _DIGITS)
    telling = _STATUS.findall(ends) if failing else []
    if "AADSTS" in ends:
        telling += _AADSTS.findall(ends)
    return f"{plain.decode('latin-1')}|{'|'.join(telling)}"
