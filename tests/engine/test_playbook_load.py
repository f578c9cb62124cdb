"""Loading is strict: each fault is told, with its line and column and what is known instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from foundry_doctor.engine.playbook_load import load
from foundry_doctor.engine.playbook_nodes import MAX_BYTES, MAX_DEPTH
from foundry_doctor.engine.playbook_set import PlaybookSet
from foundry_doctor.errors import FileProblems
from foundry_doctor.model import Confidence

GOOD = Path(__file__).with_name("playbook_sample.yaml").read_text(encoding="utf-8")


def varied(old: str, new: str) -> bytes:
    """The sample with one passage replaced."""
    assert old in GOOD, old
    return GOOD.replace(old, new, 1).encode()


FAULTS = {
    "version": ("playbook: 1", "playbook: 2", "1:11:", "unknown playbook format '2'; known: 1"),
    "version is true": ("playbook: 1", "playbook: true", "1:11:", "unknown playbook format"),
    "unknown key": ("why:", "wy:", "5:1:", "unknown key 'wy'; known: playbook, cause, title"),
    "missing key": ('why: "It is wrong."\n', "", "1:1:", "missing: why"),
    "duplicate key": ("why:", 'title: "x"\nwhy:', "5:1:", "stands twice, first in line 3"),
    "unknown cause": ("cause: key-invalid", "cause: key-invald", "2:8:", "known: key-invalid"),
    "unknown fact": (
        "key.x_api_key: refused}\n    b",
        "key.x_api_kee: refused}\n    b",
        "8:30:",
        "unknown fact 'key.x_api_kee'; known: key.x_api_key",
    ),
    "value type": (
        "when: {http.status: 401",
        'when: {http.status: "401"',
        "8:25:",
        "expected a whole number, found '401'",
    ),
    "enum value": (
        "key.x_api_key: refused}\n    b",
        "key.x_api_key: refusd}\n    b",
        "8:45:",
        "one of accepted, refused, unknown, found 'refusd'",
    ),
    "unknown operator": (
        "http.status: 401, key",
        "http.status: {above: 4}, key",
        "8:26:",
        "unknown operator for a whole number 'above'; known: in, not",
    ),
    "operator of another kind": (
        "http.status: 401, key",
        "http.status: {regex: x}, key",
        "8:26:",
        "unknown operator",
    ),
    "no operator": ("http.status: 401, key", "http.status: {}, key", "8:25:", "an operator"),
    "empty list": ("http.status: 401, key", "http.status: [], key", "8:25:", "at least one value"),
    "list of texts by equality": (
        "when: {http.status: 401",
        "when: {dns.chain: a",
        "8:23:",
        "write {contains: ",
    ),
    "regex that runs away": (
        "when: {http.status: 401",
        "when: {http.error.message: {regex: '(a+)+'}",
        "8:40:",
        "group",
    ),
    "empty regex": (
        "when: {http.status: 401",
        "when: {http.error.message: {regex: ''}",
        "8:40:",
        "would match everything",
    ),
    "empty prefix": (
        "when: {http.status: 401",
        "when: {http.error.code: {prefix: ''}",
        "8:38:",
        "would match everything",
    ),
    "unknown placeholder": ("{endpoint}", "{endpiont}", "4:10:", "unknown placeholder 'endpiont'"),
    "lone brace": ("{endpoint}", "{endpoint", "4:10:", "a lone brace"),
    "placeholder in quotes": ("-n {resource} -g", "-n '{resource}' -g", "13:41:", "inside quotes"),
    "bash alone": ('bash: "az', 'bash: "export A=b; az', "13:41:", "give the step a pwsh"),
    "glued for PowerShell": ("-g {resource_group}", "-g x{resource_group}", "13:41:", "pwsh"),
    "foreign link": (
        'text: "Look',
        'url: "https://example.com/", text: "Look',
        "13:11:",
        "https address of one of learn.microsoft.com",
    ),
    "http link": (
        'text: "Look',
        'url: "http://learn.microsoft.com/", text: "Look',
        "13:11:",
        "https address",
    ),
    "link with a user": (
        'text: "Look',
        'url: "https://aka.ms@x.example/", text: "Look',
        "13:11:",
        "https address",
    ),
    "unknown fact of a step": (
        'text: "Look',
        'when: {key.shap: quoted}, text: "Look',
        "13:13:",
        "unknown fact 'key.shap'",
    ),
    "no condition of a step": ('text: "Look', 'when: {}, text: "Look', "13:12:", "at least one"),
    "unknown placeholder of a variant": (
        "because:",
        'title: "{endpiont}"\n    because:',
        "9:12:",
        "unknown placeholder 'endpiont'",
    ),
    "unknown who": ('text: "Look', 'who: boss, text: "Look', "13:11:", "one of caller"),
    "no near miss": ("expect: false", "expect: likely", "17:82:", "near miss"),
    "no match expected": ("expect: likely", "expect: false", "17:82:", "no test expects a match"),
    "a test that disagrees": (
        "expect: likely",
        "expect: certain",
        "17:82:",
        "expects certain, but variant 1 (line 7) says likely",
    ),
    "same name twice": ('name: "accepted"', 'name: "refused"', "18:83:", "two tests"),
    "only one test": (GOOD.splitlines(keepends=True)[-1], "", "17:3:", "at least 2"),
    "texts where a mapping": (
        "remedy:\n  - {",
        "remedy:\n  - x\n  - {",
        "13:5:",
        "expected a mapping, found a single value",
    ),
    "a mapping where a text": ('why: "It is wrong."', "why: {a: b}", "5:6:", "expected a text"),
    "unquoted number": ('since: "0.1.0"', "since: 0.1", "15:8:", "put it in quotes"),
    "unquoted yes": ('why: "It is wrong."', "why: yes", "5:6:", "put it in quotes"),
    "nothing": ('why: "It is wrong."', "why:", "5:5:", "put it in quotes"),
    "blank": ('why: "It is wrong."', 'why: " "', "5:6:", "found nothing"),
    "too long": ('why: "It is wrong."', f'why: "{"x" * 1201}"', "5:6:", "at most 1200"),
    "a terminal escape": ('why: "It is wrong."', 'why: "\\e[31mred"', "5:6:", "control"),
    "not a version": ('since: "0.1.0"', 'since: "soon"', "15:8:", "a version such as"),
    "anchor": ("when: {http", "when: &a {http", "8:11:", "anchors are not allowed"),
    "alias": ('since: "0.1.0"', "since: *a", "15:8:", "aliases are not allowed"),
    "tag": ('why: "It', 'why: !!str "It', "5:6:", "tags such as tag:yaml.org,2002:str"),
    "two documents": ("playbook: 1", "playbook: 1\n---\na: b", "2:1:", "only one document"),
    "not first": (
        "playbook: 1\ncause: key-invalid",
        "cause: key-invalid\nplaybook: 1",
        "1:1:",
        "the first key must be playbook",
    ),
    "not YAML": ('why: "It', 'why: ["It', "6:1:", "not YAML"),
    "a list": (GOOD, "[a]", "1:1:", "expected a mapping, found a list"),
    "a word": (GOOD, "word", "1:1:", "expected a mapping, found a single value"),
    "empty": (GOOD, "# nothing\n", "1:1:", "the file is empty"),
    "a complex key": (GOOD, "? [a]\n: b\n", "1:3:", "a key must be a plain word"),
}


def refused(data: bytes) -> tuple[str, ...]:
    with pytest.raises(FileProblems) as caught:
        load(data, "some/key-invalid.yaml")
    return caught.value.problems


def test_the_sample_loads() -> None:
    playbook = load(GOOD.encode(), "some/key-invalid.yaml")
    assert (playbook.id, playbook.cause) == ("key-invalid", "key-invalid")
    assert playbook.variants[0].confidence is Confidence.LIKELY
    assert [one.expect for one in playbook.examples] == [Confidence.LIKELY, None]


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_told_with_its_place(name: str) -> None:
    old, new, place, words = FAULTS[name]
    problems = refused(varied(old, new))
    assert any(
        problem.startswith(f"some/key-invalid.yaml:{place}") and words in problem
        for problem in problems
    ), problems


def test_all_faults_of_a_file_are_told_at_once_in_its_order() -> None:
    text = (
        GOOD.replace("key-invalid", "nothing", 1)
        .replace("wrong.", "{lone")
        .replace("{endpoint}", "{nowhere}")
        .replace("refused}\n    b", "perhaps}\n    b")
    )
    lines = [int(problem.split(":")[1]) for problem in refused(text.encode())]
    assert lines == [2, 4, 8]


def test_a_file_over_the_cap_is_not_parsed() -> None:
    assert "at most" in refused(b"# " + b"x" * MAX_BYTES)[0]


def test_bytes_that_are_no_text() -> None:
    assert refused(b"playbook: 1\ncause: \xff\n")[0].endswith("2:1: the file is not UTF-8")


@pytest.mark.parametrize("bomb", ["[" * 100_000, "- " * 100_000, "{a: " * 50_000, "? " * 100_000])
def test_deep_nesting_is_refused_and_does_not_overflow(bomb: str) -> None:
    # PyYAML from 6.0.4 on has a limit of its own.
    known = (
        f"deeper than {MAX_DEPTH} levels", "a key must be a plain word",
        "exceeded maximum nesting depth",
    )  # fmt: skip
    assert refused(bomb.encode())[0].endswith(known)


def test_one_broken_file_does_not_take_the_others_down(tmp_path: Path) -> None:
    (tmp_path / "key").mkdir()
    (tmp_path / "key" / "key-invalid.yaml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "key" / "broken.yaml").write_text("playbook: 9\n", encoding="utf-8")
    (tmp_path / "locale").mkdir()
    (tmp_path / "locale" / "x.yaml").write_text("title: x\n", encoding="utf-8")
    (tmp_path / "__init__.py").write_text("", encoding="utf-8")
    found, errors = PlaybookSet.load_all([tmp_path, tmp_path / "absent"])
    assert [one.id for one in found] == ["key-invalid"]
    assert ["broken.yaml" in errors[0].problems[0], "absent" in errors[1].problems[0]] == [True] * 2
    with pytest.raises(FileProblems):
        PlaybookSet.load([tmp_path])


def test_of_two_with_one_name_the_first_stays(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "key-invalid.yaml").write_text(GOOD, encoding="utf-8")
    found, errors = PlaybookSet.load_all([tmp_path / "a", tmp_path / "b"])
    assert len(found) == 1
    assert "already defined in" in errors[0].problems[0]
    assert str(tmp_path / "b") in errors[0].problems[0]


def test_a_playbook_is_found_by_its_name_and_by_its_cause(tmp_path: Path) -> None:
    (tmp_path / "contoso-key.yaml").write_text(GOOD, encoding="utf-8")
    found = PlaybookSet.load([tmp_path])
    assert found.get("contoso-key") is found.get("key-invalid") is not None
    assert found.get("dns-timeout") is None
