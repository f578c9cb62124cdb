"""The lab's map: which address behaves how, and what DNS says about which resource.

Nothing here changes while tests run, so that they can run in any order: a test chooses a resource
by the way its name and address behave, and the service's behaviour by the emulator's scenario.
"""

from __future__ import annotations

SUFFIX = "services.ai.azure.com"
PRIVATELINK = "privatelink.services.ai.azure.com"
WILDCARD = f"*.{SUFFIX}"
"""The name on the service's certificate."""

CLIENT, GATEWAY = "10.77.0.2", "10.77.0.1"
DNS, DNS_STRANGER, DNS_SILENT, DNS_ABSENT = GATEWAY, "10.77.0.3", "10.77.0.4", "10.77.0.5"
"""Resolvers: one that knows, one that denies Azure's names and refuses all others, one whose port
drops what it gets, one without a server behind it."""
BROKEN_UPSTREAM = 5300
"""Port of the server that stands for an upstream which fails; see `upstream.py`."""
ALIVE, ALIVE_PRIVATE = "20.50.2.10", "10.77.8.4"
DROPPED = ("20.50.2.66", "20.50.2.67", "20.50.2.68")
DROPPED_PRIVATE = "10.77.8.66"
REFUSING, REFUSING_PRIVATE, REFUSING_OTHER = "20.50.2.70", "10.77.8.70", "203.0.113.70"
PROHIBITED = "20.50.2.71"
LOGIN_HOST, ARM_HOST = "login.microsoftonline.com", "management.azure.com"
LOGIN, ARM, INTERCEPTED = "20.50.3.10", "20.50.3.20", "20.50.3.30"
"""The login host, Resource Manager, and an address at which another server speaks."""
INTERCEPTOR_PORT = 8443
DNS_ELSEWHERE: dict[str, tuple[str, str | None]] = {
    "10.77.0.11": (LOGIN_HOST, None),
    "10.77.0.12": (LOGIN_HOST, DROPPED[0]),
    "10.77.0.13": (LOGIN_HOST, INTERCEPTED),
    "10.77.0.14": (ARM_HOST, None),
    "10.77.0.15": (ARM_HOST, DROPPED[0]),
    "10.77.0.16": (LOGIN_HOST, REFUSING),
}
"""Resolvers that know all names, but for one host tell this address, or that it does not exist."""
NO_ROUTE = "20.99.1.1"
"""The client has routes to `NETWORKS` only."""
NETWORKS = ("10.77.0.0/16", "20.50.0.0/16", "203.0.113.0/24")
CLIENT6, GATEWAY6, NETWORK6 = "2603:1030:1::2", "2603:1030:1::1", "2603:1030::/32"
DROPPED6 = "2603:1030:2::66"
LOOPBACK = (
    *(ALIVE, ALIVE_PRIVATE, *DROPPED, DROPPED_PRIVATE, REFUSING, REFUSING_PRIVATE),
    *(PROHIBITED, REFUSING_OTHER, DNS_STRANGER, DNS_SILENT, DNS_ABSENT),
    *(LOGIN, ARM, INTERCEPTED, *DNS_ELSEWHERE),
)
"""Addresses on the server side's loopback: what stands behind the gateway."""

ADDRESSES: dict[str, tuple[str, ...]] = {
    "contoso-ai": (ALIVE,),
    "contoso-drop": DROPPED[:1],
    "contoso-drop3": DROPPED,
    "contoso-half": (DROPPED[0], ALIVE),
    "contoso-half6": (DROPPED6, ALIVE),
    "contoso-refused": (REFUSING,),
    "contoso-refused-too": (REFUSING_OTHER,),
    "contoso-prohibited": (PROHIBITED,),
    "contoso-noroute": (NO_ROUTE,),
}
"""Resources with addresses of their own."""

ALIASES: dict[str, tuple[str, ...]] = {
    "contoso-private": (ALIVE_PRIVATE,),
    "contoso-public-alias": (ALIVE,),
    "contoso-drop-alias": DROPPED[:1],
    "contoso-pe-drop": (DROPPED_PRIVATE,),
    "contoso-pe-refused": (REFUSING_PRIVATE,),
    "contoso-pe-empty": (),
}
"""Resources with a private endpoint: the name is an alias into the privatelink zone."""

NO_DATA = "contoso-nodata"
NX_BEHIND_ALIAS = "contoso-pe-nx"
SERVFAIL = "contoso-servfail"
UNKNOWN = "contoso-a1"
"""No record at all."""


def host(resource: str) -> str:
    """The production host name of a resource."""
    return f"{resource}.{SUFFIX}"


def resolver(host: str, address: str | None) -> str:
    """The resolver that tells this address for a host; None: that there is no such host."""
    return next(dns for dns, told in DNS_ELSEWHERE.items() if told == (host, address))


def dnsmasq_config(listen: str = DNS) -> str:
    """The zones of Azure as one of the lab's resolvers tells them."""
    told = {LOGIN_HOST: LOGIN, ARM_HOST: ARM, **dict([DNS_ELSEWHERE.get(listen, ("", None))])}
    lines = [
        *("no-resolv", "no-hosts", "bind-interfaces", f"listen-address={listen}"),
        *(f"local=/{name}/" for name in (LOGIN_HOST, ARM_HOST)),
        *(f"host-record={name},{address}" for name, address in told.items() if address),
        f"local=/{SUFFIX}/",
        f"local=/{PRIVATELINK}/",
        "local=/corp.test/",
        f"host-record=proxy.corp.test,{GATEWAY}",
        f"txt-record={host(NO_DATA)},no address",
        f"server=/{host(NX_BEHIND_ALIAS)}/127.0.0.1#{BROKEN_UPSTREAM}",
        f"server=/{host(SERVFAIL)}/127.0.0.1#{BROKEN_UPSTREAM}",
    ]
    for name, addresses in ADDRESSES.items():
        lines += [f"host-record={host(name)},{address}" for address in addresses]
    for name, addresses in ALIASES.items():
        alias = f"{name}.{PRIVATELINK}"
        lines.append(f"cname={host(name)},{alias}")
        if addresses and not addresses[0].startswith("10."):
            # Without the private zone the public alias goes on to Azure's front end.
            front = f"{name}.swedencentral.cognitiveservices.azure.com"
            lines.append(f"cname={alias},{front}")
            alias = front
        lines += [f"host-record={alias},{address}" for address in addresses]
    return "\n".join(lines) + "\n"


def stranger_config() -> str:
    """A resolver that denies Azure's names and knows no other."""
    lines = ("no-resolv", "no-hosts", "bind-interfaces", f"listen-address={DNS_STRANGER}")
    return "\n".join((*lines, "local=/azure.com/")) + "\n"


def firewall(*, ipv6: bool) -> str:
    """nftables of the server side. Dropped on input: a drop on output fails at once instead."""
    dropped = ", ".join((*DROPPED, DROPPED_PRIVATE))
    refusing = ", ".join((REFUSING, REFUSING_PRIVATE, REFUSING_OTHER))
    return f"""
table inet lab {{
  chain input {{
    type filter hook input priority 0; policy accept;
    ip daddr {{ {dropped} }} drop
    {f"ip6 daddr {DROPPED6} drop" if ipv6 else ""}
    ip daddr {DNS_SILENT} drop
    ip daddr {{ {refusing} }} tcp dport 443 reject with tcp reset
    ip daddr {PROHIBITED} tcp dport 443 reject with icmp type admin-prohibited
    tcp dport {SILENT_PROXY_PORT} drop
  }}
  chain interception {{
    type nat hook prerouting priority -100; policy accept;
    ip daddr {INTERCEPTED} tcp dport 443 redirect to :{INTERCEPTOR_PORT}
  }}
}}
"""


PROXY_PORT, SILENT_PROXY_PORT, CLOSED_PROXY_PORT = 8888, 8889, 8890
