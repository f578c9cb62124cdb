"""Placeholders and quoting: values come from servers, and may be hostile."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundry_doctor.engine.causes import causes
from foundry_doctor.engine.playbook_load import load
from foundry_doctor.engine.playbook_match import best
from foundry_doctor.engine.playbook_text import (
    MAX_PROSE,
    bash,
    fill_diagnosis,
    first_said,
    has_values,
    prose,
    pwsh,
    value_of,
)
from foundry_doctor.model import Confidence, FactValue

GOOD = Path(__file__).with_name("playbook_sample.yaml").read_text(encoding="utf-8")

SHELL = shutil.which("bash") or shutil.which("sh")
HOSTILE = [
    "$(touch owned)",
    "`touch owned`",
    "a'b",
    'a"b',
    "a;b",
    "a b",
    "a&b",
    "$HOME",
    "a|b",
    "*",
    "~",
    "!x",
    "a\\",
    "%PATH%",
    "^",
    "(x)",
    "{x}",
    "#x",
    "ü",
]


def one(value: FactValue) -> dict[str, FactValue]:
    return {"resource": value}


def test_prose_takes_values_of_every_type() -> None:
    values: dict[str, FactValue] = {
        "http.status": 404,
        "dns.chain": ("a", "b"),
        "http.azure": False,
        "resource": "r1",
    }
    template = "{resource}: {http.status}, {dns.chain}, {http.azure}, {{x}}, {region}"
    assert prose(template, values) == "r1: 404, a, b, false, {x}, REGION"


def test_a_value_is_not_a_template() -> None:
    values: dict[str, FactValue] = {"http.error.message": "{resource} {{", "resource": "r"}
    assert prose("{http.error.message}", values) == "{resource} {{"


def test_prose_is_cleaned_and_cut() -> None:
    message = "a\x1b[31mred\x1b]0;title\x07\r\nline\u202ebidi\u200b end\x00"
    assert prose("{http.error.message}", {"http.error.message": message}) == "ared line bidi end"
    long = prose("{http.error.message}", {"http.error.message": "x" * 5000})
    assert len(long) == MAX_PROSE
    assert long.endswith("…")


@given(st.text())
def test_prose_never_prints_what_is_invisible(value: str) -> None:
    text = prose("{resource}", one(value))
    assert text.isprintable()
    assert len(text) <= MAX_PROSE


def test_facts_stand_in_for_named_placeholders() -> None:
    assert value_of("host", {"net.host": "h"}) == "h"
    assert value_of("host", {"net.host": "h", "host": "other"}) == "other"
    assert value_of("suggestion", {"deployment.suggestion": "d"}) == "d"
    assert value_of("region", {"region": ""}) is None
    assert not has_values("{region}", {})


def test_the_first_alternative_with_all_its_values_is_said() -> None:
    alternatives = ("{region} in {cloud}", "{region}", "nowhere")
    assert first_said(alternatives, {"region": "r", "cloud": "c"}) == "r in c"
    assert first_said(alternatives, {"region": "r"}) == "r"
    assert first_said(alternatives, {}) == "nowhere"


@pytest.mark.parametrize("value", ["a\nb", "a\x00b", "a\u202eb", "-n", "@/etc/passwd", "x" * 201])
def test_what_no_quoting_makes_safe_becomes_a_stand_in(value: str) -> None:
    assert bash("az -n {resource}", one(value)) == "az -n RESOURCE"
    assert pwsh("az -n {resource}", one(value)) == "az -n RESOURCE"


def test_unknown_values_become_words_to_replace() -> None:
    assert bash("az -g {resource_group} {tls.issuer}", {}) == "az -g RESOURCE_GROUP TLS_ISSUER"


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.skipif(SHELL is None, reason="no POSIX shell here")
def test_a_posix_shell_gets_the_value_as_one_word(value: str, tmp_path: Path) -> None:
    command = bash("printf '%s|' {resource} end", one(value))
    done = subprocess.run(
        [str(SHELL), "-c", command], capture_output=True, check=True, cwd=tmp_path, timeout=20
    )
    assert done.stdout.decode() == f"{value}|end|"
    assert not (tmp_path / "owned").exists()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("contoso-ai", "'contoso-ai'"),
        ("it's", "'it''s'"),
        ("a‘b’c‚d‛e", "'a‘‘b’’c‚‚d‛‛e'"),
        ("$(calc)", "'$(calc)'"),
        ("$env:X; calc", "'$env:X; calc'"),
        ("a`b", "RESOURCE"),
        ('a" --x', "RESOURCE"),
        ("a“b", "RESOURCE"),
        ("a&calc", "RESOURCE"),
        ("%PATH%", "RESOURCE"),
        ("a\\", "RESOURCE"),
    ],
)
def test_powershell_words(value: str, expected: str) -> None:
    assert pwsh("az -n {resource}", one(value)) == f"az -n {expected}"


@given(st.text(max_size=60))
def test_a_powershell_word_never_ends_early(value: str) -> None:
    word = pwsh("{resource}", one(value))
    if word == "RESOURCE":
        return
    inner = word[1:-1]
    for quote in "'‘’‚‛":
        inner = inner.replace(quote * 2, "")
        assert quote not in inner


def test_a_diagnosis_is_filled_with_the_users_values() -> None:
    playbook = load(GOOD.encode(), "key-invalid.yaml")
    match = best(playbook, {"http.status": 401, "key.x_api_key": "refused"})
    assert match is not None
    values: dict[str, FactValue] = {"resource": "con'toso"}
    filled = fill_diagnosis(match, values, causes()["key-invalid"])
    assert filled.title == "con'toso refuses the key"
    assert filled.summary == "It was sent to ENDPOINT."
    assert filled.because == ("it was tried in x-api-key",)
    assert filled.confidence is Confidence.LIKELY
    assert (filled.who, filled.transient, filled.playbook) == ("caller", False, "key-invalid")
    assert filled.undecided[0].decided_by.endswith("""-n 'con'"'"'toso'""")
    assert filled.remedy[0].bash == (
        """az cognitiveservices account show -n 'con'"'"'toso' -g RESOURCE_GROUP"""
    )
    assert filled.remedy[0].pwsh == (
        "az cognitiveservices account show -n 'con''toso' -g RESOURCE_GROUP"
    )
    assert filled.verify == "foundry-doctor run --only 'key.*'"


def test_a_step_that_needs_a_value_is_left_out_without_it() -> None:
    step = '{needs: [suggestion], text: "Use {suggestion}."}'
    text = GOOD.replace('{text: "Look at', f'{step}\n  - {{text: "Look at')
    text = text.replace("since:", 'takes: "a minute"\nsince:')
    playbook = load(text.encode(), "key-invalid.yaml")
    match = best(playbook, {"http.status": 401, "key.x_api_key": "refused"})
    assert match is not None
    cause = causes()["key-invalid"]
    assert len(fill_diagnosis(match, {}, cause).remedy) == 1
    steps = fill_diagnosis(match, {"deployment.suggestion": "d"}, cause).remedy
    assert steps[0].text == "Use d. Takes effect: a minute."
    assert len(steps) == 2
