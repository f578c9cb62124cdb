"""action.yml: its steps in order, against the emulator, as the runner would run them."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import time
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import yaml

from foundry_doctor.emulator import Scenario

from ..conftest import PROGRAM, Canary
from .composite import ACTION, ROOT, Job, use
from .conftest import DEPLOYMENT, Act, Play

PRIVATE = {"repository": {"private": True, "visibility": "private"}}
PUBLIC = {"repository": {"private": False, "visibility": "public"}}
KEYED = {"deployments": DEPLOYMENT, "retry-delay": "0"}
HOSTILE = (
    '"; touch pwned; echo "', "$(touch pwned)", "`touch pwned`", "a\ntouch pwned\n",
    "' || touch pwned '", "--allow=all", "${{ github.token }}", "a b  c", "*",
    "%0A::error::x", "a\\", "é ü 漢",
)  # fmt: skip


def calls(recorder: Path) -> list[list[str]]:
    """The arguments of each call of the stand-in program."""
    return [json.loads(one.read_text("utf-8")) for one in sorted(recorder.glob("call-*.json"))]


@pytest.mark.usefixtures("reports_exist")
def test_healthy(act: Act, play: Play) -> None:
    _, env = play("healthy")
    uploads: list[dict[str, str]] = []
    done = act(KEYED, env, event=PRIVATE, uploads=uploads)
    assert not done.failed, done.log
    assert (done.outputs["verdict"], done.outputs["exit-code"]) == ("healthy", "0")
    assert (done.outputs["cause"], done.outputs["attempts"]) == ("", "1")
    assert json.loads(Path(done.outputs["report"]).read_text("utf-8"))["verdict"] == "healthy"
    assert Path(done.outputs["junit"]).is_file()
    assert done.outputs["bundle"] == ""
    assert uploads == []
    assert done.summary.startswith("## PASS")


@pytest.mark.usefixtures("reports_exist")
@pytest.mark.parametrize(
    ("event", "profile"),
    [(PRIVATE, "vendor"), (PUBLIC, "public"), ({"schedule": "0 5 * * *"}, "public")],
)
def test_a_failure_leaves_its_bundle(event: object, profile: str, act: Act, play: Play) -> None:
    _, env = play("key-invalid")
    uploads: list[dict[str, str]] = []
    done = act(KEYED, env, event=event, uploads=uploads)
    assert done.failed
    assert done.codes["run"] == 1
    assert (done.outputs["verdict"], done.outputs["cause"]) == ("failing", "key-invalid")
    assert (done.outputs["exit-code"], done.outputs["transient"]) == ("1", "false")
    assert [one["path"] for one in uploads] == [done.outputs["bundle"]]
    assert re.fullmatch(r"foundry-doctor-preflight-1-[0-9a-f]{6}", uploads[0]["name"])
    with zipfile.ZipFile(done.outputs["bundle"]) as bundle:
        name = next(one for one in bundle.namelist() if one.endswith("manifest.json"))
        assert json.loads(bundle.read(name))["profile"] == profile
    assert "::error" in done.log
    assert done.summary.startswith("## FAIL")
    assert done.summary.count("contoso-ai does not accept this key") >= 1


@pytest.mark.usefixtures("reports_exist")
@pytest.mark.parametrize("scenario", ["rate-limited", "service-overloaded"])
def test_what_stays_transient_is_tried_again_and_ends_with_5(
    scenario: str, act: Act, play: Play
) -> None:
    _, env = play(scenario)
    done = act({**KEYED, "retries-on-transient": "1"}, env, event=PRIVATE)
    assert (done.codes["run"], done.outputs["attempts"]) == (5, "2")
    assert (done.outputs["transient"], done.outputs["cause"]) == ("true", scenario)
    # The first attempt's annotations are words of the log only; the last one's count.
    before, _, after = done.log.rpartition("::endgroup::")
    assert "::stop-commands::" in before
    assert "::error" in after
    assert done.summary.count("## FAIL") == 1


@pytest.mark.usefixtures("reports_exist")
def test_what_passes_while_waiting_is_healthy(act: Act, play: Play) -> None:
    busy = {"title": "busy", "summary": "busy", "synthetic": True, "source": "made up"}
    body = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    answer = {"status": 529, "layer": "anthropic", "stage": "backend", "body": body}
    first, env = play(Scenario.from_data("busy", {**busy, "server": {"answer": answer}}))
    act({**KEYED, "retries-on-transient": "0"}, env, event=PRIVATE)
    needed = len(first.requests)
    server = {"answer": answer, "fail_first": needed}
    _, env = play(Scenario.from_data("busy", {**busy, "server": server}))
    done = act({**KEYED, "retries-on-transient": "2"}, env, event=PRIVATE)
    assert (done.codes["run"], done.outputs["attempts"]) == (0, "2"), done.log
    assert done.outputs["verdict"] in ("healthy", "degraded")
    assert done.outputs["bundle"] == ""


@pytest.mark.usefixtures("reports_exist")
def test_a_fork_without_credentials_passes_and_says_so(act: Act, play: Play) -> None:
    _, env = play("credentials-missing")
    done = act({**KEYED, "on-missing-credentials": "skip"}, env, event=PUBLIC)
    assert not done.failed, done.log
    assert (done.outputs["verdict"], done.outputs["exit-code"]) == ("inconclusive", "0")
    assert "no credential is configured" in done.log
    strict = act(KEYED, env, event=PUBLIC)
    assert (strict.codes["run"], strict.outputs["cause"]) == (1, "credentials-missing")


def test_a_usage_error_is_an_exit_code_and_a_verdict(act: Act, play: Play) -> None:
    _, env = play("healthy")
    done = act({**KEYED, "args": "--no-such-flag"}, env, event=PRIVATE)
    assert (done.codes["run"], done.outputs["exit-code"]) == (2, "2")
    assert done.outputs["verdict"] == "inconclusive"
    assert done.outputs["bundle"] == done.outputs["report"] == ""


@pytest.mark.parametrize("value", HOSTILE)
def test_an_input_is_one_value_whatever_it_holds(
    value: str, act: Act, recorder: Path, tmp_path: Path
) -> None:
    names = ("resource", "base-url", "tenant", "subscription", "config", "baseline", "wait")
    done = act(dict.fromkeys(names, value), programs=recorder / "bin", event=PUBLIC)
    assert done.codes["run"] == 0, done.log
    got = calls(recorder)[0]
    assert [one for one in got if one.endswith(f"={value}")] == [
        f"--{one}={value}" for one in names
    ]
    assert list(tmp_path.rglob("pwned")) == []


@pytest.mark.parametrize("value", HOSTILE)
def test_a_list_is_split_at_white_space_and_nowhere_else(
    value: str, act: Act, recorder: Path, tmp_path: Path
) -> None:
    flags = {"deployments": "--deployment=", "targets": "--target=", "only": "--only=",
             "skip": "--skip=", "args": ""}  # fmt: skip
    done = act(dict.fromkeys(flags, value), programs=recorder / "bin", event=PRIVATE)
    assert done.codes["run"] == 0, done.log
    wanted = [f"{flag}{word}" for flag in flags.values() for word in value.split()]
    assert [one for one in calls(recorder)[0] if one in wanted] == wanted
    assert list(tmp_path.rglob("pwned")) == []


@pytest.mark.parametrize("name", ["retries-on-transient", "retry-delay", "bundle", "profile"])
@pytest.mark.parametrize("value", [*HOSTILE[:2], "-1", "*"])
def test_what_the_script_itself_reads_is_judged_first(
    name: str, value: str, act: Act, recorder: Path, tmp_path: Path
) -> None:
    done = act({name: value}, programs=recorder / "bin", event=PRIVATE)
    assert done.codes["run"] == 2
    assert calls(recorder) == []
    assert "pwned" not in done.log, "nor is it repeated"
    assert list(tmp_path.rglob("pwned")) == []


def test_every_input_that_is_a_flag_arrives(act: Act, recorder: Path) -> None:
    given = {
        "resource": "r", "base-url": "b", "deployments": "d1 d2", "auth": "key", "tenant": "t",
        "subscription": "s", "resource-group": "g", "config": "c.yaml", "targets": "t1\nt2",
        "all-targets": "true", "tier": "paid", "only": "dns.*", "skip": "key.*",
        "fail-on": "warning", "baseline": "old.json", "on-missing-credentials": "skip",
        "wait": "15m", "budget": "90", "bundle": "never", "args": "-v --max-calls 9",
    }  # fmt: skip
    done = act(given, programs=recorder / "bin", event=PRIVATE)
    (got,) = calls(recorder)
    reports = [one for one in got if one.startswith("--report=")]
    assert [one.split("=")[1] for one in reports] == ["json", "junit"]
    assert [one for one in got if one not in reports] == [
        "run", "--resource=r", "--base-url=b", "--deployment=d1", "--deployment=d2", "--auth=key",
        "--tenant=t", "--subscription=s", "--resource-group=g", "--config=c.yaml", "--target=t1",
        "--target=t2", "--all-targets", "--tier=paid", "--only=dns.*", "--skip=key.*",
        "--fail-on=warning", "--baseline=old.json", "--on-missing-credentials=skip", "--wait=15m",
        "--budget=90", "-v", "--max-calls", "9",
    ]  # fmt: skip
    assert done.outputs["verdict"] == "made-up"


@pytest.mark.parametrize(
    ("bundle", "code", "kept"),
    [("on-failure", 0, False), ("on-failure", 4, True), ("always", 0, True), ("never", 1, False)],
)
def test_when_a_bundle_is_kept(
    bundle: str, code: int, kept: bool, act: Act, recorder: Path
) -> None:
    env = {"RECORDER_CODES": str(code)}
    uploads: list[dict[str, str]] = []
    done = act({"bundle": bundle}, env, programs=recorder / "bin", event=PRIVATE, uploads=uploads)
    assert bool(done.outputs["bundle"]) is kept is bool(uploads)
    assert calls(recorder)[0][0] == ("run" if bundle == "never" else "bundle")
    assert done.codes["run"] == code


def test_a_bundle_that_cannot_be_written_changes_no_verdict(act: Act, recorder: Path) -> None:
    env = {"RECORDER_CODES": "3", "RECORDER_SAID": "0", "RECORDER_BUNDLE": "no"}
    done = act({}, env, programs=recorder / "bin", event=PRIVATE)
    assert (done.codes["run"], done.outputs["exit-code"]) == (0, "0")
    assert "::warning" in done.log


def test_only_transient_failures_are_repeated(act: Act, recorder: Path) -> None:
    env = {"RECORDER_CODES": "5 5 1 0"}
    inputs = {"retries-on-transient": "5", "retry-delay": "0"}
    done = act(inputs, env, programs=recorder / "bin", event=PRIVATE)
    assert (done.codes["run"], len(calls(recorder)), done.outputs["attempts"]) == (1, 3, "3")
    assert done.summary == "summary of call 2\n", "one summary, the last attempt's"
    first, _, rest = done.log.partition("::stop-commands::")
    assert "::add-mask::secret-name-0" in first, "a mask holds before the name is printed"
    assert "::error title=made up::call 0" in rest
    assert done.log.count("::add-mask::secret-name-0") == 1


def test_names_are_masked_where_everybody_reads_the_log(act: Act, recorder: Path) -> None:
    inputs = {"resource": "contoso-ai", "tenant": "short"}
    env = {"ANTHROPIC_FOUNDRY_BASE_URL": "https://proxy.contoso.example/anthropic"}
    done = act(inputs, env, programs=recorder / "bin", event=PUBLIC)
    masks = re.findall(r"^::add-mask::(.*)$", done.log, re.MULTILINE)
    assert masks == ["contoso-ai", "proxy.contoso.example", "secret-name-0"]
    private = act(inputs, programs=recorder / "bin", event=PRIVATE).log
    assert "::add-mask::contoso-ai" not in private


def test_two_uses_in_one_job_do_not_meet(act: Act, recorder: Path) -> None:
    first, second = (act({}, programs=recorder / "bin", event=PRIVATE) for _ in range(2))
    assert first.outputs["report"] != second.outputs["report"]
    assert first.steps["prepare"]["artifact"] != second.steps["prepare"]["artifact"]
    assert first.steps["prepare"]["home"] == second.steps["prepare"]["home"]


def test_no_input_is_text_of_a_script() -> None:
    action = yaml.safe_load(ACTION.read_text("utf-8"))
    for step in action["runs"]["steps"]:
        assert "${{" not in step.get("run", "")
    used = re.findall(r"inputs\.([\w-]+)", ACTION.read_text("utf-8"))
    assert set(used) == set(action["inputs"]), "every input is used"
    assert not {"key", "api-key", "token"} & set(action["inputs"])


def test_other_actions_are_pinned_by_commit() -> None:
    for used in re.findall(r"uses: (\S+)", ACTION.read_text("utf-8")):
        assert re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}", used), used


def test_only_the_wheels_are_cached(act: Act, recorder: Path) -> None:
    done = act({}, programs=recorder / "bin", event=PRIVATE)
    action = yaml.safe_load(ACTION.read_text("utf-8"))
    (cache,) = (one for one in action["runs"]["steps"] if "cache@" in one.get("uses", ""))
    assert cache["with"]["path"] == "${{ steps.prepare.outputs.wheels }}"
    wheels, home = (Path(done.steps["prepare"][one]) for one in ("wheels", "home"))
    assert wheels.parent == home
    assert "actions/cache" in done.ran
    assert "actions/cache" not in act({"cache": "false"}, programs=recorder / "bin").ran


def test_the_cache_s_key_follows_what_pip_is_told(act: Act, recorder: Path, tmp_path: Path) -> None:
    pins = tmp_path / "pins.txt"
    keys = set()
    for text in ("httpx==0.28.0", "httpx==0.28.1"):
        pins.write_text(text, "utf-8")
        done = act({}, {"PIP_CONSTRAINT": str(pins)}, programs=recorder / "bin")
        keys.add(done.steps["prepare"]["key"])
    keys.add(act({}, programs=recorder / "bin").steps["prepare"]["key"])
    assert len(keys) == 3


def test_without_python_it_says_what_to_do(act: Act) -> None:
    done = act({"python": "/nowhere/python"})
    assert done.codes["prepare"] == 2
    assert "python-version" in done.log
    assert done.ran[-1] == "prepare"


@pytest.mark.usefixtures("reports_exist")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_cancelled_job_has_its_report(
    number: signal.Signals, play: Play, surroundings: dict[str, str], tmp_path: Path, canary: Canary
) -> None:
    emulator, env = play("response-timeout")
    canary.files.append(tmp_path)
    (tmp_path / "installed").write_text(f"{PROGRAM.parent}\n", "utf-8")
    output = tmp_path / "output"
    variables = {
        **surroundings, **env, "DOCTOR_HOME": str(tmp_path), "RUNNER_TEMP": str(tmp_path),
        "GITHUB_OUTPUT": str(output), "INPUT_DEPLOYMENTS": DEPLOYMENT, "INPUT_PROFILE": "vendor",
    }  # fmt: skip
    # The runner starts bash with a script of one line, which `exec` replaces.
    script = tmp_path / "step.sh"
    script.write_text(f'exec bash "{ROOT}/.ci/action/run.sh"\n', "utf-8")
    process = subprocess.Popen(
        ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(script)], env=variables,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    until = time.monotonic() + 20
    while not emulator.requests and time.monotonic() < until:
        time.sleep(0.05)
    process.send_signal(number)
    log, _ = process.communicate(timeout=20)
    canary.saw("the log", log)
    assert process.returncode == 143, log
    said = output.read_text("utf-8")
    assert "exit-code=143" in said
    report = Path(next(one for one in said.splitlines() if one.startswith("report="))[7:])
    assert json.loads(report.read_text("utf-8"))["error"] is not None


def pip_settings() -> dict[str, str]:
    """Where this machine's pip finds packages."""
    return {name: value for name, value in os.environ.items() if name.startswith("PIP_")}


@pytest.mark.slow
@pytest.mark.usefixtures("reports_exist")
def test_it_installs_from_its_own_ref_and_then_from_the_cache(
    play: Play, surroundings: dict[str, str], tmp_path: Path, canary: Canary
) -> None:
    _, env = play("healthy")
    kept = tmp_path / "cache"
    keys: list[str] = []

    def cache(given: Mapping[str, str]) -> dict[str, str]:
        keys.append(given["key"])
        if kept.is_dir():
            shutil.copytree(kept, given["path"])
        return {}

    def job(name: str, **more: str) -> Job:
        folder = tmp_path / name
        canary.files.append(folder / "work")
        one = Job(folder, {**surroundings, **pip_settings(), **more}, PRIVATE)
        one.uses["actions/cache"] = cache

        def installed(_: Mapping[str, str]) -> None:
            # Only now: pip would trust the emulator's certificate alone.
            one.env = {**one.env, **env}

        one.after["install"] = installed
        return one

    before = {path for path in ROOT.iterdir() if path.name not in (".hypothesis", ".pytest_cache")}
    first = use(job("first"), KEYED)
    if first.codes["install"] != 0:
        pytest.skip(f"pip finds no packages here: {first.log.strip()[-300:]}")
    wheels = Path(first.steps["prepare"]["wheels"])
    assert not list(wheels.glob("foundry_doctor*")), "the doctor itself comes from the ref"
    shutil.copytree(wheels, kept)
    after = {path for path in ROOT.iterdir() if path.name not in (".hypothesis", ".pytest_cache")}
    assert after == before, "nothing is built in the checkout"
    offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": ""}
    second = use(job("second", **offline), KEYED)
    assert second.codes["install"] == 0, second.log
    assert "installed from the cached wheels" in second.log
    assert len(set(keys)) == 1
    canary.saw("the logs", first.log + second.log)
    assert (first.codes["run"], second.codes["run"]) == (0, 0), first.log + second.log
    program = Path(first.steps["prepare"]["home"], "venv", "bin", "python")
    where = subprocess.run(
        [str(program), "-c", "import foundry_doctor; print(foundry_doctor.__file__)"],
        capture_output=True, text=True, check=True, cwd=tmp_path,
    )  # fmt: skip
    assert Path(where.stdout.strip()).is_relative_to(program.parents[1].resolve())


def test_a_wheelhouse_is_all_that_pip_sees(
    surroundings: dict[str, str], tmp_path: Path, fake_python: Callable[[Path], Path]
) -> None:
    fake = fake_python(PROGRAM)
    script = ROOT / ".ci" / "action" / "install.sh"
    home = tmp_path / "again"
    env = {**surroundings, "GITHUB_ACTION_PATH": str(ROOT), "DOCTOR_PYTHON": str(fake),
           "DOCTOR_HOME": str(home), "DOCTOR_WHEELS": str(home / "wheels"),
           "INPUT_WHEELHOUSE": "/mnt/my wheels"}  # fmt: skip
    subprocess.run(["bash", str(script)], env=env, check=True, capture_output=True)
    told = (fake.parent / "pip.log").read_text("utf-8").splitlines()
    assert len(told) == 2
    assert all("--no-index --find-links /mnt/my wheels" in one for one in told)
    assert (home / "installed").read_text("utf-8") == f"{home}/venv/bin\n"
