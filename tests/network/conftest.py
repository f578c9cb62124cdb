"""Fixtures of the network tests: servers that stop, connectors that trust them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from ssl import SSLContext

import pytest

from foundry_doctor.network.client import Client
from foundry_doctor.network.connect import Connector
from foundry_doctor.network.trust import trusting_context

from .servers import Handler, Pki, Server

Serve = Callable[..., Server]
Open = Callable[..., Connector]
MakeClient = Callable[..., Client]


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    return Pki(tmp_path_factory.mktemp("pki"))


@pytest.fixture
def serve() -> Iterator[Serve]:
    """serve(handler, context=None, address="127.0.0.1"): a server that ends with the test."""
    with ExitStack() as stack:

        def start(
            handler: Handler, context: SSLContext | None = None, address: str = "127.0.0.1"
        ) -> Server:
            return stack.enter_context(Server(handler, context, address))

        yield start


@pytest.fixture
def connector(pki: Pki) -> Open:
    """connector(timeout=2, **environ): a Connector that trusts the test's authority."""

    def build(timeout: float = 2.0, deadline: float | None = None, **environ: str) -> Connector:
        whole = {"SSL_CERT_FILE": str(pki.ca_file), **environ}
        return Connector(whole, lambda: trusting_context(whole), timeout=timeout, deadline=deadline)

    return build


@pytest.fixture
def client(connector: Open) -> Iterator[MakeClient]:
    """client(**connector arguments): a Client that is closed with the test."""
    with ExitStack() as stack:

        def build(**arguments: object) -> Client:
            made = Client(connector(**arguments))
            stack.callback(made.close)
            return made

        yield build
