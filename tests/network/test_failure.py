"""Each way to fail before an answer, as facts of the vocabulary."""

from __future__ import annotations

import pytest

from foundry_doctor.facts import problems
from foundry_doctor.network.connect import ConnectFailure
from foundry_doctor.network.failure import failure_facts
from foundry_doctor.network.proxies import parse_proxy

PROXY = parse_proxy("http://user:pass@proxy.example:3128", "HTTPS_PROXY")


@pytest.mark.parametrize(
    ("failure", "facts"),
    [
        (
            ConnectFailure("dns", "nxdomain", "no such name"),
            {"net.phase": "dns", "dns.outcome": "nxdomain", "dns.detail": "no such name"},
        ),
        (
            ConnectFailure("proxy", "blocked", "403", status=403, proxy=PROXY),
            {
                "net.phase": "proxy",
                "proxy.outcome": "blocked",
                "proxy.configured": True,
                "proxy.status": 403,
                "proxy.url": "http://proxy.example:3128",
            },
        ),
        (
            ConnectFailure("connect", "timeout", "x", addresses=("10.0.0.1", "20.0.0.1")),
            {
                "net.phase": "connect",
                "connect.outcome": "timeout",
                "connect.private": False,
                "connect.address": "20.0.0.1",
            },
        ),
        (
            ConnectFailure("connect", "timeout", "x", addresses=("10.0.0.1", "fd00::1")),
            {
                "net.phase": "connect",
                "connect.outcome": "timeout",
                "connect.private": True,
                "connect.address": "fd00::1",
            },
        ),
        (
            ConnectFailure("tls", "expired", "words"),
            {"net.phase": "tls", "tls.outcome": "expired", "tls.detail": "words"},
        ),
    ],
)
def test_failure_facts(failure: ConnectFailure, facts: dict[str, object]) -> None:
    assert failure_facts(failure) == facts
    assert problems(failure_facts(failure)) == []
