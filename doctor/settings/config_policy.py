"""What the config file demands and what it forgives: `expect:`, `suppress:` and `defaults:`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Union

from ..model import Expectation, Suppression
from .config_fields import DEFAULTS, EXPECT, SUPPRESS, Field
from .config_reader import Fields, Reader
from .located import place

if TYPE_CHECKING:
    from yaml import Node

Default = Union[str, float, int, tuple[str, ...]]
"""The value of an option as the command line would give it."""


def expectations(reader: Reader, fields: Fields) -> tuple[Expectation, ...]:
    """What one level says that a target must be."""
    node = fields.get("expect")
    found = _inner(reader, node, EXPECT, "expect") if node is not None else {}
    return tuple(
        Expectation(name, str(value.value), place(value.start_mark, reader.shown))
        for name, value in found.items()
    )


def suppressions(reader: Reader, top: Fields, targets: tuple[str, ...]) -> tuple[Suppression, ...]:
    """The entries of `suppress:`; each needs a cause or a check, a reason, an owner and an end."""
    node = top.get("suppress")
    if node is None:
        return ()
    import yaml

    if not isinstance(node, yaml.SequenceNode):
        reader.add(node, "suppress must be a list of entries, each beginning with a hyphen")
        return ()
    return tuple(
        one for item in node.value if (one := _suppression(reader, item, targets)) is not None
    )


def _suppression(reader: Reader, node: Node, targets: tuple[str, ...]) -> Suppression | None:
    before = len(reader.problems)
    found = _inner(reader, node, SUPPRESS, "an entry of suppress")
    if len(reader.problems) > before:
        return None
    if ("cause" in found) == ("check" in found):
        reader.add(node, "an entry of suppress names either a cause or a check")
    missing = [one.name for one in SUPPRESS if one.required and one.name not in found]
    if missing:
        reader.add(node, f"an entry of suppress needs {', '.join(missing)} as well")
    if "target" in found and found["target"].value not in targets:
        reader.add(found["target"], "there is no target of that name in this file")
    if len(reader.problems) > before:
        return None
    said = {name: str(value.value) for name, value in found.items()}
    return Suppression(
        said.get("cause"), said.get("check"), said.get("target"), said.get("subject"),
        said["reason"], said["owner"], said["expires"], place(node.start_mark, reader.shown),
    )  # fmt: skip


def defaults(reader: Reader, top: Fields) -> dict[str, Default]:
    """Options by their names on the command line, with underscores."""
    node = top.get("defaults")
    found = _inner(reader, node, DEFAULTS, "defaults") if node is not None else {}
    values: dict[str, Default] = {}
    for field in DEFAULTS:
        if field.name not in found:
            continue
        text = str(found[field.name].value)
        if field.kind == "texts":
            values[field.name] = tuple(str(one.value) for one in reader.items(found, field.name))
        elif field.kind == "number":
            values[field.name] = int(text) if field.name == "max_calls" else float(text)
        else:
            values[field.name] = text
    return values


def _inner(reader: Reader, node: Node, fields: tuple[Field, ...], what: str) -> Fields:
    return reader.mapping(node, {one.name: one for one in fields}, what)
