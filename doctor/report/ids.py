"""The ids that a support desk asks for, with the time at which the service saw the call."""

from __future__ import annotations

from ..model import Diagnosis, Exchange, Report


def quotable(report: Report, one: Diagnosis, *, everything: bool) -> list[str]:
    """One line for each failed call behind a diagnosis; of calls that failed alike, the first."""
    # The same call refused three times is one thing to ask a support desk about.
    alike: dict[object, list[str]] = {}
    for call in _witnesses(report, one):
        if line := _quote(call):
            alike.setdefault((call.url, call.status, call.error), []).append(line)
    every = [line for lines in alike.values() for line in lines]
    shown = every if everything else [lines[0] for lines in alike.values()]
    if hidden := len(every) - len(shown):
        shown[-1] += f"; {hidden} more with -v"
    return shown


def _witnesses(report: Report, one: Diagnosis) -> list[Exchange]:
    """The failed calls behind a diagnosis: those of its checks, about its subjects if it has any.

    What the doctor's own experiments provoked elsewhere is nothing to quote to a support desk.
    """
    rows = [row for row in report.checks if row.id in one.checks]
    about = [row for row in rows if row.subject is None or row.subject in one.subjects]
    wanted = {name for row in (about or rows) for name in row.exchanges}
    return [
        exchange
        for exchange in report.exchanges
        if (exchange.id in wanted or not one.checks)
        and (exchange.error is not None or (exchange.status or 400) >= 400)
    ]


def _quote(exchange: Exchange) -> str:
    ids = [
        f"{name} {value}"
        for name, value in (
            ("request-id", exchange.request_id),
            ("apim-request-id", exchange.apim_request_id),
        )
        if value
    ]
    if not ids and exchange.status is not None and exchange.client_request_id:
        ids = [f"x-ms-client-request-id {exchange.client_request_id}"]
    if not ids:
        return ""
    when = exchange.server_date or exchange.sent_at
    result = "no whole answer" if exchange.status is None else f"HTTP {exchange.status}"
    return f"{', '.join(ids)} at {when} ({result})"
