"""A certificate authority that lives as long as one test or demo."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from .spec import Certificate

WRONG_HOST = "another-service.example.net"
"""The only name on a `wrong-host` certificate (a reserved domain)."""

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Leaf:
    """A server certificate: its PEM chain, leaf first, and its PEM key."""

    chain_pem: bytes
    key_pem: bytes = field(repr=False)

    def write(self, folder: Path) -> tuple[Path, Path]:
        """Write chain and key (mode 0600) into a folder; the paths, in that order."""
        chain, key = folder / "server.pem", folder / "server.key"
        chain.write_bytes(self.chain_pem)
        _write_private(key, self.key_pem)
        return chain, key


class ThrowAwayAuthority:
    """A root CA with its key in memory, valid for 30 days.

    It carries the extensions which Python 3.13 demands (VERIFY_X509_STRICT): key usage, subject
    and authority key identifiers.
    """

    def __init__(self, common_name: str = "foundry-doctor throw-away CA") -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        name = _name(common_name)
        now = _now()
        public = self._key.public_key()
        self._certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            # Older than any leaf, so that an expired leaf is all that a client can complain of.
            .not_valid_before(now - 90 * _DAY)
            .not_valid_after(now + 30 * _DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(ca=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .sign(self._key, hashes.SHA256())
        )

    @property
    def certificate_pem(self) -> bytes:
        """The root certificate, PEM."""
        return self._certificate.public_bytes(serialization.Encoding.PEM)

    def write(self, path: Path) -> Path:
        """Write the root certificate (never the key) to a file; returns the path."""
        path.write_bytes(self.certificate_pem)
        return path

    def save(self, folder: Path) -> None:
        """Write certificate and key (mode 0600) so that another process can `load` them."""
        self.write(folder / "ca.pem")
        _write_private(folder / "ca.key", _key_pem(self._key))

    @classmethod
    def load(cls, folder: Path) -> ThrowAwayAuthority:
        """The authority that `save` wrote; OSError or ValueError when there is none."""
        key = serialization.load_pem_private_key((folder / "ca.key").read_bytes(), None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            problem = f"{folder / 'ca.key'}: not a key that save() wrote; save again"
            raise ValueError(problem)  # noqa: TRY004 - the file is at fault, not the caller
        authority = cls.__new__(cls)
        authority._key = key
        authority._certificate = x509.load_pem_x509_certificate((folder / "ca.pem").read_bytes())
        return authority

    def issue(
        self, hostnames: Sequence[str], kind: Certificate = "valid", *, send_root: bool = False
    ) -> Leaf:
        """A server certificate for host names and IP addresses, right or wrong in one way.

        `untrusted-ca` is signed by a new authority which nobody trusts, as TLS inspection does;
        `send_root` puts the root into the chain.
        """
        signer = ThrowAwayAuthority("Contoso TLS Inspection CA") if kind == "untrusted-ca" else self
        names = [WRONG_HOST] if kind == "wrong-host" else list(hostnames)
        begin, end = _period(kind)
        key = ec.generate_private_key(ec.SECP256R1())
        subject = _name(names[0])
        alone = kind == "self-signed"
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject if alone else signer._certificate.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begin)
            .not_valid_after(end)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(ca=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
            )
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(
                    (key if alone else signer._key).public_key()
                ),
                critical=False,
            )
            .add_extension(
                x509.SubjectAlternativeName([_general_name(one) for one in names]), critical=False
            )
            .sign(key if alone else signer._key, hashes.SHA256())
        )
        chain = certificate.public_bytes(serialization.Encoding.PEM)
        if send_root and not alone:
            chain += signer.certificate_pem
        return Leaf(chain, _key_pem(key))


def _period(kind: Certificate) -> tuple[datetime, datetime]:
    now = _now()
    if kind == "expired":
        return now - 60 * _DAY, now - _DAY
    if kind == "not-yet-valid":
        return now + _DAY, now + 29 * _DAY
    return now - timedelta(hours=1), now + 29 * _DAY


def _name(common_name: str) -> x509.Name:
    # X.520 allows a common name 64 characters; host names may be longer and stand in the SAN.
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name[:64])])


def _general_name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def _usage(*, ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _write_private(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)


def _now() -> datetime:
    return datetime.now(timezone.utc).replace(microsecond=0)
