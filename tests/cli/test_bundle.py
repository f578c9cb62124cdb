"""The verb `bundle` end to end: what is written, that nothing leaks, and its exit codes."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from foundry_doctor.emulator import Emulator, load_scenario

from ..conftest import PASSWORD, Canary, Doctor

NAMES = {
    "README.txt", "config-provenance.json", "environment.json", "exchanges.har", "manifest.json",
    "redactions.json", "report.html", "report.json", "request-ids.csv", "ticket-microsoft.md",
    "timeline.txt",
}  # fmt: skip


@pytest.mark.parametrize("profile", ["vendor", "public"])
def test_a_bundle_with_a_log(doctor: Doctor, canary: Canary, tmp_path: Path, profile: str) -> None:
    log = tmp_path / "app.log"
    with Emulator(load_scenario("rate-limited")) as emulator:
        env = dict(emulator.environment)
        key = str(env["ANTHROPIC_FOUNDRY_API_KEY"])
        canary.planted.append(key)
        log.write_text(
            f"Authorization: Bearer {key}\npassword={PASSWORD}\nError code: 429 -"
            " {'error': {'code': 'RateLimitReached', 'message': 'x'}}\n"
        )
        target = tmp_path / "case.zip"
        ran = doctor(
            "bundle", "--deployment", emulator.deployment, "-O", str(target), "--log", str(log),
            "--profile", profile, "--excerpts", env=env,
        )  # fmt: skip
    assert ran.code == 5  # the run's own
    assert target.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(target) as packed:
        assert set(packed.namelist()) == NAMES | {"explain.json"}
        text = "\n".join(packed.read(name).decode() for name in packed.namelist())
    canary.saw("the bundle", text)
    assert "rate-limited" in text
    assert doctor("bundle", "verify", str(target)).code == 0
    shown = doctor("bundle", "show", str(target))
    assert shown.code == 0
    assert "request-ids.csv" in shown.out
    assert (
        doctor("explain", str(target), "-o", "json").json["matches"][0]["cause"] == "rate-limited"
    )


def test_a_bundle_that_cannot_be_written(doctor: Doctor, tmp_path: Path) -> None:
    ran = doctor("bundle", "-O", str(tmp_path / "absent" / "x.zip"))
    assert ran.code in (2, 3)
    assert "x.zip" in ran.err
    assert not list(tmp_path.rglob("*.zip"))


def test_what_is_no_bundle(doctor: Doctor, tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(b"PK\x03\x04 cut")
    for verb in ("show", "verify"):
        assert doctor("bundle", verb, str(path)).code == 2


def test_a_changed_bundle_is_bad(doctor: Doctor, tmp_path: Path) -> None:
    target = tmp_path / "case.zip"
    doctor("bundle", "-O", str(target))
    with zipfile.ZipFile(target, "a") as packed:
        packed.writestr("extra.txt", "x")
    assert doctor("bundle", "verify", str(target)).code == 1
