"""The reports, in the format asked for: on stdout, and in the files of `--report`."""

from __future__ import annotations

import argparse
import contextlib
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..errors import UsageError
from ..model import Report
from ..noun import Noun
from .argument_types import ReportFile
from .console import Console

UNWRITTEN = 3
"""Exit code of a run that is fine, but whose report is not where it was asked for."""
FILE_WIDTH = 100


class Look(Noun):
    """What the reports are written for. `code` is the run's exit code."""

    console: Console
    arguments: argparse.Namespace
    environ: Mapping[str, str]
    several: bool
    """Whether several targets were asked for: one document or page for all of them then."""
    code: int

    @property
    def verbosity(self) -> int:
        return -1 if self.arguments.quiet else int(self.arguments.verbose)


def write_reports(reports: Sequence[Report], look: Look) -> None:
    """Write to stdout: what `-o` asks for, else text, and what the CI system around reads."""
    console, wanted = look.console, look.arguments.output
    kind: str | None = wanted if wanted in ("github", "azure-pipelines") else None
    if look.arguments.implied:
        from .ci import detect

        kind = detect(look.environ)
    if kind is not None:
        from .ci import ci_text

        console.write(
            ci_text(
                kind,
                reports,
                _text(reports, look, console.width, color=False, ascii=False),
                code=look.code,
                environ=look.environ,
                console=console,
                render_summary=lambda limit: _markdown(reports, limit),
                # Who writes `foundry-doctor || true` wants the step to go on.
                complete=not look.arguments.implied or look.code == 0,
            )
        )
        return
    if wanted == "text":
        color, ascii_ = console.color, console.ascii
        console.write(_text(reports, look, console.width, color=color, ascii=ascii_))
        return
    console.write(_rendered(wanted, reports, look, ascii=console.ascii))


def report_files(asked: Sequence[ReportFile], cwd: Path) -> list[tuple[str, Path]]:
    """Format and path of each `--report`. Raises UsageError where two are one file, or a folder."""
    found: list[tuple[str, Path]] = []
    for one in asked:
        path = cwd / one.path
        if path.is_dir():
            advice = f"Name a file, for example --report {one.format}={one.path.rstrip('/')}/report"
            raise UsageError(f"--report {one.format}={one.path} is a folder", advice=advice)
        if any(path == other for _, other in found):
            raise UsageError(
                f"--report names {one.path} twice", advice="Give each format a file of its own."
            )
        found.append((one.format, path))
    return found


def write_files(wanted: Sequence[tuple[str, Path]], reports: Sequence[Report], look: Look) -> bool:
    """Write each file whole or not at all; whether all were. What went wrong is a note."""
    good = True
    for name, path in wanted:
        temporary = path.with_name(f".{path.name[:80]}.{secrets.token_hex(4)}.tmp")
        try:
            data = _rendered(name, reports, look, ascii=False).encode("utf-8", "backslashreplace")
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_bytes(data)
            temporary.replace(path)
        except (OSError, ValueError) as error:
            with contextlib.suppress(OSError, ValueError):
                temporary.unlink(missing_ok=True)
            why = getattr(error, "strerror", None) or str(error)
            look.console.note(f"report: {path} was not written: {why}")
            good = False
    return good


def _rendered(name: str, reports: Sequence[Report], look: Look, *, ascii: bool) -> str:  # noqa: A002
    """The reports in a format that has no colours and no width of a terminal."""
    if name == "json":
        from ..report.document import many, render_json, report_document

        document = many(reports) if look.several else report_document(reports[0])
        return render_json(document, ascii=ascii)
    if name == "html":
        from ..report.html import render_html_many

        page = render_html_many(reports)
        # A terminal or log of another encoding than the page's gets it in ASCII.
        return page.encode("ascii", "xmlcharrefreplace").decode() if ascii else page
    if name == "junit":
        from ..report.junit import render_junit

        xml = render_junit(reports, shell=look.console.shell)
        return xml.encode("ascii", "xmlcharrefreplace").decode() if ascii else xml
    if name == "markdown":
        text = _markdown(reports, None)
        return text.encode("ascii", "xmlcharrefreplace").decode() if ascii else text
    text = _text(reports, look, FILE_WIDTH, color=False, ascii=False)
    if name == "github":
        from ..report.github import identifying, render_github

        return render_github(reports, text, token=secrets.token_hex(16), masks=identifying(reports))
    if name == "azure-pipelines":
        from ..report.azure_pipelines import render_azure_pipelines

        return render_azure_pipelines(reports, text, code=look.code, summary=None)
    return text


def _markdown(reports: Sequence[Report], limit: int | None) -> str:
    from ..report.markdown import render_markdown

    return render_markdown(reports, limit=limit)


def _text(
    reports: Sequence[Report],
    look: Look,
    width: int,
    *,
    color: bool,
    ascii: bool,  # noqa: A002
) -> str:
    from ..report.text import render_many, render_rich

    shell, verbosity = look.console.shell, look.verbosity
    if look.several:
        return render_many(
            reports, width=width, shell=shell, verbosity=verbosity, color=color, ascii=ascii
        )
    return render_rich(
        reports[0], width=width, shell=shell, verbosity=verbosity, color=color, ascii=ascii
    )
