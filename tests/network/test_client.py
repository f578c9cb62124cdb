"""The one HTTP client: every call ends in time, in bounds, and as an Exchange."""

from __future__ import annotations

import gzip
import time
import tracemalloc
import zlib
from functools import partial
from typing import Any

import pytest

from foundry_doctor.network.client import (
    DECODED_LIMIT,
    RAW_LIMIT,
    Call,
    Client,
    Reply,
    http_date,
    parse_http_date,
    printable,
)
from foundry_doctor.network.connect import Connection
from foundry_doctor.noun import replace
from foundry_doctor.secret import Secret

from .conftest import MakeClient, Open, Serve
from .servers import (
    Handler,
    Peer,
    Pki,
    always,
    blurts,
    closing,
    cut,
    cut_when_spoken_to,
    drip,
    http,
    says,
    silent,
)

KEY = "k3yK3y" * 14
FAST = 0.6
BODY = {"model": "m", "messages": []}


def call(port: int, **changes: Any) -> Call:
    fields: dict[str, Any] = {
        "purpose": "test",
        "method": "POST",
        "url": f"https://localhost:{port}/anthropic/v1/messages",
        "headers": {"x-api-key": Secret(KEY)},
        "body": BODY,
    }
    return Call(**{**fields, **changes})


def one(
    serve: Serve, client: MakeClient, pki: Pki, handler: Handler, timeout: float = 2.0
) -> Reply:
    server = serve(handler, pki.context())
    made: Client = client(timeout=timeout)
    return made.send(call(server.port))


def test_a_call_is_recorded_with_its_phases(serve: Serve, client: MakeClient, pki: Pki) -> None:
    answer = http(
        404,
        b'{"error":{}}',
        "request-id: req_1",
        "apim-request-id: a-1\x01",
        "x-ms-region: Sweden Central",
        "Date: Sun, 22 Nov 2026 12:00:00 GMT",
    )
    server = serve(always(answer), pki.context())
    made = client()
    reply = made.send(call(server.port))
    seen = reply.exchange
    assert (reply.outcome, seen.status, reply.body) == ("answered", 404, b'{"error":{}}')
    assert (seen.request_id, seen.apim_request_id) == ("req_1", "a-1")
    assert (seen.x_ms_region, seen.http_version) == ("Sweden Central", "1.1")
    assert seen.server_date == "2026-11-22T12:00:00Z"
    assert seen.remote_address == f"127.0.0.1:{server.port}"
    times = seen.timings
    for phase in (times.dns, times.connect, times.tls, times.wait, times.receive):
        assert phase is not None
        assert 0 <= phase < 2000
    assert times.proxy is None
    assert made.exchanges == [seen]
    assert f"x-ms-client-request-id: {seen.client_request_id}" in server.text


def test_the_key_is_revealed_on_the_wire_only(serve: Serve, client: MakeClient, pki: Pki) -> None:
    server = serve(always(http()), pki.context())
    reply = client().send(call(server.port))
    assert f"x-api-key: {KEY}\r\n" in server.text
    assert KEY not in repr(reply) + repr(call(server.port))


def test_the_second_call_reuses_the_connection(serve: Serve, client: MakeClient, pki: Pki) -> None:
    server = serve(always(http()), pki.context())
    made = client()
    first, second = (made.send(call(server.port)).exchange for _ in range(2))
    assert first.timings.connect is not None
    assert (second.timings.dns, second.timings.connect, second.timings.tls) == (None, None, None)
    assert second.timings.wait is not None
    assert second.remote_address == first.remote_address
    assert (first.id, second.id) == ("x1", "x2")
    assert server.connections == 1


def test_the_first_call_takes_the_parked_connection(
    serve: Serve, client: MakeClient, pki: Pki
) -> None:
    server = serve(always(http()), pki.context())
    made = client()
    parked = made.connector.open("LOCALHOST", server.port)
    made.park(parked)
    reply = made.send(call(server.port))
    assert reply.exchange.timings.tls == parked.phases.tls
    assert reply.exchange.remote_address == parked.address
    assert server.connections == 1


def test_a_parked_connection_to_elsewhere_is_closed(
    serve: Serve, client: MakeClient, pki: Pki
) -> None:
    server, other = serve(always(http()), pki.context()), serve(silent, pki.context())
    made = client()
    parked: Connection = made.connector.open("localhost", other.port)
    made.park(parked)
    assert made.send(call(server.port)).outcome == "answered"
    assert parked.wire.socket.fileno() == -1
    made.park(made.connector.open("localhost", other.port))
    made.park(made.connector.open("localhost", other.port))  # the first is closed, the second soon


def test_a_connection_closed_between_calls_is_made_anew(
    serve: Serve, client: MakeClient, pki: Pki
) -> None:
    server = serve(says(http()), pki.context())
    made = client()
    assert made.send(call(server.port)).outcome == "answered"
    time.sleep(0.1)
    again = made.send(call(server.port))
    assert again.outcome == "answered"
    assert again.exchange.timings.connect is not None
    assert server.connections == 2


@pytest.mark.parametrize(
    "handler",
    [
        silent,
        drip(b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 500),
        drip(http(200, b"x" * 500)),
        drip(http(200, b"", "Transfer-Encoding: chunked", length=0)[:17] + b"\r\n" * 100),
        says(http(200, b"short", length=500), then=silent),
        drip(b"HTTP/1.1 100 Continue\r\n\r\n" * 50, every=0.005),
    ],
    ids=["silent", "drip-head", "drip-body", "drip-no-head", "stalled-body", "endless-100"],
)
def test_the_total_deadline_holds(
    serve: Serve, client: MakeClient, pki: Pki, handler: Handler
) -> None:
    started = time.monotonic()
    reply = one(serve, client, pki, handler, FAST)
    took = time.monotonic() - started
    assert reply.outcome in ("timeout", "answered")
    if reply.outcome == "timeout":
        assert reply.detail == f"no answer within {FAST:g} s"
        assert FAST * 0.8 < took < FAST + 0.6


def test_the_deadline_of_the_run_holds_too(serve: Serve, client: MakeClient, pki: Pki) -> None:
    server = serve(silent, pki.context())
    started = time.monotonic()
    reply = client(timeout=5.0, deadline=started + 0.4).send(call(server.port))
    assert reply.outcome == "timeout"
    assert time.monotonic() - started < 1.2


def chunked(*parts: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + end


def gzipped(body: bytes, encoding: str = "gzip", data: bytes | None = None) -> bytes:
    packed = gzip.compress(body) if data is None else data
    return http(200, packed, f"Content-Encoding: {encoding}")


RAW_DEFLATE = zlib.compressobj(wbits=-15)
RAW = RAW_DEFLATE.compress(b"\0" * 131072) + RAW_DEFLATE.flush()
ANSWERS = [
    ("plain", http(200, b"{}"), "answered", 200, b"{}"),
    ("http/1.0 to its end", b"HTTP/1.0 200 OK\r\n\r\n{}", "answered", 200, b"{}"),
    ("100-continue first", b"HTTP/1.1 100 Continue\r\n\r\n" + http(), "answered", 200, b"{}"),
    ("chunked", chunked(b"{", b"}"), "answered", 200, b"{}"),
    ("chunked, cut", chunked(b"{", end=b""), "truncated", 200, b"{"),
    ("chunked, garbage", chunked(b"{", end=b"zz\r\n"), "truncated", 200, b"{"),
    ("length too long", http(200, b"{}", length=9), "truncated", 200, b"{}"),
    ("length too short", http(200, b"{} and more", length=2), "answered", 200, b"{}"),
    ("two lengths", http(200, b"{}", "Content-Length: 7"), "not-http", None, b""),
    ("gzip", gzipped(b"{}"), "answered", 200, b"{}"),
    ("x-gzip", gzipped(b"{}", "X-GZIP"), "answered", 200, b"{}"),
    ("deflate", gzipped(b"", "deflate", zlib.compress(b"{}")), "answered", 200, b"{}"),
    ("deflate, raw", gzipped(b"", "deflate", RAW), "answered", 200, b"\0" * 131072),
    ("gzip, nothing sent", gzipped(b"", data=b""), "answered", 200, b""),
    ("gzip, cut", gzipped(b"", data=gzip.compress(b"{}" * 99)[:-9]), "bad-encoding", 200, None),
    ("gzip, garbage", gzipped(b"", data=b"not gzip at all"), "bad-encoding", 200, b""),
    ("brotli", gzipped(b"", "br", b"\x0b\x02\x80"), "bad-encoding", 200, b""),
    ("identity", http(200, b"{}", "Content-Encoding: identity"), "answered", 200, b"{}"),
    ("huge header", http(200, b"", "X: " + "a" * 200_000), "oversized", None, b""),
    ("large header", http(200, b"{}", "X: " + "a" * 20_000), "answered", 200, b"{}"),
    ("raw limit", http(200, b"x" * RAW_LIMIT), "answered", 200, b"x" * RAW_LIMIT),
    ("beyond it", http(200, b"x" * (RAW_LIMIT + 1)), "oversized", 200, None),
    ("decoded limit", gzipped(b"x" * DECODED_LIMIT), "answered", 200, b"x" * DECODED_LIMIT),
    ("beyond that", gzipped(b"x" * (DECODED_LIMIT + 1)), "oversized", 200, None),
    ("garbage", b"SSH-2.0-OpenSSH_9.9\r\n\r\n", "not-http", None, b""),
    ("no answer", b"", "closed", None, b""),
    ("half a head", b"HTTP/1.1 200 OK\r\nServer: x", "closed", None, b""),
]


@pytest.mark.parametrize(
    ("answer", "outcome", "status", "body"),
    [row[1:] for row in ANSWERS],
    ids=[row[0] for row in ANSWERS],
)
def test_what_a_server_may_answer(
    serve: Serve,
    client: MakeClient,
    pki: Pki,
    answer: bytes,
    outcome: str,
    status: int | None,
    body: bytes | None,
) -> None:
    reply = one(serve, client, pki, says(answer))
    assert (reply.outcome, reply.exchange.status) == (outcome, status), reply.detail
    assert bool(reply.detail) == (outcome != "answered")
    if body is not None:
        assert reply.body == body


def reset_inside(peer: Peer) -> None:
    peer.request()
    peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{")
    time.sleep(0.1)
    peer.reset()


@pytest.mark.parametrize(
    ("handler", "outcomes", "status"),
    [
        # Python before 3.11.9 and 3.12.3 takes a reset inside TLS for an end (gh-115627).
        (says(b"", then=cut), {"reset", "closed"}, None),
        (reset_inside, {"reset", "truncated"}, 200),
        (says(b"", then=closing), {"closed"}, None),
        (blurts(b"220 mail.example ESMTP\r\n\r\n"), {"not-http"}, None),
    ],
    ids=["reset after the request", "reset in the body", "closed", "speaks first"],
)
def test_connections_that_end_badly(
    serve: Serve,
    client: MakeClient,
    pki: Pki,
    handler: Handler,
    outcomes: set[str],
    status: int | None,
) -> None:
    reply = one(serve, client, pki, handler)
    assert reply.outcome in outcomes
    assert reply.exchange.status == status
    assert reply.failure is None


@pytest.mark.parametrize(
    ("handler", "phase", "outcome"),
    [
        (cut_when_spoken_to, "tls", "reset"),
        (blurts(http(400)), "tls", "not-tls"),
        (closing, "tls", "reset"),
    ],
    ids=["reset", "plain http", "closed"],
)
def test_a_way_that_ends_before_http(
    serve: Serve, client: MakeClient, handler: Handler, phase: str, outcome: str
) -> None:
    server = serve(handler)
    reply = client().send(call(server.port))
    assert reply.outcome == "no-connection"
    assert reply.failure is not None
    assert (reply.failure.phase, reply.failure.outcome) == (phase, outcome)
    assert reply.exchange.timings.connect is not None
    assert server.requests == []


def bomb(peer: Peer) -> None:
    """1 GiB of zeros, as about 1 MB of gzip."""
    peer.request()
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    peer.send(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n")
    for _ in range(1024):
        peer.send(packer.compress(b"\0" * (1 << 20)))
    peer.send(packer.flush())


def flood(peer: Peer) -> None:
    """Bytes without an end."""
    peer.request()
    peer.send(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    for _ in range(1024):
        peer.send(b"x" * (1 << 20))


@pytest.mark.parametrize("handler", [bomb, flood])
def test_neither_bomb_nor_flood_fills_the_memory(
    serve: Serve, client: MakeClient, pki: Pki, handler: Handler
) -> None:
    tracemalloc.start()
    try:
        reply = one(serve, client, pki, handler, 10.0)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert reply.outcome == "oversized"
    assert len(reply.body) <= 65536
    assert peak < 30 << 20  # the server's own buffers of 1 MiB included


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "location", ["https://localhost:{port}/x", "/elsewhere", "http://[broken", "", "\x7f"]
)
def test_no_redirect_is_followed(
    serve: Serve, client: MakeClient, pki: Pki, status: int, location: str
) -> None:
    other = serve(always(http()), pki.context())
    target = location.format(port=other.port)
    reply = one(serve, client, pki, always(http(status, b"", f"Location: {target}")))
    assert reply.exchange.status in (status, None if location == "\x7f" else status)
    assert other.connections == 0


def test_no_cookie_is_kept(serve: Serve, client: MakeClient, pki: Pki) -> None:
    server = serve(always(http(200, b"{}", "Set-Cookie: portal=1; Path=/")), pki.context())
    made = client()
    for _ in range(2):
        made.send(call(server.port))
    assert "cookie:" not in server.text.lower()


@pytest.mark.parametrize(
    "key",
    [
        KEY + "\n",
        "\r\n" + KEY,
        KEY[:9] + "\n" + KEY[9:],
        f" {KEY}",
        "schlüssel" + KEY,
        "",
        "\0",
        "\ud800",
    ],
)
def test_a_key_that_cannot_be_sent_is_not_sent(
    serve: Serve, client: MakeClient, pki: Pki, key: str
) -> None:
    server = serve(always(http()), pki.context())
    made = client()
    reply = made.send(call(server.port, headers={"x-api-key": Secret(key)}))
    assert reply.outcome == "not-asked"
    assert "x-api-key" in reply.detail
    assert KEY not in repr(reply)
    assert KEY[9:] not in repr(reply)
    assert made.exchanges == []
    assert server.connections == 0


@pytest.mark.parametrize(
    "url", ["http://localhost:{port}/", "ftp://localhost/", "https://[", "https://a b/", "", "x"]
)
def test_a_url_that_cannot_be_called(serve: Serve, client: MakeClient, pki: Pki, url: str) -> None:
    server = serve(always(http()), pki.context())
    reply = client().send(call(server.port, url=url.format(port=server.port)))
    assert reply.outcome in ("not-asked", "no-connection")
    assert server.requests == []


def echo(peer: Peer) -> None:
    """What a debugging server may do: our own request, sent back as its answer."""
    peer.send(peer.request().split(b"\r\n", 1)[1])


def test_an_echoed_key_is_not_in_the_detail(serve: Serve, client: MakeClient, pki: Pki) -> None:
    def only_the_key(peer: Peer) -> None:
        peer.request()
        peer.send(b"HTTP/1.1 200 OK\r\n\x01" + b"y" * 240 + KEY.encode() + b"\r\n\r\n")

    for handler in (echo, only_the_key):
        reply = one(serve, client, pki, handler)
        assert reply.outcome == "not-http"
        assert KEY[:12] not in repr(reply)


def test_ipv6(serve: Serve, client: MakeClient, pki: Pki) -> None:
    server = serve(always(http()), pki.context(), "::1")
    made = client()
    made.park(made.connector.open("[::1]", server.port))
    reply = made.send(call(server.port, url=f"https://[::1]:{server.port}/"))
    assert reply.exchange.remote_address == f"[::1]:{server.port}"
    assert server.connections == 1


def test_a_completed_exchange_takes_the_place_of_the_bare_one(
    serve: Serve, client: MakeClient, pki: Pki
) -> None:
    server = serve(always(http()), pki.context())
    made = client()
    first, second = (made.send(call(server.port)).exchange for _ in range(2))
    better = replace(first, request_id="req_better")
    made.replace(better)
    made.replace(replace(second, id="x9"))
    assert made.exchanges == [better, second]


def test_an_unreadable_ca_bundle_ends_the_call_not_the_program(
    serve: Serve, client: MakeClient, pki: Pki
) -> None:
    server = serve(always(http()), pki.context())
    reply = client(SSL_CERT_FILE="/nonexistent/ca.pem").send(call(server.port))
    assert reply.exchange.status is None
    assert server.requests == []


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Sun, 22 Nov 2026 12:00:00 GMT", "2026-11-22T12:00:00Z"),
        ("Sun, 22 Nov 2026 12:00:00 -0000", "2026-11-22T12:00:00Z"),
        ("Sun, 22 Nov 2026 12:00:00 +0200", "2026-11-22T10:00:00Z"),
        ("Sun, 22 Nov 2026", None),
        ("yesterday", None),
        ("Fri, 31 Dec 9999 23:59:59 -2359", None),
        ("", None),
        (None, None),
    ],
)
def test_http_dates(text: str | None, read: str | None) -> None:
    assert http_date(text) == read
    assert (parse_http_date(text) is None) == (read is None)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31m\tb", "a [31m b"),
        ("x" * 400, "x" * 300),
        (" a ", "a"),
        (None, None),
        ("\u202e", ""),
    ],
)
def test_printable(text: str | None, shown: str | None) -> None:
    assert printable(text) == shown


def test_the_request_is_json_whatever_the_name(
    serve: Serve, client: MakeClient, pki: Pki, connector: Open
) -> None:
    server = serve(always(http()), pki.context())
    send = partial(client().send)
    for name in ("modèle", "\udcff", "\U0001f600"):
        assert send(call(server.port, body={"model": name})).outcome == "answered"
    bodies = [one.rpartition(b"\r\n\r\n")[2] for one in server.requests]
    assert bodies[0] == b'{"model":"mod\\u00e8le"}'
    assert all(body.isascii() for body in bodies)
