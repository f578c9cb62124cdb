"""What does Resource Manager say about the account?"""

from __future__ import annotations

from foundry_doctor import Context, Finding, check, fail, ok, skip, warn


@check("deployment.account", "the account is found", needs=("config.endpoint",), limit=40)
def deployment_account(context: Context) -> Finding:
    """Find the account by its custom subdomain or any of its endpoints, and read its state."""
    if not context.target.arm:
        return skip("a key is used: Resource Manager is read with --subscription")
    readings, facts = context.readings(), context.arm_facts()
    account, detail = readings.account, str(facts.get("arm.detail") or readings.outcome)
    exchanges = readings.exchanges
    if account is None:
        if not context.target.deployments:
            missing = {**facts, "config.deployment": "missing", "config.detail": detail}
            return fail(f"no deployment is named, and {detail}", missing, exchanges=exchanges)
        # Asked for by name, a reading that fails is worth a warning; else inference is what counts.
        asked = context.target.subscription and context.source("subscription").startswith("flag")
        tried = facts.get("arm.outcome") != "no-token"  # then token.acquire says why
        if tried and (facts.get("arm.outcome") == "unreachable" or asked):
            return warn(detail, facts, exchanges=exchanges)
        return skip(detail, facts)
    if not context.target.deployments and readings.deployments is not None:
        missing = {**facts, "config.deployment": "missing", "config.detail": "the account has none"}
        return fail(f"{account.name} has no Claude deployment", missing, exchanges=exchanges)
    state = (account.state or "Succeeded").lower()
    if state not in ("succeeded", "accepted", "resolvingdns"):
        return fail(f"{account.name} is {account.state}", facts, exchanges=exchanges)
    text = f"{account.name} in {account.location}, resource group {account.resource_group}"
    return ok(text, facts, exchanges=exchanges)
