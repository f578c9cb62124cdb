"""Does the resource belong to the tenant that the config file expects?"""

from __future__ import annotations

from foundry_doctor import LAST, Context, Finding, check, fail, ok, unknown

CAUSE = "config-conflict"
"""What the config file says and what is found exclude each other."""


@check(
    "token.tenant",
    "the tenant is the expected one",
    needs=("config.endpoint",),
    rank=LAST,
    applies=lambda target: any(one.name == "tenant" for one in target.expect),
)
def token_tenant(context: Context) -> Finding:
    """Compare the resource's tenant, and the token's own claim, with `expect:`."""
    wanted = context.expected("tenant")
    told = wanted.facts
    owner = context.arm_facts().get("arm.tenant") if context.target.arm else None
    seen = {"the resource's": owner, "the token's": context.facts.get("token.tid")}
    for whose, tenant in seen.items():
        if isinstance(tenant, str) and tenant.lower() != wanted.wanted.lower():
            found = f"{whose} tenant is {tenant}"
            return fail(found, {**told, "expect.found": found}, cause=CAUSE)
    known = [whose for whose, tenant in seen.items() if tenant]
    if not known:
        return unknown("neither Resource Manager nor a token told a tenant", told)
    return ok(f"{' and '.join(known)} tenant is {wanted.wanted}", told)
