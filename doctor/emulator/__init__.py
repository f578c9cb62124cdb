"""Foundry, and the login host and Resource Manager beside it, on loopback; scenarios as data.

    with Emulator(load_scenario("key-invalid")) as emulator:
        call(emulator.base_url, emulator.api_key, emulator.ca_file)

With `planes="all"` the login host, Resource Manager and the identity endpoints of Azure are served
besides, and all of them agree on one world: `emulator.authority`, `emulator.arm_endpoint`,
`emulator.imds_endpoint`, `emulator.planes.world`. Off the production host names azure-identity
needs `disable_instance_discovery=True`.

The emulator is built from public facts about the service. Where these leave a question open, the
scenario data holds a switch; what is made up is marked `"synthetic": true` there. It checks no
access token's signature and proves nothing about the real service.
"""

from __future__ import annotations

from .emulator import Emulator
from .errors import ScenarioError, UnknownScenario
from .record import RecordedRequest
from .scenario import Scenario, load_scenario, scenario_names

__all__ = [
    "Emulator",
    "RecordedRequest",
    "Scenario",
    "ScenarioError",
    "UnknownScenario",
    "load_scenario",
    "scenario_names",
]
