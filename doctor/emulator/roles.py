"""Azure roles: the shipped definitions, and whether one grants an action.

Effective rights are actions less notActions, role by role; another role may grant what one takes
out; control-plane actions never grant data actions [learn.microsoft.com role-definitions]. That
letters' case does not count and that `*` crosses `/` is concluded from the roles' own texts.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import Any

_MADE_UP = uuid.UUID("f0a0d0c0-0000-4000-8000-00000000d0c0")
"""Name space of the ids that this emulator makes up."""


def made_up_id(*words: str) -> str:
    """A stable id out of words, where no source tells the real one."""
    return str(uuid.uuid5(_MADE_UP, "/".join(words)))


@dataclass(frozen=True)
class Role:
    """A role definition; `permissions` as Resource Manager prints them."""

    id: str
    name: str
    aliases: tuple[str, ...] = ()
    permissions: tuple[Mapping[str, Any], ...] = field(default=(), hash=False)
    builtin: bool = True

    def grants(self, action: str, *, data: bool = False) -> bool:
        """Whether this role alone grants an action of the control plane, or of the data plane."""
        yes, no = ("dataActions", "notDataActions") if data else ("actions", "notActions")
        return any(
            covers(one.get(yes, ()), action) and not covers(one.get(no, ()), action)
            for one in self.permissions
        )


def covers(patterns: object, action: str) -> bool:
    """Whether any of the patterns matches the action."""
    return isinstance(patterns, (list, tuple)) and any(
        _compiled(str(one)).fullmatch(action) for one in patterns
    )


def within(scope: str, outer: str) -> bool:
    """Whether a scope is that outer one or lies below it."""
    inside, outside = scope.lower().rstrip("/"), outer.lower().rstrip("/")
    return inside == outside or inside.startswith(f"{outside}/")


@lru_cache(maxsize=1)
def builtin_roles() -> tuple[Role, ...]:
    """The roles that ship with the program; where an id is open, one is made up."""
    document = json.loads(files("foundry_doctor.foundry").joinpath("roles.json").read_text("utf-8"))
    return tuple(
        Role(
            id=one["id"] or made_up_id("role", one["name"]),
            name=one["name"],
            aliases=tuple(one["aliases"]),
            permissions=tuple(one["permissions"]),
        )
        for one in document["roles"]
    )


def find_role(key: str, roles: tuple[Role, ...]) -> Role:
    """The role with that id, name or alias; LookupError when there is none."""
    for role in roles:
        if key.lower() in (role.id.lower(), role.name.lower(), *map(str.lower, role.aliases)):
            return role
    known = ", ".join(role.name for role in roles)
    raise LookupError(f"no role is named {key!r}; known: {known}")


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(re.escape(pattern).replace(r"\*", ".*"), re.IGNORECASE)
