"""The verb `diff`: what changed between two reports or bundles; offline, nothing is sent."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..bundle.diff import compare
from ..bundle.diff_read import read_side
from ..bundle.diff_text import diff_document, diff_text
from .console import Console
from .run import console_of

SAME, DIFFERENT = 0, 1


def diff_verb(arguments: argparse.Namespace, console: Console, cwd: Path) -> int:
    """Compare and print; 0 when both are the same, 1 when not. Raises UsageError if unreadable."""
    console = console_of(arguments, console)
    one, two = read_side(cwd / arguments.a), read_side(cwd / arguments.b)
    found = compare(one.reports, two.reports)
    names = (arguments.a, arguments.b)
    if arguments.output == "json":
        from ..report.document import render_json

        console.write(render_json(diff_document(found, names), ascii=console.ascii))
    else:
        console.write(
            diff_text(
                found,
                names,
                width=console.width,
                color=console.color,
                ascii_only=console.ascii,
                quiet=arguments.quiet,
            )
        )
    return DIFFERENT if found.differences else SAME
