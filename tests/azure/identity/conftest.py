"""Fixtures of the sign-in tests: a login host, a metadata endpoint, an environment, a fake az."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from foundry_doctor.azure.defaults import warm_up
from foundry_doctor.azure.identity import SignIn

from .stub import CLIENT, TENANT, Stub

SECRET = "hush~Canary8Q~secret.value_of-the-application-4711"
"""Planted as the client secret of every environment."""

Environ = Callable[..., dict[str, str]]
Sign = Callable[..., SignIn]
Program = Callable[[str], Path]


@pytest.fixture(scope="session", autouse=True)
def imported() -> None:
    """The library is there before any test measures time."""
    warm_up().join()


@pytest.fixture
def login(tmp_path: Path) -> Iterator[Stub]:
    """A login host whose certificate only its own CA file trusts."""
    with Stub(tmp_path) as stub:
        yield stub


@pytest.fixture
def metadata(tmp_path: Path) -> Iterator[Stub]:
    """A metadata endpoint, plain http as IMDS is."""
    with Stub(tmp_path, tls=False) as stub:
        yield stub


@pytest.fixture
def environ(tmp_path: Path, canary: object) -> Environ:
    """environ(login, AZURE_X="…"): a bare environment; None takes a name away."""
    planted = getattr(canary, "planted")  # noqa: B009 - the fixture is typed in the root conftest
    planted.append(SECRET)
    empty = tmp_path / "bin"
    empty.mkdir()

    def build(stub: Stub | None = None, **more: str | None) -> dict[str, str]:
        found: dict[str, str | None] = {"PATH": f"{empty}:/usr/bin:/bin", "HOME": str(tmp_path)}
        if stub is not None:
            found |= {"AZURE_AUTHORITY_HOST": stub.url, "REQUESTS_CA_BUNDLE": str(stub.ca_file)}
        return {name: value for name, value in {**found, **more}.items() if value is not None}

    return build


@pytest.fixture
def application(environ: Environ) -> Environ:
    """The environment of a service principal with a secret."""

    def build(stub: Stub | None = None, **more: str | None) -> dict[str, str]:
        known = {
            "AZURE_TENANT_ID": TENANT,
            "AZURE_CLIENT_ID": CLIENT,
            "AZURE_CLIENT_SECRET": SECRET,
        }
        return environ(stub, **{**known, **more})

    return build


def _own() -> dict[str, str]:
    """The process's environment but for what pytest itself keeps changing."""
    return {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}


@pytest.fixture
def sign(canary: object) -> Iterator[Sign]:
    """sign(environ, …): a SignIn that is closed with the test and waits for nothing."""
    before = _own()
    with ExitStack() as stack:

        def build(environment: dict[str, str], **options: object) -> SignIn:
            given = {"timeout": 2.0, "sleep": lambda _: None, **options}
            return stack.enter_context(SignIn(environ=environment, **given))  # type: ignore[arg-type]

        yield build
    assert _own() == before, "a sign-in left something in the process's environment"


@pytest.fixture
def program(tmp_path: Path) -> Callable[[str, str], Path]:
    """program(name, script): a shell script first on the environment's PATH."""

    def write(name: str, script: str) -> Path:
        path = tmp_path / "bin" / name
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return path

    return write
