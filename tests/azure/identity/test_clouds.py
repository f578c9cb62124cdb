"""Audiences, scopes and login hosts, each beside its near miss."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundry_doctor.azure.clouds import (
    CLOUDS,
    classify_audience,
    cloud_named,
    cloud_of_authority,
    is_microsoft_authority,
    other_scope,
    scope_for_audience,
)
from foundry_doctor.azure.defaults import authority_of
from foundry_doctor.facts import FACTS


@pytest.mark.parametrize(
    ("aud", "expected"),
    [
        ("https://ai.azure.com", "foundry"),
        ("https://ai.azure.com/", "foundry"),
        ("HTTPS://AI.AZURE.COM", "foundry"),
        ("https://ai.azure.us", "foundry"),
        ("18a66f5f-dbdf-4c17-9dd7-1634712a9cbe", "foundry"),
        ("https://cognitiveservices.azure.com", "cognitive"),
        ("https://cognitiveservices.azure.us/", "cognitive"),
        ("7d312290-28c8-473c-a0ed-8e53749b6d6d", "cognitive"),
        ("https://management.azure.com/", "arm"),
        ("https://management.core.windows.net/", "arm"),
        ("797f4846-ba00-4fd7-ba43-dac1f8f63013", "arm"),
        ("https://graph.microsoft.com", "graph"),
        ("00000003-0000-0000-c000-000000000000", "graph"),
        ("01234567-89ab-cdef-0123-456789abcdef", "guid"),
        ("https://ai.cognitiveservices.com", "other"),
        ("https://ai.azure.com.evil.example", "other"),
        ("http://ai.azure.com", "other"),
        ("https://[", "other"),
        ("", "other"),
        (None, "other"),
    ],
)
def test_an_audience_is_known_in_each_of_its_forms(aud: str | None, expected: str) -> None:
    assert classify_audience(aud) == expected


@given(st.text(max_size=80))
def test_any_audience_is_one_of_the_vocabulary(aud: str) -> None:
    assert classify_audience(aud) in FACTS["token.audience"].values


def test_the_other_scope_stays_in_its_cloud() -> None:
    assert other_scope("https://ai.azure.com/.default") == (
        "https://cognitiveservices.azure.com/.default"
    )
    assert other_scope("https://cognitiveservices.azure.us/.default") == (
        "https://ai.azure.us/.default"
    )
    assert other_scope("https://ai.azure.com//.default") == (
        "https://cognitiveservices.azure.com/.default"
    )
    assert other_scope("https://management.azure.com/.default") is None
    assert other_scope("https://elsewhere.example/.default") is None


def test_only_an_audience_of_the_table_becomes_a_scope() -> None:
    assert scope_for_audience("https://ai.azure.com/") == "https://ai.azure.com/.default"
    assert scope_for_audience("urn:ms.scopedToken or urn:ms.faceSessionToken") is None
    assert scope_for_audience("https://collector.example") is None


@pytest.mark.parametrize(
    ("host", "cloud"),
    [
        ("login.microsoftonline.com", "public"),
        ("LOGIN.MICROSOFTONLINE.COM.", "public"),
        ("login.microsoftonline.us", "usgov"),
        ("login.chinacloudapi.cn", "china"),
        ("login.sovcloud-identity.fr", None),
        ("localhost", None),
    ],
)
def test_the_cloud_of_a_login_host(host: str, cloud: str | None) -> None:
    assert cloud_of_authority(host) == cloud


def test_whose_login_host_it_is() -> None:
    known = ("login.microsoftonline.com", "westus2.login.microsoft.com", "sts.windows.net")
    assert all(map(is_microsoft_authority, known))
    foreign = ("localhost", "login.microsoftonline.com.example", "xlogin.microsoft.com")
    assert not any(map(is_microsoft_authority, foreign))


def test_an_unknown_cloud_is_the_public_one() -> None:
    assert cloud_named("nowhere") is CLOUDS["public"]
    assert cloud_named("usgov").arm_scope == "https://management.usgovcloudapi.net/.default"


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("https://login.microsoftonline.us", None),
        ("login.microsoftonline.us", None),
        ("http://localhost:8080", "https"),
        ("https://user:word@login.example", "user name"),
        ("https://", "no host"),
        ("https://[", "no valid URL"),
        ("https://host:99999", "no valid URL"),
    ],
)
def test_a_login_host_must_be_https_and_bare(value: str, problem: str | None) -> None:
    found = authority_of({"AZURE_AUTHORITY_HOST": value}, "public")
    assert (found.problem is None) == (problem is None)
    assert problem is None or problem in str(found.problem)


def test_without_a_variable_the_cloud_names_the_login_host() -> None:
    found = authority_of({}, "china")
    assert (found.host, found.port, found.own) == ("login.chinacloudapi.cn", 443, False)
