"""Reports as Markdown: for a job's summary, an issue's comment, a chat.

The words are those of the HTML page (`view.py`), the order that of the text: verdict, fix, cause,
proof, ids, then what was examined. What passed is folded away.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..model import Accepted, Report, Status, Verdict
from ..noun import replace
from .accepted import accepted_row, accepted_words
from .headline import cut
from .layout import Page, to_text
from .markdown_cause import advised, cause_parts, listed
from .markdown_escape import cells, code, words
from .markdown_parts import Part, fitted, joined, notice, size
from .rows import count, last_line
from .view import MAX_ROWS, view
from .view_cause import LIMIT, MAX_ITEMS
from .view_nouns import Call, Pairs, Row, View

SHORTER = (400, 200, 100, 50, 20)
"""Lengths of a headline where nothing else fits."""
FOLDED = "<details>\n<summary>{title}</summary>\n\n"
END = "\n</details>\n"


def render_markdown(reports: Sequence[Report], *, limit: int | None = None) -> str:
    """The reports as one Markdown page; several begin with a table of all.

    `limit` is the largest number of bytes, in UTF-8. What is too long is left out part by part,
    the least important first, and the page says so.
    """
    several = len(reports) > 1
    pages = [(report, view(_worst_first(report))) for report in reports]
    parts: list[Part] = []
    if several:
        parts.append(_overview(pages))
    for report, page in pages:
        parts += _report(report, page, several=several)
    if limit is None:
        return joined(parts)
    found = fitted(parts, limit)
    return _least(pages, limit) if found is None else found


def _worst_first(report: Report) -> Report:
    """The view holds a part of the rows: it must be the part that matters."""
    if len(report.checks) <= MAX_ROWS:
        return report
    well = (Status.PASS, Status.SKIP)
    return replace(report, checks=tuple(sorted(report.checks, key=lambda row: row.status in well)))


def _least(pages: Sequence[tuple[Report, View]], limit: int) -> str:
    """What fits where a page does not: the verdicts, at the worst their words alone."""
    for length in SHORTER:
        lines = [f"**{_word(page)}** {words(cut(_said(page), length))}\n" for _, page in pages]
        text = "\n".join((*lines, notice("everything else", limit)))
        if size(text) <= limit:
            return text
    worst = " ".join(dict.fromkeys(_word(page) for _, page in pages))
    return f"{worst}\n" if len(worst) < limit else worst[: max(0, limit)]


def _word(page: View) -> str:
    return "ERROR" if page.error else page.word


def _said(page: View) -> str:
    return page.error or page.headlines[0]


def _overview(pages: Sequence[tuple[Report, View]]) -> Part:
    rows = tuple(
        cells(f"**{_word(page)}**", words(page.name), words(_said(page)), str(report.exit_code))
        for report, page in pages
    )
    head = f"# {len(pages)} targets\n\n" + cells("Verdict", "Target", "What", "Exit code")
    return Part("targets of the table", 0, head + _rule(4), rows, more="| ... | {n} more | | |\n")


def _report(report: Report, page: View, *, several: bool) -> Iterator[Part]:
    yield Part("the headlines", 0, _head(page, several=several))
    lines = [f"**{page.word}** {words(page.headlines[0])}"] if page.error else []
    lines += map(words, (*page.headlines[1:], *page.below))
    if page.error and not page.causes:
        lines.append("This report is not whole: run it again.")
    elif report.verdict is Verdict.FAILING and report.exit_code in (0, 4):
        lines.append("**Nothing of this counts for the exit code**: see what is accepted below.")
    if report.verdict is Verdict.FAILING and not page.causes:
        lines.append("No known cause fits. The checks below say what was seen.")
    if lines:
        yield Part("what stands below the headline", 1, "\n\n".join(lines) + "\n")
    if page.reasons:
        yield listed("why it could not be told", 2, "### Why", map(words, page.reasons))
    if page.crash:
        text, command = page.crash
        yield listed("what to do", 2, "### Fix", [f"{words(text)} {code(command.text)}"])
    for number, cause in enumerate(page.causes):
        if number or page.seen:
            head = f"### {'Also found' if number else 'Seen'}: {words(cause.title)}\n"
            yield Part("further causes", 2, head + (f"\n{words(cause.summary)}\n" if cause.summary
                                                    else ""))  # fmt: skip
            yield from cause_parts(cause, 4, 2)
        else:
            yield from cause_parts(cause, 3, 1)
    yield from _accepted(report)
    yield from _checks(report, page)
    yield from _calls(page)
    yield from _coverage(page)
    yield from _settings(report, page)


def _head(page: View, *, several: bool) -> str:
    if several:
        return f"## {_word(page)} - {words(page.name)}\n\n**{words(_said(page))}**\n"
    return f"## {_word(page)} - {words(_said(page))}\n"


def _accepted(report: Report) -> Iterator[Part]:
    if not report.accepted:
        return
    failures = sum(one.status is Status.FAIL for one in report.accepted)
    numbers = ((failures, "failure"), (len(report.accepted) - failures, "warning"))
    tally = ", ".join(count(number, noun) for number, noun in numbers if number)
    head = f"### Accepted: {tally}\n\n{cells('Status', 'What', 'Why it does not count', 'Where')}"
    rows = tuple(_accepted_row(one) for one in report.accepted)
    yield Part("what is accepted", 5, head + _rule(4), rows, more="| ... | {n} more | | |\n")


def _accepted_row(one: Accepted) -> str:
    about = [one.cause, *one.subjects] if one.cause else [check for check, _ in one.rows]
    what = ", ".join(code(cut(name, LIMIT)) for name in dict.fromkeys(about[:MAX_ITEMS]) if name)
    why = words(cut(accepted_words(one), LIMIT))
    return cells(one.status.value.upper(), what, why, code(cut(one.where, LIMIT)))


def _checks(report: Report, page: View) -> Iterator[Part]:
    asked, skipped = iter(page.rows), iter(page.skipped)
    rows: dict[str, list[str]] = {"": [], "pass": [], "skip": []}
    for result in _worst_first(report).checks[:MAX_ROWS]:
        row = next(skipped if result.status is Status.SKIP else asked)
        accepted = accepted_row(report, result) if report.accepted else None
        note = f" ({words(cut(accepted_words(accepted), LIMIT))})" if accepted else ""
        kind = row.status if row.status in rows else ""
        rows[kind].append(_row(row, note))
    counts = ", ".join(f"{number} {word}" for number, word in page.counts) or "nothing"
    more = "| ... | {n} more | |\n"
    table = cells("Status", "Check", "What was seen") + _rule(3)
    head = f"### Checks: {counts}\n"
    yield Part("checks that did not pass", 3, f"{head}\n{table}" if rows[""] else head,
               tuple(rows[""]), more=more)  # fmt: skip
    for kind, weight, said in (
        ("pass", 9, f"{len(rows['pass'])} passed"),
        ("skip", 8, f"{len(rows['skip'])} skipped: not asked, or not a question here"),
    ):
        if rows[kind]:
            what = f"checks that {'passed' if kind == 'pass' else 'were skipped'}"
            yield Part(
                what, weight, FOLDED.format(title=said) + table, tuple(rows[kind]), END, more
            )
    if page.hidden_rows:
        yield Part(
            "the number of further rows", 8, f"{page.hidden_rows} more rows with `-o json`.\n"
        )


def _row(row: Row, note: str) -> str:
    return cells(row.status.upper(), code(row.id), words(row.said or row.title) + note)


def _calls(page: View) -> Iterator[Part]:
    if page.calls:
        number = len(page.calls) + page.hidden_calls
        title = f"{number} call{'' if number == 1 else 's'} with request ids"
        head = (
            FOLDED.format(title=title) + cells("Call", "Answer", "When", "Request ids") + _rule(4)
        )
        yield Part("calls", 8, head, tuple(map(_call, page.calls)), END,
                   "| ... | {n} more | | |\n", page.hidden_calls)  # fmt: skip


def _call(one: Call) -> str:
    ids = ", ".join(f"{name} {code(value.text)}" for name, value in one.ids)
    answer = f"**{words(one.answer)}**" if one.failed else words(one.answer)
    return cells(f"{code(one.id)} {words(one.purpose)}", answer, words(one.when), ids)


def _coverage(page: View) -> Iterator[Part]:
    if page.covered:
        yield listed("what was verified", 7, "### Verified", map(words, page.covered))
    gaps = [
        f"{words(what)} To cover it: {advised(command, how)}" if command or how else words(what)
        for what, command, how in page.gaps
    ]
    if gaps:
        yield listed("what was not covered", 7, "### Not covered", gaps)


def _settings(report: Report, page: View) -> Iterator[Part]:
    yield Part("what the run spent", 2, f"{words(_run_line(report))}\n")
    pairs: Pairs = (*page.setting, *page.run)
    rows = tuple(cells(words(name), code(value)) for name, value in pairs)
    head = FOLDED.format(title="Target, machine and run") + cells("What", "Value") + _rule(2)
    yield Part("target, machine and run", 10, head, rows, END, "| ... | {n} more |\n")


def _run_line(report: Report) -> str:
    """The last line of the text report, without its label."""
    page = Page(0)
    last_line(page, report, 0)
    return to_text(page.lines).partition("RUN")[2]


def _rule(columns: int) -> str:
    return cells(*["---"] * columns)
