"""key.spellings"""

from __future__ import annotations

from typing import Any

import pytest

from foundry_doctor.engine.registry import met

from ..network.servers import always, http, silent
from .conftest import Worlds, built_in, finding, said

key_spellings = built_in("key.spellings")


@pytest.mark.parametrize(
    ("server", "status", "first", "second"),
    [
        ({"keys": ["another-key"]}, "fail", "refused", "refused"),
        ({"key_headers": ["x-api-key"]}, "unknown", "accepted", "refused"),
        ({"key_headers": ["api-key"]}, "unknown", "refused", "accepted"),
        ({"deployments": {}}, "unknown", "accepted", "accepted"),
    ],
)
def test_one_header_at_a_time(
    worlds: Worlds, server: dict[str, Any], status: str, first: str, second: str
) -> None:
    context = worlds.emulated(server)
    found = finding(key_spellings, context)
    assert said(found) == (status, {"key.x_api_key": first, "key.api_key": second})
    sent = [one.auth_headers for one in context.emulator.requests]  # type: ignore[attr-defined]
    assert sent == [("x-api-key",), ("api-key",)]
    assert found.exchanges == ("x1", "x2")


def test_an_answer_that_judges_nothing(worlds: Worlds) -> None:
    found = finding(key_spellings, worlds.scripted(always(http(418, b"{}"))))
    assert said(found) == ("unknown", {"key.x_api_key": "unknown", "key.api_key": "unknown"})
    found = finding(key_spellings, worlds.scripted(silent, timeout=0.2))
    assert "unknown (timeout)" in found.summary


@pytest.mark.parametrize(
    ("facts", "runs"),
    [
        ({"http.status": 401, "auth.mode": "key"}, True),
        ({"http.status": 401, "auth.mode": "entra"}, False),
        ({"http.status": 403, "auth.mode": "key"}, False),
    ],
)
def test_when_it_runs(facts: dict[str, Any], runs: bool) -> None:
    assert any(met(one, facts) for one in key_spellings.follows) is runs
