"""Does the endpoint accept the token?"""

from __future__ import annotations

from foundry_doctor import Answer, Context, Finding, check, fail, ok, skip, unknown

ROLE_CODES = ("PermissionDenied",)
JUDGED_LATER = (200, 404, 410, 413, 429)


@check(
    "token.accepted",
    "the endpoint accepts the token",
    needs=("endpoint.access", "token.acquire"),
    rules_out=("token-expired", "token-audience", "tenant-mismatch"),
)
def token_accepted(context: Context) -> Finding:
    """Read the first call's answer; a refusal for lack of a role means that the token is good."""
    if context.target.mode != "entra":
        return skip("a key is used")
    answer = context.first_answer()
    if role_refusal(answer):
        return ok("it was read: the refusal is about the role", exchanges=answer.exchanges)
    said = answer.tells("http.error.message") or answer.tells("http.error.code") or "no message"
    if answer.status == 401 or (answer.status == 400 and about_the_token(answer)):
        return fail(f"{answer.status} {said}", answer.all_facts, exchanges=answer.exchanges)
    known = answer.tells("http.azure") or answer.tells("http.anthropic") or answer.ok
    if answer.status in (*JUDGED_LATER, 400) and known:
        return ok(f"it was not refused ({answer.status})", exchanges=answer.exchanges)
    text = f"the answer ({answer.status or answer.outcome}) does not judge the token"
    return unknown(text, exchanges=answer.exchanges)


def role_refusal(answer: Answer) -> bool:
    """401 or 403 with the code of a missing role: 401 in every report that shows a status."""
    return answer.status in (401, 403) and answer.tells("http.error.code") in ROLE_CODES


def about_the_token(answer: Answer) -> bool:
    """A 400 of the gateway (tenant, custom subdomain), not of the model behind it."""
    return answer.tells("http.layer") == "gateway" and answer.tells("http.anthropic") is not True
