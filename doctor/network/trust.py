"""The TLS context that the user's client would build.

The Python SDK 2.x (httpx2) trusts `SSL_CERT_FILE` alone when it is set, else `SSL_CERT_DIR`, else
the operating system's store; `REQUESTS_CA_BUNDLE` and `NODE_EXTRA_CA_CERTS` do not reach it.
"""

from __future__ import annotations

import ssl
import sys
from collections.abc import Mapping
from pathlib import Path

_BUNDLES = (
    "/etc/ssl/cert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/cert.pem",
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/ssl/ca-bundle.pem",
)
"""Where distributions keep the store when OpenSSL's compiled-in path is empty."""


def trusting_context(environ: Mapping[str, str]) -> ssl.SSLContext:
    """A verifying context with HTTP/1.1 in ALPN.

    Raises OSError (`ssl.SSLError` included) where a bundle named by a variable cannot be read.
    """
    context = _store(environ)
    context.set_alpn_protocols(["http/1.1"])
    return context


def _store(environ: Mapping[str, str]) -> ssl.SSLContext:
    if cafile := environ.get("SSL_CERT_FILE"):
        return ssl.create_default_context(cafile=cafile)
    if capath := environ.get("SSL_CERT_DIR"):
        return ssl.create_default_context(capath=capath)
    if sys.platform in ("win32", "darwin"):
        import truststore

        return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # Compiled-in paths: set_default_verify_paths() would read SSL_CERT_* from the real environment.
    paths = ssl.get_default_verify_paths()
    cafile = paths.openssl_cafile if Path(paths.openssl_cafile).is_file() else None
    capath = paths.openssl_capath if Path(paths.openssl_capath).is_dir() else None
    if not cafile:
        cafile = next((name for name in _BUNDLES if Path(name).is_file()), None)
    if cafile or capath:
        context.load_verify_locations(cafile, capath)
    return context


def trust_source(environ: Mapping[str, str]) -> str:
    """In words, where the trusted CAs come from."""
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        if environ.get(name):
            return f"{name}={environ[name]}"
    return "operating system"


def unverified_context() -> ssl.SSLContext:
    """A context that verifies nothing: only to look at a certificate, never with a credential."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["http/1.1"])
    return context
