"""Which certificate is really presented?"""

from __future__ import annotations

from foundry_doctor import Context, FactValue, Finding, check, ok, unknown


@check(
    "endpoint.certificate",
    "the presented certificate is known",
    follows=({"tls.outcome": ("untrusted", "expired", "not-yet-valid", "hostname")},),
)
def endpoint_certificate(context: Context) -> Finding:
    """Look at the certificate in a second handshake, unverified and without any credential."""
    seen = context.certificate()
    if seen is None:
        return unknown("the second, unverified handshake failed too", subject=context.host)
    facts: dict[str, FactValue] = {
        "tls.issuer": seen.issuer,
        "tls.subject": seen.subject,
        "tls.names": seen.names,
        "tls.not_before": seen.not_before,
        "tls.not_after": seen.not_after,
        "tls.known_inspector": seen.inspector,
    }
    if seen.server_time is not None and seen.skew_s is not None:
        facts["clock.skew_s"] = seen.skew_s
        facts["clock.skewed"] = abs(seen.skew_s) >= 60
        facts["tls.server_time_inside"] = seen.valid_at(seen.server_time)
    dates = f"valid {seen.not_before[:10]} to {seen.not_after[:10]}"
    return ok(f"{seen.subject}, issued by {seen.issuer}, {dates}", facts, subject=context.host)
