"""key.accepted"""

from __future__ import annotations

import json

import pytest

from ..network.servers import always, http
from .conftest import Worlds, built_in, finding

key_accepted = built_in("key.accepted")


@pytest.mark.parametrize(
    ("scenario", "status"),
    [
        ("healthy", "pass"),
        ("deployment-not-found", "pass"),
        ("rate-limited", "unknown"),
        ("key-invalid", "fail"),
        ("key-auth-disabled", "fail"),
        ("service-unavailable", "unknown"),
    ],
)
def test_scenarios(worlds: Worlds, scenario: str, status: str) -> None:
    found = finding(key_accepted, worlds.emulated(scenario))
    assert found.status.value == status
    assert ("http.status" in found.facts) is (status == "fail")


@pytest.mark.parametrize(
    ("code", "body", "azure", "status"),
    [
        (401, {"error": {"code": "401", "message": "m"}}, True, "fail"),
        (401, {}, False, "fail"),
        (403, {"error": {"code": "AuthenticationTypeDisabled"}}, True, "fail"),
        (403, {"error": {"code": "AccessDenied"}}, True, "unknown"),
        (404, {"error": {"code": "DeploymentNotFound"}}, False, "pass"),
        (404, {"error": {"code": "404"}}, True, "unknown"),
        (404, {"error": {"code": "404"}}, False, "unknown"),
        (400, {"type": "error", "error": {}, "request_id": "req_1"}, False, "pass"),
        (418, {}, True, "unknown"),
    ],
)
def test_which_answer_judges_the_key(
    worlds: Worlds, code: int, body: object, azure: bool, status: str
) -> None:
    headers = ["apim-request-id: a"] if azure else []
    context = worlds.scripted(always(http(code, json.dumps(body).encode(), *headers)))
    found = finding(key_accepted, context)
    assert found.status.value == status
    assert found.exchanges == ("x1",)
