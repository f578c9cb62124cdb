"""Which rows and causes of a report the user chose not to fail on."""

from __future__ import annotations

from ..model import Accepted, Diagnosis, Report, Result


def accepted_row(report: Report, row: Result) -> Accepted | None:
    """Why this row does not count for the exit code; None where it counts."""
    named = (row.id, row.subject)
    return next((one for one in report.accepted if named in one.rows), None)


def accepted_cause(report: Report, diagnosis: Diagnosis) -> Accepted | None:
    """Why this cause does not count for the exit code; None where it counts."""
    return next((one for one in report.accepted if one.covers(diagnosis)), None)


def accepted_words(one: Accepted) -> str:
    """In words: `accepted until 2026-12-31 (platform team): the zone is linked in December`."""
    if one.by == "baseline":
        return f"known already: in the baseline {one.where}"
    until = f" until {one.expires}" if one.expires else ""
    owner = f" ({one.owner})" if one.owner else ""
    return f"accepted{until}{owner}: {one.reason}"
