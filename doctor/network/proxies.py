"""Which proxy, if any, stands between this machine and a host.

The rules are those of the Python SDK 2.x (httpx2 over `urllib.request.getproxies`): lower-case
names before others, even an empty one, which switches them off; `HTTPS_PROXY` before `ALL_PROXY`; a
value without a scheme is http. `NO_PROXY` holds `*`, host names (which take their subdomains
along), `.suffixes`, addresses, networks and URLs. Loopback gets no exception of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from urllib.parse import unquote, urlsplit

from ..noun import Noun
from ..secret import Secret

DEFAULT_PORTS = {"http": 80, "https": 443}


class Proxy(Noun):
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


def proxy_for(host: str, environ: Mapping[str, str], port: int = 443) -> Proxy | None:
    """The proxy for https calls to `host:port`, or None.

    Raises ProxyError where the value cannot be read. The operating system's own settings count
    (as `getproxies` reads them on Windows and macOS) only where no variable is set.
    """
    found = _configured(environ)
    if found is None or bypassed(host, no_proxy(environ), port):
        return None
    variable, value = found
    return parse_proxy(value, variable)


def no_proxy(environ: Mapping[str, str]) -> str:
    """The `NO_PROXY` list in force, lower-case name first."""
    return _variable(environ, "no")[1]


def _variable(environ: Mapping[str, str], scheme: str) -> tuple[str, str]:
    """Name and value of `{scheme}_proxy` as `urllib.request.getproxies_environment` chooses it."""
    exact = f"{scheme}_proxy"
    chosen = (exact, environ[exact]) if exact in environ else ("", "")
    for name, value in environ.items():
        other = name.lower() == exact and not name.endswith("_proxy")
        if other and value and exact not in environ:
            chosen = (name, value)
    return chosen


def _configured(environ: Mapping[str, str]) -> tuple[str, str] | None:
    for scheme in ("https", "all"):
        name, value = _variable(environ, scheme)
        if value.strip():
            return name, value.strip()
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
    except ValueError:
        # Without its cause, on purpose: urllib's message quotes the value, password included.
        raise ProxyError(f"{variable} is not a valid proxy URL") from None
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
        user=unquote(parts.username or "") if parts.username or parts.password else None,
        password=Secret(unquote(parts.password)) if parts.password else None,
    )


def bypassed(host: str, rules: str, port: int = 443) -> bool:
    """Whether `NO_PROXY` takes `https://host:port` out, rule by rule as httpx2 reads them."""
    name = host.lower().strip("[]")
    return any(_matches(name, port, rule.strip()) for rule in rules.split(",") if rule.strip())


def _matches(name: str, port: int, rule: str) -> bool:
    if rule == "*":
        return True
    scheme, separator, rest = rule.lower().rpartition("://")
    if separator and scheme not in ("all", "https"):
        return False
    if _is_address(rest.partition("/")[0]):
        return _network_matches(name, rest)
    if separator:
        rest = rest.partition("/")[0]
    if not rest or "/" in rest:
        return False
    wanted, rule_port = _split_port(rest)
    # httpx drops a URL's default port on both sides: `host:443` matches nothing, and
    # `https://host:443` every port.
    called = None if port == 443 else str(port)
    if rule_port == "443" and scheme == "https":
        rule_port = None
    if rule_port is not None and rule_port != called:
        return False
    return _name_matches(name, wanted, exact=bool(separator) or rest == "localhost")


def _name_matches(name: str, wanted: str, *, exact: bool) -> bool:
    """`.suffix` and `*.suffix`: what is below; `name`: itself too, alone where it is exact."""
    if wanted.startswith("*."):
        return name.endswith(wanted[1:])
    if (exact and not wanted.startswith("*")) or wanted.startswith("["):
        return name == wanted.strip("[]")
    if wanted.startswith("."):
        return name.endswith(wanted)
    wanted = wanted.removeprefix("*") if exact else wanted
    return name == wanted or name.endswith("." + wanted)


def _split_port(text: str) -> tuple[str, str | None]:
    head, separator, tail = text.rpartition(":")
    if separator and tail.isdigit() and (":" not in head or head.endswith("]")):
        return head, tail
    return text, None


def _is_address(text: str) -> bool:
    try:
        ip_address(text.strip("[]"))
    except ValueError:
        return False
    return True


def _network_matches(name: str, rule: str) -> bool:
    try:
        return ip_address(name) in ip_network(rule.replace("[", "").replace("]", ""), strict=False)
    except ValueError:
        return False
