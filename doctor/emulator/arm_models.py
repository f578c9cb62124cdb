"""What a region offers and how much of it is used: models and usages of Resource Manager.

Shapes: [Azure/azure-rest-api-specs ListLocationModels, ListUsages]; quota lines count thousands of
tokens a minute, and their names end in `.Azure` where Azure hosts the model (public notes).
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from functools import lru_cache
from importlib.resources import files
from typing import Any

from .plane_spec import ArmSpec, ModelSpec
from .world import World

LIMIT = 2000
"""A usual limit of a quota line [a public deployment: 25 of 2000]."""
_NONE = ModelSpec()


@lru_cache(maxsize=1)
def _document() -> Mapping[str, Any]:
    text = files(__package__).joinpath("region-models.json").read_text("utf-8")
    document: dict[str, Any] = json.loads(text)
    return document


class RegionModels:
    """The models of one region, as the scenario has them."""

    def __init__(self, spec: ArmSpec, world: World) -> None:
        self._spec = spec
        self._world = world

    def models(self, location: str) -> list[dict[str, Any]]:
        """The entries of `locations/{l}/models`: Claude's, and one of another maker."""
        return [
            *(
                {"kind": "AIServices", "skuName": "S0", "model": model}
                for model in self._claude(location)
            ),
            {"kind": "AIServices", "skuName": "S0", "model": _other_maker()},
        ]

    def account_models(self, location: str) -> list[dict[str, Any]]:
        """The entries of an account's `models`."""
        return [*self._claude(location), _other_maker()]

    def usages(self, location: str) -> list[dict[str, Any]]:
        """The quota lines of the subscription in a region."""
        found = {}
        for model in self._claude(location):
            for sku in model["skus"]:
                name = sku["usageName"]
                used = self._used(model["name"], model["version"], sku["name"])
                found[name] = (used, LIMIT, _label(model, sku["name"]))
        for name, (used, limit) in self._spec.usages.items():
            found[name] = (used, limit, found.get(name, (0, 0, name))[2])
        count = len(self._world.accounts)
        lines = {"AccountCount": (count, 100, "Cognitive Services total account limit"), **found}
        return [
            {
                "name": {"value": name, "localizedValue": label},
                "currentValue": float(used),
                "limit": float(limit),
                "unit": "Count",
            }
            for name, (used, limit, label) in lines.items()
        ]

    def _used(self, model: str, version: str, sku: str) -> int:
        wanted = (model, version, sku)
        return sum(
            one.capacity
            for account in self._world.accounts.values()
            for one in account.deployments.values()
            if (one.model, one.version, one.sku) == wanted
        )

    def _claude(self, location: str) -> Iterator[dict[str, Any]]:
        document = _document()
        for row in document["models"]:
            change = self._spec.models.get(row["name"], self._spec.models.get("*", _NONE))
            if not change.offered:
                continue
            for version, usual in row["versions"].items():
                if change.versions is not None and version not in change.versions:
                    continue
                skus = [
                    sku
                    for sku in change.skus or usual
                    if location.lower() in row.get("regions", document["regions"][sku])
                ]
                if skus:
                    yield _entry(row, version, skus, change)


def _entry(
    row: Mapping[str, Any], version: str, skus: list[str], change: ModelSpec
) -> dict[str, Any]:
    azure = version == "2"
    entry: dict[str, Any] = {
        "format": "Anthropic",
        "name": row["name"],
        "version": version,
        "isDefaultVersion": azure or "2" not in row["versions"],
        "maxCapacity": 10000,
        "capabilities": {
            "chatCompletion": "false",
            "messages": "true",
            "hostedOn": "Azure" if azure else "Anthropic",
        },
        "lifecycleStatus": change.lifecycle or row["lifecycle"],
        "skus": [
            {
                "name": sku,
                "usageName": f"AIServices.{sku}.{row['name']}" + (".Azure" if azure else ""),
                "capacity": {"minimum": 1, "maximum": 10000, "step": 1, "default": 25},
                "rateLimits": [{"key": "token", "renewalPeriod": 60, "count": 1000}],
            }
            for sku in skus
        ],
        "systemData": {
            "createdBy": "Microsoft",
            "createdByType": "Application",
            "createdAt": "2026-06-29T00:00:00Z",
            "lastModifiedBy": "Microsoft",
            "lastModifiedByType": "Application",
            "lastModifiedAt": "2026-11-01T00:00:00Z",
        },
    }
    retires = _retires(row, change)
    if retires is not None:
        entry["deprecation"] = {"inference": retires}
    return entry


def _retires(row: Mapping[str, Any], change: ModelSpec) -> str | None:
    if change.retires_in_days is not None:
        at = datetime.fromtimestamp(time.time() + change.retires_in_days * 86400, timezone.utc)
        return at.strftime("%Y-%m-%dT00:00:00Z")
    return f"{row['retires']}T00:00:00Z" if "retires" in row else None


def _label(model: Mapping[str, Any], sku: str) -> str:
    return f"Tokens Per Minute (thousands) - {model['name']} - {sku}"


def _other_maker() -> dict[str, Any]:
    return {
        "format": "OpenAI",
        "name": "gpt-5-mini",
        "version": "2025-08-07",
        "isDefaultVersion": True,
        "maxCapacity": 3,
        "capabilities": {"chatCompletion": "true", "responses": "true"},
        "lifecycleStatus": "GenerallyAvailable",
        "skus": [
            {
                "name": "GlobalStandard",
                "usageName": "OpenAI.GlobalStandard.gpt-5-mini",
                "capacity": {"maximum": 1000, "default": 10},
            }
        ],
    }
