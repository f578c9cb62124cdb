"""The verb `bundle`: a run whose report also becomes a file for a support desk."""

from __future__ import annotations

import argparse
import hashlib
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DoctorError, UsageError
from ..model import Explanation, Report
from ..secret import Secret
from ..settings import Resolution
from .console import Console
from .defect import defect_text
from .run import console_of, run_verb
from .signals import Terminated

if TYPE_CHECKING:
    from ..bundle.material import Log, Material
    from ..bundle.seal import Sealed

BAD, NO_BUNDLE, DEFECT, INTERRUPTED, TERMINATED = 1, 3, 70, 130, 143
MAX_EXCERPTS = 100
MAX_LINE = 2000
_USERS = ("USER", "LOGNAME", "USERNAME", "SUDO_USER", "LNAME")
_HOMES = ("HOME", "USERPROFILE")
_MATTERS = re.compile(
    r"(?:ANTHROPIC|AZURE|CLAUDE_CODE|FOUNDRY_DOCTOR|IDENTITY|MSI)_[A-Z0-9_]{1,60}"
    r"|(?:HTTPS?|ALL|NO)_PROXY|(?:https?|all|no)_proxy"
    r"|SSL_CERT_(?:FILE|DIR)|(?:REQUESTS|CURL)_CA_BUNDLE|NODE_EXTRA_CA_CERTS|CI|TF_BUILD"
)
_DOCUMENT = re.compile(r"\A\s*\{[\s\S]*\"(?:entries|schema_version|log)\"")
_SECRET_NAME = re.compile(
    r"KEY|TOKEN|SECRET|PASSW|PASSPHRASE|CREDENTIAL|_PAT$|_AUTH$|_SAS$", re.IGNORECASE
)


def bundle_verb(
    arguments: argparse.Namespace,
    console: Console,
    environ: Mapping[str, str],
    cwd: Path,
    home: Path,
) -> int:
    """Run and write a bundle, or show or verify one; returns the exit code."""
    if arguments.action:
        return _existing(arguments, console_of(arguments, console))
    if arguments.profile == "public" and arguments.ticket == "anthropic":
        console.note("note: a public bundle hides what a representative would look up by")
    for name in arguments.log:
        path = cwd / name
        if not path.exists() or path.is_dir() or not os.access(path, os.R_OK):
            raise UsageError(f"--log {name} cannot be read", advice="Name a log, a HAR, a report.")
    deliver = partial(_deliver, arguments, console, environ, cwd, home)
    code = run_verb(arguments, console, environ, cwd, home, deliver)
    if arguments.plan:
        console.note("bundle: none was written, since --plan makes no call")
        return NO_BUNDLE
    return code


def _existing(arguments: argparse.Namespace, console: Console) -> int:
    from ..bundle.verify import show_bundle, verify_bundle

    if not arguments.file:
        raise UsageError(
            f"bundle {arguments.action} needs a file",
            advice=f"Try: foundry-doctor bundle {arguments.action} FILE.zip",
        )
    path = Path(arguments.file)
    if arguments.action == "show":
        console.write(show_bundle(path))
        return 0
    found = verify_bundle(path)
    if found.problems:
        console.write(f"BAD    {found.name}\n")
        console.write("".join(f"       {problem}\n" for problem in found.problems))
        return BAD
    console.write(
        f"GOOD   {found.name}: {found.files} files, {found.size} bytes, profile {found.profile}\n"
        f"       sha256 {found.sha256}\n"
        "       Hashes and sizes fit the manifest, and a scan finds nothing that must not leave.\n"
    )
    return 0


def _deliver(
    arguments: argparse.Namespace,
    console: Console,
    environ: Mapping[str, str],
    cwd: Path,
    home: Path,
    reports: Sequence[Report],
    resolution: Resolution,
    code: int,
) -> int:
    """Write the bundle of a run whose report is printed: what goes wrong now goes to stderr."""
    from ..bundle.seal import NotWritten, write_bundle
    from ..redact import RedactionRefused

    path = cwd / (arguments.out or _default_name(reports[0]))
    try:
        material = _material(arguments, environ, cwd, home, reports, resolution)
        sealed = write_bundle(path, material)
    except (KeyboardInterrupt, Terminated) as stop:
        console.note("bundle: stopped, so none was written")
        return TERMINATED if isinstance(stop, Terminated) else INTERRUPTED
    except RedactionRefused as error:
        console.note(f"bundle: refused, none was written: {error.diagnostics()}")
        return DEFECT
    except (NotWritten, UsageError, OSError) as error:
        said = error.diagnostics() if isinstance(error, DoctorError) else str(error)
        console.note(f"bundle: none was written: {said}")
        return NO_BUNDLE
    # stdout already holds the run's one document, so that the last door of the program, which
    # writes another, must not be reached.
    except Exception as error:  # noqa: BLE001
        console.note(f"bundle: none was written: {defect_text(error)}")
        return DEFECT
    _tell(console, path, sealed, arguments)
    return code


def _tell(console: Console, path: Path, sealed: Sealed, arguments: argparse.Namespace) -> None:
    digest = hashlib.sha256(sealed.data).hexdigest()
    console.note(
        f"bundle: {path} ({len(sealed.files)} files, {len(sealed.data)} bytes,"
        f" profile {arguments.profile}, sha256 {digest})"
    )
    for one in sealed.left_out:
        if arguments.verbose or not one.why.startswith(("never", "only with")):
            console.note(f"bundle: without {one.what}: {one.why}")
    console.note(f"bundle: read it before you send it: foundry-doctor bundle show {path.name}")


def _default_name(report: Report) -> str:
    time = re.sub(r"[^0-9TZ]", "", report.run.started_at.partition(".")[0])
    return f"foundry-doctor-{time.rstrip('Z')}Z.zip"


def _material(
    arguments: argparse.Namespace,
    environ: Mapping[str, str],
    cwd: Path,
    home: Path,
    reports: Sequence[Report],
    resolution: Resolution,
) -> Material:
    from ..bundle.material import Material
    from ..engine.causes import causes

    users = [environ[name] for name in _USERS if environ.get(name)]
    homes = [*(environ[name] for name in _HOMES if environ.get(name)), str(home)]
    return Material(
        reports=tuple(reports),
        several=arguments.all_targets or len(arguments.target) > 1,
        profile=arguments.profile,
        tickets=tuple(dict.fromkeys(("microsoft", arguments.ticket))),
        logs=tuple(_logs([cwd / name for name in arguments.log], resolution, arguments.excerpts)),
        with_excerpts=arguments.excerpts,
        notes=resolution.notes,
        variables=tuple(name for name in environ if _MATTERS.fullmatch(name) and environ[name]),
        secrets=tuple(Secret(value) for value in (*_secrets(environ), *_salt(arguments))),
        users=tuple(users),
        homes=tuple(one for one in homes if one != "/nonexistent"),
        vocabulary=(*causes(), *(row.id for report in reports for row in report.checks)),
    )


def _secrets(environ: Mapping[str, str]) -> Iterator[str]:
    """Values of the environment that are secrets by name and look: nothing of them may appear,
    wherever a server, a proxy or a log got them from.
    """
    for name, value in environ.items():
        mixed = any(ch.isdigit() for ch in value) and any(ch.isalpha() for ch in value)
        if _SECRET_NAME.search(name) and len(value) >= 12 and mixed and "/" not in value[:2]:
            yield value


def _salt(arguments: argparse.Namespace) -> Iterator[str]:
    """The salt of `--fingerprint-salt`: who knows it can test guesses of the key."""
    salt = getattr(arguments, "fingerprint_salt", None)
    if salt:
        yield salt


def _logs(paths: Sequence[Path], resolution: Resolution, excerpts: bool) -> Iterator[Log]:
    """Each log explained by itself. The seam to the room that reads logs."""
    if not paths:
        return
    from ..bundle.material import Log
    from ..explain.explain import explain_files
    from .books import load_playbooks

    playbooks, _ = load_playbooks(resolution.playbook_dirs)
    for path in paths:
        explanation = explain_files([path], playbooks)
        yield Log(explanation, tuple(_excerpts(path, explanation)) if excerpts else ())


def _excerpts(path: Path, explanation: Explanation) -> Iterator[tuple[int, str]]:
    """The lines that hold request ids, at most a hundred, each cut to size.

    None of a HAR file or a report: there a "line" is an entry, and its text holds bodies.
    """
    from ..explain.source import Source

    wanted = sorted({one.line for one in explanation.request_ids})[:MAX_EXCERPTS]
    first = 1
    with path.open("rb") as stream:
        for block in Source(stream, path.name).blocks():
            if first == 1 and _DOCUMENT.search(block[:20_000]):
                return
            lines = block.split("\n")
            while wanted and wanted[0] < first + len(lines) - block.endswith("\n"):
                number = wanted.pop(0)
                yield number, lines[number - first][:MAX_LINE]
            first += block.count("\n")
            if not wanted:
                return
