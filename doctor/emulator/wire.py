"""HTTP/1.1 on a connection: requests in, replies out, wrong ones too where a scenario asks."""

from __future__ import annotations

import http
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from urllib.parse import unquote, urlsplit

from .listener import Connection
from .spec import Ending, Framing

MAX_HEAD = 64 * 1024
MAX_BODY = 32 * 1024 * 1024
"""The Messages API's own limit: 32 MB [docs.claude.com errors]."""

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
_NO_BODY = (204, 304)


class RequestError(Exception):
    """The peer does not speak HTTP/1; `status` is the answer that it deserves."""

    def __init__(self, status: int, problem: str) -> None:
        super().__init__(problem)
        self.status = status


@dataclass(frozen=True)
class Request:
    """A request as received; header names are lower-case, repeated ones joined by a comma."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""
    version: str = "HTTP/1.1"

    @property
    def path(self) -> str:
        """The path of the target, decoded, without query and authority."""
        if self.target.startswith("/"):
            # Not urlsplit, which takes the first part of "//v1/messages" for a host.
            return unquote(re.split("[?#]", self.target, maxsplit=1)[0])
        try:
            return unquote(urlsplit(self.target).path) or "/"
        except ValueError:
            return "/"

    @property
    def keep_alive(self) -> bool:
        """Whether the client wants the connection to stay open."""
        wishes = self.headers.get("connection", "").lower()
        return "keep-alive" in wishes if self.version == "HTTP/1.0" else "close" not in wishes


@dataclass
class Reply:
    """An answer to send.

    `body` is either all bytes, or an iterable which is sent as it comes: with `length` known under
    a Content-Length, else chunked. `truncate_at` and `then` cut it short after so many body bytes.
    """

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes | Iterable[bytes] = b""
    length: int | None = None
    framing: Framing = "length"
    truncate_at: int | None = None
    then: Ending = "close"


class RequestReader:
    """Reads one request after the other from a connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._buffer = b""

    def next(self) -> Request | None:
        """The next request, None when the client is done; RequestError, or OSError when cut."""
        head = self._head()
        if head is None:
            return None
        lines = head.decode("latin-1").split("\r\n")
        parts = lines[0].split(" ")
        if len(parts) != 3 or not _TOKEN.match(parts[0]) or not parts[2].startswith("HTTP/1."):
            raise RequestError(400, "not an HTTP/1 request line")
        headers = _headers(lines[1:])
        if headers.get("expect", "").lower() == "100-continue":
            self._connection.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        return Request(parts[0], parts[1], headers, self._body(headers), parts[2])

    def _head(self) -> bytes | None:
        while b"\r\n\r\n" not in self._buffer:
            first = self._buffer.lstrip(b"\r\n")[:1]
            if first and not first.isalpha():
                # A TLS ClientHello begins with 0x16: do not wait for a line that never ends.
                raise RequestError(400, "not an HTTP request")
            if len(self._buffer) > MAX_HEAD:
                raise RequestError(431, "the header section is too large")
            more = self._connection.receive()
            if not more:
                return None
            self._buffer += more
        head, self._buffer = self._buffer.split(b"\r\n\r\n", 1)
        return head.lstrip(b"\r\n")

    def _body(self, headers: Mapping[str, str]) -> bytes:
        if "chunked" in headers.get("transfer-encoding", "").lower():
            return self._chunks()
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit()):
            raise RequestError(400, "Content-Length is not a number")
        if int(length) > MAX_BODY:
            raise RequestError(413, "the body is too large")
        return self._exactly(int(length))

    def _chunks(self) -> bytes:
        whole = bytearray()
        while True:
            size = self._line().split(b";")[0].strip()
            try:
                count = int(size, 16)
            except ValueError as error:
                raise RequestError(400, "a chunk size is not hexadecimal") from error
            if count < 0 or len(whole) + count > MAX_BODY:
                raise RequestError(413, "the body is too large")
            if count == 0:
                while self._line():
                    pass
                return bytes(whole)
            whole += self._exactly(count)
            self._exactly(2)

    def _line(self) -> bytes:
        while b"\r\n" not in self._buffer:
            if len(self._buffer) > MAX_HEAD:
                raise RequestError(400, "a line is too long")
            self._fill()
        line, self._buffer = self._buffer.split(b"\r\n", 1)
        return line

    def _exactly(self, count: int) -> bytes:
        parts, missing = [self._buffer[:count]], count - len(self._buffer)
        self._buffer = self._buffer[count:]
        while missing > 0:
            self._fill()
            parts.append(self._buffer[:missing])
            missing, self._buffer = missing - len(parts[-1]), self._buffer[missing:]
        return b"".join(parts)

    def _fill(self) -> None:
        more = self._connection.receive()
        if not more:
            raise RequestError(400, "the body ends early")
        self._buffer += more


def write(connection: Connection, reply: Reply, request: Request | None, date: float) -> bool:
    """Send a reply; True when the connection may serve another request.

    `date` is the POSIX time that the Date header shows. Without a request (it was not readable)
    the connection closes.
    """
    if reply.framing == "not-http":
        connection.send(reply.body if isinstance(reply.body, bytes) else b"".join(reply.body))
        return False
    bodiless = reply.status in _NO_BODY or (request is not None and request.method == "HEAD")
    keep = request is not None and request.keep_alive and reply.truncate_at is None
    chunked = reply.framing != "length" or (
        not isinstance(reply.body, bytes) and reply.length is None
    )
    keep = keep and reply.framing != "chunked-garbage"
    if chunked and request is not None and request.version == "HTTP/1.0":
        chunked = keep = False
        framing: list[tuple[str, str]] = []
    elif chunked:
        framing = [("Transfer-Encoding", "chunked")]
    else:
        size = len(reply.body) if isinstance(reply.body, bytes) else reply.length
        framing = [("Content-Length", str(size))]
    head = [f"HTTP/1.1 {reply.status} {_reason(reply.status)}"]
    named = {name.lower() for name, _ in reply.headers}
    extra = [("Date", formatdate(date, usegmt=True))] if "date" not in named else []
    extra += [] if reply.status in _NO_BODY else framing
    extra += [] if keep else [("Connection", "close")]
    head += [f"{name}: {value}" for name, value in [*reply.headers, *extra]]
    connection.send(("\r\n".join(head) + "\r\n\r\n").encode("latin-1", "replace"))
    if bodiless:
        return keep
    if reply.framing == "chunked-garbage":
        connection.send(b"5\r\nfirst\r\nnot-a-size\r\n\x00\xff\r\n")
        return False
    return _send_body(connection, reply, chunked) and keep


def _send_body(connection: Connection, reply: Reply, chunked: bool) -> bool:
    left = reply.truncate_at
    for piece in [reply.body] if isinstance(reply.body, bytes) else reply.body:
        data = piece if left is None else piece[:left]
        if data:
            connection.send(b"%x\r\n%b\r\n" % (len(data), data) if chunked else data)
        if left is not None:
            left -= len(data)
            if left <= 0:
                break
    if reply.truncate_at is None:
        if chunked:
            connection.send(b"0\r\n\r\n")
        return True
    if reply.then == "stall":
        connection.wait_for_end()
    elif reply.then == "reset":
        connection.reset()
    return False


def _headers(lines: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not _TOKEN.match(name):
            raise RequestError(400, "a header line has no name")
        name, value = name.lower(), value.strip(" \t")
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


def _reason(status: int) -> str:
    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        # 529 "Overloaded" is Anthropic's own and not in the registry.
        return "Overloaded" if status == 529 else "Unknown"
