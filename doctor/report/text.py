"""The text that a tired engineer reads: verdict, fix, proof, ids, then what was examined.

Plain and coloured output are the same lines; colour only repeats what the words already say.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..model import Report, Verdict
from .document import total
from .headline import WORDS, answering
from .layout import Line, Page, to_ansi, to_text
from .rows import count, duration, last_line, not_covered, place, rows, target_line, vantage
from .verdict import verdict_block


def render_text(
    report: Report,
    *,
    width: int = 80,
    shell: str = "bash",
    verbosity: int = 0,
    ascii: bool = False,  # noqa: A002 - says it best
) -> str:
    """The report as plain text.

    `width` is capped where lines stop being readable; `shell` is `bash` or `pwsh`, for the
    commands; `verbosity` is -1 for the verdict alone (one line when healthy), 1 for the evidence
    and the calls of every check, 2 for everything; `ascii` folds what is not ASCII.
    """
    return to_text(report_lines(report, width, shell, verbosity, ascii))


def render_rich(
    report: Report,
    *,
    width: int = 80,
    shell: str = "bash",
    verbosity: int = 0,
    color: bool = True,
    ascii: bool = False,  # noqa: A002
) -> str:
    """The words of `render_text` for a terminal: with `color`, styled by ANSI sequences."""
    lines = report_lines(report, width, shell, verbosity, ascii)
    return to_ansi(lines) if color else to_text(lines)


def render_many(
    reports: Sequence[Report],
    *,
    width: int = 80,
    shell: str = "bash",
    verbosity: int = 0,
    color: bool = False,
    ascii: bool = False,  # noqa: A002
) -> str:
    """Several targets: each report below a line that names it, then one line for each verdict."""
    lines: list[Line] = []
    for number, report in enumerate(reports, 1):
        page = Page(width, ascii=ascii)
        page.field("REPORT", ("strong", f"{number} of {len(reports)}: {_name(report)}"))
        lines += [*page.lines, *report_lines(report, width, shell, verbosity, ascii), ()]
    page = Page(width, ascii=ascii)
    for report in reports:
        word, style = WORDS[report.verdict]
        title = report.diagnosis[0].title if report.diagnosis else report.verdict.value
        page.field(word, f"{_name(report)}: {title}", style=style)
    if reports:
        run = total([report.run for report in reports])
        spent = f"{count(run.calls, 'call')}, {count(run.tokens_billed, 'token')} billed"
        page.field("RUN", f"{spent} in all, {duration(run.duration_ms)}.")
    lines += page.lines
    return to_ansi(lines) if color else to_text(lines)


def report_lines(
    report: Report, width: int, shell: str, verbosity: int, ascii_only: bool
) -> list[Line]:
    """The lines that every text form of a report joins."""
    page = Page(width, ascii=ascii_only)
    if verbosity < 0 and report.verdict is Verdict.HEALTHY and report.error is None:
        page.one_line("PASS", answering(report), style="pass")
        return page.lines
    verdict_block(page, report, shell, verbosity)
    if verbosity >= 0:
        page.blank()
        target_line(page, report.target)
        if verbosity > 1:
            vantage(page, report)
        rows(page, report, verbosity)
        page.blank()
        not_covered(page, report)
        last_line(page, report, verbosity)
    return page.lines


def _name(report: Report) -> str:
    where = place(report.target)
    name = report.target.name
    return where if name is None or name == where else f"{name} ({where})"
