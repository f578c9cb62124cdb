"""JUnit XML of whatever a report may hold: odd characters and times, long texts, many rows."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foundry_doctor.model import Accepted, Report, Result, Status
from foundry_doctor.noun import replace
from foundry_doctor.report.junit import junit_of_error, render_junit

from . import samples
from .ci_samples import large
from .junit_readers import check, gitlab, red
from .strategies import reports, texts

GITLAB_LIMIT = 30_000_000


@pytest.mark.parametrize(
    ("started", "stamp"),
    [
        ("2026-11-22T02:04:09Z", "2026-11-22T02:04:09"),
        ("2026-11-22T02:04:09.123Z", "2026-11-22T02:04:09"),
        ("2026-11-22 02:04:09", "2026-11-22T02:04:09"),
        ("2026-02-30T02:04:09Z", "1970-01-01T00:00:00"),
        ("0000-01-01T02:04:09Z", "1970-01-01T00:00:00"),
        ("2026-11-22T24:04:09Z", "1970-01-01T00:00:00"),
        ("yesterday", "1970-01-01T00:00:00"),
    ],
)
def test_a_timestamp_has_no_zone(started: str, stamp: str) -> None:
    report = replace(samples.HEALTHY, run=replace(samples.RUN, started_at=started))
    assert {one.get("timestamp") for one in check(render_junit([report]))} == {stamp}


@pytest.mark.parametrize("ms", [float("nan"), float("inf"), -1.0, 1e300, 0.4, 1234.5])
def test_a_duration_is_a_plain_decimal(ms: float) -> None:
    report = replace(samples.HEALTHY, checks=(replace(samples.WAY[0], duration_ms=ms),))
    case = next(check(render_junit([report])).iter("testcase"))
    assert re.fullmatch(r"\d{1,8}\.\d{3}", str(case.get("time")))


@pytest.mark.parametrize("cause", ["yaml", "symbol", "integer", "dateTime", "array", "file"])
def test_a_cause_is_no_instruction_to_gitlab(cause: str) -> None:
    report = replace(samples.HEALTHY, checks=(
        samples.row("acme.egress", Status.FAIL, "12", cause=cause),), exit_code=1)  # fmt: skip
    suite = gitlab(render_junit([report]))
    assert (suite.error, suite.count("failed")) == (None, 1)


def test_characters_that_xml_forbids() -> None:
    bad = "a\x00\x08\x0b\x1b[31m\x7f\x9b2J\ud800\udfff\ufffe\uffffb\u202e]]><![CDATA[&<\"'>"
    report = replace(
        samples.KEY_AUTH_DISABLED,
        checks=(Result(f"dns.{bad}", bad, Status.FAIL, bad, subject=bad, cause=bad,
                       evidence={bad: bad}),),
        target=replace(samples.TARGET, name=bad, resource=bad, deployments=(bad,)),
    )  # fmt: skip
    text = render_junit([report], hostname=bad)
    check(text)
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff\u202e]", text)
    assert "]]>" not in text


def test_an_id_of_forbidden_characters_only() -> None:
    report = replace(samples.HEALTHY, checks=(Result("\uffff", "", Status.PASS, ""),) * 2)
    root = check(render_junit([report], hostname="\x00"))
    assert [one.get("classname") for one in root.iter("testcase")] == ["unnamed", "unnamed"]


@pytest.mark.parametrize("status", [Status.FAIL, Status.WARN, Status.UNKNOWN, Status.SKIP])
def test_ten_thousand_rows(status: Status) -> None:
    report = large(10_000, status)
    began = time.process_time()
    text = render_junit([report])
    assert time.process_time() - began < 10, "seconds on a slow machine; about one on a usual one"
    assert len(text.encode()) < GITLAB_LIMIT
    assert text.count("<testcase ") >= 10_000


def test_long_texts_are_cut_so_that_gitlab_takes_the_file() -> None:
    hostile = '"表&\n' * 200_000
    rows = tuple(
        samples.row("key.accepted", Status.FAIL, hostile, subject=f"s{number}")
        for number in range(300)
    )
    one = replace(samples.KEY_AUTH_DISABLED.diagnosis[0], because=(hostile,), title=hostile)
    text = render_junit([replace(samples.KEY_AUTH_DISABLED, checks=rows, diagnosis=(one,))])
    check(text)
    assert len(text.encode()) < GITLAB_LIMIT
    assert "more characters" in text


def test_no_secret_of_the_target() -> None:
    assert samples.KEY not in render_junit([samples.LONG_NAMES])


accepted = st.builds(
    Accepted,
    by=st.sampled_from(["suppression", "baseline"]),
    status=st.sampled_from([Status.FAIL, Status.WARN]),
    cause=st.none() | texts,
    subjects=st.lists(texts, max_size=2).map(tuple),
    rows=st.lists(
        st.tuples(st.sampled_from(["dns.resolve", "key.accepted"]), st.none() | texts), max_size=2
    ).map(tuple),
    reason=texts,
    owner=st.none() | texts,
    expires=st.none() | texts,
    where=texts,
)


@given(
    chosen=st.lists(reports, max_size=3),
    taken=st.lists(accepted, max_size=2).map(tuple),
    hostname=texts,
)
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_report_is_a_valid_file(
    chosen: list[Report], taken: tuple[Accepted, ...], hostname: str
) -> None:
    chosen = [replace(report, accepted=taken) for report in chosen]
    text = render_junit(chosen, hostname=hostname)
    check(text)
    assert "planted-secret-value" not in text
    suite = gitlab(text)
    assert (suite.error, suite.dropped) == (None, [])
    if any(report.exit_code != 0 for report in chosen):
        assert red(text)


@given(kind=texts, message=texts, started=texts)
@settings(max_examples=60, deadline=None)
def test_any_error_is_a_valid_file(kind: str, message: str, started: str) -> None:
    text = junit_of_error(kind, message, started_at=started)
    check(text)
    assert red(text) == 1
