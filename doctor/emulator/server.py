"""Connections of the emulated service: TLS, keep-alive, and the faults below HTTP."""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections.abc import Callable

from .answers import request_id
from .listener import Connection, Listener
from .plane import FirstOnly
from .record import Journal
from .spec import Server
from .wire import Reply, Request, RequestError, RequestReader, write

_FIRST_BYTES_S = 1.0

Application = Callable[[Request], Reply]


class HttpServer:
    """Serves an application on one port, over TLS when given a context.

    The faults of the scenario that lie below HTTP happen here: who resets, hangs or closes when.
    """

    def __init__(
        self,
        application: Application,
        journal: Journal,
        behaviour: Server,
        faults: FirstOnly,
        *,
        context: ssl.SSLContext | None,
        bind: str | None = None,
        port: int = 0,
        name: str = "foundry-emulator",
    ) -> None:
        self._application = application
        self._journal = journal
        self._behaviour = behaviour
        self._faults = faults
        self._context = context
        self._stopping = threading.Event()
        self.listener = Listener(
            self._serve,
            name=name,
            bind=bind,
            port=port,
            refuse=behaviour.connection == "refused",
        )

    def date(self) -> float:
        """The POSIX time that this service believes in."""
        return time.time() + self._behaviour.date_offset_s

    def stop(self) -> None:
        """Stop accepting, cut every connection and end every delay."""
        self._stopping.set()
        self.listener.stop()

    def _serve(self, connection: Connection) -> None:
        fault = self._behaviour.connection
        if fault == "reset-on-accept" and self._faults.take():
            # Not before the client speaks: a reset that overtakes the TLS hello meets clients in
            # a state that differs from run to run, and filters act on the hello anyway.
            connection.wait_for_input(_FIRST_BYTES_S)
            connection.reset()
            return
        if fault == "hang-in-handshake" and self._faults.take():
            connection.wait_for_end()
            return
        if self._context is not None:
            connection.start_tls(self._context)
        reader = RequestReader(connection)
        while not self._stopping.is_set():
            try:
                request = reader.next()
            except RequestError as error:
                write(connection, _unreadable(error.status), None, self.date())
                return
            if request is None:
                return
            self._journal.add(request, connection.number)
            if not self._exchange(connection, request):
                return

    def _exchange(self, connection: Connection, request: Request) -> bool:
        """Answer one request; True when the connection stays open."""
        if self._behaviour.delay_s:
            self._stopping.wait(self._behaviour.delay_s)
        fault = self._behaviour.connection
        faulty = fault in ("hang", "reset-after-request", "closed-without-answer")
        if faulty and self._faults.take():
            if fault == "hang":
                connection.wait_for_end()
            elif fault == "reset-after-request":
                connection.reset()
            return False
        return write(connection, self._application(request), request, self.date())


def _unreadable(status: int) -> Reply:
    if status != 413:
        page = f"<html><body><h1>{status} Bad Request</h1></body></html>\n"
        return Reply(status, [("Content-Type", "text/html")], page.encode())
    # [docs.claude.com errors]: 32 MB; whether the gateway answers first is not settled.
    identity = request_id()
    error = {"type": "request_too_large", "message": "Request exceeds the maximum size"}
    body = {"type": "error", "error": error, "request_id": identity}
    headers = [("Content-Type", "application/json"), ("request-id", identity)]
    return Reply(status, headers, json.dumps(body).encode())
