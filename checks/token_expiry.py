"""Is the token still valid, by the service's clock?"""

from __future__ import annotations

from foundry_doctor import Context, Finding, check, fail, ok, skip, warn

SOON = 300
"""Seconds; azure-identity renews a token in its last five minutes."""


@check("token.expiry", "the token is valid, and for a while", needs=("token.acquire",))
def token_expiry(context: Context) -> Finding:
    """Read the token's end, unverified, against the clock of the service that gave it."""
    if context.target.mode != "entra":
        return skip("a key is used")
    facts = context.token().facts
    left = facts.get("token.expires_in_s")
    if not isinstance(left, int):
        return skip("the token does not say when it ends")
    told = {"token.expires_in_s": left, "token.expired": left <= 0}
    if left <= 0:
        return fail(f"it ended {-left // 60} min ago (unverified claim)", told)
    if left < SOON:
        return warn(f"it ends in {left} s (unverified claim)", told)
    return ok(f"{left // 60} min left (unverified claim)", told)
