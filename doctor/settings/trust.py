"""The CA bundle variables, judged as the Python SDK 2.x would meet them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from ..model import ConfigProblem
from .sources import problem


def trust_problem(environ: Mapping[str, str], cwd: Path) -> ConfigProblem | None:
    """What is wrong with SSL_CERT_FILE or, where that is unset, SSL_CERT_DIR.

    httpx2 hands `SSL_CERT_FILE` to `ssl.create_default_context`, so a bad file raises before any
    request; of a missing `SSL_CERT_DIR` OpenSSL says nothing and then trusts nobody. Empty
    variables count as unset there. REQUESTS_CA_BUNDLE and NODE_EXTRA_CA_CERTS do not reach this
    client.
    """
    bundle = environ.get("SSL_CERT_FILE")
    if bundle:
        found = _judge_bundle(bundle, cwd)
        return _problem("SSL_CERT_FILE", *found) if found else None
    folders = environ.get("SSL_CERT_DIR")
    if folders and not any(_is_dir(cwd / item) for item in folders.split(os.pathsep) if item):
        return _problem("SSL_CERT_DIR", "bundle-missing", "names no existing folder")
    return None


def _problem(variable: str, trust: str, clause: str) -> ConfigProblem:
    summary = f"{variable} {clause}: no TLS connection can be verified, so the SDK makes no call."
    return problem(
        "ca-bundle-invalid",
        summary,
        setting=f"env {variable}",
        detail=f"{variable} {clause}",
        config__trust=trust,
    )


def _judge_bundle(value: str, cwd: Path) -> tuple[str, str] | None:
    """The value of `config.trust` and the clause, None for a bundle that loads."""
    # The HTTP client needs ssl in any case; loading the file is the only exact test.
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(cafile=str(cwd / value))
    except FileNotFoundError:
        return "bundle-missing", "names a file that does not exist"
    except ssl.SSLError:
        return "bundle-not-pem", "names a file that holds no certificate in PEM form"
    except IsADirectoryError:
        return "bundle-unreadable", "names a folder, not a file"
    except (OSError, ValueError):
        return "bundle-unreadable", "names a file that cannot be read"
    return None


def _is_dir(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False
