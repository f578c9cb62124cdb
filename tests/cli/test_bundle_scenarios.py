"""A support bundle in every state of the emulator: nothing leaks, `verify` is content."""

from __future__ import annotations

from pathlib import Path

import pytest

from foundry_doctor.bundle.verify import verify_bundle
from foundry_doctor.emulator import scenario_names

from ..conftest import Canary, Doctor
from .test_bundle_verbs import files, run_bundle


@pytest.mark.parametrize("name", scenario_names(planes=True))
def test_a_bundle_of_every_scenario(
    doctor: Doctor, canary: Canary, tmp_path: Path, name: str
) -> None:
    profile = "public" if len(name) % 2 else "vendor"
    ran = run_bundle(
        doctor, canary, tmp_path, name, "-O", "a.zip", "--profile", profile, "-o", "json"
    )
    assert ran.code == (0 if name == "healthy" else ran.code)
    assert ran.code in (0, 1, 3, 5), ran.err
    path = tmp_path / "home" / "a.zip"
    assert verify_bundle(path).problems == ()
    assert len(files(path, canary)) >= 11
