"""The Messages API behind the gateway: what it refuses, counts, says and streams.

Wordings of 400 answers are made up but for those with a source; the shapes are documented.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from secrets import choice
from string import ascii_letters, digits
from typing import Any

from .spec import Deployment

TEXT = "Hello from the emulator."

# The body fields that SDK 2.x can send, beta ones included.
_COUNTED = frozenset(
    (
        *("betas", "billing_policy", "cache_control", "compaction", "context_management"),
        *("mcp_servers", "messages", "model", "output_config", "speed", "system", "thinking"),
        *("tool_choice", "tools", "user_profile_id", "workspace_id"),
    )
)
_CREATED = _COUNTED | frozenset(
    (
        *("container", "diagnostics", "fallback_credit_token", "fallbacks", "inference_geo"),
        *("max_tokens", "metadata", "output_format", "service_tier", "stop_sequences", "stream"),
        *("temperature", "thread", "top_k", "top_p"),
    )
)
_SAMPLING = ("temperature", "top_k", "top_p")


def problem(body: Mapping[str, Any], version: str, *, count: bool) -> str | None:
    """What the API would refuse in a body, None when it is fine."""
    for name in body:
        if name not in (_COUNTED if count else _CREATED):
            # Reported for `stream_options` and `max_completion_tokens`.
            return f"{name}: Extra inputs are not permitted"
    if not count:
        limit = body.get("max_tokens")
        if limit is None:
            return "max_tokens: Field required"
        if isinstance(limit, bool) or not isinstance(limit, int) or limit < 1:
            return "max_tokens: Input should be greater than or equal to 1"
        sampling = [name for name in _SAMPLING if name in body]
        if sampling and version >= "2026-10-21":
            # A breaking change of that version [platform.claude.com versioning].
            return f"{sampling[0]}: not supported with anthropic-version {version}"
    return _messages_problem(body.get("messages"))


def count_tokens(body: Mapping[str, Any]) -> int:
    """About one token for four characters, never 0; a stand-in, not a tokenizer."""
    text = json.dumps([body.get(name) for name in ("system", "messages", "tools")])
    return max(1, len(text) // 4)


def reply_model(deployment: Deployment) -> str:
    """The `model` of a reply: the resolved build, which need not equal the deployment's name."""
    dated = len(deployment.version) == 8 and deployment.version.isdigit()
    if dated and not deployment.model.endswith(deployment.version):
        return f"{deployment.model}-{deployment.version}"
    return deployment.model


def message(body: Mapping[str, Any], deployment: Deployment) -> dict[str, Any]:
    """The whole answer to a message request that is fine."""
    words = TEXT.split(" ")
    said = words[: body["max_tokens"]]
    return {
        "model": reply_model(deployment),
        "id": "msg_" + "".join(choice(ascii_letters + digits) for _ in range(24)),
        "type": "message",
        "role": "assistant",
        "content": [{"type": "text", "text": " ".join(said)}],
        "stop_reason": "end_turn" if len(said) == len(words) else "max_tokens",
        "stop_sequence": None,
        "usage": {
            "input_tokens": count_tokens(body),
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "output_tokens": len(said),
            "service_tier": "standard",
            # "global" is seen where Azure hosts the model (version 2).
            "inference_geo": "global" if deployment.version == "2" else "not_available",
        },
    }


def events(whole: Mapping[str, Any]) -> Iterator[bytes]:
    """The same answer as server-sent events, in the order which the SDK's fixtures show."""
    text, usage = whole["content"][0]["text"], whole["usage"]
    begun = {**whole, "content": [], "stop_reason": None, "usage": {**usage, "output_tokens": 1}}
    yield _event("message_start", message=begun)
    yield _event("content_block_start", index=0, content_block={"type": "text", "text": ""})
    yield _event("ping")
    for place, word in enumerate(text.split(" ")):
        piece = {"type": "text_delta", "text": f" {word}" if place else word}
        yield _event("content_block_delta", index=0, delta=piece)
    yield _event("content_block_stop", index=0)
    end = {"stop_reason": whole["stop_reason"], "stop_sequence": None}
    yield _event("message_delta", delta=end, usage={"output_tokens": usage["output_tokens"]})
    yield _event("message_stop")


def _event(kind: str, **fields: object) -> bytes:
    data = json.dumps({"type": kind, **fields}, separators=(",", ":"))
    return f"event: {kind}\ndata: {data}\n\n".encode()


def _messages_problem(messages: object) -> str | None:
    if not isinstance(messages, list):
        return "messages: Field required"
    if not messages:
        return "messages: at least one message is required"
    for place, one in enumerate(messages):
        if not isinstance(one, Mapping) or one.get("role") not in ("user", "assistant", "system"):
            return f"messages.{place}.role: Input should be 'user' or 'assistant'"
        if not isinstance(one.get("content"), (str, list)) or not one["content"]:
            return f"messages.{place}.content: Field required"
    return None
