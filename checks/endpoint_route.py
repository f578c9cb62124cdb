"""Is the messages route there at all?"""

from __future__ import annotations

from foundry_doctor import Context, Finding, check, fail, ok, unknown


@check(
    "endpoint.route",
    "the messages route exists",
    follows=({"http.status": 404, "http.error.code": lambda code: code != "DeploymentNotFound"},),
)
def endpoint_route(context: Context) -> Finding:
    """Post a message that cannot be served (no such name, no messages): nothing can be billed.

    A gateway may lack count_tokens while messages work (envoyproxy/ai-gateway 1360).
    """
    answer = context.route_answer()
    code = answer.tells("http.error.code")
    about = answer.exchanges
    if answer.outcome != "answered":
        return unknown(f"no answer: {answer.detail}", exchanges=about)
    missing = answer.status == 404 and code != "DeploymentNotFound"
    if missing and answer.tells("http.layer") != "anthropic":
        text = f"neither count_tokens nor messages: 404 {answer.tells('http.error.message') or ''}"
        return fail(text.strip(), answer.all_facts, exchanges=about)
    said = " ".join(str(item) for item in (answer.status, code) if item)
    return ok(f"messages is served ({said}), only count_tokens is not", exchanges=about)
