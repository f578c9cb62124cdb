"""Fixtures: a served script, and an ArmClient that trusts it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from foundry_doctor.azure.arm import ArmClient
from foundry_doctor.network.client import Client
from foundry_doctor.network.connect import Connector
from foundry_doctor.network.trust import trusting_context
from foundry_doctor.secret import Secret

from ...conftest import Canary
from .world import Pki, Script, Server

TOKEN = "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.CANARYtoken0a9ZxW7vQ3mN5bT1rL8pK2jH.c2lnbmF0dXJl"
Reach = Callable[..., "Reached"]


class Reached:
    """A served script with the client that reads it; `slept` lists the waits in seconds."""

    def __init__(self, script: Script, endpoint: str, arm: ArmClient, client: Client) -> None:
        self.script = script
        self.endpoint = endpoint
        self.arm = arm
        self.client = client
        self.slept: list[float] = []


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    return Pki.made(tmp_path_factory.mktemp("arm-pki"))


@pytest.fixture
def client(pki: Pki) -> Iterator[Callable[..., Client]]:
    """client(timeout=2, budget=None): a Client that trusts the test's authority."""
    with ExitStack() as stack:

        def build(timeout: float = 2.0, budget: float | None = None, ca: Any = None) -> Client:
            environ = {"SSL_CERT_FILE": str(ca or pki.ca_file)}
            deadline = None if budget is None else time.monotonic() + budget
            made = Client(
                Connector(
                    environ, lambda: trusting_context(environ), timeout=timeout, deadline=deadline
                )
            )
            stack.callback(made.close)
            return made

        yield build


@pytest.fixture
def reach(pki: Pki, client: Callable[..., Client], canary: Canary) -> Iterator[Reach]:
    """reach(script): the script is served; every exchange is searched for the token at the end."""
    canary.planted.append(TOKEN)
    reached: list[Reached] = []
    with ExitStack() as stack:

        def serve(script: Script, **given: Any) -> Reached:
            server = stack.enter_context(Server(script, pki.context))
            made = client(given.pop("timeout", 2.0), given.pop("budget", None))
            slept: list[float] = []
            arm = ArmClient(
                made,
                server.endpoint,
                Secret(TOKEN),
                named_by_user=True,
                sleep=slept.append,
                **given,
            )
            one = Reached(script, server.endpoint, arm, made)
            one.slept = slept
            reached.append(one)
            return one

        yield serve
    for one in reached:
        canary.saw("exchanges", repr(one.client.exchanges))
        canary.saw("the client itself", repr(vars(one.arm)))
