"""The nouns of playbooks: a cause, how its facts look, what to say and what to do.

Texts are templates as written: `playbook_text` fills them. They were checked when the file was
loaded, so every placeholder in them is known.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Union

from ..model import Confidence, FactValue

Operand = Union[str, int, bool, tuple[Union[str, int, bool], ...]]
"""What an operator compares with: a tuple for `in`, `not` and `contains`."""

RANK = {Confidence.CERTAIN: 3, Confidence.LIKELY: 2, Confidence.POSSIBLE: 1}
"""The order of confidences."""


@dataclass(frozen=True, slots=True)
class Test:
    """One operator with its operand; equality is `in` with one value."""

    operator: str
    operand: Operand

    @property
    def asserts(self) -> bool:
        """Whether only a fact that is there can pass."""
        return self.operator != "not" and not (self.operator == "present" and self.operand is False)

    __test__ = False  # the name is the domain's: pytest is not to collect it


@dataclass(frozen=True, slots=True)
class Condition:
    """What is asked of one fact: every test must hold."""

    fact: str
    tests: tuple[Test, ...]


@dataclass(frozen=True, slots=True)
class Doubt:
    """Another cause that the same evidence leaves possible, or rules out, and why."""

    cause: str
    text: str


@dataclass(frozen=True, slots=True)
class Variant:
    """One look of the cause: all conditions must hold.

    `title` and `summary` are said before the playbook's own, which speak for every look.
    """

    index: int
    confidence: Confidence
    when: tuple[Condition, ...]
    because: tuple[str, ...] = ()
    undecided: tuple[Doubt, ...] = ()
    rules_out: tuple[Doubt, ...] = ()
    title: tuple[str, ...] = ()
    summary: tuple[str, ...] = ()
    line: int = 0

    @property
    def asserted(self) -> int:
        """How many facts must be there, with a value that fits."""
        return sum(any(test.asserts for test in one.tests) for one in self.when)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the remedy.

    Left out of a report when a placeholder in `needs` has no value, or when a condition in `when`
    does not hold: the same conditions as a variant's. Without `pwsh` the bash command is valid in
    both shells: only the quoting differs.
    """

    text: str
    bash: str | None = None
    pwsh: str | None = None
    url: str | None = None
    who: str | None = None
    needs: tuple[str, ...] = ()
    when: tuple[Condition, ...] = ()
    line: int = 0


@dataclass(frozen=True, slots=True)
class Example:
    """A test of the playbook. `expect` is the confidence to reach, None for a near miss."""

    name: str
    given: tuple[tuple[str, FactValue], ...]
    expect: Confidence | None
    line: int = 0
    column: int = 0


@dataclass(frozen=True, slots=True)
class Playbook:
    """One file. `id` is its stem, and equals the cause in the playbooks that ship.

    `title` and `summary` hold alternatives: the first whose placeholders all have values is
    said, else the last.
    """

    id: str
    file: str
    cause: str
    title: tuple[str, ...]
    summary: tuple[str, ...]
    why: str
    variants: tuple[Variant, ...]
    remedy: tuple[Step, ...]
    verify: str
    since: str
    examples: tuple[Example, ...]
    explains: tuple[str, ...] = ()
    takes: str | None = None
    mistaken_for: tuple[Doubt, ...] = ()
    docs: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """A playbook whose variant fits the facts; `specificity` counts its conditions."""

    playbook: Playbook
    variant: Variant
    specificity: int

    @property
    def rank(self) -> tuple[int, int, int]:
        """Higher is better: confidence, then how much is asserted, then how much is asked at all.

        An exclusion (`not`, `present: false`) holds for most facts by itself, so it weighs less.
        """
        return (RANK[self.variant.confidence], self.variant.asserted, self.specificity)
