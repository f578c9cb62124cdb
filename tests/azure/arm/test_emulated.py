"""The same questions to the emulator, whose bodies are another engineer's reading of the facts."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from foundry_doctor.azure.accounts import Seek
from foundry_doctor.azure.arm import ArmClient
from foundry_doctor.azure.readings import facts, read_account
from foundry_doctor.azure.refusal import why_refused
from foundry_doctor.emulator import Emulator, Scenario
from foundry_doctor.emulator.plane_spec import TokenSpec
from foundry_doctor.emulator.tokens import mint
from foundry_doctor.facts import problems
from foundry_doctor.network.client import Client
from foundry_doctor.secret import Secret

READER = {"role": "Reader", "scope": "subscription"}
USER = "Cognitive Services User"
Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def ask(client: Callable[..., Client]) -> Iterator[Ask]:
    """ask(world={...}, arm={...}): the facts of a pass and of its refusal in such a world."""
    with ExitStack() as stack:

        def run(
            deployment: str = "claude-sonnet-5", tenant: str | None = None, **planes: Any
        ) -> Any:
            data = {"title": "t", "summary": "s", "source": "made up", "synthetic": True}
            scenario = Scenario.from_data("made", {**data, "server": {}, "client": {}, **planes})
            emulator = stack.enter_context(Emulator(scenario, planes="all"))
            world = emulator.planes.world
            token = mint(
                TokenSpec(),
                time.time(),
                tenant=tenant or world.tenant,
                resource="https://management.azure.com",
                oid=world.app.oid,
                app_id=world.app.app_id,
            )
            arm = ArmClient(
                client(ca=emulator.ca_file),
                emulator.planes.arm_endpoint,
                Secret(token),
                named_by_user=True,
            )
            readings = read_account(arm, Seek("localhost", emulator.port, None, world.subscription))
            refusal = why_refused(arm, readings, world.app.oid)
            related = {world.app.app_id: "application id"}
            judgement = refusal.judgement(readings, world.app.oid, related=related)
            found = {**facts(readings, deployment), **judgement.facts()}
            assert problems(found) == []
            assert readings.requests <= 6
            return found

        yield run


@pytest.mark.parametrize(
    ("world", "data_action", "reason"),
    [
        ({}, "granted", "none"),
        ({"assignments": [READER]}, "missing", "insufficient-role"),
        (
            {"assignments": [READER, {"role": USER, "scope": "project"}]},
            "missing",
            "wrong-scope",
        ),
        ({"assignments": [READER], "eligible": [{"role": USER}]}, "missing", "eligible"),
        (
            {
                "assignments": [READER, {"role": USER}],
                "denials": [{"data_actions": ["Microsoft.CognitiveServices/*"]}],
            },
            "missing",
            "deny-assignment",
        ),
        (
            {"assignments": [READER, {"role": USER, "condition": "@Request[x] Exists"}]},
            "not-confirmed",
            "condition",
        ),
        (
            {
                "assignments": [READER, {"role": USER, "principal": "group"}],
                "group_members": ["app"],
            },
            "granted",
            "none",
        ),
        (
            {
                "assignments": [
                    READER,
                    {"role": USER, "principal": "00001111-aaaa-2222-bbbb-3333cccc4444"},
                ]
            },
            "missing",
            "wrong-principal",
        ),
        ({"assignments": [READER, {"role": "Azure AI Developer"}]}, "not-confirmed", None),
    ],
)
def test_roles(world: Any, data_action: str, reason: str | None, ask: Ask) -> None:
    found = ask(world=world)
    assert found["rbac.data_action"] == data_action
    assert reason in (None, found["rbac.reason"])


def test_young_roles_tell_their_age(ask: Ask) -> None:
    found = ask(world={"assignments": [READER, {"role": USER, "created_s_ago": 120}]})
    assert (found["rbac.data_action"], found["rbac.age_s"] // 60) == ("granted", 2)


def test_a_caller_without_any_right(ask: Ask) -> None:
    found = ask(world={"assignments": []})
    assert found["arm.account"] == "unknown"
    assert found["arm.outcome"] == "denied"
    assert found["arm.missing_action"]
    assert found["rbac.data_action"] in ("unknown", "not-confirmed")


def test_a_subscription_of_another_tenant(ask: Ask) -> None:
    found = ask(world={"resource_in_other_tenant": True})
    assert (found["arm.outcome"], found["arm.account"]) == ("wrong-tenant", "unknown")
    assert found["arm.tenant"]


def test_pages_and_an_absent_deployment(ask: Ask) -> None:
    found = ask("no-such-name")
    assert (found["arm.outcome"], found["arm.deployment"]) == ("ok", "absent")
