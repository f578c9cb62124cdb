"""Certificates, handshakes and clocks; the clocks are moved on the service's side."""

from __future__ import annotations

import pytest

from .program import Program, assert_failing, assert_healthy
from .services import Foundry

pytestmark = pytest.mark.lab

DAYS = 86400


@pytest.mark.parametrize(
    ("scenario", "cause"),
    [
        ("tls-interception", "tls-interception"),
        ("tls-expired", "tls-expired"),
        ("tls-hostname", "tls-hostname"),
        ("tls-handshake-failure", "tls-handshake-failure"),
    ],
)
def test_no_key_is_sent(doctor: Program, foundry: Foundry, scenario: str, cause: str) -> None:
    foundry.serve(scenario)
    run = doctor()
    assert_failing(run, cause, "endpoint.tls")
    assert not any(foundry.seen()), "a credential went to a host that is not trusted"


def test_a_handshake_that_is_never_answered(doctor: Program, foundry: Foundry) -> None:
    foundry.serve("hang-in-handshake")
    run = doctor("--budget", "8")
    assert_failing(run, "tls-handshake-failure", "endpoint.tls", within=9)


@pytest.mark.parametrize(
    ("certificate", "date_offset"), [("expired", -30 * DAYS), ("not-yet-valid", 3 * DAYS)]
)
def test_the_clock_is_to_blame(
    doctor: Program, foundry: Foundry, certificate: str, date_offset: int
) -> None:
    """Near miss of tls-expired: at the service's own time the certificate is valid."""
    foundry.serve(server={"tls": {"certificate": certificate}, "date_offset_s": float(date_offset)})
    run = doctor()
    assert_failing(run, "clock-skew", "endpoint.tls")
    assert abs(run.evidence("clock.skew_s") + date_offset) < 60, str(run)


@pytest.mark.parametrize("offset", [300.0, -300.0])
def test_five_minutes_are_a_warning(doctor: Program, foundry: Foundry, offset: float) -> None:
    foundry.serve(server={"date_offset_s": offset})
    run = doctor()
    assert (run.code, run.report["verdict"], run.cause) == (0, "degraded", "clock-skew"), str(run)
    assert run.row("endpoint.clock")["status"] == "warn"


@pytest.mark.parametrize("offset", [30.0, -30.0])
def test_half_a_minute_is_nothing(doctor: Program, foundry: Foundry, offset: float) -> None:
    foundry.serve(server={"date_offset_s": offset})
    assert_healthy(doctor())


def test_a_skewed_clock_beside_another_fault(doctor: Program, foundry: Foundry) -> None:
    """The clock breaks nothing here: the key's refusal leads."""
    foundry.serve("key-auth-disabled", {"date_offset_s": 300.0})
    run = doctor()
    assert (run.code, run.cause) == (1, "key-auth-disabled"), str(run)
