"""The service: the emulator on one port of every address of its namespace.

Run as a program with one JSON argument: `scenario` names one of the emulator's, `server` changes
fields of it, `ca` is the folder of a saved authority, `key` the valid key, `hostnames` the names on
the certificate. With `variables`, a file, the login host and Resource Manager are served besides,
and what a client of that scenario is told is written there. Prints `ready`, then, for each line on
stdin, the requests met so far as one line of JSON: lists of the headers that carried a credential
to the model's host, and of method and path for each host. Ends with its stdin.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from foundry_doctor.emulator import Emulator, RecordedRequest, Scenario, load_scenario
from foundry_doctor.emulator.authority import ThrowAwayAuthority

SIGN_IN = ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET")


def main(argument: str) -> None:
    """Serve until stdin ends."""
    asked = json.loads(argument)
    variables = asked["variables"]
    with Emulator(
        _scenario(asked["scenario"], asked["server"], whole=variables is not None),
        asked["port"],
        bind="0.0.0.0",
        hostnames=asked["hostnames"],
        ca=ThrowAwayAuthority.load(Path(asked["ca"])),
        key=asked["key"],
        planes="foundry" if variables is None else "all",
        imds=("127.0.0.1", 0),
    ) as emulator:
        if variables is not None:
            _write_variables(Path(variables), emulator)
        print("ready", flush=True)
        for _ in sys.stdin:
            met = {
                "credentials": [one.auth_headers for one in emulator.requests],
                "foundry": _lines(emulator.requests),
                "login": _lines(emulator.entra_requests),
                "arm": _lines(emulator.arm_requests),
            }
            print(json.dumps(met), flush=True)


def _lines(requests: list[RecordedRequest]) -> list[str]:
    return [f"{one.method} {one.path}" for one in requests]


def _scenario(name: str, server: dict[str, Any], *, whole: bool) -> Scenario:
    """The scenario with these fields of its server replaced; without `whole` that server alone."""
    base = load_scenario(name)
    if whole and not server:
        return base
    data = {
        "title": base.title,
        "summary": base.summary,
        "source": base.source,
        "server": {**base.server, **server},
    }
    return Scenario.from_data(base.name, data)


def _write_variables(path: Path, emulator: Emulator) -> None:
    """What leads the scenario's client astray, and otherwise the application's sign-in only."""
    names = {*SIGN_IN, *emulator.scenario.settings.env}
    found = {name: value for name, value in emulator.environment.items() if name in names}
    found["ANTHROPIC_DEFAULT_SONNET_MODEL"] = emulator.deployment
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(found, file)


if __name__ == "__main__":
    main(sys.argv[1])
