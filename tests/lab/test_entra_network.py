"""The ways to the login host and to Resource Manager, each of which fails by itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from . import world
from .caller import (
    Caller,
    assert_at_the_login_host,
    assert_cause,
    assert_only_management_is_missing,
)
from .conftest import Lab
from .program import assert_healthy
from .services import Foundry, Service

pytestmark = pytest.mark.lab

THROUGH = {"HTTPS_PROXY": f"http://{world.GATEWAY}:{world.PROXY_PORT}"}


def test_the_login_host_does_not_exist_here(caller: Caller, lab: Lab) -> None:
    lab.client.resolver(world.resolver(world.LOGIN_HOST, None))
    run = caller()
    assert_cause(run, "dns-nxdomain", "token.acquire")
    assert_at_the_login_host(run)
    assert world.LOGIN_HOST in str(run.report["diagnosis"][0]["because"]), str(run)


@pytest.mark.parametrize("address", [world.DROPPED[0], world.REFUSING], ids=["silent", "refused"])
def test_the_login_host_is_not_reached(caller: Caller, lab: Lab, address: str) -> None:
    lab.client.resolver(world.resolver(world.LOGIN_HOST, address))
    run = caller()
    assert_cause(run, "entra-unreachable", "token.acquire", within=16)
    assert_at_the_login_host(run)
    assert caller.foundry.seen() == []


def test_the_login_host_is_intercepted(caller: Caller, lab: Lab, interceptor: Foundry) -> None:
    lab.client.resolver(world.resolver(world.LOGIN_HOST, world.INTERCEPTED))
    run = caller()
    assert_cause(run, "tls-interception", "token.acquire", certain=False)
    assert_at_the_login_host(run)
    # A look at the certificate and the clock, with nothing in it, and no token request.
    assert all(one.startswith(("GET ", "HEAD ")) for one in interceptor.asked("foundry"))
    assert not any(interceptor.seen())


def test_a_bundle_that_azure_identity_does_not_read(caller: Caller) -> None:
    """SSL_CERT_FILE is right, and serves the SDK; azure-identity reads REQUESTS_CA_BUNDLE."""
    run = caller(environ={"REQUESTS_CA_BUNDLE": None})
    assert_cause(run, "tls-interception", "token.acquire", certain=False)
    assert_at_the_login_host(run)
    assert "ca-bundle-invalid" in run.undecided, str(run)
    assert "REQUESTS_CA_BUNDLE, never SSL_CERT_FILE" in run.row("token.acquire")["summary"]


def test_a_bundle_of_azure_identity_that_is_not_there(caller: Caller, tmp_path: Path) -> None:
    run = caller(environ={"REQUESTS_CA_BUNDLE": str(tmp_path / "absent.pem")})
    assert_cause(run, "ca-bundle-invalid", "token.acquire")
    assert caller.foundry.asked("login") == []


@pytest.mark.parametrize("address", [world.DROPPED[0], None], ids=["silent", "unknown"])
def test_management_is_not_reached(caller: Caller, lab: Lab, address: str | None) -> None:
    lab.client.resolver(world.resolver(world.ARM_HOST, address))
    assert_only_management_is_missing(caller())
    assert caller.foundry.asked("arm") == []


def test_management_is_not_reached_and_the_deployment_is_wrong(caller: Caller, lab: Lab) -> None:
    lab.client.resolver(world.resolver(world.ARM_HOST, None))
    run = caller("--deployment", "claude-sonet-5")
    assert_cause(run, "deployment-not-found", "deployment.resolve", certain=False)


def test_a_proxy_for_all_three(caller: Caller, lab: Lab, tinyproxy: Callable[..., Service]) -> None:
    proxy = tinyproxy()
    lab.client.resolver(world.DNS_STRANGER)
    assert_healthy(caller(environ=THROUGH))
    for host in (world.host("contoso-ai"), world.LOGIN_HOST, world.ARM_HOST):
        assert f"CONNECT {host}:443" in proxy.output()


def test_a_proxy_that_refuses_the_login_host(
    caller: Caller, tinyproxy: Callable[..., Service]
) -> None:
    tinyproxy(blocked=(world.LOGIN_HOST,))
    run = caller(environ=THROUGH)
    assert (run.code, run.cause) == (1, "proxy-blocked"), str(run)
    assert_at_the_login_host(run)


def test_a_proxy_that_refuses_management(caller: Caller, tinyproxy: Callable[..., Service]) -> None:
    tinyproxy(blocked=(world.ARM_HOST,))
    assert_only_management_is_missing(caller(environ=THROUGH))
