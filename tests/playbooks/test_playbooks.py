"""The playbooks that ship: clean, in their places, tested, and not in each other's way."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from foundry_doctor.engine.causes import causes
from foundry_doctor.engine.playbook_lint import gaps, lint, run_tests
from foundry_doctor.engine.playbook_model import RANK, Example, Playbook
from foundry_doctor.engine.playbook_set import PlaybookSet, builtin_roots, files
from foundry_doctor.engine.playbook_text import fill_diagnosis
from foundry_doctor.links import DOC_HOSTS
from foundry_doctor.model import Confidence, FactValue

ROOT = builtin_roots()[0]
FILES = files(ROOT, [])
BOOKS = PlaybookSet.load([ROOT])
EXAMPLES = [(book, example) for book in BOOKS for example in book.examples]
MATCHING = [(book, example) for book, example in EXAMPLES if example.expect is not None]
OFFICIAL = {
    "learn.microsoft.com",
    "platform.claude.com",
    "docs.claude.com",
    "code.claude.com",
    "aka.ms",
    "azure.status.microsoft",
    "portal.azure.com",
    "ai.azure.com",
    "status.claude.com",
}
"""Hosts of Microsoft and Anthropic, once more by hand: who adds one reads both lists."""
REVIEWED = frozenset(
    {
        # Decided by the settings, by an experiment, by Resource Manager, by the token's own claims,
        # or by a code or sentence with one meaning.
        "account-unsuitable 0",
        "account-unsuitable 1",
        "app-not-in-tenant 0",
        "arm-unreachable 0",
        "assertion-expired 0",
        "ca-bundle-invalid 0",
        "captive-portal 2",
        "cli-not-installed 0",
        "client-auth-header 0",
        "config-conflict 1",
        "config-conflict 2",
        *(f"config-conflict {number}" for number in range(3, 9)),
        "endpoint-malformed 1",
        "endpoint-malformed 3",
        "key-auth-disabled 5",
        "client-auth-header 1",
        "client-certificate-invalid 0",
        "client-secret-expired 0",
        "client-secret-invalid 0",
        "clock-skew 1",
        "conditional-access-blocked 0",
        "config-conflict 0",
        "config-missing 0",
        "config-missing 1",
        "connect-refused 0",
        "connect-reset 0",
        "connect-timeout 0",
        "consent-missing 0",
        "consent-missing 1",
        "control-plane-denied 0",
        "control-plane-denied 3",
        "credentials-missing 0",
        "credentials-missing 1",
        "custom-subdomain-required 0",
        "custom-subdomain-required 1",
        "deployment-failed 0",
        "deployment-failed 1",
        "deployment-not-found 0",
        "deployment-not-ready 0",
        "deployment-not-ready 1",
        "deployment-on-other-resource 0",
        "dns-nxdomain 0",
        "dns-private-zone-unlinked 0",
        "dns-server-failure 0",
        "dns-timeout 0",
        "endpoint-insecure 0",
        "endpoint-malformed 0",
        "endpoint-wrong-host 0",
        "endpoint-wrong-path 0",
        "entra-unreachable 0",
        "key-auth-disabled 0",
        "key-auth-disabled 1",
        "key-invalid 0",
        "key-malformed 0",
        "key-sent-as-bearer 0",
        "key-wrong-provider 1",
        "key-wrong-provider 3",
        "managed-identity-unavailable 0",
        "mfa-required 0",
        "model-id-not-deployment-name 0",
        "model-provider-data-missing 0",
        "model-retired 0",
        "model-retiring 0",
        "network-acl-denied 0",
        "network-unreachable 0",
        "network-unreachable 1",
        "policy-denied 0",
        "principal-disabled 0",
        "private-endpoint-unreachable 0",
        "provider-not-registered 0",
        "proxy-auth-required 0",
        "proxy-auth-required 1",
        "proxy-blocked 0",
        "proxy-misconfigured 0",
        "proxy-unreachable 0",
        "public-access-disabled 0",
        "public-access-disabled 1",
        "quota-exhausted 0",
        "quota-exhausted 1",
        "quota-exhausted 2",
        "rbac-deny-assignment 0",
        "rbac-missing-data-action 0",
        "rbac-not-activated 0",
        "rbac-wrong-principal 0",
        "rbac-wrong-scope 0",
        "refresh-token-expired 0",
        "region-unavailable 0",
        "region-unavailable 1",
        "request-too-large 0",
        "service-overloaded 0",
        "sovereign-cloud 0",
        "subscription-disabled 0",
        "subscription-disabled 1",
        "subscription-disabled 3",
        "tenant-mismatch 0",
        "tenant-mismatch 1",
        "tenant-mismatch 2",
        "tenant-not-found 0",
        "tenant-not-found 1",
        "tenant-restricted 0",
        "tls-expired 0",
        "tls-handshake-failure 0",
        "tls-handshake-failure 1",
        "tls-hostname 0",
        "tls-interception 0",
        "token-audience 0",
        "token-audience 1",
        "token-audience 3",
        "token-expired 0",
        "token-expired 1",
        "token-expired 2",
        "unexpected-redirect 0",
        "user-not-in-tenant 0",
        "workload-identity-misconfigured 0",
        "workload-identity-misconfigured 1",
    }
)
"""Every variant that says `certain`: who adds one reads it against the contract, then lists it."""


def names(pair: tuple[Playbook, Example]) -> str:
    return f"{pair[0].id}: {pair[1].name}"


def test_there_are_some() -> None:
    assert len(BOOKS) >= 55


@pytest.mark.parametrize("file", FILES, ids=lambda one: str(one.name))
def test_it_is_clean_and_in_its_place(file: Any) -> None:
    assert lint(Path(str(file))) == []
    assert all(result.passed for result in run_tests(Path(str(file))))
    (book,) = PlaybookSet.load([file])
    assert book.id == book.cause
    assert Path(str(file)).parent.name == causes()[book.cause].family


@pytest.mark.parametrize("book", list(BOOKS), ids=lambda one: str(one.id))
def test_it_tells_all_that_a_reader_needs(book: Playbook) -> None:
    assert gaps(book) == []


def test_the_hosts_that_a_playbook_may_name_are_these() -> None:
    assert set(DOC_HOSTS) == OFFICIAL


def test_every_cause_has_its_playbook() -> None:
    assert [one for one in causes() if BOOKS.get(one) is None] == []


@pytest.mark.parametrize("book", list(BOOKS), ids=lambda one: str(one.id))
def test_readers_are_sent_to_official_hosts_only(book: Playbook) -> None:
    sent = [*book.docs, *(step.url for step in book.remedy if step.url)]
    assert {urlsplit(one).hostname for one in sent} <= OFFICIAL


@pytest.mark.parametrize("pair", EXAMPLES, ids=names)
def test_no_two_are_certain_of_one_example(pair: tuple[Playbook, Example]) -> None:
    found = [
        match
        for match in BOOKS.matches(dict(pair[1].given))
        if match.variant.confidence is Confidence.CERTAIN
    ]
    explained = {cause for match in found for cause in match.playbook.explains}
    assert len([match for match in found if match.playbook.cause not in explained]) <= 1


@pytest.mark.parametrize("pair", MATCHING, ids=names)
def test_the_right_one_leads_or_stands_beside_its_better(pair: tuple[Playbook, Example]) -> None:
    """The first match is this one, or one that is surer of itself, explains it or doubts it."""
    found = BOOKS.matches(dict(pair[1].given))
    explained = {cause for match in found for cause in match.playbook.explains}
    first = next(match for match in found if match.playbook.cause not in explained)
    own = pair[0].cause
    expect = pair[1].expect
    assert expect is not None
    assert (
        first.playbook.cause == own
        or own in first.playbook.explains
        or own in {doubt.cause for doubt in first.variant.undecided}
        or first.rank[0] > RANK[expect]
    ), [match.playbook.cause for match in found]


@pytest.mark.parametrize("pair", EXAMPLES, ids=names)
def test_what_explains_another_is_not_less_sure_than_it(pair: tuple[Playbook, Example]) -> None:
    found = BOOKS.matches(dict(pair[1].given))
    for match in found:
        for other in found:
            if other.playbook.cause in match.playbook.explains:
                assert match.rank[0] >= other.rank[0], (match.playbook.id, other.playbook.id)


def test_every_certain_variant_was_reviewed() -> None:
    found = {
        f"{book.id} {variant.index}"
        for book in BOOKS
        for variant in book.variants
        if variant.confidence is Confidence.CERTAIN
    }
    assert found == REVIEWED


@pytest.mark.parametrize("pair", MATCHING, ids=names)
def test_it_reads_well_with_and_without_values(pair: tuple[Playbook, Example]) -> None:
    """Titles and summaries have words for what is not known; no command shows a key."""
    book, example = pair
    own = next(m for m in BOOKS.matches(dict(example.given)) if m.playbook is book)
    full: dict[str, FactValue] = {
        "resource": "contoso-ai",
        "host": "contoso-ai.services.ai.azure.com",
        "region": "eastus2",
        "endpoint": "https://contoso-ai.services.ai.azure.com/anthropic",
        "deployment": "d1",
        "key_source": "env ANTHROPIC_FOUNDRY_API_KEY",
        "proxy": "http://proxy.example:3128",
        "resource_group": "rg1",
        "suggestion": "claude-sonnet-5",
        **dict(example.given),
    }
    for values in (full, dict(example.given)):
        filled = fill_diagnosis(own, values, causes()[book.cause])
        for text in (filled.title, filled.summary):
            assert not re.search(
                r"\b(?:RESOURCE|HOST|PROXY|DEPLOYMENT|KEY_SOURCE|CONFIG_)\b",
                text.replace("https://RESOURCE.services", "")
                .replace("ANTHROPIC_FOUNDRY_RESOURCE", "")
                .replace("RESOURCE and BASE_URL", ""),
            ), text
        assert len(filled.title) <= 160
        assert filled.remedy
        for step in filled.remedy:
            for command in (step.bash, step.pwsh):
                assert command is None or "keys list" not in command or "API_KEY" in command
                assert command is None or not re.search(
                    r"verify=False|NODE_TLS_REJECT|--insecure|curl -k|ssl-no-verify", command
                )


def test_every_cause_named_elsewhere_is_in_the_vocabulary_and_not_the_playbooks_own() -> None:
    for book in BOOKS:
        for variant in book.variants:
            named = [doubt.cause for doubt in (*variant.undecided, *variant.rules_out)]
            assert book.cause not in named
            assert len(named) == len(set(named))
        assert book.cause not in {doubt.cause for doubt in book.mistaken_for}
