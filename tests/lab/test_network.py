"""Addresses: silent, refusing, forbidden, without a route, and several of them."""

from __future__ import annotations

import pytest

from . import world
from .conftest import Lab
from .program import Program, assert_failing, assert_healthy
from .services import Foundry

pytestmark = pytest.mark.lab


def test_a_firewall_that_drops(doctor: Program) -> None:
    run = doctor(resource="contoso-drop")
    assert_failing(run, "connect-timeout", "endpoint.connect")
    assert run.evidence("connect.address") == world.DROPPED[0]


def test_three_silent_addresses_cost_one_time_out(doctor: Program) -> None:
    run = doctor(resource="contoso-drop3")
    assert_failing(run, "connect-timeout", "endpoint.connect")
    assert run.row("endpoint.connect")["duration_ms"] < 6000, str(run)
    assert all(address in run.row("endpoint.connect")["summary"] for address in world.DROPPED)


def test_the_second_address_answers(doctor: Program, foundry: Foundry) -> None:
    run = doctor(resource="contoso-half")
    assert_healthy(run, within=4)
    assert foundry.seen()


@pytest.mark.usefixtures("foundry")
def test_a_broken_ipv6_is_a_warning(doctor: Program, lab: Lab) -> None:
    if not lab.ipv6:
        pytest.skip("this kernel has no IPv6")
    run = doctor(resource="contoso-half6")
    assert (run.code, run.report["verdict"]) == (0, "degraded"), str(run)
    assert run.cause == "network-unreachable", str(run)
    assert run.seconds < 4, str(run)


def test_a_reset_from_the_firewall(doctor: Program) -> None:
    assert_failing(doctor(resource="contoso-refused"), "connect-refused", "endpoint.connect", 4)


@pytest.mark.parametrize("resource", ["contoso-noroute", "contoso-prohibited"])
def test_no_way_there(doctor: Program, resource: str) -> None:
    """Without a route, and with a router that says so (administratively prohibited)."""
    assert_failing(doctor(resource=resource), "network-unreachable", "endpoint.connect", 4)


@pytest.mark.parametrize("resource", ["contoso-pe-drop", "contoso-pe-refused"])
def test_a_private_endpoint_that_cannot_be_reached(doctor: Program, resource: str) -> None:
    """Near miss of connect-timeout and connect-refused: the address is the private one."""
    run = doctor(resource=resource)
    assert_failing(run, "private-endpoint-unreachable", "endpoint.connect")
    assert run.report["diagnosis"][0]["confidence"] == "certain", str(run)


def test_a_public_address_behind_the_alias_that_is_silent(doctor: Program) -> None:
    run = doctor(resource="contoso-drop-alias")
    assert_failing(run, "dns-private-zone-unlinked", "endpoint.connect")
    assert "connect-timeout" in run.undecided, str(run)


def test_connections_that_are_cut(doctor: Program, foundry: Foundry) -> None:
    foundry.serve("connect-reset")
    run = doctor()
    assert_failing(run, "connect-reset", "endpoint.tls")


def test_one_connection_that_is_cut(doctor: Program, foundry: Foundry) -> None:
    """Transient: tried again, and no failure."""
    foundry.serve("connect-reset", {"fail_first": 1})
    run = doctor()
    assert (run.code, run.report["verdict"]) in {(0, "healthy"), (0, "degraded")}, str(run)
