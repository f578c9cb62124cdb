"""What does Resource Manager say about the account and its key authentication?"""

from __future__ import annotations

from collections.abc import Iterator

from foundry_doctor import Context, Facts, Finding, check, ok, unknown

PER_DEPLOYMENT = ("arm.deployment", "region.", "arm.other_account", "deployment.")


@check(
    "key.account",
    "Resource Manager's view of the account is known",
    follows=({"http.status": (401, 403, 404), "auth.mode": "key"},),
    limit=40,
)
def key_account(context: Context) -> Iterator[Finding]:
    """Ask whoever is signed in, without starting any program, to decide a failure with a key."""
    readings, facts = context.readings(), context.arm_facts()
    if readings.account is None:
        detail = facts.get("arm.detail") or "no account of this endpoint is visible"
        yield unknown(f"not readable: {detail}", facts, exchanges=readings.exchanges)
        return
    off = readings.account.local_auth_disabled
    keys = "unknown" if off is None else "switched off" if off else "on"
    text = f"{readings.account.name}: key authentication is {keys}"
    yield ok(text, {**facts, **context.subscription_facts()}, exchanges=readings.exchanges)
    for name in context.target.deployments:
        own = _own(context.arm_facts(name))
        yield ok(f"in the account's list: {own.get('arm.deployment')}", own, subject=name)


def _own(facts: Facts) -> Facts:
    """What is about one deployment alone; `arm.deployments` is the whole account's."""
    return {
        name: value
        for name, value in facts.items()
        if name.startswith(PER_DEPLOYMENT) and name != "arm.deployments" and value is not None
    }
