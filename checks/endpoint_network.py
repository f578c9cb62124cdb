"""Is the endpoint reached as the config file expects: privately, or publicly?"""

from __future__ import annotations

from foundry_doctor import LAST, Context, Finding, check, fail, ok, unknown

CAUSE = "config-conflict"
"""What the config file says and what is found exclude each other."""


@check(
    "endpoint.network",
    "the endpoint is private or public, as expected",
    needs=("config.endpoint",),
    rank=LAST,
    applies=lambda target: any(one.name == "network" for one in target.expect),
)
def endpoint_network(context: Context) -> Finding:
    """Compare the addresses, and public access where Resource Manager is read, with `expect:`."""
    wanted, host = context.expected("network"), context.host
    told = wanted.facts
    private = context.facts.get("dns.private")
    if context.is_address(host):
        private = context.all_private((host,))
    read = context.arm_facts() if context.target.arm else {}
    open_ = read.get("arm.public_access") == "enabled" and read.get("arm.acl_default") != "deny"
    told |= {name: read.get(name) for name in ("arm.account_id", "arm.public_access")}
    addresses = context.facts.get("dns.addresses")
    shown = ", ".join(addresses[:2]) if isinstance(addresses, tuple) else host
    if context.is_local(shown.partition(",")[0]):
        why = f"it resolves to this machine ({shown}): where calls go from here is not seen"
        return unknown(why, told, subject=host)
    if private is None:
        why = "the name was not resolved here, so its addresses are not known"
        return unknown(why, told, subject=host)
    if wanted.wanted == "public":
        if not private:
            return ok("the name resolves to a public address", told, subject=host)
        found = "private addresses: a private endpoint, or a local DNS entry"
        return fail(
            f"it resolves to {found}", {**told, "expect.found": found}, cause=CAUSE, subject=host
        )
    if not private:
        found = f"a public address from here ({shown})"
        return fail(
            f"it resolves to {found}", {**told, "expect.found": found}, cause=CAUSE, subject=host
        )
    if open_:
        found = "private addresses, but public network access is on as well"
        return fail(found, {**told, "expect.found": found}, cause=CAUSE, subject=host)
    closed = (
        "public access is closed" if read.get("arm.public_access") else "public access: not read"
    )
    return ok(f"private addresses alone; {closed}", told, subject=host)
