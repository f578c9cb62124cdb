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
Call = Callable[..., httpx.Response]
ARM = "https://management.azure.com"


@pytest.fixture
def serve() -> Iterator[Serve]:
    """serve("name") or serve(server={...}): a running emulator, stopped at the end.

    With world=, entra=, arm= or imds= all planes are served.
    """
    with ExitStack() as stack:

        def start(name: str = "healthy", **given: Any) -> Emulator:
            keywords = {key: given.pop(key) for key in list(given) if key not in _PARTS}
            if set(given) & set(_PLANES):
                keywords.setdefault("planes", "all")
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


_PLANES = ("world", "entra", "arm", "imds")
_PARTS = ("server", "client", *_PLANES)


def made(**parts: Any) -> Scenario:
    """A scenario out of its data parts."""
    data = {"title": "t", "summary": "s", "source": "made up", "synthetic": True}
    return Scenario.from_data("made", {**data, "server": {}, "client": {}, **parts})


@pytest.fixture
def call() -> Iterator[Call]:
    """call(emulator, method, url, ...): one request with the emulator's CA."""
    with ExitStack() as stack:
        clients: dict[int, httpx.Client] = {}

        def send(emulator: Emulator, method: str, url: str, **options: Any) -> httpx.Response:
            if id(emulator) not in clients:
                context = ssl.create_default_context(cafile=str(emulator.ca_file))
                client = httpx.Client(verify=context, trust_env=False)
                clients[id(emulator)] = stack.enter_context(client)
            return clients[id(emulator)].request(method, url, **options)

        yield send


def sign_in(call: Call, emulator: Emulator, wanted: str = ARM, **form: str) -> httpx.Response:
    """A token request as the world's application; fields with the value "" are left out."""
    world = emulator.planes.world
    fields = {
        "grant_type": "client_credentials",
        "client_id": world.app.app_id,
        "client_secret": world.client_secret,
        "scope": f"{wanted}/.default",
        **form,
    }
    tenant = fields.pop("tenant", world.tenant)
    path = fields.pop("path", "oauth2/v2.0/token")
    sent = {name: value for name, value in fields.items() if value}
    return call(emulator, "POST", f"{emulator.authority}/{tenant}/{path}", data=sent)


def arm(
    call: Call, emulator: Emulator, path: str, method: str = "GET", **options: Any
) -> httpx.Response:
    """A request to Resource Manager with a token; `as_` names the principal, None for nobody."""
    who = options.pop("as_", "app")
    headers = dict(options.pop("headers", {}))
    if who is not None:
        token = emulator.planes.entra.access_token(ARM, who)
        headers.setdefault("authorization", f"Bearer {token}")
    mark = "&" if "?" in path else "?"
    url = f"{emulator.arm_endpoint}{path}{mark}api-version={options.pop('version', '2025-06-01')}"
    return call(emulator, method, url, headers=headers, **options)


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
