"""The provider Microsoft.CognitiveServices: accounts, deployments, models, usages, keys."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Union

from . import arm_bodies as bodies
from .arm_models import RegionModels
from .arm_rights import Rights
from .arm_voice import ArmCall, Problem, no_parent, not_found
from .world import PROVIDER, Account, World

_CHILDREN = frozenset(
    (
        *("deployments", "models", "usages", "skus", "projects", "privatelinkresources"),
        *("privateendpointconnections", "networksecurityperimeterconfigurations"),
    )
)
Body = dict[str, Any]
Found = Union[list[Body], Body, None]


class AccountsProvider:
    """Answers the paths below `providers/Microsoft.CognitiveServices`."""

    def __init__(
        self, world: World, rights: Rights, region: RegionModels, keys: Sequence[str]
    ) -> None:
        self._world = world
        self._rights = rights
        self._region = region
        self._keys = [*keys, "", ""][:2]

    def in_subscription(self, call: ArmCall, rest: str) -> Found:
        """What lies below the subscription's provider; None for a path that is not known.

        A list is paged by the caller of this method.
        """
        scope = self._world.subscription_scope
        parts = rest.lower().split("/")
        if parts == ["accounts"]:
            return self._accounts(call, scope)
        if parts == ["deletedaccounts"]:
            self._rights.require(call, f"{PROVIDER}/deletedAccounts/read", scope)
            return []
        if parts == ["skus"]:
            self._rights.require(call, f"{PROVIDER}/skus/read", scope)
            return [self._sku(one) for one in self._world.accounts.values()]
        if parts == ["checkdomainavailability"]:
            return self._domain(call)
        if parts == ["modelcapacities"]:
            return self._capacities(call, self._world.spec.account.location)
        if len(parts) == 3 and parts[0] == "locations":
            return self._in_region(call, parts[1], parts[2])
        return None

    def in_group(self, call: ArmCall, rest: str) -> Found:
        """What lies below a resource group's provider, as `in_subscription`."""
        found = re.fullmatch(r"accounts(?:/([^/]+)(?:/(.+))?)?", rest, re.IGNORECASE)
        if found is None:
            return None
        if found[1] is None:
            return self._accounts(call, self._world.group_scope)
        child = found[2]
        account = self._find(found[1])
        if child is None:
            scope = self._world.account_scope(found[1])
            self._rights.require(call, f"{PROVIDER}/accounts/read", scope)
            if account is None:
                raise not_found(f"{PROVIDER}/accounts", found[1], self._world.resource_group)
            return bodies.account_body(account, self._world)
        return self._child(call, found[1], account, child)

    def bodies_for(self, call: ArmCall) -> Iterator[Body]:
        """Every account that the caller may read: what Resource Graph searches."""
        for account in self._world.accounts.values():
            scope = self._world.account_scope(account.name)
            if self._rights.may(call, f"{PROVIDER}/accounts/read", scope):
                yield bodies.account_body(account, self._world)

    def _find(self, name: str) -> Account | None:
        return next(
            (one for one in self._world.accounts.values() if one.name.lower() == name.lower()),
            None,
        )

    def _accounts(self, call: ArmCall, over: str) -> list[Body]:
        scopes = {self._world.account_scope(one.name): one for one in self._world.accounts.values()}
        seen = self._rights.visible(call, f"{PROVIDER}/accounts/read", over, scopes)
        return [bodies.account_body(scopes[scope], self._world) for scope in seen]

    def _child(self, call: ArmCall, name: str, account: Account | None, rest: str) -> Found:
        kind, _, inner = rest.partition("/")
        scope = self._world.account_scope(name)
        if kind.lower() == "listkeys" and call.request.method == "POST":
            self._rights.require(call, f"{PROVIDER}/accounts/listKeys/action", scope)
            return self._list_keys(self._existing(account, name))
        if kind.lower() not in _CHILDREN or call.request.method != "GET":
            return None
        self._rights.require(call, f"{PROVIDER}/accounts/{kind}/read", scope)
        if account is None:
            raise no_parent(f"accounts/{kind}", scope)
        return self._read(account, kind.lower(), inner)

    def _existing(self, account: Account | None, name: str) -> Account:
        if account is None:
            raise not_found(f"{PROVIDER}/accounts", name, self._world.resource_group)
        return account

    def _read(self, account: Account, kind: str, inner: str) -> Found:
        world, place = self._world, account.spec.location
        lists: dict[str, Callable[[], list[Body]]] = {
            "models": lambda: self._region.account_models(place),
            "usages": lambda: self._region.usages(place)[1:],
            "skus": lambda: [self._sku(account)],
            "projects": lambda: [bodies.project_body(account, world)],
            "privatelinkresources": lambda: [bodies.private_link_resource(account, world)],
            "privateendpointconnections": lambda: bodies.private_endpoints(account, world),
            "networksecurityperimeterconfigurations": list,
        }
        if kind != "deployments":
            return lists[kind]() if not inner else None
        made = {
            name.lower(): bodies.deployment_body(name, one, account, world)
            for name, one in account.deployments.items()
        }
        if not inner:
            return list(made.values())
        name, _, more = inner.partition("/")
        body = made.get(name.lower())
        if body is None:
            # How this provider words it is not known: the general text of Resource Manager.
            path = f"{PROVIDER}/accounts/{account.name}/deployments"
            raise not_found(path, name, world.resource_group)
        if not more:
            return body
        if more.lower() == "skus":
            capacity = {"minimum": 1, "maximum": 10000, "step": 1, "default": 25}
            kind_of = f"{PROVIDER}/accounts/deployments"
            return [{"resourceType": kind_of, "sku": body["sku"], "capacity": capacity}]
        return None

    def _list_keys(self, account: Account) -> Body:
        if bodies.local_auth_disabled(account, self._world):
            text = "Failed to list key. disableLocalAuth is set to be true"
            raise Problem(400, "BadRequest", text)
        return {"key1": self._keys[0], "key2": self._keys[1]}

    def _sku(self, account: Account) -> Body:
        sku = {"name": account.spec.sku, "tier": "Standard"}
        return {"resourceType": f"{PROVIDER}/accounts", "sku": sku}

    def _in_region(self, call: ArmCall, location: str, what: str) -> Found:
        scope = self._world.subscription_scope
        if what in ("models", "usages"):
            self._rights.require(call, f"{PROVIDER}/locations/{what}/read", scope)
            models = what == "models"
            return self._region.models(location) if models else self._region.usages(location)
        if what == "modelcapacities":
            return self._capacities(call, location)
        if what == "checkskuavailability" and call.request.method == "POST":
            asked = _decoded(call)
            value = {
                "kind": asked.get("kind"),
                "type": asked.get("type"),
                "skuAvailable": True,
                "reason": None,
                "message": None,
            }
            return [{**value, "skuName": sku} for sku in asked.get("skus", [])]
        return None

    def _capacities(self, call: ArmCall, location: str) -> list[Body]:
        scope = self._world.subscription_scope
        self._rights.require(call, f"{PROVIDER}/locations/modelCapacities/read", scope)
        names = [call.query.get(one, "") for one in ("modelformat", "modelname", "modelversion")]
        if not all(names):
            text = "modelFormat, modelName and modelVersion are required."
            raise Problem(400, "InvalidParameter", text)
        usages = {one["name"]["value"]: one for one in self._region.usages(location)}
        found = []
        for entry in self._region.account_models(location):
            if [entry["format"], entry["name"], entry["version"]] != names:
                continue
            for sku in entry["skus"]:
                line = usages.get(sku["usageName"], {"limit": 0.0, "currentValue": 0.0})
                base = f"{scope}/providers/{PROVIDER}/locations/{location}/models"
                found.append(
                    {
                        "id": f"{base}/{'.'.join(names)}/skuCapacities/{sku['name']}",
                        "name": sku["name"],
                        "type": f"{PROVIDER}/locations/models/skuCapacities",
                        "location": location,
                        "properties": {
                            "model": dict(zip(("format", "name", "version"), names, strict=True)),
                            "skuName": sku["name"],
                            "availableCapacity": max(0, line["limit"] - line["currentValue"]),
                            "availableFinetuneCapacity": 0,
                        },
                    }
                )
        return found

    def _domain(self, call: ArmCall) -> Body:
        asked = _decoded(call)
        name = str(asked.get("subdomainName", ""))
        taken = self._find(name) is not None
        reason = f"Sub domain name '{name}' already used." if taken else None
        return {
            "type": asked.get("type"),
            "subdomainName": name,
            "isSubdomainAvailable": not taken,
            "reason": reason,
        }


def _decoded(call: ArmCall) -> Body:
    try:
        body = json.loads(call.request.body)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise Problem(400, "InvalidRequestContent", "The request content was invalid.")
    return body
