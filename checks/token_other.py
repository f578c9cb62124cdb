"""Would the other audience be accepted?"""

from __future__ import annotations

from foundry_doctor import Context, Finding, check, ok, skip, unknown


@check(
    "token.other",
    "the other audience makes no difference",
    follows=({"http.status": 401, "auth.mode": "entra", "http.error.code": (None, "401")},),
    limit=40,
)
def token_other(context: Context) -> Finding:
    """Make the same call once with a token for the other known https audience.

    Sources name two audiences for one endpoint, so the endpoint itself decides.
    """
    found = context.with_other_audience()
    if found is None:
        return skip("there is no token for another audience")
    scope, answer = found
    if answer.ok or answer.tells("http.error.code") in ("DeploymentNotFound", "PermissionDenied"):
        outcome = "accepted"
    else:
        outcome = "refused" if answer.status == 401 else "unknown"
    facts = {"token.other_audience": outcome, "token.other_scope": scope}
    text = f"{scope}: {outcome} ({answer.status or answer.outcome})"
    if outcome == "refused":
        return ok(text, facts, exchanges=answer.exchanges)
    return unknown(text, facts, exchanges=answer.exchanges)
