"""All playbooks of a run: those that ship, those of other packages, those of the user."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Union

from ..errors import FileProblems
from ..model import FactValue
from . import playbook_match
from .playbook_load import load as load_one
from .playbook_model import Match, Playbook

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    Root = Union[Traversable, Path]

MAX_DEPTH = 4
NOT_PLAYBOOKS = ("locale", "__pycache__")
"""Folders that hold no playbooks: translations and byte code."""


def builtin_roots() -> list[Traversable]:
    """Where the playbooks that ship are."""
    return [resources.files("foundry_doctor.playbooks")]


class PlaybookSet:
    """Playbooks by their id. Of two with one id the first root's stays, the other is an error."""

    def __init__(self, playbooks: Sequence[Playbook]) -> None:
        self._by_id = {one.id: one for one in playbooks}

    @classmethod
    def load(cls, roots: Sequence[Root]) -> PlaybookSet:
        """Load folders and files; raises FileProblems that lists what is wrong in all of them."""
        found, errors = cls.load_all(roots)
        if errors:
            raise FileProblems([line for error in errors for line in error.problems])
        return found

    @classmethod
    def load_all(cls, roots: Sequence[Root]) -> tuple[PlaybookSet, list[FileProblems]]:
        """What could be loaded, and one FileProblems for each file that could not."""
        kept: dict[str, Playbook] = {}
        errors: list[FileProblems] = []
        for root in roots:
            for file in files(root, errors):
                try:
                    one = load_one(file.read_bytes(), str(file))
                except FileProblems as error:
                    errors.append(error)
                    continue
                except OSError as error:
                    errors.append(FileProblems([f"{file}:1:1: cannot be read: {error.strerror}"]))
                    continue
                first = kept.setdefault(one.id, one)
                if first is not one:
                    twice = f"the playbook {one.id!r} is already defined in {first.file}"
                    errors.append(FileProblems([f"{file}:1:1: {twice}: rename this file"]))
        return cls(list(kept.values())), errors

    def matches(self, facts: Mapping[str, FactValue]) -> list[Match]:
        """Every playbook that fits, in its best variant; the best match first."""
        return playbook_match.matches(self, facts)

    def get(self, cause: str) -> Playbook | None:
        """The playbook of this id, else the first one for this cause."""
        named = self._by_id.get(cause)
        return named or next((one for one in self if one.cause == cause), None)

    def __iter__(self) -> Iterator[Playbook]:
        return iter(self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)


def files(root: Root, errors: list[FileProblems]) -> list[Root]:
    """The playbook files under a folder in the order of their names, or the file itself."""
    try:
        if root.is_file():
            return [root]
        if root.is_dir():
            return _walk(root, 0)
        message = "no such file or folder"
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
    errors.append(FileProblems([f"{root}:1:1: {message}"], advice="name a folder with playbooks"))
    return []


def _walk(folder: Root, depth: int) -> list[Root]:
    found: list[Root] = []
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        if entry.name.startswith((".", "_")) or entry.name in NOT_PLAYBOOKS:
            continue
        if entry.name.endswith((".yaml", ".yml")):
            found.append(entry)
        elif depth < MAX_DEPTH and entry.is_dir():
            found += _walk(entry, depth + 1)
    return found
