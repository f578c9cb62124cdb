"""Can the CA bundle that the client would load be read?"""

from __future__ import annotations

from foundry_doctor import Context, Finding, check, fail, ok


@check("config.trust", "the CA bundle can be read", tier="offline")
def config_trust(context: Context) -> Finding:
    """Judge SSL_CERT_FILE and SSL_CERT_DIR: the SDK raises before any request otherwise."""
    problem = context.problem("config.trust")
    if problem:
        return fail(problem.summary, problem.facts)
    return ok(f"trusted CAs: {context.trust_source}", {"config.trust": "ok"})
