"""`-o` and `--report`: several formats from one run, each whole, and the same exit code."""

from __future__ import annotations

import json
import os
from pathlib import Path
from xml.etree import ElementTree

import pytest

from foundry_doctor.emulator import Emulator, load_scenario

from ..conftest import Doctor

FORMATS = ("text", "json", "markdown", "junit", "github", "azure-pipelines", "html")


@pytest.mark.parametrize("name", FORMATS)
def test_the_exit_code_does_not_depend_on_the_format(doctor: Doctor, name: str) -> None:
    ran = doctor("demo", "key-invalid", "-o", name, "--timeout", "1")
    assert ran.code == 1
    assert "key-invalid" in ran.out
    assert "\x1b" not in ran.out


def test_several_files_from_one_run(doctor: Doctor, tmp_path: Path) -> None:
    home = tmp_path / "home"
    with Emulator(load_scenario("key-invalid")) as emulator:
        ran = doctor(
            "run", "--deployment", emulator.deployment, "-q", "--report",
            *(f"{name}=out/{name}.txt" for name in FORMATS), env=emulator.environment,
        )  # fmt: skip
    assert ran.code == 1
    assert ran.out.startswith("FAIL")
    assert {path.name for path in (home / "out").iterdir()} == {f"{n}.txt" for n in FORMATS}
    document = json.loads((home / "out" / "json.txt").read_text())
    assert document["diagnosis"][0]["cause"] == "key-invalid"
    tree = ElementTree.parse(home / "out" / "junit.txt")
    assert {one.get("type") for one in tree.iter("failure")} == {"key-invalid"}
    assert (home / "out" / "html.txt").read_text().startswith("<!DOCTYPE html>")
    assert (home / "out" / "markdown.txt").read_text().startswith("## FAIL")
    assert "::error " in (home / "out" / "github.txt").read_text()
    assert "##vso[task.logissue" in (home / "out" / "azure-pipelines.txt").read_text()


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("--report", "xml=a"), "the format is one of"),
        (("--report", "junit"), "names no file"),
        (("--report", "junit="), "names no file"),
        (("--report", "junit=a", "json=a"), "names a twice"),
        (("--report", "junit=."), "is a folder"),
    ],
)
def test_wrong_usage(doctor: Doctor, arguments: tuple[str, ...], word: str) -> None:
    ran = doctor("run", "--tier", "offline", *arguments)
    assert ran.code == 2
    assert word in ran.err


@pytest.mark.skipif(os.name != "posix", reason="/proc is Linux's")
def test_a_file_that_cannot_be_written_is_said_and_costs_the_zero(doctor: Doctor) -> None:
    with Emulator(load_scenario("healthy")) as emulator:
        ran = doctor(
            "run", "--deployment", emulator.deployment, "--report", "junit=/proc/none/x.xml",
            env=emulator.environment,
        )  # fmt: skip
    assert ran.out.startswith("PASS")
    assert ran.code == 3
    assert "/proc/none/x.xml was not written" in ran.err


def test_in_github_the_log_has_text_and_annotations(doctor: Doctor, tmp_path: Path) -> None:
    summary, outputs = tmp_path / "summary", tmp_path / "outputs"
    with Emulator(load_scenario("rate-limited")) as emulator:
        env = {**emulator.environment, "GITHUB_ACTIONS": "true",
               "GITHUB_STEP_SUMMARY": str(summary), "GITHUB_OUTPUT": str(outputs)}  # fmt: skip
        ran = doctor("run", "--deployment", emulator.deployment, env=env)
        plain = doctor("run", "--deployment", emulator.deployment, "-o", "text", env=env)
    assert ran.code == 5
    assert "::stop-commands::" in ran.out
    assert "::error title=foundry-doctor%3A rate-limited" in ran.out
    assert summary.read_text().startswith("## FAIL")
    assert "rate-limited" in outputs.read_text()
    assert "::" not in plain.out.replace("::1", ""), "who names a format gets that alone"


def test_in_azure_pipelines_the_step_fails_by_its_exit_code(doctor: Doctor, tmp_path: Path) -> None:
    with Emulator(load_scenario("key-invalid")) as emulator:
        env = {**emulator.environment, "TF_BUILD": "True", "AGENT_TEMPDIRECTORY": str(tmp_path)}
        ran = doctor("run", "--deployment", emulator.deployment, env=env)
        asked = doctor("run", "--deployment", emulator.deployment, "-o", "azure-pipelines", env=env)
    assert "##vso[task.logissue type=error;code=key-invalid;" in ran.out
    assert "##vso[task.uploadsummary]" in ran.out
    assert "##vso[task.complete" not in ran.out, "so that `foundry-doctor || true` can go on"
    assert "##vso[task.complete result=Failed;]" in asked.out


@pytest.mark.parametrize(
    ("arguments", "env", "word"),
    [
        (("-o", "junit"), {}, "<error "),
        (("-o", "github"), {}, "::error "),
        (("-o", "azure-pipelines"), {}, "##vso[task.logissue type=error"),
        ((), {"GITHUB_ACTIONS": "true"}, "::error "),
        ((), {"TF_BUILD": "True"}, "##vso[task.logissue type=error"),
        ((), {}, None),
        (("-o", "markdown"), {}, None),
    ],
)
def test_wrong_usage_shows_where_the_reader_looks(
    doctor: Doctor, arguments: tuple[str, ...], env: dict[str, str], word: str | None
) -> None:
    ran = doctor("run", *arguments, "--config", "absent.yaml", env=env)
    assert ran.code == 2
    assert "absent.yaml" in ran.err
    assert (word in ran.out) if word else ran.out == ""
