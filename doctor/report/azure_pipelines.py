"""The report as an Azure Pipelines log.

The agent obeys `##vso[area.action …]` anywhere in a line, warns of any other `##vso`, and the log's
page obeys `##[…]`. No released agent can be told to stop. So each of these that stands in the
report, which quotes what servers and files say, is broken by a space; what is ours is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ..model import Report, Verdict
from ..noun import replace
from .annotations import MOST, Annotation, annotate
from .github import github_outputs

VARIABLES = {
    "verdict": "foundryDoctorVerdict",
    "cause": "foundryDoctorCause",
    "transient": "foundryDoctorTransient",
}
SUCCEEDED, ISSUES, FAILED = "Succeeded", "SucceededWithIssues", "Failed"

# .NET compares by culture and then skips characters that have no weight: what looks harmless to a
# search for `##vso` may be the word to the agent.
_WEIGHTLESS = (
    "\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb"
    "\U000e0000-\U000e0fff"
)
_GAP = f"[{_WEIGHTLESS}]*"
_COMMAND = re.compile(rf"#(?={_GAP}#{_GAP}(?:v{_GAP}s{_GAP}o|[\w{_WEIGHTLESS}]*\[))", re.IGNORECASE)


def render_azure_pipelines(
    reports: Sequence[Report],
    text: str,
    *,
    code: int,
    summary: str | None,
    complete: bool = True,
    shell: str = "bash",
) -> str:
    """The log: the text, the issues, the variables, the summary's path and the task's result.

    `summary` is the absolute path of a Markdown file. With `complete` false the result is left to
    the exit code of the process.
    """
    said = harmless(text)
    return "".join([
        said if said.endswith("\n") or not said else f"{said}\n",
        *(issue(one) for one in issues(reports, shell=shell)),
        *variables(github_outputs(reports, code)),
        f"##vso[task.uploadsummary]{escape(summary)}\n" if summary else "",
        completion(result(reports, code)) if complete else "",
    ])  # fmt: skip


def harmless(text: str) -> str:
    """The text, in which neither the agent nor the log's page finds a command."""
    return _COMMAND.sub("# ", text)


def issues(reports: Sequence[Report], *, shell: str = "bash") -> list[Annotation]:
    """The annotations as errors and warnings: a task has no notices, and ten of each at most."""
    found = [
        replace(one, level="warning") if one.level == "notice" else one
        for one in annotate(reports, shell=shell)
    ]
    warnings = [one for one in found if one.level == "warning"]
    if len(warnings) > MOST:
        more = len(warnings) - (MOST - 1)
        text = f"{more} more like these: the summary and the log of this task show all of them."
        last = Annotation("warning", f"foundry-doctor: {more} more", text)
        warnings = [*warnings[: MOST - 1], last]
    return [*(one for one in found if one.level == "error"), *warnings]


def issue(one: Annotation) -> str:
    """The line that makes the agent record an error or a warning, its title above the message."""
    code = f"code={escape(one.code)};" if one.code else ""
    return f"##vso[task.logissue type={one.level};{code}]{escape(said(one))}\n"


def said(one: Annotation) -> str:
    """What an issue says: it has no title of its own."""
    return f"{one.title}: {one.message}"


def variables(outputs: Mapping[str, str]) -> list[str]:
    """Output variables of the step, for later jobs; they need a step with a name."""
    return [
        f"##vso[task.setvariable variable={name};isoutput=true;]{escape(outputs[key])}\n"
        for key, name in VARIABLES.items()
    ]


def completion(word: str) -> str:
    """The line that sets the task's result; of several the agent keeps the worst."""
    return f"##vso[task.complete result={word};]\n"


def result(reports: Sequence[Report], code: int) -> str:
    """The task's result: what the exit code says, with what it lets pass marked as an issue."""
    if code != 0:
        return FAILED
    clear = all(one.verdict is Verdict.HEALTHY and not one.accepted for one in reports)
    return SUCCEEDED if clear else ISSUES


def escape(text: str) -> str:
    """A command's message or property value as the agent reads it back."""
    for plain, coded in (("%", "%AZP25"), (";", "%3B"), ("\r", "%0D"), ("\n", "%0A"), ("]", "%5D")):
        text = text.replace(plain, coded)
    return text
