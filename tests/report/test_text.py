"""The text output: whole texts against golden files, and what must hold for each of them."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foundry_doctor.model import Confidence, Diagnosis, Remedy, Report, RuledOut, Status, Verdict
from foundry_doctor.noun import replace
from foundry_doctor.report.document import skeleton_report
from foundry_doctor.report.layout import UNBROKEN, Page, Span, advice, cells
from foundry_doctor.report.text import render_many, render_rich, render_text, report_lines

from . import golden, samples
from .strategies import UNSAFE, reports

ANSI = re.compile(r"\x1b\[[0-9;]*m")
NAMES = sorted(samples.SAMPLES)


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("name", NAMES)
def test_whole_text(name: str, width: int) -> None:
    text = render_text(samples.SAMPLES[name], width=width)
    assert text == golden.expected(f"{name}.{width}.txt", text)


@pytest.mark.parametrize("name", ["healthy", "key-auth-disabled", "degraded"])
@pytest.mark.parametrize("verbosity", [-1, 1, 2])
def test_whole_text_by_verbosity(name: str, verbosity: int) -> None:
    text = render_text(samples.SAMPLES[name], verbosity=verbosity)
    assert text == golden.expected(f"{name}.v{verbosity}.txt", text)


def test_whole_text_for_powershell_and_for_an_ascii_terminal() -> None:
    text = render_text(samples.KEY_AUTH_DISABLED, shell="pwsh")
    assert text == golden.expected("key-auth-disabled.pwsh.txt", text)
    text = render_text(samples.HOSTILE, ascii=True)
    assert text.isascii()
    assert text == golden.expected("hostile.ascii.txt", text)


def test_several_targets() -> None:
    prod = replace(samples.KEY_AUTH_DISABLED, target=replace(samples.TARGET, name="prod"))
    text = render_many([samples.HEALTHY, prod], verbosity=-1)
    assert text == golden.expected("many.txt", text)
    assert ANSI.sub("", render_many([samples.HEALTHY, prod], verbosity=-1, color=True)) == text


def test_a_usage_error_has_a_text_too() -> None:
    report = skeleton_report(
        "usage",
        "unknown flag --tire; did you mean --tier?",
        version="0.1.0",
        run_id="7f3f6a1e-4b0c-4d55-9f43-0d1c2b3a4e5f",
        started_at="2026-11-22T02:04:09Z",
        exit_code=2,
    )
    assert render_text(report).splitlines()[0] == (
        "ERROR     Wrong usage: unknown flag --tire; did you mean --tier?"
    )


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("verbosity", [-1, 0, 2])
def test_colour_carries_the_same_words(name: str, verbosity: int) -> None:
    report = samples.SAMPLES[name]
    plain = render_text(report, verbosity=verbosity)
    coloured = render_rich(report, verbosity=verbosity, color=True)
    assert "\x1b[" in coloured or (verbosity < 0 and report.verdict is Verdict.HEALTHY)
    assert ANSI.sub("", coloured) == plain
    assert render_rich(report, verbosity=verbosity, color=False) == plain


def test_colour_does_not_depend_on_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    before = render_rich(samples.HEALTHY)
    for name, value in (("NO_COLOR", "1"), ("TERM", "dumb"), ("COLUMNS", "20")):
        monkeypatch.setenv(name, value)
    assert render_rich(samples.HEALTHY) == before


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("width", [20, 40, 60, 80, 200])
@pytest.mark.parametrize("shell", ["bash", "pwsh"])
def test_a_command_is_never_broken(name: str, width: int, shell: str) -> None:
    lines = render_text(samples.SAMPLES[name], width=width, shell=shell).splitlines()
    shown = {line.strip() for line in lines}
    if name == "hostile" or not samples.SAMPLES[name].diagnosis:
        return
    first = samples.SAMPLES[name].diagnosis[0]
    for step in first.remedy:
        command = (step.pwsh or step.bash) if shell == "pwsh" else (step.bash or step.pwsh)
        assert set((command or "").splitlines()) <= shown
    assert any(line.endswith(first.verify) for line in shown)


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("someone with Reader", [("", "someone with Reader")]),
        ("--tier paid", [("command", "--tier paid")]),
        ("foundry-doctor run --repeat 3: does it come back?",
         [("command", "foundry-doctor run --repeat 3"), ("", "(does it come back?)")]),
        ("--tier paid (one message)", [("command", "--tier paid"), ("", "(one message)")]),
        ('az x --query "a: b"', [("command", 'az x --query "a: b"')]),
    ],
)  # fmt: skip
def test_a_command_in_advice_is_kept_whole(text: str, spans: list[Span]) -> None:
    assert advice(text) == spans


def test_what_is_ruled_out_is_counted_where_it_is_not_shown() -> None:
    out = tuple(RuledOut(f"cause-{n}", f"no {n}") for n in range(9))
    report = _diagnosed(replace(samples.DEPLOYMENT_NOT_FOUND.diagnosis[0], ruled_out=out))
    assert "- cause-3: no 3\n          - 5 more with -v\n" in render_text(report)
    assert "- cause-8: no 8\n" in render_text(report, verbosity=1)


def test_the_other_shell_is_named_when_the_wanted_one_has_no_command() -> None:
    text = render_text(samples.DEPLOYMENT_NOT_FOUND, shell="pwsh")
    assert "In bash:" in text
    step = Remedy("Do it.", pwsh="Get-Thing")
    report = _diagnosed(replace(samples.DEPLOYMENT_NOT_FOUND.diagnosis[0], remedy=(step,)))
    assert "In PowerShell:\n            Get-Thing\n" in render_text(report)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("verbosity", [-1, 0, 2])
def test_blank_lines_only_separate(name: str, verbosity: int) -> None:
    text = render_text(samples.SAMPLES[name], verbosity=verbosity)
    assert "\n\n\n" not in text
    assert not text.startswith("\n")


@pytest.mark.parametrize("name", NAMES)
def test_the_verdict_comes_first_in_words(name: str) -> None:
    report = samples.SAMPLES[name]
    word = {"healthy": "PASS", "degraded": "WARN", "failing": "FAIL", "inconclusive": "UNKNOWN"}
    expected = "ERROR" if report.error else word[report.verdict.value]
    assert render_text(report).split()[0] == expected


@pytest.mark.parametrize("name", NAMES)
def test_every_row_is_named_with_its_status(name: str) -> None:
    report = samples.SAMPLES[name]
    flat = " ".join(render_text(report, verbosity=1).split())
    for row in report.checks:
        assert f"{row.status.value.upper()} {row.id} " in flat


def test_the_labels_stand_in_the_promised_order() -> None:
    labels = re.findall(r"^([A-Z]+) ", render_text(samples.KEY_AUTH_DISABLED), re.MULTILINE)
    head = ["FAIL", "FIX", "CHECK", "CAUSE", "WHY", "NOT", "IDS", "TARGET", "TESTED"]
    assert labels[: len(head)] == head
    assert labels[-2:] == ["UNTESTED", "RUN"]


def test_ids_leave_out_what_experiments_provoked() -> None:
    text = render_text(samples.DEPLOYMENT_NOT_FOUND, verbosity=-1)
    assert str(samples.HEALTHY.exchanges[0].apim_request_id) not in text.split("IDS")[1]
    healthy = render_text(samples.HEALTHY)
    assert "IDS" not in healthy


def test_a_transient_failure_says_to_try_again() -> None:
    assert "Try again later" in render_text(samples.RATE_LIMITED)
    mixed = replace(samples.RATE_LIMITED, exit_code=1)
    assert "another failure here will not" in render_text(mixed)


def test_rows_speak_where_no_playbook_knows_the_failure() -> None:
    bare = replace(samples.KEY_AUTH_DISABLED, diagnosis=())
    assert render_text(bare).startswith("FAIL      key.accepted: 401 from Azure's front end\n")
    nothing = replace(bare, checks=())
    assert render_text(nothing).startswith("FAIL      contoso-ai is failing.\n")


def test_inconclusive_shows_what_was_seen() -> None:
    report = replace(samples.KEY_AUTH_DISABLED, verdict=Verdict.INCONCLUSIVE, exit_code=3)
    text = render_text(report)
    assert text.startswith("UNKNOWN   Could not tell whether contoso-ai answers.\n")
    assert "SEEN      Key authentication is off" in text


def test_quiet_and_healthy_is_one_line_whatever_its_length() -> None:
    long = replace(
        samples.HEALTHY, target=replace(samples.TARGET, deployments=("a" * 64, "b" * 64))
    )
    assert render_text(long, width=20, verbosity=-1).count("\n") == 1


def test_a_secret_in_the_base_url_is_not_shown() -> None:
    for verbosity in (-1, 0, 1, 2):
        assert samples.KEY not in render_text(samples.LONG_NAMES, verbosity=verbosity)
    bare = replace(samples.LONG_NAMES, target=replace(samples.LONG_NAMES.target, resource=None))
    assert samples.KEY not in render_text(bare)


def test_who_can_do_it_is_said_unless_it_is_the_reader() -> None:
    text = render_text(samples.DNS_TIMEOUT)
    assert "1. See whether" in text
    assert "2. [network team] Let this machine" in text


def test_wide_characters_count_twice_and_marks_nothing() -> None:
    assert cells("表記") == 4
    assert cells("e\u0301") == 1
    page = Page(60)
    page.field("FAIL", "表記 " * 30)
    assert all(cells("".join(text for _, text in line)) <= 60 for line in page.lines)


@given(
    report=reports,
    width=st.integers(20, 200),
    verbosity=st.integers(-1, 2),
    shell=st.sampled_from(["bash", "pwsh"]),
    ascii_only=st.booleans(),
)
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_report_renders(
    report: Report, width: int, verbosity: int, shell: str, ascii_only: bool
) -> None:
    text = render_text(report, width=width, verbosity=verbosity, shell=shell, ascii=ascii_only)
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    text.encode("utf-8")  # no lone surrogate
    assert not re.search(UNSAFE, text)
    assert not re.search(r"^\s*::[a-z-]+( .*)?::", text, re.MULTILINE)
    assert "##vso[" not in text
    assert "##[" not in text
    assert not ascii_only or text.isascii()
    assert not any(line != line.rstrip() for line in text.split("\n"))


def test_a_heading_without_words_leaves_no_empty_line() -> None:
    bare = Diagnosis(
        "dns-timeout", Confidence.LIKELY, "t", "", "dns-timeout", "caller", False, checks=("x",)
    )
    assert render_text(_diagnosed(bare), verbosity=-1) == (
        "FAIL      t.\n\nCAUSE     dns-timeout (likely, not proved).\n"
    )


@given(report=reports, width=st.integers(20, 200), verbosity=st.integers(-1, 2))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_prose_runs_over_the_width_only_where_a_word_is_too_long(
    report: Report, width: int, verbosity: int
) -> None:
    if verbosity < 0 and report.verdict is Verdict.HEALTHY:
        return  # one line by promise
    heads = {"label", "mark", "id", *(status.value for status in Status)}
    for line in report_lines(report, width, "bash", verbosity, ascii_only=False):
        text = "".join(part for _, part in line)
        if cells(text) <= min(width, 100) or {style for style, _ in line} & set(UNBROKEN):
            continue
        body = "".join(part for style, part in line if style not in heads)
        assert len(body.split()) <= 1, text


@given(report=reports)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_report_has_the_same_words_in_colour(report: Report) -> None:
    assert ANSI.sub("", render_rich(report, verbosity=2)) == render_text(report, verbosity=2)


def _diagnosed(one: Diagnosis) -> Report:
    return replace(samples.DEPLOYMENT_NOT_FOUND, diagnosis=(one,))
