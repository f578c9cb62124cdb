"""Start-up: what a healthy JSON run imports is pinned, so that no import sneaks in."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from foundry_doctor.emulator import Emulator, load_scenario

from ..conftest import base_environment

ABSENT = {
    "rich", "yaml", "dns", "cryptography", "truststore", "importlib.metadata", "msgspec", "jinja2",
    "azure", "msal", "anthropic", "foundry_doctor.emulator", "foundry_doctor.engine.diagnosis",
    "foundry_doctor.engine.playbook_set", "foundry_doctor.report.text", "difflib", "hypothesis",
    "foundry_doctor.network.chain", "foundry_doctor.network.certificate",
    "foundry_doctor.settings.config_file", "foundry_doctor.foundry.catalogue",
}  # fmt: skip
CHILD = """
import sys
sys.argv = ["foundry-doctor", *{arguments!r}]
from foundry_doctor.cli.entry import main
code = main()
print("\\n".join(sorted(sys.modules)), file=sys.stderr)
sys.exit(code)
"""


def modules(arguments: list[str], env: dict[str, str], cwd: Path) -> set[str]:
    """The modules loaded by one run of the program."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD.format(arguments=arguments)],
        env=env, cwd=cwd, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return set(done.stderr.split())


def test_version_imports_next_to_nothing(tmp_path: Path) -> None:
    found = modules(["--version"], base_environment(tmp_path), tmp_path)
    ours = {name for name in found if name.startswith("foundry_doctor")}
    assert ours == {
        "foundry_doctor", "foundry_doctor._version", "foundry_doctor.cli",
        "foundry_doctor.cli.entry",
    }  # fmt: skip
    assert not found & {"argparse", "dataclasses", "httpx", "json"}


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the OS trust store needs truststore")
def test_a_healthy_json_run_imports_no_more_than_it_uses(tmp_path: Path) -> None:
    with Emulator(load_scenario("healthy")) as emulator:
        env = base_environment(tmp_path)
        env.update({k: v for k, v in emulator.environment.items() if v is not None})
        found = modules(["-o", "json", "--deployment", emulator.deployment], env, tmp_path)
    assert not found & ABSENT, sorted(found & ABSENT)
