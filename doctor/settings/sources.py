"""What the parts of this room hand to each other: flags, one level's settings, the outcome.

What does not leave the room is a NamedTuple: frozen as well, and quicker to define at start-up.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from ..model import EMPTY, ConfigProblem, Expectation, FactValue, Setting, Suppression, Target
from ..noun import Noun
from ..secret import Secret

FILE_NAME = "foundry-doctor.yaml"
CLOUDS = ("public", "usgov", "china")
AUTHS = ("auto", "key", "entra")


class Flags(Noun):
    """The target options of the command line; None or empty where not given.

    An empty text counts as not given: CI recipes pass `--resource "$INPUT"` for an unset input.
    There is no flag for a key: a process list shows every argument.
    """

    resource: str | None = None
    base_url: str | None = None
    deployments: tuple[str, ...] = ()
    auth: str | None = None
    cloud: str | None = None
    scope: str | None = None
    tenant: str | None = None
    subscription: str | None = None
    resource_group: str | None = None
    config: str | None = None
    """Path of the config file, relative to the working directory."""
    targets: tuple[str, ...] = ()
    """Names under `targets:` of the config file."""
    all_targets: bool = False


class Credential(NamedTuple):
    """A key that some setting names; `secret` is None where the named variable is not set."""

    secret: Secret | None
    source: str
    variable: str


class Layer(NamedTuple):
    """What one level of precedence says about a target; None or empty where it says nothing."""

    resource: Setting | None = None
    base_url: Setting | None = None
    deployments: tuple[Setting, ...] = ()
    auth: Setting | None = None
    cloud: Setting | None = None
    scope: Setting | None = None
    tenant: Setting | None = None
    subscription: Setting | None = None
    resource_group: Setting | None = None
    key: Credential | None = None
    key_env: Setting | None = None
    """Name of the environment variable that holds the key (config file only)."""
    blank: Setting | None = None
    """A resource or base URL set to the empty text beside the other one (environment only)."""


class ConfigFile(NamedTuple):
    """A valid config file."""

    path: Path
    shown: str
    """The path as the user knows it."""
    defaults: Layer
    targets: dict[str, Layer]
    playbooks: tuple[Path, ...] = ()
    expect: Mapping[str | None, tuple[Expectation, ...]] = {}
    """By target; None for the top level."""
    suppress: tuple[Suppression, ...] = ()
    options: Mapping[str, str | float | int | tuple[str, ...]] = {}
    """Options of `run` under `defaults:`."""


class Fault(NamedTuple):
    """What is wrong with one endpoint setting, before it becomes a ConfigProblem.

    `kind` is a value of the fact `config.endpoint`; `clause` continues the sentence "The base
    URL …" and repeats nothing secret; `suggestion` is the right value, where it can be derived.
    """

    kind: str
    clause: str
    suggestion: str | None = None


class Endpoint(NamedTuple):
    """Where calls would go, or why they cannot. `base_url` has no trailing slash."""

    resource: str | None = None
    base_url: str | None = None
    host: str | None = None
    port: int = 443
    fault: Fault | None = None


class Resolution(Noun):
    """The outcome of reading every source of settings."""

    targets: tuple[Target, ...]
    notes: tuple[str, ...] = ()
    """Sentences worth showing that are no failure: a file ignored, a setting overridden."""
    playbook_dirs: tuple[Path, ...] = ()
    config_path: Path | None = None
    suppress: tuple[Suppression, ...] = ()
    """Every entry of the config file's `suppress:`, whichever target it speaks about."""
    options: Mapping[str, str | float | int | tuple[str, ...]] = EMPTY


def problem(
    cause: str,
    summary: str,
    *,
    setting: str,
    detail: str,
    suggestion: str | None = None,
    **facts: FactValue,
) -> ConfigProblem:
    """A ConfigProblem with the facts that every one of them carries.

    Keyword names stand for facts with `__` for the dot: `config__endpoint`.
    """
    named: dict[str, FactValue] = {
        name.replace("__", "."): value for name, value in facts.items() if value is not None
    }
    named["config.setting"] = setting
    named["config.detail"] = detail
    if suggestion:
        named["config.suggestion"] = suggestion
    return ConfigProblem(cause, summary, named)
