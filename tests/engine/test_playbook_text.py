"""Placeholders and quoting: values come from servers, and may be hostile."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundry_doctor.engine.causes import causes
from foundry_doctor.engine.playbook_flags import Flag
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
    said,
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


@pytest.mark.parametrize(
    ("template", "left"),
    [
        ("404 “{http.error.message}”", "404"),
        ("“{http.error.message}”: printed for every 404", "printed for every 404"),
        ("a key was sent, and refused: “{http.error.message}”", "a key was sent, and refused"),
        ("port {port} refused ({connect.address})", "port 443 refused"),
        ("text ({http.shape}, {http.content_type}) (IPv6)", "text (IPv6)"),
        ("{http.status} ({region}) “{http.error.message}” from Azure", "404 from Azure"),
        ("“{http.error.message}”", None),
        ("Server: {http.server}", None),
        ("{config.detail}", None),
        ("{http.server} “{http.error.message}”", None),
        ("nothing to fill", "nothing to fill"),
    ],
)
def test_evidence_loses_the_part_whose_value_is_not_known(template: str, left: str | None) -> None:
    assert said(template, {"http.status": 404, "http.shape": "text"}) == left
    values: dict[str, FactValue] = {"http.error.message": "m", "connect.address": "a", "port": 8443}
    if "{connect.address}" in template:
        assert said(template, values) == "port 8443 refused (a)"


def test_the_port_has_a_default() -> None:
    assert bash("nc -vz {host} {port}", {"host": "h", "port": 8443}) == "nc -vz h 8443"
    assert bash("nc -vz {host} {port}", {}) == "nc -vz HOST 443"


BASH_URL = """'https://it'"'"'s:1/'"""
FLAGS = (Flag("--base-url", ("https://it's:1/",)), Flag("--deployment", ("d1", "d 2")))


@pytest.mark.parametrize(
    ("template", "filled"),
    [
        (
            "foundry-doctor run --only 'key.*'",
            f"foundry-doctor run --only 'key.*' --base-url {BASH_URL} --deployment d1 'd 2'",
        ),
        (
            "foundry-doctor run: whether it comes",
            f"foundry-doctor run --base-url {BASH_URL} --deployment d1 'd 2': whether it comes",
        ),
        (
            "foundry-doctor run --base-url https://G:1/P; az login",
            "foundry-doctor run --base-url https://G:1/P --deployment d1 'd 2'; az login",
        ),
        (
            "Use foundry-doctor run --resource {resource}.",
            "Use foundry-doctor run --resource r --deployment d1 'd 2'.",
        ),
        ("az login; foundry-doctor init", "az login; foundry-doctor init"),
    ],
)
def test_our_own_commands_repeat_the_users_flags(template: str, filled: str) -> None:
    assert bash(template, {"resource": "r"}, FLAGS) == filled


def test_flags_are_quoted_for_the_shell_or_left_to_the_user() -> None:
    words = "--base-url 'https://it''s:1/' --deployment 'd1' 'd 2'"
    assert pwsh("foundry-doctor run", {}, FLAGS) == f"foundry-doctor run {words}"
    unsafe = (Flag("--resource-group", ("a\nb",)), Flag("--tenant"))
    words = "--resource-group RESOURCE_GROUP --tenant TENANT"
    assert bash("foundry-doctor run", {}, unsafe) == f"foundry-doctor run {words}"


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
    assert filled.because == ("401", "it was tried in x-api-key")
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


def test_a_step_is_given_where_its_conditions_hold() -> None:
    step = '{when: {key.shape: quoted}, text: "Remove the quotes."}'
    text = GOOD.replace('{text: "Look at', f'{step}\n  - {{text: "Look at')
    playbook = load(text.encode(), "key-invalid.yaml")
    match = best(playbook, {"http.status": 401, "key.x_api_key": "refused"})
    assert match is not None
    cause = causes()["key-invalid"]
    assert len(fill_diagnosis(match, {}, cause).remedy) == 1
    assert len(fill_diagnosis(match, {"key.shape": "ok"}, cause).remedy) == 1
    steps = fill_diagnosis(match, {"key.shape": "quoted"}, cause).remedy
    assert [one.text for one in steps][:1] == ["Remove the quotes."]


def test_a_variant_speaks_before_its_playbook() -> None:
    own = 'title: "{region} refuses"\n    summary: ["In {region}.", "Nowhere."]\n    because:'
    playbook = load(GOOD.replace("because:", own, 1).encode(), "key-invalid.yaml")
    match = best(playbook, {"http.status": 401, "key.x_api_key": "refused"})
    assert match is not None
    cause = causes()["key-invalid"]
    filled = fill_diagnosis(match, {"region": "r", "resource": "c"}, cause)
    assert (filled.title, filled.summary) == ("r refuses", "In r.")
    filled = fill_diagnosis(match, {"resource": "c"}, cause)
    assert (filled.title, filled.summary) == ("c refuses the key", "Nowhere.")


def test_flags_reach_every_command_of_a_diagnosis() -> None:
    text = GOOD.replace("az cognitiveservices account show -n {resource}", "foundry-doctor run")
    playbook = load(text.replace(" -g {resource_group}", "").encode(), "key-invalid.yaml")
    match = best(playbook, {"http.status": 401, "key.x_api_key": "refused"})
    assert match is not None
    flags = (Flag("--deployment", ("d",)),)
    filled = fill_diagnosis(match, {}, causes()["key-invalid"], flags)
    assert filled.verify == "foundry-doctor run --only 'key.*' --deployment d"
    assert filled.undecided[0].decided_by == "foundry-doctor run --deployment d"
    assert filled.remedy[0].bash == "foundry-doctor run --deployment d"
    assert filled.remedy[0].pwsh == "foundry-doctor run --deployment 'd'"
