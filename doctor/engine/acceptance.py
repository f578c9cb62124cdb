"""What the user accepted: failures that a suppression or an earlier report speaks for.

A cause is accepted as a whole or not at all: with every subject, or by every check that showed it.
Nothing is taken out of the report by it; only the exit code no longer counts it.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Sequence

from ..model import Accepted, Diagnosis, Report, Result, Status, Suppression, Target
from ..noun import Noun

Known = frozenset[tuple[str, "str | None"]]
"""Causes with their subjects; None for a cause of the whole target."""


class Baseline(Noun):
    """What an earlier report has already; `name` is its file's, `endpoint` what it was about."""

    name: str
    endpoint: str | None
    known: Known


def baseline_of(target: Target, baselines: Iterable[Baseline]) -> Baseline | None:
    """What earlier reports of this endpoint have; None where they are about others."""
    same = [one for one in baselines if one.endpoint and one.endpoint == target.base_url]
    known = frozenset(key for one in same for key in one.known)
    return Baseline(same[0].name, target.base_url, known) if same else None


def accepted(
    rows: Sequence[Result],
    diagnosis: Sequence[Diagnosis],
    suppress: Iterable[Suppression],
    baseline: Baseline | None,
    today: str,
) -> tuple[Accepted, ...]:
    """The accepted causes of one report; `today` is YYYY-MM-DD."""
    holding = [one for one in suppress if not one.expired(today)]
    found = []
    for one in diagnosis:
        shown = [row for row in rows if _shows(row, one)]
        if any("suppress.expired" in row.facts for row in shown):
            continue  # what ended an acceptance is not to be accepted in its turn
        entry = next((entry for entry in holding if _covers(entry, one, shown)), None)
        if entry is not None:
            more = {"reason": entry.reason, "owner": entry.owner, "expires": entry.expires}
            found.append(_accepted("suppression", one, shown, entry.where, more))
        elif baseline is not None and _keys(one) <= baseline.known:
            found.append(_accepted("baseline", one, shown, baseline.name, {}))
    return tuple(found)


def _shows(row: Result, one: Diagnosis) -> bool:
    if row.status not in (Status.FAIL, Status.WARN) or row.id not in one.checks:
        return False
    return row.subject is None or not one.subjects or row.subject in one.subjects


def _covers(entry: Suppression, one: Diagnosis, shown: Sequence[Result]) -> bool:
    if entry.cause is not None and entry.cause != one.cause:
        return False
    if entry.subject is not None and set(one.subjects) != {entry.subject}:
        return False
    glob = entry.check
    return glob is None or (bool(shown) and all(fnmatch.fnmatchcase(row.id, glob) for row in shown))


def _keys(one: Diagnosis) -> Known:
    return frozenset((one.cause, subject) for subject in (one.subjects or (None,)))


def _accepted(
    by: str, one: Diagnosis, shown: Sequence[Result], where: str, more: dict[str, str]
) -> Accepted:
    failed = any(row.status is Status.FAIL for row in shown)
    return Accepted(
        by=by,
        status=Status.FAIL if failed else Status.WARN,
        cause=one.cause,
        subjects=one.subjects,
        rows=tuple((row.id, row.subject) for row in shown),
        where=where,
        **more,
    )


def unused(suppress: Iterable[Suppression], reports: Sequence[Report]) -> list[Suppression]:
    """Entries that no failure of this run needed: they can go, or look too closely."""
    used = {one.where for report in reports for one in report.accepted}
    today = max((report.run.started_at[:10] for report in reports), default="")
    return [one for one in suppress if one.where not in used and not one.expired(today)]
