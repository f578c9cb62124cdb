"""Proxies, by a real one: its password, its filter, and its absence."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from . import world
from .conftest import Lab
from .program import Program, assert_failing
from .services import Foundry, Service

pytestmark = pytest.mark.lab

PROXY = f"http://{world.GATEWAY}:{world.PROXY_PORT}"


def through(url: str) -> dict[str, str]:
    """The environment that leads through a proxy."""
    return {"HTTPS_PROXY": url}


@pytest.mark.parametrize("url", [PROXY, PROXY.replace("//", "//alice:wrongwrongwrong@")])
def test_the_proxy_wants_a_password(
    doctor: Program, foundry: Foundry, tinyproxy: Callable[..., Service], url: str
) -> None:
    tinyproxy(login=("alice", "correcthorse"))
    doctor.canary.planted.append("wrongwrongwrong")
    run = doctor(environ=through(url))
    assert_failing(run, "proxy-auth-required", "endpoint.connect")
    assert run.evidence("proxy.status") == 407
    assert not foundry.seen()


def test_the_proxy_refuses_the_destination(
    doctor: Program, foundry: Foundry, tinyproxy: Callable[..., Service]
) -> None:
    tinyproxy(blocked=(world.host("contoso-ai"),))
    run = doctor(environ=through(PROXY))
    assert_failing(run, "proxy-blocked", "endpoint.connect")
    assert run.evidence("proxy.status") == 403
    assert not foundry.seen()


@pytest.mark.usefixtures("foundry")
def test_the_proxy_refuses_another_destination(
    doctor: Program, tinyproxy: Callable[..., Service]
) -> None:
    tinyproxy(blocked=("example.org",))
    assert doctor(environ=through(PROXY)).code == 0


@pytest.mark.parametrize(
    "url",
    [
        f"http://{world.GATEWAY}:{world.CLOSED_PROXY_PORT}",
        f"http://{world.GATEWAY}:{world.SILENT_PROXY_PORT}",
        f"http://{world.DROPPED_PRIVATE}:{world.PROXY_PORT}",
        f"http://{world.NO_ROUTE}:{world.PROXY_PORT}",
        "http://no-such-proxy.corp.test:8080",
    ],
    ids=["stopped", "silent-port", "silent-private", "no-route", "unknown-name"],
)
@pytest.mark.usefixtures("foundry")
def test_the_proxy_is_not_there(doctor: Program, url: str) -> None:
    """Not connect-*, nor dns-nxdomain, nor private-endpoint-*: the host was never tried."""
    run = doctor(environ=through(url))
    assert_failing(run, "proxy-unreachable", "endpoint.connect")


@pytest.mark.usefixtures("foundry")
def test_the_proxys_name_behind_a_silent_resolver(doctor: Program, lab: Lab) -> None:
    lab.client.resolver(world.DNS_SILENT)
    run = doctor("--budget", "8", environ=through("http://proxy.corp.test:8080"))
    assert_failing(run, "proxy-unreachable", "endpoint.connect", within=9)


def test_the_proxy_does_not_find_the_host(
    doctor: Program, tinyproxy: Callable[..., Service]
) -> None:
    """The proxy is fine and blocks nothing: the name exists nowhere."""
    tinyproxy()
    run = doctor(resource=world.UNKNOWN, environ=through(PROXY))
    assert_failing(run, "dns-nxdomain", "endpoint.connect")


@pytest.mark.usefixtures("foundry")
def test_a_stopped_proxy_that_no_proxy_excludes(doctor: Program) -> None:
    """Near miss: NO_PROXY takes the host out, so the dead proxy does not matter."""
    environ = through(f"http://{world.GATEWAY}:{world.CLOSED_PROXY_PORT}")
    run = doctor(environ={**environ, "NO_PROXY": ".azure.com"})
    assert run.code == 0, str(run)
