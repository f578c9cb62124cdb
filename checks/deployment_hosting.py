"""Is each deployment's model hosted where the config file expects?"""

from __future__ import annotations

from collections.abc import Iterator

from foundry_doctor import LAST, Context, Finding, check, fail, ok, unknown

CAUSE = "config-conflict"
"""What the config file says and what is found exclude each other."""


@check(
    "deployment.hosting",
    "the model is hosted where it is expected",
    needs=("config.endpoint",),
    rank=LAST,
    applies=lambda target: any(one.name == "hosting" for one in target.expect),
)
def deployment_hosting(context: Context) -> Iterator[Finding]:
    """Compare the hosting that the model's version stands for with `expect:`."""
    wanted = context.expected("hosting")
    told = wanted.facts
    for name in context.target.deployments or (None,):
        read = context.arm_facts(name) if context.target.arm and name else {}
        version, hosting = read.get("arm.deployment.version"), read.get("arm.deployment.hosting")
        if hosting not in ("azure", "anthropic"):
            why = (
                f"version {version} does not tell the hosting"
                if version
                else "the hosting is not known: Resource Manager was not read (set a subscription)"
            )
            yield unknown(why, told, subject=name)
        elif hosting != wanted.wanted:
            found = f"hosted on {_place(hosting)} (model version {version})"
            yield fail(found, {**told, "expect.found": found}, cause=CAUSE, subject=name)
        else:
            text = f"hosted on {_place(hosting)}, as expected (model version {version})"
            yield ok(text, told, subject=name)


def _place(hosting: object) -> str:
    return "Azure" if hosting == "azure" else "Anthropic's infrastructure"
