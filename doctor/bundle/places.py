"""environment.json, config-provenance.json and timeline.txt: where, with what, and when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ..model import Exchange, Report, Status, Target
from ..report.clean import base_url, clean
from .calls import known_facts, plane
from .material import Material

ANTHROPIC_VERSION = "2023-06-01"
"""The anthropic-version header that the program sends, as the SDKs do."""


def environment_document(material: Material) -> dict[str, Any]:
    """The machine, by allowlist: versions, proxies and CA bundles without credentials.

    Of the environment the names that are set, no values: values have their provenance elsewhere.
    """
    reports = material.reports
    seen = reports[0].vantage
    return {
        "os": seen.os,
        "python": seen.python,
        "foundry_doctor": reports[0].tool_version,
        "clients": dict(seen.clients),
        "anthropic_version": ANTHROPIC_VERSION,
        "proxy": dict(seen.proxy),
        "ca": dict(seen.ca),
        "variables_set": sorted(material.variables),
        "clock_skew_s": [known_facts(report).get("clock.skew_s") for report in reports],
    }


def provenance_document(material: Material) -> dict[str, Any]:
    """Each setting with its value and its source; of credentials the source alone."""
    return {
        "order": "flag, environment, config file, Claude Code's settings files, default",
        "targets": [_settings(report.target) for report in material.reports],
        "notes": list(material.notes),
    }


def _settings(target: Target) -> dict[str, Any]:
    values: dict[str, Any] = {
        "resource": target.resource,
        "endpoint": None if target.base_url is None else base_url(target.base_url),
        "cloud": target.cloud,
        "auth": target.auth,
        "deployments": list(target.deployments),
        "scope": target.scope,
        "tenant": target.tenant,
        "subscription": target.subscription,
        "resource_group": target.resource_group,
        "region": target.region,
    }
    known = {name for name, value in values.items() if value not in (None, [])}
    return {
        "target": target.name,
        "credential_in_use": target.mode,
        "settings": [
            {
                "setting": name,
                "value": values.get(name, "a credential: its source alone is told"),
                "source": target.provenance.get(name, "not set"),
            }
            for name in (*values, *(one for one in target.provenance if one not in values))
            if name in known or name in target.provenance
        ],
        "problems": [{"cause": one.cause, "summary": one.summary} for one in target.problems],
    }


def timeline_text(reports: Sequence[Report]) -> str:
    """Every call with the time that passed, then the checks in their order."""
    lines: list[str] = []
    for number, report in enumerate(reports, 1):
        if len(reports) > 1:
            lines.append(f"== target {number}: {_name(report.target)}")
        lines += _timeline(report)
        lines.append("")
    return "\n".join(lines)


def _timeline(report: Report) -> list[str]:
    run = report.run
    spent = f"{run.calls} calls, {run.tokens_billed} tokens billed"
    lines = [
        f"{run.started_at}  run {run.id} begins, tier {run.tier}",
        *(_call(run.started_at, one) for one in report.exchanges),
        f"{'':24}  run ends after {run.duration_ms:.0f} ms: {report.verdict.value}, {spent}",
        "",
        "checks, in the order in which they ran:",
    ]
    for row in report.checks:
        if row.status is Status.SKIP:
            continue
        about = f" [{row.subject}]" if row.subject else ""
        said = clean(row.summary or row.title)
        lines.append(f"  {row.status.value:<7} {row.id}{about} {row.duration_ms:.0f} ms: {said}")
    skipped = [row.id for row in report.checks if row.status is Status.SKIP]
    if skipped:
        lines.append(f"  skip    {', '.join(skipped)}")
    return lines


def _call(started: str, one: Exchange) -> str:
    answer = f"HTTP {one.status}" if one.status is not None else f"no answer ({one.outcome})"
    ids = [
        f"{name} {value}"
        for name, value in (
            ("request-id" if plane(one) == "data" else "x-ms-request-id", one.request_id),
            ("apim-request-id", one.apim_request_id),
            ("client", one.client_request_id),
        )
        if value
    ]
    said = (
        f"{one.error.layer}: {one.error.code or ''} {one.error.message or ''}" if one.error else ""
    )
    parts = [f"{one.sent_at}  {_since(started, one.sent_at):>8}  {one.id}: {one.method} {one.url}",
             one.purpose, answer, clean(said), *ids]  # fmt: skip
    return " | ".join(part for part in parts if part)


def _since(started: str, sent: str) -> str:
    try:
        begin, end = (datetime.fromisoformat(one.replace("Z", "+00:00")) for one in (started, sent))
    except ValueError:
        return ""
    return f"+{(end - begin).total_seconds():.3f}s"


def _name(target: Target) -> str:
    return target.name or target.resource or target.host or "the target"
