"""Faults below and beside HTTP: connections, certificates, bodies, redirects."""

from __future__ import annotations

import socket
import ssl
import time
import zlib
from typing import Any

import httpx
import pytest

from foundry_doctor.emulator.bomb import zeros

COUNT = "/v1/messages/count_tokens"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("tls-interception", "self-signed certificate in certificate chain"),
        ("tls-expired", "certificate has expired"),
        ("tls-hostname", "Hostname mismatch"),
        ("tls-handshake-failure", "WRONG_VERSION_NUMBER|wrong version number|record layer failure"),
        ("connect-refused", "refused"),
        ("connect-reset", "reset by peer|EOF occurred"),
    ],
)
def test_what_a_client_says_before_any_request(
    serve: Any, connect: Any, count: Any, name: str, words: str
) -> None:
    emulator = serve(name)
    with pytest.raises(httpx.ConnectError, match=words):
        connect(emulator).post(COUNT, json=count)
    assert emulator.requests == []


@pytest.mark.parametrize(
    ("tls", "words"),
    [
        ({"certificate": "untrusted-ca"}, "unable to get local issuer certificate"),
        ({"certificate": "not-yet-valid"}, "certificate is not yet valid"),
        ({"certificate": "self-signed"}, "self-signed certificate"),
        ({"certificate": "wrong-host", "send_root": True}, "Hostname mismatch"),
    ],
)
def test_other_certificates(serve: Any, connect: Any, tls: dict[str, Any], words: str) -> None:
    with pytest.raises(httpx.ConnectError, match=words):
        connect(serve(server={"tls": tls})).get("/")


def test_a_valid_certificate_carries_all_loopback_names(serve: Any, connect: Any) -> None:
    emulator = serve()
    for host in ("localhost", "127.0.0.1"):
        reply = connect(emulator, base_url="").get(f"https://{host}:{emulator.port}/")
        assert reply.status_code == 404


def test_only_modern_tls_is_spoken(serve: Any) -> None:
    emulator = serve()
    context = ssl.create_default_context(cafile=str(emulator.ca_file))
    context.set_alpn_protocols(["h2", "http/1.1"])
    with (
        socket.create_connection(("127.0.0.1", emulator.port)) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secure,
    ):
        assert secure.version() in ("TLSv1.2", "TLSv1.3")
        assert secure.selected_alpn_protocol() == "http/1.1"


def test_plain_http_is_readable_where_the_base_url_says_so(
    serve: Any, connect: Any, count: Any
) -> None:
    emulator = serve("endpoint-insecure")
    assert emulator.base_url == f"http://localhost:{emulator.port}/anthropic"
    assert connect(emulator).post(COUNT, json=count).status_code == 200
    assert emulator.requests[0].auth_headers == ("x-api-key",)


def test_a_hang_reads_the_request_and_is_silent(serve: Any, connect: Any, count: Any) -> None:
    emulator = serve("response-timeout")
    with pytest.raises(httpx.ReadTimeout):
        connect(emulator, timeout=0.3).post(COUNT, json=count)
    assert len(emulator.requests) == 1


def test_a_handshake_can_hang(serve: Any, connect: Any, count: Any) -> None:
    emulator = serve("hang-in-handshake")
    with pytest.raises(httpx.ConnectTimeout):
        connect(emulator, timeout=0.3).post(COUNT, json=count)
    assert emulator.requests == []


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("reset-after-request", (httpx.ReadError, httpx.RemoteProtocolError)),
        ("closed-without-answer", httpx.RemoteProtocolError),
    ],
)
def test_a_request_without_an_answer(
    serve: Any, connect: Any, count: Any, fault: str, error: Any
) -> None:
    emulator = serve(server={"connection": fault, "fail_first": 1})
    client = connect(emulator)
    with pytest.raises(error):
        client.post(COUNT, json=count)
    assert client.post(COUNT, json=count).status_code == 200
    assert [one.connection for one in emulator.requests] == [1, 2]


def drain(connection: socket.socket) -> None:
    while socket.socket.recv(connection, 4096):
        pass


@pytest.mark.parametrize(
    "server",
    [
        {"connection": "reset-after-request"},
        {"answer": {"body": {"a": 1}, "truncate_at": 3, "then": "reset"}},
    ],
)
def test_a_reset_is_a_reset_on_the_wire(serve: Any, server: dict[str, Any]) -> None:
    """Seen below TLS: Python's ssl may tell a reset as the end of the stream."""
    emulator = serve(server=server)
    context = ssl.create_default_context(cafile=str(emulator.ca_file))
    with (
        socket.create_connection(("127.0.0.1", emulator.port), timeout=5) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secure,
    ):
        secure.sendall(b"GET / HTTP/1.1\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            drain(secure)


def test_a_reset_can_pass(serve: Any, connect: Any, count: Any) -> None:
    client = connect(serve(server={"connection": "reset-on-accept", "fail_first": 1}))
    with pytest.raises(httpx.TransportError):
        client.post(COUNT, json=count)
    assert client.post(COUNT, json=count).status_code == 200


def test_a_delay_holds_every_answer(serve: Any, connect: Any, count: Any) -> None:
    client = connect(serve(server={"delay_s": 0.2}))
    begun = time.monotonic()
    assert client.post(COUNT, json=count).status_code == 200
    assert time.monotonic() - begun >= 0.2


def test_a_portal_answers_with_a_page(serve: Any, connect: Any, count: Any) -> None:
    reply = connect(serve("captive-portal")).post(COUNT, json=count)
    assert reply.status_code == 200
    assert reply.headers["content-type"].startswith("text/html")
    assert "<form" in reply.text
    assert not {"apim-request-id", "request-id", "x-ms-region"} & set(reply.headers)


def test_a_page_without_a_form(serve: Any, connect: Any, count: Any) -> None:
    assert "<form" not in connect(serve("html-200")).post(COUNT, json=count).text


def test_half_a_document(serve: Any, connect: Any, count: Any) -> None:
    reply = connect(serve("unexpected-response")).post(COUNT, json=count)
    assert reply.headers["content-type"] == "application/json"
    with pytest.raises(ValueError, match="Unterminated string"):
        reply.json()


def test_half_a_body(serve: Any, connect: Any, count: Any) -> None:
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        connect(serve("truncated-json")).post(COUNT, json=count)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"truncate_at": 3, "then": "reset"}, (httpx.ReadError, httpx.RemoteProtocolError)),
        ({"truncate_at": 3, "then": "stall"}, httpx.ReadTimeout),
        ({"truncate_at": 3, "framing": "chunked"}, httpx.RemoteProtocolError),
        ({"framing": "chunked-garbage"}, httpx.RemoteProtocolError),
        ({"framing": "not-http"}, httpx.RemoteProtocolError),
    ],
)
def test_other_broken_answers(
    serve: Any, connect: Any, count: Any, answer: dict[str, Any], error: Any
) -> None:
    emulator = serve(server={"answer": {"body_text": "SSH-2.0-OpenSSH_9.6\r\n", **answer}})
    with pytest.raises(error):
        connect(emulator, timeout=0.5).post(COUNT, json=count)


def test_chunks_and_gzip_that_are_fine(serve: Any, connect: Any, count: Any) -> None:
    answer = {"framing": "chunked", "encoding": "gzip", "body": {"input_tokens": 3}}
    reply = connect(serve(server={"answer": answer})).post(COUNT, json=count)
    assert reply.json() == {"input_tokens": 3}
    assert reply.headers["content-encoding"] == "gzip"


def test_own_headers_win_over_the_layer(serve: Any, connect: Any, count: Any) -> None:
    answer = {
        "status": 503,
        "headers": {"x-ms-region": "westus", "x-should-retry": "false"},
        "body": {},
        "retry_after_s": 7,
    }
    reply = connect(serve(server={"answer": answer})).post(COUNT, json=count)
    assert reply.headers.get_list("x-ms-region") == ["westus"]
    assert reply.headers["x-should-retry"] == "false"
    assert reply.headers["retry-after"] == "7"


def test_the_bomb_is_small_on_the_wire(serve: Any, connect: Any, count: Any) -> None:
    emulator = serve("gzip-bomb")
    client = connect(emulator)
    with client.stream("POST", COUNT, json=count) as reply:
        announced = int(reply.headers["content-length"])
        assert announced < 4 << 20
        inflater = zlib.decompressobj(16 + zlib.MAX_WBITS)
        received = inflated = 0
        for raw in reply.iter_raw():
            received += len(raw)
            data = raw
            while data:
                inflated += len(inflater.decompress(data, 1 << 20))
                data = inflater.unconsumed_tail
    inflated += len(inflater.flush())
    assert inflater.eof
    assert received == announced
    assert inflated == 1 << 30


@pytest.mark.parametrize("size", [0, 1, (1 << 20) - 1, 1 << 20, (1 << 21) + 5])
def test_a_bomb_of_any_size_is_one_gzip_member(size: int) -> None:
    length, pieces = zeros(size)
    data = b"".join(pieces)
    assert len(data) == length
    inflater = zlib.decompressobj(16 + zlib.MAX_WBITS)
    assert inflater.decompress(data) == bytes(size)
    assert inflater.eof
    assert inflater.unused_data == b""


def test_a_redirect_leads_to_another_port(serve: Any, connect: Any, count: Any) -> None:
    emulator = serve("unexpected-redirect")
    reply = connect(emulator).post(COUNT, json=count)
    assert reply.status_code == 307
    location = httpx.URL(reply.headers["location"])
    assert location.host == "localhost"
    assert location.port != emulator.port
    assert location.path == "/anthropic/v1/messages/count_tokens"
    assert emulator.redirected_requests == []
    followed = connect(emulator, follow_redirects=True).post(COUNT, json=count)
    assert followed.status_code == 200
    assert emulator.redirected_requests[0].auth_headers == ("x-api-key",)
    assert len(emulator.requests) == 2
