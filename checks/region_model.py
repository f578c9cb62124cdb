"""Is the deployed model offered in the account's region, and for how long?"""

from __future__ import annotations

from collections.abc import Iterator

from foundry_doctor import Context, Finding, check, fail, ok, skip, unknown, warn

SOON = 60
"""Days; the vendor announces a retirement at least that long before."""


@check("region.model", "the model is offered in the region", needs=("deployment.account",))
def region_model(context: Context) -> Iterator[Finding]:
    """Read the region's own list of models; the shipped catalogue only where that is missing."""
    if not context.target.arm:
        yield skip("a key is used: Resource Manager is read with --subscription")
        return
    for name in context.target.deployments:
        yield _one(context, name)


def _one(context: Context, name: str) -> Finding:
    facts = context.arm_facts(name)
    days, offered = facts.get("region.retires_in_days"), facts.get("region.offered")
    answers = context.answered(name)
    if isinstance(days, int) and days < 0 and not answers:
        return fail(f"the model was retired {-days} days ago", facts, subject=name)
    if isinstance(days, int) and 0 <= days <= SOON:
        return warn(f"the model retires in {days} days", facts, subject=name)
    if offered == "no" and not answers:
        return fail(f"not offered in {facts.get('region.name')}", facts, subject=name)
    if offered == "yes":
        return ok(f"offered in {facts.get('region.name')}", facts, subject=name)
    why = facts.get("arm.detail")
    text = f"the region's list could not be read{f': {why}' if why else ''}"
    return unknown(text, facts, subject=name) if answers else skip(text, subject=name)
