"""The service: the emulator on port 443 of every address of its namespace.

Run as a program with one JSON argument: `scenario` names one of the emulator's, `server` changes
fields of it, `ca` is the folder of a saved authority, `key` the valid key, `hostname` the name on
the certificate. Prints `ready`, then, for each line on stdin, the requests met so far as one line
of JSON: for each the names of the headers that carried a credential. Ends with its stdin.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from foundry_doctor.emulator import Emulator, Scenario, load_scenario
from foundry_doctor.emulator.authority import ThrowAwayAuthority


def main(argument: str) -> None:
    """Serve until stdin ends."""
    asked = json.loads(argument)
    base = load_scenario(asked["scenario"])
    data = {
        "title": base.title,
        "summary": base.summary,
        "source": base.source,
        "server": {**base.server, **asked["server"]},
    }
    with Emulator(
        Scenario.from_data(base.name, data),
        443,
        bind="0.0.0.0",
        hostnames=[asked["hostname"]],
        ca=ThrowAwayAuthority.load(Path(asked["ca"])),
        key=asked["key"],
    ) as emulator:
        print("ready", flush=True)
        for _ in sys.stdin:
            print(json.dumps([one.auth_headers for one in emulator.requests]), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
