"""A planted key appears nowhere: not in any output, of any verb, however it goes wrong."""

from __future__ import annotations

import pytest

from foundry_doctor.emulator import Emulator, Scenario, load_scenario, scenario_names

from ..conftest import Canary, Doctor

ECHO = {
    "title": "the endpoint echoes the key in its error",
    "summary": "A gateway that quotes what it was sent.",
    "synthetic": True,
    "source": "made up",
    "client": {},
    "server": {},
}


@pytest.mark.parametrize("name", scenario_names())
@pytest.mark.parametrize("flags", [("-o", "json"), ("-vv",)], ids=["json", "text"])
def test_no_scenario_shows_the_key(
    doctor: Doctor, canary: Canary, name: str, flags: tuple[str, ...]
) -> None:
    with Emulator(load_scenario(name), key=canary.key) as emulator:
        doctor(
            "run", *flags, "--timeout", "1", "--deployment", emulator.deployment,
            env=emulator.environment,
        )  # fmt: skip


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500])
def test_a_server_that_echoes_the_key_is_not_believed(
    doctor: Doctor, canary: Canary, status: int
) -> None:
    from foundry_doctor.emulator import Scenario as _  # noqa: F401 - the class is the public door

    body = {"error": {"code": "x", "message": f"bad key {canary.key} in x-api-key: {canary.key}"}}
    data = {**ECHO, "server": {"answer": {"status": status, "body": body}}}
    with Emulator(Scenario.from_data("echo", data), key=canary.key) as emulator:
        ran = doctor("run", "-o", "json", "--deployment", "claude-sonnet-5",
                     env=emulator.environment)  # fmt: skip
        assert "***" in ran.out
        doctor("run", "-vv", "--deployment", "claude-sonnet-5", env=emulator.environment)


def test_a_proxy_password_is_not_shown(doctor: Doctor, canary: Canary) -> None:
    env = {
        "ANTHROPIC_FOUNDRY_RESOURCE": "contoso-ai",
        "ANTHROPIC_FOUNDRY_API_KEY": canary.key,
        "HTTPS_PROXY": f"http://user:{canary.password}@127.0.0.1:9",
    }
    ran = doctor("run", "-o", "json", "--deployment", "x", env=env)
    assert ran.causes == ["proxy-unreachable"]
    doctor("run", "-vv", "--deployment", "x", env=env)


def test_a_key_in_the_wrong_place_is_not_shown(doctor: Doctor, canary: Canary) -> None:
    for env in (
        {"ANTHROPIC_FOUNDRY_RESOURCE": canary.key, "ANTHROPIC_FOUNDRY_API_KEY": canary.key},
        {"ANTHROPIC_FOUNDRY_BASE_URL": f"https://user:{canary.password}@h.services.ai.azure.com"},
        {"ANTHROPIC_FOUNDRY_BASE_URL": f"https://x.services.ai.azure.com/?key={canary.key}",
         "ANTHROPIC_FOUNDRY_API_KEY": canary.key},
    ):  # fmt: skip
        doctor("run", "-o", "json", "--deployment", "x", "--budget", "2", env=env)
        doctor("run", "-vv", "--deployment", "x", "--budget", "2", env=env)


def test_an_unknown_flag_does_not_echo_its_value(doctor: Doctor, canary: Canary) -> None:
    ran = doctor("run", f"--api-key={canary.key}", "-o", "json")
    assert ran.code == 2
    ran = doctor("run", "--key", canary.key)
    assert ran.code == 2
