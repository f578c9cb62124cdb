"""From arguments to an exit code: dispatch, and what happens when something goes wrong."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from ..errors import DoctorError, NoChecks, UsageError
from .arguments import parser, wants_json, with_default_verb
from .console import Console
from .defect import defect_text
from .signals import Terminated, raise_on_sigterm

USAGE, UNSURE, DEFECT, INTERRUPTED, TERMINATED = 2, 3, 70, 130, 143


def run_program(argv: list[str]) -> int:
    """Run one command; returns the exit code. Nothing but the exit code depends on `-o`."""
    raise_on_sigterm()
    console = Console(sys.stdout, sys.stderr, os.environ)
    as_json = wants_json(argv)
    try:
        arguments = parser().parse_args(with_default_verb(argv))
        return _dispatch(arguments, console)
    except UsageError as error:
        return _refuse(console, argv, as_json, "usage", error.diagnostics(), USAGE)
    except NoChecks as error:
        return _refuse(console, argv, as_json, "internal", error.diagnostics(), UNSURE)
    except KeyboardInterrupt:
        return _refuse(console, argv, as_json, "interrupted", "interrupted", INTERRUPTED)
    except Terminated:
        return _refuse(console, argv, as_json, "terminated", "terminated", TERMINATED)
    except DoctorError as error:
        return _refuse(console, argv, as_json, "internal", error.diagnostics(), DEFECT)
    # The last door: a defect of ours must neither pass for a result nor print a traceback, whose
    # lines may quote a value that is not for a log.
    except Exception as error:  # noqa: BLE001
        return _refuse(console, argv, as_json, "internal", defect_text(error), DEFECT)


def _dispatch(arguments: argparse.Namespace, console: Console) -> int:
    if arguments.version:
        from .._version import __version__

        console.write(f"foundry-doctor {__version__}\n")
        return 0
    verb = arguments.verb
    if verb == "run":
        from .run import run_verb

        return run_verb(arguments, console, os.environ, Path.cwd(), home())
    if verb == "demo":
        from .demo import demo_verb

        return demo_verb(arguments, console, os.environ)
    if verb == "emulator":
        from .serve import emulator_verb

        return emulator_verb(arguments, console)
    from .lists import list_verb

    return list_verb(arguments, console, Path.cwd())


def home() -> Path:
    """The user's home; a folder that does not exist where the system knows none."""
    try:
        return Path.home()
    except RuntimeError:
        return Path("/nonexistent")


def _refuse(
    console: Console, argv: list[str], as_json: bool, kind: str, message: str, code: int
) -> int:
    message = without_secrets(message, argv)
    if as_json:
        from .._version import __version__
        from ..network.client import new_guid, now_utc
        from ..report.document import render_json, skeleton

        document = skeleton(
            kind, message, version=__version__, run_id=new_guid(), started_at=now_utc()
        )
        console.write(render_json(document, ascii=console.ascii))
    console.note(f"foundry-doctor: {message}")
    return code


def without_secrets(message: str, argv: list[str]) -> str:
    """A message that quotes the command line, without what looks like a credential in it.

    There is no flag for a key, but people try `--api-key=…`, and a log would keep it.
    """
    for argument in argv:
        for value in {argument, argument.partition("=")[2]}:
            if _like_a_secret(value):
                message = message.replace(value, "***")
    return message


def _like_a_secret(value: str) -> bool:
    plain = value.rstrip("=").replace("/", "").replace("+", "") if value.endswith("=") else value
    mixed = any(c.isdigit() for c in plain) and any(c.isalpha() for c in plain)
    words = all(c.isalnum() or c in "_-~" for c in plain)
    known = value.startswith(("sk-", "eyJ", "ghp_", "github_pat_"))
    return len(value) >= 16 and not value.startswith("-") and ((mixed and words) or known)
