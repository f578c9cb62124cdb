"""The plan and the progress line."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundry_doctor.model import Status
from foundry_doctor.report.layout import cells
from foundry_doctor.report.plan import PlannedCall, plan_document, render_plan
from foundry_doctor.report.progress import render_progress_line

from . import golden, samples
from .strategies import texts

PLAN = (
    PlannedCall("finds the endpoint's addresses", "DNS", samples.HOST, "none"),
    PlannedCall("asks the deployment claude-sonnet-5", "POST", samples.COUNT, "API key"),
    PlannedCall("sends the key in one header at a time, at most two calls", "POST", samples.COUNT,
                "API key", "only after a 401"),
    PlannedCall("reads whether keys are switched off", "GET", samples.ARM, "Entra ID token",
                "only after a 401, if you are signed in"),
)  # fmt: skip


@pytest.mark.parametrize("width", [60, 80])
def test_whole_plan(width: int) -> None:
    text = render_plan(PLAN, width=width)
    assert text == golden.expected(f"plan.{width}.txt", text)
    assert re.sub(r"\x1b\[[0-9;]*m", "", render_plan(PLAN, width=width, color=True)) == text


def test_an_offline_plan() -> None:
    assert render_plan(()) == "PLAN      A run would make 0 calls. None was made now.\n"


def test_the_plan_as_a_document() -> None:
    document = plan_document(PLAN[:1], version="0.1.0")
    assert document["schema_version"] == "1.0"
    assert document["plan"] == [
        {
            "purpose": "finds the endpoint's addresses",
            "method": "DNS",
            "url_or_host": samples.HOST,
            "credential": "none",
            "when": "always",
        }
    ]


def test_progress() -> None:
    title = "the endpoint's name resolves"
    line = render_progress_line
    assert line("dns.resolve", title) == "… dns.resolve: the endpoint's name resolves"
    assert line("dns.resolve", title, ascii=True).startswith("... dns.resolve")
    assert line("dns.resolve", title, done=3, total=9).startswith("… 3/9 dns.resolve")
    assert line("dns.resolve", title, status=Status.FAIL).startswith("FAIL dns.resolve")
    assert line("a.b", title, subject="gpt\r\x1b[2K") == f"… a.b [gpt ]: {title}"
    assert line("dns.resolve", title, width=20) == "… dns.resolve: the…"


@given(texts, texts, st.integers(5, 200), st.booleans())
def test_progress_is_one_short_line(check: str, title: str, width: int, ascii_only: bool) -> None:
    line = render_progress_line(check, title, width=width, ascii=ascii_only)
    assert cells(line) < width
    assert "\n" not in line
    assert "\x1b" not in line
