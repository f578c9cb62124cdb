"""The verb `demo`: `run` against the embedded emulator, with nobody's settings but its own."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping
from pathlib import Path

from ..emulator import Emulator, UnknownScenario, load_scenario, scenario_names
from ..engine.runner import Selection
from ..errors import UsageError
from ..settings import Flags, resolve_targets
from .console import Console
from .policy import settled
from .run import console_of, examine_all, options_of

KEPT = ("PATH", "TERM", "COLUMNS", "LANG", "LC_ALL", "NO_COLOR", "SYSTEMROOT", "SHELL")
"""What a demo keeps of the environment: nothing that could lead it to a real account."""


def demo_verb(arguments: argparse.Namespace, console: Console, environ: Mapping[str, str]) -> int:
    """Play one scenario; returns the run's exit code."""
    arguments = settled(arguments, {})
    if arguments.list:
        console.write(scenario_list())
        return 0
    try:
        scenario = load_scenario(arguments.scenario)
    except UnknownScenario as error:
        raise UsageError(str(error), advice="Try: foundry-doctor demo --list") from error
    with (
        tempfile.TemporaryDirectory(prefix="foundry-demo-") as empty,
        Emulator(scenario, planes="all") as one,
    ):
        world = {name: environ[name] for name in KEPT if name in environ}
        # Credentials of the machine (az, a managed identity) are none of the demo's business.
        world["AZURE_TOKEN_CREDENTIALS"] = "prod"  # noqa: S105 - a choice, no secret
        world.update({name: value for name, value in one.environment.items() if value is not None})
        # Where the scenario is about the control plane, the demo reads it in any case.
        subscription = world.get("AZURE_SUBSCRIPTION_ID") if scenario.needs_planes else None
        folder = Path(empty)
        resolution = resolve_targets(
            Flags(deployments=(one.deployment,), subscription=subscription),
            environ=world,
            cwd=folder,
            home=folder,
            managed=folder,
        )
        console.note(f"demo {scenario.name}: {scenario.title} (an emulator on this machine)")
        return examine_all(
            resolution,
            Selection(tier=arguments.tier),
            options_of(arguments),
            console_of(arguments, console),
            world,
            arguments,
        )


def scenario_list() -> str:
    """Every scenario with its title, one a line."""
    names = scenario_names(planes=True)
    column = max(len(name) for name in names)
    return "".join(f"{name:<{column}}  {load_scenario(name).title}\n" for name in names)
