"""Is the key refused in every spelling of the header?"""

from __future__ import annotations

from foundry_doctor import Answer, Context, Finding, check, fail, unknown


@check(
    "key.spellings",
    "one spelling of the key's header is accepted",
    follows=({"http.status": 401, "auth.mode": "key"},),
)
def key_spellings(context: Context) -> Finding:
    """Send the same key on the same host in x-api-key alone, then in api-key alone."""
    first = context.with_spelling("x-api-key")
    second = context.with_spelling("api-key")
    one, other = _judged(first), _judged(second)
    facts = {"key.x_api_key": one, "key.api_key": other}
    text = f"x-api-key alone: {_words(first, one)}; api-key alone: {_words(second, other)}"
    exchanges = (*first.exchanges, *second.exchanges)
    if one == other == "refused":
        return fail(text, facts, exchanges=exchanges)
    return unknown(text, facts, exchanges=exchanges)


def _judged(answer: Answer) -> str:
    if answer.status in (401, 403):
        return "refused"
    code = answer.tells("http.error.code")
    return "accepted" if answer.ok or code == "DeploymentNotFound" else "unknown"


def _words(answer: Answer, judged: str) -> str:
    return f"{judged} ({answer.status or answer.outcome})"
