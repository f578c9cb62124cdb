"""The world of a check: a context over the emulator, or over a scripted server."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import pytest

from foundry_doctor import Check, Context, Finding
from foundry_doctor.calls import Options
from foundry_doctor.emulator import Emulator, Scenario, load_scenario
from foundry_doctor.engine.discovery import Found, find_checks
from foundry_doctor.facts import problems
from foundry_doctor.model import ConfigProblem, Target
from foundry_doctor.network.connect import Connector
from foundry_doctor.network.trust import trusting_context
from foundry_doctor.secret import Secret

from ..network.servers import Handler, Pki, Server

KEY = "Ab3dE6gH9jK2mN5pQ8sT1vW4yZ7"
DEPLOYMENT = "claude-sonnet-5"


class Worlds:
    """Makes contexts; what they opened is closed with the test."""

    def __init__(self, stack: ExitStack, pki: Pki) -> None:
        self._stack = stack
        self.pki = pki
        self.slept: list[float] = []

    def plain(self, base_url: str = "https://localhost:9/anthropic", **given: Any) -> Context:
        """A context for any address. `given`: fields of the target, and `environ`, `timeout`."""
        environ: Mapping[str, str] = given.pop("environ", {"SSL_CERT_FILE": str(self.pki.ca_file)})
        timeout, max_calls = given.pop("timeout", 2.0), given.pop("max_calls", None)
        parts = urlsplit(base_url)
        fields: dict[str, Any] = {
            "base_url": base_url,
            "host": parts.hostname,
            "port": parts.port or 443,
            "key": Secret(KEY),
            "mode": "key",
            "deployments": (DEPLOYMENT,),
        }
        connector = Connector(
            environ,
            lambda: trusting_context(environ),
            timeout=timeout,
            deadline=time.monotonic() + given.pop("budget", 30.0),
        )
        context = Context(
            Target(**{**fields, **given}),
            Options(timeout=timeout, max_calls=max_calls),
            connector,
            sleep=self.slept.append,
        )
        self._stack.callback(context.close)
        return context

    def emulated(self, scenario: str | Mapping[str, Any] = "healthy", **given: Any) -> Context:
        """A context for the emulator; a scenario is a name, or the server's part of one."""
        if isinstance(scenario, str):
            loaded = load_scenario(scenario)
        else:
            data = {"title": "t", "summary": "s", "source": "made up", "synthetic": True}
            loaded = Scenario.from_data("made", {**data, "server": scenario, "client": {}})
        emulator = self._stack.enter_context(Emulator(loaded))
        environ = {name: value for name, value in emulator.environment.items() if value is not None}
        fields: dict[str, Any] = {
            "key": Secret(emulator.api_key),
            "deployments": (emulator.deployment,),
            "environ": environ,
        }
        context = self.plain(emulator.base_url, **{**fields, **given})
        context.emulator = emulator  # type: ignore[attr-defined]
        return context

    def scripted(self, handler: Handler, kind: Any = "valid", *names: str, **given: Any) -> Context:
        """A context for one small server; `kind` None is a server without TLS."""
        context = None if kind is None else self.pki.context(kind, *names)
        server = self._stack.enter_context(Server(handler, context))
        made = self.plain(f"https://localhost:{server.port}/anthropic", **given)
        made.server = server  # type: ignore[attr-defined]
        return made

    def wrong(self, fact: str, value: str, **more: Any) -> Context:
        """A context whose settings have one problem."""
        problem = ConfigProblem("config-missing", "what is wrong", {fact: value, **more})
        return self.plain(problems=(problem,))


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    return Pki(tmp_path_factory.mktemp("pki"))


@pytest.fixture
def worlds(pki: Pki) -> Iterator[Worlds]:
    with ExitStack() as stack:
        yield Worlds(stack, pki)


def built_in(id_: str) -> Check:
    """The built-in check of this id."""
    return next(one for one in _found().checks if one.id == id_)


@cache
def _found() -> Found:
    return find_checks([])


def findings(one: Check, context: Context) -> list[Finding]:
    """What a check finds; every fact in the vocabulary, and no key anywhere."""
    answer = one.question(context)
    found = [answer] if isinstance(answer, Finding) else list(_checked(answer))
    for item in found:
        assert problems(item.facts) == []
        assert item.summary
        assert context.target.key is not None
        assert context.target.key.reveal() not in repr(item)
    return found


def _checked(answer: Iterable[Finding]) -> Iterator[Finding]:
    for item in answer:
        assert isinstance(item, Finding)
        yield item


def finding(one: Check, context: Context) -> Finding:
    """The only finding."""
    (found,) = findings(one, context)
    return found


def said(found: Finding) -> tuple[str, dict[str, Any]]:
    """Status and facts, the absent ones left out."""
    return found.status.value, {n: v for n, v in found.facts.items() if v is not None}
