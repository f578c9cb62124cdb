"""The verb `diff`: exit codes, inputs of every kind, and two runs on the same target."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from foundry_doctor.emulator import Emulator, load_scenario

from ..conftest import Doctor

SALT = "the salt of the team"


def report(doctor: Doctor, path: Path, scenario: str = "healthy") -> Path:
    """A report of a demo, written to a file."""
    ran = doctor("demo", scenario, "-o", "json")
    path.write_text(ran.out, "utf-8")
    return path


def test_the_same_target_twice_is_the_same(doctor: Doctor, tmp_path: Path) -> None:
    one, two = (report(doctor, tmp_path / name) for name in ("a.json", "b.json"))
    found = doctor("diff", "-o", "json", str(one), str(two))
    assert found.code == 0
    assert found.json["same"] is True
    assert found.json["differences"] == []


@pytest.mark.parametrize(
    "scenario",
    ["key-invalid", "rbac-wrong-scope", "client-certificate-invalid", "entra-unreachable",
     "mfa-required", "refresh-token-expired", "proxy-blocked"],
)  # fmt: skip
def test_the_same_failure_twice_is_the_same(doctor: Doctor, tmp_path: Path, scenario: str) -> None:
    one, two = (report(doctor, tmp_path / name, scenario) for name in ("a.json", "b.json"))
    ran = doctor("diff", str(one), str(two))
    assert (ran.code, ran.out.split()[0]) == (0, "SAME"), ran.out


def test_healthy_and_broken_differ_by_the_cause_first(doctor: Doctor, tmp_path: Path) -> None:
    one = report(doctor, tmp_path / "a.json")
    two = report(doctor, tmp_path / "b.json", "key-invalid")
    ran = doctor("diff", "-o", "json", str(one), str(two))
    assert ran.code == 1
    first = ran.json["differences"][0]
    assert first["area"] == "cause"
    assert "key-invalid" in first["b"]
    assert ran.json["error"] is None
    text = doctor("diff", str(one), str(two))
    assert text.code == 1
    assert text.out.startswith("DIFFERENT ")
    assert "key-invalid" in text.out.split("IDENTITY")[0]
    assert "\x1b" not in text.out


def test_two_keys_under_one_salt(doctor: Doctor, tmp_path: Path) -> None:
    """The same key gives the same, another key a difference, and without the salt it is said."""
    paths = {}
    with Emulator(load_scenario("healthy")) as emulator:
        env = dict(emulator.environment)
        runs: dict[str, tuple[str, ...]] = {
            "one": (SALT,), "again": (SALT,), "other": (SALT,), "salted": ("another salt",),
            "plain": (),
        }  # fmt: skip
        for name, salt in runs.items():
            if name == "other":
                env["ANTHROPIC_FOUNDRY_API_KEY"] = "0" * 31 + "1"
            else:
                env["ANTHROPIC_FOUNDRY_API_KEY"] = emulator.environment["ANTHROPIC_FOUNDRY_API_KEY"]
            flags = ("--fingerprint-salt", *salt) if salt else ()
            ran = doctor("run", "-o", "json", "--deployment", emulator.deployment, *flags, env=env)
            assert ("fingerprint" in ran.json["target"]) is bool(salt)
            assert SALT not in ran.out
            paths[name] = tmp_path / f"{name}.json"
            paths[name].write_text(ran.out, "utf-8")
    same = doctor("diff", "-o", "json", str(paths["one"]), str(paths["again"]))
    assert (same.code, same.json["not_compared"]) == (0, [])
    other = doctor("diff", "-o", "json", str(paths["one"]), str(paths["other"]))
    assert "the key (its fingerprint)" in [one["what"] for one in other.json["differences"]]
    for name in ("salted", "plain"):
        open_ = doctor("diff", "-o", "json", str(paths["one"]), str(paths[name]))
        assert open_.code == 0
        assert [one["what"] for one in open_.json["not_compared"]] == ["the keys"]


def test_a_salt_that_can_be_guessed_is_refused(doctor: Doctor) -> None:
    ran = doctor("run", "--fingerprint-salt", "short")
    assert ran.code == 2


def test_a_bundle_is_as_good_as_its_report(doctor: Doctor, tmp_path: Path) -> None:
    document = doctor("demo", "-o", "json").out
    bundle, plain = tmp_path / "a.zip", tmp_path / "b.json"
    plain.write_text(document, "utf-8")
    with zipfile.ZipFile(bundle, "w") as archive:
        archive.writestr("report.json", document)
    assert doctor("diff", str(bundle), str(plain)).code == 0


def zipped(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


HEAD = b'{"schema_version": "1.0", "tool": {"name": "foundry-doctor", "version": "0"}'
UNREADABLE = {
    "empty": b"",
    "no JSON": b"FAIL the key is wrong",
    "deep": b"[" * 200_000,
    "binary": bytes(range(256)) * 10,
    "another program": HEAD.replace(b"foundry", b"other") + b', "verdict": "healthy"}',
    "an explanation": HEAD + b', "matches": []}',
    "a later version": HEAD.replace(b"1.0", b"2.0") + b', "verdict": "healthy"}',
    "no report": HEAD + b', "reports": []}',
    "no bundle": zipped(notes=b"x"),
    "a cut zip": zipped(**{"report.json": b"{}"})[:-30],
    "a bomb": zipped(**{"report.json": b" " * (80 << 20)}),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_is_no_report_cannot_be_read(doctor: Doctor, tmp_path: Path, name: str) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad"
    good.write_bytes(HEAD + b', "verdict": "healthy"}')
    bad.write_bytes(UNREADABLE[name])
    for order in ((good, bad), (bad, good)):
        ran = doctor("diff", "-o", "json", *map(str, order))
        assert ran.code == 2
        assert ran.json["error"]["kind"] == "usage"
        assert ran.json["same"] is None
        assert "cannot be read" in ran.err


def test_files_that_are_not_there(doctor: Doctor, tmp_path: Path) -> None:
    assert doctor("diff", "nowhere.json", "nowhere.json").code == 2
    assert doctor("diff", str(tmp_path), str(tmp_path)).code == 2
    assert doctor("diff", "one.json").code == 2


def test_hostile_reports_print_no_escapes(doctor: Doctor, tmp_path: Path) -> None:
    def hostile(text: str) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(doctor("demo", "-o", "json").out)
        document["target"]["resource"] = text
        document["checks"][0]["summary"] = text
        return document

    paths = [tmp_path / "a.json", tmp_path / "b.json"]
    for path, text in zip(paths, ("\x1b[31mred\u202e\n::error::x", "##vso[task]" * 9), strict=True):
        path.write_text(json.dumps(hostile(text)), "utf-8")
    for form in ("text", "json"):
        ran = doctor("diff", "-o", form, *map(str, paths))
        assert ran.code == 1
        assert "\x1b" not in ran.out
        assert "\u202e" not in ran.out
        assert "##vso" not in ran.out
