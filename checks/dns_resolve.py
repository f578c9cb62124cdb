"""Does the endpoint's name resolve where the call is made?"""

from __future__ import annotations

from foundry_doctor import Context, Finding, check, fail, ok


@check("dns.resolve", "the endpoint's name resolves", needs=("config.endpoint", "config.proxy"))
def dns_resolve(context: Context) -> Finding:
    """Resolve as the client does. Behind a proxy the proxy resolves, so nothing is asked here."""
    host, proxy = context.host, context.proxy
    if proxy is not None:
        text = f"the proxy {proxy.url} resolves it: a local answer would prove nothing"
        return ok(text, {"dns.outcome": "by-proxy"}, subject=host)
    if context.is_address(host):
        return ok("an address, not a name", subject=host)
    answer = context.resolve(host)
    if answer.outcome != "ok":
        outcome, detail = answer.outcome, answer.detail
        if outcome == "server-failure":
            # EAI_AGAIN stands for a silent server as well as for a failing one; the servers tell.
            chain = context.dns_chain(host)
            if chain.outcome != "ok":
                outcome, detail = chain.outcome, chain.detail
        facts = {
            "net.host": host,
            "net.phase": "dns",
            "dns.outcome": outcome,
            "dns.detail": detail,
        }
        return fail(detail, facts, subject=host)
    private = context.all_private(answer.addresses)
    where = " (private)" if private else ""
    return ok(
        ", ".join(answer.addresses[:4]) + where,
        {"dns.outcome": "ok", "dns.addresses": answer.addresses, "dns.private": private},
        subject=host,
    )
