"""Is each deployment of the type that the config file expects?"""

from __future__ import annotations

from collections.abc import Iterator

from foundry_doctor import LAST, Context, Finding, check, fail, ok, unknown

CAUSE = "config-conflict"
"""What the config file says and what is found exclude each other."""


@check(
    "deployment.type",
    "the deployment's type is the expected one",
    needs=("config.endpoint",),
    rank=LAST,
    applies=lambda target: any(one.name == "deployment_type" for one in target.expect),
)
def deployment_type(context: Context) -> Iterator[Finding]:
    """Compare Resource Manager's `sku` of each deployment with `expect:`."""
    wanted = context.expected("deployment_type")
    told = wanted.facts
    for name in context.target.deployments or (None,):
        read = context.arm_facts(name) if context.target.arm and name else {}
        found = read.get("arm.deployment.sku")
        if not isinstance(found, str):
            why = "the type is not known: Resource Manager was not read (set a subscription)"
            yield unknown(why, told, subject=name)
        elif found.lower() != wanted.wanted.lower():
            facts = {**told, "expect.found": f"the type {found}"}
            yield fail(f"the type is {found}", facts, subject=name, cause=CAUSE)
        else:
            yield ok(f"{found}, as expected", told, subject=name)
