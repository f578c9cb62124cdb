"""Serve one scenario for a test lab: `python -m foundry_doctor.emulator SCENARIO [options]`.

Prints `ready` when the port answers, and ends with 0 on SIGTERM or SIGINT. Off the production host
names azure-identity needs `disable_instance_discovery=True`.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from . import Emulator, ScenarioError, UnknownScenario, load_scenario


def main(argv: Sequence[str] | None = None) -> int:
    """Run until a signal; 2 for an unknown scenario or a port that is not to be had."""
    parser = _parser()
    options = parser.parse_args(argv)
    if options.world_out is not None and options.planes != "all":
        parser.error("--world-out needs --planes all")
    done = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: done.set())
    try:
        scenario = load_scenario(options.scenario)
        emulator = Emulator(
            scenario,
            options.port,
            bind=options.bind,
            hostnames=options.hostname,
            key=options.key,
            planes=options.planes,
            imds=options.imds,
        )
        with emulator:
            if options.ca_out is not None:
                options.ca_out.write_bytes(emulator.ca_file.read_bytes())
            if options.world_out is not None:
                _write_private(options.world_out, emulator)
            if options.ready_file is not None:
                options.ready_file.write_text(f"{emulator.base_url}\n", "utf-8")
            sys.stdout.write("ready\n")
            sys.stdout.flush()
            done.wait()
    except (UnknownScenario, ScenarioError, OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m foundry_doctor.emulator", description=__doc__)
    parser.add_argument("scenario", nargs="?", default="healthy")
    parser.add_argument("--bind", metavar="ADDRESS", help="default: 127.0.0.1 and ::1")
    parser.add_argument("--port", type=int, default=0, help="default: any free one")
    parser.add_argument(
        "--hostname", metavar="HOST", nargs="+", default=[], help="names on the certificate"
    )
    parser.add_argument("--ca-out", metavar="FILE", type=Path, help="write the root certificate")
    parser.add_argument("--ready-file", metavar="FILE", type=Path, help="write the base URL")
    parser.add_argument(
        "--planes",
        choices=("foundry", "all"),
        default="foundry",
        help="all: the login host, Resource Manager and the identity endpoints besides; with "
        "their production names among --hostname they share the port",
    )
    parser.add_argument(
        "--imds", metavar="ADDRESS:PORT", type=_address, default=(None, 0), help="default: any"
    )
    parser.add_argument(
        "--world-out",
        metavar="FILE",
        type=Path,
        help="write ids, addresses, secrets and the client's variables as JSON, mode 0600",
    )
    parser.add_argument("--key", metavar="K", help="the valid key; default: a random one")
    return parser


def _address(text: str) -> tuple[str | None, int]:
    host, _, port = text.rpartition(":")
    return host.strip("[]") or None, int(port)


def _write_private(path: Path, emulator: Emulator) -> None:
    world = {**emulator.planes.description(), "environment": emulator.environment}
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(world, file, indent=2)


if __name__ == "__main__":
    sys.exit(main())
