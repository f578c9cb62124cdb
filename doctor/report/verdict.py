"""The top of the text: the verdict, the fix, the proof, the ids to quote."""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Confidence, Diagnosis, Remedy, Report, Verdict
from .accepted import accepted_cause, accepted_words
from .clean import clean, shorten
from .headline import (
    CRASH,
    CRASH_COMMAND,
    ERRORS,
    WORDS,
    answering,
    crashed,
    headlines,
    join,
    reasons,
    who_can,
)
from .ids import quotable
from .layout import Page, advice
from .rows import sentence

LIMITS = {0: 280, 1: 1000}
"""How much of one server's sentence is shown, by verbosity; above that everything."""
MAX_RULED_OUT = 4


def verdict_block(page: Page, report: Report, shell: str, verbosity: int) -> None:
    """Everything above the rows, in the order in which a tired reader needs it."""
    if report.error is not None:
        kind, message = report.error.kind, report.error.message
        page.field("ERROR", f"{ERRORS.get(kind, kind)}: {_cut(message, verbosity)}", style="error")
    _headline(page, report, verbosity)
    for number, one in enumerate(report.diagnosis):
        page.blank()
        if number == 0 and report.verdict is Verdict.INCONCLUSIVE:
            page.field("SEEN", ("strong", sentence(one.title)))
            _whole(page, report, one, shell, verbosity)
        elif number == 0:  # its title is the headline
            _whole(page, report, one, shell, verbosity)
        elif verbosity > 0:
            page.field("ALSO", ("strong", sentence(one.title)))
            page.field("", one.summary)
            _whole(page, report, one, shell, verbosity)
        else:
            _also(page, one, shell)
            _known(page, report, one)


def _known(page: Page, report: Report, one: Diagnosis) -> None:
    found = accepted_cause(report, one)
    if found is not None:
        page.field("KNOWN", f"{sentence(accepted_words(found))} It does not fail the run.")


def _headline(page: Page, report: Report, verbosity: int) -> None:
    word, style = WORDS[report.verdict]
    for number, said in enumerate(headlines(report, _limit(verbosity))):
        page.field(word if number == 0 else "", ("strong", said), style=style)
    if report.verdict is Verdict.INCONCLUSIVE:
        _inconclusive(page, report, verbosity)
    elif report.diagnosis and report.verdict is not Verdict.HEALTHY:
        one = report.diagnosis[0]
        if clean(one.summary).rstrip(".") != clean(one.title).rstrip("."):
            page.field("", _cut(one.summary, verbosity))
        if report.verdict is Verdict.DEGRADED:
            page.field("", f"Nothing failed: {answering(report)}")


def _inconclusive(page: Page, report: Report, verbosity: int) -> None:
    why = reasons(report, _limit(verbosity))
    if why:
        page.blank()
    page.bullets("WHY", why)
    if crashed(report):
        page.field("FIX", CRASH)
        page.command(CRASH_COMMAND)


def diagnosis_block(page: Page, one: Diagnosis, shell: str, verbosity: int, *, word: str) -> None:
    """One cause that no run stands behind: what it is, the fix, the proof, what is open."""
    page.field(word, ("strong", sentence(one.title)), style="fail")
    if clean(one.summary).rstrip(".") != clean(one.title).rstrip("."):
        page.field("", _cut(one.summary, verbosity))
    _remedy(page, one, shell)
    if one.verify:
        page.command(one.verify, label="CHECK")
    _proof(page, one, verbosity)


def also_block(page: Page, one: Diagnosis, shell: str) -> None:
    """A further cause, in three lines."""
    _also(page, one, shell)


def _whole(page: Page, report: Report, one: Diagnosis, shell: str, verbosity: int) -> None:
    _known(page, report, one)
    _remedy(page, one, shell)
    if report.exit_code == 5 and one is report.diagnosis[0]:
        page.field("WAIT", "Try again later: every failure here is transient and outlived the"
                   " retries. Exit code 5 tells scripts so.")  # fmt: skip
    elif report.exit_code == 1 and one.transient:
        page.field("WAIT", "This one may end by itself; another failure here will not.")
    if one.verify:
        page.command(one.verify, label="CHECK")
    _proof(page, one, verbosity)
    page.bullets("IDS", quotable(report, one, everything=verbosity > 0))
    if verbosity > 0:
        page.command(f"foundry-doctor playbooks {clean(one.playbook)}", label="MORE")


def _proof(page: Page, one: Diagnosis, verbosity: int) -> None:
    page.field("CAUSE", *_cause(one))
    page.bullets("WHY", [_cut(item, verbosity) for item in one.because])
    page.bullets("NOT", _ruled_out(one, verbosity))
    page.bullets(
        "UNDECIDED",
        [
            (("", f"{other.cause}, decided by:"), *advice(other.decided_by))
            for other in one.undecided
        ],
    )


def _ruled_out(one: Diagnosis, verbosity: int) -> list[str]:
    reasons: dict[str, list[str]] = {}
    for out in one.ruled_out:
        reasons.setdefault(out.because, []).append(out.cause)
    said = [f"{', '.join(names)}: {_cut(why, verbosity)}" for why, names in reasons.items()]
    if verbosity > 0 or len(said) <= MAX_RULED_OUT + 1:
        return said
    return [*said[:MAX_RULED_OUT], f"{len(said) - MAX_RULED_OUT} more with -v"]


def _remedy(page: Page, one: Diagnosis, shell: str) -> None:
    for number, step in enumerate(one.remedy, 1):
        head = "FIX" if number == 1 else ""
        text = _step(one, step)
        if len(one.remedy) == 1:
            inner = 0
            page.field(head, text)
        else:
            inner = len(f"{number}. ")
            page.steps(head, number, text)
        _command(page, step, shell, inner)


def _also(page: Page, one: Diagnosis, shell: str) -> None:
    page.field("ALSO", ("strong", sentence(one.title)))
    for step in one.remedy[:1]:
        more = len(one.remedy) - 1
        rest = f" (step 1 of {more + 1}; -v shows all)" if more else ""
        page.field("", "Fix:", _step(one, step) + rest)
        _command(page, step, shell, 0)
    page.field("", "Cause:", *_cause(one))


def _command(page: Page, step: Remedy, shell: str, inner: int) -> None:
    stops = (page.indent + inner,)
    wanted, other = (step.pwsh, step.bash) if shell == "pwsh" else (step.bash, step.pwsh)
    if wanted:
        page.command(wanted, inner=inner + 2)
    elif other:
        page.flow((f"In {'bash' if shell == 'pwsh' else 'PowerShell'}:",), stops=stops)
        page.command(other, inner=inner + 2)
    if step.url:
        page.flow((step.url,), stops=stops)


def _step(one: Diagnosis, step: Remedy) -> str:
    who = step.who or one.who
    if who == "caller":
        return step.text
    return f"[{who_can(who).removeprefix('an ').removeprefix('the ')}] {step.text}"


def _cause(one: Diagnosis) -> Iterator[str | tuple[str, str]]:
    yield "strong", one.cause
    tail = f" for {join(one.subjects, 4)}" if one.subjects else ""
    if one.confidence is Confidence.CERTAIN:
        yield f"(certain){tail}."
    else:
        yield f"({one.confidence.value}, not proved){tail}."
    if one.who != "caller":
        yield f"Who can end it: {who_can(one.who)}."


def _limit(verbosity: int) -> int | None:
    return LIMITS.get(max(0, verbosity))


def _cut(text: str, verbosity: int) -> str:
    limit = _limit(verbosity)
    return text if limit is None else shorten(clean(text), limit)
