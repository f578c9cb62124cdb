"""The JSON document: the contract's keys in the contract's order, valid whatever happened."""

from __future__ import annotations

import json
import re
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings

from foundry_doctor.model import Report, Run, Timings
from foundry_doctor.noun import replace
from foundry_doctor.report.document import many, render_json, report_document, skeleton, total
from foundry_doctor.report.schema import report_schema

from . import golden, samples
from .strategies import UNSAFE, reports

VALIDATOR = jsonschema.Draft202012Validator(report_schema())
NAMES = sorted(samples.SAMPLES)

# The contract's example, key by key.
ORDER = {
    "": "schema_version tool run vantage target verdict error covered not_covered diagnosis checks"
    " exchanges",
    "tool": "name version",
    "run": "id started_at duration_ms tier calls tokens_billed",
    "vantage": "os python proxy ca clients",
    "target": "resource endpoint cloud auth deployments subscription resource_group region"
    " provenance",
    "not_covered": "what how",
    "diagnosis": "cause subjects confidence title summary because ruled_out undecided checks"
    " playbook who transient remedy verify",
    "diagnosis.ruled_out": "cause because",
    "diagnosis.undecided": "cause decided_by",
    "diagnosis.remedy": "text bash pwsh url who",
    "checks": "id subject title status summary cause blocked_by evidence exchanges duration_ms",
    "exchanges": "id purpose method url status request_id apim_request_id client_request_id"
    " x_ms_region sent_at server_date timings_ms remote_address http_version error",
    "exchanges.timings_ms": "dns connect tls wait receive",
    "exchanges.error": "layer code message",
}


def at(document: dict[str, Any], path: str) -> list[dict[str, Any]]:
    """Every object at a dotted path, lists walked through."""
    found: list[Any] = [document]
    for key in path.split(".") if path else []:
        found = [one[key] for one in found]
        found = [x for one in found for x in (one if isinstance(one, list) else [one])]
        found = [one for one in found if one is not None]
    return found


@pytest.mark.parametrize("name", NAMES)
def test_whole_document(name: str) -> None:
    document = report_document(samples.SAMPLES[name])
    VALIDATOR.validate(document)
    text = render_json(document)
    assert text == golden.expected(f"{name}.json", text)


@pytest.mark.parametrize("path", ORDER)
def test_keys_stand_as_the_contract_prints_them(path: str) -> None:
    documents = [report_document(report) for report in samples.SAMPLES.values()]
    objects = [one for document in documents for one in at(document, path)]
    assert objects
    for one in objects:
        assert list(one) == ORDER[path].split()


def test_keys_that_appear_only_when_they_mean_something() -> None:
    report = replace(
        samples.HEALTHY,
        target=replace(samples.TARGET, name="prod"),
        exchanges=(samples.call("x1", 200, timings=Timings(proxy=4.0)),),
    )
    document = report_document(report)
    assert document["target"]["name"] == "prod"
    assert list(document["exchanges"][0]["timings_ms"].items()) == [
        ("dns", None), ("connect", None), ("tls", None), ("wait", None), ("receive", None),
        ("proxy", 4),
    ]  # fmt: skip
    VALIDATOR.validate(document)


def test_the_target_shows_no_secret() -> None:
    text = render_json(report_document(samples.LONG_NAMES))
    assert samples.KEY not in text
    assert f'"endpoint": "https://{samples.LONG}.services.ai.azure.com/anthropic"' in text


def test_auth_is_the_credential_in_use() -> None:
    def auth(**change: Any) -> str:
        target = replace(samples.TARGET, **change)
        found: str = report_document(replace(samples.HEALTHY, target=target))["target"]["auth"]
        return found

    assert auth(auth="auto", mode="entra") == "entra"
    assert auth(auth="auto", mode=None) == "auto"


@pytest.mark.parametrize("kind", ["usage", "interrupted", "terminated", "internal"])
def test_a_skeleton_is_valid(kind: str) -> None:
    document = skeleton(
        kind,
        "what\x1b[31m went wrong",
        version="0.1.0",
        run_id="7f3f6a1e-4b0c-4d55-9f43-0d1c2b3a4e5f",
        started_at="2026-11-22T02:04:09Z",
    )
    VALIDATOR.validate(document)
    assert document["error"] == {"kind": kind, "message": "what went wrong"}
    assert document["verdict"] == "inconclusive"
    assert document["checks"] == document["diagnosis"] == document["exchanges"] == []
    assert list(document) == ORDER[""].split()


def test_several_targets() -> None:
    document = many([samples.HEALTHY, samples.KEY_AUTH_DISABLED])
    VALIDATOR.validate(document)
    assert list(document) == ["schema_version", "tool", "run", "reports"]
    assert document["run"]["calls"] == 8
    assert document["run"]["duration_ms"] == 2224
    assert [one["verdict"] for one in document["reports"]] == ["healthy", "failing"]
    run = Run("one-for-all", "2026-11-22T02:04:00Z", 9.0, "free", 1, 2)
    assert many([samples.HEALTHY], run=run)["run"]["id"] == "one-for-all"
    with pytest.raises(ValueError, match="skeleton"):
        many([])


def test_runs_add_up_from_the_first_start() -> None:
    later = replace(samples.RUN, id="other", started_at="2026-11-22T01:00:00Z", tokens_billed=7)
    whole = total([samples.RUN, later])
    assert (whole.id, whole.started_at) == (samples.RUN.id, "2026-11-22T01:00:00Z")
    assert (whole.calls, whole.tokens_billed) == (6, 7)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("verdict",), "fine"),
        (("checks", 0, "status"), "ok"),
        (("diagnosis", 0, "confidence"), "sure"),
        (("diagnosis", 0, "cause"), "Key Auth"),
        (("exchanges", 0, "error", "layer"), "nginx"),
        (("error",), "boom"),
        (("run", "duration_ms"), 1.5),
        (("run", "tier"), "gold"),
        (("schema_version",), "2.0"),
    ],
)
def test_the_schema_closes_the_words_that_scripts_branch_on(path: Any, value: object) -> None:
    document = report_document(samples.KEY_AUTH_DISABLED)
    spot: Any = document
    for key in path[:-1]:
        spot = spot[key]
    spot[path[-1]] = value
    assert not VALIDATOR.is_valid(document)
    assert not VALIDATOR.is_valid({**many([samples.HEALTHY]), "reports": [document]})


@pytest.mark.parametrize("key", ORDER[""].split())
def test_the_schema_wants_every_key(key: str) -> None:
    document = report_document(samples.HEALTHY)
    del document[key]
    assert not VALIDATOR.is_valid(document)


def test_the_schema_lets_minor_versions_add_keys() -> None:
    document = report_document(samples.HEALTHY)
    document["schema_version"] = "1.7"
    for path in ("", "target", "checks", "exchanges.timings_ms"):
        for one in at(document, path):
            one["new_in_1_7"] = {"anything": 1}
    VALIDATOR.validate(document)


def test_the_schema_itself_is_valid() -> None:
    jsonschema.Draft202012Validator.check_schema(report_schema())


def test_foreign_values_become_json() -> None:
    odd: dict[str, Any] = {"nan": float("nan"), "set": {1}, "deep": None, "\ud800": "\udfff\x9b1m"}
    spot = odd
    for _ in range(2000):
        spot["deep"] = {"deep": None}
        spot = spot["deep"]
    row = replace(samples.WAY[0], evidence=odd, duration_ms=float("inf"))
    document = report_document(replace(samples.HEALTHY, checks=(row,)))
    read = json.loads(render_json(document).encode("utf-8"))
    assert read["checks"][0]["duration_ms"] == 0
    seen = read["checks"][0]["evidence"]
    assert seen["nan"] is None
    assert seen["set"] == "{1}"
    assert seen["\ufffd"] == "\ufffd"


def test_a_log_command_is_hidden_and_its_value_kept() -> None:
    text = render_json({"name": "##vso[task.complete]", "more": "###"})
    assert "##" not in text
    assert json.loads(text) == {"name": "##vso[task.complete]", "more": "###"}


def test_ascii_on_demand() -> None:
    assert render_json({"a": "é"}) == '{\n  "a": "é"\n}\n'
    assert render_json({"a": "é"}, ascii=True) == '{\n  "a": "\\u00e9"\n}\n'


@given(report=reports)
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_report_is_a_valid_document(report: Report) -> None:
    text = render_json(report_document(report))
    read = json.loads(text.encode("utf-8"))
    VALIDATOR.validate(read)
    assert not re.search(UNSAFE, text)
    assert "##" not in text
    assert "planted-secret-value" not in text
