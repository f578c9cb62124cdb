"""The report as a GitHub Actions log, and what a step leaves to those that follow it.

The runner obeys `::name …::` at the beginning of a line and `##[name]` anywhere in one. Between
`::stop-commands::TOKEN` and `::TOKEN::` it obeys nothing: there stands the report, which quotes
what servers and files say. Everything outside is ours and escaped. The report is in no group: a
group is folded, and whoever opens the step of a red build wants to read it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ..model import Report, Verdict
from ..noun import replace
from .accepted import accepted_cause
from .annotations import Annotation, annotate
from .identifying import identifying

EXITS_WORST_FIRST = (70, 143, 130, 1, 5, 3, 4, 0)
VERDICTS_WORST_FIRST = (
    Verdict.FAILING,
    Verdict.INCONCLUSIVE,
    Verdict.DEGRADED,
    Verdict.HEALTHY,
)
HIDDEN = (
    "*** stands for names of the target: this repository is not known to be private. Run"
    " foundry-doctor outside of it to see them.\n"
)
HIDDEN_HERE = "*** is a name of the target, hidden as this log may be public."

_TOKEN = re.compile(r"[A-Za-z0-9-]{16,128}")
_NAME = re.compile(r"[a-z][a-z-]*")


def render_github(
    reports: Sequence[Report],
    text: str,
    *,
    token: str,
    masks: Sequence[str] = (),
    shell: str = "bash",
) -> str:
    """The log: masks, the text with commands stopped, the annotations.

    `token` is random and 16 characters or more, since who knows it can make the runner obey again;
    raises ValueError where it is not of that form or occurs in the text.
    """
    if not _TOKEN.fullmatch(token):
        raise ValueError("the token is not 16 to 128 letters, digits and hyphens")
    if token.lower() in text.lower():  # the runner compares without regard to case
        raise ValueError("the token occurs in the text")
    said = text if text.endswith("\n") or not text else f"{text}\n"
    return "".join([
        *(f"::add-mask::{escape_data(mask)}\n" for mask in masks),
        f"::stop-commands::{token}\n",
        said,
        f"\n{HIDDEN}" if masks else "",
        f"::{token}::\n",
        *(command(_told(one, masks)) for one in annotate(reports, shell=shell)),
    ])  # fmt: skip


def command(one: Annotation) -> str:
    """The line that makes the runner show an annotation."""
    return f"::{one.level} title={escape_property(one.title)}::{escape_data(one.message)}\n"


def escape_data(text: str) -> str:
    """A command's message as the runner reads it back."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escape_property(text: str) -> str:
    """A command's property value as the runner reads it back."""
    return escape_data(text).replace(":", "%3A").replace(",", "%2C")


def github_outputs(reports: Sequence[Report], code: int) -> Mapping[str, str]:
    """The step's outputs: verdict and root cause of the worst report, and what to do with them."""
    worst = min(reports, key=_rank, default=None)
    causes = () if worst is None else worst.diagnosis
    counted = [one for one in causes if worst and accepted_cause(worst, one) is None]
    verdicts = {report.verdict for report in reports}
    verdict = next((one for one in VERDICTS_WORST_FIRST if one in verdicts), Verdict.INCONCLUSIVE)
    return {
        "verdict": verdict.value,
        "cause": next((one.cause for one in (*counted, *causes)), ""),
        # Whether the same step may pass when it is run again, which is what exit code 5 says.
        "transient": "true" if code == 5 else "false",
        "exit-code": str(code),
    }


def github_output_lines(outputs: Mapping[str, str], delimiter: str) -> str:
    """The outputs in the form that no value can leave: `name<<DELIMITER`, value, DELIMITER.

    Raises ValueError for a delimiter that is too short to be random or occurs in a value, and for
    a name that is none.
    """
    if not _TOKEN.fullmatch(delimiter):
        raise ValueError("the delimiter is not 16 to 128 letters, digits and hyphens")
    if any(delimiter in value for value in outputs.values()):
        raise ValueError("the delimiter occurs in a value")
    if not all(map(_NAME.fullmatch, outputs)):
        raise ValueError("an output's name is not of small letters and hyphens")
    return "".join(
        f"{name}<<{delimiter}\n{value}\n{delimiter}\n" for name, value in outputs.items()
    )


def _told(one: Annotation, masks: Sequence[str]) -> Annotation:
    """The annotation, saying so where the runner will put stars into it."""
    if not any(mask in one.message for mask in masks):
        return one
    return replace(one, message=f"{one.message}\n{HIDDEN_HERE}")


def _rank(report: Report) -> tuple[int, int]:
    code, verdict = report.exit_code, report.verdict
    known = code in EXITS_WORST_FIRST
    place = EXITS_WORST_FIRST.index(code) if known else 0
    return place, VERDICTS_WORST_FIRST.index(verdict)


__all__ = [
    "Annotation",
    "annotate",
    "command",
    "escape_data",
    "escape_property",
    "github_output_lines",
    "github_outputs",
    "identifying",
    "render_github",
]
