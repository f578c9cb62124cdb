"""What the HTML page shows of a report: every text cleaned, cut to size and ready to be placed.

The template escapes; nothing here is markup.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..model import Exchange, Report, Result, Status, Verdict
from .clean import base_url, clean, plain
from .headline import (
    CRASH,
    CRASH_COMMAND,
    ERRORS,
    WORDS,
    answering,
    crashed,
    cut,
    headlines,
    reasons,
)
from .rows import count, duration, exit_meaning, place, plain_text, sentence
from .view_cause import LIMIT, MAX_ID, MAX_ITEMS, MAX_VALUE, advised, cause_view, said, several
from .view_nouns import Call, Code, Pairs, Row, View
from .waterfall import Lane, waterfall

MAX_CALLS = 200
MAX_ROWS = 500
NAMES = {"request_id": "request-id", "apim_request_id": "apim-request-id",
         "client_request_id": "x-ms-client-request-id"}  # fmt: skip


def view(report: Report) -> View:
    """The page's view of one report."""
    word, style = WORDS[report.verdict]
    inconclusive = report.verdict is Verdict.INCONCLUSIVE
    causes = tuple(cause_view(report, one, number) for number, one in enumerate(report.diagnosis))
    below = []
    if causes and not inconclusive and report.verdict is not Verdict.HEALTHY:
        below += [causes[0].summary] if causes[0].summary else []
        if report.verdict is Verdict.DEGRADED:
            below.append(f"Nothing failed: {answering(report)}")
    rows = [_row(one) for one in report.checks[:MAX_ROWS]]
    # The refusal of a name that cannot exist is what the doctor wanted, and no failure.
    well = (Status.PASS, Status.SKIP)
    blamed = {name for row in report.checks if row.status not in well for name in row.exchanges}
    lanes, span = waterfall(report.exchanges[:MAX_CALLS])
    error = report.error
    return View(
        name=cut(_name(report), MAX_ID),
        word=word,
        style=style,
        headlines=tuple(cut(one, LIMIT) for one in headlines(report, LIMIT)[:MAX_ITEMS]),
        below=tuple(below),
        error=f"{ERRORS.get(error.kind, said(error.kind))}: {said(error.message)}" if error
        else "",
        reasons=several(reasons(report, LIMIT)) if inconclusive else (),
        crash=(CRASH, Code(CRASH_COMMAND, "the command")) if crashed(report) else None,
        causes=causes,
        seen=inconclusive,
        rows=tuple(row for row in rows if row.status != "skip"),
        skipped=tuple(row for row in rows if row.status == "skip"),
        hidden_rows=max(0, len(report.checks) - MAX_ROWS),
        counts=tuple(
            (number, status.value)
            for status in Status
            if (number := sum(row.status is status for row in report.checks))
        ),
        calls=tuple(
            _call(one, lane, one.id in blamed)
            for one, lane in zip(report.exchanges, lanes, strict=False)
        ),
        hidden_calls=max(0, len(report.exchanges) - MAX_CALLS),
        span=duration(span),
        covered=several(report.covered),
        gaps=tuple(
            (sentence(cut(gap.what, LIMIT)), *advised(gap.how, "the way to cover it"))
            for gap in report.not_covered[:MAX_ITEMS]
        ),
        setting=_setting(report),
        run=_run(report),
    )  # fmt: skip


def _name(report: Report) -> str:
    where, name = place(report.target), report.target.name
    return where if name is None or name == where else f"{name} ({where})"


def _row(row: Result) -> Row:
    text, subject = said(row.summary or row.title), cut(row.subject or "", MAX_ID)
    notes = [("blocked by", row.blocked_by), ("cause", row.cause)]
    evidence = list(row.evidence.items())
    pairs = [(name, clean(value)) for name, value in notes if value]
    pairs += [
        (cut(key, MAX_ID), cut(plain_text(plain(value)), MAX_VALUE))
        for key, value in evidence[:MAX_ITEMS]
    ]
    if row.exchanges:
        pairs.append(("calls", cut(", ".join(map(clean, row.exchanges)), MAX_VALUE)))
    pairs.append(("took", duration(row.duration_ms)))
    return Row(
        status=row.status.value,
        id=cut(row.id, MAX_ID),
        title=said(row.title),
        said=text if not subject or subject in text else f"{subject}: {text}",
        notes=tuple(pairs),
    )


def _call(one: Exchange, lane: Lane, blamed: bool) -> Call:
    ids = []
    for field, name in NAMES.items():
        value = cut(getattr(one, field) or "", MAX_ID)
        if value:
            whole = len(clean(getattr(one, field))) <= MAX_ID
            what = f"the {name} of call {clean(one.id)[:MAX_ID]}" if whole else None
            ids.append((name, Code(value, what)))
    notes: list[tuple[str, Any]] = [
        ("request", f"{one.method} {one.url}"),
        ("sent at", one.sent_at),
        ("service's time", one.server_date),
        ("address", one.remote_address),
        ("HTTP version", one.http_version),
        ("region", one.x_ms_region),
    ]
    if one.error is not None:
        words = ": ".join(part for part in (one.error.code, one.error.message) if part)
        notes.append((f"{one.error.layer} says", words or "no message"))
    return Call(
        id=cut(one.id, MAX_ID),
        purpose=said(one.purpose),
        request=cut(f"{one.method} {one.url}", MAX_VALUE),
        answer=f"HTTP {one.status}" if one.status is not None
        else f"no answer ({cut(one.outcome, MAX_ID)})",
        failed=blamed and (one.status is None or one.status >= 400),
        when=cut(one.server_date or one.sent_at, MAX_ID),
        ids=tuple(ids),
        bars=lane.bars,
        total="not timed" if lane.ms is None else duration(lane.ms),
        notes=tuple((name, cut(value, MAX_VALUE)) for name, value in notes if value),
    )  # fmt: skip


def _setting(report: Report) -> Pairs:
    target, seen = report.target, report.vantage
    mode = {"key": "API key", "entra": "Entra ID"}.get(target.mode or "", "none")
    values: list[tuple[str, Any]] = [
        ("resource", target.resource),
        ("endpoint", None if target.base_url is None else base_url(target.base_url)),
        ("credential", mode),
        ("deployments", ", ".join(target.deployments[:MAX_ITEMS]) or "none named"),
        ("cloud", target.cloud),
        ("subscription", target.subscription),
        ("resource group", target.resource_group),
        ("region", target.region),
    ]
    values += [(f"{name} is from", source) for name, source in target.provenance.items()]
    values += [("machine", f"{seen.os}; Python {seen.python}" if seen.os else None)]
    for kind, found in (("proxy", seen.proxy), ("CA", seen.ca), ("client", seen.clients)):
        values += [
            (f"{kind} {name}", plain_text(plain(value)))
            for name, value in found.items()
            if value is not None
        ]
    return _pairs(values)


def _run(report: Report) -> Pairs:
    run = report.run
    return _pairs([
        ("started", run.started_at),
        ("took", duration(run.duration_ms)),
        ("spent", f"{count(run.calls, 'call')}, {count(run.tokens_billed, 'token')} billed"),
        ("tier", run.tier),
        ("exit code", exit_meaning(report)),
        ("run", run.id),
        ("foundry-doctor", report.tool_version),
    ])  # fmt: skip


def _pairs(values: Iterable[tuple[str, Any]]) -> Pairs:
    found = [(cut(name, MAX_ID), cut(str(value), MAX_VALUE)) for name, value in values if value]
    return tuple(found[:MAX_ITEMS])
