"""`foundry-doctor.yaml`: found where it should be, and wrong files named with all their faults."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from foundry_doctor.errors import FileProblems, UsageError
from foundry_doctor.settings import Resolution

KEY = "0123456789abcdef0123456789abcdef"
NAME = "foundry-doctor.yaml"
Resolve = Callable[..., Resolution]


def problems(resolve: Resolve, cwd: Path, content: str | bytes) -> list[str]:
    raw = content.encode() if isinstance(content, str) else content
    (cwd / NAME).write_bytes(raw)
    with pytest.raises(FileProblems) as caught:
        resolve()
    assert "schema config" in caught.value.advice or len(caught.value.problems) == 1
    return list(caught.value.problems)


def test_found_in_a_parent_up_to_the_git_root(resolve: Resolve, cwd: Path) -> None:
    below = cwd / "a" / "b"
    below.mkdir(parents=True)
    (cwd / NAME).write_text("resource: contoso\n")
    (cwd.parent / NAME).write_text("resource: outside\n")
    resolution = resolve(where=below)
    assert resolution.targets[0].resource == "contoso"
    assert resolution.targets[0].provenance["resource"] == f"../../{NAME}:1:11"
    assert resolution.config_path == cwd / NAME
    assert f"../../{NAME}" in resolution.notes[0]
    assert resolve(where=cwd).notes == ()


def test_not_found_above_the_git_root(resolve: Resolve, cwd: Path) -> None:
    (cwd.parent / NAME).write_text("resource: outside\n")
    assert resolve().config_path is None


def test_found_above_without_git(resolve: Resolve, tmp_path: Path) -> None:
    below = tmp_path / "loose" / "below"
    below.mkdir(parents=True)
    (tmp_path / "loose" / NAME).write_text("resource: contoso\n")
    assert resolve(where=below).targets[0].resource == "contoso"


def test_not_taken_from_a_folder_that_others_may_write_to(resolve: Resolve, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    (shared / "mine").mkdir(parents=True)
    (shared / NAME).write_text("base_url: https://elsewhere.example/anthropic\n")
    shared.chmod(0o777)
    assert resolve(where=shared / "mine").config_path is None
    assert resolve(where=shared).config_path == shared / NAME


def test_the_nearest_wins_and_a_named_one_before_it(resolve: Resolve, cwd: Path) -> None:
    (cwd / "a").mkdir()
    (cwd / NAME).write_text("resource: far\n")
    (cwd / "a" / NAME).write_text("resource: near\n")
    (cwd / "other.yaml").write_text("resource: named\n")
    assert resolve(where=cwd / "a").targets[0].resource == "near"
    named = resolve(where=cwd / "a", config="../other.yaml")
    assert named.targets[0].provenance["resource"] == "../other.yaml:1:11"
    assert named.notes == ()


@pytest.mark.parametrize(
    ("path", "words"),
    [("missing.yaml", "no such file"), ("folder", "a folder"), ("a\0b", "cannot be read")],
)
def test_an_unreadable_named_file(resolve: Resolve, cwd: Path, path: str, words: str) -> None:
    (cwd / "folder").mkdir()
    with pytest.raises(UsageError, match=words) as caught:
        resolve(config=path)
    assert caught.value.advice


def test_a_found_one_that_cannot_be_read_is_not_passed_by(resolve: Resolve, cwd: Path) -> None:
    (cwd / "a" / NAME).mkdir(parents=True)
    with pytest.raises(UsageError, match="a folder"):
        resolve(where=cwd / "a")
    (cwd / "b").mkdir()
    (cwd / "b" / NAME).symlink_to(cwd / "nowhere")
    with pytest.raises(UsageError, match="no such file"):
        resolve(where=cwd / "b")


def test_a_pipe_of_that_name_does_not_hang_the_run(resolve: Resolve, cwd: Path) -> None:
    os.mkfifo(cwd / NAME)
    assert resolve().config_path is None


def test_a_huge_file(resolve: Resolve, cwd: Path) -> None:
    (cwd / NAME).write_bytes(b"#" * ((1 << 20) + 1))
    with pytest.raises(UsageError, match="larger than 1 MiB"):
        resolve()


@pytest.mark.parametrize("content", [b"", b"# only a comment\n", b"---\n", b"{}", b"version: 1\n"])
def test_an_empty_file_says_nothing(resolve: Resolve, cwd: Path, content: bytes) -> None:
    (cwd / NAME).write_bytes(content)
    assert resolve({"ANTHROPIC_FOUNDRY_RESOURCE": "contoso"}).targets[0].resource == "contoso"


def test_a_byte_order_mark_is_no_content(resolve: Resolve, cwd: Path) -> None:
    (cwd / NAME).write_bytes(b"\xef\xbb\xbfresource: contoso\r\n")
    assert resolve().targets[0].resource == "contoso"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("resorce: x\n", f"{NAME}:1:1: unknown key resorce; known here: version, resource"),
        ("a" * 50 + ": x\n", f"{NAME}:1:1: unknown key; known here"),
        ("resource: 12345\n", f"{NAME}:1:11: resource must be text; put it in quotes"),
        ("resource: yes\n", f"{NAME}:1:11: resource must be text; put it in quotes"),
        ("resource:\n", f"{NAME}:1:10: resource must be text; it has no value"),
        ("resource: ' '\n", f"{NAME}:1:11: resource must be text; it has no value"),
        ("resource: [x]\n", f"{NAME}:1:11: resource must be text"),
        ("resource: !!str [x]\n", f"{NAME}:1:11: resource must be text"),
        ("deployments: {a: b}\n", f"{NAME}:1:14: deployments must be a list of names"),
        ("deployments: [a, 4]\n", f"{NAME}:1:18: an entry of deployments must be text; put"),
        ("deployments: []\n", f"{NAME}:1:14: deployments is an empty list"),
        ("auth: entry\n", f"{NAME}:1:7: auth must be one of auto, key, entra"),
        ("auth: password\n", f"{NAME}:1:7: auth must be one of auto, key"),
        ("cloud: gov\n", f"{NAME}:1:8: cloud must be one of public, usgov, china"),
        ("key_env: my key\n", f"{NAME}:1:10: key_env must be the name of an environment variable"),
        ("version: 2\n", f"{NAME}:1:10: version must be 1"),
        ("version: '1'\n", f"{NAME}:1:10: version must be 1"),
        ("resource: a1\nresource: b1\n", f"{NAME}:2:1: this key stands twice; the first is in"),
        ("- resource\n", f"{NAME}:1:1: the file must be a mapping"),
        ("just text\n", f"{NAME}:1:1: the file must be a mapping"),
        ("1: x\n", f"{NAME}:1:1: a key must be text"),
        ("? [a]\n: b\n", f"{NAME}:1:3: a key must be text"),
        ("<<: {resource: x}\n", f"{NAME}:1:1: a key must be text"),
        ("targets: [a]\n", f"{NAME}:1:10: targets must be a mapping"),
        ("targets:\n  a: b\n", f"{NAME}:2:6: target a must be a mapping"),
        ("targets:\n  a b: {}\n", f"{NAME}:2:3: a target's name is made of letters"),
        ("targets:\n  a:\n    playbooks: x\n", f"{NAME}:3:5: unknown key playbooks"),
        ("targets:\n  a:\n    targets: {}\n", f"{NAME}:3:5: unknown key targets"),
        ("targets:\n  a: {}\n  a: {}\n", f"{NAME}:3:3: this key stands twice"),
        ("playbooks: nowhere\n", f"{NAME}:1:12: there is no such folder"),
        ("playbooks: {a: x}\n", f"{NAME}:1:12: playbooks must be a list of names"),
        ("resource: &a x\n", f"{NAME}:1:11: anchors and aliases are not read"),
        ("resource: *a\n", f"{NAME}:1:11: anchors and aliases are not read"),
        ("resource: x\n cloud: y\n", f"{NAME}:2:7: mapping values are not allowed"),
        ("\tresource: x\n", f"{NAME}:1:1: found character"),
        ("resource: x\n---\nresource: y\n", f"{NAME}:2:1: but found another document"),
        ("resource: \x01\n", f"{NAME}:1:1: not valid YAML: a character"),
        (b"resource: x\ncloud: \xff\n", f"{NAME}:2:1: not UTF-8 text"),
        ("resource: x\n".encode("utf-16"), f"{NAME}:1:1: not UTF-8 text"),
        ("resource: !planted!x y\n", f"{NAME}:1:11: found undefined"),
    ],
    ids=str,
)
def test_each_fault_is_located(
    resolve: Resolve, cwd: Path, content: str | bytes, expected: str
) -> None:
    found = problems(resolve, cwd, content)
    assert len(found) == 1
    assert found[0].startswith(expected)
    assert "planted" not in found[0]


def test_deep_nesting_is_located(resolve: Resolve, cwd: Path) -> None:
    # PyYAML from 6.0.4 on has a limit of its own, and may meet it before ours.
    (found,) = problems(resolve, cwd, "[" * 200_000)
    assert found.startswith(f"{NAME}:1:")
    assert "nested too deeply" in found or "exceeded maximum nesting depth" in found


def test_an_open_quote_is_located(resolve: Resolve, cwd: Path) -> None:
    # Where exactly depends on the YAML library in use: at the quote, or at the end of the file.
    (found,) = problems(resolve, cwd, "resource: 'planted\n")
    assert found.startswith((f"{NAME}:1:", f"{NAME}:2:1"))
    assert "unexpected end of stream" in found
    assert "planted" not in found


def test_all_faults_of_a_file_at_once_in_order(resolve: Resolve, cwd: Path) -> None:
    text = (
        "version: 3\nresorce: x\ntargets:\n  a:\n    cloud: mars\n    foo: bar\n"
        "deployments: [1, two, 3]\nplaybooks: nowhere\n"
    )
    found = problems(resolve, cwd, text)
    places = [item.split(": ")[0] for item in found]
    assert places == [
        f"{NAME}:1:10",
        f"{NAME}:2:1",
        f"{NAME}:5:12",
        f"{NAME}:6:5",
        f"{NAME}:7:15",
        f"{NAME}:7:23",
        f"{NAME}:8:12",
    ]


@pytest.mark.parametrize(
    "name", ["key", "api_key", "apiKey", "token", "client_secret", "password", "ANTHROPIC_API_KEY"]
)
@pytest.mark.parametrize("where", ["", "targets:\n  prod:\n    "])
def test_a_key_may_not_stand_in_the_file(
    resolve: Resolve, cwd: Path, name: str, where: str
) -> None:
    (found,) = problems(resolve, cwd, f"{where}{name}: {KEY}\n")
    assert found.startswith(f"{NAME}:3:5: " if where else f"{NAME}:1:1: ")
    assert "key_env" in found
    assert "environment" in found
    assert KEY not in found


@pytest.mark.parametrize(
    "text",
    [
        f"{KEY}: x",
        f"sk-ant-api03-{KEY}: x",
        f"key_env: {'Ab1' * 28}",
        f"key_env: {KEY.replace('0', 'a')}",
        f"cloud: {KEY}",
        f"auth: {KEY}",
        f"version: {KEY}",
        f"targets: {KEY}",
        f"targets: {{ sk-ant-api03-{KEY}: {{}} }}",
        f"playbooks: {KEY}",
        f"resource: *{KEY}",
        f"resource: &{KEY} x",
        f"key: '{KEY}",
        f"a: b: {KEY}",
        f"{KEY}",
        f"!{KEY}!x y: 1",
    ],
)
def test_no_message_repeats_a_value(resolve: Resolve, cwd: Path, text: str) -> None:
    for found in problems(resolve, cwd, text + "\n"):
        assert KEY not in found
        assert "Ab1Ab1" not in found
        assert "a123456789" not in found


def test_the_key_of_a_named_variable(resolve: Resolve, cwd: Path) -> None:
    (cwd / NAME).write_text("resource: contoso\nkey_env: PROD_KEY\ndeployments: one\n")
    target = resolve({"PROD_KEY": KEY}).targets[0]
    assert target.problems == ()
    assert target.key is not None
    assert target.key.reveal() == KEY
    assert target.provenance["key"] == f"env PROD_KEY (named in {NAME}:2:10)"
    assert target.provenance["deployments"] == f"{NAME}:3:14"


@pytest.mark.parametrize("environ", [{}, {"PROD_KEY": ""}])
def test_a_named_variable_without_a_key(
    resolve: Resolve, cwd: Path, environ: dict[str, str]
) -> None:
    (cwd / NAME).write_text("resource: contoso\nkey_env: PROD_KEY\ndeployments: [one]\n")
    (problem,) = resolve(environ).targets[0].problems
    assert problem.cause == "credentials-missing"
    assert f"env PROD_KEY (named in {NAME}:2:10)" == problem.facts["config.setting"]


def test_the_folder_of_playbooks(resolve: Resolve, cwd: Path) -> None:
    (cwd / "conf" / "mine").mkdir(parents=True)
    (cwd / "conf" / "x.yaml").write_text("playbooks: mine\n")
    assert resolve(config="conf/x.yaml").playbook_dirs == (cwd / "conf" / "mine",)
