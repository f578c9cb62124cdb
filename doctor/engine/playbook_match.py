"""Whether facts fit a playbook. A missing fact fits only `present: false` and `not`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..model import FactValue
from .playbook_model import Condition, Match, Playbook, Test, Variant
from .playbook_regex import search


def fits(variant: Variant, facts: Mapping[str, FactValue]) -> bool:
    """All conditions of the variant hold."""
    return all_hold(variant.when, facts)


def all_hold(when: Iterable[Condition], facts: Mapping[str, FactValue]) -> bool:
    """Every condition holds; none asks for nothing."""
    # Loops, not all(...): a text has hundreds of candidates, and a generator doubles their cost.
    for condition in when:  # noqa: SIM110
        if not holds(condition, facts.get(condition.fact)):
            return False
    return True


def holds(condition: Condition, value: FactValue) -> bool:
    """Every test of one condition holds for the fact's value; None is a missing fact."""
    for test in condition.tests:  # noqa: SIM110 - as above
        if not _passes(test, value):
            return False
    return True


def best(playbook: Playbook, facts: Mapping[str, FactValue]) -> Match | None:
    """The fitting variant with the highest confidence, then the most conditions, then the first."""
    found = [
        Match(playbook, variant, len(variant.when))
        for variant in playbook.variants
        if fits(variant, facts)
    ]
    return max(found, key=lambda match: match.rank, default=None)


def matches(playbooks: Iterable[Playbook], facts: Mapping[str, FactValue]) -> list[Match]:
    """Every fitting playbook in its best variant: confidence, then specificity, then cause id."""
    found = [match for playbook in playbooks if (match := best(playbook, facts)) is not None]
    return sorted(
        found,
        key=lambda match: (
            *(-part for part in match.rank),
            match.playbook.cause,
            match.playbook.id,
        ),
    )


def _passes(test: Test, value: FactValue) -> bool:
    if test.operator == "present":
        return (value is not None) is test.operand
    operand = test.operand
    if test.operator == "not":
        return not (isinstance(operand, tuple) and value in operand)
    if value is None:
        return False
    if test.operator == "in":
        return isinstance(operand, tuple) and value in operand
    if isinstance(value, tuple):
        return (
            test.operator == "contains"
            and isinstance(operand, tuple)
            and any(item in operand for item in value)
        )
    if isinstance(value, str) and isinstance(operand, str):
        if test.operator == "prefix":
            return value.startswith(operand)
        return test.operator == "regex" and search(operand, value)
    if isinstance(value, int) and isinstance(operand, int):
        return value >= operand if test.operator == "min" else value <= operand
    return False
