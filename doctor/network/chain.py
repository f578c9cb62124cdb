"""What the DNS servers themselves say: the CNAME chain and the exact failure.

Asked only after a failure (dnspython is not imported on a healthy run), because `getaddrinfo`
hides the alias that tells a missing private zone from a misspelt name.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from ..noun import Noun


class Chain(Noun):
    """`outcome` is a value of the fact `dns.outcome`; `names` starts with the name asked for."""

    outcome: str
    names: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    servers: tuple[str, ...] = ()
    detail: str = ""

    @property
    def privatelink(self) -> bool:
        """Whether any alias lies in a privatelink zone."""
        return any(".privatelink." in f".{name}." for name in self.names)


def look_up(host: str, timeout: float) -> Chain:
    """Ask the configured servers for A, then AAAA; bounded by `timeout` seconds; never raises."""
    deadline = time.monotonic() + timeout  # the import of dnspython counts
    import dns.exception
    import dns.resolver

    try:
        resolver = dns.resolver.Resolver()
    except dns.resolver.NoResolverConfiguration:
        # The C library then asks 127.0.0.1, where nobody is.
        return Chain("timeout", (host,), detail="no DNS server is configured on this machine")
    except (dns.exception.DNSException, OSError) as error:
        return Chain("server-failure", (host,), detail=f"no usable resolver configuration: {error}")
    servers = tuple(str(server) for server in resolver.nameservers)
    best = Chain("server-failure", (host,), (), servers, "not asked")
    for kind in ("A", "AAAA"):
        left = deadline - time.monotonic()
        if left <= 0.05:
            break
        best = _ask(resolver, host, kind, left, servers)
        if best.outcome != "no-address":
            break
    return best


def _ask(resolver: Any, host: str, kind: str, left: float, servers: tuple[str, ...]) -> Chain:
    import dns.exception
    import dns.resolver

    name = host.rstrip(".") + "."
    try:
        answer = resolver.resolve(name, kind, lifetime=left, raise_on_no_answer=False)
    except dns.resolver.NXDOMAIN as error:
        names = _aliases(host, list(error.responses().values()))  # type: ignore[no-untyped-call]
        return Chain("nxdomain", names, (), servers, f"{names[-1]} does not exist (NXDOMAIN)")
    except dns.resolver.NoNameservers as error:
        rows = getattr(error, "kwargs", {}).get("errors", [])
        # No route and the like: nothing was sent, so no server has failed; none has answered.
        silent = bool(rows) and all(isinstance(row[3], OSError) for row in rows)
        outcome = "timeout" if silent else "server-failure"
        return Chain(outcome, (host,), (), servers, _servers_said(rows, servers))
    except dns.resolver.LifetimeTimeout:
        asked = ", ".join(servers) or "no server configured"
        return Chain("timeout", (host,), (), servers, f"no DNS server answered ({asked})")
    except dns.exception.DNSException as error:
        return Chain("server-failure", (host,), (), servers, str(error))
    except OSError as error:
        return Chain("timeout", (host,), (), servers, f"no route to a DNS server: {error}")
    names = _aliases(host, [answer.response])
    if answer.rrset is None:
        return Chain("no-address", names, (), servers, f"{names[-1]} has no {kind} record")
    return Chain("ok", names, tuple(str(item) for item in answer), servers)


def _aliases(host: str, responses: list[Any]) -> tuple[str, ...]:
    """Follow the CNAME records of an answer from the asked name on."""
    import dns.rdatatype

    targets: dict[str, str] = {}
    for response in responses:
        for rrset in response.answer:
            if rrset.rdtype == dns.rdatatype.CNAME:
                source = str(rrset.name).rstrip(".").lower()
                targets[source] = str(rrset[0].target).rstrip(".")
    names = [host.rstrip(".")]
    while names[-1].lower() in targets and len(names) < 16:
        names.append(targets[names[-1].lower()])
    return tuple(names)


def _servers_said(rows: Sequence[Any], servers: tuple[str, ...]) -> str:
    """The response codes of the servers, without dnspython's object texts."""
    import dns.rcode

    said = []
    for row in rows:
        # dnspython names a server `Do53:10.0.0.1@53`.
        server = str(row[0]).removeprefix("Do53:").rpartition("@")[0] or row[0]
        response = row[4] if len(row) > 4 else None
        if response is not None:
            said.append(f"{server} answers {dns.rcode.to_text(response.rcode())}")
        else:
            said.append(f"{server}: {getattr(row[3], 'strerror', None) or row[3]}")
    return "; ".join(dict.fromkeys(said)) or f"{', '.join(servers)} failed"
