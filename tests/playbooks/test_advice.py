"""What the shipped playbooks advise fits the setting at fault, the port and what is missing."""

from __future__ import annotations

import re

import pytest

from foundry_doctor.engine.diagnosis import diagnose
from foundry_doctor.engine.playbook_set import PlaybookSet, builtin_roots
from foundry_doctor.model import Diagnosis, FactValue, Result, Status, Target

BOOKS = PlaybookSet.load(builtin_roots())
TARGET = Target(
    resource="contoso",
    base_url="https://localhost:8443/anthropic",
    host="localhost",
    port=8443,
    mode="key",
    deployments=("d",),
    provenance={"deployments": "flag --deployment"},
)


def root(target: Target = TARGET, **rows: dict[str, FactValue]) -> Diagnosis:
    """THE root cause of failed rows; `__` in a row's name stands for a dot."""
    found = [
        Result(name.replace("__", "."), "t", Status.FAIL, "s", facts=facts)
        for name, facts in rows.items()
    ]
    return diagnose(found, target, BOOKS, ())[0]


def commands(found: Diagnosis) -> list[str]:
    return [step.bash for step in found.remedy if step.bash]


@pytest.mark.parametrize("fault", ["malformed", "wrong-host", "wrong-path", "insecure"])
@pytest.mark.parametrize("suggestion", ["https://x.services.ai.azure.com/anthropic", None])
def test_a_flag_at_fault_is_not_mended_by_a_variable(fault: str, suggestion: str | None) -> None:
    facts: dict[str, FactValue] = {
        "config.endpoint": fault,
        "config.setting": "flag --base-url",
        "config.suggestion": suggestion,
    }
    found = root(config__endpoint=facts)
    assert found.cause == f"endpoint-{fault}"
    assert not re.search("export|unset", " ".join(commands(found)))
    if suggestion and fault != "insecure":
        assert f"foundry-doctor run --base-url {suggestion} --deployment d" in commands(found)


def test_a_variable_at_fault_gets_what_was_meant() -> None:
    facts: dict[str, FactValue] = {
        "config.endpoint": "malformed",
        "config.setting": "env ANTHROPIC_FOUNDRY_RESOURCE",
        "config.suggestion": "contoso",
    }
    found = root(config__endpoint=facts)
    assert commands(found) == ["export ANTHROPIC_FOUNDRY_RESOURCE=contoso"]


@pytest.mark.parametrize("suggestion", ["https://x.services.ai.azure.com/anthropic", None])
@pytest.mark.parametrize("fault", ["malformed", "wrong-host", "wrong-path"])
def test_a_file_at_fault_is_mended_in_the_file(fault: str, suggestion: str | None) -> None:
    facts: dict[str, FactValue] = {
        "config.endpoint": fault,
        "config.setting": "ci/p.yaml:3:15",
        "config.suggestion": suggestion,
    }
    found = root(config__endpoint=facts)
    assert not any("export ANTHROPIC_FOUNDRY_BASE_URL" in one for one in commands(found))
    if suggestion or fault == "malformed":
        assert any("ci/p.yaml:3:15" in step.text for step in found.remedy)


@pytest.mark.parametrize("setting", [None, "env ANTHROPIC_FOUNDRY_BASE_URL"])
def test_the_resource_is_never_set_beside_a_base_url(setting: str | None) -> None:
    facts: dict[str, FactValue] = {"config.endpoint": "malformed", "config.setting": setting}
    (command,) = commands(root(config__endpoint=facts))
    assert command.startswith("unset ANTHROPIC_FOUNDRY_BASE_URL; export ANTHROPIC_FOUNDRY_RESOURCE")


def test_advice_on_missing_settings_names_what_is_missing() -> None:
    found = root(config__deployment={"config.deployment": "missing"})
    assert "resource" not in found.summary
    assert not any("export" in one for one in commands(found))
    found = root(config__endpoint={"config.endpoint": "missing"})
    assert "deployment" not in found.title + found.summary
    assert not any("--deployment DEPLOYMENT" in one for one in commands(found))


@pytest.mark.parametrize("outcome", ["refused", "timeout", "reset", "unreachable"])
def test_the_port_is_the_targets(outcome: str) -> None:
    facts: dict[str, FactValue] = {"net.phase": "connect", "connect.outcome": outcome}
    found = root(endpoint__connect=facts)
    said = [found.summary, *found.because, *(step.text for step in found.remedy), *commands(found)]
    assert not any("443" in one.replace("8443", "") for one in said)
    assert found.because


@pytest.mark.parametrize(
    ("facts", "cause", "confidence"),
    [
        ({"http.status": 302, "http.location_host": "x"}, "unexpected-redirect", "certain"),
        ({"http.status": 307}, "unexpected-redirect", "likely"),
        (
            {"http.status": 304, "http.layer": "unknown", "http.shape": "empty"},
            "unexpected-response",
            "possible",
        ),
        (
            {"http.outcome": "timeout", "http.status": 200, "http.shape": "broken-json"},
            "response-timeout",
            "likely",
        ),
        (
            {"http.outcome": "timeout", "http.status": 404, "http.shape": "broken-json"},
            "response-timeout",
            "likely",
        ),
    ],
)
def test_odd_answers(facts: dict[str, FactValue], cause: str, confidence: str) -> None:
    found = root(endpoint__answers={"net.phase": "http", "http.outcome": "answered", **facts})
    assert (found.cause, found.confidence.value) == (cause, confidence)
    assert found.because


def test_a_refused_key_leaves_the_host_in_doubt() -> None:
    facts: dict[str, FactValue] = {
        "http.status": 401,
        "http.layer": "gateway",
        "http.shape": "azure",
        "key.x_api_key": "refused",
        "key.api_key": "refused",
    }
    found = root(key__accepted=facts)
    assert found.cause == "key-invalid"
    doubts = {one.cause for one in found.undecided}
    assert {"endpoint-wrong-host", "dns-private-zone-unlinked"} <= doubts
    assert "fine" not in found.summary


def test_a_token_in_the_key_is_called_one() -> None:
    facts: dict[str, FactValue] = {
        "key.shape": "other-provider",
        "key.provider": "an Entra token (JWT)",
    }
    assert root(key__shape=facts).title.startswith("The key is an Entra token (JWT)")
    assert root(key__shape={**facts, "key.provider": "OpenAI"}).title.startswith("The key belongs")
