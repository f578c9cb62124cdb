"""Finding files upwards, and showing a path without telling whose machine it is."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from .sources import FILE_NAME


def up_to_root(cwd: Path, *, beyond_git: bool) -> Iterator[Path]:
    """`cwd` and its parents, ending with the git root.

    Outside of a git work tree: all parents with `beyond_git`, else `cwd` alone.
    """
    folders = [cwd, *cwd.parents]
    root = next((index for index, folder in enumerate(folders) if _exists(folder / ".git")), None)
    if root is not None:
        yield from folders[: root + 1]
    elif beyond_git:
        # A folder that others may write to (/tmp) could hold a file that sends a key elsewhere.
        yield cwd
        yield from (folder for folder in folders[1:] if _is_ours(folder))
    else:
        yield cwd


def find_config(named: str | None, cwd: Path, home: Path) -> tuple[Path, str] | None:
    """The config file to read with the words to show for it, None when there is none.

    A file that the user names is taken as it is; else the nearest one in `cwd` or above.
    """
    if named:
        return cwd / named, named
    for folder in up_to_root(cwd, beyond_git=True):
        path = folder / FILE_NAME
        # A folder or a dangling link counts: reading it says what is wrong. A pipe would only hang.
        if os.path.lexists(path) and not path.is_fifo():
            return path, shown_path(path, cwd, home)
    return None


def shown_path(path: Path, cwd: Path, home: Path) -> str:
    """The path as a reader knows it: relative to `cwd` where it is near, `~` for home."""
    try:
        relative = Path(os.path.relpath(path, cwd))
    except ValueError:  # another drive on Windows
        return str(path)
    if not relative.parts or relative.parts[0] != "..":
        return relative.as_posix()
    if path.is_relative_to(home):
        return "~/" + path.relative_to(home).as_posix()
    ups = sum(1 for part in relative.parts if part == "..")
    return relative.as_posix() if ups + 2 >= len(relative.parts) else str(path)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _is_ours(folder: Path) -> bool:
    """Whether only this user and root can put files there; true where that has no meaning."""
    if not hasattr(os, "getuid"):
        return True
    try:
        found = folder.stat()
    except OSError:
        return False
    return found.st_uid in (0, os.getuid()) and not found.st_mode & 0o002
