"""The user's own flags, repeated in the commands of ours that a report prints.

`foundry-doctor --deployment d` that advises `foundry-doctor run --only 'deployment.*'` would send
its user into another failure: the shell keeps variables and files, but no flag.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..model import FactValue, Target
from ..secret import Scrubber

_OWN = re.compile(r"foundry-doctor run\b(?:[^;:,|&)\n]|:(?!\s|$))*")
"""A command of ours in a template, up to where the shell or the sentence goes on."""
_IN_FILE = re.compile(r"(?P<file>.+):[0-9]+:[0-9]+")
_FOUND_BY_ITSELF = re.compile(r"(?:\.\./)*foundry-doctor\.yaml|~.*")
_EXCLUSIVE = ("--resource", "--base-url")
_OF_FILES = ("--config", "--target")


@dataclass(frozen=True, slots=True)
class Flag:
    """`--resource` with its values; without any, a word to replace stands in."""

    name: str
    values: tuple[str, ...] = ()


def target_flags(target: Target, facts: Mapping[str, FactValue]) -> tuple[Flag, ...]:
    """The flags that led to this target, as another run would need them.

    A flag that is itself at fault (`config.setting`) carries what would be right, where that is
    known. A value that holds a secret is left to the user.
    """
    given = {part for source in target.provenance.values() for part in source.split(", ")}
    at_fault = str(facts.get("config.setting") or "").split(" and ")
    suggestion = facts.get("config.suggestion")
    scrub = Scrubber(target.secrets)
    found = []
    for name, settings in _settings(target):
        values = settings
        # What a file says tells that the file, and its target, were read: by a flag or not.
        if f"flag {name}" not in given and not (values and name in _OF_FILES):
            continue
        if name in _EXCLUSIVE and f"flag {name}" in at_fault:
            if len(at_fault) == 1:
                values = (suggestion,) if isinstance(suggestion, str) else ()
            elif name != _EXCLUSIVE[0]:
                continue  # both were given, and only one of them may stay
        clean = all(scrub(value) == value for value in values)
        found.append(Flag(name, values if clean else ()))
    return tuple(found)


def own_commands(template: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Where each command of ours ends in a template, with the flags that it names itself."""
    for found in _OWN.finditer(template):
        command = found.group().rstrip(" .")
        yield found.start() + len(command), tuple(re.findall(r"(?<= )--[a-z-]+", command))


def missing(flags: tuple[Flag, ...], named: tuple[str, ...]) -> Iterator[Flag]:
    """The flags that a command needs beside those that it names; resource and base URL exclude
    each other."""
    endpoint = any(name in _EXCLUSIVE for name in named)
    for flag in flags:
        if flag.name not in named and not (endpoint and flag.name in _EXCLUSIVE):
            yield flag


def _settings(target: Target) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every target flag with its values in this target."""
    singles = {
        "--config": _config_file(target),
        "--target": target.name,
        "--resource": target.resource,
        "--base-url": target.base_url,
        "--cloud": target.cloud,
        "--auth": target.auth,
        "--scope": target.scope,
        "--tenant": target.tenant,
        "--subscription": target.subscription,
        "--resource-group": target.resource_group,
    }
    for name, value in singles.items():
        yield name, (value,) if value else ()
    yield "--deployment", target.deployments


def _config_file(target: Target) -> str | None:
    """The config file that a setting came from, unless every run here finds it by itself."""
    for source in target.provenance.values():
        found = _IN_FILE.fullmatch(source)
        if found and not _FOUND_BY_ITSELF.fullmatch(found["file"]):
            return found["file"]
    return None
