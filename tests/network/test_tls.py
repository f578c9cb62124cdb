"""TLS that fails, each way with its name, and the look at what was really presented."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest

from foundry_doctor.facts import FACTS
from foundry_doctor.network.certificate import Certificate, answers_without_name, look_at
from foundry_doctor.network.connect import ConnectFailure, tls_outcome, tls_words
from foundry_doctor.network.trust import trust_source, trusting_context

from .conftest import Open, Serve
from .servers import (
    Handler,
    Peer,
    Pki,
    always,
    blurts,
    closed_port,
    closing,
    cut_when_spoken_to,
    http,
    says,
    silent,
)

HOST = "foundry.invalid"


@pytest.mark.parametrize(
    ("kind", "names", "outcome"),
    [
        ("valid", ("other.invalid",), "hostname"),
        ("wrong-host", ("localhost",), "hostname"),
        ("expired", ("localhost",), "expired"),
        ("not-yet-valid", ("localhost",), "not-yet-valid"),
        ("self-signed", ("localhost",), "untrusted"),
        ("untrusted-ca", ("localhost",), "untrusted"),
    ],
)
def test_certificates_that_are_refused(
    serve: Serve, connector: Open, pki: Pki, kind: str, names: tuple[str, ...], outcome: str
) -> None:
    server = serve(silent, pki.context(kind, *names))  # type: ignore[arg-type]
    with pytest.raises(ConnectFailure) as caught:
        connector().open("localhost", server.port)
    found = caught.value
    assert (found.phase, found.outcome) == ("tls", outcome)
    assert outcome in FACTS["tls.outcome"].values
    assert found.addresses == (f"127.0.0.1:{server.port}",)
    assert found.detail
    assert found.phases.tls is not None


def test_a_good_certificate(serve: Serve, connector: Open, pki: Pki) -> None:
    server = serve(silent, pki.context())
    connection = connector().open("localhost", server.port)
    assert connection.tls_version == "TLSv1.3"
    assert connection.failed_addresses in ((), (("::1", "refused"),))
    connection.wire.close()


def old_protocol(pki: Pki) -> ssl.SSLContext:
    context = pki.context("valid", "localhost", "old")
    context.set_ciphers("ECDHE-ECDSA-AES128-SHA")
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    return context


def alert(peer: Peer) -> None:
    """A fatal handshake_failure, as an SNI filter sends it."""
    peer.socket.recv(65536)
    peer.send(b"\x15\x03\x03\x00\x02\x02\x28")


@pytest.mark.parametrize(
    ("handler", "outcome"),
    [
        (alert, "handshake"),
        (cut_when_spoken_to, "reset"),
        (closing, "reset"),
        (blurts(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "not-tls"),
        (blurts(b"SSH-2.0-OpenSSH_9.9\r\n"), "not-tls"),
        (silent, "timeout"),
    ],
    ids=["alert", "reset", "closed", "http", "ssh", "silent"],
)
def test_handshakes_that_end_early(
    serve: Serve, connector: Open, handler: Handler, outcome: str
) -> None:
    server = serve(handler)
    with pytest.raises(ConnectFailure) as caught:
        connector(timeout=0.5).open("localhost", server.port)
    assert (caught.value.phase, caught.value.outcome) == ("tls", outcome)
    assert caught.value.detail


def test_no_common_cipher(serve: Serve, connector: Open, pki: Pki) -> None:
    server = serve(silent, old_protocol(pki))
    made = connector()
    made.context.set_ciphers("ECDHE-ECDSA-AES256-GCM-SHA384")
    made.context.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises(ConnectFailure) as caught:
        made.open("localhost", server.port)
    assert caught.value.outcome == "handshake"


def test_a_name_that_tls_cannot_carry(serve: Serve, connector: Open) -> None:
    proxy = serve(says(b"HTTP/1.1 200 OK\r\n\r\n", then=silent))
    made = connector(HTTPS_PROXY=f"http://127.0.0.1:{proxy.port}")
    with pytest.raises(ConnectFailure) as caught:
        made.open("a" * 64 + ".invalid", 443)
    assert (caught.value.phase, caught.value.outcome) == ("tls", "handshake")


def verify_error(code: int, message: str) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(f"certificate verify failed: {message}")
    error.verify_code, error.verify_message = code, message
    return error


@pytest.mark.parametrize(
    ("code", "message", "outcome"),
    [
        (10, "certificate has expired", "expired"),
        (9, "certificate is not yet valid", "not-yet-valid"),
        (62, "Hostname mismatch, certificate is not valid for 'x'.", "hostname"),
        (64, "IP address mismatch, certificate is not valid for '::1'.", "hostname"),
        (20, "unable to get local issuer certificate", "untrusted"),
        (12, "CRL has expired", "untrusted"),
        (30, "authority and subject key identifier mismatch", "untrusted"),
        (-67818, "“x” certificate is expired", "expired"),  # truststore on macOS
        (-67602, "“x” certificate name does not match input: mismatch", "hostname"),
        (0x800B0109, "the root certificate is not trusted", "untrusted"),  # and on Windows
        (0, "certificate is not valid for 'x'", "hostname"),
    ],
)
def test_verification_errors_by_number_and_word(code: int, message: str, outcome: str) -> None:
    error = verify_error(code, message)
    assert tls_outcome(error) == outcome
    assert tls_words(error) == message


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (TimeoutError("timed out"), "the handshake got no answer in time"),
        (ConnectionResetError(104, "Connection reset by peer"), "Connection reset by peer"),
        (OSError("only words"), "only words"),
        (OSError(), "OSError"),
        (UnicodeError("label too long"), "label too long"),
    ],
)
def test_words(error: OSError | ValueError, words: str) -> None:
    assert tls_words(error) == words


# What was presented ----------------------------------------------------------------------


def test_the_certificate_and_the_clock(serve: Serve, connector: Open, pki: Pki) -> None:
    there = datetime.now(timezone.utc) - timedelta(hours=2)
    answer = http(403, b"", f"Date: {format_datetime(there, usegmt=True)}")
    context = pki.context("untrusted-ca", HOST, "10.0.0.7")
    server = serve(always(answer), context)
    found = look_at(connector(), "localhost", server.port)
    assert found is not None
    assert found.issuer == "CN=Contoso TLS Inspection CA"
    assert found.subject == f"CN={HOST}"
    assert found.names == (HOST, "10.0.0.7")
    assert found.server_time is not None
    assert found.server_time < found.not_before < found.not_after
    assert not found.valid_at(found.server_time)
    assert 7190 <= (found.skew_s or 0) <= 7210
    request = server.text.lower()
    assert request.startswith("head / http/1.1\r\nhost: localhost\r\n")
    for name in ("authorization", "key", "cookie"):
        assert name not in request


@pytest.mark.parametrize(
    "handler",
    [silent, closing, cut_when_spoken_to, always(http()), always(http(200, b"", "Date: never"))],
    ids=["silent", "closing", "reset", "no date", "bad date"],
)
def test_a_certificate_without_a_clock(
    serve: Serve, connector: Open, pki: Pki, handler: Handler
) -> None:
    server = serve(handler, pki.context("expired", "localhost"))
    found = look_at(connector(timeout=0.6), "localhost", server.port)
    assert found is not None
    assert (found.server_time, found.skew_s) == (None, None)
    assert not found.valid_at(found.not_after[:4] + "-99")
    assert found.valid_at(found.not_before)


@pytest.mark.parametrize("handler", [silent, closing, blurts(http(400))])
def test_nothing_to_look_at(serve: Serve, connector: Open, handler: Handler) -> None:
    server = serve(handler)
    assert look_at(connector(timeout=0.4), "localhost", server.port) is None
    assert look_at(connector(), "localhost", closed_port()) is None


@pytest.mark.parametrize(
    ("issuer", "subject", "product"),
    [
        ("CN=Zscaler Intermediate Root CA", "CN=x", "Zscaler"),
        ("CN=corp", "OU=FORTINET", "Fortinet"),
        ("CN=Contoso Root CA", "CN=x", None),
        ("CN=DigiCert Global G2 TLS RSA SHA256 2020 CA1", "CN=*.azure.com", None),
    ],
)
def test_known_inspectors(issuer: str, subject: str, product: str | None) -> None:
    assert Certificate(issuer, subject, (), "", "").inspector == product


def name_filter(filtered: str | None, context: ssl.SSLContext) -> Handler:
    """Passes TLS unless the ClientHello names this host, as an SNI filter does."""

    def handler(peer: Peer) -> None:
        hello = peer.socket.recv(65536, 2)  # MSG_PEEK
        if filtered is not None and filtered.encode() in hello:
            peer.reset()
            return
        peer.start_tls(context)
        with contextlib.suppress(OSError):
            peer.socket.recv(1)

    return handler


@pytest.mark.parametrize(("filtered", "passes"), [("localhost", True), (None, True)])
def test_a_filter_on_the_name(
    serve: Serve, connector: Open, pki: Pki, filtered: str | None, passes: bool
) -> None:
    server = serve(name_filter(filtered, pki.context()))
    made = connector(timeout=1.0)
    if filtered:
        with pytest.raises(ConnectFailure) as caught:
            made.open("localhost", server.port)
        assert caught.value.outcome == "reset"
    assert answers_without_name(made, "localhost", server.port) is passes


@pytest.mark.parametrize("handler", [cut_when_spoken_to, alert, silent])
def test_a_failure_that_the_name_does_not_explain(
    serve: Serve, connector: Open, handler: Handler
) -> None:
    server = serve(handler)
    assert not answers_without_name(connector(timeout=0.4), "localhost", server.port)


# Trust -----------------------------------------------------------------------------------


def test_the_variables_replace_the_system_store(pki: Pki) -> None:
    context = trusting_context({"SSL_CERT_FILE": str(pki.ca_file)})
    assert [dict(x[0] for x in one["subject"])["commonName"] for one in context.get_ca_certs()] == [  # type: ignore[misc]
        "foundry-doctor throw-away CA"
    ]
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


@pytest.mark.parametrize(
    ("environ", "source"),
    [
        ({}, "operating system"),
        ({"SSL_CERT_FILE": "/a"}, "SSL_CERT_FILE=/a"),
        ({"SSL_CERT_DIR": "/b"}, "SSL_CERT_DIR=/b"),
        ({"SSL_CERT_FILE": "/a", "SSL_CERT_DIR": "/b"}, "SSL_CERT_FILE=/a"),
        ({"REQUESTS_CA_BUNDLE": "/c", "SSL_CERT_FILE": ""}, "operating system"),
    ],
)
def test_trust_source(environ: dict[str, str], source: str) -> None:
    assert trust_source(environ) == source


def test_the_real_environment_does_not_reach_the_context(
    monkeypatch: pytest.MonkeyPatch, pki: Pki
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(pki.ca_file))
    make: Callable[[], ssl.SSLContext] = lambda: trusting_context({})  # noqa: E731
    names = [str(one["subject"]) for one in make().get_ca_certs()]
    assert not any("throw-away" in name for name in names)


@pytest.mark.parametrize("text", [None, "not a certificate"])
def test_an_unreadable_bundle_raises(tmp_path: object, text: str | None) -> None:
    from pathlib import Path

    file = Path(str(tmp_path)) / "ca.pem"
    if text is not None:
        file.write_text(text)
    with pytest.raises(OSError, match=r"."):
        trusting_context({"SSL_CERT_FILE": str(file)})
