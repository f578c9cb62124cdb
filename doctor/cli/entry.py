"""The console script. `--version` answers before anything else is imported."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the program on `sys.argv`; returns the exit code."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        from .._version import __version__

        print(f"foundry-doctor {__version__}")
        return 0
    from .program import run_program

    return run_program(sys.argv[1:])
