"""Claude Code's settings files: their `env` blocks, the strongest file first.

Locations and order are those of the Claude Code page "Settings": managed, then the project's
local file, the project's shared file, the user's. The macOS preference domain and the Windows
registry key that can hold managed settings too are not read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar

from ..model import Setting
from ..noun import Noun
from .files import shown_path, up_to_root

_LIMIT = 1 << 20
_MANAGED = {
    "darwin": "/Library/Application Support/ClaudeCode",
    "win32": "C:\\Program Files\\ClaudeCode",
}


class ClaudeSettings(Noun):
    """The merged `env` blocks: each variable from the strongest file that sets it."""

    hidden: ClassVar = ("env", "everything")

    env: Mapping[str, Setting]
    everything: tuple[tuple[str, str], ...]
    """Each variable of each file, overridden ones included: secrets hide there too."""
    notes: tuple[str, ...]


def managed_folder(platform: str) -> Path:
    """Where administrators put managed settings; `platform` as `sys.platform` spells it."""
    return Path(_MANAGED.get(platform, "/etc/claude-code"))


def read_claude_settings(
    cwd: Path, home: Path, managed: Path, config_dir: str | None = None
) -> ClaudeSettings:
    """Read every settings file there is; a broken one is left out with a note, never fatal.

    `managed` is the folder of managed settings, `config_dir` the value of CLAUDE_CONFIG_DIR,
    which moves the user's own folder.
    """
    env: dict[str, Setting] = {}
    everything: list[tuple[str, str]] = []
    notes: list[str] = []
    for path, shown in _files(cwd, home, managed, config_dir):
        found = _read(path)
        if isinstance(found, str):
            notes.append(f"{shown} was ignored: {found}.")
            continue
        everything += found.items()
        for name, value in found.items():
            # An empty value is how a stronger file clears a weaker one's: it must win, too.
            env.setdefault(name, Setting(name, value, f"{shown} (env {name})"))
    filled = {name: setting for name, setting in env.items() if setting.value}
    return ClaudeSettings(filled, tuple(everything), tuple(notes))


def _files(
    cwd: Path, home: Path, managed: Path, config_dir: str | None
) -> Iterator[tuple[Path, str]]:
    """Existing files with the words to show for them, the strongest first."""
    user = Path(config_dir) if config_dir else home / ".claude"
    candidates = [*_managed_files(managed)]
    project = _project(cwd, user)
    if project is not None:
        candidates += [project / "settings.local.json", project / "settings.json"]
    candidates.append(user / "settings.json")
    for path in candidates:
        if _exists(path):
            yield path, shown_path(path, cwd, home)


def _managed_files(folder: Path) -> list[Path]:
    """The drop-in files, last name first since the last one wins, then the base file."""
    try:
        dropped = sorted((folder / "managed-settings.d").glob("*.json"), reverse=True)
    except (OSError, ValueError):
        dropped = []
    return [*dropped, folder / "managed-settings.json"]


def _project(cwd: Path, user: Path) -> Path | None:
    """The nearest `.claude` folder with settings, up to the git root; never the user's own."""
    for folder in up_to_root(cwd, beyond_git=False):
        here = folder / ".claude"
        names = ("settings.local.json", "settings.json")
        if here != user and any(_exists(here / name) for name in names):
            return here
    return None


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        # Not permitted to look: then reading says so in a note.
        return True


def _read(path: Path) -> dict[str, str] | str:
    """The `env` block, or what is wrong with the file. Never repeats any of its content."""
    try:
        if not path.is_file():
            return "it is not a file"
        with path.open("rb") as stream:
            raw = stream.read(_LIMIT + 1)
    except (OSError, ValueError):
        return "it cannot be read"
    if len(raw) > _LIMIT:
        return "it is larger than 1 MiB"
    try:
        content = json.loads(raw.decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        return f"it is not valid JSON at line {error.lineno}, column {error.colno}"
    except (ValueError, RecursionError):
        return "it is not JSON in UTF-8"
    if not isinstance(content, dict):
        return "it does not hold a JSON object"
    env = content.get("env", {})
    if not isinstance(env, dict):
        return "its env is not a JSON object"
    return {str(name): _text(value) for name, value in env.items() if _is_scalar(value)}


def _is_scalar(value: object) -> bool:
    return isinstance(value, (str, int, float))


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
