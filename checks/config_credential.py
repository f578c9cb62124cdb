"""Is there a credential at all?"""

from __future__ import annotations

from foundry_doctor import Context, Finding, check, fail, ok


@check("config.credential", "a credential is configured", tier="offline", rank=20)
def config_credential(context: Context) -> Finding:
    """Look for a key in the settings; without one Entra ID is asked, which is a later question."""
    problem = context.problem("config.credential")
    if problem:
        return fail(problem.summary, problem.facts)
    if context.target.mode == "entra":
        facts = {"config.credential": "ok", "auth.mode": "entra"}
        return ok("no key is used: Entra ID, by the credentials of the application", facts)
    facts = {"config.credential": "ok", "auth.mode": "key"}
    return ok(f"a key from {context.source('key')}", facts)
