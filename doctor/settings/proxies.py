"""The syntax of the proxy variables, judged as the Python SDK 2.x would meet them.

Which proxy a host goes through is the network room's to say. Here only what needs no packet: a
value from which no client can be built, or that names no host.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from ..model import ConfigProblem
from .sources import problem

_SCHEMES = ("http", "https")
_SOCKS = ("socks5", "socks5h")


def proxy_problem(
    environ: Mapping[str, str], host: str | None, *, socks: bool | None = None
) -> ConfigProblem | None:
    """What is wrong with HTTP_PROXY, HTTPS_PROXY or ALL_PROXY for calls to `host`.

    `socks`: whether SOCKS is supported; None looks for the package `socksio`.

    The SDK's client is built from all three variables, whatever the host, so an unreadable value
    in any of them stops every call unless NO_PROXY is `*` (measured with httpx2). A value without
    a host only matters where that proxy would be used.
    """
    chosen = _variables(environ)
    exempt = [item.strip() for item in chosen.pop("no", ("", ""))[1].split(",")]
    if "*" in exempt:
        return None
    for name, value in chosen.values():
        found = _unreadable(value) or _unsupported(value, socks)
        if found:
            return _problem(name, *found)
    used = chosen.get("https") or chosen.get("all")
    if used and _hostless(used[1]) and not _exempt(host, exempt):
        return _problem(used[0], "malformed", "names no proxy host")
    return None


def _problem(name: str, kind: str, clause: str) -> ConfigProblem:
    return problem(
        "proxy-misconfigured",
        f"{name} {clause}, so the SDK cannot make any call.",
        setting=f"env {name}",
        detail=f"{name} {clause}",
        config__proxy=kind,
    )


def _variables(environ: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Name and value by scheme, as `urllib.request.getproxies_environment` chooses them.

    A lower-case name beats the others, and an empty lower-case one switches them off. Where the
    program answers a web request (REQUEST_METHOD), HTTP_PROXY is the client's header: ignored.
    """
    found: dict[str, tuple[str, str]] = {}
    exact: dict[str, tuple[str, str]] = {}
    for name, value in environ.items():
        scheme, underscore, rest = name.lower().rpartition("_")
        if rest != "proxy" or not underscore or scheme not in ("http", "https", "all", "no"):
            continue
        if name.endswith("_proxy"):
            exact[scheme] = (name, value)
        elif value:
            found[scheme] = (name, value)
    if "REQUEST_METHOD" in environ:
        found.pop("http", None)
    return {scheme: item for scheme, item in {**found, **exact}.items() if item[1]}


def _with_scheme(value: str) -> str:
    return value if "://" in value else f"http://{value}"


def _unreadable(value: str) -> tuple[str, str] | None:
    """A value that raises when the client is built."""
    text = _with_scheme(value)
    if not text.isprintable():
        return "malformed", "holds a line break or another control character"
    scheme = text.partition("://")[0].lower()
    if scheme not in _SCHEMES + _SOCKS:
        if scheme.strip(" \"'") in _SCHEMES + _SOCKS:
            return "malformed", "has quotes or a space in front"
        if re.fullmatch(r"socks4a?", scheme):
            return "malformed", "asks for SOCKS 4, which the SDK does not speak"
        return "malformed", "has a scheme that is not http, https or socks5"
    # An unescaped / ? or # in a password ends the authority early: that is how httpx2 reads it.
    authority = re.split(r"[/?#]", text.partition("://")[2], maxsplit=1)[0]
    port = re.fullmatch(r"(?:.*@)?(?:\[[^\]]*\]|[^:]*)(?::(.*))?", authority)
    if port is None or (port[1] and not re.fullmatch(r"[0-9]{1,5}", port[1])):
        return "malformed", "has a port that is not a number (or a special character unescaped)"
    if port[1] and int(port[1]) > 65535:
        return "malformed", "has a port above 65535"
    return None


def _unsupported(value: str, socks: bool | None) -> tuple[str, str] | None:
    if _with_scheme(value).partition("://")[0].lower() not in _SOCKS:
        return None
    if socks is None:
        from importlib.util import find_spec

        socks = find_spec("socksio") is not None
    clause = "asks for SOCKS, which needs the package socksio (httpx[socks])"
    return None if socks else ("socks-without-support", clause)


def _hostless(value: str) -> bool:
    try:
        host = urlsplit(_with_scheme(value)).hostname
    except ValueError:
        return True
    # `http:/proxy` has no `://`, so it is read as a host named http.
    return not host or host in _SCHEMES


def _exempt(host: str | None, rules: list[str]) -> bool:
    """Whether NO_PROXY takes the host out; a host unknown is not worth an alarm."""
    if host is None:
        return True
    bare = (rule.partition("://")[2] or rule for rule in rules)
    names = (rule.strip("[]").lstrip("*").lstrip(".").lower() for rule in bare)
    return any(name and (host == name or host.endswith("." + name)) for name in names)
