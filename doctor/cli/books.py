"""The playbooks of a run: those that ship, those of the user's config, those of other packages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..engine.discovery import PLAYBOOKS_GROUP, entry_points
from ..engine.playbook_set import PlaybookSet, builtin_roots
from ..errors import FileProblems, UsageError
from ..model import Result, Status


def load_playbooks(folders: Sequence[Path]) -> tuple[PlaybookSet, list[Result]]:
    """All playbooks, and an error row for each third party whose playbooks do not load.

    `folders` are those that the user's config names: what is broken there is a UsageError.
    """
    strangers, broken = _strangers()
    playbooks, errors = PlaybookSet.load_all([*builtin_roots(), *folders, *strangers])
    own = [error for error in errors if _is_own(error, folders)]
    if own:
        raise UsageError("\n".join(error.diagnostics() for error in own))
    broken += [
        Result("plugin.playbooks", "the playbooks load", Status.ERROR, error.diagnostics())
        for error in errors
    ]
    return playbooks, broken


def _is_own(error: FileProblems, folders: Sequence[Path]) -> bool:
    return any(error.message.startswith(str(folder)) for folder in folders)


def _strangers() -> tuple[list[Path], list[Result]]:
    """Folders of playbooks that other distributions declare, and what does not load of them."""
    found: list[Path] = []
    broken: list[Result] = []
    for entry in entry_points(PLAYBOOKS_GROUP):
        try:
            module = entry.load()
        # A stranger's package may raise anything while it is imported; the run goes on.
        except Exception as error:  # noqa: BLE001
            text = f"{entry.name}: {type(error).__name__}: {error}"
            broken.append(Result(f"plugin.{entry.name}", "the playbooks load", Status.ERROR, text))
            continue
        found += [Path(folder) for folder in getattr(module, "__path__", ())]
    return found, broken
