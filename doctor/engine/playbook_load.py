"""One playbook file, strictly: everything that is wrong with it is told at once, with its place."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from ..errors import FileProblems
from ..model import Confidence
from . import playbook_text
from .playbook_match import best
from .playbook_model import Doubt, Example, Playbook, Step, Variant
from .playbook_nodes import Pairs, Problems, Scalar, parse
from .playbook_read import MISSING, Reader
from .playbook_schema import PLAYBOOK
from .playbook_shell import bash_only, glued_placeholder


def load(data: bytes, file: str) -> Playbook:
    """The playbook in `data`. `file` is how messages name it; its stem is the playbook's id.

    Raises FileProblems with every problem: syntax, unknown names, wrong types, and examples that
    the playbook's own conditions contradict.
    """
    problems = Problems(file)
    playbook = _read(data, file, problems)
    if playbook is not None:
        _check_examples(playbook, problems)
    problems.raise_if_any()
    if playbook is None:
        raise FileProblems([f"{file}:1:1: not a playbook"])
    return playbook


def disagreement(playbook: Playbook, example: Example) -> str | None:
    """What the playbook says about an example's facts where that is not what is expected."""
    found = best(playbook, dict(example.given))
    said = None if found is None else found.variant.confidence
    if said is example.expect:
        return None
    expected = "no match" if example.expect is None else example.expect.value
    got = (
        "nothing matches"
        if found is None
        else (
            f"variant {found.variant.index + 1} (line {found.variant.line}) says "
            f"{found.variant.confidence.value}"
        )
    )
    return f"the test {example.name!r} expects {expected}, but {got}"


def _read(data: bytes, file: str, problems: Problems) -> Playbook | None:
    root = parse(data, problems)
    if root is None:
        return None
    if isinstance(root, Pairs) and root.pairs and root.pairs[0][0].written != "playbook":
        problems.at(root.pairs[0][0], "the first key must be playbook, the format's version")
    raw = Reader(problems).read(root, PLAYBOOK)
    if raw is MISSING or problems:
        return None
    steps = tuple(_step(one, problems) for one in raw["remedy"])
    return Playbook(
        id=PurePosixPath(file.replace("\\", "/")).stem,
        file=file,
        cause=raw["cause"],
        title=raw["title"],
        summary=raw["summary"],
        why=raw["why"],
        variants=tuple(_variant(number, one) for number, one in enumerate(raw["match"])),
        remedy=steps,
        verify=raw["verify"],
        since=raw["since"],
        examples=tuple(_example(one) for one in raw["tests"]),
        explains=raw.get("explains", ()),
        takes=raw.get("takes"),
        mistaken_for=_doubts(raw.get("mistaken_for", ()), "tell"),
        docs=raw.get("docs", ()),
        sources=raw.get("sources", ()),
    )


def _variant(number: int, raw: dict[str, Any]) -> Variant:
    return Variant(
        number,
        Confidence(raw["confidence"]),
        raw["when"],
        raw.get("because", ()),
        _doubts(raw.get("undecided", ()), "decided_by"),
        _doubts(raw.get("rules_out", ()), "because"),
        raw.get("title", ()),
        raw.get("summary", ()),
        raw[""].line,
    )


def _doubts(raw: tuple[dict[str, Any], ...], text: str) -> tuple[Doubt, ...]:
    return tuple(Doubt(one["cause"], one[text]) for one in raw)


def _step(raw: dict[str, Any], problems: Problems) -> Step:
    node: Pairs = raw[""]
    bash, pwsh = raw.get("bash"), raw.get("pwsh")
    if bash is not None and pwsh is None:
        place = next(value for key, value in node.pairs if key.written == "bash")
        only = bash_only(bash)
        glued = glued_placeholder(playbook_text.pieces(bash))
        if only is not None:
            problems.at(place, f"{only!r} is no PowerShell: give the step a pwsh of its own")
        elif glued is not None:
            problems.at(
                place,
                f"{{{glued}}} is not a word of its own, which PowerShell needs: "
                "give the step a pwsh of its own",
            )
    return Step(
        raw["text"],
        bash,
        pwsh,
        raw.get("url"),
        raw.get("who"),
        raw.get("needs", ()),
        raw.get("when", ()),
        node.line,
    )


def _example(raw: dict[str, Any]) -> Example:
    place = next((value for key, value in raw[""].pairs if key.written == "expect"), raw[""])
    if not isinstance(place, Scalar):
        place = raw[""]
    expect = None if raw["expect"] is False else Confidence(raw["expect"])
    return Example(raw["name"], raw["given"], expect, place.line, place.column)


def _check_examples(playbook: Playbook, problems: Problems) -> None:
    """At least one example matches, at least one does not, and each gets what it expects."""
    expected = [one.expect for one in playbook.examples]
    first = playbook.examples[0]
    if not any(expected):
        problems.add(first.line, first.column, "no test expects a match")
    if None not in expected:
        problems.add(first.line, first.column, "no test is a near miss (expect: false)")
    names: set[str] = set()
    for example in playbook.examples:
        if example.name in names:
            problems.add(example.line, example.column, f"two tests are named {example.name!r}")
        names.add(example.name)
        wrong = disagreement(playbook, example)
        if wrong is not None:
            problems.add(example.line, example.column, wrong)
