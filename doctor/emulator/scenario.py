"""Scenarios: one JSON file each, named by the cause id that it provokes, plus `healthy`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from . import plane_spec, schema, spec
from .errors import ScenarioError, UnknownScenario
from .plane_schema import read_planes
from .table import Table

_FOLDERS = ("scenarios", "scenarios/extra", "scenarios/planes")
HEALTHY = "healthy"


@dataclass(frozen=True)
class Scenario:
    """One scenario, validated.

    `title` is one statement in words and `summary` tells what a client meets. `synthetic` marks
    answers that nobody has recorded from the real service; `source` says where the rest is from.
    `client` and `server` are the data as written, `settings` and `behaviour` their typed forms;
    `planes` is the typed form of `world`, `entra`, `arm` and `imds`, and `needs_planes` says that
    the scenario makes no sense without them.
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
    planes: plane_spec.Planes = field(
        default=plane_spec.Planes(), repr=False, compare=False, hash=False
    )
    needs_planes: bool = False

    @classmethod
    def from_data(cls, name: str, data: object, *, file: str = "<data>") -> Scenario:
        """A scenario from decoded JSON.

        Raises ScenarioError, naming file and key, for unknown keys and unfit values.
        """
        table = Table(data, file)
        title, summary, source = table.text("title"), table.text("summary"), table.text("source")
        synthetic = table.flag("synthetic", False)
        client, server = _plain(table.take("client")), _plain(table.take("server"))
        parts = {one: _plain(table.take(one)) for one in ("world", "entra", "arm", "imds")}
        table.done()
        settings = schema.read_client(client, file)
        templates = (settings.base_url, settings.api_key, *settings.env.values())
        used = {name for template in templates for name in schema.placeholders(template)}
        return cls(
            name=name,
            title=title,
            summary=summary,
            synthetic=synthetic,
            source=source,
            settings=settings,
            behaviour=schema.read_server(server, file),
            client=client,
            server=server,
            planes=read_planes(**parts, file=file),
            needs_planes=any(parts.values()) or bool(used & schema.PLANE_PLACEHOLDERS),
        )


def scenario_names(*, planes: bool = False) -> list[str]:
    """The names of the scenarios, `healthy` first, then the cause ids in order.

    With `planes` also those which need the login host, Resource Manager or identity endpoints.
    """
    names = _names(_FOLDERS[0]) + (_names(_FOLDERS[2]) if planes else [])
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
