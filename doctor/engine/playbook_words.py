"""The conditions of a playbook in words, for the reference page."""

from __future__ import annotations

from collections.abc import Iterable

from .playbook_model import Condition, Operand, Test


def conditions(when: Iterable[Condition]) -> str:
    """All conditions as one clause: first what must be seen, then what must not."""
    found = list(when)
    seen = [_words(one) for one in found if any(test.asserts for test in one.tests)]
    unseen = [_words(one) for one in found if not any(test.asserts for test in one.tests)]
    return " and ".join([*seen, *unseen])


def code(text: str) -> str:
    """A text as Markdown code."""
    fence = "``" if "`" in text else "`"
    pad = " " if "`" in text else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def _words(condition: Condition) -> str:
    return f"{code(condition.fact)} " + " and ".join(_test(one) for one in condition.tests)


def _test(test: Test) -> str:
    if test.operator == "present":
        return "is known" if test.operand else "is not known"
    if test.operator in ("min", "max"):
        return f"is at {'least' if test.operator == 'min' else 'most'} {test.operand}"
    word = {
        "in": "is",
        "not": "is not",
        "contains": "holds",
        "prefix": "begins with",
        "regex": "matches",
    }[test.operator]
    return f"{word} {_values(test.operand)}"


def _values(operand: Operand) -> str:
    values = [code(_value(one)) for one in (operand if isinstance(operand, tuple) else (operand,))]
    return " or ".join([", ".join(values[:-1]), values[-1]]) if values[1:] else values[0]


def _value(value: str | int | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
