"""For authors: what is wrong or weak in playbooks, and their own tests one by one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import FileProblems
from ..model import Confidence
from .playbook_load import disagreement
from .playbook_load import load as load_one
from .playbook_match import all_hold, best, fits
from .playbook_model import Playbook
from .playbook_set import PlaybookSet, files

MAX_SENTENCES = 3
_SENTENCE = re.compile(r"[.!?](?=\s|$)")
_PORTAL = re.compile(r"\bportal\b|\badmin center\b", re.IGNORECASE)
_PROBLEM = re.compile(r"(.*?):([0-9]+):[0-9]+: (.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class TestResult:
    """One test of a playbook; `message` says what is wrong, empty when it passed."""

    file: str
    line: int
    playbook: str
    name: str
    passed: bool
    message: str = ""

    __test__ = False  # the name is the domain's: pytest is not to collect it


def lint(path: Path) -> list[str]:
    """Every problem and weakness under a file or folder, each beginning `file:line:column:`."""
    loaded, errors = PlaybookSet.load_all([path])
    found = [line for error in errors for line in error.problems]
    for playbook in loaded:
        found += [f"{playbook.file}:{line}:1: {message}" for line, message in _weak(playbook)]
    return found


def run_tests(path: Path) -> list[TestResult]:
    """The tests of every playbook under a file or folder; a file that does not load fails one."""
    errors: list[FileProblems] = []
    results = []
    for file in files(path, errors):
        try:
            playbook = load_one(file.read_bytes(), str(file))
        except FileProblems as error:
            errors.append(error)
            continue
        results += [
            TestResult(
                playbook.file,
                one.line,
                playbook.id,
                one.name,
                (wrong := disagreement(playbook, one)) is None,
                wrong or "",
            )
            for one in playbook.examples
        ]
    results += [_failed(line) for error in errors for line in error.problems]
    return results


def gaps(playbook: Playbook) -> list[str]:
    """What a playbook that ships must tell as well, each beginning `file:line:column:`.

    Who writes for his own company alone may leave it out, so `lint` does not ask for it.
    """
    return [f"{playbook.file}:{line}:1: {message}" for line, message in _missing(playbook)]


def _missing(playbook: Playbook) -> Iterator[tuple[int, str]]:
    if not playbook.takes:
        yield 1, "takes: how long until the remedy works"
    if not playbook.mistaken_for:
        yield 1, "mistaken_for: which cause looks alike, and what tells the two apart"
    if not playbook.docs:
        yield 1, "docs: the official pages"
    if not playbook.sources:
        yield 1, "sources: where its facts are from"
    for step in playbook.remedy:
        if step.who is None:
            yield step.line, "who: the person who can do this step"
    # A bash command that has no pwsh beside it is valid in both shells: the loader saw to that.
    if not any(step.bash or _PORTAL.search(step.text) for step in playbook.remedy):
        yield playbook.remedy[0].line, "no step has a command for both shells or a portal's path"
    summaries = (*playbook.summary, *(text for one in playbook.variants for text in one.summary))
    for text in summaries:
        if len(_SENTENCE.findall(text)) > MAX_SENTENCES:
            yield 1, f"a summary has at most {MAX_SENTENCES} sentences; the rest is why"


def _failed(problem: str) -> TestResult:
    found = _PROBLEM.match(problem)
    file, line, message = found.groups() if found else ("", "1", problem)
    return TestResult(file, int(line), Path(file).stem, "loads", False, message)


def _weak(playbook: Playbook) -> Iterator[tuple[int, str]]:
    """What loads but serves the reader badly."""
    first = playbook.variants[0].line
    variants = playbook.variants
    for text in (*playbook.title, *(text for one in variants for text in one.title)):
        if text.endswith("."):
            yield first, "a title is a statement without a full stop at its end"
    summaries = (*playbook.summary, *(text for one in variants for text in one.summary))
    for text in (*summaries, playbook.why):
        if not text.endswith((".", "!", "?")):
            yield first, f"a whole sentence ends with a full stop: {text[-40:]!r}"
    if playbook.cause in playbook.explains:
        yield first, "a cause cannot explain itself"
    for step in playbook.remedy:
        matching = (dict(one.given) for one in playbook.examples if one.expect is not None)
        if step.when and not any(all_hold(step.when, facts) for facts in matching):
            yield step.line, "no test that matches has the facts of this step (when)"
    for variant in variants:
        if variant.confidence is Confidence.CERTAIN and not variant.because:
            yield variant.line, "a certain variant must say what it is certain from (because)"
        if variant.confidence is Confidence.CERTAIN and variant.undecided:
            yield variant.line, "a certain variant cannot leave other causes undecided"
        if not any(
            fits(variant, dict(one.given))
            and (found := best(playbook, dict(one.given))) is not None
            and found.variant.index == variant.index
            for one in playbook.examples
        ):
            yield variant.line, "no test reaches this variant as the best"
