"""The provider Microsoft.Authorization at any scope: who has which role, and what is denied.

Filters as documented: `atScope()` leaves out what is given below the scope, `assignedTo('id')` goes
by groups too, `principalId eq 'id'` does not, `asTarget()` means the caller.
[learn.microsoft.com role-assignments-list-rest; Azure/azure-rest-api-specs Authorization]
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from .arm_rights import Rights
from .arm_voice import ArmCall, Problem
from .plane_spec import ArmSpec
from .roles import Role, within
from .world import DenyAssignment, RoleAssignment, World

_PROVIDER = "Microsoft.Authorization"
_ASSIGNED = re.compile(r"assignedTo\(\s*'([^']*)'\s*\)", re.IGNORECASE)
_PRINCIPAL = re.compile(r"principalId\s+eq\s+'([^']*)'", re.IGNORECASE)
_ROLE_NAME = re.compile(r"roleName\s+eq\s+'([^']*)'", re.IGNORECASE)
_ROLE_TYPE = re.compile(r"type\s+eq\s+'([^']*)'", re.IGNORECASE)
_CREATED = "2021-11-11T20:12:25.8792210Z"
Body = dict[str, Any]


class AccessProvider:
    """Answers the paths below `{scope}/providers/Microsoft.Authorization`."""

    def __init__(self, spec: ArmSpec, world: World, rights: Rights) -> None:
        self._spec = spec
        self._world = world
        self._rights = rights

    def read(self, call: ArmCall, scope: str, rest: str) -> list[Body] | Body | None:
        """A list or one thing; None for what is not known here."""
        kind, _, name = rest.partition("/")
        readers: dict[str, Callable[[ArmCall, str], list[Body]]] = {
            "permissions": self._permissions,
            "roleassignments": self._assignments,
            "roledefinitions": self._definitions,
            "denyassignments": self._denials,
            "roleeligibilityscheduleinstances": self._eligible,
            "roleassignmentscheduleinstances": self._active,
        }
        reader = readers.get(kind.lower())
        if reader is None or "/" in name:
            return None
        if kind.lower() == "permissions":
            if self._spec.own_permissions == "needs-action":
                self._rights.require(call, f"{_PROVIDER}/permissions/read", scope)
        elif not self._is_own(call, kind):
            self._rights.require(call, f"{_PROVIDER}/{kind}/read", scope)
        found = reader(call, scope)
        if not name:
            return found
        for one in found:
            if one["name"].lower() == name.lower():
                return one
        singular = {"roledefinitions": "RoleDefinition", "roleassignments": "RoleAssignment"}
        what = singular.get(kind.lower(), "Resource")
        text = f"The specified {what.lower()} with ID '{name}' is not found."
        raise Problem(404, f"{what}DoesNotExist", text)

    def _is_own(self, call: ArmCall, kind: str) -> bool:
        # One's own eligibility is readable without any role [concluded from public scripts].
        return "schedule" in kind.lower() and "astarget()" in _filter(call).lower()

    def _permissions(self, call: ArmCall, scope: str) -> list[Body]:
        oids = self._world.oids_of(call.oid)
        return [
            {**_EMPTY, **permission}
            for one in self._world.assignments
            if one.principal_id in oids and within(scope, one.scope)
            for permission in one.role.permissions
        ]

    def _assignments(self, call: ArmCall, scope: str) -> list[Body]:
        found = self._filtered(call, scope, self._world.assignments)
        return [self._assignment_body(one) for one in found]

    def _filtered(
        self, call: ArmCall, scope: str, given: Iterable[RoleAssignment]
    ) -> list[RoleAssignment]:
        text = _filter(call)
        at_scope = "atscope()" in text.lower()
        oids: frozenset[str] | None = None
        if assigned := _ASSIGNED.search(text):
            oids = self._world.oids_of(assigned[1].lower())
        elif principal := _PRINCIPAL.search(text):
            oids = frozenset({principal[1].lower()})
        elif "astarget()" in text.lower():
            oids = self._world.oids_of(call.oid)
        return [
            one
            for one in given
            if (within(scope, one.scope) or (not at_scope and within(one.scope, scope)))
            and (oids is None or one.principal_id in oids)
        ]

    def _assignment_body(self, one: RoleAssignment) -> Body:
        return {
            "id": f"{one.scope}/providers/{_PROVIDER}/roleAssignments/{one.id}",
            "name": one.id,
            "type": f"{_PROVIDER}/roleAssignments",
            "properties": {
                "roleDefinitionId": self._definition_id(one.role),
                "principalId": one.principal_id,
                "principalType": one.principal_kind,
                "scope": one.scope,
                "condition": one.condition,
                "conditionVersion": "2.0" if one.condition else None,
                "createdOn": one.created,
                "updatedOn": one.created,
                "createdBy": "00000000-0000-0000-0000-000000000000",
                "updatedBy": "00000000-0000-0000-0000-000000000000",
                "delegatedManagedIdentityResourceId": None,
                "description": None,
            },
        }

    def _definition_id(self, role: Role) -> str:
        base = f"{self._world.subscription_scope}/providers/{_PROVIDER}"
        return f"{base}/roleDefinitions/{role.id}"

    def _definitions(self, call: ArmCall, scope: str) -> list[Body]:
        text = _filter(call)
        named, typed = _ROLE_NAME.search(text), _ROLE_TYPE.search(text)
        found = []
        for role in self._world.roles:
            shown, kind = self._world.role_name(role), _type(role)
            if named and shown.lower() != named[1].lower():
                continue
            if typed and kind.lower() != typed[1].lower():
                continue
            found.append(
                {
                    "id": self._definition_id(role),
                    "name": role.id,
                    "type": f"{_PROVIDER}/roleDefinitions",
                    "properties": {
                        "roleName": shown,
                        "type": kind,
                        "description": "",
                        "assignableScopes": (
                            ["/"] if role.builtin else [self._world.subscription_scope]
                        ),
                        "permissions": [{**_EMPTY, **one} for one in role.permissions],
                        "createdOn": _CREATED,
                        "updatedOn": _CREATED,
                        "createdBy": None,
                        "updatedBy": None,
                    },
                }
            )
        return found

    def _denials(self, call: ArmCall, scope: str) -> list[Body]:
        below = "atscope()" not in _filter(call).lower()
        return [
            self._denial_body(one)
            for one in self._world.denials
            if within(scope, one.scope) or (below and within(one.scope, scope))
        ]

    def _denial_body(self, one: DenyAssignment) -> Body:
        # Everyone is the all-zero id of type SystemDefined [learn.microsoft.com deny-assignments].
        everyone = {"id": "00000000-0000-0000-0000-000000000000", "type": "SystemDefined"}
        permission = {"actions": list(one.spec.actions), "dataActions": list(one.spec.data_actions)}
        return {
            "id": f"{one.scope}/providers/{_PROVIDER}/denyAssignments/{one.id}",
            "name": one.id,
            "type": f"{_PROVIDER}/denyAssignments",
            "properties": {
                "denyAssignmentName": one.spec.name,
                "description": "Made by a deployment stack.",
                "permissions": [{**_EMPTY, **permission}],
                "scope": one.scope,
                "doNotApplyToChildScopes": False,
                "principals": [self._who(oid) for oid in one.principals] or [everyone],
                "excludePrincipals": [self._who(oid) for oid in one.excluded],
                "isSystemProtected": True,
            },
        }

    def _who(self, oid: str) -> Body:
        known = self._world.principal_by_oid(oid)
        return {"id": oid, "type": known.kind if known else "ServicePrincipal"}

    def _eligible(self, call: ArmCall, scope: str) -> list[Body]:
        return self._instances(call, scope, self._world.eligible, "roleEligibility")

    def _active(self, call: ArmCall, scope: str) -> list[Body]:
        return self._instances(call, scope, self._world.assignments, "roleAssignment")

    def _instances(
        self, call: ArmCall, scope: str, given: Iterable[RoleAssignment], prefix: str
    ) -> list[Body]:
        kind = f"{prefix}ScheduleInstances"
        found = []
        for one in self._filtered(call, scope, given):
            schedule = f"{one.scope}/providers/{_PROVIDER}/{prefix}Schedules/{one.id}"
            definition = self._definition_id(one.role)
            role = {"id": definition, "displayName": self._world.role_name(one.role)}
            principal = self._world.principal_by_oid(one.principal_id)
            name = principal.name if principal else ""
            found.append(
                {
                    "id": f"{one.scope}/providers/{_PROVIDER}/{kind}/{one.id}",
                    "name": one.id,
                    "type": f"{_PROVIDER}/{kind}",
                    "properties": {
                        f"{prefix}ScheduleId": schedule,
                        "scope": one.scope,
                        "roleDefinitionId": definition,
                        "principalId": one.principal_id,
                        "principalType": one.principal_kind,
                        "status": "Provisioned",
                        "startDateTime": one.created,
                        "endDateTime": None,
                        "memberType": "Direct",
                        "createdOn": one.created,
                        "condition": one.condition,
                        "expandedProperties": {
                            "principal": {"id": one.principal_id, "displayName": name},
                            "roleDefinition": {**role, "type": _type(one.role)},
                            "scope": {"id": one.scope, "displayName": one.scope.split("/")[-1]},
                        },
                    },
                }
            )
        return found


_EMPTY: Body = {"actions": [], "notActions": [], "dataActions": [], "notDataActions": []}


def _filter(call: ArmCall) -> str:
    return call.query.get("$filter", "")


def _type(role: Role) -> str:
    return "BuiltInRole" if role.builtin else "CustomRole"
