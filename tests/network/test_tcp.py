"""The race for a connection: one limit for all addresses, and the most telling failure."""

from __future__ import annotations

import errno
import socket
import time

import pytest

from foundry_doctor.facts import FACTS
from foundry_doctor.network.tcp import STAGGER, TcpFailure, connect_any, outcome_of

from .conftest import Serve
from .servers import closed_port, dead_port, silent

DEAD = ("127.0.0.11", "127.0.0.12", "127.0.0.13")


def refused(addresses: tuple[str, ...], port: int, timeout: float) -> TcpFailure:
    with pytest.raises(TcpFailure) as caught:
        connect_any(addresses, port, timeout)
    return caught.value


def test_three_dead_addresses_cost_one_timeout() -> None:
    with dead_port(*DEAD) as port:
        started = time.monotonic()
        failure = refused(DEAD, port, 0.9)
        took = time.monotonic() - started
    assert 0.85 < took < 1.5
    assert failure.outcome == "timeout"
    assert set(failure.addresses) == set(DEAD)
    assert failure.detail.count("no answer within 0.9 s") == 3


def test_addresses_that_were_not_tried_count_as_silent() -> None:
    with dead_port(*DEAD) as port:
        failure = refused((*DEAD, "127.0.0.14"), port, STAGGER / 2)
    assert len(failure.addresses) == 4


def test_the_first_that_answers_wins(serve: Serve) -> None:
    server = serve(silent)
    tcp = connect_any(("127.0.0.1", *DEAD), server.port, 2)
    with tcp.socket:
        assert (tcp.peer, tcp.failed) == (f"127.0.0.1:{server.port}", ())
        assert tcp.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_silent_address_delays_the_next_by_the_stagger_and_is_named() -> None:
    with dead_port("127.0.0.11") as port, socket.create_server(("127.0.0.1", port)) as listener:
        started = time.monotonic()
        tcp = connect_any(("127.0.0.11", "127.0.0.1"), port, 3)
        took = time.monotonic() - started
        with tcp.socket:
            assert tcp.peer == f"127.0.0.1:{listener.getsockname()[1]}"
            assert tcp.failed == (("127.0.0.11", "timeout"),)
    assert STAGGER <= took < STAGGER + 1.6


def test_a_refusing_address_delays_nothing(serve: Serve) -> None:
    server = serve(silent)
    started = time.monotonic()
    tcp = connect_any(("127.0.0.77", "127.0.0.1"), server.port, 3)
    with tcp.socket:
        assert tcp.failed == (("127.0.0.77", "refused"),)
    assert time.monotonic() - started < STAGGER


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_refused(address: str) -> None:
    port = closed_port(address)
    failure = refused((address,), port, 2)
    assert (failure.outcome, failure.addresses) == ("refused", (address,))
    shown = f"[{address}]" if ":" in address else address
    assert failure.detail == f"{shown}:{port} refused"


def test_a_silent_drop_speaks_for_the_whole() -> None:
    with dead_port("127.0.0.11") as port:
        assert refused(("127.0.0.77", "127.0.0.11"), port, 0.4).outcome == "timeout"


def test_a_refusal_says_more_than_a_missing_route() -> None:
    # 255.255.255.255 cannot be connected to without leave: that stands for "no route".
    port = closed_port()
    failure = refused(("255.255.255.255", "127.0.0.1"), port, 2)
    assert failure.outcome == "refused"
    assert "255.255.255.255" in failure.detail


def test_no_route_alone() -> None:
    assert refused(("255.255.255.255",), 9, 2).outcome == "unreachable"
    assert refused((), 9, 2).outcome == "unreachable"


def test_a_scope_that_does_not_exist() -> None:
    assert refused(("fe80::1%no-such-if",), 9, 2).outcome in ("unreachable", "timeout")


def test_ipv6_first_then_ipv4(serve: Serve) -> None:
    server = serve(silent)
    tcp = connect_any(("::1", "127.0.0.1"), server.port, 2)
    with tcp.socket:
        assert tcp.peer == f"127.0.0.1:{server.port}"
        assert tcp.failed == (("::1", "refused"),)
    six = serve(silent, None, "::1")
    tcp = connect_any(("::1", "127.0.0.1"), six.port, 2)
    with tcp.socket:
        assert (tcp.peer, tcp.failed) == (f"[::1]:{six.port}", ())


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (errno.ECONNREFUSED, "refused"),
        (10061, "refused"),
        (errno.ECONNRESET, "reset"),
        (10054, "reset"),
        (errno.ENETUNREACH, "unreachable"),
        (errno.EHOSTUNREACH, "unreachable"),
        (errno.EPERM, "unreachable"),
        (errno.ETIMEDOUT, "timeout"),
        (10060, "timeout"),
        (errno.EMFILE, "unreachable"),
        (None, "unreachable"),
    ],
)
def test_outcome_of(code: int | None, outcome: str) -> None:
    assert outcome_of(code) == outcome
    assert outcome in FACTS["connect.outcome"].values
