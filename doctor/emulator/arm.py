"""Resource Manager: paths, api-version, tokens, and the providers behind them.

Any api-version is accepted, as long as there is one: newer clients ask for newer ones.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from . import arm_graph
from .arm_access import AccessProvider
from .arm_accounts import AccountsProvider, Body, Found
from .arm_models import RegionModels
from .arm_rights import SUBSCRIPTION_READ, Rights
from .arm_voice import ArmCall, Problem, no_group, no_subscription
from .plane import FirstOnly, fixed_answer
from .plane_spec import ArmSpec
from .wire import Reply, Request
from .world import PROVIDER, World

_SUBSCRIPTION = re.compile(r"/subscriptions/([^/]+)(.*)", re.IGNORECASE)
_GROUP = re.compile(r"/resourcegroups/([^/]+)(.*)", re.IGNORECASE)
_ACCESS = re.compile(r"(.*)/providers/microsoft\.authorization/(.+)", re.IGNORECASE)
_PROVIDED = re.compile(r"/providers/microsoft\.cognitiveservices/(.+)", re.IGNORECASE)
_REGISTRATION = re.compile(r"/providers(?:/([^/]+))?", re.IGNORECASE)
_GRAPH = "/providers/microsoft.resourcegraph/resources"
_GROUP_READ = "Microsoft.Resources/subscriptions/resourceGroups/read"


class ArmPlane:
    """Answers as Resource Manager; `keys` are what listKeys tells."""

    def __init__(
        self, spec: ArmSpec, world: World, faults: FirstOnly, keys: Sequence[str] = ()
    ) -> None:
        self._spec = spec
        self._world = world
        self._faults = faults
        self._rights = Rights(spec, world)
        self._accounts = AccountsProvider(world, self._rights, RegionModels(spec, world), keys)
        self._access = AccessProvider(spec, world, self._rights)

    def answer(self, request: Request) -> Reply:
        """The answer to one request."""
        fixed = self._spec.faults.answer
        if fixed is not None and self._spec.answer_path in request.path and self._faults.take():
            return fixed_answer(fixed, request)
        call = ArmCall(request, self._world.spec.account.location)
        try:
            found = self._found(call)
        except Problem as problem:
            return call.problem(problem)
        if isinstance(found, list):
            return call.json(200, call.page(found, self._spec.page_size))
        return call.json(200, found)

    def _found(self, call: ArmCall) -> list[Body] | Body:
        # azure-mgmt-authorization doubles a slash where a resource has no parent path.
        path = re.sub("//+", "/", call.request.path).rstrip("/")
        if "api-version" not in call.query:
            text = "The api-version query parameter (?api-version=) is required for all requests."
            raise Problem(400, "MissingApiVersionParameter", text)
        inside = _SUBSCRIPTION.fullmatch(path)
        if inside is not None and inside[1].lower() != self._world.subscription:
            raise no_subscription(inside[1])
        if inside is not None and self._world.spec.subscription_state == "Deleted":
            raise no_subscription(inside[1])
        call.claims = self._rights.authenticate(call)
        if inside is not None:
            self._rights.check_tenant(call)
            found = self._in_subscription(call, path, inside[2])
        else:
            found = self._in_tenant(call, path)
        if found is None:
            kind = path.rpartition("/providers/")[2] or path
            text = f"The resource type could not be found in the namespace: '{kind}'."
            raise Problem(404, "InvalidResourceType", text)
        return found

    def _in_tenant(self, call: ArmCall, path: str) -> Found:
        if path.lower() == "/subscriptions":
            # Only those of the token's own tenant are listed.
            own = call.claims.get("tid") == self._world.resource_tenant
            shown = own and self._rights.sees_subscription(call)
            return [self._subscription()] if shown else []
        if path.lower() == "/tenants":
            return [self._tenant(str(call.claims.get("tid")))]
        if path.lower() == _GRAPH and call.request.method == "POST":
            return arm_graph.answer(_query(call), self._accounts.bodies_for(call))
        if access := _ACCESS.fullmatch(path):
            return self._access.read(call, access[1] or "/", access[2])
        return None

    def _in_subscription(self, call: ArmCall, path: str, rest: str) -> Found:
        if access := _ACCESS.fullmatch(path):
            return self._access.read(call, access[1], access[2])
        scope = self._world.subscription_scope
        if rest == "":
            if not self._rights.sees_subscription(call):
                self._rights.require(call, SUBSCRIPTION_READ, scope)
            return self._subscription()
        if rest.lower() == "/locations":
            return [{"id": f"{scope}/locations/{one}", "name": one} for one in _LOCATIONS]
        if rest.lower() == "/resourcegroups":
            seen = self._rights.visible(call, _GROUP_READ, scope, [self._world.group_scope])
            return [self._group() for _ in seen]
        if registration := _REGISTRATION.fullmatch(rest):
            return self._registration(call, registration[1])
        if provided := _PROVIDED.fullmatch(rest):
            self._registered()
            return self._accounts.in_subscription(call, provided[1])
        if group := _GROUP.fullmatch(rest):
            return self._in_group(call, group[1], group[2])
        return None

    def _in_group(self, call: ArmCall, name: str, rest: str) -> Found:
        exists = name.lower() == self._world.resource_group
        if rest == "" or not exists:
            scope = f"{self._world.subscription_scope}/resourceGroups/{name}"
            if rest == "":
                self._rights.require(call, _GROUP_READ, scope)
            if not exists:
                raise no_group(name)
            return self._group()
        provided = _PROVIDED.fullmatch(rest)
        if provided is None:
            return None
        self._registered()
        return self._accounts.in_group(call, provided[1])

    def _registered(self) -> None:
        if not self._world.spec.provider_registered:
            text = (
                f"The subscription is not registered to use namespace '{PROVIDER}'. See "
                "https://aka.ms/rps-not-found for how to register subscriptions."
            )
            raise Problem(409, "MissingSubscriptionRegistration", text)

    def _subscription(self) -> Body:
        world = self._world
        return {
            "id": world.subscription_scope,
            "authorizationSource": "RoleBased",
            "managedByTenants": [],
            "tags": {},
            "subscriptionId": world.subscription,
            "tenantId": world.resource_tenant,
            "displayName": "Contoso AI",
            "state": world.spec.subscription_state,
            "subscriptionPolicies": {
                "locationPlacementId": "Public_2014-09-01",
                "quotaId": "PayAsYouGo_2014-09-01",
                "spendingLimit": "Off",
            },
        }

    def _tenant(self, tenant: str) -> Body:
        return {
            "id": f"/tenants/{tenant}",
            "tenantId": tenant,
            "countryCode": "SE",
            "displayName": "Contoso",
            "domains": ["contoso.onmicrosoft.com"],
            "tenantCategory": "Home",
            "defaultDomain": "contoso.onmicrosoft.com",
            "tenantType": "AAD",
        }

    def _group(self) -> Body:
        return {
            "id": self._world.group_scope,
            "name": self._world.resource_group,
            "type": "Microsoft.Resources/resourceGroups",
            "location": self._world.spec.account.location,
            "tags": {},
            "properties": {"provisioningState": "Succeeded"},
        }

    def _registration(self, call: ArmCall, namespace: str | None) -> Found:
        if not self._rights.sees_subscription(call):
            action = "Microsoft.Resources/subscriptions/providers/read"
            self._rights.require(call, action, self._world.subscription_scope)
        bodies: list[Body] = []
        for name in (PROVIDER, "Microsoft.Authorization", "Microsoft.Resources"):
            on = name != PROVIDER or self._world.spec.provider_registered
            bodies.append(
                {
                    "id": f"{self._world.subscription_scope}/providers/{name}",
                    "namespace": name,
                    "registrationPolicy": "RegistrationRequired",
                    "registrationState": "Registered" if on else "NotRegistered",
                    "resourceTypes": [],
                }
            )
        if namespace is None:
            return bodies
        for body in bodies:
            if str(body["namespace"]).lower() == namespace.lower():
                return body
        text = f"The resource namespace '{namespace}' is invalid."
        raise Problem(404, "InvalidResourceNamespace", text)


_LOCATIONS = ("eastus2", "swedencentral", "westeurope")


def _query(call: ArmCall) -> str:
    try:
        body = json.loads(call.request.body)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict) or not isinstance(body.get("query"), str):
        raise Problem(400, "BadRequest", "Please provide below info when asking for support.")
    return str(body["query"])
