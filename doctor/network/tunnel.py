"""Through a proxy: CONNECT for http:// and https:// proxies, the SOCKS5 handshake for socks5://."""

from __future__ import annotations

import re
import ssl
import time
from typing import Any

from ..secret import Scrubber
from .proxies import Proxy
from .wire import Wire

_HEAD_LIMIT = 16384
_STATUS = re.compile("[1-5][0-9]{2}")


class TunnelFailure(Exception):
    """The proxy did not open the way; `outcome` is a value of the fact `proxy.outcome`."""

    def __init__(self, outcome: str, detail: str, status: int | None = None) -> None:
        super().__init__(f"{outcome}: {detail}")
        self.outcome = outcome
        self.detail = detail
        self.status = status


def open_tunnel(
    wire: Wire, proxy: Proxy, host: str, port: int, context: ssl.SSLContext, timeout: float
) -> Wire:
    """Ask the proxy for a way to `host:port`; on failure the connection is closed.

    Raises TunnelFailure within `timeout` seconds.
    """
    deadline = time.monotonic() + timeout
    if proxy.scheme == "https":
        wire = _tls_to_proxy(wire, proxy, context, timeout)
    try:
        if proxy.scheme.startswith("socks"):
            _socks(wire, proxy, host, port, deadline)
        else:
            _connect(wire, proxy, host, port, deadline)
    except TimeoutError as error:
        wire.close()
        raise TunnelFailure("timeout", f"no answer to CONNECT within {timeout:.1f} s") from error
    except OSError as error:
        wire.close()
        words = error.strerror or str(error) or type(error).__name__
        raise TunnelFailure("reset", f"the proxy cut the connection: {words}") from error
    except BaseException:
        wire.close()
        raise
    return wire


def _tls_to_proxy(wire: Wire, proxy: Proxy, context: ssl.SSLContext, timeout: float) -> Wire:
    wire.socket.settimeout(timeout)
    try:
        return Wire(context.wrap_socket(wire.socket, server_hostname=proxy.host))
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or str(error)
        raise TunnelFailure("tls-failed", f"TLS to the proxy itself failed: {reason}") from error


def _connect(wire: Wire, proxy: Proxy, host: str, port: int, deadline: float) -> None:
    target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
    authorization = proxy.authorization
    if authorization is not None:
        lines.append(f"Proxy-Authorization: {authorization.reveal()}")
    wire.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace"), _left(deadline))
    status, reason = _status(_head(wire, deadline))
    if 200 <= status < 300:
        return
    known = [one for one in (authorization, proxy.password) if one is not None]
    reason = Scrubber(tuple(known))(reason)[:80]
    words = f"CONNECT answered {status} {reason}".rstrip()
    raise TunnelFailure(_refusal(status), words, status)


def _refusal(status: int) -> str:
    """The value of `proxy.outcome` for a status other than 2xx.

    400, 404, 405 and 501 are what web servers say to CONNECT. tinyproxy says 401 to a wrong login
    (407 to none, as squid to both; only the proxy itself can ask so here), and 500 where squid says
    503: it could not reach the host.
    """
    if status in (401, 407):
        return "auth-required"
    if status in (400, 404, 405, 501):
        return "not-a-proxy"
    return "bad-gateway" if status >= 500 else "blocked"


def _head(wire: Wire, deadline: float) -> bytes:
    """The proxy's answer up to the blank line, and not one byte of what follows it."""
    head = b""
    while not head.endswith(b"\r\n\r\n") and not head.endswith(b"\n\n"):
        if time.monotonic() > deadline:
            raise TimeoutError
        byte = wire.read(1, _left(deadline))
        if not byte:
            if head:
                break
            raise TunnelFailure("reset", "the proxy closed the connection without an answer")
        head += byte
        if len(head) > _HEAD_LIMIT or (len(head) == 5 and not head.startswith(b"HTTP/")):
            raise TunnelFailure("not-a-proxy", "what answers there does not speak HTTP")
    return head


def _status(head: bytes) -> tuple[int, str]:
    line = head.split(b"\r\n", 1)[0].split(b"\n", 1)[0].decode("latin-1")
    parts = line.split(" ", 2)
    if len(parts) < 2 or not parts[0].startswith("HTTP/") or not _STATUS.fullmatch(parts[1]):
        raise TunnelFailure("not-a-proxy", "what answers there does not speak HTTP")
    reason = "".join(c for c in (parts[2] if len(parts) > 2 else "") if c.isprintable())
    return int(parts[1]), reason


def _socks(wire: Wire, proxy: Proxy, host: str, port: int, deadline: float) -> None:
    """SOCKS5 (RFC 1928, RFC 1929) by the package the SDK itself would need."""
    try:
        import socksio  # type: ignore[import-not-found,unused-ignore]
    except ImportError as error:
        raise TunnelFailure("not-a-proxy", "SOCKS needs the package 'socksio'") from error
    try:
        _socks_handshake(socksio, wire, proxy, host, port, deadline)
    except socksio.ProtocolError as error:
        raise TunnelFailure("not-a-proxy", "what answers there does not speak SOCKS5") from error


def _socks_handshake(
    socksio: Any, wire: Wire, proxy: Proxy, host: str, port: int, deadline: float
) -> None:
    socks = socksio.SOCKS5Connection()
    method = socksio.SOCKS5AuthMethod
    methods = [method.NO_AUTH_REQUIRED]
    if proxy.user is not None:
        methods.append(method.USERNAME_PASSWORD)
    socks.send(socksio.SOCKS5AuthMethodsRequest(methods))
    wire.write(socks.data_to_send(), _left(deadline))
    chosen = socks.receive_data(wire.read(4096, _left(deadline)))
    if chosen.method == method.NO_ACCEPTABLE_METHODS:
        raise TunnelFailure("auth-required", "the SOCKS proxy wants another authentication")
    if chosen.method == method.USERNAME_PASSWORD:
        password = proxy.password.reveal() if proxy.password else ""
        user = (proxy.user or "").encode()
        socks.send(socksio.SOCKS5UsernamePasswordRequest(user, password.encode()))
        wire.write(socks.data_to_send(), _left(deadline))
        if not socks.receive_data(wire.read(4096, _left(deadline))).success:
            raise TunnelFailure("auth-required", "the SOCKS proxy refuses the password")
    socks.send(
        socksio.SOCKS5CommandRequest.from_address(socksio.SOCKS5Command.CONNECT, (host, port))
    )
    wire.write(socks.data_to_send(), _left(deadline))
    reply = socks.receive_data(wire.read(4096, _left(deadline)))
    if reply.reply_code != socksio.SOCKS5ReplyCode.SUCCEEDED:
        words = f"the SOCKS proxy answers {reply.reply_code.name}"
        raise TunnelFailure("blocked", words.replace("_", " ").lower())


def _left(deadline: float) -> float:
    return max(0.05, deadline - time.monotonic())
