"""The report as one JSON document, exactly as the contract prints it.

The order of the keys is the contract's; every key is there, null where a value is absent. What a
document holds is safe to print: no terminal escapes, no lone surrogates, no secret of the target.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from ..model import (
    Accepted,
    Diagnosis,
    Exchange,
    Report,
    ReportError,
    Result,
    Run,
    Target,
    Timings,
    Vantage,
    Verdict,
)
from .clean import base_url, plain, strip

SCHEMA_VERSION = "1.0"
TOOL = "foundry-doctor"

Document = dict[str, Any]


def report_document(report: Report) -> Document:
    """The document of one target."""
    document: Document = {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": TOOL, "version": report.tool_version},
        "run": _run(report.run),
        "vantage": {
            "os": report.vantage.os,
            "python": report.vantage.python,
            "proxy": report.vantage.proxy,
            "ca": report.vantage.ca,
            "clients": report.vantage.clients,
        },
        "target": _target(report.target, report.fingerprint),
        "verdict": report.verdict.value,
        "error": _error(report.error),
        "covered": list(report.covered),
        "not_covered": [{"what": gap.what, "how": gap.how} for gap in report.not_covered],
        "diagnosis": [diagnosis_document(one) for one in report.diagnosis],
        "checks": [_check(row) for row in report.checks],
        "exchanges": [_exchange(one) for one in report.exchanges],
    }
    if report.accepted:
        document["accepted"] = [_accepted(one) for one in report.accepted]
    safe: Document = plain(document)
    return safe


def skeleton_report(
    kind: str,
    message: str,
    *,
    version: str,
    run_id: str,
    started_at: str,
    exit_code: int,
    duration_ms: float = 0.0,
    tier: str = "free",
) -> Report:
    """What is left of a report when a usage error, an interruption or a defect came first."""
    return Report(
        tool_version=version,
        run=Run(run_id, started_at, duration_ms, tier),
        vantage=Vantage(os="", python=""),
        target=Target(),
        verdict=Verdict.INCONCLUSIVE,
        exit_code=exit_code,
        error=ReportError(kind, message),
    )


def skeleton(
    kind: str,
    message: str,
    *,
    version: str,
    run_id: str,
    started_at: str,
    duration_ms: float = 0.0,
    tier: str = "free",
) -> Document:
    """The document of `skeleton_report`: valid against the schema, its lists empty."""
    # The exit code is the one thing of a report that its document does not show.
    return report_document(
        skeleton_report(
            kind, message, version=version, run_id=run_id, started_at=started_at,
            exit_code=70, duration_ms=duration_ms, tier=tier,
        )
    )  # fmt: skip


def many(reports: Sequence[Report], *, run: Run | None = None) -> Document:
    """The document of several targets.

    Without a `run` of the whole, its times span the reports', its calls and tokens add up, and its
    id is the first report's.
    """
    if not reports:
        raise ValueError("a document of several targets needs a report; use skeleton() for none")
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": TOOL, "version": strip(reports[0].tool_version)},
        "run": plain(_run(run or total([report.run for report in reports]))),
        "reports": [report_document(report) for report in reports],
    }


def total(runs: Sequence[Run]) -> Run:
    """Several runs, one after another, as one."""
    return Run(
        id=runs[0].id,
        started_at=min(run.started_at for run in runs),
        duration_ms=math.fsum(run.duration_ms for run in runs),
        tier=runs[0].tier,
        calls=sum(run.calls for run in runs),
        tokens_billed=sum(run.tokens_billed for run in runs),
    )


def render_json(document: Mapping[str, Any], *, ascii: bool = False) -> str:  # noqa: A002
    """One JSON document, indented, ending in a line break; `ascii` escapes whatever is not ASCII.

    Values that are no JSON become text, numbers that are none become null.
    """
    text = json.dumps(plain(document), ensure_ascii=ascii, indent=2, allow_nan=False)
    # `##vso[…]` is a command to Azure Pipelines wherever it stands in a line of the log: the escape
    # hides it there and keeps the value. Outside strings JSON knows no `#`.
    return text.replace("##", "#\\u0023") + "\n"


def _run(run: Run) -> Document:
    shown: Document = {
        "id": run.id,
        "started_at": run.started_at,
        "duration_ms": _ms(run.duration_ms) or 0,
        "tier": run.tier,
        "calls": run.calls,
        "tokens_billed": run.tokens_billed,
    }
    if run.attempts > 1:
        shown["attempts"] = run.attempts
    return shown


def _accepted(one: Accepted) -> Document:
    return {
        "by": one.by,
        "status": one.status.value,
        "cause": one.cause,
        "subjects": list(one.subjects),
        "checks": list(dict.fromkeys(id_ for id_, _ in one.rows)),
        "reason": one.reason or None,
        "owner": one.owner,
        "expires": one.expires,
        "where": one.where,
    }


def _target(target: Target, fingerprint: Mapping[str, str]) -> Document:
    shown: Document = {
        "resource": target.resource,
        "endpoint": None if target.base_url is None else base_url(target.base_url),
        "cloud": target.cloud,
        "auth": target.mode or target.auth,
        "deployments": list(target.deployments),
        "subscription": target.subscription,
        "resource_group": target.resource_group,
        "region": target.region,
        "provenance": target.provenance,
    }
    if target.name is not None:  # only where a config file names its targets
        shown["name"] = target.name
    if fingerprint:  # only with --fingerprint-salt
        shown["fingerprint"] = dict(fingerprint)
    return shown


def _error(error: ReportError | None) -> Document | None:
    return None if error is None else {"kind": error.kind, "message": error.message}


def diagnosis_document(one: Diagnosis) -> Document:
    """One diagnosis, in the order of the contract's keys."""
    return {
        "cause": one.cause,
        "subjects": list(one.subjects),
        "confidence": one.confidence.value,
        "title": one.title,
        "summary": one.summary,
        "because": list(one.because),
        "ruled_out": [{"cause": out.cause, "because": out.because} for out in one.ruled_out],
        "undecided": [
            {"cause": other.cause, "decided_by": other.decided_by} for other in one.undecided
        ],
        "checks": list(one.checks),
        "playbook": one.playbook,
        "who": one.who,
        "transient": one.transient,
        "remedy": [
            {"text": step.text, "bash": step.bash, "pwsh": step.pwsh, "url": step.url,
             "who": step.who}
            for step in one.remedy
        ],
        "verify": one.verify,
    }  # fmt: skip


def _check(row: Result) -> Document:
    return {
        "id": row.id,
        "subject": row.subject,
        "title": row.title,
        "status": row.status.value,
        "summary": row.summary,
        "cause": row.cause,
        "blocked_by": row.blocked_by,
        "evidence": row.evidence,
        "exchanges": list(row.exchanges),
        "duration_ms": _ms(row.duration_ms) or 0,
    }


def _exchange(one: Exchange) -> Document:
    error = one.error
    return {
        "id": one.id,
        "purpose": one.purpose,
        "method": one.method,
        "url": one.url,
        "status": one.status,
        "request_id": one.request_id,
        "apim_request_id": one.apim_request_id,
        "client_request_id": one.client_request_id,
        "x_ms_region": one.x_ms_region,
        "sent_at": one.sent_at,
        "server_date": one.server_date,
        "timings_ms": _timings(one.timings),
        "remote_address": one.remote_address,
        "http_version": one.http_version,
        "error": None
        if error is None
        else {"layer": error.layer, "code": error.code, "message": error.message},
    }


def _timings(timings: Timings) -> Document:
    shown: Document = {
        "dns": _ms(timings.dns),
        "connect": _ms(timings.connect),
        "tls": _ms(timings.tls),
        "wait": _ms(timings.wait),
        "receive": _ms(timings.receive),
    }
    if timings.proxy is not None:
        shown["proxy"] = _ms(timings.proxy)
    return shown


def _ms(value: float | None) -> int | None:
    """Whole milliseconds; None for what is not a number of them."""
    return None if value is None or not math.isfinite(value) else max(0, round(value))
