"""What authors get: every problem and weakness, and their tests one by one."""

from __future__ import annotations

from pathlib import Path

import pytest

from foundry_doctor.engine.playbook_lint import gaps, lint, run_tests
from foundry_doctor.engine.playbook_load import load

GOOD = Path(__file__).with_name("playbook_sample.yaml").read_text(encoding="utf-8")


def varied(old: str, new: str) -> bytes:
    """The sample with one passage replaced."""
    assert old in GOOD, old
    return GOOD.replace(old, new, 1).encode()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "key-invalid.yaml"
    path.write_text(GOOD, encoding="utf-8")
    return path


def test_a_good_playbook_is_clean(file: Path) -> None:
    assert lint(file) == lint(file.parent) == []
    assert [(one.name, one.passed, one.message) for one in run_tests(file)] == [
        ("refused", True, ""),
        ("accepted", True, ""),
    ]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("refuses the key", "refuses the key.", "full stop at its end"),
        ("It is wrong.", "It is wrong", "ends with a full stop"),
        ("since:", "explains: [key-invalid]\nsince:", "explain itself"),
        (
            "remedy:",
            "  - {confidence: possible, when: {http.status: 418}}\nremedy:",
            "no test reaches",
        ),
        (
            '{text: "Look at',
            '{when: {key.shape: quoted}, text: "Look at',
            "no test that matches has the facts of this step",
        ),
        ("because:", 'title: "It is wrong."\n    because:', "full stop at its end"),
        ("because:", 'summary: "It is wrong"\n    because:', "ends with a full stop"),
        ("expect: likely", "expect: possible", "expects possible"),
        ("confidence: likely", "confidence: certain", "but variant 1 (line 7) says certain"),
    ],
)
def test_a_weakness_is_told_with_its_place(file: Path, old: str, new: str, words: str) -> None:
    file.write_bytes(varied(old, new))
    found = lint(file)
    assert len(found) >= 1
    assert all(one.startswith(f"{file}:") for one in found)
    assert any(words in one for one in found), found


WHOLE = GOOD.replace('-g {resource_group}"}', '-g {resource_group}", who: caller}').replace(
    "since:",
    """takes: "at once"
mistaken_for: [{cause: key-malformed, tell: "there it has another shape"}]
docs: ["https://learn.microsoft.com/azure/foundry/"]
sources: ["a report"]
since:""",
)
"""The sample with all that a playbook that ships must tell."""


def test_a_whole_playbook_has_no_gaps() -> None:
    assert gaps(load(WHOLE.encode(), "key-invalid.yaml")) == []


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('takes: "at once"\n', "", "1:1: takes"),
        ("mistaken_for: [{cause: key-malformed, tell: ", "explains: []\n#", "1:1: mistaken_for"),
        ('docs: ["https://learn.microsoft.com/azure/foundry/"]', "docs: []", "1:1: docs"),
        ('sources: ["a report"]', "sources: []", "1:1: sources"),
        (", who: caller", "", "13:1: who"),
        (
            'bash: "az cognitiveservices account show -n {resource} -g {resource_group}", ',
            'pwsh: "Get-AzCognitiveServicesAccount", ',
            "13:1: no step has a command",
        ),
        ("It was sent to {endpoint}.", "One. Two. Three. Four.", "at most 3 sentences"),
    ],
)
def test_a_gap_is_told_with_its_place(old: str, new: str, words: str) -> None:
    assert old in WHOLE, old
    (found,) = gaps(load(WHOLE.replace(old, new, 1).encode(), "key-invalid.yaml"))
    assert words in found


def test_a_portal_s_path_stands_in_for_a_command() -> None:
    text = WHOLE.replace(
        'bash: "az cognitiveservices account show -n {resource} -g {resource_group}", ', ""
    ).replace("Look at {resource}.", "Portal: the resource, Keys and Endpoint.")
    assert gaps(load(text.encode(), "key-invalid.yaml")) == []


def test_certain_beside_undecided_is_a_contradiction(file: Path) -> None:
    text = GOOD.replace("confidence: likely", "confidence: certain")
    file.write_text(text.replace("expect: likely", "expect: certain"), encoding="utf-8")
    assert any("cannot leave other causes undecided" in one for one in lint(file))


def test_a_file_that_does_not_load_fails_its_tests(file: Path) -> None:
    file.write_bytes(varied("expect: likely", "expect: possible"))
    (result,) = run_tests(file)
    assert (result.passed, result.line, result.playbook) == (False, 17, "key-invalid")
    assert "expects possible" in result.message


def test_a_place_that_does_not_exist_is_a_failure(tmp_path: Path) -> None:
    assert "no such file" in lint(tmp_path / "nowhere")[0]
    assert [one.passed for one in run_tests(tmp_path / "nowhere")] == [False]
