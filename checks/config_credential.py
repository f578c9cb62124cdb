"""Is there a credential at all?"""

from __future__ import annotations

from foundry_doctor import Context, Finding, check, fail, ok


@check("config.credential", "a credential is configured", tier="offline", rank=20)
def config_credential(context: Context) -> Finding:
    """Look for a key in the settings; its shape is the next question."""
    problem = context.problem("config.credential")
    if problem:
        return fail(problem.summary, problem.facts)
    facts = {"config.credential": "ok", "auth.mode": "key"}
    return ok(f"a key from {context.source('key')}", facts)
