"""Where the run is made from: machine, proxies, CA bundles, installed clients."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from ..model import Json, Vantage
from ..network.proxies import ProxyError, no_proxy, parse_proxy, proxy_for
from ..network.trust import trust_source

PROXY_NAMES = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "http_proxy", "HTTP_PROXY")
CA_NAMES = (
    "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS",
)  # fmt: skip
CLIENTS = ("anthropic", "azure_identity", "httpx2", "openai")


def vantage(environ: Mapping[str, str], host: str | None, port: int) -> Vantage:
    """The place of this run; no value in it holds a credential."""
    return Vantage(
        os=_system(),
        python=".".join(map(str, sys.version_info[:3])),
        proxy=_proxy(environ, host, port),
        ca={"trust": trust_source(environ), **{n: environ[n] for n in CA_NAMES if environ.get(n)}},
        clients=_clients(),
    )


def _system() -> str:
    if hasattr(os, "uname"):
        name = os.uname()
        return f"{name.sysname} {name.release} {name.machine}"
    import platform

    return platform.platform()


def _proxy(environ: Mapping[str, str], host: str | None, port: int) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for name in PROXY_NAMES:
        if environ.get(name):
            try:
                found[name] = parse_proxy(environ[name], name).url
            except ProxyError as error:
                found[name] = str(error)
    if not found:
        return {}
    found["NO_PROXY"] = no_proxy(environ)
    if host:
        try:
            used = proxy_for(host, environ, port)
        except ProxyError:
            used = None
        found["used"] = used.url if used else None
    return found


def _clients() -> dict[str, str]:
    """Versions of the SDKs beside us, by the names of their metadata folders: no import."""
    found: dict[str, str] = {}
    for folder in sys.path:
        for client in CLIENTS:
            try:
                hits = list(Path(folder or ".").glob(f"{client}-*.dist-info"))
            except OSError:
                hits = []
            for hit in hits:
                name, _, version = hit.name.removesuffix(".dist-info").partition("-")
                found.setdefault(name.replace("_", "-"), version)
    return found
