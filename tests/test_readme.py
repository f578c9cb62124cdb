"""The README's claims, held against the program."""

from __future__ import annotations

import re
from pathlib import Path

from foundry_doctor.cli.arguments import parser

from .conftest import Doctor

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")


def block(name: str) -> str:
    """The shell block between two markers."""
    found = re.search(
        rf"<!-- {name} -->\s*```sh\n(.*?)```\s*<!-- end {name} -->", README, re.DOTALL
    )
    assert found, f"README.md has no block {name}"
    return found.group(1).strip()


def test_both_commands_are_one_line_and_start_from_nothing() -> None:
    for name in ("demo", "tests"):
        command = block(name)
        assert "\n" not in command
        assert command.startswith("python3 -m venv ")


def test_the_demo_command_runs(doctor: Doctor) -> None:
    arguments = block("demo").split("foundry-doctor ")[-1].split()
    ran = doctor(*arguments)
    assert ran.code == 1
    assert "key-invalid" in ran.out


VERBS = ("run", "demo", "emulator", "explain", "bundle", "diff")


def test_every_verb_and_flag_it_names_exists(doctor: Doctor) -> None:
    flags = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", README))
    helps = "".join(doctor(verb, "--help").out for verb in VERBS)
    unknown = {flag for flag in flags if flag not in helps and flag not in ("--version",)}
    assert not unknown
    verbs = set(
        re.findall(
            r"`(?:foundry-doctor )?(run|explain|bundle|diff|demo|emulator|checks|playbooks|schema"
            r"|init)",
            README,
        )
    )
    assert verbs <= set(parser()._subparsers._group_actions[0].choices)  # type: ignore[union-attr,arg-type]


def test_the_exit_codes_are_the_help_s() -> None:
    for code in ("0", "1", "2", "3", "4", "5"):
        assert f"| {code} |" in README
