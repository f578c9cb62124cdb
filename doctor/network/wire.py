"""Bytes in and out of an open connection, plain or TLS, each wait bounded."""

from __future__ import annotations

import contextlib
import socket
import ssl
import time


class Wire:
    """A connected socket (plain or TLS) with a limit on every wait, in seconds."""

    def __init__(self, sock: socket.socket) -> None:
        self.socket = sock

    def read(self, size: int, timeout: float) -> bytes:
        """At most `size` bytes; b"" at the end. Raises TimeoutError or OSError."""
        self.socket.settimeout(timeout)
        return self.socket.recv(size)

    def write(self, data: bytes, timeout: float) -> None:
        """All of `data`. Raises TimeoutError or OSError."""
        self.socket.settimeout(timeout)
        self.socket.sendall(data)

    def close(self) -> None:
        """Close without waiting for the peer."""
        with contextlib.suppress(OSError):  # the peer may be gone already
            self.socket.close()

    def readable(self) -> bool:
        """Whether bytes (or the end) wait to be read: an idle connection in that state is dead."""
        import select

        try:
            return bool(select.select([self.socket], [], [], 0)[0])
        except (OSError, ValueError):
            return True

    def tls_version(self) -> str | None:
        """`TLSv1.3` and the like; None on a plain connection."""
        return self.socket.version() if isinstance(self.socket, ssl.SSLSocket) else None

    def peer_certificate(self) -> bytes | None:
        """The peer's certificate in DER, verified or not."""
        if isinstance(self.socket, ssl.SSLSocket):
            return self.socket.getpeercert(binary_form=True)
        return None


class TlsInTls(Wire):
    """TLS to the host inside the TLS connection to an https:// proxy."""

    def __init__(
        self, outer: ssl.SSLSocket, context: ssl.SSLContext, name: str | None, timeout: float
    ) -> None:
        super().__init__(outer)
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._object = context.wrap_bio(self._in, self._out, server_hostname=name)
        deadline = time.monotonic() + timeout
        while True:
            try:
                self._object.do_handshake()
            except ssl.SSLWantReadError:
                self._flush(deadline)
                self._fill(deadline)
            else:
                self._flush(deadline)
                return

    def read(self, size: int, timeout: float) -> bytes:
        deadline = time.monotonic() + timeout
        while True:
            try:
                return self._object.read(size)
            except ssl.SSLWantReadError:
                self._flush(deadline)
                self._fill(deadline)
            except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
                return b""

    def write(self, data: bytes, timeout: float) -> None:
        deadline = time.monotonic() + timeout
        sent = 0
        while sent < len(data):
            sent += self._object.write(data[sent:])
            self._flush(deadline)

    def tls_version(self) -> str | None:
        return self._object.version()

    def peer_certificate(self) -> bytes | None:
        return self._object.getpeercert(binary_form=True)

    def _flush(self, deadline: float) -> None:
        data = self._out.read()
        if data:
            super().write(data, _left(deadline))

    def _fill(self, deadline: float) -> None:
        data = super().read(65536, _left(deadline))
        if data:
            self._in.write(data)
        else:
            self._in.write_eof()


def _left(deadline: float) -> float:
    """Seconds until the deadline; raises TimeoutError beyond it, so that a drip cannot hold us."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("the time is used up")
    return left
