"""Role assignments, deny assignments and eligible roles, and which scope reaches which."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from ..noun import Noun
from .conditions import covered
from .fields import Document, flag, inside, mapping, moment, rows, text
from .role_rules import (
    DATA_ACTION,
    Grant,
    Permission,
    RoleDefinition,
    built_in,
    guid,
    read_permission,
    role_grant,
)

EVERYONE = "00000000-0000-0000-0000-000000000000"
"""With type SystemDefined: all principals (learn.microsoft.com deny-assignments)."""
_EVERYONE_TYPES = frozenset({"systemdefined", "everyone", "everyonegroup"})
_MANAGEMENT_GROUP = re.compile(r"/providers/Microsoft\.Management/managementGroups/", re.IGNORECASE)


class Assignment(Noun):
    """One role given to one principal at one scope, active or (as `Eligible`) to be activated."""

    role: str
    """The role definition's GUID, lower case."""
    principal: str
    principal_type: str | None
    scope: str
    condition: str | None = None
    created_at: datetime | None = None
    begins_at: datetime | None = None
    ends_at: datetime | None = None

    @property
    def by_group(self) -> bool:
        """Whether it is held through a group."""
        return "group" in (self.principal_type or "").lower()

    def current(self, now: datetime) -> bool:
        """Whether `now` lies within its validity, where it has one."""
        begun = self.begins_at is None or self.begins_at <= now
        return begun and (self.ends_at is None or now < self.ends_at)


class Denial(Noun):
    """One deny assignment."""

    name: str
    scope: str
    principals: tuple[tuple[str, str], ...]
    """Id and type of each, lower case."""
    excluded: tuple[tuple[str, str], ...]
    permissions: tuple[Permission, ...]
    children: bool = True
    """Whether it reaches below its scope."""
    conditional: bool = False

    def denies(self, action: str = DATA_ACTION) -> bool:
        """Whether it speaks against the action."""
        return any(
            covered(one.data_actions, action) and not covered(one.not_data_actions, action)
            for one in self.permissions
        )

    def hits(self, oid: str | None) -> bool | None:
        """Whether it is meant for this principal; None where a group or a condition decides."""
        own = (oid or "").lower()
        if own and any(own == name for name, _ in self.excluded):
            return False
        meant = any(name == EVERYONE or kind in _EVERYONE_TYPES for name, kind in self.principals)
        meant = meant or (bool(own) and any(own == name for name, _ in self.principals))
        if meant:
            spared = any("group" in kind or not own for _, kind in self.excluded)
            return None if spared or self.conditional else True
        groups = any("group" in kind or not kind for _, kind in self.principals)
        return None if groups or not own or not self.principals else False


def reaches(scope: str, account: str) -> bool:
    """Whether something at `scope` holds at the account: the same scope, or one above it.

    A management group counts: Resource Manager lists only those that the subscription is under.
    """
    above, below = _plain(scope), _plain(account)
    if above == "" or _MANAGEMENT_GROUP.match(scope):
        return True
    return below == above or below.startswith(f"{above}/")


def same_scope(one: str, other: str) -> bool:
    """Whether two scopes are the same."""
    return _plain(one) == _plain(other)


def _plain(scope: str) -> str:
    return scope.strip().rstrip("/").lower()


def definition_of(role: str, definitions: Mapping[str, RoleDefinition]) -> RoleDefinition | None:
    """The role's definition: read live, else the shipped one."""
    return definitions.get(role) or built_in().get(role)


def grant_of(one: Assignment, definitions: Mapping[str, RoleDefinition]) -> Grant:
    """What an assignment's role grants; `unread` where its definition is not known.

    An assignment with a condition never grants plainly.
    """
    role = definition_of(one.role, definitions)
    if role is None:
        return Grant("unread", (f"the definition of role {one.role} is not known",))
    found = role_grant(role)
    if found.answer == "yes" and one.condition is not None:
        return Grant("conditional", (f"a condition limits it: {one.condition[:200]}",))
    return found


def role_name(one: Assignment, definitions: Mapping[str, RoleDefinition]) -> str:
    """The role's name, or its id where the name is not known."""
    role = definition_of(one.role, definitions)
    return role.name if role else one.role


def read_assignment(document: Document) -> Assignment | None:
    """A role assignment or an eligibility; None without role, principal or scope."""
    properties = mapping(document.get("properties"))
    role = guid(properties.get("roleDefinitionId"))
    principal = text(properties.get("principalId"), 80)
    scope = text(properties.get("scope"), 600) or _own_scope(document)
    if role is None or principal is None or scope is None:
        return None
    return Assignment(
        role=role,
        principal=principal.lower(),
        principal_type=text(properties.get("principalType"), 40),
        scope=scope,
        condition=text(properties.get("condition"), 4000),
        created_at=moment(properties.get("createdOn")),
        begins_at=moment(properties.get("startDateTime")),
        ends_at=moment(properties.get("endDateTime")),
    )


def _own_scope(document: Document) -> str | None:
    """The scope that the id of an assignment begins with."""
    own = text(document.get("id"), 800) or ""
    head, found, _ = own.lower().rpartition("/providers/microsoft.authorization/")
    return (own[: len(head)] or "/") if found else None


def read_denial(document: Document) -> Denial | None:
    """A deny assignment; None without a scope."""
    properties = mapping(document.get("properties"))
    scope = text(properties.get("scope"), 600) or _own_scope(document)
    if scope is None:
        return None
    name = text(properties.get("denyAssignmentName"), 120) or text(document.get("name"), 120)
    return Denial(
        name=name or "unnamed",
        scope=scope,
        principals=_principals(properties.get("principals")),
        excluded=_principals(properties.get("excludePrincipals")),
        permissions=tuple(map(read_permission, rows(inside(properties, "permissions")))),
        children=flag(properties.get("doNotApplyToChildScopes")) is not True,
        conditional=text(properties.get("condition")) is not None,
    )


def _principals(value: object) -> tuple[tuple[str, str], ...]:
    return tuple(
        ((text(one.get("id"), 80) or "").lower(), (text(one.get("type"), 40) or "").lower())
        for one in rows(value)
    )
