"""Names: denied, without an address, unanswered, failing, and hidden in an unlinked zone."""

from __future__ import annotations

import pytest

from . import world
from .conftest import Lab
from .netns import Namespace
from .program import Program, assert_failing
from .services import Foundry

pytestmark = pytest.mark.lab


def test_a_name_that_does_not_exist(doctor: Program) -> None:
    run = doctor(resource=world.UNKNOWN)
    assert_failing(run, "dns-nxdomain", "dns.resolve")
    assert run.evidence("dns.privatelink") is False


def test_a_name_without_an_address(doctor: Program) -> None:
    run = doctor(resource=world.NO_DATA)
    assert_failing(run, "dns-nxdomain", "dns.resolve")
    assert run.evidence("dns.outcome") == "no-address"


@pytest.mark.parametrize("resource", ["contoso-pe-empty", world.NX_BEHIND_ALIAS])
def test_an_alias_into_a_zone_that_is_not_linked(doctor: Program, resource: str) -> None:
    """Near miss of dns-nxdomain: the name has no address here, but it exists."""
    run = doctor(resource=resource)
    assert_failing(run, "dns-private-zone-unlinked", "dns.resolve")
    alias = f"{resource}.{world.PRIVATELINK}"
    assert run.evidence("dns.chain") == [world.host(resource), alias]


def test_the_public_address_of_a_private_resource(doctor: Program, foundry: Foundry) -> None:
    foundry.serve("public-access-disabled")
    run = doctor(resource="contoso-public-alias")
    assert_failing(run, "dns-private-zone-unlinked", "endpoint.access")
    assert run.evidence("dns.private") is False


def test_a_server_that_fails(doctor: Program) -> None:
    run = doctor(resource=world.SERVFAIL)
    assert_failing(run, "dns-server-failure", "dns.resolve")
    assert run.evidence("dns.detail") == f"{world.DNS} answers SERVFAIL"


def test_a_server_that_refuses(doctor: Program, lab: Lab) -> None:
    lab.client.resolver(world.DNS_STRANGER)
    # Outside azure.com this resolver refuses; in it, it denies. China's cloud is outside.
    base = "https://contoso-ai.services.ai.azure.cn/anthropic"
    environ = {"ANTHROPIC_FOUNDRY_BASE_URL": base, "ANTHROPIC_FOUNDRY_RESOURCE": None}
    run = doctor(environ=environ)
    assert_failing(run, "dns-server-failure", "dns.resolve")
    assert "REFUSED" in run.evidence("dns.detail")


def test_a_resolver_that_is_silent(doctor: Program, lab: Lab) -> None:
    """`getaddrinfo` would hold the process for 20 s: it must go when the report is out."""
    lab.client.resolver(world.DNS_SILENT)
    runs = doctor.together(
        default={"bundle": False},
        small={"arguments": ("--budget", "8"), "bundle": False},
        tiny={"arguments": ("--budget", "4"), "bundle": False},
    )
    for name, within in (("default", 12), ("small", 8), ("tiny", 5.5)):
        assert_failing(runs[name], "dns-timeout", "dns.resolve", within)
        rest = runs[name].seconds - runs[name].report["run"]["duration_ms"] / 1000
        assert rest < 2, str(runs[name])


def test_a_silent_resolver_that_glibc_gives_up_on(doctor: Program, lab: Lab) -> None:
    """With these options getaddrinfo says EAI_AGAIN soon, as it does for a server that fails."""
    lab.client.resolver(world.DNS_SILENT, options="timeout:1 attempts:1")
    assert_failing(doctor(), "dns-timeout", "dns.resolve")


def test_an_address_without_a_resolver(doctor: Program, lab: Lab) -> None:
    """The port is closed there: it is refused, but no server has answered."""
    lab.client.resolver(world.DNS_ABSENT)
    assert_failing(doctor(), "dns-timeout", "dns.resolve")


@pytest.mark.parametrize("resolvers", [(world.DNS,), ()])
def test_a_machine_that_is_offline(
    doctor: Program, offline: Namespace, resolvers: tuple[str, ...]
) -> None:
    offline.resolver(*resolvers)
    run = doctor(namespace=offline)
    assert_failing(run, "dns-timeout", "dns.resolve", within=6)
    expected = "unreachable" if resolvers else "no DNS server is configured"
    assert expected in run.evidence("dns.detail"), str(run)
