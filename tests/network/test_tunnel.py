"""Through a proxy, whatever it answers: real sockets, TLS in TLS included."""

from __future__ import annotations

import time
from base64 import b64encode

import pytest

from foundry_doctor.facts import FACTS
from foundry_doctor.network.client import Call
from foundry_doctor.network.connect import ConnectFailure
from foundry_doctor.secret import Secret

from .conftest import MakeClient, Open, Serve
from .servers import (
    Handler,
    Pki,
    always,
    blurts,
    closed_port,
    closing,
    cut_when_spoken_to,
    dead_port,
    drip,
    http,
    says,
    silent,
    tunnel_to,
)

PASSWORD = "pr0xy-Passw0rd!"
BASIC = b64encode(f"user:{PASSWORD}".encode()).decode()


def failure(connector: Open, proxy: str, timeout: float = 2.0) -> ConnectFailure:
    with pytest.raises(ConnectFailure) as caught:
        connector(timeout=timeout, HTTPS_PROXY=proxy).open("localhost", 443)
    return caught.value


def status_line(status: int, reason: str = "Because") -> bytes:
    return f"HTTP/1.1 {status} {reason}\r\nContent-Length: 0\r\n\r\n".encode()


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (407, "auth-required"),
        (403, "blocked"),
        (401, "auth-required"),
        (451, "blocked"),
        (302, "blocked"),
        (500, "bad-gateway"),
        (502, "bad-gateway"),
        (503, "bad-gateway"),
        (504, "bad-gateway"),
        (400, "not-a-proxy"),
        (404, "not-a-proxy"),
        (405, "not-a-proxy"),
        (501, "not-a-proxy"),
    ],
)
def test_what_a_proxy_may_answer(serve: Serve, connector: Open, status: int, outcome: str) -> None:
    server = serve(says(status_line(status)))
    found = failure(connector, f"http://127.0.0.1:{server.port}")
    assert (found.phase, found.outcome, found.status) == ("proxy", outcome, status)
    assert found.detail == f"CONNECT answered {status} Because"
    assert outcome in FACTS["proxy.outcome"].values
    assert found.proxy is not None
    assert found.phases.proxy is not None
    assert server.text.startswith("CONNECT localhost:443 HTTP/1.1\r\nHost: localhost:443\r\n")


@pytest.mark.parametrize(
    ("handler", "outcome"),
    [
        (blurts(b"SSH-2.0-OpenSSH_9.9\r\n"), "not-a-proxy"),
        (says(b"+OK\r\n\r\n"), "not-a-proxy"),
        (says(b"HTTP/1.1 abc\r\n\r\n"), "not-a-proxy"),
        (says(b"HTTP/1.1 200000\r\n\r\n"), "not-a-proxy"),
        (says(b"HTTP/1.1 403"), "blocked"),
        (says(b"HTTP/1.1 200 OK\r\nX: " + b"a" * 20000), "not-a-proxy"),
        (closing, "reset"),
        (cut_when_spoken_to, "reset"),
        (silent, "timeout"),
        (drip(status_line(200, "x" * 500)), "timeout"),
    ],
    ids=[
        "ssh", "pop3", "no number", "long number", "403 cut", "huge", "closes", "resets", "silent",
        "drips",
    ],
)  # fmt: skip
def test_what_is_no_proxy(serve: Serve, connector: Open, handler: Handler, outcome: str) -> None:
    server = serve(handler)
    started = time.monotonic()
    found = failure(connector, f"http://127.0.0.1:{server.port}", timeout=0.5)
    assert time.monotonic() - started < 1.5
    assert (found.phase, found.outcome) == ("proxy", outcome)
    assert found.detail
    assert "None" not in found.detail


def test_a_proxy_that_is_not_there(connector: Open) -> None:
    found = failure(connector, f"http://127.0.0.1:{closed_port()}")
    assert (found.phase, found.outcome) == ("proxy", "refused")
    with dead_port("127.0.0.15") as port:
        found = failure(connector, f"http://127.0.0.15:{port}", timeout=0.4)
    assert (found.phase, found.outcome) == ("proxy", "timeout")
    found = failure(connector, f"http://{'a' * 64}.example:3128")
    assert (found.phase, found.outcome) == ("proxy", "dns-failed")


def test_the_way_through_a_proxy(serve: Serve, client: MakeClient, pki: Pki) -> None:
    target = serve(always(http(200, b"{}")), pki.context("valid", "foundry.invalid"))
    proxy = serve(tunnel_to(target.port))
    made = client(HTTPS_PROXY=f"http://user:{PASSWORD}@127.0.0.1:{proxy.port}")
    key = "the-key-of-this-test"
    call = Call("t", "POST", "https://foundry.invalid/x", {"x-api-key": Secret(key)}, {})
    reply = made.send(call)
    assert (reply.outcome, reply.exchange.status) == ("answered", 200)
    assert reply.exchange.remote_address == f"127.0.0.1:{proxy.port}"
    assert reply.exchange.timings.proxy is not None
    assert f"Proxy-Authorization: Basic {BASIC}" in proxy.text
    assert key not in proxy.text
    assert "proxy-authorization" not in target.text.lower()
    assert PASSWORD not in repr(reply) + repr(made.connector.route("foundry.invalid"))
    assert BASIC not in repr(reply)


def test_an_echoed_proxy_password_is_not_in_the_detail(serve: Serve, connector: Open) -> None:
    for reason in (f"no {BASIC}", "x" * 70 + PASSWORD, "y" * 75 + BASIC):
        server = serve(says(status_line(407, reason)))
        found = failure(connector, f"http://user:{PASSWORD}@127.0.0.1:{server.port}")
        assert PASSWORD[:5] not in found.detail
        assert BASIC[:5] not in found.detail
        assert len(found.detail) < 120


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1"])
def test_tls_in_tls(serve: Serve, client: MakeClient, pki: Pki, name: str) -> None:
    body = b'{"long": "' + b"x" * 300_000 + b'"}'
    target = serve(always(http(200, body)), pki.context("valid", "foundry.invalid"))
    proxy = serve(tunnel_to(target.port), pki.context())
    made = client(HTTPS_PROXY=f"https://user:{PASSWORD}@{name}:{proxy.port}")
    sent = {"text": "y" * 200_000}
    for number in (1, 2):
        reply = made.send(Call("t", "POST", "https://foundry.invalid/x", {}, sent))
        assert (reply.outcome, reply.body) == ("answered", body)
        assert (reply.exchange.timings.tls is None) == (number == 2)
    assert target.connections == 1
    assert target.requests[0].endswith(b"y" * 100 + b'"}')
    assert f"Proxy-Authorization: Basic {BASIC}" in proxy.text
    assert "foundry.invalid:443" in proxy.text


@pytest.mark.parametrize(
    ("kind", "names", "outcome"),
    [
        ("untrusted-ca", ("foundry.invalid",), "untrusted"),
        ("expired", ("foundry.invalid",), "expired"),
        ("valid", ("other.invalid",), "hostname"),
    ],
)
def test_a_bad_certificate_inside_a_good_one(
    serve: Serve, connector: Open, pki: Pki, kind: str, names: tuple[str, ...], outcome: str
) -> None:
    target = serve(silent, pki.context(kind, *names))  # type: ignore[arg-type]
    proxy = serve(tunnel_to(target.port), pki.context())
    made = connector(HTTPS_PROXY=f"https://localhost:{proxy.port}")
    with pytest.raises(ConnectFailure) as caught:
        made.open("foundry.invalid", 443)
    assert (caught.value.phase, caught.value.outcome) == ("tls", outcome)


@pytest.mark.parametrize(
    ("handler", "outcome"),
    [(silent, "timeout"), (closing, "reset"), (blurts(http(400)), "not-tls")],
    ids=["silent", "closes", "plain"],
)
def test_no_tls_inside_tls(
    serve: Serve, connector: Open, pki: Pki, handler: Handler, outcome: str
) -> None:
    target = serve(handler)
    proxy = serve(tunnel_to(target.port), pki.context())
    made = connector(timeout=0.6, HTTPS_PROXY=f"https://localhost:{proxy.port}")
    with pytest.raises(ConnectFailure) as caught:
        made.open("foundry.invalid", 443)
    assert (caught.value.phase, caught.value.outcome) == ("tls", outcome)


def test_tls_inside_tls_that_drips_ends_in_time(serve: Serve, connector: Open, pki: Pki) -> None:
    # A handshake record that announces 16 KiB and then comes byte by byte.
    target = serve(_drip_record)
    proxy = serve(tunnel_to(target.port), pki.context())
    made = connector(timeout=0.6, HTTPS_PROXY=f"https://localhost:{proxy.port}")
    started = time.monotonic()
    with pytest.raises(ConnectFailure) as caught:
        made.open("foundry.invalid", 443)
    assert (caught.value.phase, caught.value.outcome) == ("tls", "timeout")
    assert time.monotonic() - started < 1.5


def _drip_record(peer: object) -> None:
    from .servers import Peer

    assert isinstance(peer, Peer)
    peer.send(b"\x16\x03\x03\x40\x00")
    while not peer.server.stopping.wait(0.02):
        peer.send(b"\0")


@pytest.mark.parametrize(
    ("handler", "timeout"),
    [(says(http(400)), 2.0), (blurts(http(400)), 2.0), (closing, 2.0), (silent, 0.4)],
    ids=["reads", "answers 400", "closes", "silent"],
)
def test_https_to_a_plain_proxy(
    serve: Serve, connector: Open, handler: Handler, timeout: float
) -> None:
    proxy = serve(handler)
    found = failure(connector, f"https://localhost:{proxy.port}", min(timeout, 0.6))
    assert (found.phase, found.outcome) == ("proxy", "tls-failed")
    assert "CONNECT" not in proxy.text


@pytest.mark.parametrize("kind", ["untrusted-ca", "expired"])
def test_an_https_proxy_that_is_not_trusted_sees_no_password(
    serve: Serve, connector: Open, pki: Pki, kind: str
) -> None:
    proxy = serve(says(status_line(407)), pki.context(kind))  # type: ignore[arg-type]
    found = failure(connector, f"https://user:{PASSWORD}@localhost:{proxy.port}")
    assert found.outcome == "tls-failed"
    assert proxy.requests == []


def test_a_refusal_inside_tls_closes_the_connection(
    serve: Serve, connector: Open, pki: Pki
) -> None:
    proxy = serve(says(status_line(403)), pki.context())
    assert failure(connector, f"https://localhost:{proxy.port}").outcome == "blocked"


def test_socks_needs_its_package(serve: Serve, connector: Open) -> None:
    pytest.importorskip("httpx")
    try:
        import socksio  # type: ignore[import-not-found,unused-ignore] # noqa: F401
    except ImportError:
        proxy = serve(silent)
        found = failure(connector, f"socks5://127.0.0.1:{proxy.port}")
        assert (found.phase, found.outcome) == ("proxy", "not-a-proxy")
        assert "socksio" in found.detail
    else:
        pytest.skip("socksio is installed")


def test_no_proxy_leads_past_it(serve: Serve, client: MakeClient, pki: Pki) -> None:
    target, proxy = serve(always(http()), pki.context()), serve(closing)
    made = client(HTTPS_PROXY=f"http://127.0.0.1:{proxy.port}", NO_PROXY="localhost")
    url = f"https://localhost:{target.port}/"
    assert made.send(Call("t", "GET", url)).outcome == "answered"
    assert proxy.connections == 0


def test_connect_names_an_ipv6_address_in_brackets(serve: Serve, connector: Open) -> None:
    server = serve(says(status_line(403)))
    made = connector(HTTPS_PROXY=f"http://127.0.0.1:{server.port}")
    with pytest.raises(ConnectFailure):
        made.open("fd00::1", 443)
    assert server.text.startswith("CONNECT [fd00::1]:443 ")
