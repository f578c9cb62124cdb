"""Third parties: a check and a playbook from another distribution, good and broken."""

from __future__ import annotations

from pathlib import Path

from foundry_doctor.emulator import Emulator, load_scenario

from ..conftest import Canary, Doctor, Ran

GOOD = '''
"""Is the weather fine?"""
from foundry_doctor import Context, Finding, check, fail, ok

@check("weather.fine", "the weather is fine", needs=("endpoint.answers",))
def weather(context: Context) -> Finding:
    """Look out of the window."""
    return ok("sunny")
'''
CRASHING = GOOD.replace(
    'return ok("sunny")', 'raise RuntimeError("rain: " + context.target.key.reveal())'
)
HANGING = GOOD.replace('return ok("sunny")', "import time; time.sleep(60)").replace(
    'needs=("endpoint.answers",)', 'needs=("endpoint.answers",), limit=0.5'
)
FAILING = GOOD.replace('return ok("sunny")', 'return fail("it rains")')


def install(folder: Path, source: str, group: str = "foundry_doctor.checks") -> dict[str, str]:
    """A distribution on PYTHONPATH: a module and its metadata."""
    (folder / "weather_plugin.py").write_text(source, "utf-8")
    info = folder / "weather_plugin-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: weather-plugin\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{group}]\nweather = weather_plugin\n")
    return {"PYTHONPATH": str(folder)}


def play(doctor: Doctor, folder: Path, source: str) -> Ran:
    with Emulator(load_scenario("healthy"), key=Canary().key) as emulator:
        env = {**emulator.environment, **install(folder, source)}
        return doctor("-o", "json", "--deployment", "claude-sonnet-5", env=env)


def test_a_third_party_check_runs_like_a_built_in_one(doctor: Doctor, tmp_path: Path) -> None:
    ran = play(doctor, tmp_path, GOOD)
    assert ran.row("weather.fine")["status"] == "pass"
    assert ran.code == 0


def test_a_crash_is_one_row_and_never_a_success(doctor: Doctor, tmp_path: Path) -> None:
    ran = play(doctor, tmp_path, CRASHING)
    assert ran.row("weather.fine")["status"] == "error"
    assert "weather-plugin" in ran.row("weather.fine")["summary"]
    assert (ran.code, ran.json["verdict"]) == (3, "inconclusive")
    assert ran.row("deployment.resolve")["status"] == "pass", "the rest still runs"


def test_a_hang_is_one_row(doctor: Doctor, tmp_path: Path) -> None:
    ran = play(doctor, tmp_path, HANGING)
    assert ran.row("weather.fine")["status"] == "error"
    assert ran.code == 3


def test_a_failure_without_a_playbook_is_still_named(doctor: Doctor, tmp_path: Path) -> None:
    ran = play(doctor, tmp_path, FAILING)
    assert (ran.code, len(ran.json["diagnosis"])) == (1, 1)
    assert "weather.fine" in ran.json["diagnosis"][0]["title"]


def test_a_plugin_that_does_not_load_is_an_error_row(doctor: Doctor, tmp_path: Path) -> None:
    ran = play(doctor, tmp_path, "import nothing_like_this")
    row = ran.row("plugin.weather")
    assert row["status"] == "error"
    assert "nothing_like_this" in row["summary"]
    assert ran.code == 3


def test_playbooks_of_the_config_are_used(doctor: Doctor, tmp_path: Path) -> None:
    (tmp_path / "books").mkdir()
    (tmp_path / "books" / "our-vpn.yaml").write_text(
        """\
playbook: 1
cause: connect-refused
title: "The VPN is down"
summary: "Our own gateway refuses while the VPN is down."
why: "It listens only on the VPN."
match:
  - confidence: certain
    when: {connect.outcome: refused, net.phase: connect, net.host: localhost}
    because: ["{net.host} refuses"]
remedy: [{text: "Start the VPN.", bash: "nmcli con up vpn"}]
verify: "foundry-doctor run --only 'endpoint.*'"
since: "0.1.0"
tests:
  - name: "refused"
    given: {connect.outcome: refused, net.phase: connect, net.host: localhost}
    expect: certain
  - {name: "silent", given: {connect.outcome: timeout}, expect: false}
""",
        "utf-8",
    )
    (tmp_path / "foundry-doctor.yaml").write_text("version: 1\nplaybooks: books\n", "utf-8")
    assert doctor("playbooks", "test", str(tmp_path / "books")).code == 0
    with Emulator(load_scenario("connect-refused"), key=Canary().key) as emulator:
        ran = doctor(
            "-o", "json", "--deployment", "x", env=emulator.environment, cwd=tmp_path
        )  # fmt: skip
    assert ran.json["diagnosis"][0]["title"] == "The VPN is down"
