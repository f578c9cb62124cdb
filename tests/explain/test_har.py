"""HAR 1.2: exchanges, ids, and the last state; other hosts' entries do not count."""

from __future__ import annotations

import json
from typing import Any

from .conftest import Explain

URL = "https://contoso-ai.services.ai.azure.com/anthropic/v1/messages"
GUID = "6c1e1111-2222-4333-8444-555566667777"


def entry(status: int, body: str = "", url: str = URL, **more: Any) -> dict[str, Any]:
    return {
        "startedDateTime": "2026-11-24T02:04:10.000Z",
        "request": {
            "method": "POST",
            "url": url,
            "headers": [{"name": "x-api-key", "value": "k" * 84}],
        },
        "response": {
            "status": status,
            "headers": [
                {"name": "Content-Type", "value": "application/json"},
                {"name": "apim-request-id", "value": GUID},
            ],
            "content": {"mimeType": "application/json", "text": body},
            **more,
        },
    }


def har(*entries: dict[str, Any], indent: int | None = None) -> str:
    return json.dumps({"log": {"version": "1.2", "entries": list(entries)}}, indent=indent)


OFF = json.dumps(
    {
        "error": {
            "code": "AuthenticationTypeDisabled",
            "message": "Key based authentication is disabled for this resource.",
        }
    }
)


def test_an_entry_that_failed(explain: Explain) -> None:
    found = explain(har(entry(403, OFF)), name="x.har")
    assert [one.cause for one in found.diagnoses] == ["key-auth-disabled"]
    (one,) = found.request_ids
    assert (one.kind, one.value, one.time) == ("apim-request-id", GUID, "2026-11-24T02:04:10.000Z")


def test_pretty_printed_and_large(explain: Explain) -> None:
    many = [entry(200, "{}", url=f"https://cdn.example.net/{number}") for number in range(3000)]
    text = har(*many, entry(403, OFF), indent=2)
    assert len(text) > 1_000_000
    assert [one.cause for one in explain(text).diagnoses] == ["key-auth-disabled"]


def test_a_later_success_counts(explain: Explain) -> None:
    body = json.dumps({"error": {"code": "RateLimitReached", "message": "retry after 2 seconds"}})
    assert explain(har(entry(429, body))).diagnoses
    assert not explain(har(entry(429, body), entry(200, "{}"))).diagnoses


def test_other_hosts(explain: Explain) -> None:
    body = json.dumps({"error": {"code": "RateLimitReached", "message": "x"}})
    foreign = entry(429, body, url="https://api.openai.com/v1/responses")
    foreign["response"]["headers"] = []
    assert not explain(har(foreign)).diagnoses


def test_a_browser_that_got_no_answer(explain: Explain) -> None:
    broken = entry(0, "", _error="net::ERR_NAME_NOT_RESOLVED")
    broken["response"]["headers"] = []
    assert [one.cause for one in explain(har(broken)).diagnoses] == ["dns-nxdomain"]


def test_broken_har_is_still_read_as_text(explain: Explain) -> None:
    assert explain(har(entry(403, OFF), indent=1)[:-30]).diagnoses
    odd: dict[str, Any] = {
        "log": {"entries": [None, 7, {}, {"request": [], "response": {"status": "x"}}]}
    }
    assert not explain(json.dumps(odd)).diagnoses
