"""The commands that end a missing role, with the user's values filled in and quoted."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping

from .role_rules import DATA_ACTION

SUFFICIENT_ROLE = "a97b65f3-24c7-4388-baec-2e87135dc908"
"""Cognitive Services User: the least of the built-in roles that cover Claude; by id, since names
change."""
_PRINCIPAL_TYPES: Mapping[str, str] = {
    "user": "User",
    "group": "Group",
    "service-principal": "ServicePrincipal",
    "serviceprincipal": "ServicePrincipal",
}
_ASSIGNABLE = re.compile(r"/subscriptions/[^/]+(?:/resourceGroups/[^/]+)?", re.IGNORECASE)


def role_command(oid: str, principal_type: str | None, scope: str, shell: str = "bash") -> str:
    """The command that gives the role to this object id at this scope.

    `principal_type` as the fact `token.principal` or as Azure writes it; left out where it is
    unknown, and the CLI then asks Microsoft Graph. `shell` is `bash` or `pwsh`.
    """
    words = ["az", "role", "assignment", "create", "--assignee-object-id", oid]
    kind = _PRINCIPAL_TYPES.get((principal_type or "").lower())
    if kind is not None:
        words += ["--assignee-principal-type", kind]
    words += ["--role", SUFFICIENT_ROLE, "--scope", scope]
    return " ".join(_quoted(word, shell) for word in words)


def _quoted(word: str, shell: str) -> str:
    plain = "".join(c for c in word if c.isprintable())
    if shell != "pwsh":
        return shlex.quote(plain)
    if re.fullmatch(r"[A-Za-z0-9_./:-]+", plain):
        return plain
    # PowerShell takes the typographic single quotes for single quotes too.
    return "'" + re.sub("(['\u2018\u2019\u201a\u201b])", r"\1\1", plain) + "'"


def custom_role_json(scope: str) -> str:
    """A role with the one data action, for `az role definition create --role-definition`.

    A custom role is assignable at subscriptions and resource groups, not at one resource: the
    account's resource group stands for it.
    """
    found = _ASSIGNABLE.match(scope)
    role = {
        "Name": "Claude caller (foundry-doctor)",
        "IsCustom": True,
        "Description": "May call Claude in Microsoft Foundry, and nothing else.",
        "Actions": [],
        "NotActions": [],
        "DataActions": [DATA_ACTION],
        "NotDataActions": [],
        "AssignableScopes": [found[0] if found else scope],
    }
    return json.dumps(role, indent=2)
