"""endpoint.connect"""

from __future__ import annotations

import socket

import pytest

from ..network.servers import Handler, Peer, Server, closed_port, dead_port, silent, tunnel_to
from .conftest import Worlds, built_in, finding, said

endpoint_connect = built_in("endpoint.connect")


def test_it_is_reached(worlds: Worlds) -> None:
    found = finding(endpoint_connect, worlds.emulated())
    assert said(found) == ("pass", {"connect.outcome": "ok"})
    assert found.summary.startswith(("127.0.0.1:", "[::1]:"))


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
def test_refused(worlds: Worlds, host: str) -> None:
    port = closed_port(host.strip("[]"))
    status, facts = said(
        finding(endpoint_connect, worlds.plain(f"https://{host}:{port}/anthropic"))
    )
    assert (status, facts["net.phase"], facts["connect.outcome"]) == ("fail", "connect", "refused")
    assert (facts["connect.private"], facts["connect.address"]) == (False, host.strip("[]"))


def test_silence(worlds: Worlds) -> None:
    with dead_port("127.0.0.21") as port:
        context = worlds.plain(f"https://127.0.0.21:{port}/anthropic", timeout=0.3)
        status, facts = said(finding(endpoint_connect, context))
    assert (status, facts["connect.outcome"]) == ("fail", "timeout")


def test_tls_that_fails_is_not_this_question(worlds: Worlds) -> None:
    context = worlds.scripted(silent, None, timeout=0.3)
    assert context.way().phase == "tls"
    found = finding(endpoint_connect, context)
    assert said(found) == ("pass", {"connect.outcome": "ok"})
    assert found.summary == f"127.0.0.1:{context.target.port}"


def addresses(monkeypatch: pytest.MonkeyPatch, *texts: str) -> None:
    rows = [(0, 1, 6, "", (text, 0)) for text in texts]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: rows)


def test_ipv6_that_does_not_answer_is_a_warning(
    worlds: Worlds, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = worlds.scripted(silent, "valid")
    addresses(monkeypatch, "::1", "127.0.0.1")
    found = finding(endpoint_connect, context)
    status, facts = said(found)
    assert (status, facts["connect.outcome"]) == ("warn", "refused")
    assert facts["connect.address"] == "::1"
    assert "::1 does not answer" in found.summary


def test_an_ipv4_address_that_does_not_answer_is_none(
    worlds: Worlds, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = worlds.scripted(silent, "valid")
    addresses(monkeypatch, "127.0.0.77", "127.0.0.1")
    assert said(finding(endpoint_connect, context))[0] == "pass"


@pytest.mark.parametrize(
    ("mode", "outcome"),
    [
        ("auth-required", "auth-required"),
        ("blocked", "blocked"),
        ("bad-gateway", "bad-gateway"),
        ("down", "refused"),
    ],
)
def test_a_proxy_that_does_not_let_us_through(worlds: Worlds, mode: str, outcome: str) -> None:
    context = worlds.emulated({"proxy": {"mode": mode}})
    status, facts = said(finding(endpoint_connect, context))
    assert (status, facts["net.phase"], facts["proxy.outcome"]) == ("fail", "proxy", outcome)
    assert facts["proxy.configured"] is True


def test_a_proxy_that_does(worlds: Worlds) -> None:
    found = finding(endpoint_connect, worlds.emulated({"proxy": {"mode": "ok"}}))
    assert said(found) == ("pass", {"connect.outcome": "ok", "proxy.outcome": "ok"})
    assert " through http://127.0.0.1:" in found.summary


def test_a_proxy_that_resets_once(worlds: Worlds) -> None:
    with Server(silent, worlds.pki.context()) as target:
        through: Handler = tunnel_to(target.port)

        def once(peer: Peer) -> None:
            if peer.server.connections == 1:
                peer.socket.recv(1)
                peer.reset()
            else:
                through(peer)

        with Server(once) as proxy:
            environ = {
                "HTTPS_PROXY": f"http://127.0.0.1:{proxy.port}",
                "SSL_CERT_FILE": str(worlds.pki.ca_file),
            }
            context = worlds.plain("https://localhost/anthropic", environ=environ)
            found = finding(endpoint_connect, context)
            context.close()
    status, facts = said(found)
    assert (status, facts["net.phase"], facts["proxy.outcome"]) == ("warn", "proxy", "reset")
    assert "1 of 2" in found.summary
