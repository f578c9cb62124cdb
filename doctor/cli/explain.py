"""The verb `explain`: pasted errors, logs, HAR files and reports; offline, nothing is sent."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from ..errors import UsageError
from ..explain.explain import Explainer
from ..explain.source import Source
from ..model import Explanation, ReportError
from ..noun import replace
from ..settings import Flags, resolve_targets
from .books import load_playbooks
from .console import Console
from .progress import Progress
from .run import console_of
from .signals import Terminated

FOUND, NONE, INTERRUPTED, TERMINATED = 1, 3, 130, 143


def explain_verb(
    arguments: argparse.Namespace,
    console: Console,
    environ: Mapping[str, str],
    cwd: Path,
    home: Path,
) -> int:
    """Read the inputs and print what they say; 1 when a cause was found, 3 when none was."""
    console = console_of(arguments, console)
    folders = resolve_targets(
        Flags(config=arguments.config), environ=environ, cwd=cwd, home=home
    ).playbook_dirs
    playbooks, broken = load_playbooks(folders)
    for row in broken:
        console.note(f"{row.id}: {row.summary}")
    progress = Progress(console, spoken=arguments.verbose > 0)
    explainer = Explainer(playbooks, lambda source: progress.say(_reading(source)))
    code, error = None, None
    try:
        _take_all(arguments.files or ["-"], explainer, console, progress)
    except KeyboardInterrupt:
        code, error = INTERRUPTED, ReportError("interrupted", _CUT_SHORT)
    except Terminated:
        code, error = TERMINATED, ReportError("terminated", _CUT_SHORT)
    finally:
        progress.close()
    found = explainer.result()
    if error is not None:
        found = replace(found, error=error, truncated=True)
    _write(found, console, arguments)
    return code if code is not None else FOUND if found.diagnoses else NONE


_CUT_SHORT = "stopped before the end of the input: what was read until then is below"


def _take_all(files: list[str], explainer: Explainer, console: Console, progress: Progress) -> None:
    for name in files:
        progress.say(f"reading {name}")
        try:
            if name == "-":
                explainer.take(_stdin(console), "stdin")
            else:
                with Path(name).open("rb") as stream:
                    explainer.take(stream, Path(name).name)
        except OSError as error:
            raise UsageError(
                f"{name} cannot be read: {error.strerror or error}",
                advice="Name a file, or - for standard input.",
            ) from error


def _stdin(console: Console) -> BinaryIO:
    if sys.stdin is None:
        raise UsageError("standard input is closed", advice="Name a file to read.")
    if sys.stdin.isatty():
        key = "Ctrl-Z and Enter" if os.name == "nt" else "Ctrl-D"
        console.note(f"Paste the error or the log, then {key} on a line of its own.")
    return sys.stdin.buffer


def _reading(source: Source) -> str:
    return f"reading {source.name}: {source.bytes_read / 1e6:.0f} MB"


def _write(found: Explanation, console: Console, arguments: argparse.Namespace) -> None:
    if arguments.output == "json":
        from ..report.document import render_json
        from ..report.explanation import explanation_document

        console.write(render_json(explanation_document(found), ascii=console.ascii))
        return
    from ..report.explanation import render_explanation

    console.write(
        render_explanation(
            found,
            width=console.width,
            shell=console.shell,
            verbosity=-1 if arguments.quiet else arguments.verbose,
            color=console.color,
            ascii=console.ascii,
        )
    )
