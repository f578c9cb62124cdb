"""The checks of two reports, one against the other: what each saw, and which were asked at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .diff_values import Document, alike, calm, objects, said, short

Found = tuple[str, str, str, str]
"""(area, what, a, b)"""
Rows = Mapping[tuple[str, str], dict[str, Any]]

_FACTS = {
    "dns": "dns", "proxy": "proxy", "tls": "ca", "key": "identity", "token": "identity",
    "auth": "identity", "aadsts": "identity", "rbac": "role", "deployment": "deployment",
    "arm": "deployment", "region": "deployment", "quota": "deployment", "connect": "network",
    "http": "network", "net": "network", "clock": "network",
}  # fmt: skip
"""The area of a fact, by its family."""
_CHECKS = {
    "config.proxy": "proxy", "config.trust": "ca", "config.credential": "identity",
    "config.deployment": "deployment", "endpoint.tls": "ca", "endpoint.sni": "ca",
    "endpoint.certificate": "ca",
}  # fmt: skip
_FAMILIES = {
    "dns": "dns", "key": "identity", "token": "identity", "rbac": "role",
    "deployment": "deployment", "region": "deployment", "inference": "deployment",
    "config": "target", "endpoint": "network",
}  # fmt: skip
_NOISE = frozenset((
    "clock.skew_s", "token.expires_in_s", "arm.deployment.age_s", "rbac.age_s", "quota.used",
    "region.retires_in_days", "http.retry_after_s", "http.attempts", "http.failures",
    "aadsts.trace_id", "aadsts.correlation_id", "aadsts.timestamp", "connect.address",
    "dns.detail", "auth.mode", "attempted", "proxy.url", "proxy.configured",
))  # fmt: skip
"""Facts that tell the time, count what chance decides, or repeat what stands elsewhere."""
_PROSE = frozenset((
    "token.attempted", "aadsts.message", "http.error.message", "tls.detail", "arm.detail",
))  # fmt: skip
"""Facts in others' sentences."""


def compare_rows(one: Document, two: Document) -> Iterator[Found]:
    """What the checks of two reports differ in; equal pairs among it."""
    left, right = _rows(one), _rows(two)
    for key in dict.fromkeys([*left, *right]):
        a, b = left.get(key), right.get(key)
        if a is not None and b is not None and _asked(a) and _asked(b):
            yield from _both(key, a, b)
    yield "checks", "checks asked in one of the two only", _only(left, right), _only(right, left)


def _rows(report: Document) -> Rows:
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in objects(report, "checks"):
        found.setdefault((said(row.get("id")), said(row.get("subject"))), row)
    return found


def _asked(row: Mapping[str, Any]) -> bool:
    return row.get("status") != "skip"


def _only(these: Rows, others: Rows) -> str:
    """The checks that were asked here and not there, those that follow from another left in."""
    names = [
        f"{name} ({said(row.get('status'))})"
        for (name, subject), row in these.items()
        if _asked(row)
        and not ((other := others.get((name, subject))) is not None and _asked(other))
    ]
    return ", ".join(sorted(set(names)))


def _both(key: tuple[str, str], a: dict[str, Any], b: dict[str, Any]) -> Iterator[Found]:
    name, subject = key
    what = f"{name} of {subject}" if subject else name
    area = _CHECKS.get(name) or _FAMILIES.get(name.partition(".")[0], "checks")
    was, now = said(a.get("status")), said(b.get("status"))
    words = said(a.get("summary")), said(b.get("summary"))
    if was != now:
        yield area, what, f"{was} ({short(words[0], 70)})", f"{now} ({short(words[1], 70)})"
        return
    facts = list(_facts(subject, a, b, area))
    yield from facts
    if all(alike(before, after) for _, _, before, after in facts):
        yield area, what, calm(words[0]), calm(words[1])


def _facts(subject: str, a: dict[str, Any], b: dict[str, Any], area: str) -> Iterator[Found]:
    left, right = (_evidence(row) for row in (a, b))
    for fact in dict.fromkeys([*left, *right]):
        if fact in _NOISE:
            continue
        what = f"{short(said(fact), 80)} of {subject}" if subject else short(said(fact), 80)
        own = _FACTS.get(fact.partition(".")[0], area)
        values = said(left.get(fact)), said(right.get(fact))
        before, after = map(calm, values) if fact in _PROSE else values
        yield own, what, before, after


def _evidence(row: dict[str, Any]) -> dict[str, Any]:
    found = row.get("evidence")
    return {str(key): value for key, value in found.items()} if isinstance(found, dict) else {}
