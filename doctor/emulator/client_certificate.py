"""The client certificate of the world's application, and the reading of assertions signed by one.

[learn.microsoft.com certificate-credentials]: a JWT with x5t (SHA-1) or x5t#S256, signed RS256 or
PS256; `iss` and `sub` are the client id, `aud` is the token endpoint.
"""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from .tokens import encoded, header_of

_RSA_BITS = 2048
"""azure-identity takes RSA keys only."""


@dataclass(frozen=True)
class ClientCertificate:
    """A self-signed certificate and its key, both in one PEM file of mode 0600."""

    path: Path
    certificate: x509.Certificate = field(repr=False)

    @classmethod
    def make(cls, path: Path, name: str) -> ClientCertificate:
        """Make and write one; takes a tenth of a second or so, for the key."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=_RSA_BITS)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = datetime.now(timezone.utc).replace(microsecond=0)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=29))
            .sign(key, hashes.SHA256())
        )
        pem = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ) + certificate.public_bytes(serialization.Encoding.PEM)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
        return cls(path, certificate)

    def signed(self, assertion: str) -> bool:
        """Whether the assertion's signature is by this certificate's key."""
        key = self.certificate.public_key()
        body, _, signature = assertion.rpartition(".")
        pss = (header_of(assertion) or {}).get("alg") == "PS256"
        scheme = (
            padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.AUTO)
            if pss
            else padding.PKCS1v15()
        )
        if not isinstance(key, rsa.RSAPublicKey):
            return False
        try:
            raw = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
            key.verify(raw, body.encode(), scheme, hashes.SHA256())
        except (InvalidSignature, ValueError):
            return False
        return True

    def named_in(self, assertion: str) -> bool:
        """Whether the assertion's header names this certificate's thumbprint."""
        header = header_of(assertion) or {}
        # msal keeps the padding that base64url in a JWT should not have.
        if "x5t#S256" in header:
            found = str(header["x5t#S256"]).rstrip("=")
            return found == encoded(self.certificate.fingerprint(hashes.SHA256()))
        # The older header is a SHA-1 thumbprint by definition: an identifier, not a safeguard.
        sha1 = self.certificate.fingerprint(hashes.SHA1())  # noqa: S303
        return str(header.get("x5t")).rstrip("=") == encoded(sha1)


def thumbprint_in(assertion: str) -> str:
    """The thumbprint in an assertion's header, as AADSTS700027 prints it: upper-case hex."""
    header = header_of(assertion) or {}
    value = str(header.get("x5t") or header.get("x5t#S256") or "")
    try:
        value = value.rstrip("=")
        return base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)).hex().upper()
    except ValueError:
        return ""
