"""Can the application's credentials get a token?"""

from __future__ import annotations

from foundry_doctor import Context, Finding, check, fail, ok, skip, warn


@check(
    "token.acquire",
    "Entra ID gives a token",
    needs=("config.endpoint", "config.credential"),
    limit=40,
)
def token_acquire(context: Context) -> Finding:
    """Sign in as DefaultAzureCredential would, once, and say which credential won, and as whom."""
    if context.target.mode != "entra":
        return skip("a key is used: no Entra call is made")
    found = context.token()
    evidence = {"attempted": list(found.attempted), "processes": list(found.processes)}
    exchanges = context.tenancy.sign_in_exchanges
    if found.token is None:
        skew = found.skew_s
        clock = None if skew is None else abs(skew) >= 60
        facts = {**found.facts, "clock.skew_s": skew, "clock.skewed": clock}
        return fail(found.detail, facts, exchanges=exchanges, evidence=evidence)
    who = found.facts.get("token.name") or found.facts.get("token.oid") or "an unnamed principal"
    text = f"{found.credential} as {who}"
    if found.trouble:
        text = f"{text}, in try {found.tries} ({found.trouble})"
        return warn(text, exchanges=exchanges, evidence=evidence)
    return ok(text, found.facts, exchanges=exchanges, evidence=evidence)
