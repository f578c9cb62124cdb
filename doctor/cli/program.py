"""From arguments to an exit code: dispatch, and what happens when something goes wrong."""

from __future__ import annotations

import argparse
import os
import re
import sys
from pathlib import Path

from ..errors import DoctorError, NoChecks, UsageError
from .arguments import parser, wanted_format, with_default_verb
from .console import Console, open_stream
from .defect import defect_text
from .signals import Terminated, raise_on_sigterm

USAGE, UNSURE, DEFECT, INTERRUPTED, TERMINATED = 2, 3, 70, 130, 143


def run_program(argv: list[str]) -> int:
    """Run one command; returns the exit code. Nothing but the exit code depends on `-o`."""
    raise_on_sigterm()
    # argparse prints help through sys.stdout, so a closed descriptor is replaced there, too.
    sys.stdout, sys.stderr = open_stream(sys.stdout), open_stream(sys.stderr)
    console = Console(sys.stdout, sys.stderr, os.environ)
    wanted = wanted_format(argv)
    try:
        arguments = parser().parse_args(with_default_verb(argv))
        return _dispatch(arguments, console)
    except UsageError as error:
        return _refuse(console, argv, wanted, "usage", error.diagnostics(), USAGE)
    except NoChecks as error:
        return _refuse(console, argv, wanted, "internal", error.diagnostics(), UNSURE)
    except KeyboardInterrupt:
        return _refuse(console, argv, wanted, "interrupted", "interrupted", INTERRUPTED)
    except Terminated:
        return _refuse(console, argv, wanted, "terminated", "terminated", TERMINATED)
    except DoctorError as error:
        return _refuse(console, argv, wanted, "internal", error.diagnostics(), DEFECT)
    # The last door: a defect of ours must neither pass for a result nor print a traceback, whose
    # lines may quote a value that is not for a log.
    except Exception as error:  # noqa: BLE001
        return _refuse(console, argv, wanted, "internal", defect_text(error), DEFECT)


def _dispatch(arguments: argparse.Namespace, console: Console) -> int:
    if arguments.version:
        from .._version import __version__

        console.write(f"foundry-doctor {__version__}\n")
        return 0
    verb = arguments.verb
    if verb == "run":
        from .run import run_verb

        return run_verb(arguments, console, os.environ, here(), home())
    if verb == "explain":
        from .explain import explain_verb

        return explain_verb(arguments, console, os.environ, here(), home())
    if verb == "bundle":
        from .bundle import bundle_verb

        return bundle_verb(arguments, console, os.environ, here(), home())
    if verb == "diff":
        from .diff import diff_verb

        return diff_verb(arguments, console, here())
    if verb == "demo":
        from .demo import demo_verb

        return demo_verb(arguments, console, os.environ)
    if verb == "emulator":
        from .serve import emulator_verb

        return emulator_verb(arguments, console)
    if verb == "token":
        from .token import token_verb

        return token_verb(arguments.file, console, sys.stdin)
    from .lists import list_verb

    return list_verb(arguments, console, here())


def here() -> Path:
    """The working directory; a folder that does not exist where it was removed under us."""
    try:
        return Path.cwd()
    except OSError:
        return Path("/nonexistent")


def home() -> Path:
    """The user's home; a folder that does not exist where the system knows none."""
    try:
        return Path.home()
    except RuntimeError:
        return Path("/nonexistent")


def _refuse(
    console: Console, argv: list[str], wanted: str | None, kind: str, message: str, code: int
) -> int:
    message = without_secrets(message, argv)
    if wanted == "json":
        from .._version import __version__
        from ..network.client import new_guid, now_utc
        from ..report.document import render_json, skeleton

        if argv[:1] == ["explain"]:
            from ..model import Explanation, ReportError
            from ..report.explanation import explanation_document

            refused = Explanation(__version__, error=ReportError(kind, message))
            document = explanation_document(refused)
        elif argv[:1] == ["diff"]:
            from ..bundle.diff_text import diff_document

            document = diff_document(None, ("", ""), {"kind": kind, "message": message})
        else:
            document = skeleton(
                kind, message, version=__version__, run_id=new_guid(), started_at=now_utc()
            )
        console.write(render_json(document, ascii=console.ascii))
    elif with_default_verb(argv)[0] in ("run", "bundle"):
        _refuse_in(wanted, console, kind, message, code)
    console.note(f"foundry-doctor: {message}")
    return code


def _refuse_in(wanted: str | None, console: Console, kind: str, message: str, code: int) -> None:
    """Why there is no report, where the one who reads stdout, or the CI system, will look."""
    if wanted == "junit":
        from .._version import __version__
        from ..network.client import now_utc
        from ..report.junit import junit_of_error

        console.write(junit_of_error(kind, message, started_at=now_utc(), version=__version__))
        return
    from .ci import ci_error, detect

    system = detect(os.environ) if wanted is None else wanted
    if system in ("github", "azure-pipelines"):
        console.write(ci_error(system, os.environ, message, code, console))


def without_secrets(message: str, argv: list[str]) -> str:
    """A message that quotes the command line, without what could be a credential in it.

    There is no flag for a key, but people try `--api-key=…`, and a log would keep it. So only
    flags, paths and plain words of the command line are repeated.
    """
    values = {part for argument in argv for part in (argument, argument.partition("=")[2])}
    for value in sorted(values, key=len, reverse=True):
        if len(value) > 5 and not value.startswith("-") and not _PLAIN.fullmatch(value):
            message = message.replace(repr(value), "***").replace(value, "***")
    return message


_PLAIN = re.compile(r"[a-z]{1,14}|[A-Za-z]{1,12}([-_.*?/][A-Za-z0-9*?]{0,12}){1,9}|[a-z0-9]{1,8}")
"""Words that a message may repeat: verbs, globs, scenario names, short paths."""
