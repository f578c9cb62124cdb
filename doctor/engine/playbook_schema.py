"""The format of a playbook, as one table: the loader reads by it, the JSON Schema is made of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Union

from ..facts import FACTS, FactSpec
from ..links import URL
from ..model import Confidence, Json
from .causes import WHO, causes

VERSION = 1
CONFIDENCES = tuple(one.value for one in Confidence)
OPERATORS: Mapping[str, tuple[str, ...]] = {
    "enum": ("in", "not", "present"),
    "text": ("in", "not", "present", "prefix", "regex"),
    "int": ("in", "not", "present", "min", "max"),
    "bool": ("in", "not", "present"),
    "texts": ("contains", "present"),
}
"""The operators that a fact of each kind understands."""


@dataclass(frozen=True, slots=True)
class Text:
    """One line or paragraph. `kind`: plain, prose, bash, pwsh, doubt, url, cause, version, fact."""

    kind: str = "plain"
    limit: int = 600


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a closed list; with `or_false` also the truth value false."""

    values: tuple[str, ...]
    or_false: bool = False


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list; with `or_one` a single item may stand without its brackets."""

    item: Shape
    least: int = 0
    or_one: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    shape: Shape
    required: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    fields: Mapping[str, Field]


@dataclass(frozen=True, slots=True)
class Special:
    """`version`, `when` (conditions by fact) or `given` (values by fact)."""

    kind: str


Shape = Union[Text, Choice, ListOf, Record, Special]
_Make = Callable[[FactSpec], dict[str, Json]]


_TITLE = ListOf(Text("prose", 160), 1, or_one=True)
_SUMMARY = ListOf(Text("prose"), 1, or_one=True)
"""One text or alternatives: the first whose placeholders all have values is said."""


def _doubt(text: str, kind: str) -> Record:
    return Record({"cause": Field(Text("cause"), True), text: Field(Text(kind), True)})


PLAYBOOK = Record(
    {
        "playbook": Field(Special("version"), True),
        "cause": Field(Text("cause"), True),
        "title": Field(_TITLE, True),
        "summary": Field(_SUMMARY, True),
        "why": Field(Text("plain", 1200), True),
        "match": Field(
            ListOf(
                Record(
                    {
                        "confidence": Field(Choice(CONFIDENCES), True),
                        "when": Field(Special("when"), True),
                        # for this look alone, before the playbook's own
                        "title": Field(_TITLE),
                        "summary": Field(_SUMMARY),
                        "because": Field(ListOf(Text("prose"))),
                        "undecided": Field(ListOf(_doubt("decided_by", "doubt"))),
                        "rules_out": Field(ListOf(_doubt("because", "prose"))),
                    }
                ),
                1,
            ),
            True,
        ),
        "explains": Field(ListOf(Text("cause"))),
        "remedy": Field(
            ListOf(
                Record(
                    {
                        "text": Field(Text("prose"), True),
                        "bash": Field(Text("bash")),
                        "pwsh": Field(Text("pwsh")),
                        "url": Field(Text("url")),
                        "who": Field(Choice(WHO)),
                        # the step is given only where these have values, and these facts hold
                        "needs": Field(ListOf(Text("placeholder"))),
                        "when": Field(Special("when")),
                    }
                ),
                1,
            ),
            True,
        ),
        "verify": Field(Text("bash", 300), True),
        "takes": Field(Text("plain", 80)),
        "mistaken_for": Field(ListOf(_doubt("tell", "plain"))),
        "docs": Field(ListOf(Text("url"))),
        "sources": Field(ListOf(Text("plain", 200))),
        "since": Field(Text("version"), True),
        "tests": Field(
            ListOf(
                Record(
                    {
                        "name": Field(Text("plain", 120), True),
                        "given": Field(Special("given"), True),
                        "expect": Field(Choice(CONFIDENCES, or_false=True), True),
                    }
                ),
                2,
            ),
            True,
        ),
    }
)

SEMVER = r"^[0-9]+\.[0-9]+\.[0-9]+$"


def playbook_schema() -> dict[str, Json]:
    """The JSON Schema of a playbook file, for editors; the loader checks more than it can say."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "foundry-doctor playbook",
        **_schema(PLAYBOOK),
        "$defs": {"when": _facts_schema(_condition), "given": _facts_schema(_value)},
    }


def _schema(shape: Shape) -> dict[str, Json]:
    if isinstance(shape, Record):
        return {
            "type": "object",
            "properties": {name: _schema(one.shape) for name, one in shape.fields.items()},
            "required": [name for name, one in shape.fields.items() if one.required],
            "additionalProperties": False,
        }
    if isinstance(shape, ListOf):
        item = _schema(shape.item)
        many: dict[str, Json] = {"type": "array", "items": item, "minItems": shape.least}
        return {"anyOf": [item, many]} if shape.or_one else many
    if isinstance(shape, Choice):
        return {"enum": [*shape.values, *([False] if shape.or_false else [])]}
    if isinstance(shape, Special):
        if shape.kind == "version":
            return {"const": VERSION}
        return {"$ref": f"#/$defs/{shape.kind}"}
    text: dict[str, Json] = {"type": "string", "minLength": 1, "maxLength": shape.limit}
    if shape.kind == "cause":
        return {"enum": list(causes())}
    if shape.kind in ("url", "version"):
        text["pattern"] = URL if shape.kind == "url" else SEMVER
    return text


def _facts_schema(make: _Make) -> dict[str, Json]:
    return {
        "type": "object",
        "minProperties": 1,
        "additionalProperties": False,
        "properties": {
            name: {"description": spec.meaning, **make(spec)} for name, spec in FACTS.items()
        },
    }


def _value(spec: FactSpec) -> dict[str, Json]:
    if spec.kind == "texts":
        return {"type": "array", "items": {"type": "string"}}
    return _scalar(spec)


def _scalar(spec: FactSpec) -> dict[str, Json]:
    if spec.kind == "enum":
        return {"enum": list(spec.values)}
    return {"type": {"int": "integer", "bool": "boolean"}.get(spec.kind, "string")}


def _condition(spec: FactSpec) -> dict[str, Json]:
    one = _scalar(spec)
    many: dict[str, Json] = {"type": "array", "items": one, "minItems": 1}
    either: list[Json] = [one, many]
    known: dict[str, dict[str, Json]] = {
        "in": many,
        "not": {"anyOf": either},
        "contains": {"anyOf": either},
        "present": {"type": "boolean"},
        "prefix": {"type": "string", "minLength": 1},
        "regex": {"type": "string", "minLength": 1, "maxLength": 200},
        "min": {"type": "integer"},
        "max": {"type": "integer"},
    }
    operators: dict[str, Json] = {
        "type": "object",
        "minProperties": 1,
        "additionalProperties": False,
        "properties": {name: known[name] for name in OPERATORS[spec.kind]},
    }
    return {"anyOf": [operators] if spec.kind == "texts" else [*either, operators]}
