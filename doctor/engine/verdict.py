"""From rows to the verdict, the exit code and what was and was not covered.

The table is the contract's.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..model import Accepted, Diagnosis, NotCovered, Result, Status, Target, Verdict
from ..noun import Noun, replace

OK, FAILED, USAGE, UNSURE, WARNED, TRANSIENT, DEFECT = 0, 1, 2, 3, 4, 5, 70
INTERRUPTED, TERMINATED = 130, 143
PROOFS = ("deployment.resolve", "inference.message")
"""Checks whose pass is a data-plane answer that proves a deployment."""


class Rules(Noun):
    """What the user asked for that changes the outcome."""

    restricted: bool = False
    """Under `--only` or `--tier offline` only what was selected counts."""
    fail_on: str = "fail"
    skip_missing_credentials: bool = False
    stopped: bool = False
    """The run was interrupted: what did not fail is not thereby healthy."""


class Outcome(Noun):
    verdict: Verdict
    exit_code: int


def judge(
    rows: Sequence[Result],
    diagnosis: Sequence[Diagnosis],
    target: Target,
    rules: Rules,
    accepted: Sequence[Accepted] = (),
) -> Outcome:
    """The verdict and the exit code of one report.

    The verdict is about the target, so what the user accepted stays in it; the exit code is about
    what somebody must do, so there it does not count.
    """
    counted = [row for row in rows if counts(row, rows)]
    outcome = _judge(counted, diagnosis, proven(rows, target), rules)
    if not accepted or outcome.exit_code == OK:
        return outcome
    left = [one for one in diagnosis if not any(other.covers(one) for other in accepted)]
    checks = {check for one in left for check in one.checks}
    covered = {name for one in accepted for name in one.rows}
    # A failed row that no cause left names was folded into an accepted one: its symptom.
    still = [
        row
        for row in counted
        if row.status not in (Status.FAIL, Status.WARN)
        or (row.id in checks and (row.id, row.subject) not in covered)
    ]
    proved = all(_excused(name, rows, target, accepted) for name in target.deployments)
    return Outcome(outcome.verdict, _judge(still, left, proved, rules, excused=True).exit_code)


def _excused(
    name: str, rows: Sequence[Result], target: Target, accepted: Sequence[Accepted]
) -> bool:
    """Whether a deployment is proved, or an accepted failure is what stands in the way of that."""
    if proven(rows, replace(target, deployments=(name,))):
        return True
    subjects = {subject for one in accepted if one.status is Status.FAIL for _, subject in one.rows}
    return any(subject == name or subject not in target.deployments for subject in subjects)


def _judge(
    counted: Sequence[Result],
    diagnosis: Sequence[Diagnosis],
    proved: bool,
    rules: Rules,
    *,
    excused: bool = False,
) -> Outcome:
    statuses = {row.status for row in counted}
    if Status.FAIL in statuses:
        if rules.skip_missing_credentials and _without_credential(counted):
            return Outcome(Verdict.INCONCLUSIVE, OK)
        failures = [one for one in diagnosis if _failing(one, counted)]
        transient = bool(failures) and all(one.transient for one in failures)
        return Outcome(Verdict.FAILING, TRANSIENT if transient else FAILED)
    if rules.stopped:
        return Outcome(Verdict.INCONCLUSIVE, UNSURE)
    if Status.ERROR in statuses or any(_open_demand(row) for row in counted):
        return Outcome(Verdict.INCONCLUSIVE, UNSURE)
    passed = _selected_passed(counted) or (excused and not _asked(counted))
    if not proved:
        passed = rules.restricted and passed
        return Outcome(Verdict.INCONCLUSIVE, _warned(OK, statuses, rules) if passed else UNSURE)
    if rules.restricted and not passed:
        return Outcome(Verdict.INCONCLUSIVE, UNSURE)
    if Status.WARN in statuses:
        return Outcome(Verdict.DEGRADED, _warned(OK, statuses, rules))
    return Outcome(Verdict.HEALTHY, OK)


def _open_demand(row: Result) -> bool:
    """What the config file demands and nothing shows is no all-clear."""
    return row.status is Status.UNKNOWN and row.facts.get("expect.name") is not None


def _warned(code: int, statuses: set[Status], rules: Rules) -> int:
    return WARNED if rules.fail_on == "warning" and Status.WARN in statuses else code


def counts(row: Result, rows: Sequence[Result]) -> bool:
    """A selected row counts; an unselected one only where it stands in a selected one's way."""
    return row.selected or any(other.selected and other.blocked_by == row.id for other in rows)


def _selected_passed(counted: Sequence[Result]) -> bool:
    """Whether something selected passed and nothing selected stayed open."""
    good = {Status.PASS, Status.WARN}
    asked = _asked(counted)
    return bool(asked) and all(row.status in good for row in asked)


def _asked(counted: Sequence[Result]) -> list[Result]:
    return [row for row in counted if row.selected and row.status is not Status.SKIP]


def _failing(one: Diagnosis, counted: Sequence[Result]) -> bool:
    failed = {row.id for row in counted if row.status is Status.FAIL}
    return not failed.isdisjoint(one.checks)


def _without_credential(counted: Sequence[Result]) -> bool:
    """Whether this is a run without any credential: a pull request from a fork, say."""
    return any(
        row.status is Status.FAIL
        and (
            row.facts.get("config.credential") == "missing"
            or row.facts.get("token.problem") == "nothing-configured"
        )
        for row in counted
    )


def proven(rows: Sequence[Result], target: Target) -> bool:
    """Whether a data-plane answer proves every deployment of the target."""
    good = {
        row.subject for row in rows if row.id in PROOFS and row.status in (Status.PASS, Status.WARN)
    }
    return bool(target.deployments) and good.issuperset(target.deployments)


def covered(rows: Sequence[Result], target: Target) -> tuple[str, ...]:
    """What this run verified, in words."""
    passed = {row.id for row in rows if row.status in (Status.PASS, Status.WARN)}
    said = {
        "config.endpoint": "settings",
        "dns.resolve": "name resolution",
        "endpoint.connect": "the way to the endpoint",
        "endpoint.tls": "the TLS certificate",
        "endpoint.answers": "the endpoint's answer",
        "key.accepted": "the key",
        "token.accepted": "the token",
        "rbac.role": "the role",
        "region.model": "the region",
    }
    found = [text for id_, text in said.items() if id_ in passed]
    for id_, text in (("deployment.resolve", "deployment"), ("inference.message", "inference on")):
        found += [
            f"{text} {row.subject}"
            for row in rows
            if row.id == id_ and row.subject and row.status in (Status.PASS, Status.WARN)
        ]
    return tuple(found)


def not_covered(
    rows: Sequence[Result], target: Target, tier: str, possibly_billed: int = 0
) -> tuple[NotCovered, ...]:
    """What it did not verify, and what would."""
    found: list[NotCovered] = []
    if not any(row.id == "inference.message" for row in rows):
        paid = "foundry-doctor run --tier paid (one 1-token message per deployment)"
        found.append(NotCovered("inference itself, streaming and the model's answer", paid))
    if possibly_billed:
        found.append(
            NotCovered(
                f"whether {possibly_billed} message(s) without an answer were billed",
                "the metrics of the deployment",
            )
        )
    if tier == "offline":
        found.append(NotCovered("network, endpoint, key and deployments", "--tier free"))
    if not target.arm:
        found.append(NotCovered("role, quota and region", "foundry-doctor run --subscription ID"))
    for name in target.deployments:
        judged = [row for row in rows if row.subject == name and row.id in PROOFS]
        if tier != "offline" and all(row.status is Status.UNKNOWN for row in judged):
            how = judged[-1].summary if judged else "end the failure above, then run again"
            found.append(NotCovered(f"deployment {name}", how))
    return tuple(found)
