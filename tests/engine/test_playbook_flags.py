"""Which flags led to a target, so that a printed command can repeat them."""

from __future__ import annotations

from typing import Any

import pytest

from foundry_doctor.engine.playbook_flags import Flag, target_flags
from foundry_doctor.model import FactValue, Target
from foundry_doctor.secret import Secret

URL = "https://gateway.example/x"


def flags(
    target: dict[str, Any], fault: dict[str, FactValue] | None, **provenance: str
) -> dict[str, tuple[str, ...]]:
    found = target_flags(Target(**target, provenance=provenance), fault or {})
    assert all(isinstance(one, Flag) for one in found)
    return {one.name: one.values for one in found}


@pytest.mark.parametrize(
    ("target", "provenance", "expected"),
    [
        ({"resource": "r"}, {"resource": "env ANTHROPIC_FOUNDRY_RESOURCE"}, {}),
        (
            {"resource": "r", "base_url": "https://r.services.ai.azure.com/anthropic"},
            {"resource": "flag --resource", "endpoint": "flag --resource"},
            {"--resource": ("r",)},
        ),
        (
            {"resource": "r", "base_url": URL},
            {"resource": "the base URL (flag --base-url)", "endpoint": "flag --base-url"},
            {"--base-url": (URL,)},
        ),
        (
            {"deployments": ("d", "e")},
            {"deployments": "flag --deployment"},
            {"--deployment": ("d", "e")},
        ),
        ({"deployments": ("d",)}, {"deployments": "env ANTHROPIC_MODEL"}, {}),
        (
            {"cloud": "china", "auth": "key"},
            {"cloud": "flag --cloud", "auth": "flag --auth"},
            {"--cloud": ("china",), "--auth": ("key",)},
        ),
        (
            {"scope": "s", "tenant": "t", "subscription": "u", "resource_group": "g"},
            {
                "scope": "flag --scope",
                "tenant": "flag --tenant",
                "subscription": "flag --subscription",
                "resource_group": "flag --resource-group",
            },
            {
                "--scope": ("s",),
                "--tenant": ("t",),
                "--subscription": ("u",),
                "--resource-group": ("g",),
            },
        ),
        ({"name": "prod"}, {"resource": "foundry-doctor.yaml:3:5"}, {"--target": ("prod",)}),
        ({}, {"resource": "../../foundry-doctor.yaml:3:5"}, {}),
        ({}, {"resource": "~/foundry-doctor.yaml:3:5"}, {}),
        ({}, {"resource": "ci/prod.yaml:3:5"}, {"--config": ("ci/prod.yaml",)}),
        ({}, {"resource": "ci/foundry-doctor.yaml:3:5"}, {"--config": ("ci/foundry-doctor.yaml",)}),
    ],
)
def test_flags_are_repeated_and_nothing_else(
    target: dict[str, Any], provenance: dict[str, str], expected: dict[str, tuple[str, ...]]
) -> None:
    assert flags(target, None, **provenance) == expected


def test_a_flag_at_fault_carries_what_would_be_right() -> None:
    fault: dict[str, FactValue] = {"config.setting": "flag --resource"}
    assert flags({}, fault, resource="flag --resource") == {"--resource": ()}
    fault["config.suggestion"] = "contoso"
    assert flags({}, fault, resource="flag --resource") == {"--resource": ("contoso",)}
    named = flags({"resource": "r", "deployments": ("d",)}, fault, deployments="flag --deployment")
    assert named == {"--deployment": ("d",)}


def test_of_two_flags_that_exclude_each_other_one_stays() -> None:
    fault: dict[str, FactValue] = {"config.setting": "flag --resource and flag --base-url"}
    found = flags(
        {"resource": "r", "base_url": URL},
        fault,
        resource="flag --resource",
        endpoint="flag --base-url",
    )
    assert found == {"--resource": ("r",)}


def test_a_secret_is_not_repeated() -> None:
    key = "0123456789abcdef0123456789abcdef"
    target = {"deployments": ("d", key), "secrets": (Secret(key),)}
    assert flags(target, None, deployments="flag --deployment") == {"--deployment": ()}
