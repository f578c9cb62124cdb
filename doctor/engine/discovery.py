"""Finding checks: the built-in folder by walking it, strangers by their entry points.

importlib.metadata costs a third of a healthy run, so it is imported only where a distribution on
the path really declares one of our groups.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from ..errors import NoChecks
from ..noun import Noun, replace
from .registry import Check, RegistryError, in_order

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

CHECKS_GROUP = "foundry_doctor.checks"
PLAYBOOKS_GROUP = "foundry_doctor.playbooks"


class BrokenPlugin(Noun):
    """A plug-in that did not load: an `error` row that names it."""

    name: str
    origin: str
    problem: str


class Found(Noun):
    checks: tuple[Check, ...]
    broken: tuple[BrokenPlugin, ...] = ()


def find_checks(path: Iterable[str] | None = None) -> Found:
    """Built-in and third-party checks. Raises NoChecks when there is not one built-in check."""
    package = importlib.import_module("foundry_doctor.checks")
    checks: list[Check] = []
    for module in pkgutil.iter_modules(package.__path__):
        name = f"{package.__name__}.{module.name}"
        checks += _checks_in(importlib.import_module(name), "built-in")
    if not checks:
        raise NoChecks(
            "no built-in check was found, so nothing would be examined",
            advice="Reinstall foundry-doctor: the installation is incomplete.",
        )
    broken: list[BrokenPlugin] = []
    waiting: list[tuple[EntryPoint, list[Check]]] = []
    for entry in entry_points(CHECKS_GROUP, path):
        origin = _origin(entry)
        try:
            loaded = list(_loaded(entry, origin))
        # A stranger's module may raise anything while it is imported, SystemExit included, which
        # would pass for a success; the run goes on.
        except (Exception, SystemExit) as error:  # noqa: BLE001
            broken.append(BrokenPlugin(entry.name, origin, f"{type(error).__name__}: {error}"))
            continue
        if loaded:
            waiting.append((entry, loaded))
        else:
            broken.append(BrokenPlugin(entry.name, origin, "it holds no check"))
    return Found(*_fitting(checks, waiting, broken))


def _fitting(
    checks: list[Check],
    waiting: list[tuple[EntryPoint, list[Check]]],
    broken: list[BrokenPlugin],
) -> tuple[tuple[Check, ...], tuple[BrokenPlugin, ...]]:
    """Take in the plug-ins whose ids are free and whose needs are met, whatever their order."""
    refused: dict[int, str] = {}
    progress = True
    while waiting and progress:
        progress = False
        for item in list(waiting):
            try:
                in_order([*checks, *item[1]])
            except RegistryError as error:
                refused[id(item)] = error.message
                continue
            checks = [*checks, *item[1]]
            waiting.remove(item)
            progress = True
    broken += [BrokenPlugin(item[0].name, _origin(item[0]), refused[id(item)]) for item in waiting]
    return tuple(checks), tuple(broken)


def _loaded(entry: EntryPoint, origin: str) -> Iterator[Check]:
    value = entry.load()
    if isinstance(value, Check):
        yield replace(value, origin=origin)
    else:
        yield from _checks_in(value, origin)


def _checks_in(module: ModuleType, origin: str) -> list[Check]:
    # By identity: one check may have two names in its module.
    found = {id(value): value for value in vars(module).values() if isinstance(value, Check)}
    return [replace(value, origin=origin) for value in found.values()]


def _origin(entry: EntryPoint) -> str:
    distribution = getattr(entry, "dist", None)
    return f"{distribution.name} {distribution.version}" if distribution else entry.value


def entry_points(group: str, path: Iterable[str] | None = None) -> list[EntryPoint]:
    """Entry points of a group, sorted by name; [] without a look at metadata where none can be."""
    if not _declared(group, sys.path if path is None else path):
        return []
    from importlib.metadata import entry_points as installed

    return sorted(installed(group=group), key=lambda entry: (entry.name, entry.value))


def _declared(group: str, path: Iterable[str]) -> bool:
    needle = f"[{group}]".encode()
    for folder in path:
        try:
            found = [
                *Path(folder or ".").glob("*.dist-info/entry_points.txt"),
                *Path(folder or ".").glob("*.egg-info/entry_points.txt"),
            ]
        except OSError:
            continue
        for file in found:
            try:
                if needle in file.read_bytes():
                    return True
            except OSError:
                continue
    return False
