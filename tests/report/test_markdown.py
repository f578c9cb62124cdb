"""Markdown: whole pages, what a reader finds first, and what no text from outside may do."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foundry_doctor.model import NotCovered, Remedy, Report, Status, Verdict
from foundry_doctor.noun import replace
from foundry_doctor.report.markdown import render_markdown
from foundry_doctor.report.text import render_text

from . import golden, samples
from .ci_samples import ACCEPTED, CI_SAMPLES, MANY, large
from .markdown_reader import check, github
from .strategies import reports

NAMES = sorted(CI_SAMPLES)


@pytest.mark.parametrize("name", NAMES)
def test_whole_page(name: str) -> None:
    text = render_markdown(CI_SAMPLES[name])
    check(text)
    assert text == golden.expected(f"{name}.md", text)


@pytest.mark.parametrize("limit", [6000, 3000, 1500, 600])
def test_whole_page_within_a_limit(limit: int) -> None:
    text = render_markdown([samples.KEY_AUTH_DISABLED], limit=limit)
    check(text)
    assert text == golden.expected(f"key-auth-disabled.{limit}.md", text)


@pytest.mark.parametrize("name", sorted(samples.SAMPLES))
def test_the_words_are_those_of_the_text(name: str) -> None:
    """Verdict, steps and commands: no second wording."""
    report = samples.SAMPLES[name]
    shown = re.sub(r"[`*\\]", "", render_markdown([report])).split("\n")
    if name == "hostile":
        return
    plain = " ".join(render_text(report, verbosity=1).split())
    assert shown[0].partition(" - ")[2] in plain
    for one in report.diagnosis:
        for step in one.remedy:
            assert any(step.text.split(".")[0] in line for line in shown)
            for line in (step.bash or "").splitlines():
                assert line in map(str.strip, shown)


def test_the_fix_comes_first_and_the_passes_are_folded() -> None:
    text = render_markdown([samples.KEY_AUTH_DISABLED])
    order = [
        "## FAIL - Key authentication is off", "### Fix", "Then check it:", "### Cause", "### Why",
        "### Request ids to quote", "### Ruled out", "### Checks: 7 pass, 2 fail, 3 skip",
        "<summary>7 passed</summary>", "### Verified", "### Not covered",
        "Exit code 1: somebody can fix this.",
    ]  # fmt: skip
    places = [text.index(one) for one in order]
    assert places == sorted(places)
    assert text.index("| PASS |") > text.index("<summary>7 passed</summary>")


def test_both_shells_are_named_where_they_differ() -> None:
    text = render_markdown([samples.KEY_AUTH_DISABLED])
    assert text.index("In bash:") < text.index("```bash") < text.index("In PowerShell:")
    assert "```powershell" in text


def test_several_targets_begin_with_a_table() -> None:
    text = render_markdown(MANY)
    page = check(text)
    assert text.startswith("# 3 targets\n\n| Verdict | Target | What | Exit code |\n")
    assert "| **FAIL** | prod (contoso-ai) | Key authentication is off" in text
    assert "| **ERROR** | contoso-ai | Interrupted before the end: " in text
    assert page.tags["h2"] == 3


def test_what_is_accepted_has_reason_owner_and_end() -> None:
    text = render_markdown([ACCEPTED])
    check(text)
    assert "**Nothing of this counts for the exit code**" in text
    assert "### Accepted: 1 failure, 1 warning" in text
    assert "accepted until 2026-12-31 (platform team): the policy forbids keys" in text
    assert "| WARN | `endpoint.clock` | known already: in the baseline `last-night.json`" in text
    assert "| FAIL | `key.accepted` | 401 from Azure's front end (accepted until " in text


def test_a_failure_that_no_playbook_knows() -> None:
    bare = replace(samples.KEY_AUTH_DISABLED, diagnosis=())
    text = render_markdown([bare])
    assert text.startswith("## FAIL - `key.accepted`: 401 from Azure's front end\n")
    assert "No known cause fits. The checks below say what was seen." in text


def test_a_broken_run_says_so() -> None:
    text = render_markdown([samples.INTERRUPTED])
    assert text.startswith("## ERROR - Interrupted before the end: Ctrl-C while ")
    assert "**UNKNOWN** Could not tell whether contoso-ai answers." in text
    assert "This report is not whole: run it again." in text


def test_a_crash_says_what_to_do() -> None:
    text = render_markdown([samples.INCONCLUSIVE])
    assert "`foundry-doctor run -o json -vv > report.json`" in text.replace("&#124;", "|")


def test_an_inconclusive_run_shows_what_was_seen() -> None:
    report = replace(samples.KEY_AUTH_DISABLED, verdict=Verdict.INCONCLUSIVE, exit_code=3)
    assert "### Seen: Key authentication is off on contoso-ai: no key can work." in (
        render_markdown([report])
    )


def test_documentation_is_linked_and_nothing_else() -> None:
    assert check(render_markdown([samples.KEY_AUTH_DISABLED])).links == [
        "https://learn.microsoft.com/azure/ai-services/disable-local-auth"
    ]
    for url in (
        "https://evil.example/", "javascript:alert(1)", "https://aka.ms/<script>", "//aka.ms/x",
        "https://aka.ms/`", "https://aka.ms.evil.example/", "https://aka.ms/x|y", "https://aka.ms ",
    ):  # fmt: skip
        step = Remedy("Read it.", url=url)
        one = replace(samples.KEY_AUTH_DISABLED.diagnosis[0], remedy=(step,))
        page = check(render_markdown([replace(samples.KEY_AUTH_DISABLED, diagnosis=(one,))]))
        assert page.links in ([], ["https://aka.ms"])
        assert page.links == [] or url == "https://aka.ms "


def test_rows_that_matter_are_shown_among_thousands_that_passed() -> None:
    rows = (*large(3000, Status.PASS).checks, samples.row("key.accepted", Status.FAIL, "the one"))
    text = render_markdown([replace(samples.KEY_AUTH_DISABLED, checks=rows)])
    assert "| FAIL | `key.accepted` | the one |" in text
    assert "2501 more rows with `-o json`" in text


@pytest.mark.parametrize("status", [Status.FAIL, Status.PASS])
def test_ten_thousand_rows(status: Status) -> None:
    report = large(10_000, status)
    began = time.process_time()
    text = render_markdown([report], limit=1_000_000)
    assert time.process_time() - began < 5, "seconds on a slow machine; a half on a usual one"
    assert len(text.encode()) <= 1_000_000


def test_no_secret_of_the_target() -> None:
    assert samples.KEY not in render_markdown([samples.LONG_NAMES])


@pytest.mark.parametrize("name", NAMES)
def test_any_limit_holds_and_leaves_a_whole_page(name: str) -> None:
    whole = len(render_markdown(CI_SAMPLES[name]).encode())
    for limit in {*range(0, 1200, 37), *range(1200, whole + 700, 611)}:
        text = render_markdown(CI_SAMPLES[name], limit=limit)
        assert len(text.encode()) <= limit
        page = check(text)
        assert page.tags["details"] == page.tags["summary"]
        if limit >= whole:
            assert text == render_markdown(CI_SAMPLES[name])
        elif limit >= 400:
            assert re.search(r"^\*Left out, for the limit is \d+ bytes: .+\*$", text, re.MULTILINE)
        if limit > 20:
            assert re.search("PASS|WARN|FAIL|UNKNOWN|ERROR", text)


def test_the_least_important_goes_first() -> None:
    whole = render_markdown([samples.KEY_AUTH_DISABLED])
    text = render_markdown([samples.KEY_AUTH_DISABLED], limit=len(whole.encode()) - 1)
    assert text.splitlines()[-1].startswith("*Left out, for the limit is ")
    assert "bytes: target, machine and run. `-o json` has" in text.splitlines()[-1]
    assert "### Fix" in text
    small = render_markdown([samples.KEY_AUTH_DISABLED], limit=1500)
    assert "### Fix" in small
    assert "7 passed" not in small


def test_many_targets_in_a_small_page() -> None:
    text = render_markdown([samples.KEY_AUTH_DISABLED] * 200, limit=5000)
    check(text)
    assert re.search(r"\| ... \| \d+ more \| \| \|", text)


def test_nothing_is_an_empty_page() -> None:
    assert render_markdown([]).strip() == ""
    assert render_markdown([], limit=0) == ""


@given(chosen=st.lists(reports, max_size=3), limit=st.none() | st.integers(0, 6000))
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_report_is_a_page(chosen: list[Report], limit: int | None) -> None:
    text = render_markdown(chosen, limit=limit)
    assert limit is None or len(text.encode()) <= limit
    assert "planted-secret-value" not in text
    check(text)
    assert "<script" not in github(text)


def test_gaps_are_shown_with_what_covers_them() -> None:
    report = replace(samples.HEALTHY, not_covered=(NotCovered("Roles", "--subscription ID"),))
    assert "- Roles. To cover it: `--subscription ID`\n" in render_markdown([report])
