"""Is the certificate trusted, for this host, and in date?"""

from __future__ import annotations

from foundry_doctor import Context, Finding, check, fail, ok, warn


@check(
    "endpoint.tls",
    "the TLS certificate is trusted",
    needs=("endpoint.connect", "config.trust"),
    rules_out=("tls-interception",),
)
def endpoint_tls(context: Context) -> Finding:
    """Shake hands with the trust that the Python SDK 2.x has."""
    way, host = context.way(), context.host
    if way.phase == "tls":
        facts = {"net.host": host, "net.phase": "tls", **way.facts}
        return fail(way.detail + way.tries, facts, subject=host)
    text = f"{way.tls_version}, trusted by {context.trust_source}"
    if way.trouble.get("net.phase") == "tls":
        text = f"{text}, after {way.attempts - 1} of {way.attempts} handshakes were reset"
        return warn(text, {"net.host": host, **way.trouble}, subject=host)
    return ok(text, {"tls.outcome": "ok"}, subject=host)
