"""Addresses: silent, refusing, forbidden, without a route, and several of them."""

from __future__ import annotations

import pytest

from . import world
from .conftest import Lab
from .program import Program, assert_failing, assert_healthy
from .services import Foundry

pytestmark = pytest.mark.lab


def test_what_drops_costs_one_time_out(doctor: Program) -> None:
    """A firewall on the way, or a dead private endpoint. Waiting is the work: all at once."""
    causes = {
        "contoso-drop": "connect-timeout",
        "contoso-drop3": "connect-timeout",
        "contoso-pe-drop": "private-endpoint-unreachable",
        "contoso-drop-alias": "dns-private-zone-unlinked",
    }
    runs = doctor.together(**{name: {"resource": name} for name in causes})
    for name, cause in causes.items():
        assert_failing(runs[name], cause, "endpoint.connect", within=12)
        assert 4900 < runs[name].row("endpoint.connect")["duration_ms"] < 6500, str(runs[name])
    assert runs["contoso-drop"].evidence("connect.address") == world.DROPPED[0]
    summary = runs["contoso-drop3"].row("endpoint.connect")["summary"]
    assert all(address in summary for address in world.DROPPED)
    # An alias with a public address that is silent: the zone, or just a firewall.
    assert "connect-timeout" in runs["contoso-drop-alias"].undecided


def test_the_second_address_answers(doctor: Program, foundry: Foundry) -> None:
    run = doctor(resource="contoso-half")
    assert_healthy(run, within=6)
    assert foundry.seen()


@pytest.mark.usefixtures("foundry")
def test_a_broken_ipv6_is_a_warning(doctor: Program, lab: Lab) -> None:
    if not lab.ipv6:
        pytest.skip("this kernel has no IPv6")
    run = doctor(resource="contoso-half6")
    assert (run.code, run.report["verdict"]) == (0, "degraded"), str(run)
    assert run.cause == "network-unreachable", str(run)
    assert run.seconds < 6, str(run)


@pytest.mark.parametrize("resource", ["contoso-refused", "contoso-refused-too"])
def test_a_reset_from_the_firewall(doctor: Program, resource: str) -> None:
    """Whatever public network it is, a documentation network (203.0.113.0/24) included."""
    assert_failing(doctor(resource=resource), "connect-refused", "endpoint.connect", 6)


@pytest.mark.parametrize("resource", ["contoso-noroute", "contoso-prohibited"])
def test_no_way_there(doctor: Program, resource: str) -> None:
    """Without a route, and with a router that says so (administratively prohibited)."""
    assert_failing(doctor(resource=resource), "network-unreachable", "endpoint.connect", 6)


def test_a_private_endpoint_that_refuses(doctor: Program) -> None:
    """Near miss of connect-refused: the address is the private one."""
    run = doctor(resource="contoso-pe-refused")
    assert_failing(run, "private-endpoint-unreachable", "endpoint.connect")
    assert run.report["diagnosis"][0]["confidence"] == "certain", str(run)


def test_connections_that_are_cut(doctor: Program, foundry: Foundry) -> None:
    foundry.serve("connect-reset")
    run = doctor()
    assert_failing(run, "connect-reset", "endpoint.tls")


def test_one_connection_that_is_cut(doctor: Program, foundry: Foundry) -> None:
    """Transient: tried again, and no failure."""
    foundry.serve("connect-reset", {"fail_first": 1})
    run = doctor()
    assert (run.code, run.report["verdict"]) in {(0, "healthy"), (0, "degraded")}, str(run)
