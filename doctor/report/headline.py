"""The first sentence of a report, and why nothing better could be said: for every renderer."""

from __future__ import annotations

from ..model import Report, Result, Status, Verdict
from .clean import clean, shorten
from .rows import place, sentence, unexamined

WORDS = {
    Verdict.HEALTHY: ("PASS", "pass"),
    Verdict.DEGRADED: ("WARN", "warn"),
    Verdict.FAILING: ("FAIL", "fail"),
    Verdict.INCONCLUSIVE: ("UNKNOWN", "unknown"),
}
"""Word and style of each verdict."""
WHO = {
    "caller": "you",
    "identity-admin": "an Entra ID admin",
    "azure-admin": "an Azure admin",
    "network-admin": "the network team",
    "vendor": "Microsoft or Anthropic",
}
ERRORS = {
    "usage": "Wrong usage",
    "interrupted": "Interrupted before the end",
    "terminated": "Terminated before the end",
    "internal": "A defect of foundry-doctor, not of your target",
}
CRASH = (
    "A crash is a defect of the doctor or of a plug-in, never of your target."
    " Please report it with the file that this writes:"
)
CRASH_COMMAND = "foundry-doctor run -o json -vv > report.json"
MAX_SKIPPED = 3


def headlines(report: Report, limit: int | None) -> list[str]:
    """The sentence of the verdict; several where rows must speak, as no playbook knows them."""
    where = place(report.target)
    if report.verdict is Verdict.HEALTHY:
        return [answering(report)]
    if report.verdict is Verdict.INCONCLUSIVE:
        if report.exit_code == 0 and unexamined(report):
            first = sentence(report.diagnosis[0].title)
            return [f"{first} Nothing was examined, as asked for."]
        if report.exit_code == 0:
            return [f"Nothing failed, but this run could not show whether {where} answers."]
        return [f"Could not tell whether {where} answers."]
    if report.diagnosis:
        return [sentence(report.diagnosis[0].title)]
    status = Status.FAIL if report.verdict is Verdict.FAILING else Status.WARN
    known = [row for row in report.checks if row.status is status]
    said = [f"{row.id}: {cut(row.summary or row.title, limit)}" for row in known]
    return said or [f"{where} is {report.verdict.value}."]


def reasons(report: Report, limit: int | None) -> list[str]:
    """Why a run is inconclusive: what crashed, what is open, else what was skipped."""
    open_ = [row for row in report.checks if row.status is Status.UNKNOWN]
    found = [
        *(f"{row.id} crashed: {cut(row.summary, limit)}" for row in crashed(report)),
        *(f"{row.id}: {cut(row.summary, limit)}" for row in open_),
    ]
    if not found and report.error is None:
        left = [row for row in report.checks if row.status is Status.SKIP and not row.blocked_by]
        found = [f"{row.id}: {cut(row.summary, limit)}" for row in left[:MAX_SKIPPED]]
    return found


def crashed(report: Report) -> list[Result]:
    """The rows of checks that crashed."""
    return [row for row in report.checks if row.status is Status.ERROR]


def answering(report: Report) -> str:
    """The sentence of a report in which nothing failed; `-q` shows nothing else."""
    names = report.target.deployments
    where = place(report.target)
    if not names:
        return f"{where} answers."
    if len(names) > 3:
        return f"{len(names)} deployments answer on {where}."
    return f"{join(names, 3)} {'answers' if len(names) == 1 else 'answer'} on {where}."


def join(names: tuple[str, ...], most: int) -> str:
    """`a, b and c`, or how many more there are."""
    shown = [clean(name) for name in names[:most]]
    if len(names) > most:
        shown.append(f"{len(names) - most} more")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def who_can(who: str) -> str:
    """Who can end something, in words."""
    return WHO.get(who, who)


def cut(text: str, limit: int | None) -> str:
    """The text, shortened where there is a limit."""
    return text if limit is None else shorten(clean(text), limit)
