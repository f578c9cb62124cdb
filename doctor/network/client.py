"""The one HTTP client. Every call becomes an Exchange, whatever happens to it.

httpx over httpcore's public connection pool with a network backend of our own, so that phases and
addresses are seen and one connector serves everything. No redirect is followed, no environment is
read, no byte beyond the limits is kept or inflated.
"""

from __future__ import annotations

import json
import os
import re
import ssl
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timezone
from itertools import chain
from typing import Any

import httpcore
import httpx

from .._version import __version__
from ..model import EMPTY, Exchange, Timings
from ..noun import Noun, replace
from ..secret import Scrubber, Secret
from .connect import ConnectFailure, Connection, Connector, Phases
from .wire import Wire

RAW_LIMIT = 1 << 20
DECODED_LIMIT = 4 << 20
_STEP = 65536
USER_AGENT = f"foundry-doctor/{__version__}"


class Call(Noun):
    """One HTTP call to make. A header value that is a Secret is revealed only on the wire."""

    purpose: str
    method: str
    url: str
    headers: Mapping[str, str | Secret] = EMPTY
    body: Any = None
    credential: str = "none"
    """What kind of credential it carries, for `--plan` and the report: `none`, `key`, `token`."""
    billed: bool = False


class Reply(Noun):
    """What came back. `failure` is set where the way to the host ended before any answer."""

    exchange: Exchange
    headers: Mapping[str, str]
    body: bytes
    outcome: str
    """A value of the fact `http.outcome`; `no-connection` where `failure` is set, `not-asked` where
    the request itself is impossible and nothing was sent."""
    detail: str = ""
    failure: ConnectFailure | None = None
    received_at: float = 0.0
    """Local time of the answer's head, seconds since the epoch."""


class Client:
    """Makes calls one at a time over the connector and keeps every Exchange."""

    def __init__(self, connector: Connector, exchanges: list[Exchange] | None = None) -> None:
        self.connector = connector
        self.exchanges: list[Exchange] = [] if exchanges is None else exchanges
        """Every call in order; clients of one run may share the list, so that ids are unique."""
        self._backend = _Backend(connector)
        # Below httpx.Client, which would keep cookies and read the target of every redirect.
        self._transport = _Transport(self._backend)

    def park(self, connection: Connection) -> None:
        """Hand over an open connection; the next call to its host uses it."""
        self._backend.park(connection)

    def close(self) -> None:
        """Close every connection."""
        self._transport.close()
        self._backend.close()

    def send(self, call: Call) -> Reply:
        """Make one call; never raises for anything the network or the server does."""
        timeout = self.connector.left()
        client_request_id = new_guid()
        scrub = Scrubber(tuple(one for one in call.headers.values() if isinstance(one, Secret)))
        started, sent_at = time.monotonic(), now_utc()
        self._backend.begin(started + timeout)
        collected = _Collected()
        try:
            request = _request(call, client_request_id, timeout)
            response = self._transport.handle_request(request)
            collected.head(response, started)
            try:
                collected.read(response)
            finally:
                response.close()
        except _ImpossibleError as error:
            collected.outcome, collected.detail = "not-asked", str(error)
        except ConnectFailure as failure:
            collected.failure, collected.outcome = failure, "no-connection"
            collected.detail = failure.detail
        except (httpcore.TimeoutException, TimeoutError):
            collected.outcome, collected.detail = "timeout", f"no answer within {timeout:.1f} s"
        except (httpcore.NetworkError, OSError) as error:
            collected.outcome, collected.detail = "reset", _plain(error, scrub)
        except (httpcore.ProtocolError, ValueError) as error:
            collected.outcome = _protocol_outcome(error, collected)
            collected.detail = _plain(error, scrub)
        exchange = self._exchange(call, collected, sent_at, started, client_request_id, scrub)
        if collected.outcome != "not-asked":
            self.exchanges.append(exchange)
        return Reply(
            exchange=exchange,
            headers=collected.headers,
            body=bytes(collected.body),
            outcome=collected.outcome,
            detail=collected.detail,
            failure=collected.failure,
            received_at=collected.received_at,
        )

    def adopt(self, exchange: Exchange) -> str:
        """Take in a call that another library made; returns the id it gets."""
        numbered = replace(exchange, id=f"x{len(self.exchanges) + 1}")
        self.exchanges.append(numbered)
        return numbered.id

    def replace(self, exchange: Exchange) -> None:
        """Put a completed Exchange (with what its body says) in the place of the bare one."""
        for index, known in enumerate(self.exchanges):
            if known.id == exchange.id:
                self.exchanges[index] = exchange

    def _exchange(
        self,
        call: Call,
        collected: _Collected,
        sent_at: str,
        started: float,
        client_request_id: str,
        scrub: Scrubber,
    ) -> Exchange:
        connection, phases = self._backend.used, self._backend.phases or Phases()
        if collected.failure is not None:
            phases = collected.failure.phases
        wait = None
        if collected.head_at is not None:
            opening = self._backend.opening_ms
            wait = max(0.0, (collected.head_at - started) * 1000 - opening)
        headers = collected.headers
        return Exchange(
            id=f"x{len(self.exchanges) + 1}",
            purpose=call.purpose,
            method=call.method,
            url=call.url,
            sent_at=sent_at,
            status=collected.status,
            request_id=_sent(headers, "request-id", scrub),
            apim_request_id=_sent(headers, "apim-request-id", scrub),
            client_request_id=client_request_id,
            x_ms_region=_sent(headers, "x-ms-region", scrub),
            server_date=http_date(headers.get("date")),
            timings=Timings(
                dns=phases.dns,
                connect=phases.connect,
                proxy=phases.proxy,
                tls=phases.tls,
                wait=wait,
                receive=collected.receive_ms,
            ),
            remote_address=connection.address if connection else None,
            http_version=collected.http_version,
            outcome=collected.outcome,
        )


class _ImpossibleError(Exception):
    """A request that HTTP cannot carry; the text repeats no value."""


def _request(call: Call, client_request_id: str, timeout: float) -> httpx.Request:
    headers = {
        "user-agent": USER_AGENT,
        "accept": "application/json",
        "accept-encoding": "gzip, deflate",
        "x-ms-client-request-id": client_request_id,
    }
    for name, value in call.headers.items():
        plain = value.reveal() if isinstance(value, Secret) else value
        if not _HEADER_VALUE.fullmatch(plain):
            raise _ImpossibleError(
                f"the value for the header {name} cannot be sent in HTTP: it is empty, or holds a"
                " line break, outer white space or a character beyond ASCII"
            )
        headers[name] = plain
    content = None
    if call.body is not None:
        # A lone surrogate (a byte of the command line that is no text) goes out escaped.
        content = json.dumps(call.body, separators=(",", ":")).encode("ascii")
        headers["content-type"] = "application/json"
    if not call.url.lower().startswith("https://"):
        raise _ImpossibleError("a credential only travels over https")
    try:
        return httpx.Request(
            call.method,
            call.url,
            headers=headers,
            content=content,
            extensions={"timeout": httpx.Timeout(timeout).as_dict()},
        )
    except (httpx.InvalidURL, ValueError) as error:
        raise _ImpossibleError(f"no request can go to this URL: {error}") from error


_HEADER_VALUE = re.compile(r"[!-~]([ -~\t]*[!-~])?")


class _Collected:
    """What one call has brought in so far, complete or not."""

    def __init__(self) -> None:
        self.status: int | None = None
        self.headers: dict[str, str] = {}
        self.http_version: str | None = None
        self.body = bytearray()
        self.outcome = "answered"
        self.detail = ""
        self.failure: ConnectFailure | None = None
        self.head_at: float | None = None
        self.received_at = 0.0
        self.receive_ms: float | None = None

    def head(self, response: httpx.Response, started: float) -> None:
        self.head_at, self.received_at = time.monotonic(), time.time()
        self.status = response.status_code
        self.headers = {name.lower(): value for name, value in response.headers.items()}
        self.http_version = response.http_version.removeprefix("HTTP/")

    def read(self, response: httpx.Response) -> None:
        assert self.head_at is not None
        try:
            for chunk in _decoded(_limited(response.iter_raw()), self.headers):
                self.body += chunk
                if len(self.body) > DECODED_LIMIT:
                    raise _OversizedError("decoded")
        except _OversizedError as error:
            self.outcome = "oversized"
            self.detail = (
                f"more than {DECODED_LIMIT if error.args[0] == 'decoded' else RAW_LIMIT} bytes"
            )
            del self.body[65536:]
        except zlib.error as error:
            self.outcome, self.detail = "bad-encoding", f"the compressed body is broken: {error}"
        except UnknownEncodingError as error:
            self.outcome, self.detail = "bad-encoding", str(error)
        finally:
            self.receive_ms = (time.monotonic() - self.head_at) * 1000


class _OversizedError(Exception):
    pass


class UnknownEncodingError(Exception):
    """The answer uses a content encoding that was not asked for."""


def _limited(chunks: Iterable[bytes]) -> Iterator[bytes]:
    total = 0
    for chunk in chunks:
        total += len(chunk)
        if total > RAW_LIMIT:
            raise _OversizedError("raw")
        yield chunk


def _decoded(chunks: Iterator[bytes], headers: Mapping[str, str]) -> Iterator[bytes]:
    """Inflate in steps of 64 KiB, so that a small body cannot become a gigabyte in memory."""
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding in ("", "identity"):
        yield from chunks
        return
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise UnknownEncodingError(f"content encoding {printable(encoding)!r} was not asked for")
    head = b""
    while len(head) < 2 and (chunk := next(chunks, b"")):
        head += chunk
    if not head:
        return  # no body at all: nothing was compressed
    inflate = zlib.decompressobj(_window(encoding, head))
    for chunk in chain((head,), chunks):
        yield from _inflated(inflate, chunk)
    if not inflate.eof:
        raise zlib.error("it ends too early")


def _inflated(inflate: Any, data: bytes) -> Iterator[bytes]:
    while True:
        out = inflate.decompress(data, _STEP)
        yield out
        data = inflate.unconsumed_tail
        # A full step may leave output inside, even when all input is taken.
        if not data and len(out) < _STEP:
            return


def _window(encoding: str, head: bytes) -> int:
    """zlib's window bits. Some servers send raw deflate as `deflate` (RFC 9110, 8.4.1.2)."""
    if encoding != "deflate":
        return zlib.MAX_WBITS | 32
    wrapped = head[0] & 0x0F == 8 and int.from_bytes(head[:2], "big") % 31 == 0
    return zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS


def _protocol_outcome(error: Exception, collected: _Collected) -> str:
    text = str(error).lower()
    if collected.status is not None:
        return "truncated"
    if "without sending a response" in text:
        return "closed"
    # h11 stops at 100 KiB of head (httpcore's MAX_INCOMPLETE_EVENT_SIZE).
    return "oversized" if "too long" in text or "too large" in text else "not-http"


def _plain(error: BaseException, scrub: Scrubber) -> str:
    inner = error.__cause__ if error.__cause__ is not None and not str(error) else error
    # Scrubbed before it is cut: a server may send our own request back, key included.
    return printable(scrub(str(inner))) or type(inner).__name__


def _sent(headers: Mapping[str, str], name: str, scrub: Scrubber) -> str | None:
    value = headers.get(name)
    return printable(scrub(value)) if value is not None else None


def printable(text: str | None, limit: int = 300) -> str | None:
    """A header value or message on one line, without control characters."""
    if text is None:
        return None
    return "".join(c if c.isprintable() else " " for c in text)[:limit].strip()


def new_guid() -> str:
    """A random GUID (RFC 9562, version 4), without the start-up cost of the uuid module."""
    raw = bytearray(os.urandom(16))
    raw[6], raw[8] = raw[6] & 0x0F | 0x40, raw[8] & 0x3F | 0x80
    text = raw.hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def now_utc() -> str:
    """The time as the report shows it: ISO 8601, UTC, milliseconds."""
    now = datetime.now(timezone.utc)
    return now.strftime("%Y-%m-%dT%H:%M:%S.") + f"{now.microsecond // 1000:03d}Z"


def http_date(text: str | None) -> str | None:
    """A Date header as ISO 8601 UTC; None where it is absent or cannot be read."""
    moment = parse_http_date(text)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def parse_http_date(text: str | None) -> datetime | None:
    """A Date header as an aware UTC time."""
    if not text:
        return None
    from email.utils import parsedate_to_datetime

    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    try:
        return moment.astimezone(timezone.utc)
    except OverflowError:
        return None


class _Stream(httpcore.NetworkStream):
    """A connection that is already through TLS, dressed for httpcore."""

    def __init__(self, backend: _Backend, connection: Connection) -> None:
        self._backend = backend
        self._connection = connection
        self._wire: Wire = connection.wire

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            return self._wire.read(max_bytes, self._backend.left(timeout))
        except TimeoutError as error:
            raise httpcore.ReadTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.ReadError(_os_words(error)) from error

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if not buffer:
            return
        try:
            self._wire.write(buffer, self._backend.left(timeout))
        except TimeoutError as error:
            raise httpcore.WriteTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.WriteError(_os_words(error)) from error

    def close(self) -> None:
        self._wire.close()

    def start_tls(
        self,
        ssl_context: object,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> _Stream:
        # The connector has shaken hands already, with the context that the user's client has.
        return self

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":
            return self._wire.readable()
        if info == "ssl_object":
            return self._wire.socket
        return None


class _Backend(httpcore.NetworkBackend):
    """Gives httpcore connections of our connector, the parked one first."""

    def __init__(self, connector: Connector) -> None:
        self._connector = connector
        self._parked: Connection | None = None
        self._last: Connection | None = None
        self.used: Connection | None = None
        """The connection of the call under way, or of the last one."""
        self.phases: Phases | None = None
        """How that connection came about, where this call is the first to use it."""
        self.opening_ms = 0.0
        """Time that opening it took inside this call; 0 for a parked or a reused one."""
        self.deadline = 0.0

    def left(self, timeout: float | None) -> float:
        limit = self.deadline - time.monotonic()
        if limit <= 0:
            raise TimeoutError("the call's time is used up")
        return min(limit, timeout) if timeout is not None else limit

    def park(self, connection: Connection) -> None:
        if self._parked is not None:
            self._parked.wire.close()
        self._parked = connection

    def begin(self, deadline: float) -> None:
        """A new call, which has until `deadline`."""
        self.deadline = deadline
        self.used, self.phases, self.opening_ms = self._last, None, 0.0

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> _Stream:
        parked, self._parked = self._parked, None
        if parked is not None and _same(parked, host, port):
            connection = parked
        else:
            if parked is not None:
                parked.wire.close()
            self._last = self.used = None
            started = time.monotonic()
            connection = self._connector.open(host, port)
            self.opening_ms = (time.monotonic() - started) * 1000
        self._last = self.used = connection
        self.phases = connection.phases
        return _Stream(self, connection)

    def close(self) -> None:
        if self._parked is not None:
            self._parked.wire.close()
            self._parked = None


def _same(connection: Connection, host: str, port: int) -> bool:
    """Whether a connection leads there; httpcore names hosts in lower case, without brackets."""
    return (connection.host.strip("[]").lower(), connection.port) == (host, port)


def _os_words(error: OSError) -> str:
    return error.strerror or str(error)


class _Transport(httpx.BaseTransport):
    """httpx's door to the pool: one connection, kept alive between calls."""

    def __init__(self, backend: _Backend) -> None:
        self._backend = backend
        self._pool = httpcore.ConnectionPool(
            # Never used for a handshake: the connector has its own. Without it httpcore would
            # read a whole CA bundle, a tenth of a healthy run.
            ssl_context=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
            max_connections=1,
            max_keepalive_connections=1,
            network_backend=backend,
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self._pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            status_code=response.status,
            headers=response.headers,
            stream=_Body(response),
            extensions=response.extensions,
        )

    def close(self) -> None:
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        yield from self._response.iter_stream()

    def close(self) -> None:
        self._response.close()
