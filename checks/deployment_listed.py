"""Does the account list the deployment, and is it ready?"""

from __future__ import annotations

from collections.abc import Iterator

from foundry_doctor import Context, Facts, Finding, check, fail, ok, skip, unknown, warn

READY = ("succeeded", "")


@check(
    "deployment.listed",
    "the account lists the deployment as ready",
    needs=("deployment.account",),
    rank=90,
)
def deployment_listed(context: Context) -> Iterator[Finding]:
    """Compare the names asked for with the account's own list; live answers win over it."""
    if not context.target.arm:
        yield skip("a key is used: Resource Manager is read with --subscription")
        return
    for name in context.target.deployments:
        yield _one(context, name)


def _one(context: Context, name: str) -> Finding:
    facts = context.arm_facts(name)
    where, state = facts.get("arm.deployment"), str(facts.get("arm.deployment.state") or "")
    answers = context.answered(name)
    if where == "unknown" or where is None:
        return skip(str(facts.get("arm.detail") or "the list could not be read"), subject=name)
    if where == "absent":
        names = ", ".join(context.readings().claude_deployments) or "none"
        text = f"not in the account's list; it holds {names}"
        if answers:
            return warn(f"{text}, yet the endpoint answers: the list lags", subject=name)
        return fail(text, {**context.name_facts(name), **_known(facts)}, subject=name)
    if state.lower() not in READY:
        text = f"it is {state}"
        return unknown(text, subject=name) if answers else fail(text, facts, subject=name)
    model = f"{facts.get('arm.deployment.model')} {facts.get('arm.deployment.version')}"
    return ok(f"{model}, {facts.get('arm.deployment.sku')}", facts, subject=name)


def _known(facts: Facts) -> Facts:
    """What Resource Manager knows wins over what the shipped catalogue guesses."""
    return {name: value for name, value in facts.items() if value is not None}
