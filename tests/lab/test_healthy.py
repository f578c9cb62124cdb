"""What works must be called healthy, from wherever it is called."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from . import world
from .conftest import Lab
from .program import Program, assert_healthy
from .services import Foundry, Service

pytestmark = pytest.mark.lab


def test_by_key_on_a_public_address(doctor: Program, foundry: Foundry) -> None:
    run = doctor()
    assert_healthy(run)
    assert run.evidence("dns.private") is False
    assert run.report["exchanges"][0]["remote_address"] == f"{world.ALIVE}:443"
    assert foundry.seen()


def test_on_the_private_address_behind_the_alias(doctor: Program, foundry: Foundry) -> None:
    run = doctor(resource="contoso-private")
    assert_healthy(run)
    assert run.evidence("dns.private") is True


@pytest.mark.usefixtures("foundry")
def test_an_alias_with_a_public_address_that_is_allowed(doctor: Program) -> None:
    """Not dns-private-zone-unlinked: a private endpoint does not forbid the public way."""
    run = doctor(resource="contoso-public-alias")
    assert_healthy(run)
    assert run.evidence("dns.private") is False


@pytest.mark.usefixtures("foundry")
def test_an_alias_with_a_public_address_and_a_wrong_key(doctor: Program) -> None:
    """The alias must not be blamed for what is the key's fault."""
    run = doctor(
        resource="contoso-public-alias", environ={"ANTHROPIC_FOUNDRY_API_KEY": doctor.key[::-1]}
    )
    assert run.cause == "key-invalid", str(run)


@pytest.mark.parametrize("resolver", [world.DNS_STRANGER, world.DNS_SILENT])
@pytest.mark.usefixtures("foundry")
def test_through_a_proxy_where_local_dns_cannot_help(
    doctor: Program, lab: Lab, tinyproxy: Callable[..., Service], resolver: str
) -> None:
    """The proxy resolves the name; what the local resolver says proves nothing."""
    proxy = tinyproxy()
    lab.client.resolver(resolver)
    run = doctor(environ={"HTTPS_PROXY": f"http://{world.GATEWAY}:{world.PROXY_PORT}"})
    assert_healthy(run)
    assert run.evidence("dns.outcome") == "by-proxy"
    assert f"CONNECT {world.host('contoso-ai')}:443" in proxy.output()


@pytest.mark.usefixtures("foundry")
def test_through_a_proxy_by_its_name_with_a_password(
    doctor: Program, tinyproxy: Callable[..., Service]
) -> None:
    # tinyproxy's configuration takes letters and digits only.
    password = "".join(filter(str.isalnum, doctor.canary.password))
    doctor.canary.planted.append(password)
    tinyproxy(login=("alice", password))
    url = f"http://alice:{password}@proxy.corp.test:{world.PROXY_PORT}"
    assert_healthy(doctor(environ={"HTTPS_PROXY": url}))
