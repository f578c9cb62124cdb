"""The report on stdout, in the format asked for."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from ..model import Report
from .console import Console


def write_reports(
    reports: Sequence[Report], console: Console, arguments: argparse.Namespace, *, several: bool
) -> None:
    """Write one report, or the several of `--target A B` and `--all-targets`."""
    if arguments.output == "json":
        from ..report.document import many, render_json, report_document

        document = many(reports) if several else report_document(reports[0])
        console.write(render_json(document, ascii=console.ascii))
        return
    if arguments.output == "html":
        from ..report.html import render_html_many

        page = render_html_many(reports)
        # A terminal or log of another encoding than the page's gets it in ASCII.
        console.write(page.encode("ascii", "xmlcharrefreplace").decode() if console.ascii else page)
        return
    from ..report.text import render_many, render_rich

    verbosity = -1 if arguments.quiet else arguments.verbose
    if several:
        console.write(
            render_many(
                reports,
                width=console.width,
                shell=console.shell,
                verbosity=verbosity,
                color=console.color,
                ascii=console.ascii,
            )
        )
        return
    console.write(
        render_rich(
            reports[0],
            width=console.width,
            shell=console.shell,
            verbosity=verbosity,
            color=console.color,
            ascii=console.ascii,
        )
    )
