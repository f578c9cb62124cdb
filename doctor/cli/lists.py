"""The verbs that look things up: checks, playbooks, schema, init."""

from __future__ import annotations

import argparse
import contextlib
from difflib import get_close_matches
from pathlib import Path

from ..engine.discovery import find_checks
from ..engine.playbook_model import Playbook
from ..engine.registry import Check, in_order
from ..errors import FileProblems, UsageError
from .console import Console


def list_verb(arguments: argparse.Namespace, console: Console, cwd: Path) -> int:
    """Dispatch among the looking-up verbs."""
    if arguments.verb == "checks":
        return _checks(arguments.id, console)
    if arguments.verb == "playbooks":
        return _playbooks(arguments.id, arguments.path, console)
    if arguments.verb == "schema":
        return _schema(arguments.which, console)
    return _init(console, cwd)


def _checks(id_: str | None, console: Console) -> int:
    found = find_checks()
    checks = {one.id: one for one in in_order(found.checks)}
    for broken in found.broken:
        console.note(f"plug-in {broken.name} ({broken.origin}) does not load: {broken.problem}")
    if id_ is None:
        column = max(len(name) for name in checks)
        for one in checks.values():
            kind = "after a failure" if one.follows else one.tier
            console.write(f"{one.id:<{column}}  {kind:<15}  {one.title}\n")
        return 0
    if id_ not in checks:
        raise UsageError(f"there is no check {id_!r}", advice=_near(id_, list(checks), "checks"))
    console.write(_check_text(checks[id_]))
    return 0


def _check_text(one: Check) -> str:
    lines = [f"{one.id}: {one.title}", "", one.doc, ""]
    lines.append(f"tier      {one.tier}")
    lines.append(f"needs     {', '.join(one.needs) or 'nothing'}")
    if one.follows:
        lines.append("runs      only after a failure that it can explain")
    if one.rules_out:
        lines.append(f"rules out {', '.join(one.rules_out)}")
    lines.append(f"from      {one.origin}")
    return "\n".join(lines) + "\n"


def _near(name: str, known: list[str], verb: str) -> str:
    close = get_close_matches(name, known, n=3, cutoff=0.5)
    hint = f"Did you mean: {', '.join(close)}? " if close else ""
    return f"{hint}`foundry-doctor {verb}` lists them all."


def _playbooks(id_: str | None, path: str | None, console: Console) -> int:
    if id_ in ("lint", "test"):
        if path is None:
            raise UsageError(f"playbooks {id_} needs a file or folder")
        return _lint(Path(path), console) if id_ == "lint" else _test(Path(path), console)
    if path is not None:
        raise UsageError("only `playbooks lint` and `playbooks test` take a path")
    from ..engine.playbook_set import PlaybookSet, builtin_roots

    playbooks = PlaybookSet.load(builtin_roots())
    if id_ is None:
        column = max(len(one.id) for one in playbooks)
        for one in sorted(playbooks, key=lambda book: book.id):
            console.write(f"{one.id:<{column}}  {one.title[-1]}\n")
        return 0
    one_ = next((one for one in playbooks if one.id == id_), None)
    if one_ is None:
        known = [one.id for one in playbooks]
        raise UsageError(f"there is no playbook {id_!r}", advice=_near(id_, known, "playbooks"))
    console.write(_playbook_text(one_, console))
    return 0


def _playbook_text(one: Playbook, console: Console) -> str:
    from ..engine.causes import causes
    from ..engine.playbook_text import bash, prose, pwsh

    cause = causes()[one.cause]
    lines = [
        f"{one.id}: {prose(one.title[-1], {})}",
        "",
        prose(one.summary[-1], {}),
        "",
        one.why,
        "",
    ]
    lines.append(
        f"who can end it  {cause.who}" + (" (may pass by itself)" if cause.transient else "")
    )
    for number, step in enumerate(one.remedy, 1):
        lines += ["", f"{number}. {prose(step.text, {})}" + (f" [{step.who}]" if step.who else "")]
        windows = step.pwsh or step.bash
        if console.shell == "pwsh" and windows:
            lines.append(f"   {pwsh(windows, {})}")
        elif step.bash:
            lines.append(f"   {bash(step.bash, {})}")
        if step.url:
            lines.append(f"   {step.url}")
    if one.takes:
        lines += ["", f"takes effect    {one.takes}"]
    lines += ["", f"check it with   {one.verify}"]
    for doubt in one.mistaken_for:
        lines.append(f"mistaken for    {doubt.cause}: {prose(doubt.text, {})}")
    lines += [f"read            {url}" for url in one.docs]
    return "\n".join(lines) + "\n"


def _lint(path: Path, console: Console) -> int:
    from ..engine.playbook_lint import lint

    problems = lint(path)
    for problem in problems:
        console.write(problem + "\n")
    if not problems:
        console.write(f"{path}: clean\n")
    return 1 if problems else 0


def _test(path: Path, console: Console) -> int:
    from ..engine.playbook_lint import run_tests

    try:
        results = run_tests(path)
    except FileProblems as error:
        console.write(error.diagnostics() + "\n")
        return 1
    failed = [one for one in results if one.message]
    for one in failed:
        console.write(f"{one.file}:{one.line}: {one.name}: {one.message}\n")
    console.write(f"{len(results) - len(failed)} passed, {len(failed)} failed\n")
    return 1 if failed or not results else 0


def _schema(which: str, console: Console) -> int:
    import json

    if which == "report":
        from ..report.schema import report_schema as schema
    elif which == "explain":
        from ..report.schema import explain_schema as schema
    elif which == "config":
        from ..settings import config_schema as schema
    else:
        from ..engine.playbook_schema import playbook_schema as schema
    console.write(json.dumps(schema(), indent=2, ensure_ascii=console.ascii) + "\n")
    return 0


def _init(console: Console, cwd: Path) -> int:
    from ..settings import init_text

    path = cwd / "foundry-doctor.yaml"
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(init_text())
    except FileExistsError as error:
        raise UsageError(f"{path.name} exists already; it was not touched") from error
    except OSError as error:
        with contextlib.suppress(OSError):  # half a file must not block the next try
            if path.is_file() and path.stat().st_size < len(init_text()):
                path.unlink()
        raise UsageError(f"{path} cannot be written: {error.strerror}") from error
    console.write(
        f"wrote {path.name}: fill in the resource and a deployment, then run foundry-doctor\n"
    )
    return 0
