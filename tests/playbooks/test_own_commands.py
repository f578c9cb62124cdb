"""Every command of our own that a playbook prints exists: its verb, its flags, its values."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

import pytest

from foundry_doctor.cli.arguments import parser
from foundry_doctor.engine.discovery import find_checks
from foundry_doctor.engine.playbook_flags import Flag
from foundry_doctor.engine.playbook_model import Playbook
from foundry_doctor.engine.playbook_set import PlaybookSet, builtin_roots
from foundry_doctor.engine.playbook_text import bash
from foundry_doctor.engine.runner import Selection, validate

PLAYBOOKS = sorted(PlaybookSet.load(builtin_roots()), key=lambda one: one.id)


def texts(one: Playbook) -> Iterator[str]:
    """Every text of a playbook that may hold a command."""
    yield one.verify
    for variant in one.variants:
        yield from (doubt.text for doubt in variant.undecided)
    for step in one.remedy:
        yield from (text for text in (step.text, step.bash, step.pwsh) if text)


FLAGS = (Flag("--base-url", ("https://x.example:1/y",)), Flag("--deployment", ("d", "e")))


def commands(text: str, flags: tuple[Flag, ...] = ()) -> Iterator[list[str]]:
    """The foundry-doctor commands in a text, as words."""
    for found in re.finditer(r"foundry-doctor(?: (?:[^;:,|\n]|:(?! |$))*)?", bash(text, {}, flags)):
        words = shlex.split(found.group().rstrip("."))
        if len(words) > 1:
            yield words[1:]


@pytest.mark.parametrize("one", PLAYBOOKS, ids=lambda one: one.id)
def test_our_own_commands_exist(one: Playbook) -> None:
    checks = find_checks().checks
    for text in texts(one):
        for words in commands(text):
            arguments = parser().parse_args(words)
            if arguments.verb == "run":
                validate(Selection(tuple(arguments.only), tuple(arguments.skip)), checks)


@pytest.mark.parametrize("one", PLAYBOOKS, ids=lambda one: one.id)
def test_our_own_commands_take_the_users_flags(one: Playbook) -> None:
    for text in texts(one):
        for words in commands(text, FLAGS):
            arguments = parser().parse_args(words)
            if arguments.verb == "run":
                assert arguments.deployment in (
                    ["d", "e"],
                    ["DEPLOYMENT"],
                    ["DEPLOYMENT_SUGGESTION"],
                )
                assert bool(arguments.resource) != bool(arguments.base_url)


def test_the_search_finds_commands() -> None:
    found = list(commands("foundry-doctor run --only 'key.*': the key; foundry-doctor demo"))
    assert found == [["run", "--only", "key.*"], ["demo"]]


@pytest.mark.parametrize("one", PLAYBOOKS, ids=lambda one: one.id)
def test_queries_survive_every_shell(one: Playbook) -> None:
    # zsh takes [] for a glob, and PowerShell a comma for an array, unless they are quoted.
    for text in texts(one):
        for query in re.findall(r"--query (\S+)", text):
            assert not re.search(r"[][,]", query) or query[0] in "'\"\\", query
