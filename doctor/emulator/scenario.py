"""Scenarios: one JSON file each, named by the cause id that it provokes, plus `healthy`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from . import schema, spec
from .errors import ScenarioError, UnknownScenario
from .table import Table

_FOLDERS = ("scenarios", "scenarios/extra")
HEALTHY = "healthy"


@dataclass(frozen=True)
class Scenario:
    """One scenario, validated.

    `title` is one statement in words and `summary` tells what a client meets. `synthetic` marks
    answers that nobody has recorded from the real service; `source` says where the rest is from.
    `client` and `server` are the data as written, `settings` and `behaviour` their typed forms.
    """

    name: str
    title: str
    summary: str
    synthetic: bool
    source: str
    client: dict[str, Any] = field(hash=False)
    server: dict[str, Any] = field(hash=False)
    settings: spec.Client = field(repr=False, compare=False)
    behaviour: spec.Server = field(repr=False, compare=False)

    @classmethod
    def from_data(cls, name: str, data: object, *, file: str = "<data>") -> Scenario:
        """A scenario from decoded JSON.

        Raises ScenarioError, naming file and key, for unknown keys and unfit values.
        """
        table = Table(data, file)
        title, summary, source = table.text("title"), table.text("summary"), table.text("source")
        synthetic = table.flag("synthetic", False)
        client, server = _plain(table.take("client")), _plain(table.take("server"))
        table.done()
        return cls(
            name=name,
            title=title,
            summary=summary,
            synthetic=synthetic,
            source=source,
            settings=schema.read_client(client, file),
            behaviour=schema.read_server(server, file),
            client=client,
            server=server,
        )


def scenario_names() -> list[str]:
    """The names of the scenarios, `healthy` first, then the cause ids in order."""
    names = _names(_FOLDERS[0])
    return sorted(names, key=lambda name: (name != HEALTHY, name))


def load_scenario(name: str) -> Scenario:
    """The scenario of that name; those of the folder `extra` load too, though they are not listed.

    Raises UnknownScenario with the nearest names, and ScenarioError for data that does not fit.
    """
    for folder in _FOLDERS:
        # Compared with what exists rather than joined to a path: a name is never a path.
        if name in _names(folder):
            file = f"{folder}/{name}.json"
            text = (
                files(__package__).joinpath(*folder.split("/"), f"{name}.json").read_text("utf-8")
            )
            return Scenario.from_data(name, _decode(text, file), file=file)
    raise UnknownScenario(name, [one for folder in _FOLDERS for one in _names(folder)])


def _names(folder: str) -> list[str]:
    entries = files(__package__).joinpath(*folder.split("/")).iterdir()
    return sorted(one.name[: -len(".json")] for one in entries if one.name.endswith(".json"))


def _decode(text: str, file: str) -> object:
    def no_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
        # json keeps the last of two equal keys in silence; a scenario must not lose one so.
        found: dict[str, object] = {}
        for key, value in pairs:
            if key in found:
                raise ScenarioError(file, key, "stands twice in one object; keep one")
            found[key] = value
        return found

    try:
        decoded: object = json.loads(text, object_pairs_hook=no_duplicates)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno} column {error.colno}"
        raise ScenarioError(file, "", f"is not JSON at {place}: {error.msg}") from error
    return decoded


def _plain(value: object) -> Any:
    if isinstance(value, Mapping):
        return deepcopy(dict(value))
    return {} if value is None else value
