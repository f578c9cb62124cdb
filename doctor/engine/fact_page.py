"""The reference page of the vocabulary of facts. Pure."""

from __future__ import annotations

from ..facts import FACTS, describe

_HEAD = """\
# The facts

<!-- Made by `python -m foundry_doctor.cli.pages` of doctor/facts.py: change that. -->

Checks and `explain` produce these, and the conditions of [playbooks](playbooks.md) ask for them.
What is not known is absent.
"""


def fact_page() -> str:
    """Every fact with its type and meaning, grouped by the first part of its name."""
    groups: dict[str, list[str]] = {}
    for name in FACTS:
        groups.setdefault(name.partition(".")[0], []).append(name)
    lines = [_HEAD]
    for group, names in groups.items():
        lines += [f"## {group}", "", "| fact | type | meaning |", "|---|---|---|"]
        for name in names:
            kind, meaning = describe(FACTS[name]), FACTS[name].meaning
            lines.append(f"| `{name}` | {_cell(kind)} | {_cell(meaning)} |")
        lines.append("")
    return "\n".join(lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("*", "\\*").replace("<", "\\<")
