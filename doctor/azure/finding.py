"""Finding the account of an endpoint, by the subscription's list or by Resource Graph."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from urllib.parse import quote

from ..noun import Noun, replace
from .accounts import API, Account, Seek, match, read_account_document
from .answers import ArmAnswer
from .arm import ArmClient
from .fields import inside, mapping
from .parts import NEEDS, Part, part_of

GRAPH_API = "2021-03-01"
_PLAIN = re.compile(r"[a-z0-9.-]{1,253}")
_GROUP = re.compile(r"[\w().-]{0,89}[\w()-]")


class Found(Noun):
    """`state` is a value of the fact `arm.account`; `others` are further accounts seen."""

    account: Account | None
    state: str
    part: Part
    others: tuple[Account, ...] = ()


def find_account(arm: ArmClient, seek: Seek) -> Found:
    """Find the account: by the named subscription's list, else by Resource Graph.

    At most four requests when nothing is retried: the list, Resource Graph twice, the document.
    """
    listed: Found | None = None
    if seek.subscription:
        listed = _by_list(arm, seek)
        if listed.account or listed.part.outcome in ("unreachable", "throttled", "wrong-tenant"):
            return listed
        if match(listed.others, seek):  # several fit: looking elsewhere brings more of them
            return listed
    found = _by_graph(arm, seek)
    if listed is None:
        return found
    exchanges = (*listed.part.exchanges, *found.part.exchanges)
    if found.account is None:
        return replace(listed, part=replace(listed.part, exchanges=exchanges))
    detail = found.part.detail
    if not detail and not _inside(found.account, seek):
        detail = f"it is in {found.account.id}, not where the settings look for it"
    return replace(found, part=replace(found.part, detail=detail, exchanges=exchanges))


def _inside(account: Account, seek: Seek) -> bool:
    """Whether the account is where the settings say."""
    own, named = account.subscription.lower(), (seek.subscription or "").lower()
    group = (seek.resource_group or account.resource_group).lower()
    return own == named and account.resource_group.lower() == group


def _by_list(arm: ArmClient, seek: Seek) -> Found:
    group = seek.resource_group
    path, where = f"/subscriptions/{quote(seek.subscription or '', safe='')}", "subscription"
    if group and _GROUP.fullmatch(group):
        path, where = f"{path}/resourceGroups/{quote(group, safe='')}", "resource group"
    answer = arm.get_all(
        f"{path}/providers/Microsoft.CognitiveServices/accounts", API, "the accounts"
    )
    return _judged(answer, seek, f"the named {where}")


def _by_graph(arm: ArmClient, seek: Seek) -> Found:
    answer = _graph(arm, graph_query(seek), "the account, by Resource Graph")
    found = _judged(answer, seek, "what this identity may see")
    if found.account is not None:
        return _refreshed(arm, found)
    if not answer.ok or found.others:
        return found
    # Nothing fits. Is anything visible at all? Only then does "not found" say something.
    answer = _graph(arm, graph_query(None), "the accounts that are visible, by Resource Graph")
    seen = _judged(answer, seek, "what this identity may see")
    exchanges = (*found.part.exchanges, *seen.part.exchanges)
    return replace(seen, part=replace(seen.part, exchanges=exchanges))


def visible_accounts(arm: ArmClient) -> tuple[Account, ...]:
    """Every account that this identity may see: one request."""
    answer = _graph(arm, graph_query(None), "the other accounts, by Resource Graph")
    return tuple(filter(None, map(read_account_document, answer.items)))


def graph_query(seek: Seek | None) -> str:
    """The query for one account, or for all. Only plain host characters enter it."""
    query = "resources | where type =~ 'microsoft.cognitiveservices/accounts'"
    if seek is not None:
        host = seek.host.lower()
        tests = [
            f"properties.customSubDomainName =~ '{one}'"
            for one in sorted(seek.labels)
            if _PLAIN.fullmatch(one)
        ]
        if _PLAIN.fullmatch(host):
            tests += [
                f"tostring(properties.{name}) contains '://{host}'"
                for name in ("endpoint", "endpoints")
            ]
        query += f" | where {' or '.join(tests)}" if tests else " | where false"
    return query + " | project id, name, type, kind, location, sku, tenantId, properties"


def _graph(arm: ArmClient, query: str, purpose: str) -> ArmAnswer:
    body = {"query": query, "options": {"resultFormat": "objectArray", "$top": 200}}
    answer = arm.post("/providers/Microsoft.ResourceGraph/resources", GRAPH_API, purpose, body)
    if not answer.ok:
        return answer
    more = inside(answer.json, "$skipToken") or inside(answer.json, "skipToken")
    cut = inside(answer.json, "resultTruncated") in (True, "true") or bool(more)
    return replace(answer, json={"value": inside(answer.json, "data")}, complete=not cut)


def _refreshed(arm: ArmClient, found: Found) -> Found:
    """The account's own document: Resource Graph lags behind by minutes."""
    assert found.account is not None
    answer = arm.get(quote(found.account.id), API, "the account")
    fresh = read_account_document(mapping(answer.json)) if answer.ok else None
    part = part_of("account", answer)
    exchanges = (*found.part.exchanges, *part.exchanges)
    if fresh is None:
        why = part.detail or "its document could not be read"
        detail = f"as Resource Graph has it, minutes old: {why}"
        return replace(found, part=replace(found.part, detail=detail, exchanges=exchanges))
    fresh = replace(fresh, tenant=fresh.tenant or found.account.tenant)
    return replace(found, account=fresh, part=replace(part, exchanges=exchanges))


def _judged(answer: ArmAnswer, seek: Seek, where: str) -> Found:
    part = part_of("account", answer)
    known = tuple(filter(None, map(read_account_document, answer.items)))
    fitting = match(known, seek)
    if len(fitting) == 1:
        others = tuple(one for one in known if one is not fitting[0])
        return Found(fitting[0], "found", part, others)
    if not part.ok:
        return Found(None, "unknown", part)
    if fitting:
        names = ", ".join(one.name for one in fitting[:5])
        detail = f"{len(fitting)} accounts share this host: {names}"
        return Found(None, "unknown", replace(part, detail=detail), known)
    if not known:
        unlock = NEEDS["account"][2]
        detail = f"no account at all is visible in {where}: {unlock} would unlock it"
        return Found(None, "unknown", replace(part, detail=detail))
    detail = f"none of the {len(known)} accounts in {where} has this endpoint"
    if near := _nearest_account(known, seek):
        detail += f"; the nearest is {near.name} ({near.subdomain or 'without custom subdomain'})"
    state = "not-found" if part.complete and seek.labels else "unknown"
    return Found(None, state, replace(part, detail=detail), known)


def _nearest_account(accounts: Iterable[Account], seek: Seek) -> Account | None:
    names: dict[str, Account] = {}
    for one in accounts:
        names.setdefault((one.subdomain or one.name).lower(), one)
        names.setdefault(one.name.lower(), one)
    for label in sorted(seek.labels):
        if close := get_close_matches(label, list(names), n=1, cutoff=0.75):
            return names[close[0]]
    return None
