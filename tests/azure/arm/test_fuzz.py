"""Whatever an answer holds, nothing raises and every fact stays within the vocabulary."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foundry_doctor.azure.accounts import Seek, match, read_account_document
from foundry_doctor.azure.answers import read_answer, read_error, retry_after
from foundry_doctor.azure.assignments import read_assignment, read_denial
from foundry_doctor.azure.conditions import condition_holds, covers
from foundry_doctor.azure.deployments import nearest_deployment, read_deployment
from foundry_doctor.azure.fields import address, document_of, moment, number, text
from foundry_doctor.azure.readings import Readings, facts
from foundry_doctor.azure.regions import (
    Wanted,
    quota_facts,
    read_region_model,
    read_usage,
    region_facts,
)
from foundry_doctor.azure.role_rules import DATA_ACTION, read_definition, read_permission
from foundry_doctor.azure.roles import judge
from foundry_doctor.facts import problems
from foundry_doctor.model import Exchange
from foundry_doctor.network.client import Reply

from .world import (
    ACCOUNT,
    ALL,
    HOST,
    OID,
    account,
    assignment,
    deployment,
    permission,
    region_model,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
FEW = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
WORDS = st.sampled_from(
    [
        "",
        "*",
        "true",
        "Deny",
        "2026-11-22T00:00:00Z",
        "2026-99-99",
        "https://[::1",
        "\x1b[31m",
        ACCOUNT,
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | WORDS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
DENIAL = {
    "properties": {
        "scope": ACCOUNT,
        "principals": [{"id": OID, "type": "User"}],
        "excludePrincipals": [],
        "permissions": [permission(*ALL)],
        "doNotApplyToChildScopes": False,
    }
}
DEFINITION = {
    "name": "12345678-1111-2222-3333-444444444444",
    "properties": {"roleName": "x", "type": "CustomRole", "permissions": [permission(*ALL)]},
}
USAGE = {
    "name": {"value": "AIServices.GlobalStandard.claude-sonnet-5"},
    "limit": 1,
    "currentValue": 1,
}


@st.composite
def broken(draw: Any, document: Any) -> Any:
    """The document with some of its values replaced by anything, or left out."""
    if draw(st.integers(0, 9)) == 0:
        return draw(JSON)
    if isinstance(document, dict):
        kept = {name: one for name, one in document.items() if draw(st.integers(0, 9))}
        return {name: draw(broken(one)) for name, one in kept.items()}
    if isinstance(document, list):
        return [draw(broken(one)) for one in document]
    return document


def rows(document: Any) -> Any:
    """Several broken copies, those that are objects."""
    copies = st.lists(broken(document), max_size=3)
    return copies.map(lambda found: [one for one in found if isinstance(one, dict)])


@FEW
@given(
    rows(account()),
    rows(deployment()),
    rows(region_model()),
    rows(permission(*ALL)),
    rows(USAGE),
    st.text(max_size=20),
)
def test_readings(
    accounts: Any, deployments: Any, models: Any, permissions: Any, usages: Any, name: str
) -> None:
    known = [one for each in accounts if (one := read_account_document(each))]
    match(known, Seek(HOST))
    listed = tuple(filter(None, map(read_deployment, deployments)))
    offered = tuple(filter(None, map(read_region_model, models)))
    nearest_deployment(name, listed)
    for one in known:
        readings = Readings(
            one, listed, tuple(map(read_permission, permissions)), offered, found="found", now=NOW
        )
        partless = facts(Readings(one, None, None, offered), name, catalogue={"models": name})
        assert problems(partless) == []
        if listed:
            assert problems(facts(readings, listed[0].name)) == []
            wanted = Wanted.of(listed[0])
            if wanted:
                lines = tuple(filter(None, map(read_usage, usages)))
                assert problems(quota_facts(lines, wanted, offered)) == []


@FEW
@given(
    rows(permission(*ALL)),
    rows(assignment()),
    rows(DEFINITION),
    rows(DENIAL),
    rows(assignment()),
    st.none() | st.just(OID) | st.text(max_size=10),
)
def test_judgements(
    permissions: Any, own: Any, definitions: Any, denies: Any, eligible: Any, oid: str | None
) -> None:
    assigned = tuple(filter(None, map(read_assignment, own)))
    found = judge(
        tuple(map(read_permission, permissions)),
        assigned,
        {one.id: one for each in definitions if (one := read_definition(each))},
        tuple(filter(None, map(read_denial, denies))),
        tuple(filter(None, map(read_assignment, eligible))),
        ACCOUNT,
        oid,
        others=assigned,
        related={oid or "x": "application id"},
        refused=oid,
        now=NOW,
    )
    assert problems(found.facts()) == []


@FEW
@given(
    st.dictionaries(st.text(max_size=5), JSON, max_size=3), broken({"m": {"retires": "2026-11-30"}})
)
def test_a_foreign_catalogue(catalogue: Any, models: Any) -> None:
    for one in (catalogue, {"models": models, "regions": catalogue}, {"models": {"m": catalogue}}):
        found = region_facts(None, Wanted("m"), region="r", now=NOW, catalogue=one)
        assert problems(found) == []


@FEW
@given(
    st.integers(100, 599),
    st.binary(max_size=60)
    | broken({"error": {"code": "X", "message": "m"}}).map(lambda one: json.dumps(one).encode()),
    st.dictionaries(
        st.sampled_from(["www-authenticate", "retry-after", "date"]), st.text(max_size=80)
    ),
    st.sampled_from(["answered", "timeout", "reset", "oversized", "not-http", "no-connection"]),
)
def test_answers(status: int, body: bytes, headers: dict[str, str], outcome: str) -> None:
    exchange = Exchange(
        id="x1", purpose="q", method="GET", url="https://localhost/", sent_at="", status=status
    )
    reply = Reply(exchange, headers, body, outcome, "detail")
    answer = read_answer(reply, body, str, OID)
    assert problems({"arm.outcome": answer.outcome}) == []
    assert answer.ok or answer.detail
    retry_after(headers, NOW)
    read_error(status, document_of(body), headers)


@FEW
@given(JSON)
def test_fields(value: Any) -> None:
    cleaned = text(value)
    assert cleaned is None or cleaned.isprintable()
    moment(value)
    number(value)
    address(value)


@FEW
@given(
    st.text("()!ANDOR ={}'*?xActionMatches&|", max_size=80),
    st.text("*aM./", max_size=60),
)
def test_texts_of_roles(condition: str, pattern: str) -> None:
    condition_holds(condition, DATA_ACTION)
    covers(pattern, DATA_ACTION)
