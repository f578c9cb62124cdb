"""What the user accepts: which causes it covers, and what the exit code is then."""

from __future__ import annotations

from typing import Any

import pytest

from foundry_doctor.engine.acceptance import Baseline, accepted, baseline_of, unused
from foundry_doctor.engine.verdict import Rules, judge
from foundry_doctor.model import (
    Accepted,
    Confidence,
    Diagnosis,
    Report,
    Result,
    Run,
    Status,
    Suppression,
    Target,
    Vantage,
    Verdict,
)
from foundry_doctor.noun import replace

TODAY = "2026-11-25"
TARGET = Target(deployments=("d", "e"), base_url="https://h/anthropic")


def row(id_: str, status: str, subject: str | None = None, **more: Any) -> Result:
    return Result(id=id_, title="t", status=Status(status), summary="s", subject=subject, **more)


def cause(id_: str, *checks: str, subjects: tuple[str, ...] = (), slow: bool = False) -> Diagnosis:
    return Diagnosis(
        id_, Confidence.CERTAIN, "t", "s", id_, "caller", slow, subjects=subjects, checks=checks
    )


def entry(**more: Any) -> Suppression:
    values: dict[str, Any] = {
        "cause": None, "check": None, "target": None, "subject": None, "reason": "r", "owner": "o",
        "expires": "2030-01-01", "where": "f.yaml:1:1", **more,
    }  # fmt: skip
    return Suppression(**values)


PROOFS = [row("deployment.resolve", "pass", "d"), row("deployment.resolve", "pass", "e")]
HALF = [row("deployment.resolve", "fail", "d"), row("deployment.resolve", "pass", "e")]
MISSING = cause("deployment-not-found", "deployment.resolve", subjects=("d",))


def outcome(
    rows: list[Result],
    diagnosis: list[Diagnosis],
    suppress: list[Suppression],
    *,
    known: set[tuple[str, str | None]] | None = None,
    **rules: Any,
) -> tuple[str, int, int]:
    """Verdict, exit code, and how much was accepted."""
    base = Baseline("old.json", TARGET.base_url, frozenset(known)) if known is not None else None
    found = accepted(rows, diagnosis, suppress, base, TODAY)
    result = judge(rows, diagnosis, TARGET, Rules(**rules), found)
    return result.verdict.value, result.exit_code, len(found)


@pytest.mark.parametrize(
    ("suppress", "expected"),
    [
        ([], ("failing", 1, 0)),
        ([entry(cause="deployment-not-found")], ("failing", 0, 1)),
        ([entry(check="deployment.*")], ("failing", 0, 1)),
        ([entry(cause="deployment-not-found", subject="d")], ("failing", 0, 1)),
        ([entry(cause="deployment-not-found", subject="e")], ("failing", 1, 0)),
        ([entry(cause="key-invalid")], ("failing", 1, 0)),
        ([entry(check="dns.*")], ("failing", 1, 0)),
        ([entry(cause="deployment-not-found", expires="2026-11-24")], ("failing", 1, 0)),
        ([entry(cause="deployment-not-found", expires=TODAY)], ("failing", 0, 1)),
    ],
)
def test_one_failure(suppress: list[Suppression], expected: tuple[str, int, int]) -> None:
    assert outcome(HALF, [MISSING], suppress) == expected


def test_a_cause_is_accepted_with_all_its_subjects_or_not() -> None:
    rows = [row("deployment.resolve", "fail", "d"), row("deployment.resolve", "fail", "e")]
    both = cause("deployment-not-found", "deployment.resolve", subjects=("d", "e"))
    assert outcome(rows, [both], [entry(cause="deployment-not-found", subject="d")])[1] == 1
    assert outcome(rows, [both], [], known={("deployment-not-found", "d")})[1] == 1
    known: set[tuple[str, str | None]] = {
        ("deployment-not-found", "d"), ("deployment-not-found", "e"),
    }  # fmt: skip
    assert outcome(rows, [both], [], known=known) == ("failing", 0, 1)


def test_what_else_fails_still_does() -> None:
    rows = [*HALF, row("key.accepted", "fail")]
    found = [MISSING, cause("key-invalid", "key.accepted")]
    assert outcome(rows, found, [entry(cause="deployment-not-found")]) == ("failing", 1, 1)
    slow = [MISSING, cause("rate-limited", "key.accepted", slow=True)]
    assert outcome(rows, slow, [entry(cause="deployment-not-found")]) == ("failing", 5, 1)


def test_what_an_accepted_failure_blocks_is_no_open_question() -> None:
    blocked = [
        row("endpoint.connect", "fail", "h"),
        row("deployment.resolve", "skip", "d", blocked_by="endpoint.connect"),
        row("deployment.resolve", "skip", "e", blocked_by="endpoint.connect"),
    ]
    found = [cause("connect-timeout", "endpoint.connect", subjects=("h",))]
    assert outcome(blocked, found, [entry(cause="connect-timeout")]) == ("failing", 0, 1)
    assert outcome(blocked, found, [entry(cause="connect-timeout")], restricted=True)[1] == 0


def test_the_other_deployment_still_needs_its_proof() -> None:
    rows = [row("deployment.resolve", "fail", "d"), row("deployment.resolve", "unknown", "e")]
    assert outcome(rows, [MISSING], [entry(cause="deployment-not-found")]) == ("failing", 3, 1)


def test_a_symptom_folded_into_an_accepted_cause_goes_with_it() -> None:
    rows = [*HALF, row("deployment.listed", "fail", "d")]
    assert outcome(rows, [MISSING], [entry(cause="deployment-not-found")]) == ("failing", 0, 1)


def test_a_warning_is_accepted_for_fail_on_warning() -> None:
    rows = [*PROOFS, row("region.model", "warn", "d")]
    found = [cause("model-retiring", "region.model", subjects=("d",))]
    assert outcome(rows, found, [], fail_on="warning") == ("degraded", 4, 0)
    suppress = [entry(check="region.model")]
    assert outcome(rows, found, suppress, fail_on="warning") == ("degraded", 0, 1)


def test_an_error_is_never_accepted() -> None:
    rows = [*PROOFS, row("dns.x", "error")]
    assert outcome(rows, [], [entry(check="dns.*")]) == ("inconclusive", 3, 0)


def test_an_open_demand_is_no_all_clear() -> None:
    rows = [*PROOFS, row("deployment.type", "unknown", "d", facts={"expect.name": "hosting"})]
    assert outcome(rows, [], []) == ("inconclusive", 3, 0)


def test_an_expired_entry_cannot_be_accepted_by_a_baseline() -> None:
    over = {"suppress.expired": "2026-11-01"}
    rows = [*PROOFS, row("config.suppressions", "fail", "f.yaml:1:1", facts=over)]
    found = [cause("config-conflict", "config.suppressions", subjects=("f.yaml:1:1",))]
    known: set[tuple[str, str | None]] = {("config-conflict", "f.yaml:1:1")}
    assert outcome(rows, found, [], known=known) == ("failing", 1, 0)


def test_a_baseline_speaks_for_its_own_endpoint() -> None:
    known = frozenset({("a", None)})
    own, other = Baseline("x", "https://h/anthropic", known), Baseline("x", "https://o", known)
    assert baseline_of(TARGET, [other]) is None
    assert baseline_of(TARGET, [Baseline("x", None, known)]) is None
    found = baseline_of(TARGET, [other, own, replace(own, known=frozenset({("b", None)}))])
    assert found is not None
    assert found.known == {("a", None), ("b", None)}


def test_what_nothing_needed_is_told() -> None:
    used = Accepted("suppression", Status.FAIL, "a", where="f.yaml:1:1")
    report = Report(
        "0", Run("r", "2026-11-25T00:00:00Z", 1.0, "free"), Vantage("os", "3"), TARGET,
        Verdict.FAILING, 0, accepted=(used,),
    )  # fmt: skip
    entries = [entry(cause="a"), entry(cause="b", where="f.yaml:2:1"),
               entry(cause="c", where="f.yaml:3:1", expires="2026-11-01")]  # fmt: skip
    assert [one.cause for one in unused(entries, [report])] == ["b"]
