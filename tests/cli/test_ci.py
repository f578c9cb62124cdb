"""What a run leaves to its CI system, on a real file system: whole, or not at all and said so."""

from __future__ import annotations

import io
import json
import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from foundry_doctor.cli import ci
from foundry_doctor.cli.ci import ci_error, ci_text, detect, repository_is_private
from foundry_doctor.cli.console import Console
from foundry_doctor.model import Report
from foundry_doctor.noun import replace

from ..report import samples
from ..report.ci_logs import read_azure, read_github, read_outputs
from ..report.ci_runs import RUNS, code_of

SUMMARY = "# foundry-doctor\n\nIt is broken.\n"
FULL = Path("/dev/full")
MEBIBYTE = 1024 * 1024


class Run:
    """One run in a CI system, with what it wrote."""

    def __init__(
        self,
        kind: str,
        environ: Mapping[str, str],
        run: tuple[Report, ...] = RUNS["failing"],
        summary: Callable[[int], str] = lambda limit: SUMMARY,
        encoding: str = "utf-8",
    ) -> None:
        out = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
        err = io.StringIO()
        console = Console(out, err, environ)
        self.out = ci_text(
            kind, run, "the text ::error::x\n", code=code_of(run), environ=environ,
            console=console, render_summary=summary,
        )  # fmt: skip
        self.err = err.getvalue()


@pytest.fixture
def github(tmp_path: Path) -> dict[str, str]:
    """The environment of a step, with the files that the runner makes for it."""
    for name in ("summary", "output"):
        (tmp_path / name).touch()
    (tmp_path / "event.json").write_text(json.dumps({"repository": {"private": True}}))
    return {
        "GITHUB_ACTIONS": "true",
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
    }


@pytest.mark.parametrize(
    ("environ", "kind"),
    [
        ({}, None),
        ({"CI": "true"}, None),
        ({"GITHUB_ACTIONS": "true"}, "github"),
        ({"GITHUB_ACTIONS": "false"}, None),
        ({"TF_BUILD": "True"}, "azure-pipelines"),
        ({"TF_BUILD": "true"}, "azure-pipelines"),
        ({"TF_BUILD": ""}, None),
    ],
)
def test_detection(environ: dict[str, str], kind: str | None) -> None:
    assert detect(environ) == kind


def test_a_step_on_github(github: dict[str, str]) -> None:
    ran = Run("github", github)
    log = read_github(ran.out)
    assert [one.name for one in log.commands] == ["error"]
    assert "the text ::error::x" in log.shown
    assert Path(github["GITHUB_STEP_SUMMARY"]).read_text() == SUMMARY
    assert read_outputs(Path(github["GITHUB_OUTPUT"]).read_text()) == {
        "verdict": "failing", "cause": "key-auth-disabled", "transient": "false", "exit-code": "1",
    }  # fmt: skip
    assert ran.err == ""


def test_two_runs_in_one_step_and_a_line_without_an_end(github: dict[str, str]) -> None:
    Path(github["GITHUB_OUTPUT"]).write_text("mine=1")
    Path(github["GITHUB_STEP_SUMMARY"]).write_text("mine")
    first, second = Run("github", github), Run("github", github, RUNS["transient"])
    found = read_outputs(Path(github["GITHUB_OUTPUT"]).read_text())
    assert found["mine"] == "1"
    assert found["cause"] == "rate-limited"
    assert Path(github["GITHUB_STEP_SUMMARY"]).read_text() == f"mine\n{SUMMARY}\n{SUMMARY}"
    assert token(first.out) != token(second.out)


def token(out: str) -> str:
    """The token with which commands were stopped."""
    return out.partition("::stop-commands::")[2].partition("\n")[0]


@pytest.mark.parametrize("environ", [{}, {"GITHUB_STEP_SUMMARY": "", "GITHUB_OUTPUT": ""}])
def test_outside_of_a_runner_only_the_log_is_written(environ: dict[str, str]) -> None:
    ran = Run("github", environ)
    assert ran.err == ""
    assert read_github(ran.out).named("error")


@pytest.mark.parametrize(
    ("event", "private"),
    [
        ({"repository": {"private": True}}, True),
        ({"repository": {"private": False}}, False),
        ({"repository": {"visibility": "internal"}}, True),
        ({"repository": {"private": True, "visibility": "public"}}, False),
        ({"repository": {"visibility": "public"}}, False),
        ({"repository": {"private": "true"}}, None),
        ({"repository": []}, None),
        ({"schedule": "0 2 * * *"}, None),
        ([], None),
    ],
)
def test_the_event_tells_whether_the_log_is_public(
    tmp_path: Path, event: object, private: bool | None
) -> None:
    path = tmp_path / "event.json"
    path.write_text(json.dumps(event))
    assert repository_is_private({"GITHUB_EVENT_PATH": str(path)}) is private


def test_names_are_hidden_unless_the_repository_is_known_to_be_private(
    github: dict[str, str], tmp_path: Path
) -> None:
    assert "::add-mask::" not in Run("github", github).out
    path = tmp_path / "event.json"
    path.write_text(json.dumps({"repository": {"private": False}}))
    log = read_github(Run("github", github).out)
    assert "contoso-ai" in [one.data for one in log.named("add-mask")]
    path.unlink()
    assert read_github(Run("github", github).out).named("add-mask")


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff\xfe", b"[" * 200_000, b'{"repository": {"private": true}}' + b" " * 200],
    ids=["empty", "cut", "binary", "deep", "large"],
)
def test_an_event_that_cannot_be_read_tells_nothing(
    tmp_path: Path, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ci, "MAX_EVENT", 200_100 if content[:1] == b"[" else 100)
    path = tmp_path / "event.json"
    path.write_bytes(content)
    assert repository_is_private({"GITHUB_EVENT_PATH": str(path)}) is None


def test_an_event_that_is_no_file_tells_nothing(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "none", tmp_path / "pipe", Path("/dev/zero"), "a\0b"):
        assert repository_is_private({"GITHUB_EVENT_PATH": str(path)}) is None


def test_the_summary_fits_into_what_the_step_has_left(github: dict[str, str]) -> None:
    limits: list[int] = []

    def summary(limit: int) -> str:
        limits.append(limit)
        return "ä" * ((limit - 1) // 2)

    path = Path(github["GITHUB_STEP_SUMMARY"])
    path.write_bytes(b"x" * (MEBIBYTE - 5000))
    ran = Run("github", github, summary=summary)
    assert limits == [4999]
    assert MEBIBYTE - 3 <= path.stat().st_size <= MEBIBYTE
    assert ran.err == ""
    ran = Run("github", github, summary=summary)
    assert len(limits) == 1
    assert ran.err == "note: the job summary was not written: the step's summary is full\n"
    assert path.stat().st_size <= MEBIBYTE


def test_a_summary_that_is_too_long_is_left_out(github: dict[str, str]) -> None:
    ran = Run("github", github, summary=lambda limit: "x" * (limit + 1))
    assert ran.err == "note: the summary was not written: it is too long\n"
    assert Path(github["GITHUB_STEP_SUMMARY"]).read_bytes() == b""


def test_a_defect_in_the_summary_costs_nothing_else(github: dict[str, str]) -> None:
    def summary(limit: int) -> str:
        raise RuntimeError(samples.KEY)

    ran = Run("github", github, summary=summary)
    assert ran.err == "note: the summary was not written: RuntimeError\n"
    assert read_github(ran.out).named("error")
    assert read_outputs(Path(github["GITHUB_OUTPUT"]).read_text())
    assert "uploadsummary" not in Run("azure-pipelines", {}, summary=summary).out


def test_a_summary_without_anything_in_it_is_not_written(github: dict[str, str]) -> None:
    assert Run("github", github, summary=lambda limit: "\n").err == ""
    assert Path(github["GITHUB_STEP_SUMMARY"]).read_bytes() == b""


@pytest.mark.parametrize("where", ["folder", "missing", "full", "pipe", "nul"])
def test_what_cannot_be_written_is_a_note(
    github: dict[str, str], tmp_path: Path, where: str
) -> None:
    os.mkfifo(tmp_path / "pipe")
    path = {
        "folder": str(tmp_path),
        "missing": str(tmp_path / "no" / "file"),
        "full": str(FULL),
        "pipe": str(tmp_path / "pipe"),
        "nul": "a\0b",
    }[where]
    ran = Run("github", {**github, "GITHUB_STEP_SUMMARY": path, "GITHUB_OUTPUT": path})
    assert len(ran.err.splitlines()) == 2
    assert ran.err.startswith("note: the job summary could not be written: ")
    assert "note: the step's outputs could not be written: " in ran.err
    assert read_github(ran.out).named("error")


def test_half_an_output_is_taken_back(
    github: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Path(github["GITHUB_OUTPUT"])
    path.write_text("mine=1\n")
    real = os.write
    wrote: list[bytes] = []

    def full(descriptor: int, content: bytes) -> int:
        if wrote:
            raise OSError(28, "No space left on device")
        wrote.append(content)
        return real(descriptor, content[:20])

    monkeypatch.setattr(os, "write", full)
    ran = Run("github", {**github, "GITHUB_STEP_SUMMARY": ""})
    monkeypatch.undo()
    assert path.read_text() == "mine=1\n"
    assert ran.err == "note: the step's outputs could not be written: No space left on device\n"


def test_a_task_on_azure_pipelines(tmp_path: Path) -> None:
    folder = tmp_path / "_temp 100%; x]"
    folder.mkdir()
    ran = Run("azure-pipelines", {"TF_BUILD": "True", "AGENT_TEMPDIRECTORY": str(folder)})
    log = read_azure(ran.out)
    (upload,) = log.named("task.uploadsummary")
    path = Path(upload.data)
    assert path.is_absolute()
    assert path.is_relative_to(folder)
    assert path.name == "foundry-doctor.md"
    assert path.read_text() == SUMMARY
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert log.commands[-1].properties == {"result": "Failed"}
    assert ran.err == ""


def test_a_summary_that_cannot_be_written_is_not_uploaded(tmp_path: Path) -> None:
    ran = Run("azure-pipelines", {"AGENT_TEMPDIRECTORY": str(tmp_path / "none")})
    assert "uploadsummary" not in ran.out
    assert ran.err == "note: the summary could not be written: No such file or directory\n"
    assert read_azure(ran.out).named("task.logissue")


def test_the_limit_on_azure_pipelines(tmp_path: Path) -> None:
    limits: list[int] = []

    def summary(limit: int) -> str:
        limits.append(limit)
        return SUMMARY

    Run("azure-pipelines", {"AGENT_TEMPDIRECTORY": str(tmp_path)}, summary=summary)
    assert limits == [MEBIBYTE]


def test_another_encoding_gets_ascii(github: dict[str, str]) -> None:
    one = replace(samples.KEY_AUTH_DISABLED.diagnosis[0], title="Größe – „x“ → y")
    run = (replace(samples.KEY_AUTH_DISABLED, diagnosis=(one,)),)
    for kind in ("github", "azure-pipelines"):
        assert Run(kind, github, run, encoding="ascii").out.isascii()
        assert "Größe – „x“ → y." in Run(kind, github, run).out


def test_a_kind_that_is_none() -> None:
    with pytest.raises(ValueError, match="gitlab"):
        Run("gitlab", {})


def refuse(kind: str, environ: Mapping[str, str], message: str, code: int) -> tuple[str, str]:
    err = io.StringIO()
    console = Console(io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), err, environ)
    return ci_error(kind, environ, message, code, console), err.getvalue()


def test_an_error_before_any_report_on_github(github: dict[str, str]) -> None:
    message = "unknown flag --tire\nTry: foundry-doctor --help"
    out, err = refuse("github", github, message, 2)
    (one,) = read_github(out).commands
    assert (one.name, one.properties) == ("error", {"title": "foundry-doctor: wrong usage"})
    assert one.data == message
    assert read_outputs(Path(github["GITHUB_OUTPUT"]).read_text()) == {
        "verdict": "inconclusive", "cause": "", "transient": "false", "exit-code": "2",
    }  # fmt: skip
    assert err == ""


def test_an_error_before_any_report_on_azure_pipelines() -> None:
    out, _ = refuse("azure-pipelines", {}, "x ##vso[task.complete result=Succeeded]\n::error::", 70)
    log = read_azure(out)
    assert log.commands[0].properties == {"type": "error", "code": "internal"}
    assert log.commands[-1].properties == {"result": "Failed"}
    assert [one.name for one in log.commands] == [
        "task.logissue", *["task.setvariable"] * 3, "task.complete",
    ]  # fmt: skip
    assert log.complaints == []


@pytest.mark.parametrize("kind", ["github", "azure-pipelines"])
def test_no_secret_anywhere(kind: str, tmp_path: Path, github: dict[str, str]) -> None:
    environ = {**github, "AGENT_TEMPDIRECTORY": str(tmp_path), "GITHUB_EVENT_PATH": ""}
    ran = Run(kind, environ, (samples.LONG_NAMES, samples.KEY_AUTH_DISABLED))
    written = [path.read_text() for path in tmp_path.rglob("*") if path.is_file()]
    assert not any(samples.KEY in text for text in (ran.out, ran.err, *written))
