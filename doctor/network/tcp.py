"""TCP to the first of several addresses that answers, inside one time limit.

`socket.create_connection` gives each address the whole time-out, so three dead addresses cost
three time-outs. Attempts here start 250 ms apart (RFC 8305) and share one limit.
"""

from __future__ import annotations

import errno
import selectors
import socket
import time

from ..noun import Noun

STAGGER = 0.25
GRACE = 1.0
"""Seconds that an earlier, slower address gets after another one has answered: only then is it
said not to answer."""
_UNREACHABLE = {
    errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT,
    errno.EACCES, errno.EPERM, errno.ENETDOWN, 10051, 10065, 10049, 10047, 10013,
}  # fmt: skip
_REFUSED = {errno.ECONNREFUSED, 10061}
_RESET = {errno.ECONNRESET, errno.ECONNABORTED, errno.EPIPE, 10054, 10053}
_PENDING = {errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EAGAIN, 10035}
_RANK = ("timeout", "reset", "refused", "unreachable")
"""Which failure speaks for the whole when addresses fail differently: a silent drop says more
about the path than a family that this machine does not have."""


class Tcp(Noun):
    socket: socket.socket
    peer: str
    failed: tuple[tuple[str, str], ...]
    """Addresses tried before that failed or stayed silent, each with its outcome."""


class TcpFailure(Exception):
    """No address answered; `outcome` is a value of the fact `connect.outcome`."""

    def __init__(self, outcome: str, detail: str, addresses: tuple[str, ...]) -> None:
        super().__init__(f"{outcome}: {detail}")
        self.outcome = outcome
        self.detail = detail
        self.addresses = addresses


def connect_any(addresses: tuple[str, ...], port: int, timeout: float) -> Tcp:
    """Connect to the first address that answers. Raises TcpFailure after `timeout` seconds."""
    race = _Race(port)
    deadline = time.monotonic() + timeout
    waiting = list(addresses)
    next_start = time.monotonic()
    with race.selector:
        try:
            while waiting or race.pending:
                now = time.monotonic()
                if now >= deadline:
                    break
                if waiting and (now >= next_start or not race.pending):
                    race.start(waiting.pop(0))
                    next_start = now + STAGGER
                    continue
                limit = min(deadline, next_start) if waiting else deadline
                winner = race.wait(limit - now)
                if winner is not None:
                    won, address = winner
                    race.give_grace(min(GRACE, max(0.0, deadline - time.monotonic())))
                    late = [(other, "timeout") for other in race.pending.values()]
                    return Tcp(won, _peer(address, port), (*race.failed, *late))
        finally:
            race.close()
    silent = [(address, "timeout") for address in (*race.pending.values(), *waiting)]
    raise _failure([*race.failed, *silent], port, timeout)


class _Race:
    def __init__(self, port: int) -> None:
        self.port = port
        self.selector = selectors.DefaultSelector()
        self.pending: dict[socket.socket, str] = {}
        self.failed: list[tuple[str, str]] = []

    def start(self, address: str) -> None:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        try:
            one = socket.socket(family, socket.SOCK_STREAM)
        except OSError as error:
            self.failed.append((address, outcome_of(error.errno)))
            return
        one.setblocking(False)
        try:
            code = one.connect_ex((address, self.port))
        except OSError as error:  # a scope that this machine does not have
            code = error.errno or errno.EADDRNOTAVAIL
        if code not in _PENDING and code != 0:
            one.close()
            self.failed.append((address, outcome_of(code)))
            return
        self.pending[one] = address
        self.selector.register(one, selectors.EVENT_WRITE)

    def wait(self, seconds: float) -> tuple[socket.socket, str] | None:
        for key, _ in self.selector.select(max(0.0, seconds)):
            one = key.fileobj
            assert isinstance(one, socket.socket)
            self.selector.unregister(one)
            address = self.pending.pop(one)
            code = one.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if code == 0:
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return one, address
            one.close()
            self.failed.append((address, outcome_of(code)))
        return None

    def give_grace(self, seconds: float) -> None:
        """Take those that answer after all off the list of the silent ones."""
        until = time.monotonic() + seconds
        while self.pending and (left := until - time.monotonic()) > 0:
            late = self.wait(left)
            if late is not None:
                late[0].close()

    def close(self) -> None:
        for one in self.pending:
            one.close()


def outcome_of(code: int | None) -> str:
    """The value of the fact `connect.outcome` for an errno."""
    if code in _REFUSED:
        return "refused"
    if code in _RESET:
        return "reset"
    if code in _UNREACHABLE:
        return "unreachable"
    return "timeout" if code in (errno.ETIMEDOUT, 10060) else "unreachable"


def _failure(failed: list[tuple[str, str]], port: int, timeout: float) -> TcpFailure:
    outcomes = {outcome for _, outcome in failed}
    worst = next((name for name in _RANK if name in outcomes), "unreachable")
    words = {
        "timeout": f"no answer within {timeout:.1f} s",
        "refused": "refused",
        "reset": "reset",
        "unreachable": "no route",
    }
    detail = "; ".join(f"{_peer(address, port)} {words[how]}" for address, how in failed[:6])
    return TcpFailure(worst, detail, tuple(address for address, _ in failed))


def _peer(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
