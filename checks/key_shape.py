"""Does the key look like a key for Azure?"""

from __future__ import annotations

from foundry_doctor import Context, Finding, check, fail, ok, skip


@check("key.shape", "the key has the shape of a key", needs=("config.credential",), tier="offline")
def key_shape(context: Context) -> Finding:
    """Judge quotes, white space, placeholders and other providers' prefixes; nothing is sent."""
    problem = context.problem("key.shape")
    if problem:
        return fail(problem.summary, problem.facts)
    if context.target.mode != "key":
        return skip("no key is used")
    return ok("no quotes, no white space, no placeholder", {"key.shape": "ok"})
