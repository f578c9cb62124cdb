"""Does the local clock agree with the service's?"""

from __future__ import annotations

from foundry_doctor import Context, Finding, check, ok, skip, warn

WARN_FROM = 60


@check("endpoint.clock", "the clock agrees with the service's", needs=("endpoint.answers",))
def endpoint_clock(context: Context) -> Finding:
    """Compare the answer's Date header with the local time; 60 s are tolerated (contract)."""
    skew = context.first_answer().skew_s
    if skew is None:
        return skip("the answer carries no Date header")
    facts = {"clock.skew_s": skew, "clock.skewed": abs(skew) >= WARN_FROM}
    if abs(skew) >= WARN_FROM:
        where = "ahead of" if skew > 0 else "behind"
        return warn(f"the local clock is {abs(skew)} s {where} the service's", facts)
    return ok(f"within {max(abs(skew), 1)} s", facts)
