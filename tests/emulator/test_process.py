"""`python -m foundry_doctor.emulator`, as a lab starts it."""

from __future__ import annotations

import signal
import ssl
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

RUN = [sys.executable, "-m", "foundry_doctor.emulator"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_a_signal(tmp_path: Path, number: signal.Signals) -> None:
    ca, ready = tmp_path / "ca.pem", tmp_path / "ready"
    name = "contoso-ai.services.ai.azure.com"
    arguments = ["--bind", "127.0.0.1", "--hostname", "localhost", name, "--key", "k" * 84]
    arguments += ["--ca-out", str(ca), "--ready-file", str(ready)]
    with subprocess.Popen(
        [*RUN, "key-auth-disabled", *arguments], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            url = ready.read_text("utf-8").strip()
            context = ssl.create_default_context(cafile=str(ca))
            with httpx.Client(verify=context, trust_env=False) as client:
                reply = client.post(f"{url}/v1/messages", headers={"x-api-key": "k" * 84})
            assert reply.status_code == 403
        finally:
            process.send_signal(number)
        assert process.wait(10) == 0


def test_an_unknown_scenario_is_a_usage_error() -> None:
    done = subprocess.run([*RUN, "helthy"], capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "healthy" in done.stderr
