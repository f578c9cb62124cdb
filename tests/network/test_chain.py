"""The DNS servers' own answer, from a small server on loopback UDP."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import dns.resolver
import pytest

from foundry_doctor.facts import FACTS
from foundry_doctor.network.chain import Chain, look_up

from .dns_server import Answer, DnsServer, only_server, records

HOST = "contoso.services.ai.azure.com"
LINK = "contoso.privatelink.services.ai.azure.com"


@pytest.fixture
def server() -> Iterator[Callable[[Answer], DnsServer]]:
    """server(answer): the machine's only DNS server from now on."""
    with ExitStack() as stack:
        yield lambda answer: stack.enter_context(only_server(answer))


CNAME = f"{HOST}. 60 CNAME {LINK}."
ROWS: list[tuple[str, Answer, Chain]] = [
    (
        "public",
        records(f"{HOST}. 60 CNAME east.example.", "east.example. 60 A 20.1.2.3"),
        Chain("ok", (HOST, "east.example"), ("20.1.2.3",)),
    ),
    (
        "private",
        records(CNAME, f"{LINK}. 60 A 10.0.0.5"),
        Chain("ok", (HOST, LINK), ("10.0.0.5",)),
    ),
    ("alias without an address", records(CNAME), Chain("no-address", (HOST, LINK))),
    ("alias to nowhere", records(CNAME, code=3), Chain("nxdomain", (HOST, LINK))),
    ("no such name", records(code=3), Chain("nxdomain", (HOST,))),
    ("no record", records(), Chain("no-address", (HOST,))),
    (
        "IPv6 only",
        records(f"{HOST}. 60 AAAA fd00::5", only="AAAA"),
        Chain("ok", (HOST,), ("fd00::5",)),
    ),
    ("servfail", records(code=2), Chain("server-failure", (HOST,))),
    ("refused", records(code=5), Chain("server-failure", (HOST,))),
    ("silence", lambda *_: None, Chain("timeout", (HOST,))),
]


@pytest.mark.parametrize(("answer", "expected"), [r[1:] for r in ROWS], ids=[r[0] for r in ROWS])
def test_what_servers_say(
    server: Callable[[Answer], DnsServer], answer: Answer, expected: Chain
) -> None:
    server(answer)
    started = time.monotonic()
    found = look_up(HOST, 0.8)
    assert time.monotonic() - started < 2
    assert (found.outcome, found.names, found.addresses) == (
        expected.outcome, expected.names, expected.addresses,
    )  # fmt: skip
    assert found.servers == ("127.0.0.1",)
    assert found.privatelink is (LINK in expected.names)
    assert found.outcome in FACTS["dns.outcome"].values
    assert bool(found.detail) == (found.outcome != "ok")


@pytest.mark.parametrize(("code", "word"), [(2, "SERVFAIL"), (5, "REFUSED")])
def test_the_response_code_is_named(
    server: Callable[[Answer], DnsServer], code: int, word: str
) -> None:
    server(records(code=code))
    assert word in look_up(HOST, 0.8).detail


def test_a_circle_of_aliases_ends(server: Callable[[Answer], DnsServer]) -> None:
    server(records(f"{HOST}. 60 CNAME a.example.", f"a.example. 60 CNAME {HOST}."))
    assert look_up(HOST, 0.8).outcome in ("server-failure", "no-address")


def test_search_domains_are_not_tried(server: Callable[[Answer], DnsServer]) -> None:
    made = server(records(code=3))
    look_up("short", 0.8)
    assert {name for _, name in made.asked} == {"short."}


@pytest.mark.parametrize("host", ["a" * 64, "a..b", ""])
def test_names_that_cannot_be(server: Callable[[Answer], DnsServer], host: str) -> None:
    server(records(code=3))
    assert look_up(host, 0.5).outcome in ("server-failure", "nxdomain", "no-address")


def test_no_usable_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise dns.resolver.NoResolverConfiguration

    monkeypatch.setattr(dns.resolver, "Resolver", refuse)
    assert look_up(HOST, 0.5).outcome == "timeout"


@pytest.mark.parametrize(
    ("name", "yes"),
    [(LINK, True), ("privatelink.example.com", True), ("myprivatelink.example.com", False)],
)
def test_privatelink(name: str, yes: bool) -> None:
    assert Chain("ok", (HOST, name)).privatelink is yes
