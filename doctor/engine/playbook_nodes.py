"""YAML text as nodes that know their place. Only a plain subset of YAML is read.

Built from libyaml's events, in one pass without recursion: its own composer follows aliases and
overflows the stack on deep nesting. Anchors, aliases, tags and further documents are refused,
and so is every plain scalar that YAML versions read differently (`on`, `1.0`, `2026-01-01`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Union

from ..errors import FileProblems

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES = 256 * 1024
MAX_DEPTH = 20
_SUSPICIOUS = "~0123456789+-.=<yYnNtTfFoO"
"""How a plain scalar can begin that is not simply a text; the empty one is among them."""
_INT = re.compile(r"(?:0|-?[1-9][0-9]{0,9})\Z")
_AMBIGUOUS = re.compile(
    r"(?:~|null|true|false|yes|no|on|off|y|n|[-+]?[0-9][0-9_,:.eExXoabcdfABCDF+-]*"
    r"|[-+]?\.[0-9][0-9_eE+-]*|[-+]?\.inf|\.nan|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}[Tt ].*|=|<<|)\Z",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Scalar:
    line: int
    column: int
    value: str | int | bool | None
    """None where the plain scalar is ambiguous; `written` tells what stood there."""
    written: str


@dataclass(slots=True)
class Items:
    line: int
    column: int
    items: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class Pairs:
    line: int
    column: int
    pairs: list[tuple[Scalar, Node]] = field(default_factory=list)


Node = Union[Scalar, Items, Pairs]


class Problems:
    """What is wrong with one file, in the order of its lines."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._found: list[tuple[int, int, str]] = []

    def __bool__(self) -> bool:
        return bool(self._found)

    def add(self, line: int, column: int, message: str) -> None:
        self._found.append((line, column, message))

    def at(self, node: Node, message: str) -> None:
        self.add(node.line, node.column, message)

    def raise_if_any(self) -> None:
        if self._found:
            raise FileProblems(
                [
                    f"{self.file}:{line}:{column}: {message}"
                    for line, column, message in sorted(self._found)
                ]
            )


def parse(data: bytes, problems: Problems) -> Node | None:
    """The file's one document, or None with the problems noted."""
    if len(data) > MAX_BYTES:
        problems.add(1, 1, f"the file has {len(data)} bytes; at most {MAX_BYTES} are read")
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        problems.add(data[: error.start].count(b"\n") + 1, 1, "the file is not UTF-8")
        return None
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return _Builder(problems).build(yaml.parse(text, Loader=loader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        problems.add(line, column, f"not YAML: {error.problem or error.context or 'cannot parse'}")
    except yaml.YAMLError as error:
        position = getattr(error, "position", 0)
        line = text.count("\n", 0, position) + 1 if isinstance(position, int) else 1
        problems.add(line, 1, f"not YAML: {str(error).splitlines()[0]}")
    return None


def _plain(text: str) -> str | int | bool | None:
    """What a plain scalar means, None where YAML versions disagree."""
    if text[:1] not in _SUSPICIOUS:
        return text
    if text in ("true", "false"):
        return text == "true"
    if _INT.match(text):
        return int(text)
    return None if _AMBIGUOUS.match(text) else text


class _Builder:
    def __init__(self, problems: Problems) -> None:
        self.problems = problems
        self.root: Node | None = None
        self.open: list[Items | Pairs] = []
        self.keys: list[Scalar | None] = []
        """For each open collection the key that waits for its value."""
        self.stopped = False

    def build(self, events: Iterator[Any]) -> Node | None:
        """Consume the parser's events; stops at the first thing that is not allowed at all."""
        documents = 0
        for event in events:
            kind = type(event).__name__
            if kind == "ScalarEvent":
                self.place(self.scalar(event))
            elif kind in ("MappingStartEvent", "SequenceStartEvent"):
                self.start(event, kind)
            elif kind in ("MappingEndEvent", "SequenceEndEvent"):
                self.open.pop()
                self.keys.pop()
            elif kind == "AliasEvent":
                self.refuse(event, "aliases are not allowed: write the value out")
            elif kind == "DocumentStartEvent":
                documents += 1
                if documents > 1:
                    self.refuse(event, "only one document a file")
            if self.stopped:
                return None
        if self.root is None:
            self.problems.add(1, 1, "the file is empty; known first key: playbook")
        return self.root

    def scalar(self, event: Any) -> Scalar:
        mark, text = event.start_mark, event.value
        self.checked(event)
        value: str | int | bool | None = text
        if event.implicit[0]:  # plain: neither quoted nor a block
            value = _plain(text)
        return Scalar(mark.line + 1, mark.column + 1, value, text)

    def start(self, event: Any, kind: str) -> None:
        self.checked(event)
        mark = event.start_mark
        node = (Pairs if kind == "MappingStartEvent" else Items)(mark.line + 1, mark.column + 1)
        if len(self.open) >= MAX_DEPTH:
            self.refuse(event, f"nested deeper than {MAX_DEPTH} levels")
            return
        self.place(node)
        self.open.append(node)
        self.keys.append(None)

    def place(self, node: Node) -> None:
        if not self.open:
            self.root = node
            return
        parent, key = self.open[-1], self.keys[-1]
        if isinstance(parent, Items):
            parent.items.append(node)
        elif key is not None:
            parent.pairs.append((key, node))
            self.keys[-1] = None
        elif isinstance(node, Scalar):
            self.keys[-1] = node
        else:
            self.problems.at(node, "a key must be a plain word")
            self.stopped = True

    def checked(self, event: Any) -> None:
        if event.anchor is not None:
            self.refuse(event, "anchors are not allowed: write the value out")
        elif event.tag is not None:
            self.refuse(event, f"tags such as {event.tag} are not allowed")

    def refuse(self, event: Any, message: str) -> None:
        mark = event.start_mark
        self.problems.add(mark.line + 1, mark.column + 1, message)
        self.stopped = True
