"""What the emulator remembers of the requests it met, without any credential."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from .wire import Request

REDACTED = "[redacted]"

CREDENTIAL_HEADERS = (
    "authorization",
    "x-api-key",
    "api-key",
    "ocp-apim-subscription-key",
    "proxy-authorization",
    "cookie",
    "x-identity-header",
    "x-ms-authorization-auxiliary",
    "secret",
)
CREDENTIAL_FIELDS = (
    "client_secret",
    "client_assertion",
    "assertion",
    "password",
    "refresh_token",
    "code",
    "code_verifier",
)
"""Form fields of a token request that are never kept."""
_SCHEMES = ("bearer", "basic", "digest", "negotiate", "ntlm")


@dataclass(frozen=True)
class RecordedRequest:
    """One request: `path` with its query, header names in lower case, JSON or form body or None.

    Credential headers are named in `auth_headers`, and their values are "[redacted]" (for
    `authorization` after the scheme). `connection` counts the listener's connections from 1.
    """

    method: str
    path: str
    headers: dict[str, str]
    auth_headers: tuple[str, ...]
    body: Any
    connection: int


class Journal:
    """The requests in the order of their arrival; safe for threads."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        # Longest first: a key with quotes around it holds the key without them.
        self._secrets = sorted({one for one in secrets if one}, key=len, reverse=True)
        self._lock = threading.Lock()
        self._requests: list[RecordedRequest] = []

    def add(self, request: Request, connection: int) -> None:
        """Remember a request."""
        headers = {name: self._clean(name, value) for name, value in request.headers.items()}
        recorded = RecordedRequest(
            method=request.method,
            path=self._redact(request.target),
            headers=headers,
            auth_headers=tuple(name for name in CREDENTIAL_HEADERS if name in headers),
            body=self._body(request),
            connection=connection,
        )
        with self._lock:
            self._requests.append(recorded)

    def all(self) -> list[RecordedRequest]:
        """A copy of the list."""
        with self._lock:
            return list(self._requests)

    def _clean(self, name: str, value: str) -> str:
        if name not in CREDENTIAL_HEADERS:
            return self._redact(value)
        scheme, space, _ = value.partition(" ")
        shown = "authorization" in name and space and scheme.lower() in _SCHEMES
        return f"{scheme} {REDACTED}" if shown else REDACTED

    def _redact(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, REDACTED)
        return text

    def _body(self, request: Request) -> Any:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/x-www-form-urlencoded":
            return self._json(request.body)
        form = parse_qs(request.body.decode("utf-8", "replace"), keep_blank_values=True)
        return {
            name: REDACTED if name in CREDENTIAL_FIELDS else self._redact(values[0])
            for name, values in form.items()
        }

    def _json(self, body: bytes) -> Any:
        try:
            return json.loads(self._redact(body.decode("utf-8")))
        except (ValueError, RecursionError):
            return None
