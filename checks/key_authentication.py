"""Is key authentication on or off, as the config file expects?"""

from __future__ import annotations

from foundry_doctor import LAST, Context, Finding, check, fail, ok, unknown

CAUSE = "config-conflict"
"""What the config file says and what is found exclude each other."""


@check(
    "key.authentication",
    "key authentication is on or off, as expected",
    needs=("config.endpoint",),
    rank=LAST,
    applies=lambda target: any(one.name == "key_authentication" for one in target.expect),
)
def key_authentication(context: Context) -> Finding:
    """Compare `disableLocalAuth`, or what the endpoint did with a key, with `expect:`."""
    wanted = context.expected("key_authentication")
    told = wanted.facts
    state, why = _state(context)
    if state is None:
        return unknown("neither Resource Manager nor an answer to a key tells", told)
    if context.target.arm:
        told["arm.account_id"] = context.arm_facts().get("arm.account_id")
    if state != wanted.wanted:
        found = f"key authentication is {state}: {why}"
        return fail(found, {**told, "expect.found": found}, cause=CAUSE)
    return ok(f"it is {state}: {why}", told)


def _state(context: Context) -> tuple[str | None, str]:
    stated = context.arm_facts().get("arm.local_auth_disabled") if context.target.arm else None
    if isinstance(stated, bool):
        said = str(stated).lower()
        return ("off" if stated else "on"), f"Resource Manager says disableLocalAuth = {said}"
    if context.facts.get("http.error.code") == "AuthenticationTypeDisabled":
        return "off", "the endpoint answers AuthenticationTypeDisabled"
    used = context.target.mode == "key"
    if used and any(context.answered(name) for name in context.target.deployments):
        return "on", "the endpoint accepts a key"
    return None, ""
