"""Can the settings form the address of an endpoint?"""

from __future__ import annotations

from foundry_doctor import Context, Finding, check, fail, ok


@check("config.endpoint", "the settings name one endpoint", tier="offline", rank=10)
def config_endpoint(context: Context) -> Finding:
    """Judge resource and base URL by their shape; nothing is sent."""
    problem = context.problem("config.endpoint")
    if problem:
        return fail(problem.summary, problem.facts)
    source = context.source("base_url", "endpoint", "resource")
    return ok(f"{context.target.base_url} (from {source})", {"config.endpoint": "ok"})
