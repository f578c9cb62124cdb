"""What a role's text grants: data actions less what it takes out again, and known conflicts.

Rules: learn.microsoft.com/azure/role-based-access-control/role-definitions.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

from ..noun import Noun
from .conditions import condition_holds, covered
from .fields import Document, inside, mapping, rows, text, texts

DATA_ACTION = "Microsoft.CognitiveServices/accounts/AIServices/providers/action"
"""What messages and count_tokens need (the service's own refusals name it)."""
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Permission(Noun):
    """One permission block. `stated` is False where it does not speak of data actions at all."""

    data_actions: tuple[str, ...] = ()
    not_data_actions: tuple[str, ...] = ()
    condition: str | None = None
    stated: bool = True


class RoleDefinition(Noun):
    """A role. `proven` is False where its id is known from second hand only."""

    id: str
    name: str
    permissions: tuple[Permission, ...]
    custom: bool = False
    proven: bool = True
    conflict: tuple[str, ...] = ()
    remark: str | None = None


class Grant(Noun):
    """Whether a role grants the action: `yes`, `no`, `conditional` or `disputed`, and why."""

    answer: str
    because: tuple[str, ...] = ()


def guid(value: object) -> str | None:
    """The id at the end of a role definition's path, or the id itself, in lower case."""
    last = value.rstrip("/").rsplit("/", 1)[-1].lower() if isinstance(value, str) else ""
    return last if _GUID.fullmatch(last) else None


def grant(permissions: Iterable[Permission], action: str = DATA_ACTION) -> Grant:
    """What permission blocks grant together: another block may grant what one takes out."""
    answers = [_grant(one, action) for one in permissions]
    for answer in ("yes", "conditional", "disputed"):
        for one in answers:
            if one.answer == answer:
                return one
    return Grant("no")


def _grant(one: Permission, action: str) -> Grant:
    if covered(one.data_actions, action) and not covered(one.not_data_actions, action):
        if one.condition is None or condition_holds(one.condition, action) is True:
            return Grant("yes")
        return Grant("conditional", (f"a condition limits it: {one.condition[:200]}",))
    if covered(one.not_data_actions, action):
        return Grant("no")
    for pattern, says in _conflicting():
        if any(own.lower() == pattern.lower() for own in one.data_actions):
            return Grant("disputed", says)
    for role in built_in().values():
        own = {name.lower() for name in one.data_actions}
        if role.conflict and own == _lowered(role):
            return Grant("disputed", (f"this is {role.name}", *role.conflict))
    return Grant("no")


def role_grant(role: RoleDefinition, action: str = DATA_ACTION) -> Grant:
    """What one role grants, its known conflicts included."""
    found = grant(role.permissions, action)
    if found.answer == "no" and role.conflict:
        return Grant("disputed", role.conflict)
    if found.answer == "yes" and not role.proven:
        return Grant(
            "disputed", (f"the id of {role.name} is known from second hand: read its definition",)
        )
    return found


def _lowered(role: RoleDefinition) -> set[str]:
    return {name.lower() for one in role.permissions for name in one.data_actions}


@lru_cache(maxsize=1)
def _shipped() -> Mapping[str, Any]:
    document: Mapping[str, Any] = json.loads(
        files(__package__).joinpath("roles.json").read_text("utf-8")
    )
    return document


def _conflicting() -> Iterable[tuple[str, tuple[str, ...]]]:
    return ((one["pattern"], tuple(one["says"])) for one in _shipped()["conflicting_patterns"])


@lru_cache(maxsize=1)
def built_in() -> Mapping[str, RoleDefinition]:
    """The shipped roles by id: a fallback for definitions that could not be read."""
    return {
        one["id"]: RoleDefinition(
            id=one["id"],
            name=" / ".join((one["name"], *one["aliases"])),
            permissions=(Permission(tuple(one["data_actions"]), tuple(one["not_data_actions"])),),
            proven=one["id_status"] == "read",
            conflict=tuple(one.get("conflict", ())),
            remark=one.get("remark"),
        )
        for one in _shipped()["roles"]
    }


def read_permission(document: Document) -> Permission:
    """One permission block as Resource Manager prints it."""
    return Permission(
        texts(document.get("dataActions")),
        texts(document.get("notDataActions")),
        text(document.get("condition"), 4000),
        isinstance(document.get("dataActions"), list),
    )


def read_definition(document: Document) -> RoleDefinition | None:
    """One role definition; None without a usable id. A known conflict stays with the id."""
    own = guid(document.get("name")) or guid(document.get("id"))
    if own is None:
        return None
    properties = mapping(document.get("properties"))
    known = built_in().get(own)
    return RoleDefinition(
        id=own,
        name=text(properties.get("roleName"), 120) or (known.name if known else own),
        permissions=tuple(map(read_permission, rows(inside(properties, "permissions")))),
        custom="custom" in (text(properties.get("type")) or "").lower(),
        conflict=known.conflict if known else (),
        remark=known.remark if known else None,
    )
