"""What the run page of a CI system shows of a report: one box for each cause, the root cause first.

Whoever opens a red build at night reads the boxes and nothing else. So each says by itself what is
wrong, which command to run, who can end it, and which request id to quote.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..model import Accepted, Confidence, Diagnosis, Remedy, Report, Status, Verdict
from ..noun import Noun
from .accepted import accepted_cause, accepted_words
from .clean import clean, clean_lines
from .headline import (
    CRASH,
    CRASH_COMMAND,
    ERRORS,
    answering,
    crashed,
    cut,
    headlines,
    join,
    reasons,
    who_can,
)
from .ids import quotable
from .rows import place, sentence

LEVELS = ("error", "warning", "notice")
MOST = 10
"""Boxes of one level that GitHub shows of a step, and Azure Pipelines of a task."""
LIMIT = 280
"""Characters of one sentence: GitHub keeps 4096 of a whole message."""
MAX_COMMAND = 700
MAX_ID = 80
MAX_LINES = 4
PROGRAM = "foundry-doctor"
MISSING = "credentials-missing"


class Annotation(Noun):
    """One box: `level` is one of LEVELS, `title` one short line, `message` a few lines."""

    level: str
    title: str
    message: str
    code: str = ""
    """The cause id, or the verdict where no cause is known."""


def annotate(reports: Sequence[Report], *, shell: str = "bash") -> list[Annotation]:
    """The boxes of a run, errors first; never more than MOST of a level.

    `shell` is `bash` or `pwsh`: whose command a fix shows.
    """
    every = [one for report in reports for one in _boxes(report, shell, len(reports) > 1)]
    found: list[Annotation] = []
    for level in LEVELS:
        found += _capped([one for one in every if one.level == level], level)
    return found


def refusal(message: str, code: int) -> Annotation:
    """The box of a command that ended before there was any report: a usage error, a defect."""
    kinds = {2: "usage", 70: "internal", 130: "interrupted", 143: "terminated"}
    kind = kinds.get(code, "")
    title = ERRORS.get(kind, f"exit code {code}").partition(",")[0]
    lines = [cut(line, LIMIT) for line in message.splitlines() if line.strip()]
    body = "\n".join(line for line in lines[: MAX_LINES * 2] if line)
    return Annotation("error", _title(_small(title), ""), body or f"Exit code {code}.", kind)


def _capped(found: list[Annotation], level: str) -> list[Annotation]:
    if len(found) <= MOST:
        return found
    more = len(found) - (MOST - 1)
    text = f"{more} more like these: the job summary and the log of this step show all of them."
    return [*found[: MOST - 1], Annotation(level, f"{PROGRAM}: {more} more", text)]


def _boxes(report: Report, shell: str, several: bool) -> Iterator[Annotation]:
    where = f" on {cut(report.target.name or place(report.target), MAX_ID)}" if several else ""
    if report.error is not None:
        kind = report.error.kind
        said = ERRORS.get(kind, cut(kind, MAX_ID))
        text = f"{said}: {cut(report.error.message, LIMIT)}"
        yield Annotation("error", _title(_small(said.partition(",")[0]), where), text, "error")
    if report.verdict is Verdict.HEALTHY:
        return
    skipped = _skipped(report)
    if report.verdict is Verdict.INCONCLUSIVE:
        if not skipped and report.error is None:  # else why is in the box above
            yield _open(report, where)
    elif not report.diagnosis and (report.exit_code != 0 or not report.accepted):
        yield _unexplained(report, where)
    root = next((one for one in report.diagnosis if not accepted_cause(report, one)), None)
    for one in report.diagnosis:
        level = "notice" if skipped else _level(report, one, one is root)
        yield _cause(report, one, level, where, shell)
    named = [accepted_cause(report, one) for one in report.diagnosis]
    for accepted in report.accepted:
        if accepted not in named:
            yield _accepted(report, accepted, where)


def _skipped(report: Report) -> bool:
    """Whether the run has no credential and was told to let that pass."""
    if report.verdict is not Verdict.INCONCLUSIVE or report.exit_code != 0:
        return False
    # A failed row in a run that did not fail: the rule of --on-missing-credentials skip.
    failed = any(row.status is Status.FAIL for row in report.checks)
    return bool(report.diagnosis) and (failed or report.diagnosis[0].cause == MISSING)


def _level(report: Report, one: Diagnosis, root: bool) -> str:
    if accepted_cause(report, one) is not None:
        return "notice"
    if report.verdict is not Verdict.FAILING or report.exit_code == 0:
        return "warning"
    rows = [row for row in report.checks if row.id in one.checks]
    about = [row for row in rows if row.subject is None or row.subject in one.subjects] or rows
    warned = bool(about) and all(row.status is not Status.FAIL for row in about)
    return "warning" if warned and not root else "error"


def _cause(report: Report, one: Diagnosis, level: str, where: str, shell: str) -> Annotation:
    accepted = accepted_cause(report, one)
    lines = [sentence(cut(one.title, LIMIT))]
    tail = ""
    if accepted is not None:
        tail = " (accepted)"
        lines.append(sentence(_capital(cut(accepted_words(accepted), LIMIT))))
    elif _skipped(report):
        tail = " (skipped)"
        lines.append("Nothing was examined, as asked for: pull requests from forks get no secrets.")
    elif report.verdict is Verdict.FAILING and report.exit_code == 5:
        tail = " (transient: try again)"
        lines.append("Transient: try again later. It outlived the retries; the exit code is 5.")
    elif report.verdict is Verdict.FAILING and one.transient:
        lines.append("This one may end by itself; another failure here will not.")
    elif report.verdict is Verdict.DEGRADED:
        lines.append(_degraded(report))
    lines += _fix(one, shell)
    if verify := clean(one.verify):
        lines.append(f"Check the fix: {cut(verify, MAX_COMMAND)}")
    about = (
        f" for {join(tuple(cut(name, MAX_ID) for name in one.subjects), 3)}" if one.subjects else ""
    )
    cause = cut(one.cause, MAX_ID)
    certain = one.confidence is Confidence.CERTAIN
    sure = "certain" if certain else f"{one.confidence.value}, not proved"
    lines.append(
        f"Cause: {cause} ({sure}){about}. Who can end it: {cut(who_can(one.who), MAX_ID)}."
    )
    if quotes := quotable(report, one, everything=True):
        lines.append(f"Quote to support: {cut(quotes[0], LIMIT)}")
    return Annotation(level, _title(cause, f"{where}{tail}"), _joined(lines), cause)  # fmt: skip


def _degraded(report: Report) -> str:
    head = "Only warnings, but --fail-on warning" if report.exit_code == 4 else "Nothing failed"
    return f"{head}: {cut(answering(report), LIMIT)}"


def _fix(one: Diagnosis, shell: str) -> list[str]:
    if not one.remedy:
        return []
    step, count, notes = one.remedy[0], len(one.remedy), []
    if count > 1:
        notes.append(f"step 1 of {count}")
    who = step.who or one.who
    if who != "caller":
        notes.append(cut(who_can(who), MAX_ID).removeprefix("an ").removeprefix("the "))
    head = f"Fix ({'; '.join(notes)})" if notes else "Fix"
    return [f"{head}: {cut(step.text, LIMIT)}", *_command(step, shell)]


def _command(step: Remedy, shell: str) -> list[str]:
    wanted, other = (step.pwsh, step.bash) if shell == "pwsh" else (step.bash, step.pwsh)
    lines = clean_lines((wanted or other or "").strip())
    if sum(map(len, lines)) > MAX_COMMAND:  # half a command must not be copied
        return ["    (the command is long: it is in the log of this step)"]
    shown = [f"    {line}" for line in lines if line.strip()]
    if shown and not wanted:
        shown.insert(0, f"In {'bash' if shell == 'pwsh' else 'PowerShell'}:")
    return shown or ([f"    {cut(step.url, LIMIT)}"] if step.url else [])


def _open(report: Report, where: str) -> Annotation:
    """Nothing failed, and yet it is not known whether the target works."""
    said = "Could not tell" if report.exit_code else "Nothing failed, but this run could not show"
    lines = [f"{said} whether {_place(report)} answers."]
    lines += [f"Why: {sentence(one)}" for one in reasons(report, LIMIT)[: MAX_LINES - 1]]
    if crashed(report):
        lines += [CRASH, f"    {CRASH_COMMAND}"]
    elif gap := next((one for one in report.not_covered if one.how), None):
        lines.append(f"Not covered: {cut(gap.what, LIMIT)}. To cover it: {cut(gap.how, LIMIT)}")
    level = "error" if report.exit_code in (3, 70) else "warning" if report.exit_code else "notice"
    return Annotation(level, _title("could not tell", where), _joined(lines), "inconclusive")


def _unexplained(report: Report, where: str) -> Annotation:
    """Rows speak where no playbook knows the failure."""
    level = "error" if report.verdict is Verdict.FAILING else "warning"
    found = [cut(one, 2 * LIMIT) for one in headlines(report, LIMIT)]
    lines = found[:MAX_LINES]
    if more := len(found) - len(lines):
        lines.append(f"{more} more: see the log of this step.")
    word = report.verdict.value
    return Annotation(level, _title(word, where), _joined(lines), word)


def _accepted(report: Report, one: Accepted, where: str) -> Annotation:
    names = [f"{cut(id_, MAX_ID)}{f' ({cut(about, MAX_ID)})' if about else ''}"
             for id_, about in one.rows]  # fmt: skip
    what = join(tuple(names), 5) if names else cut(one.cause or "something", MAX_ID)
    failed = "fails" if one.status is Status.FAIL else "warns"
    words = sentence(_capital(cut(accepted_words(one), LIMIT)))
    code = cut(one.cause or (one.rows[0][0] if one.rows else "") or "accepted", MAX_ID)
    text = _joined([f"{what} {failed} on {_place(report)}.", words])
    return Annotation("notice", _title(code, f"{where} (accepted)"), text, code)


def _place(report: Report) -> str:
    return cut(place(report.target), LIMIT)


def _title(what: str, tail: str) -> str:
    return clean(f"{PROGRAM}: {what}{tail}")


def _joined(lines: Sequence[str]) -> str:
    return "\n".join(line for line in lines if line.strip())


def _small(text: str) -> str:
    return text[:1].lower() + text[1:]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
