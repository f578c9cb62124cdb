"""Connections of the emulated service: TLS, keep-alive, and the faults below HTTP."""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from .answers import request_id
from .listener import Connection, Listener
from .plane import FirstOnly
from .record import Journal
from .spec import Server
from .wire import Reply, Request, RequestError, RequestReader, write

_FIRST_BYTES_S = 1.0
_BEFORE_REQUESTS = ("refused", "reset-on-accept", "hang-in-handshake")

Application = Callable[[Request], Reply]


@dataclass(frozen=True)
class Site:
    """What answers under one or more host names, and how it fails below HTTP."""

    application: Application
    journal: Journal
    behaviour: Server
    faults: FirstOnly

    def date(self) -> float:
        """The POSIX time that this service believes in."""
        return time.time() + self.behaviour.date_offset_s


class HttpServer:
    """Serves an application on one port, over TLS when given a context.

    The faults of the scenario that lie below HTTP happen here: who resets, hangs or closes when.
    `choose` may give another site for a request, by its Host: that site's faults then count, but
    for those that come before a request is read.
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
        choose: Callable[[Request], Site | None] | None = None,
    ) -> None:
        self._site = Site(application, journal, behaviour, faults)
        self._context = context
        self._choose = choose
        self._stopping = threading.Event()
        self.listener = Listener(
            self._serve,
            name=name,
            bind=bind,
            port=port,
            refuse=behaviour.connection == "refused",
        )

    @classmethod
    def of(
        cls,
        site: Site,
        context: ssl.SSLContext | None,
        *,
        bind: str | None = None,
        port: int = 0,
        name: str,
    ) -> HttpServer:
        """A server of one site."""
        return cls(
            site.application,
            site.journal,
            site.behaviour,
            site.faults,
            context=context,
            bind=bind,
            port=port,
            name=name,
        )

    def date(self) -> float:
        """The POSIX time that this service believes in."""
        return self._site.date()

    def stop(self) -> None:
        """Stop accepting, cut every connection and end every delay."""
        self._stopping.set()
        self.listener.stop()

    def _serve(self, connection: Connection) -> None:
        fault, faults = self._site.behaviour.connection, self._site.faults
        if fault == "reset-on-accept" and faults.take():
            # Not before the client speaks: a reset that overtakes the TLS hello meets clients in
            # a state that differs from run to run, and filters act on the hello anyway.
            connection.wait_for_input(_FIRST_BYTES_S)
            connection.reset()
            return
        if fault == "hang-in-handshake" and faults.take():
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
            site = (self._choose(request) if self._choose else None) or self._site
            site.journal.add(request, connection.number)
            if not self._exchange(connection, request, site):
                return

    def _exchange(self, connection: Connection, request: Request, site: Site) -> bool:
        """Answer one request; True when the connection stays open."""
        if site.behaviour.delay_s:
            self._stopping.wait(site.behaviour.delay_s)
        fault = site.behaviour.connection
        if fault in _BEFORE_REQUESTS and site is not self._site and site.faults.take():
            # Too late for that here, where hosts share a port: cut as early as can be.
            connection.reset()
            return False
        faulty = fault in ("hang", "reset-after-request", "closed-without-answer")
        if faulty and site.faults.take():
            if fault == "hang":
                connection.wait_for_end()
            elif fault == "reset-after-request":
                connection.reset()
            return False
        return write(connection, site.application(request), request, site.date())


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
