"""Does a connection to the endpoint's port come about?"""

from __future__ import annotations

from foundry_doctor import Context, FactValue, Finding, check, fail, ok, warn


@check(
    "endpoint.connect",
    "the endpoint's port can be reached",
    needs=("dns.resolve",),
)
def endpoint_connect(context: Context) -> Finding:
    """Open TCP, through the proxy where one is configured, without any credential."""
    way, host = context.way(), context.host
    if way.phase in ("connect", "proxy", "dns"):
        facts = {"net.host": host, "net.phase": way.phase, **way.facts}
        return fail(way.detail + way.tries, facts, subject=host)
    through = f" through {context.proxy.url}" if context.proxy else ""
    facts = {"connect.outcome": "ok", "proxy.outcome": "ok" if through else None}
    failed = [(address, how) for address, how in way.failed_addresses if ":" in address]
    if failed:
        address, how = failed[0]
        broken: dict[str, FactValue] = {
            "net.host": host,
            "connect.outcome": how,
            "connect.address": address,
        }
        text = f"{way.address}{through}, but {address} does not answer"
        return warn(f"{text}: clients that try IPv6 first wait for it", broken, subject=host)
    if way.trouble.get("net.phase") in ("connect", "proxy"):
        text = f"{way.address}{through}, after {way.attempts - 1} of {way.attempts} were reset"
        return warn(text, {"net.host": host, **way.trouble}, subject=host)
    return ok(f"{way.address}{through}", facts, subject=host)
