"""endpoint.route"""

from __future__ import annotations

import json
from typing import Any

import pytest

from foundry_doctor.engine.registry import met

from ..network.servers import Handler, always, http, silent
from .conftest import Worlds, built_in, finding, said

endpoint_route = built_in("endpoint.route")


def answering(status: int, body: object) -> Handler:
    return always(http(status, json.dumps(body).encode(), "apim-request-id: a"))


@pytest.mark.parametrize(
    ("status", "body", "verdict"),
    [
        (404, {"error": {"code": "404", "message": "Resource not found"}}, "fail"),
        (404, {"error": {"code": "api_not_supported"}}, "fail"),
        (404, {"error": {"code": "DeploymentNotFound"}}, "pass"),
        (404, {"type": "error", "error": {"type": "not_found_error"}}, "pass"),
        (400, {"type": "error", "error": {"type": "invalid_request_error"}}, "pass"),
    ],
)
def test_the_route(worlds: Worlds, status: int, body: object, verdict: str) -> None:
    context = worlds.scripted(answering(status, body))
    found = finding(endpoint_route, context)
    got, facts = said(found)
    assert got == verdict
    if verdict == "fail":
        assert (facts["http.route"], facts["http.status"]) == ("messages", 404)
    assert len(context.client.exchanges) == 1
    assert context.data_plane.tokens_billed == 0


def test_silence(worlds: Worlds) -> None:
    assert said(finding(endpoint_route, worlds.scripted(silent, timeout=0.3))) == ("unknown", {})


@pytest.mark.parametrize(
    ("facts", "runs"),
    [
        ({"http.status": 404, "http.error.code": "404"}, True),
        ({"http.status": 404}, True),
        ({"http.status": 404, "http.error.code": "DeploymentNotFound"}, False),
        ({"http.status": 401}, False),
    ],
)
def test_when_it_runs(facts: dict[str, Any], runs: bool) -> None:
    assert any(met(one, facts) for one in endpoint_route.follows) is runs
