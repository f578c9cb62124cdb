"""Entra ID, roles, deployments and regions: what a script sees, and what is never asked."""

from __future__ import annotations

import base64
import json
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from foundry_doctor.azure.role_rules import DATA_ACTION
from foundry_doctor.emulator import Emulator, Scenario, load_scenario, scenario_names
from foundry_doctor.engine.causes import causes

from ..conftest import Canary, Doctor, Ran

PLANES = [name for name in scenario_names(planes=True) if name not in scenario_names()]
WARNINGS = {"arm-unreachable", "control-plane-denied", "model-retiring"}
NOWHERE = "https://localhost:9/anthropic"
FAMILIES = {
    "token": {"client-secret-invalid", "client-secret-expired", "token-expired", "token-audience"},
    "rbac": {"rbac-missing-data-action", "rbac-wrong-scope", "rbac-wrong-principal"},
    "deployment": {"deployment-failed", "deployment-not-ready", "deployment-on-other-resource"},
    "region": {"region-unavailable", "model-retired", "quota-exhausted"},
}


def play(
    doctor: Doctor, scenario: str, *arguments: str, key: bool = False, **more: str | None
) -> tuple[Ran, Emulator]:
    """Run against all planes, by Entra unless `key`."""
    with Emulator(load_scenario(scenario), planes="all", key=Canary().key) as emulator:
        env: dict[str, str | None] = {**emulator.environment, **more}
        if not key:
            env["ANTHROPIC_FOUNDRY_API_KEY"] = None
        return doctor("run", "-o", "json", *arguments, env=env), emulator


@pytest.mark.parametrize("name", PLANES)
def test_each_scenario_of_the_demo_names_its_cause(doctor: Doctor, name: str) -> None:
    ran = doctor("demo", name, "-o", "json")
    root = ran.json["diagnosis"][0]
    assert root["cause"] == name, [one["cause"] for one in ran.json["diagnosis"]]
    if name in WARNINGS:
        assert (ran.code, ran.json["verdict"]) == (0, "degraded")
    else:
        assert ran.code == (5 if causes()[name].transient else 1)
        assert root["remedy"]


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_has_three_failures(family: str) -> None:
    assert len(FAMILIES[family] & {*PLANES, *scenario_names()}) >= 3


def test_a_healthy_entra_run_needs_no_deployment_named(doctor: Doctor) -> None:
    ran, emulator = play(doctor, "healthy")
    assert (ran.code, ran.json["verdict"]) == (0, "healthy")
    assert ran.json["target"]["deployments"] == ["claude-sonnet-5"]
    assert ran.json["target"]["provenance"]["deployments"] == "Resource Manager"
    for check in ("token.acquire", "token.accepted", "rbac.role", "deployment.listed"):
        assert ran.row(check)["status"] == "pass", check
    assert ran.row("region.model")["status"] == "pass"
    assert len(emulator.arm_requests) <= 6, "one reading pass"
    tokens = [one for one in emulator.entra_requests if one.method == "POST"]
    assert len(tokens) == 2, "one sign-in per audience"


def test_a_healthy_key_run_asks_neither_entra_nor_resource_manager(doctor: Doctor) -> None:
    ran, emulator = play(doctor, "healthy", "--deployment", "claude-sonnet-5", key=True)
    assert (ran.code, ran.json["verdict"]) == (0, "healthy")
    assert emulator.entra_requests == emulator.arm_requests == emulator.imds_requests == []
    for check in ("rbac.role", "region.model", "deployment.listed", "token.acquire"):
        row = ran.row(check)
        assert row["status"] == "skip", check
        assert row["summary"]


def test_a_failure_with_a_key_is_decided_by_resource_manager(doctor: Doctor) -> None:
    ran, emulator = play(doctor, "key-invalid", "--deployment", "claude-sonnet-5", key=True)
    root = ran.json["diagnosis"][0]
    assert (root["cause"], root["confidence"]) == ("key-invalid", "certain")
    assert emulator.arm_requests


def test_without_a_sign_in_the_same_failure_is_only_likely(doctor: Doctor) -> None:
    gone = dict.fromkeys(("AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_TENANT_ID"))
    ran, _ = play(doctor, "key-invalid", "--deployment", "claude-sonnet-5", key=True, **gone)
    root = ran.json["diagnosis"][0]
    assert (root["cause"], root["confidence"]) == ("key-invalid", "likely")
    assert "key-auth-disabled" in {one["cause"] for one in root["undecided"]}


@pytest.mark.parametrize("scenario", ["deployment-not-found", "rate-limited"])
def test_without_control_plane_rights_the_data_plane_is_diagnosed(
    doctor: Doctor, scenario: str
) -> None:
    data = json.loads(json.dumps(_data(scenario)))
    data["arm"] = {"allowed": [], "own_permissions": "needs-action"}
    world = Scenario.from_data("denied", data)
    with Emulator(world, planes="all", key=Canary().key) as emulator:
        env = {**emulator.environment, "ANTHROPIC_FOUNDRY_API_KEY": None}
        ran = doctor("run", "-o", "json", "--deployment", emulator.deployment, env=env)
    assert ran.causes[0] == scenario
    row = ran.row("deployment.account")
    assert row["status"] == "skip"
    assert "Reader" in row["summary"], "the right that would unlock it"


def _data(name: str) -> Any:
    import foundry_doctor.emulator as room

    folder = Path(room.__file__).parent / "scenarios"
    return json.loads((folder / f"{name}.json").read_text("utf-8"))


def test_the_remedy_of_a_missing_role_is_the_exact_command(doctor: Doctor) -> None:
    ran, _ = play(doctor, "rbac-missing-data-action")
    command = " ".join(
        step["bash"] or "" for step in ran.json["diagnosis"][0]["remedy"] if step["bash"]
    )
    facts = ran.row("rbac.role")["evidence"]
    assert "az role assignment create" in command
    assert ran.row("token.acquire")["evidence"]["token.oid"] in command
    assert facts["arm.account_id"] in command
    assert "a97b65f3-24c7-4388-baec-2e87135dc908" in command


@pytest.mark.parametrize("extra", ["audience-ai-only", "audience-cognitive-only"])
def test_the_two_audiences_are_decided_by_experiment(doctor: Doctor, extra: str) -> None:
    right, _ = play(doctor, extra)
    accepted = (
        "https://ai.azure.com" if "ai-only" in extra else "https://cognitiveservices.azure.com"
    )
    if accepted == "https://ai.azure.com":
        assert right.json["verdict"] == "healthy"
        other = "https://cognitiveservices.azure.com/.default"
        right, _ = play(doctor, extra, "--scope", other)
    root = right.json["diagnosis"][0]
    assert (root["cause"], root["confidence"]) == ("token-audience", "certain")
    assert f"{accepted}/.default" in json.dumps(root)


def test_no_identity_endpoint_costs_at_most_three_seconds(doctor: Doctor) -> None:
    env = {
        "ANTHROPIC_FOUNDRY_BASE_URL": NOWHERE,
        "AZURE_TOKEN_CREDENTIALS": "managedidentitycredential",
        "AZURE_POD_IDENTITY_AUTHORITY_HOST": "http://127.0.0.1:9",
    }
    started = time.monotonic()
    ran = doctor("run", "-o", "json", "--only", "token.acquire", "--deployment", "x", env=env)
    assert ran.row("token.acquire")["duration_ms"] < 3500
    assert ran.row("token.acquire")["status"] == "fail"
    assert time.monotonic() - started < 8


def test_nothing_signed_in_is_credentials_missing(doctor: Doctor) -> None:
    env = {"ANTHROPIC_FOUNDRY_BASE_URL": NOWHERE, "AZURE_TOKEN_CREDENTIALS": "prod"}
    ran = doctor("run", "-o", "json", "--only", "token.acquire", "--deployment", "x", env=env)
    assert (ran.code, ran.causes) == (1, ["credentials-missing"])
    skipped = doctor(
        "run", "-o", "json", "--only", "token.acquire", "--deployment", "x",
        "--on-missing-credentials", "skip", env=env,
    )  # fmt: skip
    assert skipped.code == 0


def test_no_secret_and_no_token_in_any_output(doctor: Doctor, canary: Canary) -> None:
    for scenario in ("healthy", "client-secret-invalid", "rbac-wrong-scope", "token-expired"):
        with Emulator(load_scenario(scenario), planes="all", key=canary.key) as emulator:
            secret = emulator.environment.get("AZURE_CLIENT_SECRET")
            token = emulator.environment.get("ANTHROPIC_FOUNDRY_AUTH_TOKEN")
            canary.planted += [one for one in (secret, token) if one]
            env = {**emulator.environment, "ANTHROPIC_FOUNDRY_API_KEY": None}
            for flags in (("-o", "json"), ("-vv",)):
                ran = doctor("run", *flags, env={**env, "PYTHONWARNINGS": "default"})
                assert "eyJ" not in ran.out + ran.err


def _token(**claims: object) -> str:
    def part(data: object) -> str:
        raw = json.dumps(data).encode()
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    return f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(claims)}.c2lnbmF0dXJlLWNhbmFyeQ"


def test_token_decodes_and_says_unverified(doctor: Doctor, tmp_path: Path) -> None:
    now = int(time.time())
    good = _token(aud="https://ai.azure.com", exp=now + 600, oid="o-1", tid="t-1")
    ran = doctor("token", "-", stdin=good)
    assert ran.code == 0
    assert "unverified" in ran.out
    assert "https://ai.azure.com" in ran.out
    assert good[-12:] not in ran.out, "no part of the signature"
    file = tmp_path / "token.txt"
    file.write_text("Bearer " + _token(exp=now - 60))
    assert doctor("token", str(file)).code == 1


@pytest.mark.parametrize("text", ["", "not a token", "a.b", "a.b.c", "{}", "\x00" * 50])
def test_what_is_no_token_is_said_so(doctor: Doctor, text: str) -> None:
    ran = doctor("token", "-", stdin=text)
    assert ran.code == 2
    assert "Traceback" not in ran.err


def test_plan_with_entra_names_the_login_host_and_resource_manager(doctor: Doctor) -> None:
    ran, emulator = play(doctor, "healthy", "--plan")
    assert ran.code == 0
    assert emulator.entra_requests == emulator.arm_requests == emulator.requests == []
    kinds = {one["credential"] for one in ran.json["plan"]}
    assert any("token" in kind for kind in kinds)
    purposes = " ".join(one["purpose"] for one in ran.json["plan"])
    assert "sign in" in purposes
    assert "Resource Manager" in purposes


def test_the_custom_role_that_is_advised_is_one_data_action(doctor: Doctor, tmp_path: Path) -> None:
    """The second choice, run as it is printed, with an `az` that does nothing."""
    ran, _ = play(doctor, "rbac-missing-data-action")
    steps = [one["bash"] or "" for one in ran.json["diagnosis"][0]["remedy"]]
    assert "--assignee-principal-type ServicePrincipal" in steps[0]
    script = f"az() {{ :; }}\n{steps[1]}"
    subprocess.run(["bash", "-euc", script], cwd=tmp_path, check=True, timeout=20)
    role = json.loads((tmp_path / "role.json").read_text())
    assert (role["Actions"], role["DataActions"]) == ([], [DATA_ACTION])
    (scope,) = role["AssignableScopes"]
    assert steps[0].split("--scope ")[1].startswith(f"{scope}/resourceGroups/")
