"""The verb `bundle` as a user meets it: a run, a file, and nothing in it that must not leave."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import time
import zipfile
from pathlib import Path

import pytest

from foundry_doctor.bundle.verify import verify_bundle
from foundry_doctor.emulator import Emulator, Scenario, load_scenario

from ..conftest import PROGRAM, Canary, Doctor, Ran, base_environment

UPN = "alice.smith@contoso.example.com"
LOG = """\
2026-11-24T02:04:11Z ERROR call failed: 529 {{"type":"error","error":{{"type":"overloaded_error",\
"message":"Overloaded"}},"request_id":"req_011CSHoEeqs5C35K2UUqR7Fy"}} apim-request-id: \
6c1e0000-1111-4222-8333-444455556666 api-key: {key} "content": "tell nobody" by {upn}
"""


def run_bundle(doctor: Doctor, canary: Canary, tmp_path: Path, name: str, *more: str) -> Ran:
    """One bundle of a scenario, made by Alice, with everything planted that she could plant."""
    canary.planted += ["alice.smith"]
    with Emulator(load_scenario(name), planes="all", key=canary.key) as emulator:
        env = {
            **emulator.environment,
            "HOME": str(tmp_path / "home" / "alice.smith"),
            "USER": "alice.smith",
            "GH_PAT": canary.password,
            "AZURE_TOKEN_CREDENTIALS": "prod",
        }
        (tmp_path / "home" / "alice.smith").mkdir(parents=True, exist_ok=True)
        return doctor(
            "bundle", "--timeout", "2", "--deployment", emulator.deployment, *more, env=env
        )


def files(path: Path, canary: Canary) -> dict[str, str]:
    """The files of a bundle, searched for everything planted."""
    with zipfile.ZipFile(path) as archive:
        found = {name: archive.read(name).decode() for name in archive.namelist()}
    for name, text in found.items():
        canary.saw(f"{path.name}:{name}", text)
    return found


@pytest.mark.parametrize("profile", ["vendor", "public"])
def test_end_to_end(doctor: Doctor, canary: Canary, tmp_path: Path, profile: str) -> None:
    home = tmp_path / "home"
    log = home / "app.log"
    log.write_text(LOG.format(key=canary.key, upn=UPN), "utf-8")
    ran = run_bundle(
        doctor, canary, tmp_path, "service-error", "-O", "case.zip", "--log", "app.log",
        "--profile", profile, "--ticket", "anthropic", "--excerpts", "-o", "json",
    )  # fmt: skip
    log.write_text("", "utf-8")  # the canary searches the home: what the user wrote is his own
    assert ran.code == 5, ran.err
    assert ran.causes == ["service-error"]
    path = home / "case.zip"
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    found = files(path, canary)
    whole = "\n".join(found.values())
    assert set(found) >= {
        "README.txt", "report.json", "report.html", "ticket-microsoft.md", "ticket-anthropic.md",
        "request-ids.csv", "exchanges.har", "timeline.txt", "environment.json",
        "config-provenance.json", "explain.json", "redactions.json", "manifest.json",
    }  # fmt: skip
    for secret in (UPN, "tell nobody", "alice.smith"):
        assert secret not in whole
    assert json.loads(found["report.json"])["diagnosis"][0]["cause"] == "service-error"
    explained = json.loads(found["explain.json"])
    assert explained["matches"][0]["cause"] == "service-overloaded"
    assert "req_011CSHoEeqs5C35K2UUqR7Fy" in found["request-ids.csv"]
    subscription = "aaaa0a0a-bb1b-cc2c-dd3d-eeeeee4e4e4e"
    assert (subscription in whole) is (profile == "vendor")
    assert "case.zip" in ran.err
    check = doctor("bundle", "verify", "case.zip")
    assert (check.code, check.out[:4]) == (0, "GOOD")
    shown = doctor("bundle", "show", "case.zip")
    assert shown.code == 0
    for name in found:
        assert f"===== {name} (" in shown.out


def test_the_report_is_printed_as_run_prints_it(
    doctor: Doctor, canary: Canary, tmp_path: Path
) -> None:
    ran = run_bundle(doctor, canary, tmp_path, "key-invalid")
    assert ran.code == 1
    assert ran.out.startswith("FAIL")
    assert "key-invalid" in ran.out
    (path,) = (tmp_path / "home").glob("foundry-doctor-*.zip")
    assert "NO TICKET" in files(path, canary)["ticket-microsoft.md"]


def test_excerpts_only_when_asked_for(doctor: Doctor, canary: Canary, tmp_path: Path) -> None:
    log = tmp_path / "home" / "app.log"
    log.write_text("ERROR one-of-a-kind apim-request-id: 6c1e0000-1111-4222-8333-444455556666\n")
    run_bundle(doctor, canary, tmp_path, "healthy", "-O", "a.zip", "--log", "app.log", "app.log")
    found = files(tmp_path / "home" / "a.zip", canary)
    assert "explain-2.json" in found
    assert "one-of-a-kind" not in "".join(found.values())
    run_bundle(doctor, canary, tmp_path, "healthy", "-O", "b.zip", "--log", "app.log", "--excerpts")
    found = files(tmp_path / "home" / "b.zip", canary)
    assert "one-of-a-kind" in found["explain.json"]


def test_no_excerpts_of_a_har_file(doctor: Doctor, canary: Canary, tmp_path: Path) -> None:
    asked = {"model": "x", "messages": [{"role": "user", "content": "one-of-a-kind"}]}
    body = {"mimeType": "application/json", "text": json.dumps(asked)}
    error = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    answer = {"mimeType": "application/json", "text": json.dumps(error)}
    entry = {
        "startedDateTime": "2026-11-24T02:04:11Z", "time": 1,
        "request": {"method": "POST", "url": "https://a.services.ai.azure.com/anthropic/v1/messages",
                    "headers": [], "postData": body},
        "response": {"status": 529, "headers": [{"name": "request-id", "value":
                     "req_011CSHoEeqs5C35K2UUqR7Fy"}], "content": answer},
    }  # fmt: skip
    log = tmp_path / "home" / "x.har"
    log.write_text(json.dumps({"log": {"version": "1.2", "entries": [entry]}}))
    run_bundle(doctor, canary, tmp_path, "healthy", "-O", "a.zip", "--log", "x.har", "--excerpts")
    found = files(tmp_path / "home" / "a.zip", canary)
    assert "req_011CSHoEeqs5C35K2UUqR7Fy" in found["request-ids.csv"]
    assert "one-of-a-kind" not in "".join(found.values())


def test_a_server_that_echoes_everything(doctor: Doctor, canary: Canary, tmp_path: Path) -> None:
    said = f"bad key {canary.key} from /home/alice.smith/x by {UPN} at http://u:4711-x~y-z@p"
    data = {
        "title": "echo", "summary": "A gateway that quotes what it was sent.", "synthetic": True,
        "source": "made up", "client": {},
        "server": {"answer": {"status": 500, "body": {"error": {"code": "x", "message": said}}}},
    }  # fmt: skip
    with Emulator(Scenario.from_data("echo", data), key=canary.key) as emulator:
        ran = doctor("bundle", "-q", "-O", "e.zip", "--deployment", "x", env=emulator.environment)
    assert ran.code in (1, 5), ran.err
    whole = "".join(files(tmp_path / "home" / "e.zip", canary).values())
    for secret in (UPN, "alice.smith", "4711-x~y-z"):
        assert secret not in whole


@pytest.mark.parametrize("output", ["text", "json"])
def test_no_bundle_is_exit_3_and_says_why(doctor: Doctor, tmp_path: Path, output: str) -> None:
    with Emulator(load_scenario("healthy")) as emulator:
        for out in ("missing/x.zip", "."):
            ran = doctor("bundle", "-o", output, "-O", out, "--deployment", emulator.deployment,
                         env=emulator.environment)  # fmt: skip
            assert ran.code == 3
            assert "cannot be written" in ran.err
            if output == "json":
                assert ran.json["verdict"] == "healthy"
    assert not list((tmp_path / "home").glob("*.zip"))
    assert not list((tmp_path / "home").glob(".*.tmp"))


def test_the_salt_stays_here(doctor: Doctor, canary: Canary, tmp_path: Path) -> None:
    canary.planted.append("salt-of-Alice-4711")
    for profile in ("vendor", "public"):
        run_bundle(
            doctor, canary, tmp_path, "healthy", "-O", "s.zip", "--profile", profile,
            "--fingerprint-salt", "salt-of-Alice-4711",
        )  # fmt: skip
        target = json.loads(files(tmp_path / "home" / "s.zip", canary)["report.json"])["target"]
        assert ("fingerprint" in target) is (profile == "vendor")


def test_a_plan_makes_no_bundle(doctor: Doctor, tmp_path: Path) -> None:
    env = {"ANTHROPIC_FOUNDRY_RESOURCE": "contoso-ai", "ANTHROPIC_FOUNDRY_API_KEY": "a" * 84}
    ran = doctor("bundle", "--plan", "--deployment", "x", env=env)
    assert ran.code == 3
    assert "--plan" in ran.err
    assert not list((tmp_path / "home").glob("*.zip"))


def test_an_offline_bundle_needs_no_network(doctor: Doctor, canary: Canary, tmp_path: Path) -> None:
    ran = doctor("bundle", "--tier", "offline", "-O", "o.zip")
    assert ran.code == 1, "config-missing"
    assert "config-missing" in files(tmp_path / "home" / "o.zip", canary)["ticket-microsoft.md"]


def test_several_targets_are_one_bundle(doctor: Doctor, canary: Canary, tmp_path: Path) -> None:
    (tmp_path / "home" / "foundry-doctor.yaml").write_text(
        "targets:\n  one:\n    resource: contoso-one\n  two:\n    resource: contoso-two\n"
    )
    ran = doctor("bundle", "--all-targets", "--tier", "offline", "-O", "t.zip", "-o", "json")
    assert len(ran.json["reports"]) == 2
    found = files(tmp_path / "home" / "t.zip", canary)
    assert len(json.loads(found["report.json"])["reports"]) == 2
    assert "report-2.html" in found
    assert doctor("bundle", "verify", "t.zip").code == 0


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("bundle", "show"), "needs a file"),
        (("bundle", "verify"), "needs a file"),
        (("bundle", "verify", "missing.zip"), "cannot be read as a bundle"),
        (("bundle", "show", "."), "cannot be read as a bundle"),
        (("bundle", "--log", "missing.log"), "cannot be read"),
        (("bundle", "--profile", "friends"), "invalid choice"),
        (("bundle", "open", "x.zip"), "invalid choice"),
    ],
)
def test_wrong_usage(doctor: Doctor, arguments: tuple[str, ...], word: str) -> None:
    ran = doctor(*arguments)
    assert ran.code == 2
    assert word in ran.err
    assert "Traceback" not in ran.err
    ran = doctor(*arguments, "-o", "json")
    assert ran.json["error"]["kind"] == "usage"


def test_a_cut_bundle_is_unreadable(doctor: Doctor, canary: Canary, tmp_path: Path) -> None:
    run_bundle(doctor, canary, tmp_path, "healthy", "-O", "a.zip")
    path = tmp_path / "home" / "a.zip"
    path.write_bytes(path.read_bytes()[:500])
    assert doctor("bundle", "verify", "a.zip").code == 2


def test_a_refusal_is_exit_70_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In this process, since only here can the redactor be put to sleep."""
    from foundry_doctor.cli.program import run_program
    from foundry_doctor.redact import Redactor

    monkeypatch.setattr(Redactor, "_once", lambda self, text: text)
    # The process is pytest's, and so are its signals.
    monkeypatch.setattr("foundry_doctor.cli.program.raise_on_sigterm", lambda: None)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    code = run_program(["bundle", "--tier", "offline", "-o", "json", "-O", "a.zip"])
    said = capsys.readouterr()
    assert code == 70
    assert json.loads(said.out)["verdict"], "the report is printed all the same, and once"
    assert "refused" in said.err
    assert list(tmp_path.iterdir()) == []


def _started(emulator: Emulator, home: Path, before: str = "") -> subprocess.Popen[str]:
    """`bundle` by a shell, which may set limits first."""
    command = (
        f"{before} exec {PROGRAM} bundle --timeout 20 --deployment {emulator.deployment}"
        " -O case.zip -o json"
    )
    given = {**base_environment(home), **emulator.environment}
    return subprocess.Popen(
        ["/bin/sh", "-c", command],
        env={name: value for name, value in given.items() if value is not None},
        cwd=home, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


@pytest.mark.skipif(os.name != "posix", reason="limits the size of files as POSIX does")
@pytest.mark.usefixtures("doctor")
def test_a_full_disk_leaves_no_half_file(canary: Canary, tmp_path: Path) -> None:
    """Every write beyond 4 KiB fails, as on a full disk: the report is out, and no file is."""
    home = tmp_path / "home"
    (home / "case.zip").write_text("the one before")
    with Emulator(load_scenario("key-invalid"), key=canary.key) as emulator:
        out, err = _started(emulator, home, "ulimit -f 8;").communicate(timeout=60)
    assert json.loads(out)["diagnosis"][0]["cause"] == "key-invalid"
    assert "none was written" in err
    assert (home / "case.zip").read_text() == "the one before"
    assert {path.name for path in home.iterdir()} == {"case.zip"}


@pytest.mark.skipif(os.name != "posix", reason="interrupts as POSIX does")
@pytest.mark.usefixtures("doctor")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stopped_run_still_makes_its_bundle(
    canary: Canary, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    """Stopped while it waits for an answer: what is known then goes out whole."""
    home = tmp_path / "home"
    with Emulator(load_scenario("response-timeout"), key=canary.key) as emulator:
        process = _started(emulator, home)
        time.sleep(2.5)
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
    assert process.returncode == code, err
    assert verify_bundle(home / "case.zip").problems == ()
    report = json.loads(files(home / "case.zip", canary)["report.json"])
    assert report["error"]["kind"] in ("interrupted", "terminated")
