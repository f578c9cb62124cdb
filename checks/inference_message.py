"""Does a real message come back?"""

from __future__ import annotations

from collections.abc import Iterator

from foundry_doctor import Context, Finding, check, fail, ok, unknown, warn


@check(
    "inference.message",
    "a one-token message is answered",
    needs=("key.accepted", "rbac.role", "config.deployment"),
    tier="paid",
)
def inference_message(context: Context) -> Iterator[Finding]:
    """Send one message of one token to each deployment: this is billed."""
    for name in context.target.deployments:
        yield _one(context, name)


def _one(context: Context, name: str) -> Finding:
    counted = context.count_tokens(name)
    if not counted.ok and counted.status != 404:
        return unknown("not sent: counting tokens failed already", subject=name)
    answer = context.message(name)
    exchanges = answer.exchanges
    if answer.ok and answer.json.get("type") == "message":
        if answer.trouble:
            text = f"answered in attempt {answer.attempts}"
            return warn(text, answer.trouble, subject=name, exchanges=exchanges)
        return ok("answered", {"inference.outcome": "ok"}, subject=name, exchanges=exchanges)
    if answer.outcome == "not-asked":
        return unknown(answer.detail, subject=name)
    said = answer.tells("http.error.message") or answer.detail or "without a message"
    facts = {**answer.all_facts, **context.name_facts(name), "inference.outcome": "failed"}
    text = f"{answer.status or answer.outcome}: {said}{answer.tries}"
    return fail(text, facts, subject=name, exchanges=exchanges)
