"""endpoint.clock"""

from __future__ import annotations

import pytest

from ..network.servers import always, http
from .conftest import Worlds, built_in, finding, said

endpoint_clock = built_in("endpoint.clock")


@pytest.mark.parametrize(
    ("offset", "status", "words"),
    [
        (0.0, "pass", "within"),
        (50.0, "pass", "within"),
        (-50.0, "pass", "within"),
        (65.0, "warn", "behind the service's"),
        (-65.0, "warn", "ahead of the service's"),
        (-86400.0, "warn", "ahead of the service's"),
    ],
)
def test_the_clock(worlds: Worlds, offset: float, status: str, words: str) -> None:
    found = finding(endpoint_clock, worlds.emulated({"date_offset_s": offset}))
    got, facts = said(found)
    assert (got, facts["clock.skewed"]) == (status, status == "warn")
    assert abs(facts["clock.skew_s"] + offset) <= 5
    assert words in found.summary


def test_without_a_date(worlds: Worlds) -> None:
    context = worlds.scripted(always(http(200, b"{}")))
    assert said(finding(endpoint_clock, context)) == ("skip", {})
