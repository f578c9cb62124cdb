"""The reference page of all causes, made of their playbooks. Pure: playbooks in, Markdown out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby

from ..model import FactValue
from .causes import Cause, causes
from .playbook_model import Doubt, Playbook, Step, Variant
from .playbook_text import bash, prose, pwsh
from .playbook_words import code, conditions

_Fill = Callable[[str, Mapping[str, FactValue]], str]
_HEAD = """\
# The causes and what ends them

<!-- Made by `python -m foundry_doctor.cli.pages` of the files in playbooks/: change those. -->

Each cause is what a report names in `cause`. Words in capitals in texts and commands (`RESOURCE`,
`TOKEN_OID`) are filled in by a report as far as their values are known. A command without a twin
for PowerShell is the same in both shells. *What the doctor sees* names [facts](facts.md): each
line alone is enough, and the surest one counts. `certain` stands only where an experiment, an
authoritative source or an error code with one meaning decides. In *Sources*, `dp-` and `in-`
number the reports of users that were collected, and notes are those of the project.
"""


def playbook_page(playbooks: Iterable[Playbook]) -> str:
    """The whole page, in the order of the vocabulary of causes, grouped by family."""
    by_cause = {one.cause: one for one in playbooks}
    known = [(cause, by_cause[cause.id]) for cause in causes().values() if cause.id in by_cause]
    families = [(name, list(group)) for name, group in groupby(known, lambda one: one[0].family)]
    lines = [_HEAD]
    for name, group in families:
        links = ", ".join(_link(cause.id) for cause, _ in group)
        lines.append(f"- **[{name.capitalize()}](#{name})**: {links}")
    for name, group in families:
        lines += ["", f"## {name.capitalize()}"]
        for cause, one in group:
            lines += _cause(cause, one)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)) + "\n"


def _cause(cause: Cause, one: Playbook) -> Iterator[str]:
    yield from ("", f"### {cause.id}", "", f"**{_text(one.title[-1])}**")
    yield from ("", _text(one.summary[-1]), "", f"*Why:* {_plain(one.why)}", "")
    passing = " (may pass by itself)" if cause.transient else ""
    yield f"- Who can end it: {cause.who}{passing}"
    if one.takes:
        yield f"- Takes effect: {_plain(one.takes)}"
    yield f"- Check it with: {code(bash(one.verify, {}))}"
    yield from ("", "*Steps, the likeliest first:*", "")
    for number, step in enumerate(one.remedy, 1):
        yield from _step(number, step)
    if one.mistaken_for:
        yield from ("", "*Often mistaken for:*", "")
        yield from (f"- {_link(doubt.cause)}: {_plain(doubt.text)}" for doubt in one.mistaken_for)
    yield from ("", "*What the doctor sees:*", "")
    for variant in one.variants:
        yield from _variant(variant)
    if one.docs:
        yield from ("", "*Read:* " + ", ".join(f"<{url}>" for url in one.docs))
    if one.sources:
        yield from ("", f"*Sources:* {_plain('; '.join(one.sources))}")


def _step(number: int, step: Step) -> Iterator[str]:
    indent = " " * len(f"{number}. ")
    who = f" *({step.who})*" if step.who else ""
    yield f"{number}. {_text(step.text)}{who}{_only(step)}"
    if step.bash is not None:
        yield from _block(indent, "sh", bash(step.bash, {}))
    if step.pwsh is not None:
        yield from _block(indent, "powershell", pwsh(step.pwsh, {}))
    if step.url is not None:
        yield f"{indent}<{step.url}>"


def _only(step: Step) -> str:
    """For whom the step is: a report leaves it out for others."""
    parts = [f"{code(name)} is known" for name in step.needs]
    parts += [conditions(step.when)] if step.when else []
    return f" *Only if* {' and '.join(parts)}." if parts else ""


def _block(indent: str, language: str, command: str) -> Iterator[str]:
    yield ""
    yield f"{indent}```{language}"
    yield from (f"{indent}{line}" for line in command.split("\n"))
    yield f"{indent}```"
    yield ""


def _variant(variant: Variant) -> Iterator[str]:
    yield f"- *{variant.confidence.value}*: {conditions(variant.when)}."
    yield from (f"  - undecided: {_doubt(doubt, bash)}" for doubt in variant.undecided)
    yield from (f"  - rules out {_doubt(doubt, prose)}" for doubt in variant.rules_out)


def _doubt(doubt: Doubt, fill: _Fill) -> str:
    return f"{_link(doubt.cause)}: {_plain(fill(doubt.text, {}))}"


def _link(cause: str) -> str:
    return f"[{cause}](#{cause})"


def _text(template: str) -> str:
    return _plain(prose(template, {}))


def _plain(text: str) -> str:
    """A text in which Markdown finds no emphasis and no HTML."""
    return text.replace("*", "\\*").replace("<", "\\<")
