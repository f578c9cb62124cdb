"""Lines without their prefixes; records of logs."""

from __future__ import annotations

import pytest

from foundry_doctor.explain.lines import read_line, records, split

TEXT = "POST failed with 401"


@pytest.mark.parametrize(
    ("raw", "time", "loud"),
    [
        (f"2026-11-24T02:04:11.1234567Z {TEXT}", "2026-11-24T02:04:11.123Z", None),
        (f"2026-11-24 02:04:11,123 ERROR {TEXT}", "2026-11-24T02:04:11.123", True),
        (f"2026-11-24T02:04:11Z ##[error]{TEXT}", "2026-11-24T02:04:11Z", True),
        (f"2026-11-24T02:04:11Z \x1b[31m{TEXT}\x1b[0m", "2026-11-24T02:04:11Z", None),
        (f"[2026-11-24 02:04:11] [INFO] {TEXT}", "2026-11-24T02:04:11", False),
        (f"Nov 24 02:04:11 host app[123]: {TEXT}", "Nov 24 02:04:11", None),
        (f"E1124 02:04:11.123456   12 client.go:7] {TEXT}", None, True),
        (f"api-1  | 2026-11-24T02:04:11Z WARN {TEXT}", "2026-11-24T02:04:11Z", None),
        (f"::error file=a.py,line=1::{TEXT}", None, True),
        (f"\x1b]0;title\x07{TEXT}\r", None, None),
    ],
)
def test_prefixes(raw: str, time: str | None, loud: bool | None) -> None:
    line = read_line(raw, 7)
    assert line.text == TEXT
    assert (line.time, line.loud, line.number) == (time, loud, 7)


@pytest.mark.parametrize(
    "raw", ["Error: 400 Token x", "HTTP 429 (429)", "ERROR CODE: Marketplace", "10:30 is a time"]
)
def test_what_is_no_prefix_stays(raw: str) -> None:
    assert read_line(raw, 1).text == raw


def test_structured_lines_say_how_loud_they_are() -> None:
    assert read_line('{"level":"error","msg":"x"}', 1).loud is True
    assert read_line("ts=1 level=info msg=x", 1).loud is False


def test_a_record_keeps_what_belongs_to_it() -> None:
    text = (
        "2026-11-24T02:04:11Z ERROR call failed\nTraceback (most recent call last):\n"
        '  File "a.py", line 1\n\nopenai.APIError: x\n2026-11-24T02:04:12Z INFO next\n'
    )
    groups = list(records(split(text, 1)))
    assert [group[0].number for group in groups] == [1, 6]
    assert groups[0][4].text == "openai.APIError: x"


def test_an_unstamped_text_is_one_record() -> None:
    assert len(list(records(split("Unable to connect\n\nreason: reset\n", 1)))) == 1
