"""Request ids: kind, place, time, and who can look them up."""

from __future__ import annotations

import pytest

from foundry_doctor.explain.ids import find_ids
from foundry_doctor.explain.lines import split
from foundry_doctor.model import RequestId

GUID = "6c1e1111-2222-4333-8444-555566667777"


def ids(text: str) -> list[RequestId]:
    return list(find_ids(split(text, 1), "f.log"))


@pytest.mark.parametrize(
    ("text", "kind", "useful"),
    [
        (f"apim-request-id: {GUID}", "apim-request-id", "azure"),
        (f"< Apim-Request-Id: {GUID}", "apim-request-id", "azure"),
        (f'"apim-request-id":"{GUID}"', "apim-request-id", "azure"),
        (f'\\"apim-request-id\\":\\"{GUID}\\"', "apim-request-id", "azure"),
        (f"('apim-request-id', '{GUID}')", "apim-request-id", "azure"),
        (f"x-ms-request-id: {GUID}", "x-ms-request-id", "azure"),
        (f"x-ms-client-request-id = {GUID}", "x-ms-client-request-id", "azure"),
        (f"Trace ID: {GUID}", "trace-id", "azure"),
        (f"Correlation ID: {GUID}", "correlation-id", "azure"),
        (f"correlationId={GUID}", "correlation-id", "azure"),
        (f"The tracking id is '{GUID}'", "correlation-id", "azure"),
        ("request-id: req_011CSHoEeqs5C35K2UUqR7Fy", "request-id", "both"),
        ("RequestId = req_011CSHoEeqs5C35K2UUqR7Fy", "request-id", "both"),
        ('"request_id":"req_011CSHoEeqs5C35K2UUqR7Fy"', "request-id", "both"),
    ],
)
def test_kinds(text: str, kind: str, useful: str) -> None:
    (found,) = ids(f"first line\n{text}\n")
    assert (found.kind, found.useful_to, found.file, found.line) == (kind, useful, "f.log", 2)


def test_a_time_beside_it() -> None:
    (found,) = ids(f"2026-11-24T02:04:11Z apim-request-id: {GUID}")
    assert found.time == "2026-11-24T02:04:11Z"
    found = ids(f"Trace ID: {GUID} Timestamp: 2026-11-24 02:04:12Z")[0]
    assert found.time == "2026-11-24T02:04:12Z"


@pytest.mark.parametrize(
    "text",
    [
        f"GH Request Id: {GUID}", f"Copilot Request id: {GUID}", f"subscription {GUID}",
        f"tenant id: {GUID}", "request-id: none", "req_id=7", "request_id=",
    ],
)  # fmt: skip
def test_what_is_none(text: str) -> None:
    assert not ids(text)


def test_a_client_s_own_id_and_a_blanked_one_are_no_use() -> None:
    assert ids(f"Client Request Id: {GUID}")[0].useful_to == "none"
    assert ids("Trace ID: 00000000-0000-0000-0000-000000000000")[0].useful_to == "none"
