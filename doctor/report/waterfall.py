"""The exchanges on one axis of time: where each phase of each call begins and how long it takes."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import date

from ..model import Exchange
from ..noun import Noun

PHASES = ("dns", "connect", "proxy", "tls", "wait", "receive")
WIDTH = 1000
"""Units of the axis: what the drawing scales to the page."""
THINNEST = 4
"""Units: a phase of a millisecond in a minute must still be seen."""
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d):(\d\d):(\d\d)(\.\d{1,9})?(?:Z|\+00:?00)?")


class Bar(Noun):
    """One phase of one call: `x` and `width` in units of the axis."""

    phase: str
    ms: float
    x: int
    width: int


class Lane(Noun):
    """One call. `ms` is None where nothing of it was timed."""

    bars: tuple[Bar, ...]
    ms: float | None


def waterfall(exchanges: Sequence[Exchange]) -> tuple[list[Lane], float]:
    """A lane for each exchange, and the milliseconds that the whole axis spans."""
    starts = [_milliseconds(one.sent_at) for one in exchanges]
    first = min((start for start in starts if start is not None), default=0.0)
    offsets = [0.0 if start is None else start - first for start in starts]
    spent = [_phases(one) for one in exchanges]
    sums = [math.fsum(ms for _, ms in phases) for phases in spent]
    span = max((offset + ms for offset, ms in zip(offsets, sums, strict=True)), default=0.0)
    unit = WIDTH / span if span > 0.001 else 0.0  # microseconds are no picture
    lanes = []
    for offset, phases, whole in zip(offsets, spent, sums, strict=True):
        bars, at, edge = [], offset, 0
        for phase, ms in phases:
            # A bar that was widened to be seen pushes the next one on, and none past the end.
            x = min(max(round(at * unit), edge), WIDTH - THINNEST)
            width = min(max(round(ms * unit), THINNEST), WIDTH - x)
            bars.append(Bar(phase, ms, x, width))
            at, edge = at + ms, x + width
        lanes.append(Lane(tuple(bars), whole if phases else None))
    return lanes, span


def _phases(one: Exchange) -> list[tuple[str, float]]:
    return [
        (phase, ms)
        for phase in PHASES
        if (ms := getattr(one.timings, phase)) is not None and math.isfinite(ms) and 0 <= ms < 1e9
    ]


def _milliseconds(text: str) -> float | None:
    """Milliseconds of a UTC time since the year 1; None for what is none."""
    found = _TIME.fullmatch(text.strip())
    if found is None:
        return None
    try:
        day = date.fromisoformat(found[1]).toordinal()
    except ValueError:
        return None
    seconds = ((day * 24 + int(found[2])) * 60 + int(found[3])) * 60 + int(found[4])
    return seconds * 1000 + float(found[5] or 0) * 1000
