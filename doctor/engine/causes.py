"""The closed vocabulary of root causes: `causes.yaml`, read once and only when needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType

WHO = ("caller", "identity-admin", "azure-admin", "network-admin", "vendor")
"""The persons who can end a cause."""


@dataclass(frozen=True, slots=True)
class Cause:
    """One root cause. `is_` says in one clause what it is; `transient`: waiting may end it."""

    id: str
    family: str
    who: str
    transient: bool
    is_: str


@cache
def causes() -> Mapping[str, Cause]:
    """Every cause by its id, in the order of the file."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    package = __name__.rpartition(".")[0]
    text = resources.files(package).joinpath("causes.yaml").read_text(encoding="utf-8")
    families = yaml.load(text, Loader=loader)  # noqa: S506 - a safe loader, in C where there is one
    found = {
        name: Cause(name, family, entry["who"], bool(entry.get("transient", False)), entry["is"])
        for family, entries in families.items()
        for name, entry in entries.items()
    }
    return MappingProxyType(found)
