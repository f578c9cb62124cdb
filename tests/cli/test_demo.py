"""Every scenario of the demo names its cause, with the contract's exit code, free of charge."""

from __future__ import annotations

import pytest

from foundry_doctor.emulator import scenario_names
from foundry_doctor.engine.causes import causes

from ..conftest import Doctor

FAILURES = [name for name in scenario_names() if name != "healthy"]


def test_healthy_is_the_default_and_proves_the_deployment(doctor: Doctor) -> None:
    ran = doctor("demo", "-o", "json")
    assert (ran.code, ran.json["verdict"], ran.causes) == (0, "healthy", [])
    assert ran.row("deployment.resolve", "claude-sonnet-5")["status"] == "pass"
    assert ran.json["run"]["calls"] == 2, "the probe and the control call, nothing else"
    assert ran.json["run"]["tokens_billed"] == 0


def test_there_are_at_least_ten_failures() -> None:
    assert len(FAILURES) >= 10


@pytest.mark.parametrize("name", FAILURES)
def test_each_failure_names_its_cause(doctor: Doctor, name: str) -> None:
    ran = doctor("demo", name, "-o", "json", "--timeout", "1")
    report = ran.json
    root = report["diagnosis"][0]
    assert root["cause"] == name, [one["cause"] for one in report["diagnosis"]]
    assert ran.code == (5 if causes()[name].transient else 1)
    assert report["verdict"] == "failing"
    assert report["run"]["tokens_billed"] == 0
    assert root["remedy"], "a cause comes with its remedy"
    assert root["verify"].startswith("foundry-doctor run")
    assert root["because"], "a cause comes with its evidence"


@pytest.mark.parametrize("name", FAILURES)
def test_the_text_leads_with_the_verdict(doctor: Doctor, name: str) -> None:
    ran = doctor("demo", name, "--timeout", "1")
    assert ran.out.startswith("FAIL")
    assert name in ran.out, "the cause id is in the text"
    assert "\x1b" not in ran.out, "no colour in a pipe"


def test_list_names_every_scenario(doctor: Doctor) -> None:
    ran = doctor("demo", "--list")
    assert ran.code == 0
    assert [line.split()[0] for line in ran.out.splitlines()] == scenario_names(planes=True)


def test_an_unknown_scenario_is_a_usage_error(doctor: Doctor) -> None:
    ran = doctor("demo", "key-invalide")
    assert ran.code == 2
    assert "key-invalid" in ran.err
