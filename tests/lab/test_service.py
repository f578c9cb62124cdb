"""What Azure itself answers once the way stands, and what it does not answer."""

from __future__ import annotations

import pytest

from .program import Program, assert_failing
from .services import Foundry

pytestmark = pytest.mark.lab


def test_a_wrong_key(doctor: Program, foundry: Foundry) -> None:
    run = doctor(environ={"ANTHROPIC_FOUNDRY_API_KEY": doctor.key[::-1]})
    assert_failing(run, "key-invalid", "key.accepted")
    assert "key-auth-disabled" in run.undecided, str(run)
    assert foundry.seen()


def test_key_authentication_is_off(doctor: Program, foundry: Foundry) -> None:
    foundry.serve("key-auth-disabled")
    run = doctor()
    assert_failing(run, "key-auth-disabled", "key.accepted")
    assert run.report["diagnosis"][0]["confidence"] == "certain", str(run)


def test_key_authentication_is_off_and_says_401(doctor: Program, foundry: Foundry) -> None:
    """The documented answer is that of a wrong key: both must be named, neither as certain."""
    foundry.serve("key-auth-disabled", {"key_auth": "disabled-401"})
    run = doctor()
    causes = {run.cause, *run.undecided}
    assert {"key-auth-disabled", "key-invalid"} <= causes, str(run)
    assert run.report["diagnosis"][0]["confidence"] != "certain", str(run)


@pytest.mark.parametrize("scenario", ["public-access-disabled", "network-acl-denied"])
def test_the_resource_refuses_this_network(
    doctor: Program, foundry: Foundry, scenario: str
) -> None:
    """Without a privatelink alias no zone is missing."""
    foundry.serve(scenario)
    run = doctor()
    assert_failing(run, scenario, "endpoint.access")
    assert run.evidence("dns.privatelink") is False


def test_a_deployment_that_does_not_exist(doctor: Program, foundry: Foundry) -> None:
    run = doctor("--deployment", "claude-sonet-5")
    assert_failing(run, "deployment-not-found", "deployment.resolve")
    assert run.report["diagnosis"][0]["subjects"] == ["claude-sonet-5"]
    assert foundry.seen()


def test_a_used_up_limit(doctor: Program, foundry: Foundry) -> None:
    foundry.serve("rate-limited")
    run = doctor()
    assert (run.code, run.cause) == (5, "rate-limited"), str(run)
    assert run.row("deployment.resolve")["status"] == "fail", str(run)
    # The limit is met before the key is judged, or after: the answer does not say.
    assert run.row("key.accepted")["status"] == "unknown", str(run)


def test_a_service_that_is_unavailable(doctor: Program, foundry: Foundry) -> None:
    foundry.serve("service-unavailable")
    run = doctor()
    assert (run.code, run.cause) == (5, "service-unavailable"), str(run)
    assert run.report["diagnosis"][0]["transient"] is True


def test_no_answer_to_a_call(doctor: Program, foundry: Foundry) -> None:
    foundry.serve("response-timeout")
    runs = doctor.together(default={}, small={"arguments": ("--budget", "8")})
    for name, within in (("default", 16), ("small", 8)):
        assert_failing(runs[name], "response-timeout", "endpoint.answers", within, code=5)
