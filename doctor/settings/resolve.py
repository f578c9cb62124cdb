"""From every source of a setting to the targets to examine, with the provenance of each value.

Precedence: flag, environment, config file, Claude Code's settings files, default. A target that
the user picks with `--target` or `--all-targets` is picked by a flag, so what its own entry says
beats the environment; the file's top level does not.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from ..secret import Scrubber
from .claude_code import managed_folder, read_claude_settings
from .files import find_config
from .levels import Sources, check_flags, select
from .notes import notes
from .sources import ConfigFile, Flags, Resolution
from .target import all_secrets, build_target
from .trust import trust_problem


def resolve_targets(
    flags: Flags,
    *,
    environ: Mapping[str, str],
    cwd: Path,
    home: Path,
    platform: str = sys.platform,
    managed: Path | None = None,
) -> Resolution:
    """The targets that flags, environment and files describe; at least one.

    `cwd` is absolute; `platform` as `sys.platform` spells it; `managed` replaces the platform's
    folder of managed Claude Code settings. A wrong target is no error: its `problems` say what is
    wrong with it. Raises UsageError for flags that cannot be meant and for a config file that
    cannot be read, FileProblems for an invalid one.
    """
    check_flags(flags)
    config = _config(flags, cwd, home)
    moved = environ.get("CLAUDE_CONFIG_DIR") or None
    claude = read_claude_settings(cwd, home, managed or managed_folder(platform), moved)
    sources = Sources(flags, environ, config, claude)
    chosen = select(sources)
    secrets = all_secrets(sources)
    trust = trust_problem(environ, cwd)
    scrub = Scrubber(secrets)
    return Resolution(
        targets=tuple(build_target(sources, item, secrets, trust) for item in chosen),
        notes=tuple(scrub(text) for text in notes(sources, chosen)),
        playbook_dirs=config.playbooks if config else (),
        config_path=config.path if config else None,
        suppress=config.suppress if config else (),
        options=config.options if config else {},
    )


def _config(flags: Flags, cwd: Path, home: Path) -> ConfigFile | None:
    place = find_config(flags.config or None, cwd, home)
    if place is None:
        return None
    # Reading a config file costs the YAML parser: only those who have one pay for it.
    from .config_file import read_config

    return read_config(*place)
