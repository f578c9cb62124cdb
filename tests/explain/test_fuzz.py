"""Any text: no crash, no more than a second for 100 kB, no secret, no escape."""

from __future__ import annotations

import json
import random
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foundry_doctor.report.document import render_json
from foundry_doctor.report.explanation import explanation_document, render_explanation

from ..conftest import KEY, PASSWORD
from .conftest import Explain

PIECES = [
    "Error code: 401 - ", "{'error': {'code': '", "AADSTS7000215: Invalid client secret", "\n", " ", '{"a":"',
    "contoso-ai.services.ai.azure.com", "https://", "HTTP/1.1 ", "429 Too Many Requests", "Traceback", "\x1b[31m",
    "2026-11-24T02:04:11Z ERROR ", "api-key: " + KEY, "Authorization: Bearer " + KEY, "password=" + PASSWORD,
    "DefaultAzureCredential failed to retrieve a token", "\tAzureCliCredential: ", "ConnectTimeout", "'", '"', "\\", "}",
    "CERTIFICATE_VERIFY_FAILED", "request-id: req_011CSHoEeqs5C35K2UUqR7Fy", "\u202e", "\x00", "Microsoft.CognitiveServices/",
    "DeploymentNotFound", "\ud7ff", "%s" * 9, "(PermissionDenied) The principal lacks the required data action",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES) | st.text(max_size=30), max_size=40).map("".join)


@given(TEXTS)
@settings(
    max_examples=150, deadline=2000, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_text(explain: Explain, text: str) -> None:
    found = explain(text.encode("utf-8", "surrogatepass"))
    document = render_json(explanation_document(found))
    said = document + render_explanation(found, verbosity=2)
    json.loads(document)
    assert "\x1b" not in said
    assert "\x00" not in said
    for secret in (KEY, PASSWORD):
        assert secret[:16] not in said


@pytest.mark.parametrize("seed", range(4))
def test_100_kb_in_a_second(explain: Explain, seed: int) -> None:
    chance = random.Random(seed)
    text = ""
    while len(text) < 100_000:
        text += chance.choice(PIECES) * chance.choice([1, 1, 1, 20])
    started = time.process_time()
    explain(text)
    assert time.process_time() - started < 1.5  # a second, and what a slow machine adds


@pytest.mark.parametrize(
    "piece",
    ["{", '{"error":', "Error: ", "AADSTS7000215: ", "https://", '\\\\"', "Error code: 401 - {'error': {'code': 'X', ",
     "a" * 50 + "Error: x ", "AzureCliCredential: x\n", "2026-11-24T02:04:11Z ERROR x failed\n", "(A) ", "=" * 200, "'" * 40,
     "Code: AbcDef Message: ", "eyJhbGciOi.", "-----BEGIN PRIVATE KEY-----", "http://a:b", "Bearer ", "authorization: "],
    ids=range(19),
)  # fmt: skip
def test_one_piece_over_and_over(explain: Explain, piece: str) -> None:
    text = piece * (100_000 // len(piece))
    started = time.process_time()
    explain(text)
    assert time.process_time() - started < 1.5
