"""Does the resource let this network in?"""

from __future__ import annotations

from foundry_doctor import Context, Finding, check, fail, ok, unknown

NOT_NETWORK = ("AuthenticationTypeDisabled", "PermissionDenied")


@check(
    "endpoint.access",
    "the resource lets this network in",
    needs=("endpoint.answers",),
    rules_out=("public-access-disabled", "network-acl-denied"),
)
def endpoint_access(context: Context) -> Finding:
    """Network rules are judged first by the service: any later answer means they let us in."""
    answer, host = context.first_answer(), context.host
    code, layer = answer.tells("http.error.code"), answer.tells("http.layer")
    if answer.status == 403 and code not in NOT_NETWORK and layer != "anthropic":
        text = f"403 {answer.tells('http.error.message') or 'without a message'}"
        facts = {"net.host": host, **answer.all_facts}
        return fail(text, facts, subject=host, exchanges=answer.exchanges)
    if answer.status is None:
        return unknown("without an answer nothing shows it", subject=host)
    return ok("no network rule refuses the call", subject=host)
