"""Serve one scenario for a test lab: `python -m foundry_doctor.emulator SCENARIO [options]`.

Prints `ready` when the port answers, and ends with 0 on SIGTERM or SIGINT.
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from . import Emulator, ScenarioError, UnknownScenario, load_scenario


def main(argv: Sequence[str] | None = None) -> int:
    """Run until a signal; 2 for an unknown scenario or a port that is not to be had."""
    options = _parser().parse_args(argv)
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
        )
        with emulator:
            if options.ca_out is not None:
                options.ca_out.write_bytes(emulator.ca_file.read_bytes())
            if options.ready_file is not None:
                options.ready_file.write_text(f"{emulator.base_url}\n", "utf-8")
            sys.stdout.write("ready\n")
            sys.stdout.flush()
            done.wait()
    except (UnknownScenario, ScenarioError, OSError) as error:
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
    parser.add_argument("--key", metavar="K", help="the valid key; default: a random one")
    return parser


if __name__ == "__main__":
    sys.exit(main())
