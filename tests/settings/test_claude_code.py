"""Claude Code's settings files: which are read, in which order, and never a reason to fail."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from foundry_doctor.settings import Resolution
from foundry_doctor.settings.claude_code import managed_folder

RESOURCE = "ANTHROPIC_FOUNDRY_RESOURCE"
Resolve = Callable[..., Resolution]


def write(path: Path, name: str, **more: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"model": "opus", "env": {RESOURCE: name, **more}}))


def places(cwd: Path, home: Path, managed: Path) -> list[tuple[Path, str]]:
    """The weakest first, with the words of its provenance."""
    return [
        (home / ".claude/settings.json", "~/.claude/settings.json"),
        (cwd / ".claude/settings.json", ".claude/settings.json"),
        (cwd / ".claude/settings.local.json", ".claude/settings.local.json"),
        (managed / "managed-settings.json", "managed-settings.json"),
        (managed / "managed-settings.d/10-base.json", "managed-settings.d/10-base.json"),
        (managed / "managed-settings.d/20-team.json", "managed-settings.d/20-team.json"),
    ]


@pytest.mark.parametrize("count", range(1, 7))
def test_the_strongest_file_wins(
    resolve: Resolve, cwd: Path, home: Path, managed: Path, count: int
) -> None:
    chosen = places(cwd, home, managed)[:count]
    for index, (path, _) in enumerate(chosen):
        write(path, f"file-{index}")
    target = resolve().targets[0]
    assert target.resource == f"file-{count - 1}"
    assert target.provenance["resource"].endswith(f"{chosen[-1][1]} (env {RESOURCE})")
    if count < 4:
        assert target.provenance["resource"] == f"{chosen[-1][1]} (env {RESOURCE})"


def test_each_variable_has_its_own_file(resolve: Resolve, cwd: Path, home: Path) -> None:
    write(home / ".claude/settings.json", "user", ANTHROPIC_MODEL="from-user")
    write(cwd / ".claude/settings.json", "project")
    target = resolve().targets[0]
    assert (target.resource, target.deployments) == ("project", ("from-user",))


def test_an_empty_value_clears_a_weaker_one(resolve: Resolve, cwd: Path, home: Path) -> None:
    write(home / ".claude/settings.json", "user")
    write(cwd / ".claude/settings.json", "")
    assert resolve().targets[0].resource is None


def test_found_from_a_folder_below(resolve: Resolve, cwd: Path) -> None:
    write(cwd / ".claude/settings.json", "project")
    below = cwd / "src" / "deep"
    below.mkdir(parents=True)
    target = resolve(where=below).targets[0]
    assert target.resource == "project"
    assert target.provenance["resource"] == f"../../.claude/settings.json (env {RESOURCE})"


def test_not_found_above_the_git_root_nor_without_one(resolve: Resolve, cwd: Path) -> None:
    write(cwd.parent / ".claude/settings.json", "outside")
    assert resolve().targets[0].resource is None
    loose = cwd.parent / "loose"
    loose.mkdir()
    assert resolve(where=loose).targets[0].resource is None


def test_the_users_own_file_is_no_project_file(resolve: Resolve, home: Path) -> None:
    (home / ".git").mkdir()
    (home / "work").mkdir()
    write(home / ".claude/settings.json", "user")
    write(home / ".claude/settings.local.json", "not-read")
    assert resolve(where=home / "work").targets[0].resource == "user"


def test_the_users_folder_can_be_moved(resolve: Resolve, tmp_path: Path) -> None:
    write(tmp_path / "moved/settings.json", "moved")
    environ = {"CLAUDE_CONFIG_DIR": str(tmp_path / "moved")}
    assert resolve(environ).targets[0].resource == "moved"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{", "not valid JSON at line 1, column 2"),
        (b'{"env": {"ANTHROPIC_FOUNDRY_API_KEY": "planted-key-value"', "not valid JSON"),
        (b"[]", "does not hold a JSON object"),
        (b'"planted-key-value"', "does not hold a JSON object"),
        (b'{"env": ["planted-key-value"]}', "its env is not a JSON object"),
        (b'{"env": null}', "its env is not a JSON object"),
        (b"\xff\xfe\x00", "not JSON in UTF-8"),
        (b"[" * 200_000, "not JSON in UTF-8"),
        (b" " * (1 << 20) + b"{}", "larger than 1 MiB"),
        (b"", "not valid JSON"),
    ],
    ids=str,
)
def test_a_broken_file_is_noted_and_left_out(
    resolve: Resolve, cwd: Path, home: Path, content: bytes, words: str
) -> None:
    write(home / ".claude/settings.json", "user")
    (cwd / ".claude").mkdir()
    (cwd / ".claude/settings.json").write_bytes(content)
    resolution = resolve()
    assert resolution.targets[0].resource == "user"
    note = resolution.notes[0]
    assert note.startswith(".claude/settings.json was ignored: ")
    assert words in note
    assert "planted" not in note


def test_a_folder_in_its_place_is_noted(resolve: Resolve, cwd: Path) -> None:
    (cwd / ".claude/settings.json").mkdir(parents=True)
    assert "it is not a file" in resolve().notes[0]


@pytest.mark.skipif(sys.platform != "linux", reason="file modes and /proc of Linux")
def test_an_unreadable_file_is_noted(resolve: Resolve, cwd: Path) -> None:
    file = cwd / ".claude/settings.json"
    write(file, "project")
    if os.geteuid() == 0:
        # Modes do not stop root, but nobody can read this one from its start.
        file.unlink()
        file.symlink_to("/proc/self/mem")
    else:
        file.chmod(0)
    assert "cannot be read" in resolve().notes[0]


@pytest.mark.parametrize(
    "content",
    [b"{}", b'{"env": {}}', b'{"model": "opus"}', b'\xef\xbb\xbf{"env": {"X": "1"}}'],
)
def test_a_file_without_our_settings_is_fine(resolve: Resolve, cwd: Path, content: bytes) -> None:
    (cwd / ".claude").mkdir()
    (cwd / ".claude/settings.json").write_bytes(content)
    assert resolve().notes == ()


def test_values_that_are_no_text(resolve: Resolve, cwd: Path) -> None:
    (cwd / ".claude").mkdir()
    content = {"env": {RESOURCE: 12345, "ANTHROPIC_MODEL": ["x"], "CLAUDE_CODE_USE_FOUNDRY": True}}
    (cwd / ".claude/settings.json").write_text(json.dumps(content))
    resolution = resolve()
    assert resolution.targets[0].resource == "12345"
    assert resolution.targets[0].deployments == ()
    assert resolution.notes == ()


def test_settings_for_foundry_without_the_switch_are_noted(resolve: Resolve, cwd: Path) -> None:
    write(cwd / ".claude/settings.json", "project")
    assert "CLAUDE_CODE_USE_FOUNDRY=1" in resolve().notes[0]
    assert resolve({"CLAUDE_CODE_USE_FOUNDRY": "1"}).notes == ()


@pytest.mark.parametrize(
    ("platform", "folder"),
    [
        ("linux", "/etc/claude-code"),
        ("darwin", "/Library/Application Support/ClaudeCode"),
        ("win32", "C:\\Program Files\\ClaudeCode"),
    ],
)
def test_where_administrators_put_settings(platform: str, folder: str) -> None:
    assert managed_folder(platform) == Path(folder)
