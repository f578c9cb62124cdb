"""Only patterns that cannot run away are allowed."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundry_doctor.engine.playbook_regex import TEXT_CAP, BadPatternError, check, search

GOOD = [
    "public access is disabled",
    r"audience is incorrect \(urn:ms\.",
    "a.{0,40}b",
    r"\d+",
    "a|b|c",
    "(?:is|are) not",
    r"\b(?:temperature|top_p)\b",
    "[^a-z]{3}",
    "colou?r",
    "^x$",
    r"\s*retry",
    "a{3}",
    "(?:not )?found",
    ".{0,30}.{0,30}",
]
BAD = {
    "(a+)+": "group",
    "(a|a)*": "group",
    "(?:a{0,9}){0,9}": "group",
    ".*.*": "ways",
    ".{0,90}.{0,90}": "ways",
    "a**": "quantifier",
    "a++": "quantifier",
    "(?=a)": r"\(\?",
    "(?P<x>a)": r"\(\?",
    "(?i)a": r"\(\?",
    r"(a)\1": "not allowed",
    "(a": "without its",
    "a)": "without",
    "[a": "without",
    "[z-a]": "bad character range",
    "*a": "nothing to repeat",
    "{3}": "nothing",
    "a{3,1}": "ends before",
    "a{}": "needs a number",
    "^*": "anchor",
    "^?": "anchor",
    r"\b+": "anchor",
    r"\q": "not allowed",
    "a\\": "not allowed",
    "": "empty",
    "a" * 201: "at most 200",
    "a?" * 13: "ways",
    "a]": "escape",
}


@pytest.mark.parametrize("pattern", GOOD)
def test_plain_patterns_are_allowed(pattern: str) -> None:
    check(pattern)


@pytest.mark.parametrize("pattern", BAD)
def test_others_are_refused_with_the_reason(pattern: str) -> None:
    with pytest.raises(BadPatternError, match=BAD[pattern]):
        check(pattern)


def test_an_allowed_pattern_ends_soon_on_the_worst_text() -> None:
    for pattern in (r"\w+\W?x", "a.{0,60}.{0,60}b", "(?:ab)?a+c"):
        check(pattern)
        started = time.perf_counter()
        assert not search(pattern, "a" * 100_000)
        assert time.perf_counter() - started < 5


PART = st.sampled_from(
    [
        "a",
        ".",
        r"\d",
        r"\.",
        "[a-c]",
        "(",
        ")",
        "(?:",
        "|",
        "*",
        "+",
        "?",
        "{2}",
        "{0,9}",
        "^",
        "$",
        "]",
        "\\",
        "-",
    ]
)


@given(st.one_of(st.lists(PART, max_size=12).map("".join), st.text(max_size=30)))
def test_whatever_is_allowed_compiles(pattern: str) -> None:
    try:
        check(pattern)
    except BadPatternError:
        return
    re.compile(pattern, re.IGNORECASE | re.DOTALL)
    search(pattern, "a" * TEXT_CAP)
