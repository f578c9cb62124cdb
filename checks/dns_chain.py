"""What do the DNS servers themselves say about the name?"""

from __future__ import annotations

from foundry_doctor import Context, FactValue, Finding, check, ok, skip, unknown


@check(
    "dns.chain",
    "the DNS servers' own answer is known",
    follows=(
        {"net.phase": ("dns", "connect")},
        {"tls.outcome": ("timeout", "reset", "hostname")},
        {"http.status": 403},
        {"proxy.outcome": "bad-gateway"},
    ),
)
def dns_chain(context: Context) -> Finding:
    """Ask for the CNAME chain: a privatelink alias tells a missing zone from a wrong name."""
    host = context.host
    seen = context.facts.get("dns.outcome")
    # A proxy that cannot reach the host may not find its name either: then this is evidence.
    if context.proxy is not None and context.facts.get("proxy.outcome") != "bad-gateway":
        return skip("the proxy resolves the name, not this machine", subject=host)
    if context.is_address(host) or host == "localhost":
        return skip("no DNS server was asked for this", subject=host)
    chain = context.dns_chain(host)
    facts: dict[str, FactValue] = {"dns.chain": chain.names, "dns.privatelink": chain.privatelink}
    evidence = {"servers": list(chain.servers)}
    aliases = [*chain.names[1:], ", ".join(chain.addresses[:4]) or chain.detail]
    path = " → ".join(aliases)
    if chain.outcome == "ok":
        if seen != "ok":
            text = f"the DNS servers answer ({path}), the system's resolver did not"
            return unknown(text, facts, subject=host, evidence=evidence)
        facts["dns.private"] = context.all_private(chain.addresses)
        return ok(path, facts, subject=host, evidence=evidence)
    if seen != "ok":
        # Otherwise the client's resolver did find addresses (a hosts file, say): its word stands.
        facts["dns.outcome"] = _sharper(str(seen), chain.outcome)
        facts["dns.detail"] = chain.detail
    return unknown(path, facts, subject=host, evidence=evidence)


def _sharper(seen: str, asked: str) -> str:
    """`getaddrinfo` cannot tell a silent server from a failing one; the servers' answer can."""
    if seen in ("server-failure", "timeout"):
        return asked
    return asked if asked in ("nxdomain", "no-address") else seen
