"""Placeholders: checking them in templates, and filling them for prose and for two shells.

Values may come from hostile servers. In prose they lose control and invisible characters and are
cut; in commands they are quoted for the shell, and what no quoting makes safe is replaced by an
ALL_CAPS stand-in, as is every value that is not known. Commands of our own also get the target
flags that the user gave.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Union

from ..facts import FACTS
from ..model import Diagnosis, FactValue, Remedy, RuledOut, Undecided
from .causes import Cause
from .playbook_flags import Flag, missing, own_commands
from .playbook_match import all_hold
from .playbook_model import Match, Step
from .playbook_shell import bash_word, pwsh_word

Values = Mapping[str, FactValue]
_Writer = Callable[[str], Union[str, None]]

NAMES: Mapping[str, tuple[str, ...]] = {
    "resource": (),
    "host": ("net.host",),
    "port": (),
    "endpoint": (),
    "deployment": ("deployment.name",),
    "key_source": (),
    "proxy": ("proxy.url",),
    "tenant": (),
    "subscription": (),
    "resource_group": (),
    "region": (),
    "cloud": (),
    "suggestion": ("config.suggestion", "deployment.suggestion"),
}
"""The placeholders beside facts, each with the facts that stand in for a value not given."""
_DEFAULTS = {"port": "443"}
MAX_PROSE = 300
_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-_])?")
_PART = re.compile(r" ?(?:\([^()]*\)|“[^“”]*”)")
"""A part of a sentence that it can do without: “…” or (…)."""
_TOKEN = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


def pieces(template: str) -> Iterator[tuple[int, str, str | None]]:
    """(position, literal text, None) and (position, raw, placeholder) in turn.

    A brace that is neither doubled nor part of a placeholder comes as the placeholder "".
    """
    end = 0
    for found in _TOKEN.finditer(template):
        if found.start() > end:
            yield end, template[end : found.start()], None
        raw = found.group()
        if raw in ("{{", "}}"):
            yield found.start(), raw[0], None
        else:
            yield found.start(), raw, found.group(1) or ""
        end = found.end()
    if end < len(template):
        yield end, template[end:], None


def placeholders(template: str) -> tuple[str, ...]:
    """The names in the template, in order."""
    return tuple(name for _, _, name in pieces(template) if name is not None)


def known(name: str) -> bool:
    """Whether a placeholder of this name exists."""
    return name in NAMES or name in FACTS


def value_of(name: str, values: Values) -> str | None:
    """The value as text, or None where there is none."""
    for source in (name, *NAMES.get(name, ())):
        value = values.get(source)
        if value is None or value in ("", ()):
            continue
        if isinstance(value, bool):
            return "true" if value else "false"
        return ", ".join(value) if isinstance(value, tuple) else str(value)
    return _DEFAULTS.get(name)


def has_values(template: str, values: Values) -> bool:
    """Whether every placeholder of the template has a value."""
    return all(value_of(name, values) is not None for name in placeholders(template))


def stand_in(name: str) -> str:
    """`resource_group` becomes RESOURCE_GROUP: a word to replace, safe in every shell."""
    return re.sub(r"[^A-Z0-9]", "_", name.upper())


def prose(template: str, values: Values) -> str:
    """The template for a person to read."""
    return _fill(template, values, _clean)


def said(template: str, values: Values) -> str | None:
    """The template for a person, without the “…” and (…) whose values are not known.

    None where another value is missing, or where nothing is left to say.
    """
    kept = _PART.sub(
        lambda part: part.group() if has_values(part.group(), values) else "", template
    ).strip(" :,;")
    return prose(kept, values) if kept and has_values(kept, values) else None


def bash(template: str, values: Values, flags: tuple[Flag, ...] = ()) -> str:
    """The template as a POSIX shell command; `flags` are added to commands of our own."""
    return _command(template, values, flags, bash_word)


def pwsh(template: str, values: Values, flags: tuple[Flag, ...] = ()) -> str:
    """The same as a PowerShell command (Windows PowerShell 5.1 and later)."""
    return _command(template, values, flags, pwsh_word)


def first_said(alternatives: tuple[str, ...], values: Values) -> str:
    """The first alternative whose placeholders all have values, else the last."""
    chosen = next((one for one in alternatives if has_values(one, values)), alternatives[-1])
    return prose(chosen, values)


def _command(template: str, values: Values, flags: tuple[Flag, ...], write: _Writer) -> str:
    parts, start = [], 0
    for end, named in own_commands(template) if flags else ():
        parts.append(_fill(template[start:end], values, write))
        for flag in missing(flags, named):
            words = [write(value) or stand_in(flag.name[2:]) for value in flag.values]
            parts.append(" ".join(["", flag.name, *(words or [stand_in(flag.name[2:])])]))
        start = end
    return "".join([*parts, _fill(template[start:], values, write)])


def _fill(template: str, values: Values, write: _Writer) -> str:
    parts = []
    for _, text, name in pieces(template):
        if name is None:
            parts.append(text)
            continue
        value = value_of(name, values)
        written = None if value is None else write(value)
        parts.append(stand_in(name) if written is None else written)
    return "".join(parts)


def _clean(value: str) -> str | None:
    if len(value) > 4 * MAX_PROSE:
        value = value[: 4 * MAX_PROSE]
    value = _ESCAPE.sub("", value)
    text = " ".join("".join(c if c.isprintable() else " " for c in value).split())
    return text if len(text) <= MAX_PROSE else text[: MAX_PROSE - 1] + "…"


def fill_diagnosis(
    match: Match, values: Values, cause: Cause, flags: tuple[Flag, ...] = ()
) -> Diagnosis:
    """The diagnosis in the user's own values; `subjects` and `checks` are the caller's to add.

    `flags` are those that every command of our own must repeat: see `playbook_flags`.
    """
    playbook, variant = match.playbook, match.variant
    return Diagnosis(
        cause=cause.id,
        confidence=variant.confidence,
        title=first_said((*variant.title, *playbook.title), values),
        summary=first_said((*variant.summary, *playbook.summary), values),
        playbook=playbook.id,
        who=cause.who,
        transient=cause.transient,
        because=tuple(text for one in variant.because if (text := said(one, values)) is not None),
        ruled_out=tuple(RuledOut(one.cause, prose(one.text, values)) for one in variant.rules_out),
        undecided=tuple(
            Undecided(one.cause, bash(one.text, values, flags)) for one in variant.undecided
        ),
        remedy=_remedies(playbook.remedy, playbook.takes, values, flags),
        verify=bash(playbook.verify, values, flags),
    )


def _remedies(
    steps: tuple[Step, ...], takes: str | None, values: Values, flags: tuple[Flag, ...]
) -> tuple[Remedy, ...]:
    kept = [
        step
        for step in steps
        if all(value_of(name, values) is not None for name in step.needs)
        and all_hold(step.when, values)
    ]
    filled = []
    for number, step in enumerate(kept):
        text = prose(step.text, values)
        if takes and number == 0:
            text += f" Takes effect: {takes}."
        windows = step.pwsh if step.pwsh is not None else step.bash
        filled.append(
            Remedy(
                text,
                None if step.bash is None else bash(step.bash, values, flags),
                None if windows is None else pwsh(windows, values, flags),
                step.url,
                step.who,
            )
        )
    return tuple(filled)
