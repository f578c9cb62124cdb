"""Run by test_real_clients.py in a process of its own, with the real SDK on its path.

Reads a JSON list of {"name", "environment", "deployment"} from stdin, and writes a JSON object of
outcomes by name to stdout. It imports nothing of this project.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any

import anthropic

ASK: dict[str, Any] = {"max_tokens": 16, "messages": [{"role": "user", "content": "Hello"}]}


def chain(error: BaseException | None) -> list[str]:
    """The class names of an error and of its causes."""
    found = []
    while error is not None:
        found.append(type(error).__name__)
        error = error.__cause__
    return found


def one_call(deployment: str, retries: int) -> dict[str, Any]:
    """What one message call ends in."""
    try:
        with anthropic.AnthropicFoundry(max_retries=retries, timeout=2) as client:
            reply = client.messages.create(model=deployment, **ASK)
    except Exception as error:  # noqa: BLE001 - the outcome is the error, whichever it is
        return {
            "error": chain(error),
            "is": [kind.__name__ for kind in type(error).__mro__],
            "text": str(error),
            "status": getattr(error, "status_code", None),
            "request_id": getattr(error, "request_id", None),
        }
    kind = type(reply).__name__
    return {"error": None, "reply": kind, "id": getattr(reply, "_request_id", None)}


def every_feature(deployment: str) -> dict[str, Any]:
    """The features that Foundry has, sync."""
    with anthropic.AnthropicFoundry() as client:
        raw = client.messages.with_raw_response.create(model=deployment, **ASK)
        events = client.messages.create(model=deployment, stream=True, **ASK)
        with client.messages.stream(model=deployment, **ASK) as stream:
            text = stream.get_final_text()
        messages = ASK["messages"]
        return {
            "text": raw.parse().content[0].text,
            "request_id": raw.parse()._request_id,
            "apim": raw.headers.get("apim-request-id"),
            "events": [event.type for event in events],
            "streamed": text,
            "count": client.messages.count_tokens(model=deployment, messages=messages).input_tokens,
            "beta": client.beta.messages.count_tokens(
                model=deployment, messages=messages
            ).input_tokens,
            "absent": [client.models, client.messages.batches],
            "version": anthropic.__version__,
        }


async def every_feature_async(deployment: str) -> dict[str, Any]:
    """The features that Foundry has, async."""
    async with anthropic.AsyncAnthropicFoundry() as client:
        reply = await client.messages.create(model=deployment, **ASK)
        async with client.messages.stream(model=deployment, **ASK) as stream:
            text = await stream.get_final_text()
        count = await client.messages.count_tokens(model=deployment, messages=ASK["messages"])
        return {"text": reply.content[0].text, "streamed": text, "count": count.input_tokens}


def main() -> None:
    outcomes: dict[str, Any] = {}
    for case in json.load(sys.stdin):
        for name, value in case["environment"].items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        name, deployment = case["name"], case["deployment"]
        if name == "healthy":
            outcomes["sync"] = every_feature(deployment)
            outcomes["async"] = asyncio.run(every_feature_async(deployment))
        outcomes[name] = one_call(deployment, 1 if name == "transient-once" else 0)
    json.dump(outcomes, sys.stdout)


if __name__ == "__main__":
    main()
