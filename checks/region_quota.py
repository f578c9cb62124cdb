"""Is the subscription's quota for this model used up?"""

from __future__ import annotations

from foundry_doctor import Context, Finding, check, ok, unknown


@check(
    "region.quota",
    "the quota for the model is known",
    follows=({"http.status": 429},),
    limit=40,
)
def region_quota(context: Context) -> Finding:
    """After a 429 read the usages: quota is pooled per subscription, model and version."""
    name = next(iter(context.target.deployments), "")
    facts = context.quota_facts(name)
    limit, used = facts.get("quota.limit"), facts.get("quota.used")
    if limit is None:
        return unknown("the usages could not be read, or hold no line for this model")
    return ok(f"{used} of {limit} thousand tokens a minute are assigned", facts)
