"""The Azure Pipelines log: whole logs against golden files, and what no text can make it do."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from foundry_doctor.model import Report
from foundry_doctor.noun import replace
from foundry_doctor.report.annotations import Annotation
from foundry_doctor.report.azure_pipelines import (
    escape,
    harmless,
    issue,
    issues,
    render_azure_pipelines,
    said,
)

from . import samples
from .ci_logs import AZURE_ESCAPES, Command, azure_line, lines, read_azure, unescaped
from .ci_runs import RUNS, code_of, hostile, runs, text_of
from .golden import expected

PATH = "/agent/_temp/foundry-doctor-1/foundry-doctor.md"
NAMES = ("task.logissue", "task.setvariable", "task.uploadsummary", "task.complete")


@pytest.mark.parametrize("name", RUNS)
def test_whole_log(name: str) -> None:
    run = RUNS[name]
    out = render_azure_pipelines(run, "(the text)\n", code=code_of(run), summary=PATH)
    assert out == expected(f"azure-pipelines.{name}.txt", out)


@pytest.mark.parametrize("name", RUNS)
def test_what_the_agent_obeys_is_ours_and_the_text_is_shown_whole(name: str) -> None:
    run = RUNS[name]
    out = render_azure_pipelines(run, text_of(run), code=code_of(run), summary=PATH)
    log = read_azure(out)
    assert log.complaints == []
    assert "\n".join(log.shown) + "\n" == text_of(run)
    assert [one.data for one in log.named("task.logissue")] == [said(one) for one in issues(run)]
    assert [one.data for one in log.named("task.uploadsummary")] == [PATH]
    assert log.commands[-1].name == "task.complete"


@pytest.mark.parametrize(
    ("name", "code", "result"),
    [
        ("healthy", 0, "Succeeded"),
        ("degraded", 0, "SucceededWithIssues"),
        ("accepted", 0, "SucceededWithIssues"),
        ("skipped", 0, "SucceededWithIssues"),
        ("degraded", 4, "Failed"),
        ("failing", 1, "Failed"),
        ("transient", 5, "Failed"),
        ("inconclusive", 3, "Failed"),
        ("interrupted", 130, "Failed"),
    ],
)
def test_the_result_agrees_with_the_exit_code(name: str, code: int, result: str) -> None:
    log = read_azure(render_azure_pipelines(RUNS[name], "x", code=code, summary=None))
    assert log.commands[-1] == Command("task.complete", {"result": result}, "")
    out = render_azure_pipelines(RUNS[name], "x", code=code, summary=None, complete=False)
    assert "task.complete" not in out
    assert "task.uploadsummary" not in out


def test_variables_for_later_jobs() -> None:
    run = RUNS["transient"]
    log = read_azure(render_azure_pipelines(run, "x", code=5, summary=None))
    found = {one.properties["variable"]: one for one in log.named("task.setvariable")}
    assert {name: one.data for name, one in found.items()} == {
        "foundryDoctorVerdict": "failing",
        "foundryDoctorCause": "rate-limited",
        "foundryDoctorTransient": "true",
    }
    assert all(one.properties["isoutput"] == "true" for one in found.values())


@given(run=runs(), text=hostile)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_nothing_is_injected_ever(run: tuple[Report, ...], text: str) -> None:
    log = read_azure(render_azure_pipelines(run, text, code=1, summary=PATH))
    assert log.complaints == []
    assert [one.data for one in log.named("task.logissue")] == [said(one) for one in issues(run)]
    assert len(log.commands) == len(issues(run)) + 3 + 1 + 1
    assert {one.name for one in log.commands} <= set(NAMES)


@given(text=hostile)
@settings(max_examples=300, deadline=None)
def test_a_text_is_still_readable_and_obeyed_by_nobody(text: str) -> None:
    out = harmless(text)
    log = read_azure(out)
    assert log.commands == []
    assert log.complaints == []
    assert out.replace("# ", "#") == text.replace("# ", "#")
    assert harmless(out) == out


@pytest.mark.parametrize(
    "text",
    ["##vso[task.complete result=Failed;]", "ok ##vso[task.debug]x", "a\r##vso[a.b]", "##vso",
     "#\u200d#vso[a.b]", "##\u00adv\u200cso[a.b]", "###vso[a.b]", "##[error]x", "##[group]x",
     "##\u115f\u1160\u115f[error]"],
)  # fmt: skip
def test_the_parser_finds_what_the_agent_would(text: str) -> None:
    log = read_azure(text)
    assert log.commands or log.complaints
    log = read_azure(harmless(text))
    assert log.commands == []
    assert log.complaints == []


@pytest.mark.parametrize("text", ["# heading", "a # b", "${name##*/}", "C##", "##", "##v", "#vso"])
def test_what_no_agent_obeys_is_left_alone(text: str) -> None:
    assert harmless(text) == text


def test_a_long_row_of_characters_costs_no_time() -> None:
    for part in ("##", "##a", "##\u115f", "#\u200d", "##v\u200d"):
        assert len(harmless(part * 20_000)) >= 20_000
    harmless("##" + "\u115f" * 5_000)
    harmless("#" + "\u200d" * 5_000)


@given(message=hostile)
@settings(max_examples=200, deadline=None)
def test_an_issue_is_read_back_as_it_was(message: str) -> None:
    one = Annotation("error", "t]i;t%0Al", message, "a;b]c%0D")
    line = issue(one)
    assert len(lines(line)) == 1
    found = azure_line(line.removesuffix("\n"))
    assert found == Command(
        "task.logissue", {"type": "error", "code": one.code}, f"{one.title}: {message}"
    )
    assert unescaped(escape(message), AZURE_ESCAPES) == message


def test_a_path_with_everything_in_it_is_read_back() -> None:
    path = "/agent/_te;mp]/100%0A/foundry doctor.md"
    log = read_azure(render_azure_pipelines([samples.HEALTHY], "x", code=0, summary=path))
    assert [one.data for one in log.named("task.uploadsummary")] == [path]


def test_ten_errors_and_ten_warnings() -> None:
    run = [samples.KEY_AUTH_DISABLED, samples.DEGRADED, *RUNS["accepted"]] * 11
    found = issues(run)
    assert [one.level for one in found] == ["error"] * 10 + ["warning"] * 10
    assert found[9].title == "foundry-doctor: 2 more"
    assert found[19].title.endswith(" more")


def test_an_accepted_failure_is_a_warning() -> None:
    assert [one.level for one in issues(RUNS["accepted"])] == ["warning", "warning"]


def test_no_secret() -> None:
    report = replace(samples.LONG_NAMES, accepted=RUNS["accepted"][0].accepted)
    out = render_azure_pipelines([report], text_of((report,)), code=1, summary=PATH)
    assert samples.KEY not in out
