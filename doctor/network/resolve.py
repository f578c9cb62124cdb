"""Name resolution as the user's client does it, bounded in time.

`getaddrinfo` cannot be cancelled and a dead resolver holds it for 10 to 20 s, so it runs in a
daemon thread that neither a caller nor the process waits for.
"""

from __future__ import annotations

import socket
import threading
import time
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

_SHARED = ip_network("100.64.0.0/10")


@dataclass(frozen=True, slots=True)
class Resolution:
    """What the resolver said. `outcome` is a value of the fact `dns.outcome`."""

    host: str
    outcome: str
    addresses: tuple[str, ...] = ()
    detail: str = ""
    duration_ms: float = 0.0
    code: int | None = None
    """`getaddrinfo`'s own error number, platform dependent; None when it answered or timed out."""


def resolve(host: str, timeout: float) -> Resolution:
    """Addresses of `host`, in the order the client would try them; never raises."""
    literal = host.strip("[]")
    if is_address(literal):
        return Resolution(host, "ok", (literal,), "an address, not a name")
    started = time.monotonic()
    box: list[Resolution] = []
    done = threading.Event()

    def work() -> None:
        box.append(_look_up(host))
        done.set()

    threading.Thread(target=work, name=f"resolve {host}", daemon=True).start()
    if not done.wait(timeout):
        took = (time.monotonic() - started) * 1000
        return Resolution(host, "timeout", (), f"no answer within {timeout:g} s", took)
    took = (time.monotonic() - started) * 1000
    answer = box[0]
    return Resolution(host, answer.outcome, answer.addresses, answer.detail, took, answer.code)


def _look_up(host: str) -> Resolution:
    try:
        rows = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        return Resolution(host, _outcome(error), (), _words(error), code=error.errno)
    except UnicodeError:
        return Resolution(host, "nxdomain", (), "the name has an empty or overlong label")
    addresses = tuple(dict.fromkeys(str(row[4][0]) for row in rows))
    return Resolution(host, "ok" if addresses else "no-address", addresses)


def _outcome(error: socket.gaierror) -> str:
    # EAI_AGAIN covers a silent server and a failing one; a follow-up tells them apart.
    if error.errno == socket.EAI_AGAIN or error.errno == 11002:
        return "server-failure"
    if error.errno == socket.EAI_NONAME or error.errno in (8, 11001):
        return "nxdomain"
    if error.errno == getattr(socket, "EAI_NODATA", -5) or error.errno == 11004:
        return "no-address"
    return "server-failure"


def _words(error: socket.gaierror) -> str:
    return f"getaddrinfo: {error.strerror or error}"


def is_address(text: str) -> bool:
    """Whether `text` is an IPv4 or IPv6 address."""
    try:
        ip_address(text.split("%")[0])
    except ValueError:
        return False
    return True


def is_private(address: str) -> bool:
    """RFC 1918, 100.64/10, unique local, link local; loopback counts as neither."""
    try:
        parsed = ip_address(address.split("%")[0])
    except ValueError:
        return False
    if parsed.is_loopback:
        return False
    return parsed.is_private or (parsed.version == 4 and parsed in _SHARED)
