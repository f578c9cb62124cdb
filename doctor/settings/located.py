"""YAML with positions: from text to nodes, safely, with every error located.

PyYAML is imported here and nowhere else in this room, and only when there is a file to read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import FileProblems

if TYPE_CHECKING:
    from yaml import Node
    from yaml._yaml import Mark as CMark
    from yaml.error import Mark

_DEEPEST = 20


def compose(raw: bytes, shown: str) -> Node | None:
    """The root node of a YAML document in UTF-8, None for an empty one.

    Raises FileProblems with one entry `shown:line:column: …`, counted from 1. Aliases are refused:
    a settings file needs none, and they are what makes a small file expand without bound.
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise FileProblems([f"{shown}:{line}:1: not UTF-8 text; save the file as UTF-8"]) from error
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        # Nesting is bounded before composing, which recurses once a level.
        _refuse_bombs(text, loader, shown)
        return yaml.compose(text, Loader=loader)
    except yaml.YAMLError as error:
        raise FileProblems([_located(error, text, shown)]) from error


def _refuse_bombs(text: str, loader: type, shown: str) -> None:
    import yaml

    depth = 0
    for event in yaml.parse(text, Loader=loader):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            where = place(event.start_mark, shown)
            raise FileProblems([f"{where}: anchors and aliases are not read; write it out"])
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _DEEPEST:
            raise FileProblems([f"{place(event.start_mark, shown)}: nested too deeply"])


def place(mark: Mark | CMark | None, shown: str) -> str:
    """`file:line:column`, counted from 1."""
    if mark is None:
        return f"{shown}:1:1"
    return f"{shown}:{mark.line + 1}:{mark.column + 1}"


def _located(error: Exception, text: str, shown: str) -> str:
    mark = getattr(error, "problem_mark", None)
    if mark is not None:
        # The words after "tag handle" are the file's own; all others name single characters.
        words = str(getattr(error, "problem", "") or "not valid YAML").split(" tag handle '")[0]
        context = getattr(error, "context", None)
        return f"{place(mark, shown)}: {words}" + (f" ({context})" if context else "")
    position = getattr(error, "position", None)
    line = text.count("\n", 0, position) + 1 if isinstance(position, int) else 1
    return f"{shown}:{line}:1: not valid YAML: a character that YAML does not allow"
