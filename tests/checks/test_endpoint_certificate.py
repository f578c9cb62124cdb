"""endpoint.certificate"""

from __future__ import annotations

import pytest

from ..network.servers import always, http, silent
from .conftest import Worlds, built_in, finding, said

endpoint_certificate = built_in("endpoint.certificate")

DATE = "Date: Sun, 01 Nov 2020 12:00:00 GMT"


@pytest.mark.parametrize(
    ("kind", "names", "issuer"),
    [
        ("untrusted-ca", ("localhost",), "CN=Contoso TLS Inspection CA"),
        ("self-signed", ("localhost",), "CN=localhost"),
        ("expired", ("localhost",), "CN=foundry-doctor throw-away CA"),
        ("valid", ("other.example", "third.example"), "CN=foundry-doctor throw-away CA"),
    ],
)
def test_what_is_presented(worlds: Worlds, kind: str, names: tuple[str, ...], issuer: str) -> None:
    context = worlds.scripted(always(http(200, b"", DATE)), kind, *names)
    found = finding(endpoint_certificate, context)
    status, facts = said(found)
    assert (status, facts["tls.issuer"], facts["tls.names"]) == ("pass", issuer, names)
    assert facts["clock.skewed"] is True
    assert facts["tls.server_time_inside"] is False
    assert facts["clock.skew_s"] > 0
    assert "tls.known_inspector" not in facts
    assert found.summary.startswith(f"CN={names[0]}, issued by {issuer}, valid 2")


def test_without_a_date_the_clock_is_not_judged(worlds: Worlds) -> None:
    context = worlds.scripted(silent, "expired", "localhost", timeout=0.4)
    facts = said(finding(endpoint_certificate, context))[1]
    assert "clock.skew_s" not in facts
    assert "tls.server_time_inside" not in facts


def test_nothing_presented(worlds: Worlds) -> None:
    context = worlds.scripted(silent, None, timeout=0.3)
    assert said(finding(endpoint_certificate, context)) == ("unknown", {})
