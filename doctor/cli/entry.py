"""The console script. `--version` answers before anything else is imported."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the program on `sys.argv`; returns the exit code."""
    try:
        if sys.argv[1:] in (["--version"], ["-V"]):
            from .._version import __version__

            return _say(f"foundry-doctor {__version__}\n")
        # httpx imports its own command line where click is installed, and rich with it: a tenth of
        # a second for what this program never calls.
        sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
        from .program import run_program

        return run_program(sys.argv[1:])
    except KeyboardInterrupt:
        # Before the program could prepare for it: there is nothing yet to report on.
        return 130


def _say(text: str) -> int:
    try:
        if sys.stdout is not None:
            sys.stdout.write(text)
            sys.stdout.flush()
    except OSError:
        return 74
    return 0
