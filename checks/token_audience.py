"""Is the token meant for Foundry?"""

from __future__ import annotations

from foundry_doctor import Context, Finding, check, fail, ok, skip, unknown


@check("token.audience", "the token is meant for Foundry", needs=("token.acquire",))
def token_audience(context: Context) -> Finding:
    """Read the audience claim, unverified. A GUID is an API's id and proves nothing either way."""
    if context.target.mode != "entra":
        return skip("a key is used")
    facts = context.token().facts
    kind, aud = facts.get("token.audience"), facts.get("token.aud")
    told = {"token.audience": kind, "token.aud": aud}
    if kind in ("foundry", "cognitive"):
        return ok(f"{aud} (unverified claim)", told)
    if kind in ("arm", "graph"):
        return fail(f"it is meant for {aud} (unverified claim)", told)
    return unknown(f"its audience is {aud or 'not readable'}", told)
