"""The login host's refusals: AADSTS numbers with their words, in the documented JSON shape.

[learn.microsoft.com reference-error-codes, v2-oauth2-client-creds-grant-flow]
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import lru_cache
from importlib.resources import files
from typing import Any

from .wire import Reply, Request

UNKNOWN = {"status": 400, "error": "invalid_request", "text": "An error occurred."}


@lru_cache(maxsize=1)
def known_errors() -> Mapping[str, Any]:
    """The rows of aadsts.json by number."""
    text = files(__package__).joinpath("aadsts.json").read_text("utf-8")
    rows: dict[str, Any] = json.loads(text)
    rows.pop("note")
    return rows


@dataclass
class EntraVoice:
    """Makes the login host's answers to one request."""

    request: Request
    now: float

    def __post_init__(self) -> None:
        self.trace_id = str(uuid.uuid4())
        given = self.request.headers.get("client-request-id", "").strip("{}")
        self.correlation_id = given if _is_guid(given) else str(uuid.uuid4())

    def json(self, status: int, body: Mapping[str, Any]) -> Reply:
        """A JSON answer with the headers of the login host."""
        headers = [
            ("Cache-Control", "no-store, no-cache"),
            ("Pragma", "no-cache"),
            ("Content-Type", "application/json; charset=utf-8"),
            ("Expires", "-1"),
            ("Strict-Transport-Security", "max-age=31536000; includeSubDomains"),
            ("X-Content-Type-Options", "nosniff"),
            ("x-ms-request-id", self.trace_id),
            ("x-ms-ests-server", "2.1.99999.0 - FDEMU ProdSlices"),
        ]
        if "client-request-id" in self.request.headers:
            headers.append(("client-request-id", self.correlation_id))
        return Reply(status, headers, json.dumps(body).encode())

    def refuse(
        self,
        code: int,
        values: Mapping[str, str],
        *,
        message: str | None = None,
        error: str | None = None,
    ) -> Reply:
        """The answer for a number; `message` and `error` replace the shipped ones."""
        row = known_errors().get(str(code), UNKNOWN)
        text = filled(message or row["text"], values)
        shown = datetime.fromtimestamp(self.now, timezone.utc).strftime("%Y-%m-%d %H:%M:%SZ")
        lines = (
            f"AADSTS{code}: {text}",
            f"Trace ID: {self.trace_id}",
            f"Correlation ID: {self.correlation_id}",
            f"Timestamp: {shown}",
        )
        body: dict[str, Any] = {
            "error": error or row["error"],
            "error_description": "\r\n".join(lines),
            "error_codes": [code],
            "timestamp": shown,
            "trace_id": self.trace_id,
            "correlation_id": self.correlation_id,
            "error_uri": f"https://login.microsoftonline.com/error?code={code}",
        }
        if "suberror" in row:
            body["suberror"] = row["suberror"]
        return self.json(row["status"], body)


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with {names} replaced; one without a value becomes a dash."""
    parts = text.split("{")
    done = [parts[0]]
    for part in parts[1:]:
        name, closed, rest = part.partition("}")
        done.append((values.get(name) or "-") + rest if closed else "{" + part)
    return "".join(done)


def precise(at: float) -> str:
    """A time with seven decimals, as in AADSTS700024."""
    return datetime.fromtimestamp(at, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f0Z")


def long_ago() -> str:
    """When a sign-in that has expired was made: a hundred days back."""
    return precise(time.time() - 100 * 86400)


def _is_guid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
