"""Does something on the way read the host's name in the handshake?"""

from __future__ import annotations

from foundry_doctor import Context, Finding, check, ok, unknown


@check(
    "endpoint.sni",
    "the handshake fails with and without the host's name",
    follows=({"tls.outcome": ("reset", "handshake", "timeout")},),
)
def endpoint_sni(context: Context) -> Finding:
    """Shake hands without naming the host: only a filter on the name lets that pass."""
    if context.handshake_without_name():
        text = "without the name the handshake succeeds: something filters by name"
        return unknown(text, {"tls.without_name": "ok"}, subject=context.host)
    return ok("it fails in both ways", {"tls.without_name": "same-failure"}, subject=context.host)
