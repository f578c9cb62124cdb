"""Reads nodes by the table of `playbook_schema`: plain values out, problems with their place in.

What cannot be read becomes MISSING, so that one fault is told once and the rest is still read.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Any, Final

from ..facts import FACTS, FactSpec, describe, fits
from ..links import DOC_HOSTS, URL
from . import playbook_regex, playbook_text
from .causes import causes
from .playbook_model import Condition, Operand, Test
from .playbook_nodes import Items, Node, Pairs, Problems, Scalar
from .playbook_schema import (
    OPERATORS,
    SEMVER,
    VERSION,
    Choice,
    ListOf,
    Record,
    Shape,
    Special,
    Text,
)
from .playbook_shell import glued_placeholder, quoted_placeholder

MISSING: Final = object()
_WHAT = {Scalar: "a single value", Items: "a list", Pairs: "a mapping"}


def unknown(what: str, name: str, known: list[str]) -> str:
    """`unknown key 'x'; known: …`, short where the list is long and something is near."""
    shown = get_close_matches(name, known, n=5, cutoff=0.5) if len(known) > 20 else known
    shown = shown or known
    return f"unknown {what} {name[:60]!r}; known: {', '.join(shown)}"


class Reader:
    """Reads one file; all that is wrong goes to `problems`."""

    def __init__(self, problems: Problems) -> None:
        self.problems = problems

    def read(self, node: Node, shape: Shape) -> Any:
        """The value of a node, or MISSING with a problem noted."""
        if isinstance(shape, Record):
            return self.record(node, shape)
        if isinstance(shape, ListOf):
            return self.items(node, shape)
        if isinstance(shape, Choice):
            return self.choice(node, shape)
        if isinstance(shape, Special):
            return {"version": self.version, "when": self.when, "given": self.given}[shape.kind](
                node
            )
        return self.text(node, shape)

    def wrong(self, node: Node, message: str) -> Any:
        self.problems.at(node, message)
        return MISSING

    def record(self, node: Node, shape: Record) -> Any:
        known = list(shape.fields)
        found: dict[str, Any] = {"": node}
        for key, value in self.pairs(node):
            one = shape.fields.get(key.written)
            if one is None:
                self.wrong(key, unknown("key", key.written, known))
            else:
                found[key.written] = self.read(value, one.shape)
        if not isinstance(node, Pairs):
            return MISSING
        missing = [n for n, one in shape.fields.items() if one.required and n not in found]
        if missing:
            return self.wrong(node, f"missing: {', '.join(missing)}; known: {', '.join(known)}")
        return MISSING if MISSING in found.values() else found

    def pairs(self, node: Node) -> list[tuple[Scalar, Node]]:
        """The pairs of a mapping without repetitions; nothing for anything else."""
        if not isinstance(node, Pairs):
            self.wrong(node, f"expected a mapping, found {_WHAT[type(node)]}")
            return []
        seen: dict[str, Scalar] = {}
        kept = []
        for key, value in node.pairs:
            first = seen.get(key.written)
            if first is not None:
                twice = f"the key {key.written[:60]!r} stands twice"
                self.wrong(key, f"{twice}, first in line {first.line}")
                continue
            seen[key.written] = key
            kept.append((key, value))
        return kept

    def items(self, node: Node, shape: ListOf) -> Any:
        if not isinstance(node, Items):
            if shape.or_one and isinstance(node, Scalar):
                value = self.read(node, shape.item)
                return MISSING if value is MISSING else (value,)
            return self.wrong(node, f"expected a list, found {_WHAT[type(node)]}")
        values = [self.read(one, shape.item) for one in node.items]
        if len(values) < shape.least:
            return self.wrong(node, f"expected at least {shape.least} here, found {len(values)}")
        return MISSING if MISSING in values else tuple(values)

    def choice(self, node: Node, shape: Choice) -> Any:
        if isinstance(node, Scalar):
            if shape.or_false and node.value is False:
                return False
            if node.value in shape.values:
                return node.value
        known = [*shape.values, *(["false"] if shape.or_false else [])]
        found = repr(node.written[:60]) if isinstance(node, Scalar) else _WHAT[type(node)]
        return self.wrong(node, f"expected one of {', '.join(known)}, found {found}")

    def version(self, node: Node) -> Any:
        if isinstance(node, Scalar) and node.value == VERSION and node.value is not True:
            return VERSION
        written = node.written if isinstance(node, Scalar) else _WHAT[type(node)]
        return self.wrong(node, f"unknown playbook format {written[:60]!r}; known: {VERSION}")

    def text(self, node: Node, shape: Text) -> Any:
        if not isinstance(node, Scalar):
            return self.wrong(node, f"expected a text, found {_WHAT[type(node)]}")
        if not isinstance(node.value, str):
            return self.wrong(
                node, f"expected a text, found {node.written[:60]!r}: put it in quotes"
            )
        value = node.value.strip("\n")
        if not value.strip():
            return self.wrong(node, "expected a text, found nothing")
        if len(value) > shape.limit:
            return self.wrong(node, f"{len(value)} characters; at most {shape.limit} fit here")
        if not value.replace("\n", "").isprintable():
            return self.wrong(node, "a control or invisible character in the text")
        wrong = _text_problem(value, shape.kind)
        return value if wrong is None else self.wrong(node, wrong)

    def when(self, node: Node) -> Any:
        conditions = []
        for key, value in self.pairs(node):
            spec = self.fact(key)
            tests: Any = MISSING if spec is None else self.tests(value, spec)
            if tests is not MISSING:
                conditions.append(Condition(key.written, tests))
        if isinstance(node, Pairs) and not node.pairs:
            return self.wrong(node, "expected at least one fact here")
        return tuple(conditions) if conditions else MISSING

    def fact(self, key: Scalar) -> FactSpec | None:
        spec = FACTS.get(key.written)
        if spec is None:
            self.wrong(key, unknown("fact", key.written, list(FACTS)))
        return spec

    def tests(self, node: Node, spec: FactSpec) -> Any:
        if not isinstance(node, Pairs):
            if "in" not in OPERATORS[spec.kind]:
                return self.wrong(node, f"this fact is {describe(spec)}: write {{contains: …}}")
            operand = self.operand(node, spec, "in")
            return MISSING if operand is MISSING else (Test("in", operand),)
        found = []
        for key, value in self.pairs(node):
            if key.written not in OPERATORS[spec.kind]:
                known = list(OPERATORS[spec.kind])
                self.wrong(key, unknown(f"operator for {describe(spec)}", key.written, known))
                continue
            operand = self.operand(value, spec, key.written)
            if operand is not MISSING:
                found.append(Test(key.written, operand))
        if not node.pairs:
            return self.wrong(node, "expected an operator here")
        return tuple(found) if len(found) == len(node.pairs) else MISSING

    def operand(self, node: Node, spec: FactSpec, operator: str) -> Any:
        """`in`, `not` and `contains` take one value or a list, the others one value."""
        if operator == "present":
            return self.value(node, FactSpec("bool", ""))
        plain = FactSpec("text", "") if spec.kind == "texts" else spec
        if operator in ("in", "not", "contains"):
            nodes = node.items if isinstance(node, Items) else [node]
            if not nodes:
                return self.wrong(node, "expected at least one value here")
            values = [self.value(one, plain) for one in nodes]
            return MISSING if MISSING in values else tuple(values)
        value: Operand = self.value(node, plain)
        if value is not MISSING and operator == "regex":
            try:
                playbook_regex.check(str(value))
            except playbook_regex.BadPatternError as error:
                return self.wrong(node, f"regex {str(value)[:60]!r}: {error}")
        if operator == "prefix" and value == "":
            return self.wrong(node, "the prefix is empty and would match everything")
        return value

    def value(self, node: Node, spec: FactSpec) -> Any:
        """One value of a fact's type; a list of texts where the fact is one."""
        if isinstance(node, Items) and spec.kind == "texts":
            found = [self.value(one, FactSpec("text", "")) for one in node.items]
            return MISSING if MISSING in found else tuple(found)
        if isinstance(node, Scalar) and node.value is not None and fits(spec, node.value):
            return node.value
        found_text = repr(node.written[:60]) if isinstance(node, Scalar) else _WHAT[type(node)]
        hint = ": put it in quotes" if spec.kind == "text" and isinstance(node, Scalar) else ""
        return self.wrong(node, f"expected {describe(spec)}, found {found_text}{hint}")

    def given(self, node: Node) -> Any:
        found = []
        for key, value in self.pairs(node):
            spec = self.fact(key)
            read = MISSING if spec is None else self.value(value, spec)
            if read is not MISSING:
                found.append((key.written, read))
        return tuple(found) if isinstance(node, Pairs) else MISSING


def _text_problem(value: str, kind: str) -> str | None:
    """What is wrong with a text of this kind, or None."""
    if kind == "cause":
        return None if value in causes() else unknown("cause", value, list(causes()))
    if kind == "placeholder":
        known = [*playbook_text.NAMES, *FACTS]
        return None if value in known else unknown("placeholder", value, known)
    if kind == "url":
        allowed = re.search(URL, value) is not None
        return None if allowed else f"expected an https address of one of {', '.join(DOC_HOSTS)}"
    if kind == "version":
        return None if re.search(SEMVER, value) else "expected a version such as 0.1.0"
    if kind == "plain" or ("{" not in value and "}" not in value):
        return None
    for name in playbook_text.placeholders(value):
        if not name:
            return "a lone brace: write {{ or }} where a brace is meant"
        if not playbook_text.known(name):
            return unknown("placeholder", name, [*playbook_text.NAMES, *FACTS])
    if kind == "prose":
        return None
    inside = quoted_placeholder(playbook_text.pieces(value))
    if inside is not None:
        return f"{{{inside}}} stands inside quotes: values are quoted when they are filled in"
    glued = glued_placeholder(playbook_text.pieces(value)) if kind == "pwsh" else None
    return None if glued is None else f"{{{glued}}} must be a word of its own in PowerShell"
