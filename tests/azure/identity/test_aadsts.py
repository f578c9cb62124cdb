"""Entra's refusals in every text that carries them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundry_doctor.azure.aadsts import Refusal, read_body, read_refusal
from foundry_doctor.facts import problems

from .stub import CORRELATION, TRACE, entra_error

TAIL = f" Trace ID: {TRACE} Correlation ID: {CORRELATION} Timestamp: 2026-11-22 12:00:00Z"
SECRET_WRONG = "Invalid client secret provided."


@pytest.mark.parametrize(
    ("text", "code", "error", "message"),
    [
        (
            f"Authentication failed: AADSTS7000215: {SECRET_WRONG} Ensure the value.{TAIL}",
            7000215, None, SECRET_WRONG,
        ),
        (f"AADSTS7000215: {SECRET_WRONG}\\r\\nTrace ID: {TRACE}", 7000215, None, SECRET_WRONG),
        (f"AADSTS7000215: {SECRET_WRONG}\r\nTrace ID: {TRACE}", 7000215, None, SECRET_WRONG),
        (
            ("ERROR: V2Error: invalid_grant AADSTS700082: The refresh token has expired due to"
            " inactivity. The token was issued on 2025-05-02"),
            700082, "invalid_grant", "The refresh token has expired due to inactivity.",
        ),
        (
            ('{"error_description":"AADSTS70002: Error validating credentials. AADSTS50012: Client'
            ' assertion is not within its valid time range.\\r\\nTrace ID: x","error":'
            '"invalid_client"}'),
            50012, "invalid_client", "Client assertion is not within its valid time range.",
        ),
        (
            ('server response: {"error":"interaction_required","error_description":"AADSTS50079:'
            ' Strong authentication enrollment (proof-up) is required.\\r\\nTrace"}'),
            50079, "interaction_required",
            "Strong authentication enrollment (proof-up) is required.",
        ),
        (
            ("AADSTS50076: Due to a configuration change made by your administrator, or because you"
            " moved to a new location, you must use multi-factor authentication to access"
            " ''.\nTo re-authenticate, please run:\naz login"),
            50076, None,
            ("Due to a configuration change made by your administrator, or because you moved to a"
            " new location, you must use multi-factor authentication to access ''."),
        ),
        ("errorCode: 'invalid_client',\nerrorMessage: 'none'", None, "invalid_client", None),
    ],
)  # fmt: skip
def test_a_refusal_is_read(
    text: str, code: int | None, error: str | None, message: str | None
) -> None:
    found = read_refusal(text)
    assert found is not None
    assert (found.code, found.error, found.message) == (code, error, message)


def test_the_ids_for_support_are_kept() -> None:
    found = read_refusal(f"AADSTS53003: Blocked.{TAIL}")
    assert found == Refusal(53003, None, "Blocked.", TRACE, CORRELATION, "2026-11-22 12:00:00Z")
    assert found is not None
    assert problems(found.facts) == []


@pytest.mark.parametrize(
    "text", ["", "AADSTS", "AADSTS12", "aadsts7000215 in lower case", "an invalid_client is near"]
)
def test_other_text_is_no_refusal(text: str) -> None:
    assert read_refusal(text) is None


def test_the_body_of_the_token_endpoint() -> None:
    found = read_body(json.dumps(entra_error(700016, "unauthorized_client", "Not found.")))
    assert found is not None
    assert (found.code, found.error, found.trace_id) == (700016, "unauthorized_client", TRACE)
    bare = read_body('{"error": "invalid_client", "error_codes": [7000222, 1]}')
    assert bare == Refusal(7000222, "invalid_client")
    assert read_body('{"error": {"code": "x"}}') is None
    assert read_body("<html>") is None
    assert read_body("[" * 100000) is None


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=300))
def test_any_text_after_a_number_gives_sound_facts(text: str) -> None:
    found = read_refusal("AADSTS50034: " + text)
    assert found is not None
    assert problems(found.facts) == []
    shown = str(found.message)
    assert "\x1b" not in shown
    assert "\n" not in shown


@given(st.text(max_size=300))
def test_any_body_is_read_or_not(text: str) -> None:
    read_body(text)
    read_body(json.dumps({"error": text, "error_description": text, "error_codes": [text]}))
