"""A small world to resolve settings in: nothing of this machine's environment is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from foundry_doctor.settings import Flags, Resolution, resolve_targets

KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def cwd(tmp_path: Path) -> Path:
    """A working directory that is a git work tree of its own."""
    folder = tmp_path / "project"
    (folder / ".git").mkdir(parents=True)
    return folder


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def managed(tmp_path: Path) -> Path:
    folder = tmp_path / "managed"
    folder.mkdir()
    return folder


@pytest.fixture
def resolve(cwd: Path, home: Path, managed: Path) -> Callable[..., Resolution]:
    """`resolve(environ, cwd=…, **flags)`."""

    def call(
        environ: Mapping[str, str] | None = None, *, where: Path = cwd, **flags: object
    ) -> Resolution:
        return resolve_targets(
            Flags(**flags),  # type: ignore[arg-type]  # the tests' own keyword arguments
            environ=environ or {},
            cwd=where,
            home=home,
            platform="linux",
            managed=managed,
        )

    return call
