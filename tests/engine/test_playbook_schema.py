"""The published JSON Schema and the loader are made of one table, and agree."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
import yaml

from foundry_doctor.engine.causes import WHO, causes
from foundry_doctor.engine.playbook_schema import PLAYBOOK, playbook_schema
from foundry_doctor.engine.playbook_set import builtin_roots, files
from foundry_doctor.facts import FACTS


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    schema: Any = playbook_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_it_is_json() -> None:
    assert json.loads(json.dumps(playbook_schema())) == playbook_schema()


def test_it_names_every_key_cause_and_fact() -> None:
    schema: Any = playbook_schema()
    assert set(schema["properties"]) == set(PLAYBOOK.fields)
    assert schema["properties"]["cause"]["enum"] == list(causes())
    assert set(schema["$defs"]["when"]["properties"]) == set(FACTS)


@pytest.mark.parametrize("file", files(builtin_roots()[0], []), ids=lambda one: str(one.name))
def test_every_playbook_that_ships_fits_it(
    file: Any, validator: jsonschema.Draft202012Validator
) -> None:
    validator.validate(yaml.safe_load(file.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("playbook", 2),
        ("cause", "nothing"),
        ("title", ""),
        ("match", []),
        ("wy", "x"),
        ("tests", []),
        ("match", [{"confidence": "likely", "when": {"http.status": "401"}}]),
        ("match", [{"confidence": "likely", "when": {"http.statu": 401}}]),
        ("match", [{"confidence": "likely", "when": {"http.status": {"regex": "x"}}}]),
        ("docs", ["https://example.com/"]),
        ("docs", ["https://learn.microsoft.com.evil.example/"]),
    ],
)
def test_it_refuses_what_the_loader_refuses(
    key: str, value: Any, validator: jsonschema.Draft202012Validator
) -> None:
    first = files(builtin_roots()[0], [])[0]
    document = yaml.safe_load(first.read_text(encoding="utf-8"))
    assert not list(validator.iter_errors(document))
    assert list(validator.iter_errors({**document, key: value}))


def test_causes_have_their_five_parts() -> None:
    for cause in causes().values():
        assert cause.who in WHO
        assert cause.is_
        assert isinstance(cause.transient, bool)
    assert causes()["rate-limited"].transient
    assert causes()["dns-nxdomain"].family == "network"
