"""What Resource Manager's answers mean: outcome, error, missing action, the tenant it asks for."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import Any

from ..network.client import Reply, parse_http_date
from ..network.connect import ConnectFailure
from ..noun import Noun
from .fields import Document, document_of, inside, mapping, rows, text

_UNREACHED = frozenset({"no-connection", "timeout", "reset", "closed"})
_ACTION = re.compile(r"perform (?:data )?action(?:\(s\))? '([A-Za-z0-9./*_-]{3,200})'")
_TENANT = r"([0-9a-fA-F]{8}-[0-9a-fA-F-]{27})"
_CHALLENGE = re.compile(rf'authorization_uri\s*=\s*"?https://[a-z0-9.-]+/{_TENANT}', re.IGNORECASE)
_MUST_MATCH = re.compile(rf"must match[^.]{{0,80}}https://[a-z.]+/{_TENANT}", re.IGNORECASE)


class ArmError(Noun):
    """What an answer says went wrong. `missing_action` is the action that a 403 names."""

    status: int | None
    code: str | None = None
    message: str | None = None
    missing_action: str | None = None
    tenant_hint: str | None = None
    """The tenant that the challenge asks a token of, or that the message names."""


class ArmAnswer(Noun):
    """What one question brought, after its retries and with all its pages."""

    outcome: str
    """A value of the fact `arm.outcome`: `ok`, `denied`, `unreachable`, `throttled`,
    `wrong-tenant` or `failed`."""
    status: int | None = None
    json: Any = None
    error: ArmError | None = None
    exchanges: tuple[str, ...] = ()
    detail: str = ""
    complete: bool = True
    """False where further pages exist that were not read."""
    asked: bool = True
    """False where no request was made at all."""
    failure: ConnectFailure | None = None
    at: datetime | None = None
    """The time of the answer by the service's own clock."""

    @property
    def ok(self) -> bool:
        """Whether there is a document to read."""
        return self.outcome == "ok"

    @property
    def items(self) -> tuple[Document, ...]:
        """The objects under `value`."""
        return rows(inside(self.json, "value"))


def read_answer(
    reply: Reply, body: bytes, scrub: Callable[[str], str], tenant: str | None
) -> ArmAnswer:
    """What one reply means. `body` is the reply's, without secrets."""
    status, ids = reply.exchange.status, (reply.exchange.id,)
    at = parse_http_date(reply.headers.get("date"))
    if reply.outcome != "answered" or status is None:
        outcome = "unreachable" if reply.outcome in _UNREACHED else "failed"
        detail = text(scrub(reply.detail)) or f"no usable answer: {reply.outcome}"
        return ArmAnswer(
            outcome, status, exchanges=ids, detail=detail, failure=reply.failure, at=at
        )
    document = document_of(body)
    if status == 200 and isinstance(document, dict):
        return ArmAnswer("ok", status, document, exchanges=ids, at=at)
    error = read_error(status, document, reply.headers)
    outcome, detail = _meaning(error, tenant)
    return ArmAnswer(outcome, status, None, error, ids, detail, at=at)


def read_error(status: int, document: object, headers: Mapping[str, str]) -> ArmError:
    """The error of an answer, from its body and its challenge; every part may be missing."""
    inner = mapping(inside(document, "error")) or mapping(document)
    code, message = text(inner.get("code"), 120), text(inner.get("message"), 600)
    challenge = _CHALLENGE.search(headers.get("www-authenticate", "")[:2000])
    named = _MUST_MATCH.search(message or "")
    action = _ACTION.search(message or "")
    return ArmError(
        status,
        code,
        message,
        action[1] if action and status == 403 else None,
        (challenge or named or [None, None])[1] if status == 401 else None,
    )


def _meaning(error: ArmError, tenant: str | None) -> tuple[str, str]:
    """The outcome, and why in words."""
    said = error.code or f"HTTP {error.status}"
    if error.status == 429:
        return "throttled", "Resource Manager asks to wait (429)"
    if error.code is None:
        return "failed", f"HTTP {error.status} that does not look like Resource Manager's"
    if error.status == 401:
        hint = error.tenant_hint
        elsewhere = hint is not None and tenant is not None and hint.lower() != tenant.lower()
        if error.code == "InvalidAuthenticationTokenTenant" or elsewhere:
            whose = f", which belongs to tenant {hint}" if hint else ""
            return "wrong-tenant", f"the token is not of the subscription's tenant{whose}"
        return "failed", f"the token is refused ({said})"
    if error.status == 403:
        what = f": {error.missing_action}" if error.missing_action else ""
        return "denied", f"{said}{what}"
    return "failed", f"{said}: {error.message}" if error.message else said


def retry_after(headers: Mapping[str, str], now: datetime | None) -> float | None:
    """Seconds that an answer asks to wait: a number, or a date by the service's clock."""
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,6}(\.\d{1,6})?", value):
        return float(value)
    then = parse_http_date(value)
    if then is None:
        return None
    return max(0.0, (then - (now or datetime.now(timezone.utc))).total_seconds())
