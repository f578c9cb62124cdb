"""The GitLab job and the Azure Pipelines steps: their scripts, run as those services would."""

from __future__ import annotations

import json
import re
import stat
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from ..conftest import PROGRAM, Canary, Ran
from .composite import ROOT
from .conftest import DEPLOYMENT, Play
from .test_action import calls

GITLAB = ROOT / "docs" / "ci" / "gitlab-ci.yml"
AZURE = ROOT / "docs" / "ci" / "azure-pipelines.yml"
Fake = Callable[[Path], Path]
PLANTED = "eyJhbGciOiJub25lIn0.Canary-of-the-job-4711-token.c2ln"


def gitlab() -> dict[str, Any]:
    job: dict[str, Any] = yaml.safe_load(GITLAB.read_text("utf-8"))["foundry-doctor"]
    return job


@pytest.fixture
def job(
    surroundings: dict[str, str], tmp_path: Path, fake_python: Fake, canary: Canary
) -> Callable[..., Ran]:
    """job(env, program): the GitLab job's lines in one shell, then those of after_script."""
    work = tmp_path / "work"
    work.mkdir()
    canary.files.append(work)
    canary.planted.append(PLANTED)

    def run(env: Mapping[str, str], program: Path = PROGRAM) -> Ran:
        one = gitlab()
        fake = fake_python(program)
        variables = {**surroundings, **one["variables"], "DOCTOR_ID_TOKEN": PLANTED, **env}
        variables["PATH"] = f"{fake.parent}:{variables['PATH']}"
        done = subprocess.run(
            ["bash", "-eo", "pipefail", "-c", "\n".join(one["script"])], env=variables, cwd=work,
            capture_output=True, text=True, encoding="utf-8", timeout=60, check=False,
        )  # fmt: skip
        status = "success" if done.returncode == 0 else "failed"
        after = "\n".join(one["after_script"])
        subprocess.run(
            ["bash", "-c", after], env={**variables, "CI_JOB_STATUS": status}, cwd=work, check=True
        )
        canary.saw("the job's log", done.stdout + done.stderr)
        return Ran(done.returncode, done.stdout, done.stderr)

    return run


@pytest.mark.usefixtures("reports_exist")
@pytest.mark.parametrize(
    ("scenario", "code", "bundle"),
    [("healthy", 0, False), ("key-invalid", 1, True), ("credentials-missing", 0, False)],
)
def test_gitlab(
    scenario: str, code: int, bundle: bool, job: Callable[..., Ran], play: Play, tmp_path: Path
) -> None:
    _, env = play(scenario)
    words = f"{gitlab()['variables']['DOCTOR_ARGUMENTS']} --deployment={DEPLOYMENT}"
    if scenario != "credentials-missing":
        words += " --auth=key"
    ran = job({**env, "DOCTOR_ARGUMENTS": words})
    assert ran.code == code, ran.out + ran.err
    assert (tmp_path / "work" / "foundry-doctor.zip").exists() is bundle
    assert (tmp_path / "work" / "TEST-foundry-doctor.xml").exists()


WATCHER = """\
#!/bin/sh
{{ echo "${{AZURE_FEDERATED_TOKEN_FILE-none}} ${{DOCTOR_ID_TOKEN-unset}}"
  if [ -n "${{AZURE_FEDERATED_TOKEN_FILE-}}" ]; then
    stat -c %a "$AZURE_FEDERATED_TOKEN_FILE"; wc -c <"$AZURE_FEDERATED_TOKEN_FILE"
  fi; }} >"{seen}"
exit 5
"""


def watching(tmp_path: Path) -> tuple[Path, Path]:
    program, seen = tmp_path / "watcher", tmp_path / "seen"
    program.write_text(WATCHER.format(seen=seen), "utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program, seen


def test_gitlab_s_token_is_a_private_file_for_the_time_of_the_run(
    job: Callable[..., Ran], tmp_path: Path
) -> None:
    program, seen = watching(tmp_path)
    ran = job({"AZURE_CLIENT_ID": "a", "AZURE_TENANT_ID": "b"}, program)
    where, mode, size = seen.read_text("utf-8").splitlines()
    path, _, left = where.partition(" ")
    assert (left, mode, int(size)) == ("unset", "600", len(PLANTED))
    assert not Path(path).exists(), "gone with the shell"
    assert ran.code == 5 in gitlab()["retry"]["exit_codes"]


def test_gitlab_s_token_alone_sets_nothing_up(job: Callable[..., Ran], tmp_path: Path) -> None:
    program, seen = watching(tmp_path)
    job({"AZURE_CLIENT_ID": "a"}, program)
    assert seen.read_text("utf-8") == "none unset\n"


def test_gitlab_never_runs_a_fork_s_file_with_our_identity() -> None:
    first = gitlab()["rules"][0]
    assert first["when"] == "never"
    assert "CI_MERGE_REQUEST_SOURCE_PROJECT_ID != $CI_PROJECT_ID" in first["if"]


# Azure Pipelines: the template's expressions are few enough to be put in by hand.


def template(**given: str) -> list[dict[str, Any]]:
    """The steps that the template makes of these parameters."""
    data = yaml.safe_load(AZURE.read_text("utf-8"))
    known = {one["name"]: one["default"] for one in data["parameters"]}
    assert set(given) <= set(known)
    known |= given
    steps: list[dict[str, Any]] = _unfold(data["steps"], known)
    return steps


def _unfold(node: Any, known: Mapping[str, str]) -> Any:
    if isinstance(node, list):
        found: list[Any] = []
        taken = False
        for one in node:
            word = _word(one)
            if word is None:
                found.append(_unfold(one, known))
                continue
            holds = not taken if word == "else" else _holds(word, known)
            taken = holds
            if holds:
                found += _unfold(next(iter(one.values())), known)
        return found
    if isinstance(node, dict):
        merged: dict[str, Any] = {}
        taken = False
        for name, value in node.items():
            word = _word({name: value})
            if word is None:
                merged[name] = _unfold(value, known)
                continue
            holds = not taken if word == "else" else _holds(word, known)
            taken = holds
            if holds:
                merged |= _unfold(value, known)
        return merged
    if isinstance(node, str):
        return re.sub(r"\$\{\{ parameters\.(\w+) \}\}", lambda one: str(known[one.group(1)]), node)
    return node


def _word(node: Any) -> str | None:
    """`if …` or `else` of a node that is nothing but one condition."""
    if isinstance(node, dict) and len(node) == 1:
        match = re.fullmatch(r"\$\{\{ (if .*|else) \}\}", str(next(iter(node))))
        return match.group(1) if match else None
    return None


def _holds(word: str, known: Mapping[str, str]) -> bool:
    match = re.fullmatch(r"if (eq|ne)\(parameters\.(\w+), '([^']*)'\)", word)
    assert match, word
    same = known[match.group(2)] == match.group(3)
    return same if match.group(1) == "eq" else not same


def run_step(
    step: Mapping[str, Any], work: Path, surroundings: Mapping[str, str], env: Mapping[str, str]
) -> Ran:
    """A bash or AzureCLI@2 step; macros of variables that exist are filled in, others stay."""
    macros = {"Agent.TempDirectory": str(work), "Build.SourcesDirectory": str(work), **env}

    def filled(value: object) -> str:
        text = str(value)
        return re.sub(r"\$\(([\w.]+)\)", lambda one: macros.get(one.group(1), one.group(0)), text)

    mapped = {name: filled(value) for name, value in step.get("env", {}).items()}
    script = step.get("bash") or step["inputs"]["inlineScript"]
    file = work / "script.sh"
    file.write_text(filled(script), "utf-8")
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", str(file)], cwd=work, capture_output=True, text=True,
        env={**surroundings, **env, **mapped}, encoding="utf-8", timeout=60, check=False,
    )  # fmt: skip
    return Ran(done.returncode, done.stdout, done.stderr)


@pytest.mark.usefixtures("reports_exist")
@pytest.mark.parametrize(("scenario", "code"), [("healthy", 0), ("key-invalid", 1)])
def test_azure_with_a_key(
    scenario: str,
    code: int,
    play: Play,
    surroundings: dict[str, str],
    tmp_path: Path,
    canary: Canary,
) -> None:
    _, env = play(scenario)
    secret = env.pop("ANTHROPIC_FOUNDRY_API_KEY")
    step, results, artifact = template(
        source=str(ROOT), arguments=f"--deployment={DEPLOYMENT}", keyVariable="FoundryKey"
    )
    canary.files.append(tmp_path / "foundry-doctor")
    env |= {"FoundryKey": secret, "DOCTOR_VENV": str(PROGRAM.parents[1])}
    ran = run_step(step, tmp_path, surroundings, env)
    canary.saw("the log", ran.out + ran.err)
    assert ran.code == code, ran.out + ran.err
    folder = tmp_path / "foundry-doctor"
    assert results["inputs"]["searchFolder"].endswith("/foundry-doctor")
    assert (folder / results["inputs"]["testResultsFiles"]).is_file()
    target = artifact["inputs"]["targetPath"].replace("$(Agent.TempDirectory)", str(tmp_path))
    assert Path(target).is_file() is (code == 1)
    assert artifact["condition"] == "failed()"


def test_azure_s_fork_has_no_key(
    recorder: Path, surroundings: dict[str, str], tmp_path: Path
) -> None:
    """A macro of a variable that does not exist stays as it was written: no key."""
    program = recorder / "bin" / "foundry-doctor"
    text = program.read_text("utf-8")
    look = 'assert "ANTHROPIC_FOUNDRY_API_KEY" not in os.environ\n'
    program.write_text(text.replace("folder =", f"{look}folder =", 1), "utf-8")
    step, *_ = template(source=str(ROOT), keyVariable="FoundryKey")
    ran = run_step(step, tmp_path, surroundings, {"DOCTOR_VENV": str(recorder)})
    assert ran.code == 0, ran.err


def test_azure_with_a_service_connection(
    recorder: Path, surroundings: dict[str, str], tmp_path: Path
) -> None:
    step, *_ = template(source=str(ROOT), serviceConnection="claude", arguments="--resource=r")
    assert step["task"] == "AzureCLI@2"
    assert step["inputs"]["azureSubscription"] == "claude"
    assert step["env"]["SYSTEM_ACCESSTOKEN"] == "$(System.AccessToken)"
    env = {"DOCTOR_VENV": str(recorder), "RECORDER_CODES": "4", "System.AccessToken": "x"}
    assert run_step(step, tmp_path, surroundings, env).code == 4
    (got,) = calls(recorder)
    assert {"--resource=r", "--auth=entra"} <= set(got)


def test_azure_s_parameters_reach_the_script_as_data(
    recorder: Path, surroundings: dict[str, str], tmp_path: Path
) -> None:
    hostile = '"; touch pwned; $(touch pwned) `touch pwned` *'
    step, *_ = template(source=str(ROOT), arguments=hostile)
    run_step(step, tmp_path, surroundings, {"DOCTOR_VENV": str(recorder)})
    (got,) = calls(recorder)
    assert [one for one in got if "=" not in one][3:] == hostile.split()
    assert list(tmp_path.rglob("pwned")) == []
    for one in (*template(), *template(serviceConnection="x")):
        script = one.get("bash") or one.get("inputs", {}).get("inlineScript", "")
        assert "${{" not in script
    raw = yaml.safe_load(AZURE.read_text("utf-8"))
    assert "parameters." not in json.dumps(_scripts(raw["steps"])), (
        "no parameter is text of a script"
    )


def _scripts(node: Any) -> list[str]:
    if isinstance(node, list):
        return [text for one in node for text in _scripts(one)]
    if isinstance(node, dict):
        own = [value for name, value in node.items() if name in ("bash", "inlineScript")]
        return own + [text for value in node.values() for text in _scripts(value)]
    return []


@pytest.mark.parametrize(
    ("bundle", "condition"), [("on-failure", "failed()"), ("always", "always()"), ("never", None)]
)
def test_azure_s_artifact(bundle: str, condition: str | None) -> None:
    steps = template(bundle=bundle)
    found = [one for one in steps if "Artifact" in one.get("task", "")]
    assert [one["condition"] for one in found] == ([condition] if condition else [])
    results = next(one for one in steps if one.get("task") == "PublishTestResults@2")
    assert results["condition"] == "always()"
    assert results["inputs"]["failTaskOnFailedTests"] is True
