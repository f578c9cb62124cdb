"""Fixtures of the emulator's tests: serving a scenario, and a client that trusts it."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from foundry_doctor.emulator import Emulator, Scenario, load_scenario

Serve = Callable[..., Emulator]
Connect = Callable[..., httpx.Client]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """serve("name") or serve(server={...}): a running emulator, stopped at the end."""
    with ExitStack() as stack:

        def start(name: str = "healthy", **given: Any) -> Emulator:
            keywords = {key: given.pop(key) for key in list(given) if key not in _PARTS}
            scenario = made(**given) if given else load_scenario(name)
            return stack.enter_context(Emulator(scenario, **keywords))

        yield start


@pytest.fixture
def connect() -> Iterator[Connect]:
    """connect(emulator, key=..., headers=...): an httpx client with the CA and the headers."""
    with ExitStack() as stack:

        def open_client(emulator: Emulator, **options: Any) -> httpx.Client:
            headers = {"anthropic-version": "2023-06-01"}
            key = options.pop("key", emulator.api_key)
            if key is not None:
                headers["x-api-key"] = key
            headers |= options.pop("headers", {})
            context = ssl.create_default_context(cafile=str(emulator.ca_file))
            options.setdefault("trust_env", False)
            options.setdefault("base_url", emulator.base_url)
            return stack.enter_context(httpx.Client(verify=context, headers=headers, **options))

        yield open_client


_PARTS = ("server", "client")


def made(server: Any = None, client: Any = None) -> Scenario:
    """A scenario out of its two data parts."""
    data = {"title": "t", "summary": "s", "source": "made up", "synthetic": True}
    return Scenario.from_data("made", {**data, "server": server or {}, "client": client or {}})


@pytest.fixture
def ask() -> dict[str, Any]:
    """A message request that is fine on the default deployment."""
    return {
        "model": "claude-sonnet-5",
        "max_tokens": 16,
        "messages": [{"role": "user", "content": "Hello"}],
    }


@pytest.fixture
def count(ask: dict[str, Any]) -> dict[str, Any]:
    """A count_tokens request that is fine on the default deployment."""
    return {key: value for key, value in ask.items() if key != "max_tokens"}
