"""Which files a bundle has: collected by allowlist from a report that is already redacted."""

from __future__ import annotations

import re
from typing import Any

from ..facts import FACTS
from ..model import (
    EMPTY,
    Confidence,
    Diagnosis,
    Exchange,
    Remedy,
    Report,
    RequestId,
    Result,
    Run,
    Status,
    Target,
    Timings,
    Vantage,
    Verdict,
)
from ..noun import replace
from ..redact import Redactor
from ..redact.exact import Exact
from ..report.document import many, report_document
from ..report.explanation import explanation_document
from .calls import known_facts
from .fields import Case, case_of
from .har import har_document
from .ids import COLUMNS, ids_csv, rows
from .material import Draft, LeftOut, Log, Material
from .places import environment_document, provenance_document, timeline_text
from .readme import readme_text
from .tickets import anthropic_ticket, microsoft_ticket


def redactor_of(material: Material, exact: Exact | None = None) -> Redactor:
    """The redactor of one bundle: it knows every secret, person and name of the run.

    `exact`: the search for the values of this very material, where there is one already.
    """
    found = [one for report in material.reports for one in report.target.secrets]
    for report in material.reports:
        found += [one for one in (report.target.key, report.target.bearer) if one is not None]
    explanations = [one.explanation for one in material.logs]
    users = [*material.users, *_principals(material.reports)]
    return Redactor(
        (*found, *material.secrets),
        profile=material.profile,
        users=users,
        homes=material.homes,
        names=_names(material.reports),
        ids=[
            *(row[1] for row in rows(material.reports, explanations) if _ID.fullmatch(row[1])),
            *(report.run.id for report in material.reports),
        ],
        vocabulary={*material.vocabulary, *_own_words()},
        exact=exact,
    )


def _own_words() -> set[str]:
    """Words that every bundle holds: a password that is one of them cannot be told from it."""
    nouns = (Report, Run, Vantage, Target, Diagnosis, Remedy, Result, Exchange, Timings, RequestId)
    words = {field for noun in nouns for field in noun._fields}
    words |= {*FACTS, *COLUMNS, *(one.value for one in (*Verdict, *Status, *Confidence))}
    return words | set(_KEYS.split())


def safe(material: Material, redactor: Redactor) -> Material:
    """The material redacted before anything is rendered of it; secrets are gone from it."""
    redactor.begin("report")
    reports = tuple(redactor.noun(_without_fingerprint(one, redactor)) for one in material.reports)
    redactor.begin("logs")
    logs = tuple(
        Log(
            redactor.noun(one.explanation),
            tuple((number, redactor.excerpt(line)) for number, line in one.excerpts),
        )
        for one in material.logs
    )
    return Material(
        reports=reports,
        several=material.several,
        profile=material.profile,
        tickets=material.tickets,
        logs=logs,
        with_excerpts=material.with_excerpts,
        notes=tuple(map(redactor.text, material.notes)),
        variables=tuple(map(redactor.text, material.variables)),
    )


def _without_fingerprint(report: Report, redactor: Redactor) -> Report:
    """In public nobody shares the salt, so that nobody can use it."""
    return replace(report, fingerprint=EMPTY) if redactor.profile == "public" else report


def collect(material: Material) -> tuple[list[Draft], list[LeftOut]]:
    """The files of a bundle, README.txt last, and what is left out from the start.

    `material` is redacted already; each file passes the writer once more.
    """
    left_out: list[LeftOut] = []
    reports = material.reports
    document = many(reports) if material.several else report_document(reports[0])
    explanations = [one.explanation for one in material.logs]
    case = case_of(material)
    drafts = [
        Draft("report.json", "the report, as `run -o json` prints it", document),
        *_pages(reports, left_out),
        Draft("ticket-microsoft.md", "the ticket for Microsoft", microsoft_ticket(case)),
        *_for_anthropic(material, case),
        Draft("request-ids.csv", "the request ids, with their times",
              ids_csv(reports, explanations)),
        Draft("exchanges.har", "the calls (HAR 1.2), without bodies", har_document(reports), 4),
        Draft("timeline.txt", "what happened when", timeline_text(reports), 3),
        Draft("environment.json", "the machine and the clients", environment_document(material)),
        Draft("config-provenance.json", "each setting and its source",
              provenance_document(material)),
        *_explanations(material),
    ]  # fmt: skip
    left_out.append(
        LeftOut("raw logs, request and answer bodies, prompts, completions", "never collected")
    )
    if material.logs and not material.with_excerpts:
        left_out.append(LeftOut("lines of the logs", "only with --excerpts"))
    readme = readme_text(material, drafts, left_out)
    drafts.append(Draft("README.txt", "this overview", readme))
    return drafts, left_out


def _pages(reports: tuple[Report, ...], left_out: list[LeftOut]) -> list[Draft]:
    try:
        from ..report.html import render_html
    except ImportError:
        left_out.append(LeftOut("report.html", "this build renders no HTML"))
        return []
    return [
        Draft(_numbered("report", "html", number), "the same for a reader", render_html(report), 1)
        for number, report in enumerate(reports, 1)
    ]


def _for_anthropic(material: Material, case: Case) -> list[Draft]:
    if "anthropic" not in material.tickets:
        return []
    what = "for an account representative at Anthropic"
    return [Draft("ticket-anthropic.md", what, anthropic_ticket(case))]


def _explanations(material: Material) -> list[Draft]:
    return [
        Draft(_numbered("explain", "json", number), "what a log says", _explained(one, material), 2)
        for number, one in enumerate(material.logs, 1)
    ]


def _explained(log: Log, material: Material) -> dict[str, Any]:
    document = explanation_document(log.explanation)
    if material.with_excerpts:
        document["excerpts"] = [{"line": line, "text": text} for line, text in log.excerpts]
    return document


def _numbered(stem: str, ending: str, number: int) -> str:
    return f"{stem}.{ending}" if number == 1 else f"{stem}-{number}.{ending}"


def _principals(reports: tuple[Report, ...]) -> list[str]:
    """The local parts of the user principal names that a run met: they stand alone at times."""
    found = []
    for report in reports:
        name = known_facts(report).get("token.name")
        if isinstance(name, str) and "@" in name:
            found.append(name.partition("@")[0])
    return found


def _names(reports: tuple[Report, ...]) -> dict[str, str]:
    """Names and ids of the organisation, by the kind of their pseudonym."""
    names: dict[str, str] = {}

    def put(kind: str, value: object) -> None:
        if isinstance(value, str) and value:
            names.setdefault(value, kind)

    for report in reports:
        target, facts = report.target, known_facts(report)
        put("tenant", target.tenant)
        put("subscription", target.subscription)
        put("group", target.resource_group)
        put("resource", target.resource)
        for host in (target.host, facts.get("net.host")):
            if isinstance(host, str) and "." in host:
                put("resource", host.partition(".")[0])
        for kind, fact in _FACTS.items():
            for name in fact:
                put(kind, facts.get(name))
        parts = str(facts.get("arm.account_id") or "").split("/")
        if len(parts) > 8:
            put("group", parts[4])
            put("resource", parts[8])
        for url in (*report.vantage.proxy.values(), facts.get("proxy.url")):
            host = str(url).rpartition("://")[2].rpartition("@")[2].split(":")[0].strip("/")
            if host and " " not in host and "," not in host:
                put("proxy", host)
    for word in ("localhost", "127.0.0.1", "None", "***"):
        names.pop(word, None)
    return names


_ID = re.compile(
    r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}|req_[A-Za-z0-9]{6,60}|[0-9a-fA-F]{32}"
)
"""What a request id looks like; whatever else a header of that name holds is redacted as text."""
_KEYS = """
schema_version report schema profile manifest redactions replaced pseudonyms known_secrets_searched
secrets_too_short_to_search user_names_searched files sha256 left_out startedDateTime request
response headers cookies queryString headersSize bodySize httpVersion statusText content mimeType
comment redirectURL cache timings blocked connect receive serverIPAddress creator entries version
vendor public microsoft anthropic foundry-doctor settings setting source problems target targets
credential_in_use variables_set clock_skew_s anthropic_version endpoint timings_ms resource
environment explain exchanges timeline excerpts matches truncated missing MISSING README.txt
report.json report.html ticket-microsoft.md ticket-anthropic.md request-ids.csv exchanges.har
timeline.txt environment.json config-provenance.json explain.json redactions.json manifest.json
"""
"""Keys and fixed words of the files that are no field of a noun."""
_FACTS = {
    "tenant": ("token.tid", "arm.tenant"),
    "principal": ("token.oid", "rbac.refused_principal", "rbac.assigned_to"),
    "application": ("token.appid", "token.name"),
    "ca": ("tls.issuer", "tls.subject"),
    "resource": ("arm.other_account",),
}
"""Facts that hold a name, by the kind of name."""
