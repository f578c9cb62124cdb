"""The contract's table: verdict and exit code of every kind of run."""

from __future__ import annotations

from typing import Any

import pytest

from foundry_doctor.engine.verdict import Rules, covered, judge, not_covered, proven
from foundry_doctor.model import Confidence, Diagnosis, Result, Status, Target

ONE = Target(deployments=("d",))
TWO = Target(deployments=("d", "e"))
PROOF = "deployment.resolve"


def row(id_: str, status: str, subject: str | None = None, **more: Any) -> Result:
    return Result(id=id_, title="t", status=Status(status), summary="s", subject=subject, **more)


def cause(id_: str, *checks: str, transient: bool = False) -> Diagnosis:
    return Diagnosis(
        cause=id_,
        confidence=Confidence.LIKELY,
        title="t",
        summary="s",
        playbook=id_,
        who="caller",
        transient=transient,
        checks=checks,
    )


PASSED = row(PROOF, "pass", "d")
SLOW = cause("rate-limited", PROOF, transient=True)
WRONG = cause("deployment-not-found", PROOF)

RUNS: list[tuple[str, list[Result], list[Diagnosis], str, int]] = [
    ("all passed", [row("dns.resolve", "pass"), PASSED], [], "healthy", 0),
    ("skips never count", [row("rbac.x", "skip"), PASSED], [], "healthy", 0),
    ("a warning", [row("dns.resolve", "warn"), PASSED], [], "degraded", 0),
    ("a warning on the proof", [row(PROOF, "warn", "d")], [], "degraded", 0),
    ("a failure", [row(PROOF, "fail", "d")], [WRONG], "failing", 1),
    ("a failure beside the proof", [row("dns.x", "fail"), PASSED], [], "failing", 1),
    (
        "a failure and an error",
        [row("dns.x", "error"), row(PROOF, "fail", "d")],
        [WRONG],
        "failing",
        1,
    ),
    ("an error", [row("dns.x", "error"), PASSED], [], "inconclusive", 3),
    (
        "an error and a warning",
        [row("dns.x", "error"), row("dns.y", "warn"), PASSED],
        [],
        "inconclusive",
        3,
    ),
    ("no proof", [row("dns.x", "pass"), row(PROOF, "unknown", "d")], [], "inconclusive", 3),
    ("no proof, but a warning", [row("dns.x", "warn")], [], "inconclusive", 3),
    ("nothing at all", [], [], "inconclusive", 3),
    ("an unknown beside the proof", [row("dns.x", "unknown"), PASSED], [], "healthy", 0),
    ("transient", [row(PROOF, "fail", "d")], [SLOW], "failing", 5),
    (
        "transient and lasting",
        [row(PROOF, "fail", "d"), row("dns.x", "fail")],
        [SLOW, cause("x", "dns.x")],
        "failing",
        1,
    ),
    (
        "transient, a lasting warning",
        [row(PROOF, "fail", "d"), row("dns.x", "warn")],
        [SLOW, cause("x", "dns.x")],
        "failing",
        5,
    ),
    (
        "lasting, a transient warning",
        [row(PROOF, "fail", "d"), row("dns.x", "warn")],
        [WRONG, cause("x", "dns.x", transient=True)],
        "failing",
        1,
    ),
    ("a failure that nothing names", [row(PROOF, "fail", "d")], [], "failing", 1),
]


@pytest.mark.parametrize(
    ("rows", "diagnosis", "verdict", "code"), [r[1:] for r in RUNS], ids=[r[0] for r in RUNS]
)
def test_a_whole_run(
    rows: list[Result], diagnosis: list[Diagnosis], verdict: str, code: int
) -> None:
    outcome = judge(rows, diagnosis, ONE, Rules())
    assert (outcome.verdict.value, outcome.exit_code) == (verdict, code)


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([row("dns.x", "warn"), PASSED], 4),
        ([PASSED], 0),
        ([row("dns.x", "warn")], 3),
        ([row("dns.x", "warn"), row("dns.y", "error"), PASSED], 3),
        ([row("dns.x", "warn"), row(PROOF, "fail", "d")], 1),
    ],
)
def test_fail_on_warning(rows: list[Result], code: int) -> None:
    assert judge(rows, [], ONE, Rules(fail_on="warning")).exit_code == code


def need(status: str, id_: str = "dns.a") -> Result:
    return row(id_, status, selected=False)


RESTRICTED: list[tuple[str, list[Result], str, int]] = [
    ("passed, no proof", [row("dns.a", "pass")], "inconclusive", 0),
    ("passed, with proof", [PASSED], "healthy", 0),
    ("warned, no proof", [row("dns.a", "warn")], "inconclusive", 0),
    ("warned, with proof", [row(PROOF, "warn", "d")], "degraded", 0),
    ("failed", [row("dns.a", "fail")], "failing", 1),
    ("unknown", [row("dns.a", "unknown")], "inconclusive", 3),
    ("unknown beside the proof", [row("dns.a", "unknown"), PASSED], "inconclusive", 3),
    ("error", [row("dns.a", "error")], "inconclusive", 3),
    ("skipped only", [row("dns.a", "skip")], "inconclusive", 3),
    ("nothing ran", [], "inconclusive", 3),
    (
        "a need failed, in the way",
        [need("fail"), row("dns.b", "skip", blocked_by="dns.a")],
        "failing",
        1,
    ),
    ("a need failed, not in the way", [need("fail"), row("dns.b", "pass")], "inconclusive", 0),
    (
        "a need crashed, in the way",
        [need("error"), row("dns.b", "skip", blocked_by="dns.a")],
        "inconclusive",
        3,
    ),
    ("a need warned", [need("warn"), PASSED], "healthy", 0),
    (
        "a need proved it",
        [need("pass"), row(PROOF, "pass", "d", selected=False), row("dns.b", "pass")],
        "healthy",
        0,
    ),
]


@pytest.mark.parametrize(
    ("rows", "verdict", "code"), [r[1:] for r in RESTRICTED], ids=[r[0] for r in RESTRICTED]
)
def test_only_what_was_selected_counts(rows: list[Result], verdict: str, code: int) -> None:
    outcome = judge(rows, [], ONE, Rules(restricted=True))
    assert (outcome.verdict.value, outcome.exit_code) == (verdict, code)


def test_restricted_with_fail_on_warning() -> None:
    rules = Rules(restricted=True, fail_on="warning")
    assert judge([row("dns.a", "warn")], [], ONE, rules).exit_code == 4
    assert judge([need("warn"), row("dns.b", "pass")], [], ONE, rules).exit_code == 0


MISSING = row("config.credential", "fail", facts={"config.credential": "missing"})


@pytest.mark.parametrize(
    ("rows", "verdict", "code"),
    [
        ([MISSING], "inconclusive", 0),
        ([MISSING, row("config.endpoint", "fail")], "inconclusive", 0),
        ([row("config.endpoint", "fail")], "failing", 1),
        ([row("key.shape", "fail")], "failing", 1),
        ([PASSED], "healthy", 0),
    ],
)
def test_missing_credentials_may_be_skipped(rows: list[Result], verdict: str, code: int) -> None:
    causes = [cause("credentials-missing", "config.credential")]
    outcome = judge(rows, causes, ONE, Rules(skip_missing_credentials=True))
    assert (outcome.verdict.value, outcome.exit_code) == (verdict, code)
    assert judge([MISSING], causes, ONE, Rules()).exit_code == 1


@pytest.mark.parametrize(
    ("rows", "target", "yes"),
    [
        ([PASSED], ONE, True),
        ([row(PROOF, "warn", "d")], ONE, True),
        ([row("inference.message", "pass", "d")], ONE, True),
        ([row(PROOF, "unknown", "d")], ONE, False),
        ([row("key.accepted", "pass", "d")], ONE, False),
        ([PASSED], TWO, False),
        ([PASSED, row("inference.message", "pass", "e")], TWO, True),
        ([PASSED], Target(), False),
        ([], ONE, False),
    ],
)
def test_proof(rows: list[Result], target: Target, yes: bool) -> None:
    assert proven(rows, target) is yes


def test_what_was_covered() -> None:
    rows = [
        row("config.endpoint", "pass"),
        row("dns.resolve", "warn"),
        row("key.accepted", "fail"),
        PASSED,
        row("inference.message", "pass", "d"),
        row(PROOF, "unknown", "e"),
    ]
    assert covered(rows, TWO) == (
        "settings",
        "name resolution",
        "deployment d",
        "inference on d",
    )


def test_what_was_not_covered() -> None:
    free = {one.what for one in not_covered([PASSED, row(PROOF, "unknown", "e")], TWO, "free")}
    assert "deployment e" in free
    assert "deployment d" not in free
    assert any("inference" in what for what in free)
    paid = {one.what for one in not_covered([row("inference.message", "pass", "d")], ONE, "paid")}
    assert not any("inference" in what for what in paid)
    offline = {one.what for one in not_covered([], ONE, "offline")}
    assert any("network" in what for what in offline)
    assert "deployment d" not in offline
