"""Sockets and threads: accept on loopback, serve each connection in a daemon thread, stop fast."""

from __future__ import annotations

import contextlib
import errno
import selectors
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable

_DRAIN_S = 0.3
_PORT_TRIES = 20
_NO_IPV6 = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT, errno.ENOENT)


class Connection:
    """One accepted connection, which another thread may cut at any time.

    `number` counts the connections of one listener from 1.
    """

    def __init__(self, accepted: socket.socket, number: int) -> None:
        self.number = number
        self._socket = accepted
        self._lock = threading.Lock()
        self._cut = False
        self._closed = False

    def fileno(self) -> int:
        """The descriptor, for selectors; of a plain connection only."""
        return self._socket.fileno()

    def start_tls(self, context: ssl.SSLContext) -> None:
        """Shake hands as the server; ssl.SSLError when the client refuses."""
        with self._lock:
            if self._cut:
                raise ConnectionAbortedError("the emulator is stopping")
            # Wrapping a socket whose client has reset it leaks that socket (CPython up to 3.13):
            # find out first.
            self._socket.getpeername()
            # The handshake follows outside: wrapping detaches the plain socket, so `cut` must
            # already see the wrapped one while the handshake waits.
            self._socket = context.wrap_socket(
                self._socket, server_side=True, do_handshake_on_connect=False
            )
            wrapped = self._socket
        wrapped.do_handshake()

    def receive(self, size: int = 65536) -> bytes:
        """Up to `size` bytes, b"" at the end; OSError when cut."""
        return self._socket.recv(size)

    def wait_for_input(self, seconds: float) -> None:
        """Wait until the client has sent something or left, at most so long."""
        with selectors.DefaultSelector() as selector:
            selector.register(self, selectors.EVENT_READ)
            selector.select(seconds)

    def send(self, data: bytes) -> None:
        """Send everything; OSError when the client has left or the connection is cut."""
        self._socket.sendall(data)

    def wait_for_end(self) -> None:
        """Stay silent until the client leaves or the listener stops."""
        while self.receive():
            pass

    def reset(self) -> None:
        """End with a TCP RST in place of an orderly close."""
        with self._lock:
            if not self._closed:
                linger = struct.pack("ii", 1, 0)
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                self._closed = True
                self._socket.close()

    def close(self) -> None:
        """End orderly: TLS close_notify, FIN, then read what the client still sends.

        Without the reading, unread input would turn the close into a reset that can destroy an
        answer which the client has not read yet.
        """
        if self._closed:
            return
        with contextlib.suppress(OSError, ValueError):
            if isinstance(self._socket, ssl.SSLSocket):
                self._socket.setblocking(False)
                # Sends close_notify and does not wait for the client's: SSLWantReadError.
                with contextlib.suppress(ssl.SSLError):
                    self._socket.unwrap()
            socket.socket.shutdown(self._socket, socket.SHUT_WR)
            self._socket.settimeout(_DRAIN_S)
            end = time.monotonic() + _DRAIN_S
            while socket.socket.recv(self._socket, 65536) and time.monotonic() < end:
                pass
        with self._lock:
            self._closed = True
            self._socket.close()

    def cut(self) -> None:
        """Wake whatever waits on this connection; safe from any thread."""
        with self._lock:
            self._cut = True
            if not self._closed:
                # The plain shutdown: SSLSocket's own drops the TLS state under the reader.
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


class Listener:
    """Listening sockets on one port, each connection handled in a daemon thread.

    `bind` None means 127.0.0.1 and, where the machine has it, ::1. With `refuse` the port is
    reserved without listening, so that a connection attempt is refused. A handler may end with
    OSError: clients leave when they like.
    """

    def __init__(
        self,
        handle: Callable[[Connection], None],
        *,
        name: str,
        bind: str | None = None,
        port: int = 0,
        refuse: bool = False,
    ) -> None:
        self._handle = handle
        self._name = name
        self._bind = bind
        self._port = port
        self._refuse = refuse
        self._lock = threading.Lock()
        self._stopping = False
        self._sockets: list[socket.socket] = []
        self._connections: set[Connection] = set()
        self._threads: set[threading.Thread] = set()
        self._accepted = 0
        self._wake: tuple[socket.socket, socket.socket] | None = None

    @property
    def port(self) -> int:
        """The port in use; 0 before `start`."""
        return int(self._sockets[0].getsockname()[1]) if self._sockets else 0

    @property
    def address(self) -> str:
        """An address under which this machine reaches the listener."""
        bound = str(self._sockets[0].getsockname()[0])
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(bound, bound)

    def start(self) -> None:
        """Bind and begin to accept; OSError when the port is not to be had."""
        self._sockets = _bind(self._bind, self._port)
        if self._refuse:
            return
        try:
            for one in self._sockets:
                one.listen(128)
                one.setblocking(False)
        except OSError:
            self._close_sockets()
            raise
        self._wake = socket.socketpair()
        self._spawn(self._accept, "accept")

    def stop(self) -> None:
        """Close the port and cut every connection; does not wait (see `join`)."""
        with self._lock:
            self._stopping = True
            connections = list(self._connections)
        if self._wake is not None:
            self._wake[1].close()
        else:
            self._close_sockets()
        for connection in connections:
            connection.cut()

    def join(self, deadline: float) -> None:
        """Wait for the threads until a time of time.monotonic()."""
        while True:
            with self._lock:
                thread = next(iter(self._threads), None)
            if thread is None or time.monotonic() >= deadline:
                return
            thread.join(max(0.0, deadline - time.monotonic()))

    def _accept(self) -> None:
        wake = self._wake
        if wake is None:
            raise RuntimeError("the listener was not started; call start()")
        with selectors.DefaultSelector() as selector:
            selector.register(wake[0], selectors.EVENT_READ)
            for one in self._sockets:
                selector.register(one, selectors.EVENT_READ)
            while True:
                ready = [key.fileobj for key, _ in selector.select()]
                if wake[0] in ready:
                    break
                for one in self._sockets:
                    if one in ready:
                        self._admit(one)
        wake[0].close()
        self._close_sockets()

    def _admit(self, listening: socket.socket) -> None:
        try:
            accepted, _ = listening.accept()
        except OSError:
            # The client left between the selector's word and the accept.
            return
        accepted.setblocking(True)
        with contextlib.suppress(OSError):
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._lock:
            if self._stopping:
                accepted.close()
                return
            self._accepted += 1
            connection = Connection(accepted, self._accepted)
            self._connections.add(connection)
        self._spawn(lambda: self._serve(connection), str(connection.number))

    def _serve(self, connection: Connection) -> None:
        try:
            with contextlib.suppress(OSError):
                self._handle(connection)
        finally:
            connection.close()
            with self._lock:
                self._connections.discard(connection)

    def _spawn(self, target: Callable[[], None], suffix: str) -> None:
        def run() -> None:
            try:
                target()
            finally:
                with self._lock:
                    self._threads.discard(threading.current_thread())

        thread = threading.Thread(target=run, name=f"{self._name}-{suffix}", daemon=True)
        with self._lock:
            # Started under the lock, so that `join` never meets a thread which has not begun.
            self._threads.add(thread)
            thread.start()

    def _close_sockets(self) -> None:
        for one in self._sockets:
            one.close()


def _bind(bind: str | None, port: int) -> list[socket.socket]:
    if bind is not None:
        return [_bound(bind, port)]
    for _ in range(_PORT_TRIES):
        first = _bound("127.0.0.1", port)
        try:
            return [first, _bound("::1", int(first.getsockname()[1]))]
        except OSError as error:
            if error.errno in _NO_IPV6:
                return [first]
            first.close()
            # A free port of 127.0.0.1 may be taken on ::1: draw another one.
            if port or error.errno != errno.EADDRINUSE:
                raise
    raise OSError(errno.EADDRINUSE, "no port is free on both 127.0.0.1 and ::1; pass bind=")


def _bound(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        # Closed connections linger in TIME_WAIT; a restart on the same port must not fail by them.
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind((address, port))
    except OSError:
        made.close()
        raise
    return made
