"""What a run leaves to the CI system that it runs in: annotations, summary, outputs.

The report and the exit code are the run's result. What cannot be written here is a note on stderr;
nothing here raises or changes the exit code.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import stat
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..model import Report
from .console import Console

GITHUB, AZURE_PIPELINES = "github", "azure-pipelines"
MAX_SUMMARY = 1024 * 1024
"""Bytes of a step's summary, above which GitHub shows none of it."""
MIN_SUMMARY = 2048
"""Below this a summary says nothing worth a headline."""
MAX_EVENT = 25 * 1024 * 1024
"""Bytes of an event; GitHub sends none that is larger."""

RenderSummary = Callable[[int], str]
"""The Markdown summary in at most so many bytes of UTF-8."""


def detect(environ: Mapping[str, str]) -> str | None:
    """The CI system whose log this is: `github`, `azure-pipelines`, or None."""
    if environ.get("GITHUB_ACTIONS", "").strip().lower() == "true":
        return GITHUB
    if environ.get("TF_BUILD", "").strip().lower() == "true":
        return AZURE_PIPELINES
    return None


def ci_text(
    kind: str,
    reports: Sequence[Report],
    text: str,
    *,
    code: int,
    environ: Mapping[str, str],
    console: Console,
    render_summary: RenderSummary,
    complete: bool = True,
) -> str:
    """What goes to stdout for the report `text`; writes summary and outputs on the way.

    `complete`: whether the result of an Azure Pipelines step is set, whatever follows in it.
    Raises ValueError for a kind that is none.
    """
    from ..report.clean import to_ascii

    if kind == GITHUB:
        from ..report.github import github_outputs, identifying, render_github

        _append_summary(environ, console, render_summary)
        _append_outputs(environ, console, github_outputs(reports, code))
        # Of an unknown repository nobody is harmed by stars: whoever may see the names can run
        # the program himself. A name once published stays so.
        masks = [] if repository_is_private(environ) else identifying(reports)
        out = render_github(reports, text, token=_token(), masks=masks, shell=console.shell)
    elif kind == AZURE_PIPELINES:
        from ..report.azure_pipelines import render_azure_pipelines

        path = _write_summary(environ, console, render_summary)
        out = render_azure_pipelines(
            reports, text, code=code, summary=path, complete=complete, shell=console.shell
        )
    else:
        raise ValueError(f"no CI system is called {kind}")
    return to_ascii(out) if console.ascii else out


def ci_error(
    kind: str, environ: Mapping[str, str], message: str, code: int, console: Console
) -> str:
    """What goes to stdout where there is no report: why, as an annotation; outputs as ever."""
    from ..report.annotations import refusal
    from ..report.clean import to_ascii
    from ..report.github import command, github_outputs

    one, outputs = refusal(message, code), github_outputs((), code)
    if kind == AZURE_PIPELINES:
        from ..report.azure_pipelines import completion, issue, result, variables

        out = "".join([issue(one), *variables(outputs), completion(result((), code))])
    else:
        _append_outputs(environ, console, outputs)
        out = command(one)
    return to_ascii(out) if console.ascii else out


def repository_is_private(environ: Mapping[str, str]) -> bool | None:
    """Whether only members see the log of this GitHub run; None where the event does not tell."""
    event = _read_event(environ.get("GITHUB_EVENT_PATH", ""))
    repository = event.get("repository") if isinstance(event, dict) else None
    if not isinstance(repository, dict):
        return None
    private, visibility = repository.get("private"), repository.get("visibility")
    if private is False or visibility == "public":
        return False
    return True if private is True or visibility in ("private", "internal") else None


def _read_event(path: str) -> Any:
    if not path:
        return None
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | _NO_WAIT), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return None
            content = file.read(MAX_EVENT + 1)
        return json.loads(content) if len(content) <= MAX_EVENT else None
    # ValueError also for a path with a NUL and for text that is no UTF-8.
    except (OSError, ValueError, RecursionError):
        return None


def _append_summary(
    environ: Mapping[str, str], console: Console, render_summary: RenderSummary
) -> None:
    path = environ.get("GITHUB_STEP_SUMMARY", "")
    if not path:
        return
    try:
        taken = Path(path).stat().st_size
    except (OSError, ValueError):
        taken = 0  # appending tells what is wrong
    room = MAX_SUMMARY - taken - 1
    content = _summary(render_summary, room, console)
    if content is not None:
        _append(path, content, "the job summary", console)


def _append_outputs(
    environ: Mapping[str, str], console: Console, outputs: Mapping[str, str]
) -> None:
    from ..report.github import github_output_lines

    if path := environ.get("GITHUB_OUTPUT", ""):
        content = github_output_lines(outputs, _token()).encode()
        _append(path, content, "the step's outputs", console)


def _write_summary(
    environ: Mapping[str, str], console: Console, render_summary: RenderSummary
) -> str | None:
    """The absolute path of the summary's file, which only this user can read; None without one."""
    content = _summary(render_summary, MAX_SUMMARY, console)
    if content is None:
        return None
    try:
        # In a folder of its own, as the page shows the file's name above its content.
        own = environ.get("AGENT_TEMPDIRECTORY") or None
        folder = tempfile.mkdtemp(prefix="foundry-doctor-", dir=own)
        path = Path(folder).absolute() / "foundry-doctor.md"
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
    except (OSError, ValueError) as error:
        _excuse(console, "the summary", error)
        return None
    return str(path)


def _summary(render_summary: RenderSummary, room: int, console: Console) -> bytes | None:
    if room < MIN_SUMMARY:
        console.note("note: the job summary was not written: the step's summary is full")
        return None
    try:
        content = render_summary(room).encode("utf-8", "replace")
    # A defect there must not cost the report and its exit code. Its words may quote a value.
    except Exception as error:  # noqa: BLE001
        console.note(f"note: the summary was not written: {type(error).__name__}")
        return None
    if not content.strip():
        return None
    if len(content) > room:
        console.note("note: the summary was not written: it is too long")
        return None
    return content if content.endswith(b"\n") else content + b"\n"


def _append(path: str, content: bytes, what: str, console: Console) -> None:
    """Append to a file that the runner reads: all of it on lines of its own, or nothing."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | _NO_WAIT, 0o600)
        try:
            before = os.fstat(descriptor).st_size
            # What is there may lack its last line break; an empty line means nothing to either.
            _write_all(descriptor, b"\n" + content if before else content, before)
        finally:
            os.close(descriptor)
    except (OSError, ValueError) as error:
        _excuse(console, what, error)


def _write_all(descriptor: int, content: bytes, before: int) -> None:
    try:
        while content:
            content = content[os.write(descriptor, content) :]
    except OSError:
        # Half an output makes the runner fail the step.
        with contextlib.suppress(OSError):
            os.ftruncate(descriptor, before)
        raise


def _excuse(console: Console, what: str, error: Exception) -> None:
    why = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
    console.note(f"note: {what} could not be written: {why}")


def _token() -> str:
    return f"foundry-doctor-{secrets.token_hex(16)}"


_NO_WAIT = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
"""A pipe without a reader must not hold the run up."""
