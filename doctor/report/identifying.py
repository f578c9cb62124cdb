"""What in a report names the user's own things: the values to hide in a log that anybody reads.

Never a credential: to have a value hidden it must be printed once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ..model import Report, Verdict
from .clean import base_url
from .text import render_text

SHORTEST = 4
LONGEST = 200
MOST = 200
"""Values of one run; a log that needs more is hidden by not publishing it."""
_ZONES = (
    r"(?:services\.ai|openai|cognitiveservices|vault|search)\.azure\.(?:com|us|cn|net)"
    r"|azure-api\.net|azurewebsites\.net|inference\.ml\.azure\.com"
)
"""Zones in which the first label is the user's and the rest everybody's."""
GENERIC = frozenset({
    "ai", "account", "accounts", "anthropic", "azure", "caller", "claude", "default", "deployment",
    "deployments", "endpoint", "example", "foundry", "foundry-doctor", "gateway", "global", "host",
    "https", "localhost", "login", "management", "microsoft", "model", "models", "name", "none",
    "openai", "private", "prod", "production", "project", "proxy", "public", "resource", "role",
    "services", "staging", "subscription", "target", "tenant", "test", "token", "true", "false",
    "unknown", "user", "value", "graph", "cognitiveservices", "your-resource", "http",
})  # fmt: skip
"""Words that name nothing by themselves, and whose absence would make a log unreadable."""

_GUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", re.I)
# Ids to quote to a support desk, the run's own, and built-in roles, which are everybody's.
_PUBLIC = re.compile(
    r"(?:(?:trace|correlation|request|activity)[\s_-]*id|\brun|roleDefinitions)[\s:=/\"']*$", re.I
)
_NAME = re.compile(r"[\w.()@+-]+")
"""What may be a name; a placeholder such as `<name>`, and what a log could obey, is none."""
_PATH = re.compile(r"/(?:subscriptions|resourceGroups|accounts|tenants)/([^/\s?#\"',;)]+)", re.I)
_GROUP = re.compile(r"(?:\s-g|--resource-group)[ =]['\"]?([\w.()-]+)")
_HOST = re.compile(rf"\b([a-z0-9][a-z0-9-]*)(?:\.privatelink)?\.(?:{_ZONES})\b", re.I)
# Not after a colon: there it would be the password of a URL.
_PERSON = re.compile(r"(?<![\w.+:/%-])[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+")


def identifying(reports: Sequence[Report]) -> list[str]:
    """Names of resources, groups, hosts and persons, and the ids of tenants, subscriptions and
    principals, in every spelling that the most talkative text of these reports prints.
    """
    found: dict[str, None] = {}
    for report in reports:
        text = render_text(report, width=100, verbosity=2)
        named = [one for one in (*_of_target(report), *_of_text(report, text)) if one]
        own = [one for one in dict.fromkeys(named) if _hides_well(one, report)]
        for value in own:
            spelled = re.findall(re.escape(value), text, re.IGNORECASE)
            found.update(dict.fromkeys((value, *spelled)))
    needed = _needed(reports)
    secrets = _secrets(reports)
    return [
        value
        for value in found
        if not any(value.lower() in word for word in needed)
        and not any(value in secret or secret in value for secret in secrets)
    ][:MOST]


def _of_target(report: Report) -> Iterable[str]:
    target = report.target
    yield from (target.resource or "", target.tenant or "", target.subscription or "")
    yield target.resource_group or ""
    url = base_url(target.base_url or "").partition("//")[2]
    for host in (target.host or "", re.split(r"[/:]", url, maxsplit=1)[0]):
        # In Azure's own zones the label names the user's resource; elsewhere all of it is his.
        yield host.partition(".")[0] if _HOST.fullmatch(host) else host


def _of_text(report: Report, text: str) -> Iterable[str]:
    quoted = {
        one
        for call in report.exchanges
        for one in (call.request_id, call.apim_request_id, call.client_request_id)
    }
    for guid in _GUID.finditer(text):
        before = text[max(0, guid.start() - 40) : guid.start()]
        if guid.group() not in quoted and not _PUBLIC.search(before):
            yield guid.group()
    for pattern in (_PATH, _GROUP, _HOST):
        yield from (hit.group(1) for hit in pattern.finditer(text))
    yield from (hit.group() for hit in _PERSON.finditer(text))


def _hides_well(value: str, report: Report) -> bool:
    """Whether stars for this value hide something and leave the rest of the log readable."""
    if not SHORTEST <= len(value) <= LONGEST or not _NAME.fullmatch(value):
        return False
    if value.lower() in GENERIC or re.fullmatch(r"[\d.:]+", value):
        return False
    # A deployment named like its resource would be hidden in every row; both are then shown.
    return value not in report.target.deployments


def _needed(reports: Sequence[Report]) -> set[str]:
    """Words that scripts and readers need: the runner drops an output that holds a hidden value."""
    causes = {one.cause for report in reports for one in report.diagnosis}
    rows = {row.id for report in reports for row in report.checks}
    return {word.lower() for word in (*causes, *rows, *(one.value for one in Verdict))}


def _secrets(reports: Sequence[Report]) -> list[str]:
    kept = [
        secret.reveal()
        for report in reports
        for secret in (*report.target.secrets, report.target.key, report.target.bearer)
        if secret is not None
    ]
    return [value for value in kept if value]
