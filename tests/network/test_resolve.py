"""Resolving: bounded, in a thread that holds nobody, with an outcome for every error code."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from typing import Any

import pytest

from foundry_doctor.facts import FACTS
from foundry_doctor.network.resolve import is_address, is_private, resolve

HELD = """
import socket, time
from foundry_doctor.network.resolve import resolve
socket.getaddrinfo = lambda *_, **__: time.sleep(60)
print(resolve("held.example", 0.2).outcome)
"""


def test_a_dead_resolver_holds_neither_caller_nor_process() -> None:
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", HELD], capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stdout.strip() == "timeout"
    assert time.monotonic() - started < 10
    assert done.stderr == ""


def _nothing(after: float) -> list[Any]:
    time.sleep(after)
    return []


def test_a_timeout_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: _nothing(0.3))
    answer = resolve("slow.example", 0.1)
    assert (answer.outcome, answer.addresses) == ("timeout", ())
    assert answer.detail == "no answer within 0.1 s"
    assert 90 < answer.duration_ms < 900
    time.sleep(0.3)  # its thread ends within this test


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (socket.gaierror(socket.EAI_NONAME, "unknown"), "nxdomain"),
        (socket.gaierror(8, "macOS"), "nxdomain"),
        (socket.gaierror(11001, "Windows"), "nxdomain"),
        (socket.gaierror(socket.EAI_AGAIN, "again"), "server-failure"),
        (socket.gaierror(11002, "Windows"), "server-failure"),
        (socket.gaierror(socket.EAI_FAIL, "fail"), "server-failure"),
        (socket.gaierror(-5, "no data"), "no-address"),
        (socket.gaierror(11004, "Windows"), "no-address"),
        (OSError(24, "Too many open files"), "server-failure"),
        (UnicodeError("label too long"), "nxdomain"),
        (ValueError("embedded null character"), "nxdomain"),
    ],
    ids=str,
)
def test_every_error_has_an_outcome(
    monkeypatch: pytest.MonkeyPatch, error: Exception, outcome: str
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    answer = resolve("some.example", 2)
    assert answer.outcome == outcome
    assert outcome in FACTS["dns.outcome"].values
    assert answer.detail


@pytest.mark.parametrize("host", ["a" * 64 + ".example", "a..example", "a\0b"])
def test_names_that_no_resolver_is_asked_for(host: str) -> None:
    assert resolve(host, 2).outcome == "nxdomain"


def test_addresses_come_once_and_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        (socket.AF_INET6, socket.SOCK_STREAM, 6, "", (text, 0, 0, 0))
        for text in ("::1", "10.0.0.1", "::1")
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: rows)
    answer = resolve("two.example", 2)
    assert (answer.outcome, answer.addresses) == ("ok", ("::1", "10.0.0.1"))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [])
    assert resolve("two.example", 2).outcome == "no-address"


def test_localhost_really_resolves() -> None:
    answer = resolve("localhost", 5)
    assert answer.outcome == "ok"
    assert set(answer.addresses) <= {"127.0.0.1", "::1"}


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "[::1]", "fe80::1%lo"])
def test_an_address_is_not_asked_for(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.delattr(socket, "getaddrinfo")
    answer = resolve(host, 1)
    assert (answer.outcome, answer.addresses) == ("ok", (host.strip("[]"),))


@pytest.mark.parametrize(
    ("text", "yes"),
    [("10.0.0.1", True), ("::", True), ("fe80::1%eth0", True), ("10.0.0", False), ("", False)],
)
def test_is_address(text: str, yes: bool) -> None:
    assert is_address(text) is yes


@pytest.mark.parametrize(
    ("address", "private"),
    [
        ("10.0.0.1", True),
        ("11.0.0.1", False),
        ("172.16.0.1", True),
        ("172.31.255.255", True),
        ("172.32.0.1", False),
        ("192.168.0.1", True),
        ("192.169.0.1", False),
        ("100.64.0.1", True),
        ("100.127.255.255", True),
        ("100.128.0.1", False),
        ("169.254.169.254", True),
        ("fc00::1", True),
        ("fd12:3456::1", True),
        ("fe00::1", False),
        ("fe80::1%eth0", True),
        ("::ffff:10.0.0.1", True),
        ("::ffff:20.1.2.3", False),
        ("127.0.0.1", False),
        ("::1", False),
        ("0.0.0.0", False),  # a sinkhole's answer
        ("198.18.0.1", False),  # what a local proxy makes up
        ("20.50.1.1", False),
        ("2603:1030::1", False),
        ("not an address", False),
        ("", False),
    ],
)
def test_is_private(address: str, private: bool) -> None:
    assert is_private(address) is private
