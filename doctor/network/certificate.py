"""A look at the certificate that is really presented, after verification has failed.

A second handshake without verification, without any credential, on the same way. `cryptography`
is imported only here.
"""

from __future__ import annotations

import time
from datetime import datetime, timezone

from ..noun import Noun
from .client import parse_http_date, printable
from .connect import ConnectFailure, Connector
from .trust import unverified_context
from .wire import Wire

INSPECTORS = (
    "Zscaler", "Netskope", "Palo Alto", "Fortinet", "FortiGate", "Blue Coat", "Symantec", "Cisco",
    "Umbrella", "Forcepoint", "McAfee", "Skyhigh", "Check Point", "Sophos", "Barracuda", "Menlo",
    "iboss", "WatchGuard", "SonicWall", "Cloudflare Gateway", "Kaspersky", "ESET", "Bitdefender",
    "Avast", "AVG", "mitmproxy", "Charles Proxy", "Fiddler", "PortSwigger", "Squid",
)  # fmt: skip
"""Names that issuers of inspection certificates carry; public certificate authorities are not
among them, so a match only names the product, it never decides a cause."""


class Certificate(Noun):
    """The leaf as presented. Times are ISO 8601 UTC; `server_time` is the peer's own clock."""

    issuer: str
    subject: str
    names: tuple[str, ...]
    not_before: str
    not_after: str
    server_time: str | None = None
    skew_s: int | None = None
    """Local clock minus the peer's, seconds; None where the peer gave no Date."""

    @property
    def inspector(self) -> str | None:
        """The inspection product that the issuer names, if it is a known one."""
        text = f"{self.issuer} {self.subject}".lower()
        return next((name for name in INSPECTORS if name.lower() in text), None)

    def valid_at(self, moment: str) -> bool:
        """Whether an ISO 8601 UTC time lies inside the validity."""
        return self.not_before <= moment <= self.not_after


def look_at(connector: Connector, host: str, port: int) -> Certificate | None:
    """The certificate presented for `host`, or None where even that handshake fails."""
    try:
        connection = connector.open(host, port, context=unverified_context())
    except ConnectFailure:
        return None
    try:
        der = connection.wire.peer_certificate()
        if not der:
            return None
        server_time, skew = _server_time(connection.wire, host, connector.left())
        return _parse(der, server_time, skew)
    finally:
        connection.wire.close()


def answers_without_name(connector: Connector, host: str, port: int) -> bool:
    """Whether a handshake that does not name the host succeeds: then a filter reads the name."""
    try:
        connection = connector.open(host, port, context=unverified_context(), sni=False)
    except ConnectFailure:
        return False
    connection.wire.close()
    return True


def _server_time(wire: Wire, host: str, timeout: float) -> tuple[str | None, int | None]:
    head = b""
    deadline = time.monotonic() + min(timeout, 2.0)
    try:
        wire.write(
            f"HEAD / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode(
                "ascii", "replace"
            ),
            timeout,
        )
        while b"\r\n\r\n" not in head and len(head) < 16384:
            chunk = wire.read(4096, max(0.05, deadline - time.monotonic()))
            if not chunk or time.monotonic() > deadline:
                break
            head += chunk
    except OSError:
        return None, None
    for line in head.decode("latin-1").split("\r\n")[1:]:
        name, _, value = line.partition(":")
        if name.strip().lower() == "date" and (moment := parse_http_date(value.strip())):
            skew = round((datetime.now(timezone.utc) - moment).total_seconds())
            return moment.strftime("%Y-%m-%dT%H:%M:%SZ"), skew
    return None, None


def _parse(der: bytes, server_time: str | None, skew: int | None) -> Certificate | None:
    from cryptography import x509

    try:
        leaf = x509.load_der_x509_certificate(der)
        issuer, subject = leaf.issuer.rfc4514_string(), leaf.subject.rfc4514_string()
        begin, end = leaf.not_valid_before_utc, leaf.not_valid_after_utc
    except ValueError:
        return None
    names: tuple[str, ...] = ()
    try:
        extension = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        found = [
            *extension.value.get_values_for_type(x509.DNSName),
            *map(str, extension.value.get_values_for_type(x509.IPAddress)),
        ]
        names = tuple(printable(name) or "" for name in found[:20])
    except (
        x509.ExtensionNotFound,
        x509.DuplicateExtension,
        x509.UnsupportedGeneralNameType,
        ValueError,
    ):
        names = ()
    return Certificate(
        issuer=printable(issuer) or "(no name)",
        subject=printable(subject) or "(no name)",
        names=names,
        not_before=_iso(begin),
        not_after=_iso(end),
        server_time=server_time,
        skew_s=skew,
    )


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
