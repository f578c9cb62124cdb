"""Name resolution as the user's client does it, bounded in time.

`getaddrinfo` cannot be cancelled and a dead resolver holds it for 10 to 20 s, so it runs in a
daemon thread that neither a caller nor the process waits for.
"""

from __future__ import annotations

import socket
import threading
import time
from ipaddress import IPv6Address, ip_address, ip_network

from ..noun import Noun

_PRIVATE = tuple(
    ip_network(text)
    for text in (
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16",
        "fc00::/7", "fe80::/10",
    )
)  # fmt: skip
_TRY_AGAIN = {socket.EAI_AGAIN, 11002}
_NO_NAME = {socket.EAI_NONAME, 8, 11001}
_NO_DATA = {getattr(socket, "EAI_NODATA", -5), getattr(socket, "EAI_ADDRFAMILY", -9), 11004}


class Resolution(Noun):
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
        return Resolution(host, "timeout", (), f"no answer within {timeout:.1f} s", took)
    took = (time.monotonic() - started) * 1000
    answer = box[0]
    return Resolution(host, answer.outcome, answer.addresses, answer.detail, took, answer.code)


def _look_up(host: str) -> Resolution:
    try:
        rows = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        return Resolution(host, _outcome(error), (), _words(error), code=error.errno)
    except OSError as error:  # EAI_SYSTEM: the resolver itself could not work
        return Resolution(host, "server-failure", (), _words(error), code=error.errno)
    except UnicodeError:
        return Resolution(host, "nxdomain", (), "the name has an empty or overlong label")
    except ValueError as error:
        return Resolution(host, "nxdomain", (), f"no host can have this name: {error}")
    addresses = tuple(dict.fromkeys(str(row[4][0]) for row in rows))
    return Resolution(host, "ok" if addresses else "no-address", addresses)


def _outcome(error: socket.gaierror) -> str:
    # EAI_AGAIN covers a silent server and a failing one; a follow-up tells them apart.
    if error.errno in _TRY_AGAIN:
        return "server-failure"
    if error.errno in _NO_NAME:
        return "nxdomain"
    return "no-address" if error.errno in _NO_DATA else "server-failure"


def _words(error: OSError) -> str:
    return f"getaddrinfo: {error.strerror or error}"


def is_address(text: str) -> bool:
    """Whether `text` is an IPv4 or IPv6 address."""
    try:
        ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return True


def is_private(address: str) -> bool:
    """RFC 1918, 100.64/10, unique local, link local; loopback counts as neither.

    Narrower than `ipaddress.is_private`: a sinkhole's 0.0.0.0 or a proxy's 198.18/15 is no sign
    of a private endpoint.
    """
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    return any(parsed.version == net.version and parsed in net for net in _PRIVATE)
