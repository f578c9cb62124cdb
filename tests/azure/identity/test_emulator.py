"""The emulator's login host and metadata endpoint, through the real azure-identity."""

from __future__ import annotations

import subprocess
import sys

import pytest

from foundry_doctor.azure.clouds import other_scope
from foundry_doctor.azure.defaults import warm_up
from foundry_doctor.azure.outcome import Acquired, Refused
from foundry_doctor.emulator import Emulator, load_scenario
from foundry_doctor.facts import problems

from .conftest import Environ, Sign
from .test_entra import AI

HEALTHY = {
    "healthy": "EnvironmentCredential",
    "healthy-certificate": "EnvironmentCredential",
    "healthy-workload-identity": "WorkloadIdentityCredential",
    "healthy-managed-identity": "ManagedIdentityCredential",
    "healthy-app-service": "ManagedIdentityCredential",
}
REFUSED = {
    "app-not-in-tenant": 700016,
    "assertion-expired": 700024,
    "client-certificate-invalid": 700027,
    "client-secret-expired": 7000222,
    "client-secret-invalid": 7000215,
    "conditional-access-blocked": 53003,
    "consent-missing": 65001,
    "federated-credential-mismatch": 700213,
    "mfa-required": 50076,
    "principal-disabled": 7000112,
    "tenant-not-found": 90002,
    "user-not-in-tenant": 50020,
}
FAILED = {
    "entra-unreachable": ("network", "unreachable"),
    "managed-identity-unavailable": ("identity-not-assigned", "unavailable"),
    "entra-captive-portal": ("not-json", "unreachable"),
    "entra-html-503": ("not-json", "unreachable"),
}


def settings(emulator: Emulator, environ: Environ) -> dict[str, str]:
    return environ(**emulator.environment)


@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_credential_brings_a_token(name: str, environ: Environ, sign: Sign) -> None:
    with Emulator(load_scenario(name), planes="all") as emulator:
        signing = sign(settings(emulator, environ))
        found = signing.acquire(AI)
        other = signing.acquire(str(other_scope(AI)))
        assert isinstance(found, Acquired)
        assert isinstance(other, Acquired)
        assert found.credential == other.credential == HEALTHY[name]
        assert (found.facts["token.audience"], other.facts["token.audience"]) == (
            "foundry", "cognitive",
        )  # fmt: skip
        assert problems(found.facts) == []


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_keeps_its_number(name: str, environ: Environ, sign: Sign) -> None:
    with Emulator(load_scenario(name), planes="all") as emulator:
        found = sign(settings(emulator, environ)).acquire(AI)
    assert isinstance(found, Refused)
    assert found.facts["aadsts.code"] == REFUSED[name]
    assert found.facts["token.problem"] == "entra-refused"
    assert {"aadsts.error", "aadsts.trace_id", "aadsts.correlation_id"} <= set(found.facts)
    assert problems(found.facts) == []


@pytest.mark.parametrize("name", FAILED)
def test_what_is_no_refusal_is_not_called_one(name: str, environ: Environ, sign: Sign) -> None:
    with Emulator(load_scenario(name), planes="all") as emulator:
        found = sign(settings(emulator, environ)).acquire(AI)
    assert (found.facts["token.problem"], found.facts["token.outcome"]) == FAILED[name]
    assert not any(fact.startswith("aadsts.") for fact in found.facts)


def test_azure_identity_is_imported_only_to_sign_in() -> None:
    code = (
        "import sys, foundry_doctor.azure.identity;"
        "print(*(one for one in ('azure.identity', 'msal', 'requests', 'logging.config')"
        " if one in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_it_can_be_imported_ahead() -> None:
    thread = warm_up()
    thread.join(20)
    assert thread.daemon
    assert "azure.identity" in sys.modules
