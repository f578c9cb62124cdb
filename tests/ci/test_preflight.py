"""docs/ci/preflight.sh under dash and bash: what any CI without a template of its own runs."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import time
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from ..conftest import PROGRAM, Canary, Ran
from .composite import ROOT
from .conftest import DEPLOYMENT, Play
from .test_action import calls

SCRIPT = ROOT / "docs" / "ci" / "preflight.sh"
Preflight = Callable[..., Ran]


@pytest.fixture(params=["dash", "bash"])
def shell(request: pytest.FixtureRequest) -> str:
    if shutil.which(request.param) is None:
        pytest.skip(f"{request.param} is not installed")
    return str(request.param)


@pytest.fixture
def preflight(
    shell: str, surroundings: dict[str, str], tmp_path: Path, canary: Canary
) -> Preflight:
    """preflight(*arguments, env=…): the script, with the program of this environment installed."""

    def run(*arguments: str, env: Mapping[str, str], venv: Path = PROGRAM.parents[1]) -> Ran:
        work = tmp_path / "work"
        work.mkdir(exist_ok=True)
        canary.files.append(work)
        done = subprocess.run(
            [shell, str(SCRIPT), *arguments],
            env={**surroundings, "DOCTOR_VENV": str(venv), "DOCTOR_DELAY": "0", **env},
            cwd=work, capture_output=True, text=True, encoding="utf-8", timeout=60, check=False,
        )  # fmt: skip
        canary.saw("stdout", done.stdout)
        canary.saw("stderr", done.stderr)
        return Ran(done.returncode, done.stdout, done.stderr)

    return run


@pytest.mark.usefixtures("reports_exist")
@pytest.mark.parametrize(
    ("scenario", "code", "bundle"),
    [("healthy", 0, False), ("key-invalid", 1, True), ("rate-limited", 5, True)],
)
def test_the_exit_code_is_the_doctor_s(
    scenario: str, code: int, bundle: bool, preflight: Preflight, play: Play, tmp_path: Path
) -> None:
    _, env = play(scenario)
    ran = preflight("--deployment", DEPLOYMENT, env={**env, "DOCTOR_PROFILE": "public"})
    assert ran.code == code, ran.out + ran.err
    out = tmp_path / "work" / "foundry-doctor-out"
    assert json.loads((out / "report.json").read_text("utf-8"))["verdict"]
    assert (out / "TEST-foundry-doctor.xml").is_file()
    assert (out / "foundry-doctor.zip").is_file() is bundle
    if bundle:
        with zipfile.ZipFile(out / "foundry-doctor.zip") as zipped:
            name = next(one for one in zipped.namelist() if one.endswith("manifest.json"))
            assert json.loads(zipped.read(name))["profile"] == "public"
    assert ("attempt 2" in ran.err) is (code == 5)


def test_5_is_repeated_with_longer_and_longer_pauses(preflight: Preflight, recorder: Path) -> None:
    ran = preflight(env={"RECORDER_CODES": "5 5 5 0", "DOCTOR_RETRIES": "2"}, venv=recorder)
    assert (ran.code, len(calls(recorder))) == (5, 3)
    assert [line.split()[-2] for line in ran.err.splitlines()] == ["0", "0"]
    assert preflight(env={}, venv=recorder).code == 0


@pytest.mark.parametrize("code", [1, 2, 3, 4, 70])
def test_nothing_else_is_repeated(code: int, preflight: Preflight, recorder: Path) -> None:
    ran = preflight(env={"RECORDER_CODES": f"{code} 0"}, venv=recorder)
    assert (ran.code, len(calls(recorder))) == (code, 1)


def test_arguments_stay_what_they_are(preflight: Preflight, recorder: Path) -> None:
    odd = ["--resource", "a b", "$(touch pwned)", "*", "", "x\ny"]
    words = "--only dns.* $(touch pwned) ; touch pwned"
    preflight(*odd, env={"DOCTOR_ARGUMENTS": words, "DOCTOR_BUNDLE": "never"}, venv=recorder)
    (got,) = calls(recorder)
    assert got[0] == "run"
    assert got[1:-2] == [*odd, *words.split()]
    assert list(recorder.parent.rglob("pwned")) == []


@pytest.mark.parametrize(
    "wrong", [{"DOCTOR_RETRIES": "x"}, {"DOCTOR_DELAY": "1; touch pwned"}, {"DOCTOR_BUNDLE": "no"}]
)
def test_a_wrong_setting_is_2(wrong: dict[str, str], preflight: Preflight, recorder: Path) -> None:
    ran = preflight(env=wrong, venv=recorder)
    assert (ran.code, calls(recorder)) == (2, [])
    assert "preflight:" in ran.err


def test_it_installs_what_it_is_told_to(
    preflight: Preflight, recorder: Path, fake_python: Callable[[Path], Path], tmp_path: Path
) -> None:
    fake = fake_python(recorder / "bin" / "foundry-doctor")
    before = sorted(ROOT.iterdir())
    common = {"DOCTOR_PYTHON": str(fake), "TMPDIR": str(tmp_path)}
    assert preflight(env=common, venv=tmp_path / "new").code == 0
    wheel = {"DOCTOR_SOURCE": "/a/foundry_doctor.whl", "DOCTOR_WHEELHOUSE": "/my wheels"}
    assert preflight(env={**common, **wheel}, venv=tmp_path / "other").code == 0
    first, second = (fake.parent / "pip.log").read_text("utf-8").splitlines()
    assert first.startswith("-m pip install -q /"), "a copy of the checkout"
    assert first.endswith("/source")
    assert second == "-m pip install -q --no-index --find-links /my wheels /a/foundry_doctor.whl"
    assert sorted(ROOT.iterdir()) == before
    assert list(tmp_path.glob("tmp.*")) == [], "nothing is left behind"
    old = preflight(env={**common, "DOCTOR_PYTHON": "/nowhere/python"}, venv=tmp_path / "none")
    assert (old.code, "3.10" in old.err) == (2, True)


@pytest.mark.usefixtures("reports_exist")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_terminated_run_has_its_report(
    number: signal.Signals,
    shell: str,
    play: Play,
    surroundings: dict[str, str],
    tmp_path: Path,
    canary: Canary,
) -> None:
    emulator, env = play("response-timeout")
    process = subprocess.Popen(
        [shell, str(SCRIPT), "--deployment", DEPLOYMENT],
        env={**surroundings, **env, "DOCTOR_VENV": str(PROGRAM.parents[1])},
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    until = time.monotonic() + 20
    while not emulator.requests and time.monotonic() < until:
        time.sleep(0.05)
    process.send_signal(number)
    log, _ = process.communicate(timeout=20)
    canary.saw("the log", log)
    assert process.returncode == 143, log
    report = tmp_path / "foundry-doctor-out" / "report.json"
    assert json.loads(report.read_text("utf-8"))["error"] is not None


def test_a_signal_while_it_waits_ends_it(
    shell: str, surroundings: dict[str, str], recorder: Path, tmp_path: Path
) -> None:
    process = subprocess.Popen(
        [shell, str(SCRIPT)], text=True, cwd=tmp_path, stderr=subprocess.PIPE,
        env={**surroundings, "DOCTOR_VENV": str(recorder), "RECORDER_CODES": "5"},
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stderr is not None
    assert "attempt 2" in process.stderr.readline()
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    assert process.returncode == 143
    assert len(calls(recorder)) == 1
