"""What a region offers, when a model ends, and whose quota it is."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

from foundry_doctor.azure.deployments import read_deployment
from foundry_doctor.azure.regions import (
    RegionModel,
    Usage,
    Wanted,
    offered_types,
    quota_facts,
    read_region_model,
    region_facts,
)
from foundry_doctor.facts import problems

from .world import deployment, region_model

NOW = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
CATALOGUE = {
    "models": {
        "claude-sonnet-4-5": {"retires": "2026-11-30", "successor": "claude-sonnet-5-5"},
        "claude-opus-4-1": {"retired": "2026-08-05", "successor": "claude-opus-4-8"},
        "claude-sonnet-5": {},
        "claude-fable-5": {"regions": {"GlobalStandard": ["eastus2"]}},
        "claude-mythos-5": {"auth": "entra"},
    },
    "regions": {"GlobalStandard": ["East US 2", "swedencentral"], "DataZoneStandard": ["eastus2"]},
}


def listed(*given: Any) -> list[RegionModel]:
    return [one for each in given if (one := read_region_model(each))]


def told(models: Any, wanted: Wanted | None, region: str = "swedencentral", **given: Any) -> Any:
    found = region_facts(models, wanted, region=region, now=NOW, **given)
    assert problems(found) == []
    return found


@pytest.mark.parametrize(
    ("models", "wanted", "offered"),
    [
        ([region_model()], Wanted("claude-sonnet-5"), "yes"),
        ([region_model()], Wanted("Claude-Sonnet-5", "1", "globalstandard"), "yes"),
        ([region_model()], Wanted("claude-sonnet-5", "2"), "no"),
        ([region_model()], Wanted("claude-sonnet-5", None, "DataZoneStandard"), "no"),
        ([region_model()], Wanted("claude-opus-5"), "no"),
        ([region_model("gpt-5", format="OpenAI")], Wanted("claude-opus-5"), "no"),
        ([region_model("claude-opus-5", format="OpenAI")], Wanted("claude-opus-5"), "no"),
        ([region_model(skus=[])], Wanted("claude-sonnet-5", sku="DataZoneStandard"), "yes"),
        # What runs is not unavailable because it is closed to new deployments.
        ([region_model()], Wanted("claude-opus-5", deployed=True), "unknown"),
        ([region_model()], Wanted("claude-sonnet-5", "2", deployed=True), "unknown"),
    ],
)
def test_the_regions_own_list(models: Any, wanted: Wanted, offered: str) -> None:
    found = told(listed(*models), wanted)
    assert (found["region.offered"], found["region.source"]) == (offered, "arm")


def test_what_leaves_it_open() -> None:
    wanted = Wanted("claude-opus-5")
    assert told(listed(region_model()), wanted, complete=False)["region.offered"] == "unknown"
    # A gated model is listed for some only.
    gated = told(listed(region_model()), Wanted("claude-mythos-5"), catalogue=CATALOGUE)
    assert gated["region.offered"] == "unknown"
    assert told(None, wanted)["region.offered"] == "unknown"
    assert told([], wanted)["region.offered"] == "unknown"
    assert told(None, None) == {"region.name": "swedencentral"}


@pytest.mark.parametrize(
    ("wanted", "region", "offered"),
    [
        (Wanted("claude-sonnet-5"), "eastus2", "yes"),
        (Wanted("claude-sonnet-5"), "East US 2", "yes"),
        (Wanted("claude-sonnet-5"), "westeurope", "no"),
        (Wanted("claude-sonnet-5", deployed=True), "westeurope", "unknown"),
        (Wanted("claude-sonnet-5", sku="DataZoneStandard"), "swedencentral", "no"),
        (Wanted("claude-fable-5"), "swedencentral", "no"),
        (Wanted("claude-sonnet-5", sku="Provisioned"), "eastus2", "unknown"),
        (Wanted("claude-unheard-of"), "eastus2", "unknown"),
    ],
)
def test_the_catalogue_stands_in(wanted: Wanted, region: str, offered: str) -> None:
    found = told(None, wanted, region, catalogue=CATALOGUE)
    assert found["region.offered"] == offered
    assert offered == "unknown" or found["region.source"] == "catalogue"


@pytest.mark.parametrize(
    ("ends", "catalogue", "model", "days"),
    [
        ("2027-01-21T00:00:00Z", None, "claude-sonnet-5", 60),
        ("2026-11-22T23:59:59Z", None, "claude-sonnet-5", 0),
        ("2026-11-20T00:00:00Z", None, "claude-sonnet-5", -2),
        (None, None, "claude-sonnet-5", None),
        ("soon", None, "claude-sonnet-5", None),
        (None, CATALOGUE, "claude-sonnet-4-5", 8),
        # live answers win over the table
        ("2027-01-01T00:00:00Z", CATALOGUE, "claude-sonnet-4-5", 40),
        (None, CATALOGUE, "claude-opus-4-1", -109),
    ],
)
def test_retirement(ends: Any, catalogue: Any, model: str, days: int | None) -> None:
    found = told(listed(region_model(model, ends=ends)), Wanted(model), catalogue=catalogue)
    assert found.get("region.retires_in_days") == days


def test_the_version_that_is_deployed_counts() -> None:
    models = listed(region_model(ends="2026-12-01"), region_model(version="2", ends=None))
    assert told(models, Wanted("claude-sonnet-5", "1"))["region.retires_in_days"] == 9
    assert "region.retires_in_days" not in told(models, Wanted("claude-sonnet-5"))
    assert "region.retires_in_days" not in told(models, Wanted("claude-sonnet-5", "2"))
    assert offered_types(models, "claude-sonnet-5") == ("GlobalStandard",)


def test_the_successor_comes_from_the_catalogue() -> None:
    found = told(None, Wanted("claude-opus-4-1"), catalogue=CATALOGUE)
    assert found["region.successor"] == "claude-opus-4-8"


GLOBAL = "AIServices.GlobalStandard.claude-sonnet-5"


@pytest.mark.parametrize(
    ("wanted", "models", "used"),
    [
        (Wanted("claude-sonnet-5", "1", "GlobalStandard", hosting="anthropic"), [], 1),
        (Wanted("claude-sonnet-5", "2", "GlobalStandard", hosting="azure"), [], 2),
        (Wanted("claude-sonnet-5", "2"), [region_model(version="2")], 2),
        # Not known which of the two pools: neither.
        (Wanted("claude-sonnet-5"), [], None),
        (Wanted("claude-sonnet-5", "1", "DataZoneStandard", hosting="anthropic"), [], None),
        (Wanted("claude-opus-5", hosting="azure"), [], None),
    ],
)
def test_the_quota_of_the_right_pool(wanted: Wanted, models: Any, used: int | None) -> None:
    usages = [Usage(GLOBAL, 1, 100), Usage(f"{GLOBAL}.Azure", 2, 200), Usage("AccountCount", 3, 9)]
    found = quota_facts(usages, wanted, listed(*models))
    assert found.get("quota.used") == used
    assert problems(found) == []


def test_a_zero_quota_is_a_fact() -> None:
    wanted = Wanted("claude-sonnet-5", "1", hosting="anthropic")
    assert quota_facts([Usage(GLOBAL, None, 0)], wanted) == {"quota.limit": 0}


def test_what_a_deployment_wants() -> None:
    one = read_deployment(deployment(version="2"))
    assert one
    wanted = Wanted.of(one)
    assert wanted == Wanted("claude-sonnet-5", "2", "GlobalStandard", True, "azure")
    pending = read_deployment(deployment(state="Creating"))
    assert pending
    assert Wanted.of(pending) == Wanted(
        "claude-sonnet-5", "1", "GlobalStandard", False, "anthropic"
    )
    nameless = read_deployment({"name": "x"})
    assert nameless
    assert Wanted.of(nameless) is None
