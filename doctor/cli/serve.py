"""The verb `emulator`: the data plane of a Foundry resource on loopback, for users' own tests."""

from __future__ import annotations

import argparse
import shlex
import threading

from ..emulator import Emulator, UnknownScenario, load_scenario
from ..errors import UsageError
from .console import Console
from .signals import Terminated, raise_on_sigint


def emulator_verb(arguments: argparse.Namespace, console: Console) -> int:
    """Serve until SIGTERM or SIGINT; prints the settings, then `ready`."""
    try:
        scenario = load_scenario(arguments.scenario)
    except UnknownScenario as error:
        raise UsageError(str(error), advice="Try: foundry-doctor demo --list") from error
    raise_on_sigint()
    try:
        emulator = Emulator(scenario, port=arguments.port, planes="all").start()
    except OSError as error:
        raise UsageError(
            f"port {arguments.port} cannot be opened: {error.strerror}",
            advice="Leave --port out for a free one.",
        ) from error
    try:
        for name, value in emulator.environment.items():
            if value is not None:
                console.write(f"export {name}={shlex.quote(value)}\n")
        console.write("ready\n")
        threading.Event().wait()
    except (KeyboardInterrupt, Terminated):
        return 0
    finally:
        emulator.stop()
    return 0
