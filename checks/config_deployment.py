"""Does the user name a deployment?"""

from __future__ import annotations

from foundry_doctor import Context, Finding, check, fail, ok


@check("config.deployment", "a deployment is named", tier="offline", rank=30)
def config_deployment(context: Context) -> Finding:
    """Look for deployment names in flags, config file and Claude Code's model variables."""
    problem = context.problem("config.deployment")
    if problem:
        return fail(problem.summary, problem.facts)
    if not context.target.deployments:
        return ok("none is named: Resource Manager says which there are")
    names = ", ".join(context.target.deployments)
    return ok(f"{names} (from {context.source('deployments')})", {"config.deployment": "ok"})
