"""docs/ci.md: each command and each snippet of it is held against the program and the schemas."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from foundry_doctor.cli.arguments import parser
from foundry_doctor.settings import config_schema
from foundry_doctor.settings.config_file import read_config

from ..conftest import Doctor
from .composite import ACTION, ROOT
from .conftest import RECORDER
from .test_action import calls

PAGE = ROOT / "docs" / "ci.md"
TEXT = PAGE.read_text("utf-8")
FENCE = re.compile(r"(?:<!-- ([\w-]+) -->\n)?```(\w+)\n(.*?)```", re.DOTALL)
BLOCKS = [(kind, language, text) for kind, language, text in FENCE.findall(TEXT)]
SHELL = [text for _, language, text in BLOCKS if language == "sh"]
YAML = [(kind, text) for kind, language, text in BLOCKS if language == "yaml"]
TEMPLATES = [ROOT / "docs" / "ci" / name for name in ("azure-pipelines.yml", "gitlab-ci.yml")]
SCRIPTS = [*sorted((ROOT / ".ci" / "action").glob("*.sh")), ROOT / "docs" / "ci" / "preflight.sh"]
SCHEMAS = {
    "github-workflow": ("vendor.github-workflows", ()),
    "github-action": ("vendor.github-actions", ()),
    "azure-pipeline": ("vendor.azure-pipelines", ("--data-transform", "azure-pipelines")),
    "gitlab": ("vendor.gitlab-ci", ("--data-transform", "gitlab-ci")),
}


def tool(name: str) -> str:
    """A program of the test extra, beside the interpreter or on PATH; skips where it is missing."""
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.is_file() else shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def valid(path: Path, kind: str) -> None:
    """The file fits the published schema, as bundled with check-jsonschema: nothing is fetched.

    Of our own config file, what `schema config` prints, and the program reads it.
    """
    if kind == "foundry-doctor":
        (path.parent / "schema.json").write_text(json.dumps(config_schema()), "utf-8")
        ours = ["--schemafile", str(path.parent / "schema.json")]
        done = subprocess.run(
            [tool("check-jsonschema"), *ours, str(path)], capture_output=True, text=True,
            timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-500:]
        read_config(path, path.name)
        return
    schema, more = SCHEMAS[kind]
    command = [tool("check-jsonschema"), "--builtin-schema", schema, *more, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-500:]


@pytest.mark.parametrize(
    ("path", "kind"),
    [(ACTION, "github-action"), (TEMPLATES[0], "azure-pipeline"), (TEMPLATES[1], "gitlab")],
    ids=lambda value: getattr(value, "name", value),
)
def test_the_files_fit_their_schemas(path: Path, kind: str) -> None:
    valid(path, kind)


@pytest.mark.parametrize(("kind", "text"), YAML, ids=[f"{n}-{k}" for n, (k, _) in enumerate(YAML)])
def test_the_page_s_snippets_fit_their_schemas(kind: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / f"{kind}.yml"
    path.write_text(text, "utf-8")
    valid(path, kind)


def test_the_schema_check_sees_a_mistake(tmp_path: Path) -> None:
    path = tmp_path / "action.yml"
    path.write_text(ACTION.read_text("utf-8").replace("shell: bash", "shel: bash"), "utf-8")
    with pytest.raises(AssertionError):
        valid(path, "github-action")


def test_zizmor_finds_nothing(tmp_path: Path) -> None:
    program = tool("zizmor")
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    for number, (kind, text) in enumerate(YAML):
        if kind == "github-workflow":
            (folder / f"{number}.yml").write_text(text, "utf-8")
    shutil.copy(ACTION, tmp_path / "action.yml")
    command = [
        program,
        "--offline",
        "--no-progress",
        "--min-severity=medium",
        "--format=plain",
        ".",
    ]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout
    (folder / "bad.yml").write_text(
        "on: pull_request_target\njobs: {a: {runs-on: x, steps: [{uses: a/b@main}]}}", "utf-8"
    )
    bad = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert bad.returncode > 10, "it looks at the workflows"


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_shellcheck_finds_nothing(path: Path) -> None:
    done = subprocess.run(
        [tool("shellcheck"), str(path)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout


def test_shellcheck_finds_nothing_in_the_templates(tmp_path: Path) -> None:
    program = tool("shellcheck")
    job = yaml.safe_load(TEMPLATES[1].read_text("utf-8"))["foundry-doctor"]
    texts = ["\n".join(job["script"]), "\n".join(job["after_script"])]
    texts += re.findall(r"- bash: \|\n((?: {10}.*\n)+)", TEMPLATES[0].read_text("utf-8"))
    assert len(texts) == 3
    for number, text in enumerate(texts):
        path = tmp_path / f"{number}.sh"
        path.write_text(f"#!/bin/sh\n{text}\n", "utf-8")
        done = subprocess.run(
            [program, str(path)], capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("shell", ["bash", "dash"])
def test_every_command_is_a_shell_s(shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    assert SHELL
    for text in [*SHELL, (ROOT / "docs" / "ci" / "preflight.sh").read_text("utf-8")]:
        done = subprocess.run(
            [shell, "-n"], input=text, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{done.stderr}\n{text}"


def known_flags(doctor: Doctor) -> dict[str, str]:
    return {verb: doctor(verb, "--help").out for verb in ("run", "bundle", "diff")}


@pytest.mark.usefixtures("reports_exist")
def test_every_flag_exists(doctor: Doctor) -> None:
    helps = known_flags(doctor)
    for line in "".join(SHELL).splitlines():
        for verb, rest in re.findall(r"foundry-doctor (\w+)([^|;&]*)", line):
            for flag in re.findall(r"(?<![\w-])--[a-z][a-z-]+", rest):
                assert flag in helps[verb], f"{verb} has no {flag}: {line}"
    # Everything else that is named, in words, templates and scripts, is a flag of run or bundle.
    others = {"--no-index", "--find-links", "--require-hashes"}
    texts = [TEXT, ACTION.read_text("utf-8"), *(one.read_text("utf-8") for one in TEMPLATES)]
    scripts = [one.read_text("utf-8") for one in SCRIPTS if one.name in ("run.sh", "preflight.sh")]
    scripts = [re.sub(r"-m pip [^\n]*", "", one) for one in scripts]
    for text in [*texts, *scripts]:
        for flag in set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text)) - others:
            assert flag in helps["bundle"], flag


def test_the_inputs_it_uses_and_lists_are_the_action_s() -> None:
    inputs = set(yaml.safe_load(ACTION.read_text("utf-8"))["inputs"])
    table = TEXT.partition("| input | default |")[2].partition("\nOutputs:")[0]
    rows = [row.split("|")[1] for row in table.splitlines() if row.startswith("| ")]
    listed = {name for row in rows for name in re.findall(r"`([\w-]+)`", row)}
    assert listed == inputs
    for kind, text in YAML:
        if kind != "github-workflow":
            continue
        for job in yaml.safe_load(text)["jobs"].values():
            for step in job["steps"]:
                if "foundry-doctor@" in step.get("uses", ""):
                    assert set(step["with"]) <= inputs
    outputs = set(yaml.safe_load(ACTION.read_text("utf-8"))["outputs"])
    said = TEXT.partition("\nOutputs:")[2].partition("\n\n")[0]
    assert set(re.findall(r"`([\w-]+)`", said)) == outputs


def test_the_defaults_it_tells_are_the_action_s() -> None:
    inputs = yaml.safe_load(ACTION.read_text("utf-8"))["inputs"]
    defaults = {
        "budget": "60", "retries-on-transient": "1", "retry-delay": "60", "bundle": "on-failure",
        "profile": "auto", "upload": "true",
    }  # fmt: skip
    for name, told in defaults.items():
        assert str(inputs[name]["default"]) == told
        row = next(one for one in TEXT.splitlines() if one.startswith("| ") and f"`{name}`" in one)
        assert f"`{told}`" in row


def test_the_exit_codes_are_the_program_s() -> None:
    rows = re.findall(r"^\| ([\d, ]+) \| (.*?) \|", TEXT, re.MULTILINE)
    codes = {code.strip() for cell, _ in rows for code in cell.split(",")}
    said = set(re.findall(r"\b(\d+) [a-z]", parser().format_help().partition("exit codes:")[2]))
    assert codes == said
    readme = (ROOT / "README.md").read_text("utf-8")
    for cell, meaning in rows:
        if cell in ("1", "2", "4"):
            assert f"| {cell} | {meaning}" in readme


def test_the_steps_it_names_hold_the_template_s_parameters() -> None:
    known = {one["name"] for one in yaml.safe_load(TEMPLATES[0].read_text("utf-8"))["parameters"]}
    text = next(text for kind, text in YAML if kind == "azure-pipeline")
    used = next(one for one in yaml.safe_load(text)["steps"] if "template" in one)
    assert set(used["parameters"]) <= known
    assert used["template"] == "docs/ci/azure-pipelines.yml@doctor"


@pytest.mark.parametrize(("codes", "final", "count"), [("5 5 5", 5, 3), ("5 0", 0, 2), ("1", 1, 1)])
def test_the_recipe_for_5_works(codes: str, final: int, count: int, tmp_path: Path) -> None:
    recipe = next(text for kind, _, text in BLOCKS if kind == "retry")
    program = tmp_path / "foundry-doctor"
    program.write_text(RECORDER.format(python=sys.executable, folder=str(tmp_path)), "utf-8")
    slept = tmp_path / "slept"
    fast = tmp_path / "sleep"
    fast.write_text(f'#!/bin/sh\necho "$1" >>{slept}\n', "utf-8")
    for one in (program, fast):
        one.chmod(0o755)
    env = {"PATH": f"{tmp_path}:/usr/bin:/bin", "RECORDER_CODES": codes}
    done = subprocess.run(["sh", "-c", recipe], env=env, capture_output=True, check=False)
    assert (done.returncode, len(calls(tmp_path))) == (final, count)


def test_the_texts_name_no_host_of_ours() -> None:
    """The repository has no public home yet: OWNER stands for it."""
    named = re.findall(r"([\w-]+)/foundry-doctor@", TEXT + ACTION.read_text("utf-8"))
    assert set(named) == {"OWNER"}
    assert "pull_request_target" not in "".join(text for _, text in YAML)
    assert json.dumps(TEXT).count("http") == 0
