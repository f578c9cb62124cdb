"""The connector: name, TCP, proxy and TLS, each phase timed, each failure named.

One connector serves a run. It opens connections for the one HTTP client and for the experiments
that look at a certificate, and it remembers what the last attempt saw.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ..noun import Noun, replace
from .proxies import Proxy, proxy_for
from .resolve import Resolution, resolve
from .tcp import TcpFailure, connect_any
from .tunnel import TunnelFailure, open_tunnel
from .wire import TlsInTls, Wire

ContextFactory = Callable[[], ssl.SSLContext]


class ConnectFailure(Exception):
    """The way to the host ended in `phase`; `outcome` is a value of that phase's fact.

    `phase` is `dns`, `proxy`, `connect` or `tls`. For `proxy`, `status` is its answer to CONNECT.
    """

    def __init__(
        self,
        phase: str,
        outcome: str,
        detail: str,
        *,
        addresses: tuple[str, ...] = (),
        status: int | None = None,
        proxy: Proxy | None = None,
        phases: Phases | None = None,
    ) -> None:
        super().__init__(f"{phase}: {outcome}: {detail}")
        self.phase = phase
        self.outcome = outcome
        self.detail = detail
        self.addresses = addresses
        self.status = status
        self.proxy = proxy
        self.phases = phases or Phases()


class Phases(Noun):
    """Milliseconds that each phase took; None where it did not happen."""

    dns: float | None = None
    connect: float | None = None
    proxy: float | None = None
    tls: float | None = None


@dataclass(slots=True)
class Connection:
    """An open way to the host, TLS included."""

    wire: Wire
    host: str
    port: int
    address: str
    """`address:port` of the TCP peer: the proxy's where there is one."""
    phases: Phases
    proxy: Proxy | None
    resolution: Resolution
    failed_addresses: tuple[tuple[str, str], ...] = ()
    """Addresses tried before the one that answered, each with how it failed."""
    tls_version: str | None = None


class Connector:
    """Opens connections. `timeout` bounds each phase in seconds; `deadline` the whole run."""

    def __init__(
        self,
        environ: Mapping[str, str],
        make_context: ContextFactory,
        *,
        timeout: float = 5.0,
        deadline: float | None = None,
    ) -> None:
        self.environ = environ
        self.timeout = timeout
        self.deadline = deadline
        self._make_context = make_context
        self._context: ssl.SSLContext | None = None
        self._resolutions: dict[str, Resolution] = {}

    @property
    def context(self) -> ssl.SSLContext:
        """The verifying context, built on first use; raises OSError for an unreadable bundle."""
        if self._context is None:
            self._context = self._make_context()
        return self._context

    def route(self, host: str, port: int = 443) -> Proxy | None:
        """The proxy for `host:port`. Raises ProxyError for an unusable variable."""
        return proxy_for(host, self.environ, port)

    def left(self) -> float:
        """Seconds that one more wait may take."""
        if self.deadline is None:
            return self.timeout
        return max(0.05, min(self.timeout, self.deadline - time.monotonic()))

    def resolve(self, host: str) -> Resolution:
        """Resolve once per run; the same answer serves every later connection."""
        known = self._resolutions.get(host)
        if known is None:
            known = self._resolutions[host] = resolve(host, self.left())
        return known

    def open(
        self, host: str, port: int, *, context: ssl.SSLContext | None = None, sni: bool = True
    ) -> Connection:
        """Resolve, connect, pass the proxy, shake hands.

        `context` replaces the verifying one; `sni=False` leaves the host's name out of the
        handshake. Raises ConnectFailure.
        """
        proxy = self.route(host, port)
        connection = self._reach(
            proxy.host if proxy else host, proxy.port if proxy else port, proxy
        )
        try:
            if proxy:
                connection = self._pass(connection, proxy, host, port)
            return self._secure(connection, host, port, context or self.context, sni)
        except BaseException:
            connection.wire.close()
            raise

    def _reach(self, host: str, port: int, proxy: Proxy | None) -> Connection:
        phase = "proxy" if proxy else "connect"
        resolution = self.resolve(host)
        dns = resolution.duration_ms
        if resolution.outcome != "ok":
            if proxy:
                raise ConnectFailure(
                    "proxy", "dns-failed", resolution.detail, proxy=proxy, phases=Phases(dns)
                )
            raise ConnectFailure("dns", resolution.outcome, resolution.detail, phases=Phases(dns))
        started = time.monotonic()
        try:
            tcp = connect_any(resolution.addresses, port, self.left())
        except TcpFailure as failure:
            raise ConnectFailure(
                phase,
                failure.outcome,
                failure.detail,
                addresses=failure.addresses,
                proxy=proxy,
                phases=Phases(dns, _since(started)),
            ) from failure
        return Connection(
            wire=Wire(tcp.socket),
            host=host,
            port=port,
            address=tcp.peer,
            phases=Phases(dns, _since(started)),
            proxy=proxy,
            resolution=resolution,
            failed_addresses=tcp.failed,
        )

    def _pass(self, connection: Connection, proxy: Proxy, host: str, port: int) -> Connection:
        started = time.monotonic()
        try:
            wire = open_tunnel(connection.wire, proxy, host, port, self.context, self.left())
        except TunnelFailure as failure:
            raise ConnectFailure(
                "proxy",
                failure.outcome,
                failure.detail,
                status=failure.status,
                proxy=proxy,
                addresses=(connection.address,),
                phases=replace(connection.phases, proxy=_since(started)),
            ) from failure
        connection.wire = wire
        connection.phases = replace(connection.phases, proxy=_since(started))
        return connection

    def _secure(
        self, connection: Connection, host: str, port: int, context: ssl.SSLContext, sni: bool
    ) -> Connection:
        started = time.monotonic()
        # A context that checks the name needs it; without SNI only unverified contexts come here.
        name = host.strip("[]") if sni else None
        try:
            wire = _handshake(connection.wire, context, name, self.left())
        except (OSError, ValueError) as error:  # ValueError: a name that TLS cannot carry
            raise ConnectFailure(
                "tls",
                tls_outcome(error),
                tls_words(error),
                addresses=(connection.address,),
                proxy=connection.proxy,
                phases=replace(connection.phases, tls=_since(started)),
            ) from error
        connection.wire = wire
        connection.host, connection.port = host, port
        connection.phases = replace(connection.phases, tls=_since(started))
        connection.tls_version = wire.tls_version()
        return connection


def _handshake(wire: Wire, context: ssl.SSLContext, name: str | None, timeout: float) -> Wire:
    if name is not None:
        name.encode("idna")  # wrap_socket would raise this too, but lose the socket
    if isinstance(wire.socket, ssl.SSLSocket):
        return TlsInTls(wire.socket, context, name, timeout)
    wire.socket.settimeout(timeout)
    return Wire(context.wrap_socket(wire.socket, server_hostname=name))


def tls_outcome(error: OSError | ValueError) -> str:
    """The value of the fact `tls.outcome` for an exception of a handshake."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _verify_outcome(error)
    if isinstance(error, TimeoutError):
        return "timeout"
    if isinstance(error, (ConnectionError, ssl.SSLEOFError)):
        return "reset"
    text = str(error)
    if "WRONG_VERSION_NUMBER" in text or "HTTP_REQUEST" in text or "packet length" in text:
        return "not-tls"
    if "EOF" in text:
        return "reset"
    return "handshake" if isinstance(error, (ssl.SSLError, ValueError)) else "reset"


def _verify_outcome(error: ssl.SSLCertVerificationError) -> str:
    # OpenSSL's X509_V_ERR_* numbers (x509_vfy.h). On Windows and macOS truststore puts foreign
    # numbers there, negative or huge, and only its words tell.
    code, text = getattr(error, "verify_code", 0), str(error).lower()
    if 0 < code < 1000:
        known = {9: "not-yet-valid", 10: "expired", 62: "hostname", 64: "hostname"}
        return known.get(code, "untrusted")
    if "expired" in text:
        return "expired"
    if "not yet valid" in text:
        return "not-yet-valid"
    return "hostname" if "mismatch" in text or "not valid for" in text else "untrusted"


def tls_words(error: OSError | ValueError) -> str:
    """The TLS library's own words, shortened to what a person can use."""
    if isinstance(error, ssl.SSLCertVerificationError) and error.verify_message:
        return str(error.verify_message)
    if isinstance(error, ssl.SSLError) and error.reason:
        return str(error.reason).replace("_", " ").lower()
    if isinstance(error, TimeoutError):
        return "the handshake got no answer in time"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _since(started: float) -> float:
    return (time.monotonic() - started) * 1000


__all__ = ["ConnectFailure", "Connection", "Connector", "Phases"]
