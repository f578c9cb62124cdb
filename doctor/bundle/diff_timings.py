"""The timings of two reports: only what is slower or faster by more than noise."""

from __future__ import annotations

import math
from collections.abc import Iterator

from .diff_values import Document, field, mapping, objects, said

RATIO = 4.0
LEAST_MS = 500.0
"""Below either, a difference is the weather of the network, or another load on the machine."""
_PHASES = ("dns", "connect", "proxy", "tls", "wait", "receive")


def compare_timings(one: Document, two: Document) -> Iterator[tuple[str, str, str, str]]:
    """(area, what, a, b) for each phase whose fastest call differs by far."""
    left, right = _fastest(one), _fastest(two)
    for phase in _PHASES:
        if phase in left and phase in right:
            low, high = sorted((left[phase], right[phase]))
            if high - low >= LEAST_MS and high >= RATIO * low:
                # No unit behind the number: a span of time is noise to whoever compares values.
                yield "timings", f"{phase}, milliseconds", str(left[phase]), str(right[phase])


def _fastest(report: Document) -> dict[str, int]:
    """The shortest time of each phase, over the calls to the endpoint: one slow call is chance."""
    home = said(field(report, "target", "endpoint"))
    found: dict[str, int] = {}
    for one in objects(report, "exchanges"):
        if not home or not said(one.get("url")).startswith(home):
            continue
        for phase, value in mapping(one, "timings_ms").items():
            number = isinstance(value, (int, float)) and not isinstance(value, bool)
            if number and math.isfinite(value) and 0 <= value < 1e12:
                found[phase] = min(int(value), found.get(phase, int(value)))
    return found
