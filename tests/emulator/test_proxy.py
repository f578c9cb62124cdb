"""The embedded proxy, reached as the scenario's environment says."""

from __future__ import annotations

import os
import ssl
from typing import Any

import httpx
import pytest

from foundry_doctor.emulator import Emulator

COUNT = "/v1/messages/count_tokens"


@pytest.fixture
def through(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A client that takes its proxy and CA from the environment of an emulator."""

    def open_client(emulator: Emulator, **options: Any) -> httpx.Client:
        for name in [*os.environ]:
            if name.lower().endswith("_proxy"):
                monkeypatch.delenv(name)
        for name, value in emulator.environment.items():
            if value is None:
                monkeypatch.delenv(name, raising=False)
            else:
                monkeypatch.setenv(name, value)
        headers = {"x-api-key": emulator.api_key, "anthropic-version": "2023-06-01"}
        context = ssl.create_default_context(cafile=str(emulator.ca_file))
        return httpx.Client(
            base_url=emulator.base_url, headers=headers, verify=context, timeout=5, **options
        )

    return open_client


def test_a_tunnel_leads_to_the_service(serve: Any, through: Any, count: Any) -> None:
    emulator = serve(server={"proxy": {"mode": "ok"}})
    with through(emulator) as client:
        assert client.post(COUNT, json=count).status_code == 200
        assert client.post(COUNT, json=count).status_code == 200
    (tunnel,) = emulator.proxy_requests
    assert (tunnel.method, tunnel.path) == ("CONNECT", f"localhost:{emulator.port}")
    assert len(emulator.requests) == 2


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("proxy-auth-required", "407 Proxy Authentication Required"),
        ("proxy-blocked", "403 Forbidden"),
    ],
)
def test_a_proxy_that_refuses(serve: Any, through: Any, count: Any, name: str, words: str) -> None:
    emulator = serve(name)
    with through(emulator) as client, pytest.raises(httpx.ProxyError, match=words):
        client.post(COUNT, json=count)
    assert emulator.requests == []
    assert emulator.proxy_requests[0].auth_headers == ()


def test_a_proxy_without_a_way_on(serve: Any, through: Any, count: Any) -> None:
    emulator = serve(server={"proxy": {"mode": "bad-gateway"}})
    with through(emulator) as client, pytest.raises(httpx.ProxyError, match="502 Bad Gateway"):
        client.post(COUNT, json=count)


def test_a_proxy_that_is_down(serve: Any, through: Any, count: Any) -> None:
    emulator = serve("proxy-unreachable")
    with through(emulator) as client, pytest.raises(httpx.ConnectError, match="refused"):
        client.post(COUNT, json=count)
    # The service itself is well.
    with through(emulator, trust_env=False) as client:
        assert client.post(COUNT, json=count).status_code == 200


def test_a_proxy_that_is_silent(serve: Any, through: Any, count: Any) -> None:
    emulator = serve(server={"proxy": {"mode": "hang"}})
    with through(emulator) as client, pytest.raises(httpx.TimeoutException):
        client.post(COUNT, json=count, timeout=0.3)


@pytest.mark.parametrize(
    ("request_line", "status"),
    [
        (b"CONNECT example.com:25 HTTP/1.1", b"502"),
        (b"GET http://example.com/ HTTP/1.1", b"405"),
        (b"\x05\x01\x00", b"400"),
    ],
)
def test_the_proxy_leads_nowhere_else(serve: Any, request_line: bytes, status: bytes) -> None:
    import socket

    emulator = serve(server={"proxy": {"mode": "ok"}})
    port = int(str(emulator.proxy_url).rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as plain:
        plain.sendall(request_line + b"\r\n\r\n")
        assert plain.recv(65536).startswith(b"HTTP/1.1 " + status)
