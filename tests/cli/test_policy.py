"""Expectations, suppressions, a baseline and defaults, end to end against the emulator."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from foundry_doctor.emulator import Emulator, load_scenario

from ..conftest import Doctor, Ran

TENANT = "aaaabbbb-0000-cccc-1111-dddd2222eeee"
ENTRY = 'reason: known, owner: me, expires: "2030-01-31"'


class Place:
    """A folder with a config file, and an emulator to run against."""

    def __init__(self, doctor: Doctor, emulator: Emulator, home: Path) -> None:
        self._doctor, self.emulator, self.home = doctor, emulator, home

    def __call__(self, config: str, *arguments: str, **more: Any) -> Ran:
        (self.home / "foundry-doctor.yaml").write_text(config)
        env = {**self.emulator.environment, "AZURE_TOKEN_CREDENTIALS": "prod", **more}
        return self._doctor(
            "run", "--deployment", self.emulator.deployment, "--timeout", "2", *arguments, env=env
        )


@pytest.fixture
def place(request: pytest.FixtureRequest, doctor: Doctor, tmp_path: Path) -> Iterator[Place]:
    scenario = getattr(request, "param", "healthy")
    with Emulator(load_scenario(scenario), planes="all") as emulator:
        yield Place(doctor, emulator, tmp_path / "home")


ARM = "subscription: aaaa0a0a-bb1b-cc2c-dd3d-eeeeee4e4e4e\n"


@pytest.mark.parametrize(
    ("expect", "check", "status", "code"),
    [
        (f"tenant: {TENANT}", "token.tenant", "pass", 0),
        ("tenant: bbbbcccc-1111-dddd-2222-eeee3333ffff", "token.tenant", "fail", 1),
        ("deployment_type: GlobalStandard", "deployment.type", "pass", 0),
        ("deployment_type: globalstandard", "deployment.type", "pass", 0),
        ("deployment_type: DataZoneStandard", "deployment.type", "fail", 1),
        ("hosting: azure", "deployment.hosting", "pass", 0),
        ("hosting: anthropic", "deployment.hosting", "fail", 1),
        ("key_authentication: on", "key.authentication", "pass", 0),
        ("key_authentication: off", "key.authentication", "fail", 1),
        ("network: private", "endpoint.network", "unknown", 3),
        ("network: public", "endpoint.network", "unknown", 3),
    ],
)
def test_each_expectation(place: Place, expect: str, check: str, status: str, code: int) -> None:
    ran = place(f"{ARM}expect: {{{expect}}}", "-o", "json")
    assert ran.row(check)["status"] == status
    assert ran.code == code, ran.out
    assert ran.json["verdict"] == {0: "healthy", 1: "failing", 3: "inconclusive"}[code]
    if code == 1:
        (one,) = ran.json["diagnosis"]
        assert (one["cause"], one["confidence"]) == ("config-conflict", "certain")
        assert "foundry-doctor.yaml:2:" in one["title"]
        assert one["checks"] == [check]


def test_without_resource_manager_types_are_unknown_and_keys_are_seen(place: Place) -> None:
    ran = place(
        "expect: {deployment_type: DataZoneStandard, key_authentication: off}", "-o", "json"
    )
    assert ran.row("deployment.type")["status"] == "unknown"
    assert ran.row("key.authentication")["status"] == "fail", "a key was accepted: keys are on"
    ran = place("expect: {deployment_type: DataZoneStandard}", "-o", "json")
    assert (ran.code, ran.json["verdict"]) == (3, "inconclusive"), "nothing shows it: no all-clear"
    assert not any("login" in one["url"] for one in ran.json["exchanges"])


def test_without_expectations_there_are_no_rows(place: Place) -> None:
    ran = place("version: 1", "-o", "json")
    assert ran.code == 0
    ids = {row["id"] for row in ran.json["checks"]}
    assert not ids & {"token.tenant", "endpoint.network", "config.suppressions"}


@pytest.mark.parametrize("place", ["key-invalid"], indirect=True)
def test_a_failing_call_leads_before_what_the_file_demands(place: Place) -> None:
    ran = place(f"{ARM}expect: {{hosting: anthropic}}", "-o", "json")
    assert ran.causes == ["key-invalid", "config-conflict"]


@pytest.mark.parametrize("place", ["key-auth-disabled"], indirect=True)
def test_that_keys_are_off_is_seen_without_resource_manager(place: Place) -> None:
    ran = place("expect: {key_authentication: off}", "-o", "json", AZURE_CLIENT_SECRET=None)
    assert ran.row("key.authentication")["status"] == "pass"


@pytest.mark.parametrize("place", ["rate-limited"], indirect=True)
def test_a_suppressed_failure_is_shown_and_does_not_count(place: Place) -> None:
    config = f"suppress: [{{cause: rate-limited, {ENTRY}}}]"
    ran = place(config, "-o", "json")
    assert (ran.code, ran.json["verdict"], ran.causes) == (0, "failing", ["rate-limited"])
    (one,) = ran.json["accepted"]
    assert (one["by"], one["cause"], one["owner"]) == ("suppression", "rate-limited", "me")
    text = place(config)
    assert text.code == 0
    assert text.out.startswith("FAIL")
    assert "KNOWN     accepted until 2030-01-31 (me): known." in text.out
    assert "Exit code 0: 1 failure accepted, nothing else failed." in " ".join(text.out.split())
    other = place(f"suppress: [{{cause: key-invalid, {ENTRY}}}]")
    assert other.code == 5
    assert "nothing needed the suppression of key-invalid" in other.err


def test_an_expired_suppression_fails_loudly_and_stops_nothing(place: Place) -> None:
    config = "suppress: [{cause: rate-limited, reason: r, owner: me, expires: 2026-01-31}]"
    ran = place(config, "-o", "json")
    assert (ran.code, ran.causes) == (1, ["config-conflict"])
    assert "ended on 2026-01-31" in ran.json["diagnosis"][0]["title"]
    assert ran.row("deployment.resolve", place.emulator.deployment)["status"] == "pass"


@pytest.mark.parametrize(
    ("entry", "word"),
    [("cause: rate-limit", "Did you mean rate-limited"), ("check: dsn.*", "no check has such")],
)
def test_an_entry_that_could_never_match_is_refused(place: Place, entry: str, word: str) -> None:
    ran = place(f"suppress: [{{{entry}, {ENTRY}}}]")
    assert ran.code == 2
    assert word in ran.err
    assert "foundry-doctor.yaml:1:12" in ran.err


@pytest.mark.parametrize("place", ["deployment-not-found"], indirect=True)
def test_a_baseline_fails_only_on_what_is_new(place: Place) -> None:
    first = place("version: 1", "--report", "json=old.json", "-o", "json")
    assert first.code == 1
    again = place("version: 1", "--baseline", "old.json", "-o", "json")
    assert (again.code, again.json["verdict"]) == (0, "failing")
    assert again.json["accepted"][0]["by"] == "baseline"
    worse = place("version: 1", "--baseline", "old.json", "--deployment", "another-one")
    assert worse.code == 1, "a further deployment is missing"


def test_a_baseline_of_another_endpoint_accepts_nothing(place: Place) -> None:
    with Emulator(load_scenario("healthy")) as other:
        place("version: 1", "--report", "json=old.json", **other.environment)
    ran = place("version: 1", "--baseline", "old.json")
    assert ran.code == 0
    assert "everything counts as new" in ran.err


@pytest.mark.parametrize("name", ["absent.json", "foundry-doctor.yaml"])
def test_what_is_no_baseline_is_wrong_usage(place: Place, name: str) -> None:
    ran = place("version: 1", "--baseline", name, "-o", "json")
    assert ran.code == 2
    assert ran.json["error"]["kind"] == "usage"


def test_defaults_stand_in_for_flags_and_a_flag_wins(place: Place) -> None:
    ran = place("defaults: {tier: offline, skip: config.trust}", "-o", "json")
    assert ran.json["run"]["tier"] == "offline"
    assert "config.trust" not in {row["id"] for row in ran.json["checks"]}
    assert place("defaults: {tier: offline}", "--tier", "free", "-o", "json").json["run"]["calls"]
    wrong = place("defaults: {budget: 99999}")
    assert wrong.code == 2
    assert "budget" in wrong.err


def test_a_check_that_is_about_nothing_here_says_so_when_asked_for(place: Place) -> None:
    ran = place("version: 1", "--only", "token.tenant", "-o", "json")
    assert ran.row("token.tenant")["status"] == "skip"
    assert (ran.code, ran.json["verdict"]) == (3, "inconclusive")
