"""Server-side TLS of one throw-away authority."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from pathlib import Path

from .authority import ThrowAwayAuthority
from .spec import Certificate


def server_context(
    authority: ThrowAwayAuthority,
    names: Sequence[str],
    folder: Path,
    kind: Certificate = "valid",
    *,
    send_root: bool = False,
) -> ssl.SSLContext:
    """A context with a fresh certificate for the names; `folder` is private and takes the files."""
    chain, key = authority.issue(names, kind, send_root=send_root).write(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    context.load_cert_chain(chain, key)
    return context
