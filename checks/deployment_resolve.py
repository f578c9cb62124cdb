"""Does the deployment answer to its name?"""

from __future__ import annotations

from collections.abc import Iterator

from foundry_doctor import Answer, Context, Facts, Finding, check, fail, ok, unknown, warn

ERRORS = ("azure", "azure-bare", "status-code", "anthropic", "anthropic-bare")
"""Shapes of an error that a layer of the service writes."""


@check(
    "deployment.resolve",
    "the deployment answers to this name",
    needs=("key.accepted", "rbac.role", "config.deployment"),
)
def deployment_resolve(context: Context) -> Iterator[Finding]:
    """Count tokens on each deployment; a control call shows that the route looks names up."""
    for name in context.target.deployments:
        yield _judge(context, name, context.count_tokens(name))


def _judge(context: Context, name: str, answer: Answer) -> Finding:
    exchanges = answer.exchanges
    if answer.outcome == "not-asked":
        return unknown(f"not asked: {answer.detail}", subject=name)
    if answer.ok:
        return _confirmed(context, name, answer)
    facts = {**answer.all_facts, **context.name_facts(name)}
    if answer.outcome != "answered":
        text = f"{answer.outcome}: {answer.detail}{answer.tries}"
        return fail(text, facts, subject=name, exchanges=exchanges)
    said = answer.tells("http.error.message") or answer.tells("http.error.code")
    text = f"{answer.status} {said or 'without a message'}{answer.tries}"
    if answer.status == 404 and context.target.arm:
        # What the account's own list says of this name, where it is read anyway.
        facts = {**facts, **_told(context.arm_facts(name))}
    if answer.status == 404 and _about_the_route(answer):
        text = f"{text}: this may be the route and not the name"
        return unknown(text, facts, subject=name, exchanges=exchanges)
    return fail(text, facts, subject=name, exchanges=exchanges)


def _told(facts: Facts) -> Facts:
    """What Resource Manager knows wins over what the shipped catalogue guesses."""
    return {name: value for name, value in facts.items() if value is not None}


def _about_the_route(answer: Answer) -> bool:
    """A 404 that speaks of the route, not of the deployment."""
    if answer.tells("http.error.code") == "DeploymentNotFound":
        return False
    return answer.tells("http.layer") != "anthropic"


def _confirmed(context: Context, name: str, answer: Answer) -> Finding:
    exchanges = answer.exchanges
    counted = answer.json.get("input_tokens")
    if type(counted) is not int or counted < 1:
        text = "a 200 without input_tokens: not an answer of count_tokens"
        return unknown(text, subject=name, exchanges=exchanges)
    control = context.control_answer()
    exchanges = (*exchanges, *control.exchanges)
    looked_up = _judge_control(control)
    facts = {"deployment.control": looked_up}
    if looked_up == "accepted":
        text = "it answers, but so does a name that cannot exist: nothing here looks names up"
        return unknown(text, facts, subject=name, exchanges=exchanges)
    if looked_up == "unknown":
        text = f"it answers, but the control call told nothing ({control.status or control.detail})"
        return unknown(text, facts, subject=name, exchanges=exchanges)
    if answer.trouble:
        what = answer.trouble.get("http.status") or answer.trouble.get("http.outcome")
        failed = answer.tells("http.failures")
        text = f"it answers, but {failed} of {answer.attempts} attempts failed ({what})"
        return warn(text, {**answer.trouble, **facts}, subject=name, exchanges=exchanges)
    text = "count_tokens answers, and a name that cannot exist is refused"
    return ok(text, facts, subject=name, exchanges=exchanges)


def _judge_control(control: Answer) -> str:
    if control.ok:
        return "accepted"
    # The same call with another name only: an error in JSON is about the name; a page is not.
    spoken = control.tells("http.shape") in ERRORS
    refused = control.outcome == "answered" and control.status in (400, 404) and spoken
    return "refused" if refused else "unknown"
