"""The matcher: lists are any of, mappings all of, and a missing fact fits almost nothing."""

from __future__ import annotations

import pytest

from foundry_doctor.engine.playbook_match import best, fits, matches
from foundry_doctor.engine.playbook_model import Condition, Playbook, Test, Variant
from foundry_doctor.model import Confidence, FactValue

TABLE: list[tuple[str, Test, FactValue, bool]] = [
    ("equal", Test("in", (401,)), 401, True),
    ("not equal", Test("in", (401,)), 404, False),
    ("any of", Test("in", ("a", "b")), "b", True),
    ("missing is not equal", Test("in", (401,)), None, False),
    ("not, other value", Test("not", (401,)), 404, True),
    ("not, same value", Test("not", (401, 403)), 403, False),
    ("not, missing", Test("not", (401,)), None, True),
    ("present", Test("present", True), False, True),
    ("present, missing", Test("present", True), None, False),
    ("absent, missing", Test("present", False), None, True),
    ("absent, there", Test("present", False), "", False),
    ("prefix", Test("prefix", "AADSTS"), "AADSTS7000215", True),
    ("prefix, other case", Test("prefix", "aadsts"), "AADSTS7000215", False),
    ("prefix, missing", Test("prefix", "a"), None, False),
    ("regex in any case", Test("regex", "public ACCESS"), "x Public access y", True),
    ("regex over a line break", Test("regex", "a.{0,3}b"), "a\nb", True),
    ("regex, elsewhere", Test("regex", "^access"), "no access", False),
    ("regex, missing", Test("regex", "a"), None, False),
    ("regex beyond the cap", Test("regex", "end"), "x" * 3000 + "end", False),
    ("min", Test("min", 500), 500, True),
    ("min, less", Test("min", 500), 499, False),
    ("max", Test("max", 599), 599, True),
    ("max, more", Test("max", 599), 600, False),
    ("max, missing", Test("max", 599), None, False),
    ("contains", Test("contains", ("b", "z")), ("a", "b"), True),
    ("contains, none", Test("contains", ("z",)), ("a", "b"), False),
    ("contains, missing", Test("contains", ("z",)), None, False),
    ("true is not one", Test("in", (True,)), False, False),
]


def variant(index: int, confidence: Confidence, **facts: FactValue) -> Variant:
    when = tuple(
        Condition(name.replace("__", "."), (Test("in", (value,)),))
        for name, value in facts.items()
        if isinstance(value, (str, int))
    )
    return Variant(index, confidence, when)


def playbook(cause: str, *variants: Variant) -> Playbook:
    return Playbook(cause, "f.yaml", cause, ("t",), ("s.",), "w.", variants, (), "v", "0.1.0", ())


@pytest.mark.parametrize(
    ("test", "value", "expected"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_operators(test: Test, value: FactValue, *, expected: bool) -> None:
    one = Variant(0, Confidence.LIKELY, (Condition("f", (test,)),))
    assert fits(one, {} if value is None else {"f": value}) is expected
    assert fits(one, {"f": value}) is expected


def test_all_operators_of_one_fact_and_all_facts_must_hold() -> None:
    both = Condition("s", (Test("min", 500), Test("max", 599), Test("not", (529,))))
    one = Variant(0, Confidence.LIKELY, (both, Condition("t", (Test("in", ("x",)),))))
    assert fits(one, {"s": 503, "t": "x"})
    assert not fits(one, {"s": 529, "t": "x"})
    assert not fits(one, {"s": 503})


def test_the_best_variant_is_the_surest_then_the_most_specific_then_the_first() -> None:
    broad = variant(0, Confidence.LIKELY, a=1)
    narrow = variant(1, Confidence.LIKELY, a=1, b=2)
    sure = variant(2, Confidence.CERTAIN, c=3)
    one = playbook("key-invalid", broad, narrow, sure, variant(3, Confidence.LIKELY, a=1, d=4))

    def chosen(**facts: FactValue) -> int | None:
        found = best(one, facts)
        return None if found is None else found.variant.index

    assert chosen(a=1) == 0
    assert chosen(a=1, b=2, d=4) == 1
    assert chosen(a=1, b=2, c=3) == 2
    assert chosen(a=2) is None


def test_matches_come_in_the_order_of_confidence_specificity_and_name() -> None:
    books = [
        playbook("b-likely", variant(0, Confidence.LIKELY, a=1)),
        playbook("a-likely", variant(0, Confidence.LIKELY, a=1)),
        playbook("narrow", variant(0, Confidence.LIKELY, a=1, b=2)),
        playbook("possible", variant(0, Confidence.POSSIBLE, a=1, b=2, c=3)),
        playbook("certain", variant(0, Confidence.CERTAIN, a=1)),
        playbook("other", variant(0, Confidence.CERTAIN, a=2)),
    ]
    facts: dict[str, FactValue] = {"a": 1, "b": 2, "c": 3}
    expected = ["certain", "narrow", "a-likely", "b-likely", "possible"]
    assert [one.playbook.cause for one in matches(books, facts)] == expected
    assert [one.playbook.cause for one in matches(reversed(books), facts)] == expected
    assert [one.specificity for one in matches(books, facts)] == [1, 2, 1, 1, 3]
