"""The lab: two joined namespaces a worker, made once; each test picks a name and a behaviour."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from foundry_doctor.emulator.authority import ThrowAwayAuthority
from foundry_doctor.emulator.emulator import make_key

from . import world
from .caller import Caller
from .netns import Namespace, call, join, sweep
from .program import Program, installed
from .services import (
    Foundry,
    Service,
    start_dnsmasq,
    start_tinyproxy,
    start_upstream,
)

if TYPE_CHECKING:
    from ..conftest import Canary

TOOLS = {"ip": "iproute2", "dnsmasq": "dnsmasq-base", "nft": "nftables", "tinyproxy": "tinyproxy"}
"""Program → Debian package."""


def _missing() -> str | None:
    """Why the lab cannot be here; None where it can."""
    if sys.platform != "linux":
        return "the lab needs Linux network namespaces"
    if os.geteuid() != 0:
        return "the lab needs root, to make network namespaces"
    absent = sorted(package for tool, package in TOOLS.items() if shutil.which(tool) is None)
    if absent:
        return f"the lab needs: apt-get install {' '.join(absent)}"
    return None


class Lab:
    """The client's side and the server's side."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self.ipv6 = Path("/proc/sys/net/ipv6").is_dir()
        self.client, self.server = Namespace("client"), Namespace("server")
        for one in (self.client, self.server):
            stack.callback(one.remove)
            one.make()
        self._addresses()
        self.server.resolver(world.DNS)
        rules = world.firewall(ipv6=self.ipv6)
        call(*self.server.inside("nft", "-f", "-"), text=rules)
        self.dns = start_dnsmasq(self.server, folder, "dns", world.dnsmasq_config())
        services = [
            self.dns,
            start_upstream(self.server, folder),
            start_dnsmasq(self.server, folder, "stranger", world.stranger_config()),
        ]
        for address in world.DNS_ELSEWHERE:
            config = world.dnsmasq_config(address)
            services.append(start_dnsmasq(self.server, folder, f"dns-{address}", config))
        for service in services:
            stack.callback(service.stop)

    def _addresses(self) -> None:
        client, server = self.client, self.server
        join(client, server, ("wan", "lan"))
        client.ip("addr", "add", f"{world.CLIENT}/24", "dev", "wan")
        server.ip("addr", "add", f"{world.GATEWAY}/24", "dev", "lan")
        for address in world.LOOPBACK:
            server.ip("addr", "add", f"{address}/32", "dev", "lo")
        for network in world.NETWORKS:
            client.ip("route", "add", network, "via", world.GATEWAY)
        if self.ipv6:
            client.ip("addr", "add", f"{world.CLIENT6}/64", "dev", "wan", "nodad")
            server.ip("addr", "add", f"{world.GATEWAY6}/64", "dev", "lan", "nodad")
            server.ip("addr", "add", f"{world.DROPPED6}/128", "dev", "lo", "nodad")
            client.ip("route", "add", world.NETWORK6, "via", world.GATEWAY6)


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Both namespaces with DNS and firewall; gone at the end, whatever happens."""
    reason = _missing()
    if reason is not None:
        pytest.skip(reason)
    sweep()
    with ExitStack() as stack:
        yield Lab(tmp_path_factory.mktemp("lab"), stack)


@pytest.fixture(scope="session")
def key() -> str:
    """The planted key: what the service accepts, and what no output may show."""
    return make_key()


@pytest.fixture(scope="session")
def _foundry(lab: Lab, key: str) -> Iterator[Foundry]:
    ThrowAwayAuthority().save(lab.folder)
    foundry = Foundry(lab.server, lab.folder, key)
    yield foundry
    foundry.stop()


@pytest.fixture
def foundry(_foundry: Foundry) -> Foundry:
    """The service, healthy until a test wants it otherwise."""
    _foundry.serve()
    return _foundry


@pytest.fixture
def interceptor(lab: Lab, _foundry: Foundry, key: str) -> Iterator[Foundry]:
    """Another server at `world.INTERCEPTED`, whose certificate is of an unknown authority."""
    foundry = Foundry(lab.server, lab.folder, key, world.INTERCEPTOR_PORT)
    foundry.serve("tls-interception")
    yield foundry
    foundry.stop()


@pytest.fixture
def doctor(lab: Lab, _foundry: Foundry, key: str, tmp_path: Path, canary: Canary) -> Program:
    """The installed program on the client's side, whose resolver knows Azure's names."""
    installed()
    lab.client.resolver(world.DNS)
    return Program(lab.client, key, lab.folder / "ca.pem", tmp_path, canary)


@pytest.fixture
def caller(doctor: Program, foundry: Foundry) -> Caller:
    """The program as an application with a client secret runs it."""
    return Caller(doctor, foundry)


@pytest.fixture
def tinyproxy(lab: Lab) -> Iterator[Callable[..., Service]]:
    """tinyproxy(login=…, blocked=…): a proxy on the gateway, stopped at the end."""
    with ExitStack() as stack:

        def start(
            *, login: tuple[str, str] | None = None, blocked: tuple[str, ...] = ()
        ) -> Service:
            service = start_tinyproxy(lab.server, lab.folder, login=login, blocked=blocked)
            stack.callback(service.stop)
            return service

        yield start


@pytest.fixture
def offline(lab: Lab) -> Iterator[Namespace]:
    """A machine without any network: loopback only."""
    assert lab.client.name
    namespace = Namespace("offline")
    try:
        namespace.make()
        yield namespace
    finally:
        namespace.remove()
