"""Foreign text made safe: what goes, and what has to stay."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundry_doctor.report.clean import base_url, clean, clean_lines, shorten, strip, to_ascii

from .strategies import texts


@pytest.mark.parametrize(
    ("dirty", "expected"),
    [
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07shown", "shown"),
        ("\x1b]8;;https://evil.example\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x9b31mred \x9d0;title\x9cshown", "red shown"),
        ("\x1bPq#0\x1b\\shown \x1b(B\x1b7", "shown"),
        ("\x1b[", ""),
        ("\x1b]0;never closed", "0;never closed"),
        ("one\r\ntwo\tthree\x0b\x0cfour\u2028five", "one two three four five"),
        ("over\rwritten", "over written"),
        ("a\x00\x08\x7fb", "ab"),
        ("user\u202egnp.exe\u202c", "usergnp.exe"),
        ("zero\u200bwidth\ufeff\u2066x\u2069", "zerowidthx"),
        ("no\u00a0break", "no break"),
        ("lone \ud800 surrogate", "lone \ufffd surrogate"),
        ("می\u200cخواهم 👩\u200d💻", "می\u200cخواهم 👩\u200d💻"),
        ("café 表記", "café 表記"),
        ("::error file=a.py::boom", ": :error file=a.py::boom"),
        ("x ::stop-commands::token", "x : :stop-commands::token"),
        ("::endgroup::", ": :endgroup::"),
        ("##vso[task.complete result=Failed]", "# #vso[task.complete result=Failed]"),
        ("seen ##[error]x and ##teamcity[x]", "seen # #[error]x and # #teamcity[x]"),
        ("::1 and ::ffff:10.0.0.1 and std::io::Error ## heading",
         "::1 and ::ffff:10.0.0.1 and std::io::Error ## heading"),
    ],
)  # fmt: skip
def test_one_line(dirty: str, expected: str) -> None:
    assert clean(dirty) == expected


def test_a_command_keeps_its_lines_and_spaces() -> None:
    assert clean_lines("az x \\\n    --query  'a b'\x1b[0m\t\n::error::x") == [
        "az x \\",
        "    --query  'a b'",
        ": :error::x",
    ]


@given(texts)
def test_cleaning_twice_changes_nothing(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert strip(strip(text)) == strip(text)
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", once)
    once.encode("utf-8")


@given(st.text(alphabet=st.characters(codec="utf-8", categories=("L", "N", "P", "S")), max_size=60))
def test_ordinary_text_is_left_alone(text: str) -> None:
    if "::" not in text and "##" not in text:
        assert clean(text) == text


def test_hostile_lengths_take_no_time() -> None:
    for piece in ("\x1b]", "\x9d", "\x1b[", "\x9b", "::", "##", "\x1b[0", "\u202e"):
        clean(piece * 50_000)


def test_ascii_keeps_every_character_readable() -> None:
    assert to_ascii("“a” – b… → é") == '"a" - b... -> \\xe9'


def test_shortening_says_how_much_is_gone() -> None:
    assert shorten("short", 10) == "short"
    assert shorten("word " * 100, 23) == "word word word word ... (481 more characters)"
    assert shorten("x" * 100, 10) == "x" * 10 + " ... (90 more characters)"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://a.example/anthropic", "https://a.example/anthropic"),
        ("https://user:secret@a.example:8443/x?code=secret#y", "https://a.example:8443/x"),
        ("https://user:se/cret@a.example/x", "https://a.example/x"),
        ("https://user:se?cret@a.example/x", "https://a.example/x"),
        ("https://u:a@b@a.example/x", "https://a.example/x"),
        ("user:secret@a.example/x", "a.example/x"),
        ("//user:secret@a.example", "//a.example"),
        ("https://a.example/x?mail=me@b.example", "https://a.example/x"),
        ("https://[::1]:443/p@q", "https://[::1]:443/p@q"),
        ("https://[broken/x", "https://[broken/x"),
        ("contoso ai\x1b[0m", "contoso ai"),
        ("", ""),
    ],
)
def test_base_url(url: str, shown: str) -> None:
    assert base_url(url) == shown
