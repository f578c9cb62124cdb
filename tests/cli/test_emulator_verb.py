"""`emulator`: what it prints is what a shell can source, and it ends when told to."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import threading
from pathlib import Path

import pytest

from ..conftest import PROGRAM, Doctor, base_environment

NAMES = {
    "AZURE_AUTHORITY_HOST", "AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET",
    "AZURE_SUBSCRIPTION_ID", "AZURE_POD_IDENTITY_AUTHORITY_HOST", "FOUNDRY_DOCTOR_ARM_ENDPOINT",
    "ANTHROPIC_FOUNDRY_BASE_URL", "ANTHROPIC_FOUNDRY_API_KEY", "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS",
}  # fmt: skip


def read_until_ready(process: subprocess.Popen[str]) -> dict[str, str]:
    """The exported settings; fails when `ready` does not come."""
    assert process.stdout is not None
    watchdog = threading.Timer(15, process.kill)
    watchdog.start()
    found: dict[str, str] = {}
    for line in process.stdout:
        if line.strip() == "ready":
            watchdog.cancel()
            return found
        words = shlex.split(line)
        assert words[0] == "export", line
        name, _, value = words[1].partition("=")
        found[name] = value
    raise AssertionError("the emulator ended before it was ready")


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_the_program_and_ends_with_0(
    tmp_path: Path, doctor: Doctor, number: signal.Signals
) -> None:
    process = subprocess.Popen(
        [str(PROGRAM), "emulator"], env=base_environment(tmp_path), cwd=tmp_path, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    settings = read_until_ready(process)
    assert set(settings) == NAMES
    ran = doctor("-o", "json", "--deployment", "claude-sonnet-5", env=settings)
    assert (ran.code, ran.json["verdict"]) == (0, "healthy")
    process.send_signal(number)
    _, err = process.communicate(timeout=10)
    assert process.returncode == 0, err
    assert not Path(settings["SSL_CERT_FILE"]).exists(), "nothing is left behind"


def test_a_taken_port_is_a_usage_error(doctor: Doctor) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ran = doctor("emulator", "--port", str(taken.getsockname()[1]))
    assert ran.code == 2
    assert "port" in ran.err
