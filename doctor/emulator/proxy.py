"""A tiny CONNECT proxy that leads to the emulator and nowhere else."""

from __future__ import annotations

import selectors
import socket
from collections.abc import Callable, Sequence

from .listener import Connection, Listener
from .record import Journal
from .spec import ProxyMode
from .wire import Reply, Request, RequestError, RequestReader, write

_BLOCK_PAGE = b"""<!doctype html><html><head><title>Access denied</title></head><body>
<h1>Access denied</h1><p>The web gateway of Contoso blocks this destination by policy
(category: generative AI).</p></body></html>
"""


class ConnectProxy:
    """An HTTP proxy on a port of its own, working or failing in one way.

    `upstream` gives address and port of the emulator: a tunnel to that port is made to the
    emulator whatever host name it asks for, so nothing can be reached through this proxy but what
    `others` gives besides: address and port of the emulator's other planes.
    """

    def __init__(
        self,
        mode: ProxyMode,
        upstream: Callable[[], tuple[str, int]],
        journal: Journal,
        *,
        bind: str | None,
        date: Callable[[], float],
        others: Callable[[], Sequence[tuple[str, int]]] = tuple,
    ) -> None:
        self._mode = mode
        self._upstream = upstream
        self._others = others
        self._journal = journal
        self._date = date
        self.listener = Listener(
            self._serve, name="foundry-emulator-proxy", bind=bind, refuse=mode == "down"
        )

    def _serve(self, connection: Connection) -> None:
        try:
            request = RequestReader(connection).next()
        except RequestError as error:
            write(connection, Reply(error.status), None, self._date())
            return
        if request is None:
            return
        self._journal.add(request, connection.number)
        if self._mode == "hang":
            connection.wait_for_end()
            return
        refusal = self._refusal(request)
        if refusal is not None:
            write(connection, refusal, None, self._date())
            return
        target = self._target(request) or self._upstream()
        with socket.create_connection(target, timeout=5) as upstream:
            upstream.settimeout(None)
            connection.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
            _tunnel(connection, upstream)

    def _refusal(self, request: Request) -> Reply | None:
        if self._mode == "auth-required":
            challenge = ("Proxy-Authenticate", 'Basic realm="contoso-proxy"')
            return Reply(407, [challenge, ("Content-Type", "text/html")], b"<h1>407</h1>\n")
        if self._mode == "blocked":
            return Reply(403, [("Content-Type", "text/html")], _BLOCK_PAGE)
        if self._mode == "ok" and request.method != "CONNECT":
            return Reply(405, [("Allow", "CONNECT")])
        if self._mode == "bad-gateway" or self._target(request) is None:
            return Reply(502, [("Content-Type", "text/html")], b"<h1>502 Bad Gateway</h1>\n")
        return None

    def _target(self, request: Request) -> tuple[str, int] | None:
        port = request.target.rpartition(":")[2]
        known = (self._upstream(), *self._others())
        return next((one for one in known if str(one[1]) == port), None)


def _tunnel(connection: Connection, upstream: socket.socket) -> None:
    with selectors.DefaultSelector() as selector:
        selector.register(connection, selectors.EVENT_READ)
        selector.register(upstream, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj is upstream:
                    data = upstream.recv(65536)
                    connection.send(data)
                else:
                    data = connection.receive()
                    upstream.sendall(data)
                if not data:
                    return
