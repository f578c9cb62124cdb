"""endpoint.access"""

from __future__ import annotations

import json

import pytest

from ..network.servers import always, http
from .conftest import Worlds, built_in, finding, said

endpoint_access = built_in("endpoint.access")


@pytest.mark.parametrize(
    "scenario", ["public-access-disabled", "network-acl-denied", "network-perimeter-denied"]
)
def test_a_network_rule(worlds: Worlds, scenario: str) -> None:
    found = finding(endpoint_access, worlds.emulated(scenario))
    status, facts = said(found)
    assert (status, facts["http.status"], facts["net.host"]) == ("fail", 403, "localhost")
    assert found.summary.startswith("403 ")


@pytest.mark.parametrize(
    "scenario", ["healthy", "key-invalid", "key-auth-disabled", "rate-limited"]
)
def test_any_later_answer(worlds: Worlds, scenario: str) -> None:
    assert said(finding(endpoint_access, worlds.emulated(scenario))) == ("pass", {})


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"error": {"code": "AccessDenied", "message": "m"}}, "fail"),
        ({"error": {"code": 403, "message": "m"}}, "fail"),
        ({}, "fail"),
        ({"error": {"code": "AuthenticationTypeDisabled"}}, "pass"),
        ({"error": {"code": "PermissionDenied"}}, "pass"),
        ({"type": "error", "error": {"type": "permission_error"}}, "pass"),
    ],
)
def test_which_403_is_a_network_rule(worlds: Worlds, body: object, status: str) -> None:
    answer = http(403, json.dumps(body).encode(), "Content-Type: application/json")
    assert said(finding(endpoint_access, worlds.scripted(always(answer))))[0] == status


def test_without_an_answer_nothing_is_known(worlds: Worlds) -> None:
    assert said(finding(endpoint_access, worlds.plain(max_calls=0))) == ("unknown", {})
