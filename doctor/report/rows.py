"""The lower half of the text: what was examined, one row per check, and what was not covered."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from itertools import groupby

from ..model import Exchange, Json, Report, Result, Status, Target, Verdict
from .clean import base_url, clean, shorten
from .layout import Page, Span, advice

LIMITS = {0: 200, 1: 600}
"""How much of a summary or an error message is shown, by verbosity; above that everything."""
MAX_ID = 24

Calls = dict[str, Exchange | None]
"""The calls by id; None once a row has shown one."""

EXITS = {
    0: "nothing failed",
    1: "somebody can fix this",
    2: "wrong usage",
    3: "could not tell",
    4: "only warnings, and --fail-on warning",
    5: "try again later",
    70: "a defect of foundry-doctor",
    130: "interrupted",
    143: "terminated",
}


def place(target: Target) -> str:
    """The target in the words that its owner uses for it."""
    named = target.resource or target.host or (target.base_url and base_url(target.base_url))
    return clean(named or target.name or "") or "the target"


def target_line(page: Page, target: Target) -> None:
    """What was examined, each value with the place it came from."""
    sources = {name: f"({source})" for name, source in target.provenance.items()}
    said = []
    if target.resource:
        said.append(f"{target.resource} {sources.get('resource', '')}")
    if target.base_url and (not target.resource or "base_url" in sources):
        said.append(f"{base_url(target.base_url)} {sources.get('base_url', '')}")
    mode = {"key": "API key", "entra": "Entra ID"}.get(target.mode or "", "no credential")
    said.append(f"{mode} {sources.get(target.mode or 'auth', sources.get('auth', ''))}")
    if target.deployments:
        source = sources.get("deployments", sources.get("deployment", ""))
        said.append(f"{', '.join(target.deployments)} {source}")
    else:
        said.append("no deployment named")
    page.field("TARGET", "; ".join(" ".join(part.split()) for part in said))


def rows(page: Page, report: Report, verbosity: int) -> None:
    """One row per check and subject, below a line that counts them."""
    counts = [(sum(row.status is status for row in report.checks), status) for status in Status]
    page.field("TESTED", ", ".join(f"{n} {status.value}" for n, status in counts if n) or "nothing")
    column = min(MAX_ID, max((len(clean(row.id)) for row in report.checks), default=0))
    calls: Calls = {exchange.id: exchange for exchange in report.exchanges}
    shown = report.checks
    passed = [row for row in shown if row.status is Status.PASS]
    if verbosity <= 0 and len(passed) < len(shown):
        # Where something else is to be read, what passed needs its names only.
        shown = tuple(row for row in shown if row.status is not Status.PASS)
        names = ", ".join(dict.fromkeys(clean(row.id) for row in passed))
        if names:
            _row(page, Status.PASS, names, [], 0)
    for together in _grouped(shown, verbosity):
        if len(together) > 1:
            names = ", ".join(dict.fromkeys(clean(row.id) for row in together))
            reason = _limited(together[0].summary or together[0].title, verbosity)
            _row(page, Status.SKIP, f"{names}:", [reason], 0)
            continue
        for row in together:
            _row(page, row.status, row.id, _said(row, verbosity), column)
            if verbosity > 0:
                _details(page, row, calls, verbosity)
    others = [call for call in calls.values() if call is not None]
    if verbosity > 0 and others:
        page.field("OTHER", "calls that belong to no single check:")
        for call in others:
            _exchange(page, call, verbosity)


def not_covered(page: Page, report: Report) -> None:
    """What this run proved nothing about, and what would."""
    page.bullets(
        "UNTESTED",
        [
            (
                ("", sentence(gap.what)),
                *([("", "To cover it:"), *advice(gap.how)] if gap.how else ()),
            )
            for gap in report.not_covered
        ],
    )


def last_line(page: Page, report: Report, verbosity: int) -> None:
    """What the run cost and what its exit code says."""
    run = report.run
    page.field(
        "RUN",
        f"{count(run.calls, 'call')}, {count(run.tokens_billed, 'token')} billed,"
        f" {duration(run.duration_ms)}. Exit code {exit_meaning(report)}.",
    )
    if verbosity > 0:
        page.field("", f"{run.started_at}, tier {run.tier}, run {run.id},"
                   f" foundry-doctor {report.tool_version}")  # fmt: skip


def exit_meaning(report: Report) -> str:
    """`1: somebody can fix this`, with what was accepted."""
    code = report.exit_code
    meaning = f": {EXITS[code]}" if code in EXITS else ""
    if code == 0 and unexamined(report):
        meaning = ": without a credential nothing is examined, as asked for"
    elif report.accepted:
        meaning = _accepted(report, meaning)
    return f"{code}{meaning}"


def unexamined(report: Report) -> bool:
    """Whether a run without any credential was let pass, as `--on-missing-credentials` asks."""
    return report.verdict is Verdict.INCONCLUSIVE and any(
        one.cause == "credentials-missing" for one in report.diagnosis
    )


def _accepted(report: Report, meaning: str) -> str:
    """The tally: what is known and shown, and yet did not decide the exit code."""
    failures = sum(one.status is Status.FAIL for one in report.accepted)
    warnings = len(report.accepted) - failures
    kinds = [count(n, word) for n, word in ((failures, "failure"), (warnings, "warning")) if n]
    said = f"{' and '.join(kinds)} accepted"
    return f": {said}, nothing else failed" if report.exit_code == 0 else f"{meaning}; {said}"


def vantage(page: Page, report: Report) -> None:
    """Where the run was made from, and where every setting came from."""
    seen = report.vantage
    page.field("FROM", f"{seen.os}; Python {seen.python}")
    for name, value in (("proxy", seen.proxy), ("CA", seen.ca), ("client", seen.clients)):
        for key, item in value.items():
            page.field("", f"{name} {key}: {plain_text(item)}")
    for name, source in report.target.provenance.items():
        page.field("", f"setting {name}: from {source}")


def sentence(text: str) -> str:
    """One line that ends like a sentence."""
    text = clean(text)
    return text if text.endswith((".", "!", "?")) else f"{text}."


def duration(milliseconds: float) -> str:
    """`412 ms`, `4.1 s`, `2 min 3 s`."""
    if not math.isfinite(milliseconds) or milliseconds < 0:
        return "an unknown time"
    if milliseconds < 999.5:
        return f"{milliseconds:.0f} ms"
    if milliseconds < 59_950:
        return f"{milliseconds / 1000:.1f} s"
    minutes, seconds = divmod(round(milliseconds / 1000), 60)
    return f"{minutes} min {seconds} s"


def _row(page: Page, status: Status, name: str, said: Sequence[str], column: int) -> None:
    word, edge = (status.value, status.value.upper()), page.indent + column + 2
    if column and page.width - edge >= 24:
        page.flow(said, prefix=(word, ("id", name)), stops=(page.indent, edge))
    else:
        page.flow((("id", name), *said), prefix=(word,))


def _said(row: Result, verbosity: int) -> list[str]:
    text = clean(row.summary or row.title)
    limit = LIMITS.get(verbosity)
    if limit is not None:
        text = shorten(text, limit)
    subject = clean(row.subject or "")
    return [text] if not subject or subject in text else [f"{subject}:", text]


def _grouped(found: Sequence[Result], verbosity: int) -> Iterator[list[Result]]:
    """Neighbours that were skipped for the same reason belong together, unless `-v` wants all."""
    for key, together in groupby(found, key=_reason):
        group = list(together)
        if key is not None and verbosity <= 0:
            yield group
        else:
            yield from ([row] for row in group)


def _reason(row: Result) -> tuple[str, str] | None:
    return (row.blocked_by or "", row.summary) if row.status is Status.SKIP else None


def _details(page: Page, row: Result, calls: Calls, verbosity: int) -> None:
    _below(page, f"title: {row.title}")
    if row.cause:
        _below(page, f"cause: {row.cause}")
    if row.blocked_by:
        _below(page, f"blocked by: {row.blocked_by}")
    for key, value in row.evidence.items():
        _below(page, f"{key}: {_limited(plain_text(value), verbosity)}")
    for name in row.exchanges:
        if (call := calls.get(name)) is not None:
            _exchange(page, call, verbosity)
            calls[name] = None
        elif name in calls:
            _below(page, f"{name}: see above")
    if verbosity > 1:
        for fact, fact_value in row.facts.items():
            _below(page, f"fact {fact} = {plain_text(fact_value)}")
        _below(page, f"took {duration(row.duration_ms)}")


def _exchange(page: Page, one: Exchange, verbosity: int) -> None:
    result = f"HTTP {one.status}" if one.status is not None else f"no answer ({one.outcome})"
    _below(page, f"{one.id}: {one.purpose}: {result} at {one.sent_at}")
    _below(page, ("kept", f"{one.method} {one.url}"), 4)
    for name, value in (
        ("request-id", one.request_id),
        ("apim-request-id", one.apim_request_id),
        ("x-ms-client-request-id", one.client_request_id),
    ):
        if value:
            _below(page, f"{name} {value}", 4)
    if one.error is not None:
        layer, code, message = one.error.layer, one.error.code, one.error.message
        said = " ".join(part for part in (code and f"{code}:", message) if part) or "no message"
        _below(page, f"{layer} says: {_limited(said, verbosity)}", 4)
    if verbosity > 1:
        spent = [
            f"{phase} {duration(value)}"
            for phase in ("dns", "connect", "proxy", "tls", "wait", "receive")
            if (value := getattr(one.timings, phase)) is not None
        ]
        _below(page, ", ".join(spent) or "no timings", 4)
        where = one.remote_address or "no address"
        _below(page, f"HTTP/{one.http_version or '?'} with {where}", 4)


def _below(page: Page, text: str | Span, inner: int = 2) -> None:
    page.flow((text,), stops=(page.indent + inner,), inner=2)


def _limited(text: str, verbosity: int) -> str:
    limit = LIMITS.get(verbosity)
    return text if limit is None else shorten(clean(text), limit)


def plain_text(value: Json) -> str:
    """A text as it is, any other value as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def count(number: int, noun: str) -> str:
    """`1 call`, `2 calls`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
