"""Documents in text: notations, depth, damage, and a bound on the work."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundry_doctor.explain.objects import documents, mappings

ERROR = {"error": {"code": "X", "message": 'it said "no"'}}


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(ERROR),
        json.dumps(ERROR, indent=2),
        repr(ERROR),
        f"Error code: 404 - {ERROR!r}",
        "body: {error: {code: 'X', message: 'it said \"no\"'}}",
        "body: {'error' => {'code' => 'X', 'message' => 'it said \"no\"'}}",
        "{'error': ('code': 'X', 'message': 'it said \"no\"'",
    ],
)
def test_notations(text: str) -> None:
    (found,) = documents(text)
    assert found.value == ERROR


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_json_inside_json_strings(depth: int) -> None:
    text = json.dumps(ERROR)
    for _ in range(depth):
        text = json.dumps({"wrapped": text})
    assert any(one.value == ERROR for one in documents(text))


def test_quotes_escaped_without_their_string() -> None:
    text = json.dumps(json.dumps(ERROR))[1:-1]
    assert any(one.value == ERROR for one in documents(f"response {text} end"))


@pytest.mark.parametrize("cut", range(14, 40, 3))
def test_cut_off_anywhere(cut: int) -> None:
    found = documents('{"error":{"code":"X","message":"it said no"}}'[:cut])
    assert found
    assert "error" in found[0].value


@pytest.mark.parametrize(
    "text",
    ["function f() { return 1; }", "(a: 1 of many)", "{}", "{ }", "if (x) { y() }", "[1, 2]"],
)
def test_what_is_no_document(text: str) -> None:
    assert not [one for one in documents(text) if "return" in one.value]


@pytest.mark.parametrize(
    "piece", ['{"a', "{'", '{"a":', '{"a":"\\', '{"a":[[[[', "{a:", '{"a":{', '\\"', '{"a":"{\\"b']
)
def test_hostile_text_takes_no_time(piece: str) -> None:
    started = time.monotonic()
    documents(piece * (100_000 // len(piece)))
    assert time.monotonic() - started < 2


WORDS = st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=20)
KEYS = st.from_regex(r"[a-z]{1,8}", fullmatch=True)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 10**9) | WORDS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, min_size=1, max_size=3)
    ),
    max_leaves=12,
)


@given(VALUES)
@settings(max_examples=150, deadline=None)
def test_what_json_writes_is_read(value: object) -> None:
    document = {"k": value}
    found = documents(json.dumps(document, ensure_ascii=False))
    assert found[0].value == document


@given(st.text(max_size=400))
@settings(max_examples=200, deadline=None)
def test_nothing_crashes(text: str) -> None:
    for one in documents("{" + text) + documents(text):
        list(mappings(one.value))
