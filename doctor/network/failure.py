"""The facts of a way that ended before any answer, the same for the data plane and a sign-in."""

from __future__ import annotations

from ..model import FactValue
from .connect import ConnectFailure
from .resolve import is_private


def failure_facts(failure: ConnectFailure) -> dict[str, FactValue]:
    """The facts of a way that ended before any answer."""
    phase = failure.phase
    facts: dict[str, FactValue] = {"net.phase": phase}
    if phase == "dns":
        facts |= {"dns.outcome": failure.outcome, "dns.detail": failure.detail}
    elif phase == "proxy":
        facts |= {"proxy.outcome": failure.outcome, "proxy.configured": True}
        if failure.status is not None:
            facts["proxy.status"] = failure.status
        if failure.proxy is not None:
            facts["proxy.url"] = failure.proxy.url
    elif phase == "connect":
        private = bool(failure.addresses) and all(is_private(one) for one in failure.addresses)
        facts |= {"connect.outcome": failure.outcome, "connect.private": private}
        if failure.addresses:
            facts["connect.address"] = failure.addresses[-1]
    else:
        facts |= {"tls.outcome": failure.outcome, "tls.detail": failure.detail}
    return facts
