"""Does Azure's front end answer the call, or something else, or nothing?"""

from __future__ import annotations

from foundry_doctor import Answer, Context, Finding, check, fail, ok, unknown

REDIRECTS = (301, 302, 303, 307, 308)
OUTSIDE = ("html", "text", "broken-json", "empty")


@check("endpoint.answers", "the endpoint itself answers", needs=("endpoint.tls", "token.acquire"))
def endpoint_answers(context: Context) -> Finding:
    """Make the call as the user's client makes it, and see who answers."""
    answer, host = context.first_answer(), context.host
    if answer.outcome == "not-asked":
        return unknown(answer.detail, subject=host)
    trouble = _trouble(answer)
    if trouble is None:
        who = "Azure's front end" if answer.tells("http.azure") else "the endpoint"
        return ok(f"{who} answers ({answer.status})", subject=host, exchanges=answer.exchanges)
    facts = {"net.host": host, "net.phase": "http", **answer.all_facts}
    return fail(trouble, facts, subject=host, exchanges=answer.exchanges)


def _trouble(answer: Answer) -> str | None:
    """What is wrong with the answer itself, whatever it says."""
    if answer.outcome != "answered":
        return f"{answer.outcome}: {answer.detail}" + answer.tries
    status, shape = answer.status or 0, str(answer.tells("http.shape"))
    if status in REDIRECTS:
        return f"the endpoint redirects to {answer.tells('http.location_host') or 'another place'}"
    if status == 200 and not answer.ok:
        return f"a 200 that is not the service's ({answer.tells('http.content_type') or shape})"
    if status == 407:
        return "a proxy asks for authentication"
    if shape in OUTSIDE and not answer.tells("http.azure") and not answer.tells("http.anthropic"):
        return f"{status} that no layer of the service writes ({shape}){answer.tries}"
    return None
