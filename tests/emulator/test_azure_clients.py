"""Azure's real clients against the emulator: azure-identity, msal, two management clients, the SDK.

They run once, in a process of their own, through all scenarios; the tests read the outcome.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from foundry_doctor.emulator import Emulator, load_scenario, scenario_names

SCRIPT = Path(__file__).with_name("azure_client.py")
CLIENTS = {
    "azure.identity": "azure-identity",
    "msal": "msal",
    "azure.mgmt.cognitiveservices": "azure-mgmt-cognitiveservices",
    "azure.mgmt.authorization": "azure-mgmt-authorization",
    "anthropic": "anthropic",
}
HEALTHY = (
    *("healthy-entra", "healthy-managed-identity", "healthy-app-service"),
    *("healthy-workload-identity", "healthy-certificate", "rbac-by-group"),
)
EXTRA = (*HEALTHY, "entra-html-503", "entra-html-200", "entra-captive-portal")
PLANES = sorted(set(scenario_names(planes=True)) - set(scenario_names()))


def _missing() -> list[str]:
    found = []
    for module, package in CLIENTS.items():
        try:
            known = importlib.util.find_spec(module) is not None
        except ModuleNotFoundError:
            known = False
        if not known:
            found.append(package)
    return found


@pytest.fixture(scope="module")
def outcomes() -> dict[str, Any]:
    """What every scenario ended in; one run of all clients."""
    missing = _missing()
    if missing:
        pytest.skip(f"not installed here: {', '.join(missing)}")
    cases: list[dict[str, Any]] = []
    emulators = {}
    # What one scenario sets must not reach the next one.
    known = [load_scenario(name).settings.env for name in (*EXTRA, *PLANES)]
    blank: dict[str, str | None] = dict.fromkeys(name for env in known for name in env)
    with ExitStack() as stack:
        for name in (*EXTRA, *PLANES):
            emulator = stack.enter_context(Emulator(load_scenario(name), planes="all"))
            emulators[name] = emulator
            do = {"healthy-entra": ["credentials", "management"]}.get(name, [])
            if name in ("control-plane-denied", "tenant-mismatch", "rbac-not-activated"):
                do = ["management"]
            if name == "tenant-not-found":
                do = ["environment"]
            if "identity" in name or name == "healthy-app-service":
                do = ["identity"]
            cases.append(
                {
                    "name": name,
                    "environment": {**blank, **emulator.environment},
                    "world": emulator.planes.description(),
                    "deployment": emulator.deployment,
                    "do": do,
                }
            )
        keep = ("PATH", "HOME", "LANG", "SYSTEMROOT", "VIRTUAL_ENV")
        done = subprocess.run(
            [sys.executable, str(SCRIPT)],
            input=json.dumps(cases),
            env={name: os.environ[name] for name in keep if name in os.environ},
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        found: dict[str, Any] = json.loads(done.stdout)
        healthy = emulators["healthy-entra"]
        found["records"] = repr([healthy.requests, healthy.entra_requests, healthy.arm_requests])
        found["secret"] = healthy.planes.world.client_secret
    return found


@pytest.mark.parametrize("name", HEALTHY)
def test_every_kind_of_credential_reaches_the_model(outcomes: Any, name: str) -> None:
    assert outcomes[name]["call"]["ok"] > 0, outcomes[name]


@pytest.mark.parametrize("name", ["secret", "certificate", "workload", "default"])
def test_azure_identity(outcomes: Any, name: str) -> None:
    found = outcomes["healthy-entra"]["credentials"][name]
    assert found.get("ok", 0) > 500, found


def test_msal(outcomes: Any) -> None:
    found = outcomes["healthy-entra"]["credentials"]
    assert {"access_token", "expires_in", "token_type"} <= set(found["msal"]["ok"])
    raw = found["msal-wrong"]["ok"]
    assert (raw["error"], raw["error_codes"]) == ("invalid_client", [7000215])
    assert raw["trace_id"]
    assert raw["correlation_id"]


@pytest.mark.parametrize("name", ["healthy-managed-identity", "healthy-app-service"])
def test_a_managed_identity_alone(outcomes: Any, name: str) -> None:
    assert outcomes[name]["identity"]["ok"] > 500


def test_cognitive_services_management(outcomes: Any) -> None:
    found = outcomes["healthy-entra"]["management"]
    assert found["accounts"]["ok"] == found["in-group"]["ok"] == ["contoso-ai"]
    assert "AI Foundry API" in found["account"]["ok"]
    assert found["no-account"]["error"] == "ResourceNotFoundError"
    assert found["no-account"]["text"].startswith("(ResourceNotFound) ")
    assert found["deployments"]["ok"] == [["claude-sonnet-5", "Anthropic", 25]]
    assert found["limits"]["ok"] == {"request": 25, "token": 25000}
    assert ["claude-sonnet-5", "2", "GenerallyAvailable"] in found["models"]["ok"]
    assert "claude-sonnet-5" in found["account-models"]["ok"]
    assert found["retires"]["ok"] == ["2027-06-30T00:00:00Z"] * 2
    line = "AIServices.GlobalStandard.claude-sonnet-5.Azure"
    assert found["usages"]["ok"][line] == [25, 2000]
    assert found["keys"]["ok"] == 84
    assert "privatelink.services.ai.azure.com" in found["zones"]["ok"][0]


def test_authorization_management(outcomes: Any) -> None:
    found = outcomes["healthy-entra"]["management"]
    assert len(found["assignments"]["ok"]) == 2
    assert "Foundry User" in found["definitions"]["ok"]
    assert found["definition"]["ok"] == "Foundry User"
    assert ["*/read"] in found["permissions"]["ok"]
    assert found["denials"]["ok"] == found["eligible"]["ok"] == []
    assert len(outcomes["rbac-not-activated"]["management"]["eligible"]["ok"]) == 1


def test_a_caller_without_rights_meets_403(outcomes: Any) -> None:
    found = outcomes["control-plane-denied"]["management"]
    for name in ("accounts", "account", "deployments", "models", "usages", "keys", "assignments"):
        assert found[name]["text"].startswith("(AuthorizationFailed) The client '"), name
    assert outcomes["control-plane-denied"]["call"]["ok"]


def test_another_tenant_meets_401(outcomes: Any) -> None:
    text = outcomes["tenant-mismatch"]["management"]["account"]["text"]
    assert text.startswith("(InvalidAuthenticationTokenTenant) ")


AADSTS = {
    "client-secret-invalid": 7000215,
    "client-secret-expired": 7000222,
    "app-not-in-tenant": 700016,
    "principal-disabled": 7000112,
    "client-certificate-invalid": 700027,
    "user-not-in-tenant": 50020,
    "mfa-required": 50076,
    "conditional-access-blocked": 53003,
    "consent-missing": 65001,
    "refresh-token-expired": 700082,
    "federated-credential-mismatch": 700213,
    "assertion-expired": 700024,
    "tenant-restricted": 500021,
}


@pytest.mark.parametrize("name", AADSTS)
def test_azure_identity_tells_the_number(outcomes: Any, name: str) -> None:
    found = outcomes[name]["call"]
    assert found["error"] == "ClientAuthenticationError"
    text = found["text"]
    assert f"AADSTS{AADSTS[name]}: " in text
    for word in ("Trace ID: ", "Correlation ID: ", "Timestamp: "):
        assert word in text


def test_an_unknown_tenant_is_told_in_the_causes_at_best(outcomes: Any) -> None:
    found = outcomes["tenant-not-found"]
    for one in (found["call"], found["environment"]):
        assert "Unable to get authority configuration" in one["text"]
        assert "AADSTS90002" not in one["text"]
    assert any("AADSTS90002" in one for one in found["environment"]["causes"])
    # The chain keeps no cause: the number is lost.
    assert found["call"]["causes"] == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("entra-unreachable", "Connection refused"),
        ("entra-html-503", "HTTP Error: 503"),
        ("entra-html-200", "Expecting value: line 1 column 1 (char 0)"),
        ("entra-captive-portal", "Unable to get authority configuration"),
        ("managed-identity-unavailable", "Identity not found"),
    ],
)
def test_other_failures_to_sign_in(outcomes: Any, name: str, text: str) -> None:
    assert text in outcomes[name]["call"]["text"]
    assert outcomes[name]["call"]["error"] == "ClientAuthenticationError"


def test_a_missing_identity_did_answer(outcomes: Any) -> None:
    found = outcomes["managed-identity-unavailable"]["identity"]
    assert found["error"] == "CredentialUnavailableError"
    assert found["text"].endswith("Token request error: (invalid_request) Identity not found")


@pytest.mark.parametrize(
    ("name", "error", "status", "text"),
    [
        ("token-audience", "AuthenticationError", 401, "audience is incorrect"),
        ("token-expired", "AuthenticationError", 401, "audience is incorrect"),
        ("tenant-mismatch", "BadRequestError", 400, "does not match resource tenant"),
        ("custom-subdomain-required", "BadRequestError", 400, "custom subdomain"),
        ("rbac-missing-data-action", "AuthenticationError", 401, "lacks the required data action"),
        ("rbac-wrong-scope", "AuthenticationError", 401, "lacks the required data action"),
        ("rbac-wrong-principal", "AuthenticationError", 401, "lacks the required data action"),
        ("rbac-propagation", "AuthenticationError", 401, "does not have access"),
        ("rbac-not-activated", "AuthenticationError", 401, "lacks the required data action"),
        ("rbac-deny-assignment", "AuthenticationError", 401, "lacks the required data action"),
        ("deployment-not-ready", "NotFoundError", 404, "DeploymentNotFound"),
        ("deployment-failed", "NotFoundError", 404, "DeploymentNotFound"),
        ("deployment-on-other-resource", "NotFoundError", 404, "DeploymentNotFound"),
        ("quota-exhausted", "RateLimitError", 429, "RateLimitReached"),
        ("region-unavailable", "NotFoundError", 404, "DeploymentNotFound"),
        ("model-retired", "APIStatusError", 410, "retired"),
        ("account-unsuitable", "NotFoundError", 404, "Resource not found"),
        ("subscription-disabled", "AuthenticationError", 401, "invalid subscription key"),
    ],
)
def test_what_the_sdk_meets(outcomes: Any, name: str, error: str, status: int, text: str) -> None:
    found = outcomes[name]["call"]
    assert (found["error"], found["status"]) == (error, status), found
    assert text in found["text"]


@pytest.mark.parametrize("name", ["control-plane-denied", "model-retiring", "arm-unreachable"])
def test_where_calls_go_on(outcomes: Any, name: str) -> None:
    assert outcomes[name]["call"]["ok"] > 0


def test_every_scenario_of_the_planes_is_tried(outcomes: Any) -> None:
    assert set(PLANES) <= set(outcomes)


def test_no_record_holds_a_credential(outcomes: Any) -> None:
    assert outcomes["secret"] not in outcomes["records"]
    assert "eyJ" not in outcomes["records"]
