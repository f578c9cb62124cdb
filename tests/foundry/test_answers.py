"""An answer as facts, each in the vocabulary; how long to wait; no secret among them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from email.utils import formatdate
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundry_doctor.facts import problems
from foundry_doctor.foundry.answers import http_facts, media_type, retry_after
from foundry_doctor.foundry.bodies import read_body
from foundry_doctor.noun import Noun
from foundry_doctor.secret import Scrubber, Secret

NOW = 1_795_348_800.0


class Answered(Noun):
    headers: Mapping[str, str]
    outcome: str = "answered"
    detail: str = ""


def facts(
    status: int | None, headers: Mapping[str, str], body: object = None, *, key: str = "no-such-key"
) -> dict[str, Any]:
    reply = Answered(headers)
    data = b"" if body is None else json.dumps(body).encode()
    read = read_body(data, media_type(headers), headers)
    found = http_facts(reply, status, read, Scrubber((Secret(key),)))
    assert problems(found) == []
    return dict(found)


def test_without_an_answer_there_is_only_the_outcome() -> None:
    reply = Answered({}, "timeout")
    assert http_facts(reply, None, read_body(b"", "", {}), str) == {"http.outcome": "timeout"}


def test_everything_that_an_answer_tells() -> None:
    message = "Please wait 41 seconds before retrying."
    found = facts(
        429,
        {
            "apim-request-id": "guid",
            "request-id": "req_1",
            "content-type": "Application/JSON; charset=utf-8",
            "server": "envoy\x1b[31m",
            "location": "https://elsewhere.example/x",
        },
        {"error": {"code": "RateLimitReached", "message": message, "details": message}},
    )
    assert found == {
        "http.outcome": "answered",
        "http.status": 429,
        "http.layer": "gateway",
        "http.shape": "azure",
        "http.azure": True,
        "http.anthropic": True,
        "http.error.code": "RateLimitReached",
        "http.error.message": message,
        "http.error.details": True,
        "http.content_type": "application/json",
        "http.server": "envoy",
        "http.retry_after_s": 41,
    }


@pytest.mark.parametrize(
    ("headers", "body", "anthropic"),
    [
        ({"request-id": "req_1"}, None, True),
        ({"request-id": "0f8f-guid"}, None, False),
        ({}, {"type": "error", "error": {"type": "t"}, "request_id": "req_2"}, True),
        ({}, None, False),
    ],
)
def test_who_saw_the_request(headers: Mapping[str, str], body: object, anthropic: bool) -> None:
    assert facts(400, headers, body)["http.anthropic"] is anthropic


@pytest.mark.parametrize(
    ("status", "location", "host"),
    [
        (302, "https://login.example/x?y", "login.example"),
        (307, "//other.example:8443/", "other.example"),
        (308, "/same", None),
        (301, "http://[broken", None),
        (200, "https://login.example/", None),
        (302, "", None),
    ],
)
def test_where_a_redirect_points(status: int, location: str, host: str | None) -> None:
    assert facts(status, {"location": location}).get("http.location_host") == host


@pytest.mark.parametrize("place", range(560, 620, 3))
def test_a_key_at_the_limit_of_length_is_not_half_shown(place: int) -> None:
    key = "Ab3dE6gH9jK2mN5pQ8sT1vW4yZ7"
    found = facts(401, {"server": "x" * place + key}, key=key)
    assert key[:4] not in found["http.server"]


HTTP_DATE = formatdate(NOW + 90, usegmt=True)


@pytest.mark.parametrize(
    ("headers", "message", "seconds"),
    [
        ({"retry-after-ms": "1500"}, None, 2),
        ({"retry-after-ms": "1"}, None, 1),
        ({"retry-after-ms": "0", "retry-after": "9"}, None, 0),
        ({"retry-after-ms": "1500.5"}, None, 2),
        ({"retry-after-ms": "x", "retry-after": "9"}, None, 9),
        ({"retry-after": " 30 "}, None, 30),
        ({"retry-after": "0"}, None, 0),
        ({"retry-after": "1.2"}, None, 2),
        ({"retry-after": "-5"}, None, None),
        ({"retry-after": "1e9"}, None, None),
        ({"retry-after": "9" * 40}, None, 10**9),
        ({"retry-after": "٣"}, None, None),
        ({"retry-after": "٣" * 12}, None, None),
        ({"retry-after": "soon"}, None, None),
        ({"retry-after": "soon"}, "try again in 7 seconds", 7),
        ({"retry-after": HTTP_DATE}, None, 90),
        ({"retry-after": HTTP_DATE.replace("GMT", "-0000")}, None, 90),
        ({"retry-after": formatdate(NOW - 90, usegmt=True)}, None, 0),
        ({}, "Please wait 41 seconds before retrying.", 41),
        ({}, "Please retry after 1 second.", 1),
        ({}, "Try again in 12 seconds.", 12),
        ({}, "wait a few seconds", None),
        ({}, "Rate limit of 41 per 60s exceeded", None),
        ({}, "wait 99999999 seconds", None),
        ({}, None, None),
    ],
)
def test_retry_after(headers: Mapping[str, str], message: str | None, seconds: int | None) -> None:
    assert retry_after(headers, message, NOW) == seconds


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["retry-after", "retry-after-ms"]), st.text()), st.text())
def test_retry_after_never_raises(headers: dict[str, str], message: str) -> None:
    found = retry_after(headers, message)
    assert found is None or found >= 0


NAMES = ["server", "via", "location", "content-type", "request-id", "apim-request-id"]


@settings(deadline=None)
@given(
    st.integers(100, 599),
    st.dictionaries(st.sampled_from(NAMES), st.text(max_size=40)),
    st.binary(max_size=80),
)
def test_all_facts_are_in_the_vocabulary(status: int, headers: dict[str, str], data: bytes) -> None:
    read = read_body(data, media_type(headers), headers)
    found = http_facts(Answered(headers), status, read, str)
    assert problems(found) == []
    for value in found.values():
        if isinstance(value, str):
            assert value.isprintable()


@pytest.mark.parametrize(
    ("text", "kind"), [("text/html; charset=x", "text/html"), ("", ""), (" A/B ;", "a/b")]
)
def test_media_type(text: str, kind: str) -> None:
    assert media_type({"content-type": text}) == kind
    assert media_type({}) == ""
