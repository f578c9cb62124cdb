"""The identity endpoints of a virtual machine and of App Service."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

from foundry_doctor.emulator import Emulator
from foundry_doctor.emulator.tokens import claims_of
from foundry_doctor.emulator.world import PRINCIPALS

RESOURCE = "https://cognitiveservices.azure.com"
IDENTITY = PRINCIPALS["identity"]


def ask(emulator: Emulator, *, header: bool = True, **query: Any) -> httpx.Response:
    url = f"{emulator.imds_endpoint}/metadata/identity/oauth2/token"
    headers = {"Metadata": "true"} if header else {}
    params = {"api-version": "2018-02-01", "resource": RESOURCE, **query}
    given = {name: value for name, value in params.items() if value}
    return httpx.get(url, params=given, headers=headers, trust_env=False)


def test_it_is_plain_http_on_loopback(serve: Any) -> None:
    emulator = serve(imds={"mode": "ok"})
    assert emulator.imds_endpoint.startswith("http://127.0.0.1:")
    assert emulator.environment["AZURE_POD_IDENTITY_AUTHORITY_HOST"] == emulator.imds_endpoint


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"client_id": IDENTITY.app_id},
        {"object_id": IDENTITY.oid},
        {"client_id": IDENTITY.app_id.upper()},
    ],
)
def test_a_token(serve: Any, query: dict[str, Any]) -> None:
    body = ask(serve(imds={"mode": "ok"}), **query).json()
    found = claims_of(body["access_token"])
    assert found is not None
    assert (found["oid"], found["aud"]) == (IDENTITY.oid, RESOURCE)
    # Strings, all of them.
    assert int(body["expires_on"]) > time.time() + 80000
    assert isinstance(body["expires_in"], str)
    assert body["resource"] == RESOURCE


def test_by_resource_id(serve: Any) -> None:
    emulator = serve(imds={"mode": "ok"})
    group = emulator.planes.world.group_scope
    name = f"{group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{IDENTITY.name}"
    assert ask(emulator, msi_res_id=name).status_code == 200


@pytest.mark.parametrize(
    ("imds", "query", "status", "text"),
    [
        ({"mode": "ok"}, {"client_id": "0"}, 400, "Identity not found"),
        ({"mode": "ok", "system_assigned": False}, {}, 400, "Identity not found"),
        ({"mode": "no-identity"}, {}, 400, "Identity not found"),
        ({"mode": "ok"}, {"resource": ""}, 400, "Required query variable 'resource'"),
        ({"mode": "ok"}, {"header": False}, 400, "Required metadata header not specified"),
        ({"mode": "not-found"}, {}, 404, ""),
        ({"mode": "not-imds"}, {}, 200, "<html>"),
        ({"mode": "docker-unreachable"}, {}, 403, "unreachable"),
        ({"answer": {"status": 410, "body": {}}}, {}, 410, "{}"),
        ({"answer": {"status": 500, "body": {}}}, {}, 500, "{}"),
    ],
)
def test_refusals(serve: Any, imds: Any, query: Any, status: int, text: str) -> None:
    reply = ask(serve(imds=imds), **query)
    assert reply.status_code == status
    assert text in reply.text
    if status == 400:
        assert set(reply.json()) == {"error", "error_description"}


def test_throttling_passes(serve: Any) -> None:
    emulator = serve("imds-throttled-once", planes="all")
    assert [ask(emulator).status_code for _ in range(2)] == [429, 200]


def test_nothing_listens_unless_the_scenario_says_so(serve: Any) -> None:
    with pytest.raises(httpx.ConnectError):
        ask(serve(planes="all"))


@pytest.mark.parametrize(
    ("header", "query", "status", "text"),
    [
        (None, {}, 200, "access_token"),
        (None, {"client_id": IDENTITY.app_id}, 200, "access_token"),
        ("wrong", {}, 401, "Unauthorized"),
        ("", {}, 401, "Unauthorized"),
        (None, {"client_id": "0"}, 400, "No User Assigned or Delegated Managed Identity found"),
        (None, {"resource": ""}, 400, "Bad Request"),
    ],
)
def test_app_service(serve: Any, header: str | None, query: Any, status: int, text: str) -> None:
    emulator = serve("healthy-app-service", planes="all")
    environment = emulator.environment
    value = environment["IDENTITY_HEADER"] if header is None else header
    params = {"api-version": "2019-08-01", "resource": RESOURCE, **query}
    given = {name: one for name, one in params.items() if one}
    url = environment["IDENTITY_ENDPOINT"]
    reply = httpx.get(url, params=given, headers={"X-IDENTITY-HEADER": value}, trust_env=False)
    assert reply.status_code == status
    assert text in reply.text
    if status == 200:
        assert int(reply.json()["expires_on"]) > time.time()
        assert "expires_in" not in reply.json()
    assert environment["IDENTITY_HEADER"] not in repr(emulator.imds_requests)


def test_app_service_is_absent_elsewhere(serve: Any) -> None:
    emulator = serve(imds={"mode": "ok"})
    assert httpx.get(f"{emulator.imds_endpoint}/msi/token", trust_env=False).status_code == 404
