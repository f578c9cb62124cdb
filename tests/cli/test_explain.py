"""The verb `explain`: exit codes, streams, JSON, bad input, and what is never printed."""

from __future__ import annotations

import gzip
import json
import signal
import subprocess
import time
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from foundry_doctor.report.schema import explain_schema

from ..conftest import KEY, PASSWORD, PROGRAM, Doctor, base_environment

OFF = (
    "Error code: 403 - {'error': {'code': 'AuthenticationTypeDisabled', 'message':"
    " 'Key based authentication is disabled for this resource.'}}"
)
GUID = "6c1e1111-2222-4333-8444-555566667777"
CONTRACT = {"cause", "confidence", "title", "summary", "because", "undecided", "remedy", "playbook"}


def test_a_file(doctor: Doctor, tmp_path: Path) -> None:
    path = tmp_path / "error.txt"
    path.write_text(f"{OFF} apim-request-id: {GUID}\n", encoding="utf-8")
    ran = doctor("explain", str(path))
    assert ran.code == 1
    assert ran.out.startswith("FOUND     Key authentication is off")
    assert "key-auth-disabled (certain)" in ran.out
    assert GUID in ran.out
    assert ran.err == ""


def test_json_is_the_contract_s(doctor: Doctor) -> None:
    ran = doctor("explain", "-", "-o", "json", stdin=f"x\n{OFF}\napim-request-id: {GUID}\n")
    assert ran.code == 1
    document = ran.json
    Draft202012Validator(explain_schema()).validate(document)
    assert set(document) == {
        "schema_version", "tool", "error", "matches", "request_ids", "truncated",
    }  # fmt: skip
    assert set(document["matches"][0]) >= CONTRACT
    assert document["request_ids"] == [
        {"kind": "apim-request-id", "value": GUID, "file": "stdin", "line": 3, "time": None,
         "useful_to": "azure"}
    ]  # fmt: skip


def test_nothing_found(doctor: Doctor) -> None:
    ran = doctor("explain", "-o", "json", stdin="all is well\n")
    assert ran.code == 3
    assert ran.json["matches"] == []
    ran = doctor("explain", stdin="all is well\n")
    assert ran.code == 3
    assert ran.out.startswith("NOTHING   No problem of Claude in Microsoft Foundry was found.")


def test_an_empty_input(doctor: Doctor) -> None:
    assert doctor("explain", stdin="").code == 3


@pytest.mark.parametrize("name", ["absent.log", "."])
def test_what_cannot_be_read(doctor: Doctor, name: str) -> None:
    ran = doctor("explain", name)
    assert ran.code == 2
    assert f"{name} cannot be read" in ran.err
    ran = doctor("explain", name, "-o", "json")
    assert ran.code == 2
    assert ran.json["matches"] == []
    assert ran.json["error"]["kind"] == "usage"
    Draft202012Validator(explain_schema()).validate(ran.json)


def test_gzip_utf_16_and_several_files(doctor: Doctor, tmp_path: Path) -> None:
    (tmp_path / "a.log.gz").write_bytes(gzip.compress(OFF.encode("utf-16")))
    (tmp_path / "b.txt").write_text("nothing\n")
    ran = doctor("explain", str(tmp_path / "a.log.gz"), str(tmp_path / "b.txt"), "-o", "json")
    assert [one["cause"] for one in ran.json["matches"]] == ["key-auth-disabled"]


def test_a_damaged_gzip_says_so(doctor: Doctor, tmp_path: Path) -> None:
    (tmp_path / "a.gz").write_bytes(gzip.compress(OFF.encode() * 100)[:-8])
    ran = doctor("explain", str(tmp_path / "a.gz"))
    assert "CUT" in ran.out


def test_secrets_of_the_text_are_never_repeated(doctor: Doctor) -> None:
    text = (
        f"curl -H 'api-key: {KEY}' https://user:{PASSWORD}@contoso-ai.services.ai.azure.com\n"
        f"Authorization: Bearer {KEY}\npassword={PASSWORD}\n{OFF} key {KEY}\n"
        f"AADSTS7000215: Invalid client secret provided: client_secret={PASSWORD}\n"
    )
    for flags in ([], ["-v"], ["-vv"], ["-q"], ["-o", "json"]):
        assert doctor("explain", *flags, stdin=text).code == 1  # the canary searches the outputs


def test_our_own_report(doctor: Doctor, tmp_path: Path) -> None:
    report = doctor("demo", "key-invalid", "-o", "json")
    path = tmp_path / "report.json"
    path.write_text(report.out)
    ran = doctor("explain", str(path), "-o", "json")
    assert ran.code == 1
    assert [one["cause"] for one in ran.json["matches"]] == report.causes
    sent = {one["apim_request_id"] for one in report.json["exchanges"]} - {None}
    assert {one["value"] for one in ran.json["request_ids"]} >= sent
    healthy = tmp_path / "healthy.json"
    healthy.write_text(doctor("demo", "-o", "json").out)
    assert doctor("explain", str(healthy)).code == 3


def test_the_text_of_our_own_report(doctor: Doctor) -> None:
    said = doctor("demo", "key-auth-disabled").out
    ran = doctor("explain", "-o", "json", stdin=said)
    assert "key-auth-disabled" in [one["cause"] for one in ran.json["matches"]]


@pytest.mark.parametrize("columns", ["40", "60", "120"])
def test_any_width(doctor: Doctor, columns: str) -> None:
    ran = doctor("explain", stdin=OFF, env={"COLUMNS": columns})
    words = [line for line in ran.out.splitlines() if "az " not in line and "http" not in line]
    assert all(len(line) <= max(int(columns), 48) + 60 for line in words)


def test_own_playbooks_of_the_config(doctor: Doctor, tmp_path: Path) -> None:
    folder = tmp_path / "books"
    folder.mkdir()
    (folder / "broken.yaml").write_text("playbook: 9\n")
    config = tmp_path / "foundry-doctor.yaml"
    config.write_text("version: 1\nplaybooks: books\ntargets:\n  a:\n    resource: contoso-ai\n")
    ran = doctor("explain", "--config", str(config), stdin=OFF)
    assert ran.code == 2


def test_interrupted_it_says_what_it_read(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [str(PROGRAM), "explain", "-", "-o", "json"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=base_environment(tmp_path),
    )  # fmt: skip
    assert process.stdin
    process.stdin.write((OFF + "\n").encode() + b"quiet line\n" * 300_000)
    process.stdin.flush()
    time.sleep(1.5)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=20)
    assert process.returncode == 130
    document = json.loads(out)
    assert document["error"]["kind"] == "interrupted"
    assert document["truncated"] is True


def test_help_has_examples(doctor: Doctor) -> None:
    ran = doctor("explain", "--help")
    assert ran.code == 0
    assert "foundry-doctor explain app.log.gz network.har" in ran.out
