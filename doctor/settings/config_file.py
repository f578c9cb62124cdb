"""`foundry-doctor.yaml`: reading it, and naming every problem in it at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import FileProblems, UsageError
from ..model import Setting
from .config_fields import TARGET, TARGET_NAME, TOP, VARIABLE, VERSION, Field
from .keys import looks_secret
from .located import compose, place
from .sources import FILE_NAME, ConfigFile, Layer

if TYPE_CHECKING:
    from yaml import Node

_LIMIT = 1 << 20
_STR = "tag:yaml.org,2002:str"
_INT = "tag:yaml.org,2002:int"
_NULL = "tag:yaml.org,2002:null"
_ADVICE = (
    f"`foundry-doctor init` writes an example of {FILE_NAME}, "
    "`foundry-doctor schema config` prints its JSON Schema."
)
_KEY_LIKE = re.compile(r"key|token|secret|passw|credential", re.IGNORECASE)
# A word worth repeating has no digit: a key pasted before a colon always has some.
_PLAIN_WORD = re.compile(r"[A-Za-z_.-]{1,24}")


def read_config(path: Path, shown: str) -> ConfigFile:
    """Read a config file.

    Raises UsageError when it cannot be read, and FileProblems with all that is wrong in it, each
    entry `file:line:column: …`. No message repeats a value: it could be a key in a wrong place.
    """
    root = compose(_bytes(path, shown), shown)
    reader = _Reader(shown)
    empty = root is None or (root.tag == _NULL and not root.value)
    top = {} if root is None or empty else reader.mapping(root, TOP, "the file")
    targets = {name: reader.layer(fields) for name, fields in reader.targets(top)}
    found = ConfigFile(path, shown, reader.layer(top), targets, reader.folder(top, path.parent))
    if reader.problems:
        ordered = [text for _, text in sorted(reader.problems, key=lambda item: item[0])]
        raise FileProblems(ordered, advice=_ADVICE)
    return found


def _bytes(path: Path, shown: str) -> bytes:
    try:
        with path.open("rb") as stream:
            raw = stream.read(_LIMIT + 1)
    except FileNotFoundError as error:
        advice = "Check the path given to --config, or write a file with `foundry-doctor init`."
        raise UsageError(f"{shown}: there is no such file", advice=advice) from error
    except IsADirectoryError as error:
        advice = f"Name the file itself, for example --config {shown}/{FILE_NAME}."
        raise UsageError(f"{shown}: this is a folder", advice=advice) from error
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "not a possible path"
        advice = "Make the file readable for this user, or name another with --config."
        raise UsageError(f"{shown}: cannot be read ({why})", advice=advice) from error
    if len(raw) > _LIMIT:
        raise UsageError(f"{shown}: larger than 1 MiB", advice="Name a config file with --config.")
    return raw


_Fields = dict[str, "Node"]


class _Reader:
    """Walks the nodes of one file and collects what is wrong, never stopping at the first."""

    def __init__(self, shown: str) -> None:
        self.shown = shown
        self.problems: list[tuple[tuple[int, int], str]] = []
        self._checks: dict[str, Callable[[Node, Field], None]] = {
            "version": self._version,
            "text": self._text,
            "folder": self._text,
            "texts": self._texts,
            "choice": self._choice,
            "variable": self._variable,
        }

    def mapping(self, node: Node, known: dict[str, Field], what: str) -> _Fields:
        """The known keys of a mapping with their nodes, each value of the right type."""
        found: _Fields = {}
        for key, name, value in self._pairs(node, what):
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

    def targets(self, top: _Fields) -> Iterator[tuple[str, _Fields]]:
        """The entries of `targets:`."""
        node = top.get("targets")
        if node is None:
            return
        for key, name, value in self._pairs(node, "targets"):
            if not re.match(TARGET_NAME, name) or looks_secret(name):
                self._add(key, "a target's name is made of letters, digits, dots and hyphens")
            else:
                yield name, self.mapping(value, TARGET, f"target {name}")

    def layer(self, fields: _Fields) -> Layer:
        """The settings of the top level or of one target."""
        return Layer(
            resource=self._setting(fields, "resource"),
            base_url=self._setting(fields, "base_url"),
            deployments=self._settings(fields, "deployments"),
            auth=self._setting(fields, "auth"),
            cloud=self._setting(fields, "cloud"),
            scope=self._setting(fields, "scope"),
            tenant=self._setting(fields, "tenant"),
            subscription=self._setting(fields, "subscription"),
            resource_group=self._setting(fields, "resource_group"),
            key_env=self._setting(fields, "key_env"),
        )

    def folder(self, top: _Fields, base: Path) -> Path | None:
        """The folder of playbooks, which must exist: a mistyped one would silently hold none."""
        node = top.get("playbooks")
        if node is None:
            return None
        try:
            path = base / str(node.value)
            if path.is_dir():
                return path
        except (OSError, ValueError):
            pass
        self._add(node, "there is no such folder (playbooks are looked for beside this file)")
        return None

    def _pairs(self, node: Node, what: str) -> Iterator[tuple[Node, str, Node]]:
        import yaml

        if not isinstance(node, yaml.MappingNode):
            self._add(node, f"{what} must be a mapping of keys to values")
            return
        seen: dict[str, Node] = {}
        for key, value in node.value:
            if key.tag != _STR or not isinstance(key.value, str):
                self._add(key, "a key must be text")
            elif key.value in seen:
                first = seen[key.value].start_mark.line + 1
                self._add(key, f"this key stands twice; the first is in line {first}")
            else:
                seen[key.value] = key
                yield key, key.value, value

    def _unknown(self, key: Node, name: str, known: dict[str, Field]) -> None:
        if _KEY_LIKE.search(name) or looks_secret(name):
            self._add(
                key,
                "a key or another secret may not stand in this file; remove it, put it into the "
                "environment as ANTHROPIC_FOUNDRY_API_KEY, or name the variable with key_env",
            )
            return
        shown = f"unknown key {name}" if _PLAIN_WORD.fullmatch(name) else "unknown key"
        self._add(key, f"{shown}; known here: {', '.join(known)}")

    def _text(self, node: Node, field_: Field) -> None:
        if not _is_text(node):
            self._add(node, f"{field_.name} must be text{_quoting(node)}")

    def _texts(self, node: Node, field_: Field) -> None:
        import yaml

        if not isinstance(node, yaml.SequenceNode):
            if not _is_text(node):
                self._add(node, f"{field_.name} must be a list of names{_quoting(node)}")
            return
        if not node.value:
            self._add(node, f"{field_.name} is an empty list; leave the key out instead")
        for item in node.value:
            if not _is_text(item):
                self._add(item, f"an entry of {field_.name} must be text{_quoting(item)}")

    def _choice(self, node: Node, field_: Field) -> None:
        if node.tag != _STR or node.value not in field_.choices:
            self._add(node, f"{field_.name} must be one of {', '.join(field_.choices)}")

    def _variable(self, node: Node, field_: Field) -> None:
        if _is_text(node) and looks_secret(node.value):
            self._add(node, f"{field_.name} takes the name of a variable, not the key itself")
        elif not _is_text(node) or not re.fullmatch(VARIABLE.strip("^$"), node.value):
            self._add(node, f"{field_.name} must be the name of an environment variable")

    def _version(self, node: Node, field_: Field) -> None:
        if node.tag != _INT or node.value != str(VERSION):
            self._add(node, f"{field_.name} must be {VERSION}, the only one this program reads")

    def _setting(self, fields: _Fields, name: str) -> Setting | None:
        node = fields.get(name)
        return self._placed(name, node) if node is not None else None

    def _settings(self, fields: _Fields, name: str) -> tuple[Setting, ...]:
        node = fields.get(name)
        if node is None:
            return ()
        nodes = node.value if isinstance(node.value, list) else [node]
        return tuple(self._placed(name, item) for item in nodes)

    def _placed(self, name: str, node: Node) -> Setting:
        return Setting(name, str(node.value), place(node.start_mark, self.shown))

    def _add(self, node: Node, text: str) -> None:
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
