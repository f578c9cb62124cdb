"""Scripted servers on loopback: each connection runs one small function in a thread."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from foundry_doctor.emulator.authority import ThrowAwayAuthority
from foundry_doctor.emulator.spec import Certificate

if TYPE_CHECKING:
    from typing_extensions import Self

Handler = Callable[["Peer"], None]


class Peer:
    """One accepted connection, as a handler sees it."""

    def __init__(self, server: Server, sock: socket.socket) -> None:
        self.server = server
        self.socket = sock

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def request(self) -> bytes:
        """One whole request, head and body; b"" at the end of the connection."""
        data = b""
        while b"\r\n\r\n" not in data:
            part = self.socket.recv(65536)
            if not part:
                return b""
            data += part
        head, _, body = data.partition(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.strip().lower() == b"content-length":
                length = int(value)
        while len(body) < length:
            part = self.socket.recv(65536)
            if not part:
                break
            body += part
        self.server.requests.append(head + b"\r\n\r\n" + body)
        return self.server.requests[-1]

    def start_tls(self, context: ssl.SSLContext) -> None:
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.server.keep(self.socket)

    def reset(self) -> None:
        """Close with RST in place of FIN."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()


class Server:
    """A listener on a free loopback port; `requests` holds what its handler has read."""

    def __init__(
        self, handler: Handler, context: ssl.SSLContext | None = None, address: str = "127.0.0.1"
    ) -> None:
        self.address = address
        self.requests: list[bytes] = []
        self.connections = 0
        self.stopping = threading.Event()
        self._handler = handler
        self._context = context
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._listener = socket.create_server((address, 0), family=family)
        self.port: int = self._listener.getsockname()[1]
        self._start(self._accept)

    @property
    def text(self) -> str:
        """Everything read so far."""
        return b"\n".join(self.requests).decode("latin-1")

    def keep(self, sock: socket.socket) -> None:
        self._open.append(sock)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stopping.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for sock in self._open:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)
        for sock in self._open:
            sock.close()

    def _start(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self.keep(sock)
            self._start(lambda sock=sock: self._serve(sock))  # type: ignore[misc]

    def _serve(self, sock: socket.socket) -> None:
        peer = Peer(self, sock)
        try:
            if self._context is not None:
                peer.start_tls(self._context)
            self._handler(peer)
        except (OSError, ValueError):
            pass  # the client went away, or refused the handshake: that is often the test
        finally:
            peer.socket.close()


# What a server may do with a connection ---------------------------------------------------


def silent(peer: Peer) -> None:
    """Accept, and never say a word."""
    peer.server.stopping.wait(30)


def cut(peer: Peer) -> None:
    """Reset at once."""
    peer.reset()


def cut_when_spoken_to(peer: Peer) -> None:
    """Reset at the first byte, once the connection stands."""
    peer.socket.recv(1)
    peer.reset()


def closing(peer: Peer) -> None:
    """Close at once."""


def drip(data: bytes, every: float = 0.05) -> Handler:
    """One byte at a time, for as long as anybody listens."""

    def handler(peer: Peer) -> None:
        peer.request()
        for byte in data:
            if peer.server.stopping.wait(every):
                return
            peer.send(bytes([byte]))
        peer.server.stopping.wait(30)

    return handler


def says(*answers: bytes, then: Handler = closing) -> Handler:
    """After each request the next answer, then `then`."""

    def handler(peer: Peer) -> None:
        for answer in answers:
            if not peer.request():
                return
            peer.send(answer)
        then(peer)

    return handler


def always(answer: bytes) -> Handler:
    """The same answer to every request, on a connection kept alive."""

    def handler(peer: Peer) -> None:
        while peer.request():
            peer.send(answer)

    return handler


def blurts(data: bytes) -> Handler:
    """Say something before anybody asked, and close when the other side has read it."""

    def handler(peer: Peer) -> None:
        peer.send(data)
        peer.socket.settimeout(2)
        with contextlib.suppress(OSError):
            while peer.socket.recv(4096):
                pass

    return handler


def http(status: int = 200, body: bytes = b"{}", *headers: str, length: int | None = None) -> bytes:
    """An answer in HTTP/1.1; `length` announces another length than the true one."""
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body) if length is None else length}"]
    return ("\r\n".join([*lines, *headers]) + "\r\n\r\n").encode("latin-1") + body


# Proxies ------------------------------------------------------------------------------------


def tunnel_to(port: int, *, inner: ssl.SSLContext | None = None) -> Handler:
    """A proxy that passes every CONNECT on to one loopback port, whatever name it is asked for."""

    def handler(peer: Peer) -> None:
        peer.request()
        with socket.create_connection(("127.0.0.1", port), timeout=5) as upstream:
            peer.send(b"HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n")
            _relay(peer, upstream)

    return handler


def _relay(peer: Peer, upstream: socket.socket) -> None:
    def back() -> None:
        with contextlib.suppress(OSError):
            while data := upstream.recv(65536):
                peer.send(data)
        with contextlib.suppress(OSError):
            peer.socket.shutdown(socket.SHUT_RDWR)

    thread = threading.Thread(target=back, daemon=True)
    thread.start()
    with contextlib.suppress(OSError):
        while data := peer.socket.recv(65536):
            upstream.sendall(data)
    with contextlib.suppress(OSError):
        upstream.shutdown(socket.SHUT_RDWR)
    thread.join(5)


# Addresses that fail ------------------------------------------------------------------------


@contextmanager
def dead_port(*addresses: str) -> Iterator[int]:
    """A port on which these loopback addresses neither accept nor refuse: their queue is full."""
    open_sockets: list[socket.socket] = []
    port = 0
    try:
        for address in addresses:
            listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            open_sockets.append(listener)
            listener.bind((address, port))
            port = listener.getsockname()[1]
            listener.listen(0)
            for _ in range(3):
                filler = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
                open_sockets.append(filler)
                filler.setblocking(False)
                filler.connect_ex((address, port))
        time.sleep(0.05)
        yield port
    finally:
        for one in open_sockets:
            one.close()


def closed_port(address: str = "127.0.0.1") -> int:
    """A port that refuses: it was free a moment ago."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as one:
        one.bind((address, 0))
        port: int = one.getsockname()[1]
    return port


# Certificates -------------------------------------------------------------------------------


class Pki:
    """One throw-away authority, its CA file, and TLS contexts with its certificates."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._authority = ThrowAwayAuthority()
        self._known: dict[tuple[str, ...], ssl.SSLContext] = {}
        self.ca_file = self._authority.write(folder / "ca.pem")

    def context(
        self, kind: Certificate = "valid", *names: str, alpn: str = "http/1.1"
    ) -> ssl.SSLContext:
        """A server context with a certificate for these names (default: the loopback ones)."""
        key = (kind, *names)
        if key not in self._known:
            hosts = names or ("localhost", "127.0.0.1", "::1")
            folder = self._folder / f"leaf-{len(self._known)}"
            folder.mkdir()
            chain, private = self._authority.issue(hosts, kind).write(folder)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.set_alpn_protocols([alpn])
            context.load_cert_chain(chain, private)
            self._known[key] = context
        return self._known[key]
