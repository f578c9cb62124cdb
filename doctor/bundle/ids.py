"""request-ids.csv: every id that a desk can look a call up by, of every plane and every log."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

from ..model import Exchange, Explanation, Report
from .calls import PLANES, deployment, known_facts, plane, when

COLUMNS = ("kind", "value", "time_utc", "status", "deployment", "region", "plane", "source")
Row = tuple[str, ...]
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def ids_csv(reports: Sequence[Report], explanations: Sequence[Explanation]) -> str:
    """The table as text, with `\\n` line ends. A call without an id has a row with an empty value.

    Both `request-id` and `apim-request-id` for every attempt on the data plane: Anthropic's page
    on Foundry asks for both, and that one of them is absent says how far the call came.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows(reports, explanations):
        writer.writerow([_cell(one) for one in row])
    return out.getvalue()


def rows(reports: Sequence[Report], explanations: Sequence[Explanation] = ()) -> Iterator[Row]:
    """The rows below the head, in the order of the calls, then of the logs."""
    for report in reports:
        for one in report.exchanges:
            yield from _of_call(report, one)
        yield from _of_facts(report)
    for explanation in explanations:
        for found in explanation.request_ids:
            yield (
                found.kind, found.value, found.time or "", "", "", "", "log",
                f"{found.file}:{found.line}",
            )  # fmt: skip


def _of_call(report: Report, one: Exchange) -> Iterator[Row]:
    where = plane(one)
    status = str(one.status) if one.status is not None else f"no answer ({one.outcome})"
    region = one.x_ms_region or (report.target.region if where == "data" else None) or ""
    rest = (when(one), status, deployment(one) or "", region, PLANES[where], one.id)
    if where == "data":
        yield ("request-id", one.request_id or "", *rest)
        yield ("apim-request-id", one.apim_request_id or "", *rest)
    elif one.request_id:
        yield ("x-ms-request-id", one.request_id, *rest)
    if one.client_request_id:
        yield ("x-ms-client-request-id", one.client_request_id, *rest)


def _of_facts(report: Report) -> Iterator[Row]:
    facts = known_facts(report)
    time = str(facts.get("aadsts.timestamp") or "")
    for kind, fact in (
        ("correlation-id", "aadsts.correlation_id"),
        ("trace-id", "aadsts.trace_id"),
    ):
        value = facts.get(fact)
        if isinstance(value, str) and value:
            code = facts.get("aadsts.code")
            yield (kind, value, time, f"AADSTS{code}" if code else "", "", "", "Entra ID", fact)


def _cell(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    line = " ".join(text.split())
    return f"'{line}" if line.startswith(_FORMULA) else line
