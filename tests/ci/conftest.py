"""Fixtures of the CI tests: the emulator's settings, a stand-in program, a runner's job."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from foundry_doctor.emulator import Emulator, Scenario, load_scenario

from ..conftest import PROGRAM, Canary, base_environment
from .composite import Done, Job, use

DEPLOYMENT = "claude-sonnet-5"
Play = Callable[..., tuple[Emulator, dict[str, str]]]
Act = Callable[..., Done]
RECORDER = """\
#!{python}
import json, os, pathlib, sys
folder = pathlib.Path({folder!r})
count = len(list(folder.glob("call-*.json")))
(folder / f"call-{{count}}.json").write_text(json.dumps(sys.argv[1:]))
codes = os.environ.get("RECORDER_CODES", "0").split()
code = codes[min(count, len(codes) - 1)]
for word in sys.argv[1:]:
    if word.endswith(".zip") and os.environ.get("RECORDER_BUNDLE", "yes") == "yes":
        pathlib.Path(word).write_bytes(b"PK")
    if word.startswith("--report="):
        pathlib.Path(word.split("=", 2)[2]).write_text("report")
if os.environ.get("GITHUB_OUTPUT"):
    with open(os.environ["GITHUB_OUTPUT"], "a") as file:
        file.write(f"verdict=made-up\\ncause=made-up\\ntransient=false\\n")
        file.write("exit-code<<end\\n" + os.environ.get("RECORDER_SAID", str(code)) + "\\nend\\n")
    with open(os.environ["GITHUB_STEP_SUMMARY"], "a") as file:
        file.write(f"summary of call {{count}}\\n")
print(f"::add-mask::secret-name-{{count}}")
print(f"::error title=made up::call {{count}}")
sys.exit(int(code))
"""


FAKE_PYTHON = """\
#!/bin/sh
# Makes environments without pip and writes down what pip is told; is Python otherwise.
case "$1 $2" in
  "-m venv")
    mkdir -p "$3/bin"
    cp "$0" "$3/bin/python"
    ln -s "{program}" "$3/bin/foundry-doctor" ;;
  "-m pip")
    echo "$*" >>"{log}"
    for one in "$@"; do
      if [ "$before" = --wheel-dir ]; then
        mkdir -p "$one"
        : >"$one/foundry_doctor-0-py3-none-any.whl"
      fi
      before=$one
    done ;;
  *) exec "{python}" "$@" ;;
esac
"""


@pytest.fixture(autouse=True)
def posix() -> None:
    """The scripts are made for bash and sh; here they are run on POSIX machines."""
    if os.name == "nt":
        pytest.skip("bash, dash and signals of POSIX")
    if shutil.which("bash") is None:
        pytest.skip("bash is not installed")


@pytest.fixture(scope="session")
def reports_exist() -> None:
    """The reports and outputs that the scripts ask the program for."""
    helped = subprocess.run(
        [str(PROGRAM), "run", "--help"], capture_output=True, text=True, check=False
    )
    assert helped.returncode == 0, helped.stderr
    if "--report" not in helped.stdout:
        pytest.skip("this program has no --report yet")


@pytest.fixture
def play(canary: Canary) -> Iterator[Play]:
    """play(scenario): an emulator, and the environment that its client needs."""
    with ExitStack() as stack:

        def start(scenario: str | Scenario) -> tuple[Emulator, dict[str, str]]:
            known = load_scenario(scenario) if isinstance(scenario, str) else scenario
            emulator = stack.enter_context(Emulator(known, planes="all", key=canary.key))
            settings = emulator.environment.items()
            return emulator, {name: value for name, value in settings if value is not None}

        yield start


@pytest.fixture
def surroundings(tmp_path: Path, canary: Canary) -> dict[str, str]:
    """A stranger's environment, whose home is searched for secrets afterwards."""
    home = tmp_path / "home"
    home.mkdir(exist_ok=True)
    canary.files.append(home)
    return base_environment(home)


@pytest.fixture
def recorder(tmp_path: Path) -> Path:
    """A folder of programs whose foundry-doctor writes its arguments down: call-0.json, …"""
    folder = tmp_path / "recorder"
    (folder / "bin").mkdir(parents=True)
    program = folder / "bin" / "foundry-doctor"
    program.write_text(RECORDER.format(python=sys.executable, folder=str(folder)), "utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    (folder / "bin" / "python").symlink_to(sys.executable)
    return folder


@pytest.fixture
def fake_python(tmp_path: Path) -> Callable[[Path], Path]:
    """fake_python(program): an interpreter whose environments hold that program, at no cost.

    What it tells pip stands in pip.log beside it, a call a line.
    """

    def make(program: Path) -> Path:
        folder = tmp_path / "fake"
        folder.mkdir(exist_ok=True)
        fake = folder / "python3"
        text = FAKE_PYTHON.format(program=program, log=folder / "pip.log", python=sys.executable)
        fake.write_text(text, "utf-8")
        fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
        (folder / "python").unlink(missing_ok=True)
        (folder / "python").symlink_to(fake)
        return fake

    return make


@pytest.fixture
def act(tmp_path: Path, surroundings: dict[str, str], canary: Canary) -> Act:
    """act(inputs, env, …): the action's steps, with the program of this environment installed."""

    def run(
        inputs: Mapping[str, str],
        env: Mapping[str, str] | None = None,
        *,
        event: object = None,
        programs: Path = PROGRAM.parent,
        uploads: list[dict[str, str]] | None = None,
    ) -> Done:
        def upload(given: Mapping[str, str]) -> dict[str, str]:
            assert Path(given["path"]).is_file()
            if uploads is not None:
                uploads.append(dict(given))
            return {}

        def installed(outputs: Mapping[str, str]) -> None:
            home = Path(outputs.get("home") or tmp_path / "none")
            home.mkdir(parents=True, exist_ok=True)
            (home / "installed").write_text(f"{programs}\n", "utf-8")

        job = Job(
            tmp_path / "job",
            {**surroundings, **(env or {})},
            event,
            {"actions/upload-artifact": upload},
            {"prepare": installed},
        )
        job.temp.mkdir(parents=True, exist_ok=True)
        canary.files.append(job.folder)
        done = use(job, inputs)
        canary.saw("the job's log", done.log)
        return done

    return run
