"""dns.resolve"""

from __future__ import annotations

import socket
from typing import Any

import pytest

from ..network.dns_server import only_server, records
from .conftest import Worlds, built_in, finding, said

dns_resolve = built_in("dns.resolve")

HOST = "contoso.services.ai.azure.com"
URL = f"https://{HOST}/anthropic"


def resolver(monkeypatch: pytest.MonkeyPatch, *answer: str | Exception) -> None:
    def look_up(*_: Any, **__: Any) -> list[Any]:
        if isinstance(answer[0], Exception):
            raise answer[0]
        return [(2, 1, 6, "", (text, 0)) for text in answer]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


@pytest.mark.parametrize(
    ("addresses", "private"),
    [
        (("20.1.2.3",), False),
        (("10.0.0.5",), True),
        (("10.0.0.5", "20.1.2.3"), False),
        (("fd00::5", "10.0.0.5"), True),
    ],
)
def test_it_resolves(
    worlds: Worlds, monkeypatch: pytest.MonkeyPatch, addresses: tuple[str, ...], private: bool
) -> None:
    resolver(monkeypatch, *addresses)
    found = finding(dns_resolve, worlds.plain(URL))
    facts = {"dns.outcome": "ok", "dns.addresses": addresses, "dns.private": private}
    assert said(found) == ("pass", facts)
    assert ("(private)" in found.summary) is private
    assert found.subject == HOST


def test_it_does_not_exist(worlds: Worlds, monkeypatch: pytest.MonkeyPatch) -> None:
    resolver(monkeypatch, socket.gaierror(socket.EAI_NONAME, "unknown"))
    status, facts = said(finding(dns_resolve, worlds.plain(URL)))
    assert (status, facts["dns.outcome"], facts["net.phase"]) == ("fail", "nxdomain", "dns")
    assert facts["net.host"] == HOST


@pytest.mark.parametrize(
    ("code", "outcome"), [(2, "server-failure"), (None, "timeout"), (0, "server-failure")]
)
def test_the_servers_tell_silence_from_failure(
    worlds: Worlds, monkeypatch: pytest.MonkeyPatch, code: int | None, outcome: str
) -> None:
    resolver(monkeypatch, socket.gaierror(socket.EAI_AGAIN, "again"))
    answer = records(f"{HOST}. 60 A 20.1.2.3", code=code or 0)
    context = worlds.plain(URL, timeout=0.6)
    with only_server(answer if code is not None else lambda *_: None):
        status, facts = said(finding(dns_resolve, context))
    assert (status, facts["dns.outcome"]) == ("fail", outcome)


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
def test_an_address(worlds: Worlds, host: str) -> None:
    assert said(finding(dns_resolve, worlds.plain(f"https://{host}/anthropic"))) == ("pass", {})


def test_behind_a_proxy_nothing_is_asked(worlds: Worlds, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(socket, "getaddrinfo")
    context = worlds.plain(URL, environ={"HTTPS_PROXY": "http://p.example:1"})
    assert said(finding(dns_resolve, context)) == ("pass", {"dns.outcome": "by-proxy"})
