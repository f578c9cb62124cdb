"""HTTP/1.1 byte for byte, as clients other than httpx may speak it."""

from __future__ import annotations

import socket
import ssl
from typing import Any

import pytest

from foundry_doctor.emulator import Emulator

PATH = "/anthropic/v1/messages/count_tokens"
BODY = b'{"model":"claude-sonnet-5","messages":[{"role":"user","content":"Hello"}]}'


def talk(emulator: Emulator, *pieces: bytes) -> bytes:
    """Send the pieces and read until the server closes."""
    context = ssl.create_default_context(cafile=str(emulator.ca_file))
    with (
        socket.create_connection(("127.0.0.1", emulator.port), timeout=5) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secure,
    ):
        for piece in pieces:
            secure.sendall(piece)
        answer = b""
        while more := secure.recv(65536):
            answer += more
        return answer


def head(emulator: Emulator, *lines: str, method: str = "POST", version: str = "HTTP/1.1") -> bytes:
    first = f"{method} {PATH} {version}"
    fixed = (f"x-api-key: {emulator.api_key}", "anthropic-version: 2023-06-01")
    return "\r\n".join([first, *fixed, *lines, "", ""]).encode()


def test_pipelined_requests_are_answered_in_order(serve: Any) -> None:
    emulator = serve()
    length = f"Content-Length: {len(BODY)}"
    one, last = head(emulator, length), head(emulator, length, "Connection: close")
    answer = talk(emulator, one + BODY + last + BODY)
    assert answer.count(b"HTTP/1.1 200 OK") == 2
    assert answer.count(b"Connection: close") == 1
    assert [request.connection for request in emulator.requests] == [1, 1]


def test_a_request_may_come_byte_by_byte(serve: Any) -> None:
    emulator = serve()
    lines = (f"Content-Length: {len(BODY)}", "Connection: close")
    whole = head(emulator, *lines) + BODY
    assert b" 200 OK" in talk(emulator, *[whole[at : at + 1] for at in range(len(whole))])


def test_a_chunked_request_is_read(serve: Any) -> None:
    emulator = serve()
    chunks = b"%x;ext=1\r\n%b\r\n%x\r\n%b\r\n0\r\nTrailer: x\r\n\r\n" % (
        *(10, BODY[:10]),
        *(len(BODY) - 10, BODY[10:]),
    )
    sent = head(emulator, "Transfer-Encoding: chunked", "Connection: close") + chunks
    assert b" 200 OK" in talk(emulator, sent)
    assert emulator.requests[0].body["model"] == "claude-sonnet-5"


def test_an_expectation_is_answered_first(serve: Any) -> None:
    emulator = serve()
    lines = (f"Content-Length: {len(BODY)}", "Expect: 100-continue", "Connection: close")
    answer = talk(emulator, head(emulator, *lines), BODY)
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK")


def test_http_1_0_gets_a_closing_answer(serve: Any) -> None:
    emulator = serve()
    streaming = BODY[:-1] + b',"max_tokens":9,"stream":true}'
    lines = (f"Content-Length: {len(streaming)}",)
    sent = head(emulator, *lines, version="HTTP/1.0").replace(b"/count_tokens", b"") + streaming
    answer = talk(emulator, sent)
    assert b"chunked" not in answer.lower()
    assert answer.endswith(b'data: {"type":"message_stop"}\n\n')


def test_an_absolute_target_is_understood(serve: Any) -> None:
    emulator = serve()
    sent = head(emulator, f"Content-Length: {len(BODY)}", "Connection: close") + BODY
    absolute = sent.replace(b"/anthropic", b"https://localhost/anthropic", 1)
    assert b" 200 OK" in talk(emulator, absolute)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"\x16\x03\x01\x02\x00\x01", b"400"),
        (b"GET\r\n\r\n", b"400"),
        (b"GET / SPDY/3\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nno colon here\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\n: nameless\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", b"413"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n", b"413"),
        (b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 20_000, b"431"),
        (b"GET http://[ HTTP/1.1\r\nConnection: close\r\n\r\n", b"404"),
    ],
)
def test_what_cannot_be_read_is_refused(serve: Any, sent: bytes, status: bytes) -> None:
    answer = talk(serve(), sent)
    assert answer.startswith(b"HTTP/1.1 " + status)
    assert b"Connection: close" in answer


def test_a_client_that_leaves_early_does_no_harm(serve: Any, connect: Any, count: Any) -> None:
    emulator = serve()
    for sent in (b"", b"POST / HT", head(emulator, "Content-Length: 50") + b"{"):
        context = ssl.create_default_context(cafile=str(emulator.ca_file))
        with (
            socket.create_connection(("127.0.0.1", emulator.port), timeout=5) as plain,
            context.wrap_socket(plain, server_hostname="localhost") as secure,
        ):
            secure.sendall(sent or b"\r\n")
    path = "/v1/messages/count_tokens"
    assert connect(emulator).post(path, json=count).status_code == 200
