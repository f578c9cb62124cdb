"""Does the caller hold a role that lets it call Claude?"""

from __future__ import annotations

import re

from foundry_doctor import Answer, Context, Facts, Finding, check, fail, ok, skip, unknown

PRINCIPAL = re.compile(r"principal [`']([^`']{1,120})[`']", re.IGNORECASE)


@check(
    "rbac.role",
    "the caller's role covers calling Claude",
    needs=("token.accepted",),
    rules_out=("rbac-missing-data-action", "rbac-wrong-scope", "rbac-wrong-principal"),
)
def rbac_role(context: Context) -> Finding:
    """Let the data plane decide; after a refusal read roles, denials and eligibilities."""
    if context.target.mode != "entra":
        return skip("a key is used: no role plays a part")
    answer = context.first_answer()
    refused = answer.status in (401, 403) and answer.tells("http.error.code") == "PermissionDenied"
    if answer.ok or answer.tells("http.error.code") == "DeploymentNotFound":
        return ok("the data plane let the call through", exchanges=answer.exchanges)
    if not refused:
        return unknown(f"the answer ({answer.status or answer.outcome}) does not judge the role")
    said = str(answer.tells("http.error.message") or "PermissionDenied")
    facts = {**answer.all_facts, **_roles(context, answer, said)}
    return fail(f"{answer.status} {said}", facts, exchanges=answer.exchanges)


def _roles(context: Context, answer: Answer, said: str) -> Facts:
    named = PRINCIPAL.search(said)
    claims = context.token().facts
    oid, appid = claims.get("token.oid"), claims.get("token.appid")
    judgement = context.why_refused().judgement(
        context.readings(),
        str(oid) if oid else None,
        # The usual mix-up: the role was given to the application's id, not to its object id.
        related={str(appid): "application id"} if appid else None,
        refused=named.group(1) if named else None,
    )
    return {**context.arm_facts(), **judgement.facts()}
