"""The data plane over the wire: routes, bodies, headers and the order of validation."""

from __future__ import annotations

import base64
import json
import time
import uuid
from typing import Any

import httpx
import pytest

from foundry_doctor.emulator import Emulator

MESSAGES = "/v1/messages"
COUNT = "/v1/messages/count_tokens"
FINE = {"model": "claude-sonnet-5", "messages": [{"role": "user", "content": "Hello"}]}
INVALID_KEY = (
    "Access denied due to invalid subscription key or wrong API endpoint. "
    "Make sure to provide a valid key for an active subscription "
    "and use a correct regional API endpoint for your resource."
)


def token(**claims: object) -> str:
    """A token of the right shape; nothing is signed."""
    whole = {"aud": "https://ai.azure.com", "exp": time.time() + 600, "oid": "o-1", **claims}
    payload = base64.urlsafe_b64encode(json.dumps(whole).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJub25lIn0.{payload}.c2ln"


def bearer(value: str) -> dict[str, Any]:
    return {"key": None, "headers": {"authorization": f"Bearer {value}"}}


def code(reply: httpx.Response) -> str:
    return str(reply.json()["error"]["code"])


def test_a_message_is_answered(serve: Any, connect: Any, ask: Any) -> None:
    reply = connect(serve()).post(MESSAGES, json=ask)
    assert reply.status_code == 200
    body = reply.json()
    assert body["type"] == "message"
    assert body["role"] == "assistant"
    assert body["model"] == "claude-sonnet-5"
    assert body["content"][0]["type"] == "text"
    assert body["stop_reason"] == "end_turn"
    assert body["usage"]["inference_geo"] == "global"
    assert body["usage"]["service_tier"] == "standard"


def test_one_token_is_one_word(serve: Any, connect: Any, ask: Any) -> None:
    body = connect(serve()).post(MESSAGES, json={**ask, "max_tokens": 1}).json()
    assert body["stop_reason"] == "max_tokens"
    assert body["usage"]["output_tokens"] == 1


def test_tokens_are_counted(serve: Any, connect: Any, count: Any) -> None:
    reply = connect(serve()).post(COUNT, json=count)
    assert reply.status_code == 200
    assert list(reply.json()) == ["input_tokens"]
    assert reply.json()["input_tokens"] > 0


def test_a_dated_version_shows_in_the_reply_and_means_anthropic_hosted(
    serve: Any, connect: Any, ask: Any
) -> None:
    emulator = serve(
        server={"deployments": {"d": {"model": "claude-haiku-4-5", "version": "20251001"}}},
        client={"deployment": "d"},
    )
    body = connect(emulator).post(MESSAGES, json={**ask, "model": "d"}).json()
    assert body["model"] == "claude-haiku-4-5-20251001"
    assert body["usage"]["inference_geo"] == "not_available"


def test_the_gateway_and_the_model_leave_their_ids(serve: Any, connect: Any, count: Any) -> None:
    client = connect(serve(), headers={"x-ms-client-request-id": "mine"})
    reply = client.post(COUNT, json=count)
    assert str(uuid.UUID(reply.headers["apim-request-id"])) == reply.headers["apim-request-id"]
    assert reply.headers["request-id"].startswith("req_")
    assert reply.headers["x-ms-region"] == "swedencentral"
    assert reply.headers["x-ms-client-request-id"] == "mine"
    assert "max-age" in reply.headers["strict-transport-security"]
    assert reply.headers["date"].endswith("GMT")
    refused = client.get("/v1/models")
    assert "request-id" not in refused.headers
    assert refused.headers["apim-request-id"] != reply.headers["apim-request-id"]


def test_ids_and_region_are_switches(serve: Any, connect: Any) -> None:
    reply = connect(serve(server={"gateway_request_id": True, "region": None})).get("/v1/models")
    assert reply.headers["request-id"].startswith("req_")
    assert "x-ms-region" not in reply.headers


@pytest.mark.parametrize(
    ("headers", "accepted"),
    [
        ({"x-api-key": "KEY"}, True),
        ({"api-key": "KEY"}, True),
        ({"x-api-key": "KEY", "api-key": "KEY"}, True),
        ({"ocp-apim-subscription-key": "KEY"}, False),
        ({"x-api-key": "other"}, False),
        ({"x-api-key": ""}, False),
        ({}, False),
        ({"authorization": "Basic KEY"}, False),
    ],
)
def test_the_key_counts_in_the_accepted_headers(
    serve: Any, connect: Any, count: Any, headers: dict[str, str], accepted: bool
) -> None:
    emulator = serve()
    sent = {name: value.replace("KEY", emulator.api_key) for name, value in headers.items()}
    reply = connect(emulator, key=None, headers=sent).post(COUNT, json=count)
    if accepted:
        assert reply.status_code == 200
    else:
        assert reply.status_code == 401
        assert reply.json() == {"error": {"code": "401", "message": INVALID_KEY}}


def test_the_accepted_spellings_are_a_switch(serve: Any, connect: Any, count: Any) -> None:
    emulator = serve(server={"key_headers": ["x-api-key"]})
    key = emulator.api_key
    alone = connect(emulator, key=None, headers={"api-key": key}).post(COUNT, json=count)
    both = connect(emulator, headers={"api-key": key}).post(COUNT, json=count)
    assert (alone.status_code, both.status_code) == (401, 200)


def test_client_auth_header_accepts_one_spelling_alone(
    serve: Any, connect: Any, count: Any
) -> None:
    emulator = serve("client-auth-header")
    key = emulator.api_key
    assert connect(emulator).post(COUNT, json=count).status_code == 200
    assert connect(emulator, headers={"api-key": key}).post(COUNT, json=count).status_code == 401


def test_an_api_key_as_bearer_is_judged_as_a_token(serve: Any, connect: Any, count: Any) -> None:
    emulator = serve("key-sent-as-bearer")
    given = emulator.environment["ANTHROPIC_FOUNDRY_AUTH_TOKEN"]
    assert given == emulator.valid_key
    assert emulator.environment["ANTHROPIC_FOUNDRY_API_KEY"] is None
    reply = connect(emulator, **bearer(given)).post(COUNT, json=count)
    assert reply.status_code == 401
    assert reply.json() == {
        "statusCode": 401,
        "message": "Unauthorized. Access token is missing, invalid, audience is incorrect "
        "(https://cognitiveservices.azure.com), or have expired.",
    }


@pytest.mark.parametrize(
    ("value", "status"),
    [
        (token(), 200),
        (token(aud="https://cognitiveservices.azure.com/"), 200),
        (token(aud="https://management.azure.com"), 401),
        (token(aud=["https://ai.azure.com"]), 401),
        (token(exp=time.time() - 5), 401),
        (token(exp=None), 401),
        ("a.b.c", 401),
        ("a.W10.c", 401),
        ("none", 401),
    ],
)
def test_a_token_needs_an_audience_and_time(
    serve: Any, connect: Any, count: Any, value: str, status: int
) -> None:
    assert connect(serve(), **bearer(value)).post(COUNT, json=count).status_code == status


def test_the_audiences_and_the_one_named_are_switches(serve: Any, connect: Any, count: Any) -> None:
    tokens = {"audiences": ["https://ai.azure.com"], "named_audience": "https://ai.azure.com"}
    emulator = serve(server={"tokens": tokens})
    other = bearer(token(aud="https://cognitiveservices.azure.com"))
    reply = connect(emulator, **other).post(COUNT, json=count)
    assert "(https://ai.azure.com)" in reply.json()["message"]
    assert connect(emulator, **bearer(token())).post(COUNT, json=count).status_code == 200


@pytest.mark.parametrize(
    ("rbac", "status", "words"),
    [
        ("denied-401", 401, "The principal `o-1` lacks the required data action"),
        ("denied-403", 403, "accounts/AIServices/providers/action"),
        ("denied-older-text", 401, "Principal does not have access to API/Operation."),
    ],
)
def test_a_role_is_asked_of_tokens_only(
    serve: Any, connect: Any, rbac: str, status: int, words: str
) -> None:
    emulator = serve(server={"rbac": rbac})
    reply = connect(emulator, **bearer(token())).post(COUNT, json=FINE)
    assert reply.status_code == status
    assert code(reply) == "PermissionDenied"
    assert words in reply.json()["error"]["message"]
    assert connect(emulator).post(COUNT, json=FINE).status_code == 200


@pytest.mark.parametrize(
    ("path", "status", "found"),
    [
        ("/anthropic/v1/models", 404, "api_not_supported"),
        ("/anthropic/v1/messages/batches", 404, "api_not_supported"),
        ("/anthropic/v1/messages/v1/messages", 404, "api_not_supported"),
        ("/anthropic/v1/messages", 404, "api_not_supported"),
        ("/openai/v1/chat/completions", 404, "api_not_supported"),
        ("/models/chat/completions", 404, "api_not_supported"),
        ("/v1/messages", 404, "404"),
        ("//v1/messages", 404, "404"),
        ("/", 404, "404"),
    ],
)
def test_routes_that_are_not_served(
    serve: Any, connect: Any, path: str, status: int, found: str
) -> None:
    emulator = serve()
    reply = connect(emulator, base_url="").get(emulator.origin + path)
    assert (reply.status_code, code(reply)) == (status, found)
    error = reply.json()["error"]
    if found == "api_not_supported":
        assert error["message"] == error["details"] == "Requested API is currently not supported"
        refused = connect(emulator, base_url="", key=None).get(emulator.origin + path)
        assert (refused.status_code, code(refused)) == (401, "401")
    else:
        assert error["message"] == "Resource not found"


def test_a_head_on_the_root_has_no_body(serve: Any, connect: Any) -> None:
    emulator = serve()
    client = connect(emulator, base_url=emulator.origin)
    assert client.head("/").status_code == 404
    assert client.head("/").content == b""
    assert {one.connection for one in emulator.requests} == {1}


def test_count_tokens_may_be_absent(serve: Any, connect: Any, ask: Any, count: Any) -> None:
    client = connect(serve("no-count-tokens"))
    assert code(client.post(COUNT, json=count)) == "api_not_supported"
    assert client.post(MESSAGES, json=ask).status_code == 200


def test_the_control_call_can_be_accepted(serve: Any, connect: Any, count: Any) -> None:
    client = connect(serve("control-accepted"))
    assert client.post(COUNT, json={**count, "model": "no-such-name"}).status_code == 200


@pytest.mark.parametrize("state", ["Creating", "Failed", "Disabled"])
def test_a_deployment_that_is_not_ready_is_not_found(
    serve: Any, connect: Any, count: Any, state: str
) -> None:
    deployments = {"claude-sonnet-5": {"model": "claude-sonnet-5", "state": state}}
    reply = connect(serve(server={"deployments": deployments})).post(COUNT, json=count)
    assert (reply.status_code, code(reply)) == (404, "DeploymentNotFound")


STAGES: list[tuple[str, dict[str, Any], int, str]] = [
    ("network", {"network": "public-access-disabled"}, 403, "AccessDenied"),
    ("key", {"keys": []}, 401, "401"),
    ("json", {}, 400, "400"),
    ("lookup", {"deployments": {}}, 404, "DeploymentNotFound"),
    ("quota", {"quota": {}}, 429, "RateLimitReached"),
    ("link", {"backend_link": "failed"}, 500, "invalid_model_endpoint_authentication"),
    ("version", {"versions": []}, 400, ""),
]


@pytest.mark.parametrize("first", range(len(STAGES)))
def test_the_first_stage_that_objects_answers(
    serve: Any, connect: Any, count: Any, first: int
) -> None:
    """Everything from one stage on is wrong at once; that stage's answer is given."""
    wrong: dict[str, Any] = {}
    for _, server, _, _ in STAGES[first:]:
        wrong |= server
    _, _, status, expected = STAGES[first]
    body = b"{not json" if first <= 2 else json.dumps({**count, "max_tokens": 0}).encode()
    reply = connect(serve(server=wrong)).post(COUNT, content=body)
    assert reply.status_code == status
    assert reply.json()["error"].get("code", "") == expected
    assert ("request-id" in reply.headers) == (expected == "")


def test_a_version_is_asked_before_the_body(serve: Any, connect: Any) -> None:
    client = connect(serve(), headers={"anthropic-version": ""})
    reply = client.post(MESSAGES, json={"model": "claude-sonnet-5", "max_tokens": 0})
    assert reply.status_code == 400
    assert reply.json()["type"] == "error"
    assert reply.json()["error"]["type"] == "invalid_request_error"
    assert reply.json()["error"]["message"] == "anthropic-version: header is required"
    assert reply.json()["request_id"] == reply.headers["request-id"]


@pytest.mark.parametrize(
    ("version", "status"), [("2023-06-01", 200), ("2026-10-21", 200), ("2025-01-01", 400)]
)
def test_two_versions_are_known(
    serve: Any, connect: Any, count: Any, version: str, status: int
) -> None:
    client = connect(serve(), headers={"anthropic-version": version})
    assert client.post(COUNT, json=count).status_code == status


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"max_tokens": None}, "max_tokens"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_tokens": True}, "max_tokens"),
        ({"messages": []}, "messages: at least one"),
        ({"messages": None}, "messages"),
        ({"messages": ["x"]}, "messages.0.role"),
        ({"messages": [{"role": "user", "content": ""}]}, "messages.0.content"),
        ({"stream_options": {}}, "stream_options: Extra inputs are not permitted"),
        ({"max_completion_tokens": 1}, "Extra inputs are not permitted"),
        ({"model": 3}, "model"),
    ],
)
def test_bodies_that_the_model_side_refuses(
    serve: Any, connect: Any, ask: Any, change: dict[str, Any], words: str
) -> None:
    reply = connect(serve()).post(MESSAGES, json={**ask, **change})
    assert reply.status_code == 400
    assert words in reply.json()["error"]["message"]


def test_the_newer_version_refuses_sampling(serve: Any, connect: Any, ask: Any) -> None:
    emulator = serve()
    warm = {**ask, "temperature": 0.5}
    new = connect(emulator, headers={"anthropic-version": "2026-10-21"})
    assert new.post(MESSAGES, json=warm).status_code == 400
    assert connect(emulator).post(MESSAGES, json=warm).status_code == 200


@pytest.mark.parametrize("body", [b"", b"[]", b"3", b"\xff\xfe", b"[" * 100_000])
def test_a_body_that_is_no_json_object(serve: Any, connect: Any, body: bytes) -> None:
    reply = connect(serve()).post(COUNT, content=body)
    assert reply.status_code == 400
    assert reply.json()["error"]["message"] == "Request body could not be parsed as JSON"


def test_the_limit_names_counter_and_wait(serve: Any, connect: Any, count: Any) -> None:
    client = connect(serve("rate-limited"))
    for _ in range(3):
        reply = client.post(COUNT, json=count)
        assert (reply.status_code, code(reply)) == (429, "RateLimitReached")
    error = reply.json()["error"]
    assert error["message"] == error["details"]
    assert error["message"] == (
        "Rate limit of 2000 per 60s exceeded for UserByModelByMinuteOutputTokens. "
        "Please wait 60 seconds before retrying."
    )
    assert reply.headers["retry-after"] == "60"


def test_retry_after_and_routes_of_the_limit_are_switches(
    serve: Any, connect: Any, ask: Any, count: Any
) -> None:
    client = connect(serve(server={"quota": {"retry_after": False, "routes": ["messages"]}}))
    assert client.post(COUNT, json=count).status_code == 200
    reply = client.post(MESSAGES, json=ask)
    assert reply.status_code == 429
    assert "retry-after" not in reply.headers


def test_the_back_end_link_can_fail_for_messages_alone(
    serve: Any, connect: Any, ask: Any, count: Any
) -> None:
    client = connect(serve(server={"backend_link": "failed-for-messages"}))
    assert client.post(COUNT, json=count).status_code == 200
    reply = client.post(MESSAGES, json=ask)
    assert reply.status_code == 500
    assert "RequestId = req_" in reply.json()["error"]["message"]


@pytest.mark.parametrize(
    ("name", "status", "found"),
    [
        ("key-invalid", 401, "401"),
        ("key-malformed", 401, "401"),
        ("key-wrong-provider", 401, "401"),
        ("key-auth-disabled", 403, "AuthenticationTypeDisabled"),
        ("deployment-not-found", 404, "DeploymentNotFound"),
        ("model-id-not-deployment-name", 404, "DeploymentNotFound"),
        ("endpoint-wrong-path", 404, "404"),
        ("public-access-disabled", 403, "AccessDenied"),
        ("network-acl-denied", 403, "AccessDenied"),
        ("network-perimeter-denied", 403, "AccessDenied"),
        ("service-unavailable", 503, "ServiceUnavailable"),
        ("rate-limited", 429, "RateLimitReached"),
    ],
)
def test_what_the_gateway_answers_in_a_scenario(
    serve: Any, connect: Any, name: str, status: int, found: str
) -> None:
    emulator: Emulator = serve(name)
    reply = connect(emulator).post(COUNT, json={**FINE, "model": emulator.deployment})
    assert (reply.status_code, code(reply)) == (status, found)
    assert "apim-request-id" in reply.headers
    assert "request-id" not in reply.headers


@pytest.mark.parametrize(
    ("name", "status", "kind"),
    [("service-error", 500, "api_error"), ("service-overloaded", 529, "overloaded_error")],
)
def test_what_the_model_side_answers_in_a_scenario(
    serve: Any, connect: Any, name: str, status: int, kind: str
) -> None:
    emulator = serve(name)
    reply = connect(emulator).post(COUNT, json=FINE)
    assert reply.status_code == status
    assert reply.json()["error"]["type"] == kind
    assert reply.json()["request_id"] == reply.headers["request-id"]
    # Behind the gateway's own checks: a wrong key still answers 401.
    assert connect(emulator, key="wrong").post(COUNT, json=FINE).status_code == 401


def test_key_auth_can_be_off_in_the_other_wording(serve: Any, connect: Any, count: Any) -> None:
    emulator = serve(server={"key_auth": "disabled-401"})
    reply = connect(emulator).post(COUNT, json=count)
    assert reply.json() == {"error": {"code": "401", "message": INVALID_KEY}}
    assert connect(emulator, **bearer(token())).post(COUNT, json=count).status_code == 200


def test_a_stream_has_the_order_of_events(serve: Any, connect: Any, ask: Any) -> None:
    client = connect(serve())
    with client.stream("POST", MESSAGES, json={**ask, "stream": True}) as reply:
        assert reply.headers["content-type"].startswith("text/event-stream")
        assert reply.headers["transfer-encoding"] == "chunked"
        assert "content-length" not in reply.headers
        lines = list(reply.iter_lines())
    names = [line.removeprefix("event: ") for line in lines if line.startswith("event: ")]
    data = [json.loads(line[6:]) for line in lines if line.startswith("data: ")]
    assert [one["type"] for one in data] == names
    deltas = names.count("content_block_delta")
    assert deltas > 1
    assert names == [
        *("message_start", "content_block_start", "ping"),
        *["content_block_delta"] * deltas,
        *("content_block_stop", "message_delta", "message_stop"),
    ]
    assert data[0]["message"]["content"] == []
    assert data[-2]["usage"]["output_tokens"] == deltas
    # The connection serves on after a stream.
    assert client.post(MESSAGES, json=ask).status_code == 200


def test_a_stream_that_is_refused_is_plain_json(serve: Any, connect: Any, ask: Any) -> None:
    reply = connect(serve("key-invalid")).post(MESSAGES, json={**ask, "stream": True})
    assert reply.headers["content-type"] == "application/json"


@pytest.mark.parametrize("name", ["transient-once", "429-once-retry-after-1"])
def test_a_transient_fault_passes(serve: Any, connect: Any, count: Any, name: str) -> None:
    client = connect(serve(name))
    statuses = [client.post(COUNT, json=count).status_code for _ in range(3)]
    assert statuses[0] in (429, 503)
    assert statuses[1:] == [200, 200]


def test_the_date_can_be_skewed(serve: Any, connect: Any, count: Any) -> None:
    from email.utils import parsedate_to_datetime

    reply = connect(serve("date-skew")).post(COUNT, json=count)
    ahead = parsedate_to_datetime(reply.headers["date"]).timestamp() - time.time()
    assert 590 < ahead < 610
