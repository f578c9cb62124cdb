"""Does the endpoint accept the key?"""

from __future__ import annotations

from foundry_doctor import Context, Finding, check, fail, ok, skip, unknown


@check(
    "key.accepted",
    "the endpoint accepts the key",
    needs=("endpoint.access", "key.shape"),
    rules_out=("key-invalid", "key-auth-disabled"),
)
def key_accepted(context: Context) -> Finding:
    """Read the first call's answer: 401, or 403 AuthenticationTypeDisabled, refuses the key."""
    if context.target.mode != "key":
        return skip("no key is used")
    answer = context.first_answer()
    code = answer.tells("http.error.code")
    if answer.status == 401 or (answer.status == 403 and code == "AuthenticationTypeDisabled"):
        said = answer.tells("http.error.message") or code or "without a message"
        text = f"{answer.status} {said}"
        return fail(text, answer.all_facts, exchanges=answer.exchanges)
    # A 404 about the route, or a 429, may come before any key is judged: the order in which the
    # service validates is inferred, so only what lies behind the key proves it.
    behind = code == "DeploymentNotFound" or answer.tells("http.layer") == "anthropic"
    if answer.ok or (behind and answer.outcome == "answered"):
        return ok(f"it was not refused ({answer.status})", exchanges=answer.exchanges)
    text = f"the answer ({answer.status or answer.outcome}) does not judge the key"
    return unknown(text, exchanges=answer.exchanges)
