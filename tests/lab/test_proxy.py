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


@pytest.mark.parametrize("known", [False, True], ids=["no-password", "wrong-password"])
def test_the_proxy_wants_a_password(
    doctor: Program, foundry: Foundry, tinyproxy: Callable[..., Service], known: bool
) -> None:
    tinyproxy(login=("alice", "correcthorse"))
    url = PROXY.replace("//", f"//alice:{doctor.canary.password}@") if known else PROXY
    run = doctor(environ=through(url))
    assert_failing(run, "proxy-auth-required", "endpoint.connect")
    # tinyproxy says 407 to nobody, and 401 to somebody with a wrong password.
    assert run.evidence("proxy.status") == (401 if known else 407)
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


@pytest.mark.usefixtures("foundry")
def test_the_proxy_is_not_there(doctor: Program) -> None:
    """Not connect-*, nor dns-nxdomain, nor private-endpoint-*: the host was never tried."""
    urls = {
        "stopped": f"http://{world.GATEWAY}:{world.CLOSED_PROXY_PORT}",
        "silent port": f"http://{world.GATEWAY}:{world.SILENT_PROXY_PORT}",
        "silent address": f"http://{world.DROPPED_PRIVATE}:{world.PROXY_PORT}",
        "no route": f"http://{world.NO_ROUTE}:{world.PROXY_PORT}",
        "unknown name": "http://no-such-proxy.corp.test:8080",
    }
    runs = doctor.together(**{name: {"environ": through(url)} for name, url in urls.items()})
    for run in runs.values():
        assert_failing(run, "proxy-unreachable", "endpoint.connect", within=12)


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
def test_the_proxy_does_not_reach_the_host(
    doctor: Program, tinyproxy: Callable[..., Service]
) -> None:
    """Near miss of dns-nxdomain: the name exists. What is left is a guess, and says so."""
    tinyproxy()
    run = doctor(resource="contoso-refused", environ=through(PROXY))
    assert_failing(run, "proxy-blocked", "endpoint.connect")
    assert run.report["diagnosis"][0]["confidence"] == "possible", str(run)


@pytest.mark.usefixtures("foundry")
def test_a_stopped_proxy_that_no_proxy_excludes(doctor: Program) -> None:
    """Near miss: NO_PROXY takes the host out, so the dead proxy does not matter."""
    environ = through(f"http://{world.GATEWAY}:{world.CLOSED_PROXY_PORT}")
    run = doctor(environ={**environ, "NO_PROXY": ".azure.com"})
    assert run.code == 0, str(run)
