"""Scenarios: what is listed, what loads, and how strictly the data is read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import foundry_doctor.emulator
from foundry_doctor.emulator import (
    Scenario,
    ScenarioError,
    UnknownScenario,
    load_scenario,
    scenario_names,
)

FOLDER = Path(foundry_doctor.emulator.__file__).parent / "scenarios"
EXTRA = sorted(path.stem for path in (FOLDER / "extra").glob("*.json"))
CAUSES = [
    "healthy",
    "ca-bundle-invalid",
    "captive-portal",
    "client-auth-header",
    "config-conflict",
    "config-missing",
    "connect-refused",
    "connect-reset",
    "credentials-missing",
    "deployment-not-found",
    "endpoint-insecure",
    "endpoint-wrong-path",
    "key-auth-disabled",
    "key-invalid",
    "key-malformed",
    "key-sent-as-bearer",
    "key-wrong-provider",
    "model-id-not-deployment-name",
    "network-acl-denied",
    "network-perimeter-denied",
    "proxy-auth-required",
    "proxy-blocked",
    "proxy-unreachable",
    "public-access-disabled",
    "rate-limited",
    "response-timeout",
    "service-error",
    "service-overloaded",
    "service-unavailable",
    "tls-expired",
    "tls-handshake-failure",
    "tls-hostname",
    "tls-interception",
    "unexpected-redirect",
    "unexpected-response",
]


def test_the_list_begins_with_healthy_and_is_sorted() -> None:
    names = scenario_names()
    assert names[0] == "healthy"
    assert names[1:] == sorted(names[1:])
    assert set(CAUSES) <= set(names)


def test_extra_scenarios_load_without_being_listed() -> None:
    assert EXTRA
    assert not set(EXTRA) & set(scenario_names())


@pytest.mark.parametrize("name", [*scenario_names(), *EXTRA])
def test_every_scenario_loads_and_says_what_it_is(name: str) -> None:
    scenario = load_scenario(name)
    assert scenario.name == name
    assert scenario.title
    assert not scenario.title.endswith(".")
    assert scenario.summary.endswith(".")
    assert scenario.source
    assert isinstance(scenario.client, dict)
    assert isinstance(scenario.server, dict)


@pytest.mark.parametrize("name", [*scenario_names(), *EXTRA])
def test_whatever_is_made_up_is_marked_synthetic(name: str) -> None:
    scenario = load_scenario(name)
    assert scenario.synthetic == ("made up" in scenario.source) or name in ("no-count-tokens",)


def test_a_scenario_is_frozen_and_its_data_its_own() -> None:
    first, second = load_scenario("rate-limited"), load_scenario("rate-limited")
    first.server["quota"]["limit"] = 7
    assert second.server["quota"]["limit"] == 2000
    with pytest.raises(AttributeError):
        first.name = "other"  # type: ignore[misc]


def test_an_unknown_name_is_answered_with_near_ones() -> None:
    with pytest.raises(UnknownScenario) as caught:
        load_scenario("key-invald")
    assert isinstance(caught.value, LookupError)
    assert caught.value.near[0] == "key-invalid"
    assert "key-invalid" in str(caught.value)


@pytest.mark.parametrize("name", ["", "..", "../scenario", "extra/gzip-bomb", "healthy.json", "/"])
def test_a_name_is_never_a_path(name: str) -> None:
    with pytest.raises(UnknownScenario):
        load_scenario(name)


GOOD: dict[str, Any] = {"title": "t", "summary": "s", "source": "x", "client": {}, "server": {}}


@pytest.mark.parametrize(
    ("part", "value", "key"),
    [
        ("surprise", 1, "surprise"),
        ("title", "", "title"),
        ("title", None, "title"),
        ("synthetic", "yes", "synthetic"),
        ("client", [], "client"),
        ("client", {"key": "x"}, "client.key"),
        ("client", {"api_key": 1}, "client.api_key"),
        ("client", {"env": {"A": 1}}, "client.env.A"),
        ("client", {"env": {"A": "{secret}"}}, "client.env.A"),
        ("client", {"base_url": "{orign}"}, "client.base_url"),
        ("server", "x", "server"),
        ("server", {"conection": "hang"}, "server.conection"),
        ("server", {"connection": "broken"}, "server.connection"),
        ("server", {"network": None}, "server.network"),
        ("server", {"model_lookup": 1}, "server.model_lookup"),
        ("server", {"model_lookup": None}, "server.model_lookup"),
        ("server", {"keys": "x"}, "server.keys"),
        ("server", {"key_headers": ["X-Api-Key"]}, "server.key_headers"),
        ("server", {"deployments": {"d": {}}}, "server.deployments.d.model"),
        ("server", {"deployments": {"d": {"model": "m", "x": 1}}}, "server.deployments.d.x"),
        ("server", {"quota": {"limit": -1}}, "server.quota.limit"),
        ("server", {"quota": {"limit": True}}, "server.quota.limit"),
        ("server", {"quota": {"routes": ["models"]}}, "server.quota.routes"),
        ("server", {"answer": {"status": 99}}, "server.answer.status"),
        ("server", {"answer": {"stage": "middle"}}, "server.answer.stage"),
        ("server", {"answer": {"headers": {"A b": "c"}}}, "server.answer.headers.A b"),
        ("server", {"answer": {"headers": {"a": "b\r\nc: d"}}}, "server.answer.headers.a"),
        ("server", {"answer": {"body": {}, "body_text": "x"}}, "server.answer.body"),
        ("server", {"fail_first": 1}, "server.fail_first"),
        ("server", {"fail_first": 0, "answer": {}}, "server.fail_first"),
        ("server", {"delay_s": "1"}, "server.delay_s"),
        ("server", {"delay_s": float("nan")}, "server.delay_s"),
        ("server", {"tls": {"certificate": "old"}}, "server.tls.certificate"),
        ("server", {"proxy": {}}, "server.proxy.mode"),
        ("server", {"proxy": {"mode": "ok", "port": 1}}, "server.proxy.port"),
    ],
)
def test_data_that_does_not_fit_is_refused_with_file_and_key(
    part: str, value: object, key: str
) -> None:
    with pytest.raises(ScenarioError) as caught:
        Scenario.from_data("x", {**GOOD, part: value}, file="x.json")
    assert (caught.value.file, caught.value.key) == ("x.json", key)
    assert str(caught.value).startswith(f"x.json: {key}: ")


def test_an_unknown_key_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ScenarioError, match=r"known here: .*connection.*model_lookup"):
        Scenario.from_data("x", {**GOOD, "server": {"conection": "hang"}})


@pytest.mark.parametrize("data", [None, [], "x", 3])
def test_a_scenario_is_an_object(data: object) -> None:
    with pytest.raises(ScenarioError):
        Scenario.from_data("x", data)


def test_the_files_hold_no_duplicate_keys_and_end_in_a_newline() -> None:
    for path in FOLDER.rglob("*.json"):
        text = path.read_text("utf-8")
        assert text.endswith("}\n"), path
        assert json.dumps(json.loads(text), indent=2, ensure_ascii=False) + "\n" == text, path
