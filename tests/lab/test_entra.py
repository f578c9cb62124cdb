"""Sign-in and Resource Manager on their production names, beside the model's host."""

from __future__ import annotations

import pytest

from . import world
from .caller import Caller, assert_cause
from .conftest import Lab
from .program import assert_healthy

pytestmark = pytest.mark.lab

SIGN_IN = (
    *("client-secret-invalid", "client-secret-expired", "app-not-in-tenant"),
    *("tenant-not-found", "conditional-access-blocked", "principal-disabled"),
)
SIGN_INS = {"tenant-not-found": 0, "conditional-access-blocked": 2}
"""A policy may refuse one audience only, so the other is tried; else nothing is asked twice."""
FAILURES = {
    "token-audience": "token.audience",
    "token-expired": "token.expiry",
    "tenant-mismatch": "token.accepted",
    "custom-subdomain-required": "token.accepted",
    "rbac-missing-data-action": "rbac.role",
    "rbac-wrong-scope": "rbac.role",
    "rbac-wrong-principal": "rbac.role",
    "rbac-deny-assignment": "rbac.role",
    "rbac-not-activated": "rbac.role",
    "deployment-failed": "deployment.listed",
    "deployment-not-ready": "deployment.listed",
    "deployment-on-other-resource": "deployment.listed",
    "region-unavailable": "region.model",
    "model-retired": "region.model",
    "quota-exhausted": "deployment.resolve",
}
"""Scenario, which is the cause as well → the row in which it shows."""
OPEN = {"tenant-mismatch"}
"""Causes that no source states with certainty."""


def test_healthy_without_a_deployment_named(caller: Caller) -> None:
    run = caller(environ={"ANTHROPIC_DEFAULT_SONNET_MODEL": None})
    assert_healthy(run)
    target = run.report["target"]
    assert (target["auth"], target["deployments"]) == ("entra", ["claude-sonnet-5"])
    assert target["provenance"]["deployments"] == "Resource Manager"
    for check in ("token.accepted", "rbac.role", "deployment.listed", "region.model"):
        assert run.row(check)["status"] == "pass", str(run)
    # One reading pass, and one sign-in for each of the two audiences.
    assert run.exchanges(world.ARM_HOST) == len(caller.foundry.asked("arm")) <= 6
    assert caller.sign_ins() == 2
    assert all(headers == ["authorization"] for headers in caller.foundry.seen())


def test_healthy_by_a_group_s_role(caller: Caller) -> None:
    """Near miss of rbac-missing-data-action: the caller itself holds no role."""
    assert_healthy(caller(scenario="rbac-by-group"))


@pytest.mark.parametrize("cause", SIGN_IN)
def test_entra_refuses_the_sign_in(caller: Caller, cause: str) -> None:
    run = caller(scenario=cause)
    assert_cause(run, cause, "token.acquire")
    assert run.row("endpoint.tls")["status"] == "pass", str(run)
    assert run.row("token.accepted")["blocked_by"] == "token.acquire", str(run)
    assert caller.sign_ins() == SIGN_INS.get(cause, 1)
    assert caller.foundry.seen() == [], "nothing is called without a token"


@pytest.mark.parametrize("cause", FAILURES)
def test_the_token_the_role_the_deployment_or_the_region(caller: Caller, cause: str) -> None:
    run = caller(scenario=cause)
    assert_cause(run, cause, FAILURES[cause], certain=cause not in OPEN)
    assert run.row("token.acquire")["status"] == "pass", str(run)


def test_a_deployment_that_the_account_does_not_list(caller: Caller) -> None:
    run = caller("--deployment", "claude-sonet-5")
    assert_cause(run, "deployment-not-found", "deployment.listed")
    assert "claude-sonnet-5" in str(run.report["diagnosis"][0]["remedy"]), str(run)


def test_a_model_that_will_retire(caller: Caller) -> None:
    run = caller(scenario="model-retiring")
    assert (run.code, run.report["verdict"], run.cause) == (0, "degraded", "model-retiring")
    assert run.row("region.model")["status"] == "warn", str(run)


@pytest.mark.parametrize("accepted", ["ai", "cognitive"])
def test_an_endpoint_that_takes_one_audience_only(caller: Caller, accepted: str) -> None:
    """Which of the two is right is not documented: the endpoint decides."""
    scopes = {one: f"https://{one}.azure.com/.default" for one in ("ai", "cognitive")}
    scopes["cognitive"] = "https://cognitiveservices.azure.com/.default"
    wrong = scopes["cognitive" if accepted == "ai" else "ai"]
    run = caller("--scope", wrong, scenario=f"audience-{accepted}-only")
    assert_cause(run, "token-audience", "token.accepted")
    assert scopes[accepted] in str(run.report["diagnosis"][0]), str(run)
    assert_healthy(caller("--scope", scopes[accepted], scenario=f"audience-{accepted}-only"))


def test_with_a_key_nobody_else_is_asked(caller: Caller, lab: Lab) -> None:
    """Not even their names are looked up; by Entra, just before, both were."""
    others = (world.LOGIN_HOST, world.ARM_HOST)
    before = lab.dns.output()
    assert_healthy(caller())
    signed_in = lab.dns.output()
    assert all(f"query[A] {one}" in signed_in.removeprefix(before) for one in others)
    run = caller(environ={"ANTHROPIC_FOUNDRY_API_KEY": caller.doctor.key})
    assert_healthy(run)
    asked = lab.dns.output().removeprefix(signed_in)
    assert f"query[A] {world.host('contoso-ai')}" in asked
    assert not any(one in asked for one in others), asked
    assert caller.foundry.asked("login") == caller.foundry.asked("arm") == []
    assert run.row("token.acquire")["status"] == run.row("rbac.role")["status"] == "skip"


def test_a_caller_without_any_right_of_management(caller: Caller) -> None:
    assert_healthy(caller(scenario="control-plane-denied"))
    run = caller("--deployment", "claude-sonet-5", scenario="control-plane-denied")
    assert_cause(run, "deployment-not-found", "deployment.resolve", certain=False)
    for check in ("deployment.account", "rbac.reading", "deployment.listed", "region.model"):
        row = run.row(check)
        assert row["status"] == "skip", str(run)
        assert "Reader on the account" in row["summary"], str(run)


@pytest.mark.parametrize("scenario", ["healthy-entra", "client-secret-invalid", "token-expired"])
def test_no_secret_in_a_report_for_people(caller: Caller, scenario: str) -> None:
    """The canary looks at each JSON report of this module; here it reads what people read."""
    run = caller("-v", "-o", "text", scenario=scenario)
    assert run.code in (0, 1), run.stderr
    assert "contoso-ai.services.ai.azure.com" in run.stdout
    assert world.LOGIN_HOST in run.stdout
