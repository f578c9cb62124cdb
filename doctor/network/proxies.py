"""Which proxy, if any, stands between this machine and a host.

The rules are those of the Python SDK 2.x (httpx2 over `urllib.request.getproxies`): lower-case
names before upper-case, `HTTPS_PROXY` before `ALL_PROXY`, a value without a scheme is http,
`NO_PROXY` holds `*`, host suffixes, addresses and networks. Loopback gets no exception of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from urllib.parse import unquote, urlsplit

from ..secret import Secret

DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy to use. `url` carries no user name and no password."""

    url: str
    scheme: str
    host: str
    port: int
    variable: str
    """The environment variable that named it, or `system` for the operating system's setting."""
    user: str | None = None
    password: Secret | None = None

    @property
    def authorization(self) -> Secret | None:
        """The value of `Proxy-Authorization`, or None without credentials."""
        if self.user is None:
            return None
        from base64 import b64encode

        password = self.password.reveal() if self.password else ""
        pair = f"{self.user}:{password}".encode()
        return Secret("Basic " + b64encode(pair).decode())


class ProxyError(ValueError):
    """A proxy variable that cannot be used; the text never repeats its value."""


def proxy_for(host: str, environ: Mapping[str, str]) -> Proxy | None:
    """The proxy for https calls to `host`, or None.

    Raises ProxyError where the value cannot be read. The operating system's own settings count
    (as `getproxies` reads them on Windows and macOS) only where no variable is set.
    """
    found = _configured(environ)
    if found is None or bypassed(host, no_proxy(environ)):
        return None
    variable, value = found
    return parse_proxy(value, variable)


def no_proxy(environ: Mapping[str, str]) -> str:
    """The `NO_PROXY` list in force, lower-case name first."""
    return environ.get("no_proxy") or environ.get("NO_PROXY") or ""


def _configured(environ: Mapping[str, str]) -> tuple[str, str] | None:
    for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        value = environ.get(name, "").strip()
        if value:
            return name, value
        if name in environ and name.islower():
            # An empty lower-case variable switches the upper-case one off, as in urllib.
            continue
    import sys

    if sys.platform in ("win32", "darwin"):
        from urllib.request import getproxies

        system = getproxies()
        value = system.get("https") or system.get("all") or ""
        if value:
            return "system", value
    return None


def parse_proxy(value: str, variable: str) -> Proxy:
    """Read one proxy URL. Raises ProxyError; the message names the variable, never the value."""
    text = value if "://" in value else f"http://{value}"
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise ProxyError(f"{variable} is not a valid proxy URL") from error
    if parts.scheme not in ("http", "https", "socks5", "socks5h", "socks4", "socks4a"):
        raise ProxyError(f"{variable} has an unknown scheme")
    if not parts.hostname:
        raise ProxyError(f"{variable} names no host")
    host = parts.hostname
    port = port or DEFAULT_PORTS.get(parts.scheme, 1080)
    shown = f"[{host}]" if ":" in host else host
    return Proxy(
        url=f"{parts.scheme}://{shown}:{port}",
        scheme=parts.scheme,
        host=host,
        port=port,
        variable=variable,
        user=unquote(parts.username) if parts.username is not None else None,
        password=Secret(unquote(parts.password)) if parts.password else None,
    )


def bypassed(host: str, rules: str) -> bool:
    """Whether `NO_PROXY` takes `host` out: `*`, `.suffix`, `suffix`, an address, a network."""
    name = host.lower().strip("[]").rstrip(".")
    for rule in (item.strip().lower() for item in rules.split(",")):
        if not rule:
            continue
        if rule == "*":
            return True
        bare = rule.split("://", 1)[-1].strip("[]")
        if _network_matches(name, bare):
            return True
        suffix = bare.lstrip("*").lstrip(".")
        if name == suffix and not rule.startswith("."):
            return True
        if suffix and name.endswith("." + suffix):
            return True
    return False


def _network_matches(name: str, rule: str) -> bool:
    try:
        return ip_address(name) in ip_network(rule, strict=False)
    except ValueError:
        return False
