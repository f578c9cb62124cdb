"""Are the proxy variables usable?"""

from __future__ import annotations

from foundry_doctor import Context, Finding, check, fail, ok


@check("config.proxy", "the proxy settings are usable", tier="offline")
def config_proxy(context: Context) -> Finding:
    """Judge HTTPS_PROXY, ALL_PROXY and NO_PROXY for the endpoint's host."""
    problem = context.problem("config.proxy")
    if problem:
        return fail(problem.summary, problem.facts)
    proxy = context.proxy
    if proxy is None:
        return ok("no proxy for this host", {"config.proxy": "none", "proxy.configured": False})
    return ok(
        f"{proxy.url} (from {proxy.variable})",
        {"config.proxy": "ok", "proxy.configured": True, "proxy.url": proxy.url},
    )
