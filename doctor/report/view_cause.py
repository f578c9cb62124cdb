"""What the HTML page shows of one diagnosis: the steps, the proof, what is open."""

from __future__ import annotations

from collections.abc import Sequence

from ..links import is_documentation
from ..model import Confidence, Diagnosis, Remedy, Report
from .accepted import accepted_cause, accepted_words
from .clean import clean, clean_lines
from .headline import cut, join, who_can
from .ids import quotable
from .layout import advice
from .rows import sentence
from .view_nouns import SHELLS, Cause, Code, Link, Step, Undecided

LIMIT = 1000
"""Characters of one sentence: a page must open, whatever a server sent."""
MAX_VALUE = 600
MAX_COMMAND = 8000
MAX_ID = 200
MAX_ITEMS = 60


def cause_view(report: Report, one: Diagnosis, number: int) -> Cause:
    """One diagnosis of a report; the first, number 0, is its root cause."""
    title, summary = sentence(cut(one.title, LIMIT)), said(one.summary)
    which = "" if number == 0 else f" of {clean(one.cause)}"
    wait = ""
    if report.exit_code == 5 and number == 0:
        wait = (
            "Try again later: every failure here is transient and outlived the retries."
            " Exit code 5 tells scripts so."
        )
    elif report.exit_code == 1 and one.transient:
        wait = "This one may end by itself; another failure here will not."
    known = accepted_cause(report, one)
    if known is not None:
        wait = f"{sentence(cut(accepted_words(known), LIMIT))} It does not fail the run."
    reasons_out: dict[str, list[str]] = {}
    for out in one.ruled_out[:MAX_ITEMS]:
        reasons_out.setdefault(said(out.because), []).append(clean(out.cause))
    lines = quotable(report, one, everything=True)[:MAX_ITEMS]
    certain = one.confidence is Confidence.CERTAIN
    return Cause(
        title=title,
        summary="" if summary.rstrip(".") == title.rstrip(".") else summary,
        id=cut(one.cause, MAX_ID),
        confidence="certain" if certain else f"{one.confidence.value}, not proved",
        subjects=join(tuple(cut(name, MAX_ID) for name in one.subjects), 8) if one.subjects
        else "",
        who="" if one.who == "caller" else cut(who_can(one.who), MAX_ID),
        wait=wait,
        steps=tuple(
            _step(one, step, f"step {place_}{which}")
            for place_, step in enumerate(one.remedy[:MAX_ITEMS], 1)
        ),
        verify=code_of(one.verify, f"the command that checks the fix{which}"),
        because=several(one.because),
        ruled_out=tuple((", ".join(names), why) for why, names in reasons_out.items()),
        undecided=tuple(
            Undecided(cut(other.cause, MAX_ID),
                      *advised(other.decided_by, f"what decides {clean(other.cause)}"))
            for other in one.undecided[:MAX_ITEMS]
        ),
        quote=code_of("\n".join(lines), f"the request ids{which}") if lines else None,
        more=f"foundry-doctor playbooks {cut(one.playbook, MAX_ID)}",
    )  # fmt: skip


def _step(one: Diagnosis, step: Remedy, name: str) -> Step:
    who = step.who or one.who
    if step.bash and step.pwsh and step.bash == step.pwsh:
        found = [code_of(step.bash, f"the command of {name}", "both")]
    else:
        choice = bool(step.bash and step.pwsh)
        found = [
            code_of(text, f"the {SHELLS[shell]} command of {name}", shell, choice)
            for shell, text in (("bash", step.bash), ("pwsh", step.pwsh))
            if text
        ]
    return Step(
        text=said(step.text),
        who="" if who == "caller" else _short(who),
        codes=tuple(code for code in found if code is not None),
        link=_link(step.url) if step.url else None,
    )


def _short(who: str) -> str:
    return cut(who_can(who), MAX_ID).removeprefix("an ").removeprefix("the ")


def _link(url: str) -> Link:
    text = clean(url)
    return Link(cut(text, MAX_VALUE), text if is_documentation(text) and len(text) < 2000 else None)


def code_of(text: str, what: str, shell: str = "", choice: bool = False) -> Code | None:
    """A text to be copied; None where there is none."""
    whole = "\n".join(clean_lines(text)).strip("\n")
    if not whole.strip():
        return None
    if len(whole) > MAX_COMMAND:  # half a command must not be copied
        head = f"{whole[:200]} ... ({len(whole)} characters: take it from -o json)"
        return Code(head, None, shell, choice)
    return Code(whole, what, shell, choice)


def advised(text: str, what: str) -> tuple[Code | None, str]:
    """A command that stands at the beginning of advice, and the words around it."""
    code, words = None, []
    for style, part in advice(text):
        if style == "command":
            code = code_of(part, what)
        else:
            words.append(cut(part, LIMIT))
    return code, " ".join(words)


def several(texts: Sequence[str]) -> tuple[str, ...]:
    """The texts, each cut to size, and no more than a page can hold."""
    return tuple(said(text) for text in texts[:MAX_ITEMS])


def said(text: str) -> str:
    """One sentence, cleaned and cut to size."""
    return cut(text, LIMIT)
