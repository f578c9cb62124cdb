"""Walking the nodes of `foundry-doctor.yaml`: known keys, values of the right type, each problem.

No message repeats a value: it could be a key in a wrong place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import TYPE_CHECKING

from ..model import Setting
from .config_fields import VARIABLE, VERSION, Field
from .keys import looks_secret
from .located import place

if TYPE_CHECKING:
    from yaml import Node

_STR = "tag:yaml.org,2002:str"
_INT = "tag:yaml.org,2002:int"
_FLOAT = "tag:yaml.org,2002:float"
_BOOL = "tag:yaml.org,2002:bool"
_NULL = "tag:yaml.org,2002:null"
_KEY_LIKE = re.compile(r"key|token|secret|passw|credential", re.IGNORECASE)
# A word worth repeating has no digit: a key pasted before a colon always has some.
_PLAIN_WORD = re.compile(r"[A-Za-z_.-]{1,24}")


Fields = dict[str, "Node"]


class Reader:
    """Walks the nodes of one file and collects what is wrong, never stopping at the first."""

    def __init__(self, shown: str) -> None:
        self.shown = shown
        self.problems: list[tuple[tuple[int, int], str]] = []
        self._checks: dict[str, Callable[[Node, Field], None]] = {
            "version": self._version,
            "text": self._text,
            "date": self._date,
            "number": self._number,
            "folders": self._texts,
            "texts": self._texts,
            "choice": self._choice,
            "variable": self._variable,
        }

    def mapping(self, node: Node, known: dict[str, Field], what: str) -> Fields:
        """The known keys of a mapping with their nodes, each value of the right type."""
        found: Fields = {}
        for key, name, value in self.pairs(node, what):
            field_ = known.get(name)
            if field_ is None:
                self._unknown(key, name, known)
            elif field_.kind in self._checks:
                before = len(self.problems)
                self._checks[field_.kind](value, field_)
                if len(self.problems) == before:
                    found[name] = value
            else:
                found[name] = value
        return found

    def pairs(self, node: Node, what: str) -> Iterator[tuple[Node, str, Node]]:
        """The keys of a mapping, each once: its node, its text, its value's node."""
        import yaml

        if not isinstance(node, yaml.MappingNode):
            self.add(node, f"{what} must be a mapping of keys to values")
            return
        seen: dict[str, Node] = {}
        for key, value in node.value:
            if key.tag != _STR or not isinstance(key.value, str):
                self.add(key, "a key must be text")
            elif key.value in seen:
                first = seen[key.value].start_mark.line + 1
                self.add(key, f"this key stands twice; the first is in line {first}")
            else:
                seen[key.value] = key
                yield key, key.value, value

    def _unknown(self, key: Node, name: str, known: dict[str, Field]) -> None:
        if _KEY_LIKE.search(name) or looks_secret(name):
            self.add(
                key,
                "a key or another secret may not stand in this file; remove it, put it into the "
                "environment as ANTHROPIC_FOUNDRY_API_KEY, or name the variable with key_env",
            )
            return
        shown = f"unknown key {name}" if _PLAIN_WORD.fullmatch(name) else "unknown key"
        self.add(key, f"{shown}; known here: {', '.join(known)}")

    def _text(self, node: Node, field_: Field) -> None:
        if not _is_text(node):
            self.add(node, f"{field_.name} must be text{_quoting(node)}")
        elif not re.search(field_.pattern, node.value):
            self.add(node, f"{field_.name} has another form: {field_.doc}")

    def _date(self, node: Node, field_: Field) -> None:
        try:
            # YAML takes a date for a type of its own, quoted or not it is the same text.
            if re.search(field_.pattern, str(node.value)) and date.fromisoformat(node.value):
                return
        except ValueError:
            pass
        self.add(node, f"{field_.name} must be a day, YYYY-MM-DD")

    def _number(self, node: Node, field_: Field) -> None:
        try:
            if node.tag in (_INT, _FLOAT) and 0 < float(node.value) < 1e9:
                return
        except ValueError:
            pass
        self.add(node, f"{field_.name} must be a number greater than 0")

    def _texts(self, node: Node, field_: Field) -> None:
        import yaml

        if not isinstance(node, yaml.SequenceNode):
            if not _is_text(node):
                self.add(node, f"{field_.name} must be a list of names{_quoting(node)}")
            return
        if not node.value:
            self.add(node, f"{field_.name} is an empty list; leave the key out instead")
        for item in node.value:
            if not _is_text(item):
                self.add(item, f"an entry of {field_.name} must be text{_quoting(item)}")

    def _choice(self, node: Node, field_: Field) -> None:
        # `off` and `on` are booleans in YAML 1.1.
        if node.tag not in (_STR, _BOOL) or node.value not in field_.choices:
            self.add(node, f"{field_.name} must be one of {', '.join(field_.choices)}")

    def _variable(self, node: Node, field_: Field) -> None:
        if _is_text(node) and looks_secret(node.value):
            self.add(node, f"{field_.name} takes the name of a variable, not the key itself")
        elif not _is_text(node) or not re.fullmatch(VARIABLE.strip("^$"), node.value):
            self.add(node, f"{field_.name} must be the name of an environment variable")

    def _version(self, node: Node, field_: Field) -> None:
        if node.tag != _INT or node.value != str(VERSION):
            self.add(node, f"{field_.name} must be {VERSION}, the only one this program reads")

    def setting(self, fields: Fields, name: str) -> Setting | None:
        """The value of a key with its place."""
        node = fields.get(name)
        return self.placed(name, node) if node is not None else None

    def settings(self, fields: Fields, name: str) -> tuple[Setting, ...]:
        """The values of a key that takes one or a list."""
        return tuple(self.placed(name, item) for item in self.items(fields, name))

    def items(self, fields: Fields, name: str) -> list[Node]:
        """The nodes of a key that takes one or a list."""
        node = fields.get(name)
        if node is None:
            return []
        return list(node.value) if isinstance(node.value, list) else [node]

    def placed(self, name: str, node: Node) -> Setting:
        """A node's text with its place."""
        return Setting(name, str(node.value), place(node.start_mark, self.shown))

    def add(self, node: Node, text: str) -> None:
        """Note what is wrong at a node."""
        mark = node.start_mark
        self.problems.append(((mark.line, mark.column), f"{place(mark, self.shown)}: {text}"))


def _is_text(node: Node) -> bool:
    # The tag alone is not enough: a list can be tagged !!str.
    return node.tag == _STR and isinstance(node.value, str) and bool(node.value.strip())


def _quoting(node: Node) -> str:
    """What to do about a value that YAML reads as something else than text."""
    if node.tag in (_NULL, _STR):
        return "; it has no value"
    return "" if isinstance(node.value, list) else "; put it in quotes"
