"""The network under a failed sign-in, named by a look of our own at the login host.

azure-identity raises `authentication failed` for a name that does not resolve as well as for a
wrong secret. So where an exception smells of the network, the login host is approached with the
network room's connector, without any credential, and what that finds are the facts.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator, Mapping
from pathlib import Path

from ..model import EMPTY, Facts, FactValue
from ..network.connect import ConnectFailure, Connector
from ..network.failure import failure_facts
from ..network.proxies import ProxyError
from ..network.resolve import is_address
from ..network.trust import trust_source, trusting_context
from ..noun import Noun

IDENTITY_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""What azure-identity (requests) trusts, in its order; SSL_CERT_FILE does not reach it."""
_MAX_CHAIN = 12
_CLASSES = (
    "ServiceRequestError", "ServiceResponseError", "ServiceRequestTimeoutError",
    "ServiceResponseTimeoutError", "ConnectTimeout", "ReadTimeout", "ConnectionError", "SSLError",
    "ProxyError", "gaierror", "ConnectionRefusedError", "ConnectionResetError", "ProtocolError",
    "NameResolutionError", "NewConnectionError", "ConnectTimeoutError", "ReadTimeoutError",
    "IncompleteReadError", "SSLCertVerificationError",
)  # fmt: skip
_READ_CLASSES = frozenset({"ServiceResponseTimeoutError", "ReadTimeout", "ReadTimeoutError"})


def causes(error: BaseException) -> Iterator[BaseException]:
    """An exception and what stands behind it, outermost first."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen and len(seen) < _MAX_CHAIN:
        seen.add(id(current))
        yield current
        current = current.__cause__ or current.__context__


def smells_of_network(error: BaseException) -> bool:
    """Whether any cause is a failure to reach a host, judged by its class's name.

    Names, not classes: requests, urllib3 and azure-core each have their own, old and new.
    """
    return any(type(one).__name__ in _CLASSES for one in causes(error))


def silent_answer(error: BaseException) -> bool:
    """Whether the connection stood and no answer came in time."""
    return any(type(one).__name__ in _READ_CLASSES for one in causes(error))


class Way(Noun):
    """What our own look at the login host found. `stands` where it was reached, TLS included."""

    stands: bool
    detail: str
    facts: Facts = EMPTY
    misconfigured: bool = False
    """The settings themselves make the way impossible: a bundle or a proxy variable."""


def identity_trust(environ: Mapping[str, str]) -> str:
    """In words, where azure-identity's trusted CAs come from."""
    name = next((one for one in IDENTITY_BUNDLES if environ.get(one)), None)
    return f"{name}={environ[name]}" if name else "certifi's bundle"


def identity_context(environ: Mapping[str, str]) -> ssl.SSLContext:
    """A context that trusts what azure-identity trusts. Raises OSError for an unusable bundle."""
    bundle = next((environ[one] for one in IDENTITY_BUNDLES if environ.get(one)), None)
    if bundle is None:
        import certifi

        bundle = certifi.where()
    if Path(bundle).is_dir():
        return ssl.create_default_context(capath=bundle)
    return ssl.create_default_context(cafile=bundle)


def look_at_login(host: str, port: int, environ: Mapping[str, str], timeout: float) -> Way:
    """Approach the login host as azure-identity does: its proxy, its trust, no credential.

    `timeout` bounds each phase, in seconds. Never raises for anything the network does.
    """
    broken = _broken_bundle(environ)
    if broken is not None:
        return broken
    connector = Connector(environ, lambda: identity_context(environ), timeout=timeout)
    try:
        connector.open(host, port).wire.close()
    except ProxyError as error:
        facts: Facts = {"config.proxy": "malformed", "config.detail": str(error)}
        return Way(stands=False, detail=str(error), facts=facts, misconfigured=True)
    except ConnectFailure as failure:
        return _failed(failure, host, port, connector)
    return Way(
        stands=True,
        detail=f"{host} can be reached, and its certificate is trusted",
        facts={"net.host": host},
    )


def _failed(failure: ConnectFailure, host: str, port: int, connector: Connector) -> Way:
    facts: dict[str, FactValue] = {"net.host": host, "proxy.configured": bool(failure.proxy)}
    facts |= failure_facts(failure)
    detail = f"{host}: {failure.detail}"
    if failure.phase == "dns" and not is_address(host):
        facts |= _alias(host, connector)
    if failure.phase == "tls":
        facts |= _presented(host, port, connector)
        if failure.outcome == "untrusted":
            detail += f". {_other_trust(host, port, connector)}"
    return Way(stands=False, detail=detail, facts=facts)


def _alias(host: str, connector: Connector) -> dict[str, FactValue]:
    """What the DNS servers themselves say: it sharpens `getaddrinfo`'s one word."""
    from ..network.chain import look_up

    chain = look_up(host, min(connector.left(), 2.0))
    if chain.outcome in ("ok", "timeout"):
        # A server that we cannot ask (a sandbox, a stub resolver of its own) proves nothing.
        return {}
    facts: dict[str, FactValue] = {"dns.chain": chain.names, "dns.privatelink": chain.privatelink}
    if chain.outcome in ("nxdomain", "no-address"):
        facts |= {"dns.outcome": chain.outcome, "dns.detail": chain.detail}
    return facts


def _presented(host: str, port: int, connector: Connector) -> dict[str, FactValue]:
    """The certificate as presented: its issuer tells an inspection proxy from an old bundle."""
    from ..network.certificate import look_at

    leaf = look_at(connector, host, port)
    if leaf is None:
        return {}
    facts: dict[str, FactValue] = {
        "tls.issuer": leaf.issuer,
        "tls.subject": leaf.subject,
        "tls.names": leaf.names,
        "tls.not_before": leaf.not_before,
        "tls.not_after": leaf.not_after,
    }
    if leaf.inspector:
        facts["tls.known_inspector"] = leaf.inspector
    if leaf.server_time:
        facts["tls.server_time_inside"] = leaf.valid_at(leaf.server_time)
    return facts


def _other_trust(host: str, port: int, connector: Connector) -> str:
    """Which variable reaches which client, once azure-identity does not trust the certificate."""
    environ = connector.environ
    here = identity_trust(environ)
    advice = "azure-identity and az read REQUESTS_CA_BUNDLE, never SSL_CERT_FILE"
    try:
        connector.open(host, port, context=trusting_context(environ)).wire.close()
    except (ConnectFailure, OSError):
        return f"azure-identity trusts {here}, which does not know the issuer"
    return (
        f"The SDK's own trust ({trust_source(environ)}) does accept it, azure-identity's ({here})"
        f" does not: {advice}, so both variables are needed"
    )


def _broken_bundle(environ: Mapping[str, str]) -> Way | None:
    name = next((one for one in IDENTITY_BUNDLES if environ.get(one)), None)
    if name is None:
        return None
    path = environ[name]
    if not Path(path).exists():
        trust, words = "bundle-missing", "does not exist"
    elif not os.access(path, os.R_OK):
        trust, words = "bundle-unreadable", "cannot be read"
    else:
        try:
            identity_context(environ)
        except OSError:
            trust, words = "bundle-not-pem", "is no PEM bundle"
        else:
            return None
    detail = f"{name} names {path}, which {words}: azure-identity fails before any request"
    facts: Facts = {"config.trust": trust, "config.setting": f"env {name}", "config.detail": detail}
    return Way(stands=False, detail=detail, facts=facts, misconfigured=True)
