"""JUnit XML: the strict schema, and what Azure Pipelines, Jenkins and GitLab make of a file."""

from __future__ import annotations

import io
from typing import Any
from xml.etree import ElementTree as Xml

import pytest
from junitparser import JUnitXml

from foundry_doctor.model import (
    Accepted,
    Confidence,
    Diagnosis,
    Status,
    Verdict,
)
from foundry_doctor.noun import replace
from foundry_doctor.report.junit import junit_of_error, render_junit

from . import golden, samples
from .ci_samples import (
    ACCEPTED,
    CI_SAMPLES,
    MANY,
    MIXED,
    NO_CREDENTIAL,
    PARTLY_ACCEPTED,
    UNKNOWN_BUT_HEALTHY,
)
from .junit_readers import azure, check, gitlab, jenkins, red

NAMES = sorted(CI_SAMPLES)


def result(text: str, name: str) -> Xml.Element:
    """The result of the case whose name begins so."""
    root = Xml.fromstring(text.encode())
    case = next(one for one in root.iter("testcase") if str(one.get("name")).startswith(name))
    return case[0]


@pytest.mark.parametrize("name", NAMES)
def test_whole_file(name: str) -> None:
    text = render_junit(CI_SAMPLES[name], hostname="runner-7")
    check(text)
    assert text == golden.expected(f"{name}.junit.xml", text)


@pytest.mark.parametrize("name", NAMES)
def test_junitparser_counts_the_rows(name: str) -> None:
    """A library that others use to read and merge such files."""
    chosen = CI_SAMPLES[name]
    read: Any = JUnitXml.fromstring(render_junit(chosen).encode())
    read.update_statistics()
    rows = [row.status for report in chosen for row in report.checks]
    assert read.tests >= len(rows)
    assert read.errors >= sum(status in (Status.ERROR, Status.UNKNOWN) for status in rows)
    skipped = rows.count(Status.SKIP)
    assert read.failures + read.skipped >= rows.count(Status.FAIL) + skipped
    again = io.BytesIO()
    read.write(again)
    assert again.getvalue()


def test_every_status_in_every_reader() -> None:
    text = render_junit([MIXED])
    read: Any = JUnitXml.fromstring(text.encode())
    read.update_statistics()
    assert (read.tests, read.failures, read.errors, read.skipped) == (7, 2, 2, 1)
    names = [
        "config.endpoint", "endpoint.clock", "key.accepted", "acme.egress", "deployment.resolve",
        "rbac.role", "region.offered",
    ]  # fmt: skip
    seen = {one.name.split()[0]: one.outcome for one in azure(text)}
    outcomes = ["Passed", "Passed", "Failed", "Failed", "NotExecuted", "Failed", "Failed"]
    assert seen == dict(zip(names, outcomes, strict=True))
    seen = {one.name.split()[0]: one.outcome for suite in jenkins(text).values() for one in suite}
    outcomes = ["PASSED", "PASSED", "FAILED", "FAILED", "SKIPPED", "FAILED", "FAILED"]
    assert seen == dict(zip(names, outcomes, strict=True))
    suite = gitlab(text)
    assert (suite.error, suite.dropped) == (None, [])
    counts = {status: suite.count(status) for status in ("success", "failed", "error", "skipped")}
    assert counts == {"success": 2, "failed": 2, "error": 2, "skipped": 1}


def test_the_fix_can_be_read_in_every_reader() -> None:
    """GitLab drops the message of a failure that has a text: the text must hold everything."""
    text = render_junit([MIXED])
    shown = [
        next(one for one in azure(text) if one.name.startswith("key.accepted")).text,
        next(one for one in gitlab(text).cases["failed"].values() if one.group == "key").text,
        next(one for suite in jenkins(text).values() for one in suite if one.group == "key").text,
    ]
    for one in shown:
        assert one is not None
        lines = one.splitlines()
        assert lines[0] == "FAIL      Key authentication is off on contoso-ai: no key can work."
        wanted = (
            "FIX ", "CHECK ", "CAUSE     key-auth-disabled (certain).", "WHY ", "NOT ", "IDS ",
            "SEEN      key.accepted: 401 from Azure's front end",
        )  # fmt: skip
        places = [one.index(label) for label in wanted]
        assert places == sorted(places)
        assert "               unset ANTHROPIC_FOUNDRY_API_KEY" in lines
        assert "6c1e4a52-8f0d-4c1b-9a57-3f2b1d0e9c8a" in one


def test_powershell_on_demand() -> None:
    assert "Remove-Item Env:" in render_junit([MIXED], shell="pwsh")


def test_types_and_messages() -> None:
    text = render_junit([MIXED])
    for name, kind, message in (
        ("key.accepted", "key-auth-disabled", "401 from Azure's front end"),
        ("acme.egress", "unexplained", "not on the list"),
        ("rbac.role", "unknown", "Resource Manager answers 403"),
        ("region.offered", "crash", "ValueError in region_offered.py line 3"),
    ):
        assert result(text, name).attrib == {"type": kind, "message": message}
    skip = result(text, "deployment.resolve")
    assert skip.attrib == {"message": "blocked by key.accepted"}
    assert "apim-request-id nine" in str(result(text, "acme.egress").text)
    assert "list: egress-2026" in str(result(text, "acme.egress").text)


def test_a_warning_passes_and_is_told_in_the_output() -> None:
    root = check(render_junit([samples.DEGRADED]))
    assert red(render_junit([samples.DEGRADED])) == 0
    suite = next(one for one in root if one.find("testcase[@classname='deployment']") is not None)
    said = str(suite.findtext("system-out"))
    assert said.startswith("WARN      deployment.resolve: claude-sonnet-5: 1 of 3 calls failed")
    assert "ALSO      The model behind claude-sonnet-5 retires on 2026-12-20." in said


@pytest.mark.parametrize("name", NAMES)
def test_a_job_is_red_where_the_exit_code_says_so(name: str) -> None:
    """And where something could not be known, which is an error whatever the exit code."""
    for report in CI_SAMPLES[name]:
        unknown = any(row.status in (Status.UNKNOWN, Status.ERROR) for row in report.checks)
        assert bool(red(render_junit([report]))) == (report.exit_code != 0 or unknown)


def test_unknown_is_never_green_and_never_skipped() -> None:
    error = result(render_junit([UNKNOWN_BUT_HEALTHY]), "rbac.role")
    assert error.tag == "error"
    assert "Exit code 0: nothing failed." in str(error.text), "it says why the run itself passed"


def test_what_is_accepted_is_skipped_and_stays_visible() -> None:
    text = render_junit([ACCEPTED])
    assert red(text) == 0
    skip = result(text, "key.accepted")
    assert (skip.tag, skip.get("message")) == (
        "skipped",
        "accepted until 2026-12-31 (platform team): the policy forbids keys; callers move in May",
    )
    assert "az login" in str(skip.text)
    assert "known already: in the baseline last-night.json" in text
    assert red(render_junit([PARTLY_ACCEPTED])) == 1


def test_a_fork_without_credentials_stays_green() -> None:
    skip = result(render_junit([NO_CREDENTIAL]), "config.credential")
    assert skip.tag == "skipped"
    assert skip.get("message") == (
        "failed, but does not count for the exit code: no key and no token are set"
    )


def test_a_cause_without_a_row_has_a_case() -> None:
    bare = replace(samples.KEY_AUTH_DISABLED, checks=samples.WAY)
    failure = result(render_junit([bare]), "key-auth-disabled [")
    assert (failure.tag, failure.get("type")) == ("failure", "key-auth-disabled")
    assert "FIX " in str(failure.text)
    accepted = Accepted("suppression", Status.FAIL, "key-auth-disabled", reason="known")
    green = replace(bare, exit_code=0, accepted=(accepted,))
    assert result(render_junit([green]), "key-auth-disabled [").get("message") == "accepted: known"
    warned = replace(samples.DEGRADED, checks=samples.WAY)
    assert red(render_junit([warned])) == 0
    assert "retires on 2026-12-20" in render_junit([warned])


@pytest.mark.parametrize(
    ("verdict", "code", "tag"),
    [
        (Verdict.FAILING, 1, "failure"),
        (Verdict.FAILING, 5, "failure"),
        (Verdict.DEGRADED, 4, "failure"),
        (Verdict.INCONCLUSIVE, 3, "error"),
        (Verdict.INCONCLUSIVE, 70, "error"),
        (Verdict.INCONCLUSIVE, 0, "skipped"),
    ],
)
def test_a_verdict_that_no_row_shows(verdict: Verdict, code: int, tag: str) -> None:
    bare = replace(samples.HEALTHY, verdict=verdict, exit_code=code, checks=())
    text = render_junit([bare])
    check(text)
    assert result(text, "verdict [").tag == tag


def test_a_healthy_report_without_rows_has_a_case() -> None:
    text = render_junit([replace(samples.HEALTHY, checks=())])
    assert len(check(text).findall(".//testcase")) == 1
    assert red(text) == 0


def test_interrupted() -> None:
    error = result(render_junit([samples.INTERRUPTED]), "interrupted [contoso-ai, claude-sonnet-5]")
    assert (error.tag, error.get("type")) == ("error", "interrupted")
    assert str(error.get("message")).startswith("Interrupted before the end: Ctrl-C while")


@pytest.mark.parametrize("kind", ["usage", "interrupted", "terminated", "internal"])
def test_an_error_before_any_report(kind: str) -> None:
    text = junit_of_error(kind, "unknown flag --tire\x1b[31m", started_at="2026-11-22T02:04:09Z")
    root = check(text)
    assert [(one.get("classname"), one.get("name")) for one in root.iter("testcase")] == [
        ("run", kind)
    ]
    assert result(text, kind).get("type") == kind
    assert "unknown flag --tire" in str(result(text, kind).get("message"))
    assert root[0].get("timestamp") == "2026-11-22T02:04:09"


def test_no_report_at_all_is_no_success() -> None:
    check(render_junit([]))
    assert red(render_junit([])) == 1


def test_the_jobs_of_a_matrix_do_not_drop_each_others_cases() -> None:
    """GitLab keeps one case of a name, and Jenkins merges suites of one name and id."""
    many = tuple(f"claude-{number}" * 9 for number in range(9))
    targets = [
        replace(samples.TARGET, deployments=("claude-sonnet-5",)),
        replace(samples.TARGET, deployments=("claude-opus-5",)),
        replace(samples.TARGET, resource="fabrikam-ai", deployments=("claude-opus-5",)),
        replace(samples.TARGET, name="prod", deployments=("claude-opus-5",)),
        replace(samples.TARGET, deployments=many),
        replace(samples.TARGET, deployments=many[::-1]),
    ]
    jobs = []
    for one in targets:
        row = samples.row("deployment.resolve", Status.FAIL, "404", subject=one.deployments[0])
        report = replace(samples.HEALTHY, target=one, exit_code=1, checks=(*samples.WAY, row))
        jobs.append(render_junit([report]))
    assert gitlab(*jobs).dropped == []
    assert sum(map(len, gitlab(*jobs).cases.values())) == 8 * len(jobs)
    assert len(jenkins(*jobs)) == 4 * len(jobs)
    assert len({one.name for job in jobs for one in azure(job)}) == 8 * len(jobs)


def test_deployments_that_nobody_named_are_no_part_of_a_name() -> None:
    """Else a new deployment renames every case, and their history begins anew."""
    found = {**samples.TARGET.provenance, "deployments": "Resource Manager"}
    one = replace(samples.HEALTHY, target=replace(samples.TARGET, provenance=found))
    names = [str(case.get("name")) for case in check(render_junit([one])).iter("testcase")]
    assert "key.accepted [contoso-ai]" in names
    assert "deployment.resolve: claude-sonnet-5 [contoso-ai]" in names


def test_the_same_row_twice_is_two_cases() -> None:
    twice = replace(samples.HEALTHY, checks=samples.WAY * 2)
    text = render_junit([twice, twice])
    assert len(list(check(text).iter("testcase"))) == 4 * len(samples.WAY)
    assert gitlab(text).dropped == []


def test_several_targets_in_one_file() -> None:
    root = check(render_junit(MANY))
    assert len(root) > len(MANY)
    assert {str(one.get("name")).partition(" ")[2] for one in root} == {
        "[contoso-ai, claude-sonnet-5]", "[prod, contoso-ai, claude-sonnet-5]",
        "[contoso-ai, claude-sonnet-5] (2)",
    }  # fmt: skip


def test_one_cause_of_many_names_its_own_subject() -> None:
    """Two causes of one check: each row has the one about its subject."""
    first = samples.DEPLOYMENT_NOT_FOUND.diagnosis[0]
    other = Diagnosis("model-retired", Confidence.CERTAIN, "It is retired", "", "model-retired",
                      "caller", False, subjects=("claude-sonnet-5",),
                      checks=("deployment.resolve",))  # fmt: skip
    rows = tuple(
        samples.row("deployment.resolve", Status.FAIL, "404", subject=name)
        for name in ("claude-opus-5", "claude-sonnet-5")
    )
    report = replace(samples.DEPLOYMENT_NOT_FOUND, diagnosis=(first, other), checks=rows)
    text = render_junit([report])
    assert result(text, "deployment.resolve: claude-opus-5").get("type") == "deployment-not-found"
    assert result(text, "deployment.resolve: claude-sonnet-5").get("type") == "model-retired"
