"""The table of the file's keys, its JSON Schema, its reader and its template stay in step."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from foundry_doctor.errors import FileProblems
from foundry_doctor.settings import config_schema, init_text
from foundry_doctor.settings.config_fields import FIELDS, TARGET, TOP
from foundry_doctor.settings.config_file import read_config
from foundry_doctor.settings.keys import looks_secret


def validator() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(config_schema())


def readable(folder: Path, content: str) -> bool:
    path = folder / "x.yaml"
    path.write_text(content)
    try:
        read_config(path, "x.yaml")
    except FileProblems:
        return False
    return True


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(config_schema())
    assert set(config_schema()["properties"]) == set(TOP)
    entry = config_schema()["properties"]["targets"]["additionalProperties"]
    assert set(entry["properties"]) == set(TARGET)
    assert all(field.doc for field in FIELDS)


def test_the_template_as_written_sets_nothing_but_the_version(tmp_path: Path) -> None:
    assert yaml.safe_load(init_text()) == {"version": 1}
    assert readable(tmp_path, init_text())


def test_the_template_without_its_comments_is_valid(tmp_path: Path) -> None:
    (tmp_path / "playbooks").mkdir()
    bare = re.sub(r"^#((?:  )*[a-z-])", r"\1", init_text(), flags=re.MULTILINE)
    content = yaml.safe_load(bare)
    assert set(content) == set(TOP)
    assert validator().is_valid(content)
    assert readable(tmp_path, bare)


def test_any_single_setting_of_the_template_is_valid(tmp_path: Path) -> None:
    (tmp_path / "playbooks").mkdir()
    for field in FIELDS:
        if field.example:
            assert readable(tmp_path, f"{field.name}: {field.example}\n")


SHAPED = ("targets", "playbooks", "expect", "suppress", "defaults")
TEXT = st.sampled_from(["contoso", "", " ", "auto", "public", "key", "MY_KEY", "a b", "x1"])
SCALAR = st.one_of(TEXT, st.integers(-1, 3), st.booleans(), st.none(), st.just(2.5))
VALUE = st.one_of(SCALAR, st.lists(SCALAR, max_size=3), st.dictionaries(TEXT, SCALAR, max_size=2))


def entries(fields: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    names = [name for name in fields if name not in SHAPED]
    return st.dictionaries(st.sampled_from([*names, "unknown"]), VALUE, max_size=4)


@st.composite
def documents(draw: st.DrawFn) -> Any:
    content: Any = draw(entries(TOP))
    if draw(st.booleans()):
        named = st.dictionaries(st.one_of(TEXT, st.just("prod")), entries(TARGET), max_size=2)
        content["targets"] = draw(st.one_of(named, VALUE))
    return content


@given(documents())
def test_reader_and_schema_agree(tmp_path_factory: pytest.TempPathFactory, content: Any) -> None:
    folder = tmp_path_factory.getbasetemp()
    assert readable(folder, yaml.safe_dump(content)) == validator().is_valid(content)


def test_the_schema_cannot_know_that_a_name_is_a_key(tmp_path: Path) -> None:
    content = {"key_env": "Ab1" * 28}
    assert looks_secret(content["key_env"])
    assert validator().is_valid(content)
    assert not readable(tmp_path, yaml.safe_dump(content))
