"""What is not the target's fault: usage errors, verbs that do not exist, lists, schema, init."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from ..conftest import PROGRAM, Canary, Doctor, base_environment

NOT_BUILT = [
    ["run", "--allow", "all"], ["run", "--repeat", "3"], ["run", "--lang", "id"],
]  # fmt: skip


@pytest.mark.parametrize("arguments", NOT_BUILT, ids=" ".join)
def test_what_is_not_built_does_not_exist(doctor: Doctor, arguments: list[str]) -> None:
    ran = doctor(*arguments)
    assert ran.code == 2
    assert ran.out == ""


@pytest.mark.parametrize(
    "arguments",
    [["run", "--nonsense"], ["run", "--only", "dsn.*"], ["run", "--budget", "soon"],
     ["run", "--config", "missing.yaml"], ["run", "--target", "prod"]],
    ids=" ".join,
)  # fmt: skip
def test_usage_errors_say_what_to_do_and_answer_in_json(
    doctor: Doctor, arguments: list[str]
) -> None:
    plain = doctor(*arguments)
    assert plain.code == 2
    assert plain.err.startswith("foundry-doctor: ")
    ran = doctor(*arguments, "-o", "json")
    assert ran.code == 2
    assert ran.json["error"]["kind"] == "usage"
    assert ran.json["verdict"] == "inconclusive"


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        (["--only", "key.spellings"], "--only 'key.*'"),
        (["--only", "inference.*"], "--tier paid"),
        (["--only", "dns.resolve", "--tier", "offline"], "--tier free"),
    ],
)
def test_a_selection_that_runs_nothing_is_no_silent_pass(
    doctor: Doctor, arguments: list[str], advice: str
) -> None:
    ran = doctor("run", *arguments)
    assert ran.code == 2
    assert advice in ran.err


def test_a_glob_that_fits_nothing_lists_what_there_is(doctor: Doctor) -> None:
    ran = doctor("run", "--only", "dsn.*")
    assert "dns.resolve" in ran.err


def test_no_argument_at_all_runs(doctor: Doctor) -> None:
    ran = doctor()
    assert ran.code == 1
    assert "config-missing" in ran.out
    assert "Traceback" not in ran.err


def test_version_and_help(doctor: Doctor) -> None:
    assert doctor("--version").out.startswith("foundry-doctor ")
    for arguments in (["--help"], ["run", "--help"], ["demo", "-h"], ["emulator", "-h"]):
        ran = doctor(*arguments)
        assert ran.code == 0
        assert "example" in ran.out or "verbs:" in ran.out


def test_schema_of_everything_is_valid(doctor: Doctor) -> None:
    for which in ("report", "config", "playbook"):
        ran = doctor("schema", which)
        assert ran.code == 0
        Draft202012Validator.check_schema(ran.json)


def test_reports_fit_the_printed_schema(doctor: Doctor) -> None:
    validator = Draft202012Validator(doctor("schema").json)
    for arguments in (["demo"], ["demo", "key-invalid"], ["run"], ["run", "--nonsense"]):
        report = doctor(*arguments, "-o", "json").json
        problems = [f"{list(one.path)}: {one.message}" for one in validator.iter_errors(report)]
        assert problems == []


def test_checks_lists_and_explains(doctor: Doctor) -> None:
    ran = doctor("checks")
    assert ran.code == 0
    for line in ran.out.splitlines():
        one = doctor("checks", line.split()[0])
        assert one.code == 0
        assert "tier" in one.out
    assert doctor("checks", "dns.resolv").code == 2


def test_playbooks_lists_and_explains(doctor: Doctor) -> None:
    ran = doctor("playbooks")
    assert ran.code == 0
    assert len(ran.out.splitlines()) >= 25
    assert "az " in doctor("playbooks", "key-auth-disabled").out
    ran = doctor("playbooks", "key-invalide")
    assert ran.code == 2
    assert "key-invalid" in ran.err


def test_init_writes_once(doctor: Doctor, tmp_path: Path) -> None:
    assert doctor("init", cwd=tmp_path).code == 0
    text = (tmp_path / "foundry-doctor.yaml").read_text("utf-8")
    assert "version: 1" in text
    assert doctor("init", cwd=tmp_path).code == 2
    assert (tmp_path / "foundry-doctor.yaml").read_text("utf-8") == text


def test_lint_and_test_of_a_users_playbook(doctor: Doctor, tmp_path: Path) -> None:
    book = tmp_path / "mine.yaml"
    book.write_text("playbook: 1\ncause: key-invalid\nmatches: []\n", "utf-8")
    ran = doctor("playbooks", "lint", str(book))
    assert ran.code == 1
    assert f"{book}:3:1:" in ran.out
    assert doctor("playbooks", "test", str(book)).code == 1


def test_a_broken_playbook_folder_of_the_config_is_a_usage_error(
    doctor: Doctor, tmp_path: Path
) -> None:
    (tmp_path / "books").mkdir()
    (tmp_path / "books" / "x.yaml").write_text("playbook: 1\ncause: [", "utf-8")
    (tmp_path / "foundry-doctor.yaml").write_text("version: 1\nplaybooks: books\n", "utf-8")
    ran = doctor("run", "-o", "json", cwd=tmp_path)
    assert ran.code == 2
    assert "x.yaml:" in json.dumps(ran.json["error"])


@pytest.mark.skipif(os.name == "nt", reason="descriptors of POSIX")
@pytest.mark.parametrize(
    ("command", "codes"),
    [
        ("{doctor} demo healthy -o json >&-", {0}),
        ("{doctor} demo healthy 2>&-", {0}),
        ("{doctor} demo key-invalid -o json >/dev/full", {1}),
        ("{doctor} run --nope -o json >&-", {2}),
        ("{doctor} run 2>&- >&-", {1}),
        ("{doctor} demo healthy | head -1", {0}),
    ],
)
def test_a_stream_that_cannot_be_written_changes_no_exit_code(
    tmp_path: Path, canary: Canary, command: str, codes: set[int]
) -> None:
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command.format(doctor=PROGRAM)],
        env=base_environment(tmp_path), cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode in codes, done.stderr
    assert "Traceback" not in done.stderr
    canary.saw("stderr", done.stderr)


def test_a_removed_working_directory_is_no_defect(doctor: Doctor, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    for words, codes in (("schema", {0}), ("run", {1}), ("init", {2})):
        gone.mkdir()
        script = f"cd {gone} && rmdir {gone} && exec {PROGRAM} {words}"
        done = subprocess.run(
            ["bash", "-c", script], env=base_environment(tmp_path), capture_output=True, check=False
        )
        assert done.returncode in codes, (words, done.stderr)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--header", "x-api-key: {}"], ["--api-key", "a.b:{}"], ["--api-key={}"], ["{}"],
        ["run", "-o", "{} x"], ["run", "--only", "{}"], ["run", "--target", "{}"], ["checks", "{}"],
        ["demo", "{}"], ["playbooks", "{}"], ["run", "--config", "{}"], ["schema", "{}"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_no_value_of_the_command_line_is_echoed_that_could_be_a_key(
    doctor: Doctor, canary: Canary, arguments: list[str]
) -> None:
    for key in (canary.key, "abcdefghijklmnopqrstuvwxyzABCDEF"):
        words = [one.format(key) for one in arguments]
        for more in ([], ["-o", "json"]):
            ran = doctor(*words, *more)
            assert ran.code in (1, 2)
            assert key[:20] not in ran.out + ran.err


@pytest.mark.parametrize("spelling", [["-o", "json"], ["-ojson"], ["-o=json"], ["-qo", "json"]])
def test_json_is_answered_in_json_however_it_is_asked_for(
    doctor: Doctor, spelling: list[str]
) -> None:
    assert doctor("run", "--nope", *spelling).json["error"]["kind"] == "usage"
