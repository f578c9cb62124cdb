"""Reading Entra's refusals: the AADSTS number, the OAuth error and the ids for support.

Microsoft warns that numbers and texts may change and that clients should react on the OAuth
`error`; so both are read, and the number stays a hint. [entra-docs reference-error-codes]
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from ..model import FactValue
from ..noun import Noun
from .tokentext import without_tokens

MAX_TEXT = 65536

_CODE = re.compile(r"AADSTS(\d{4,9})\b")
_WRAPPERS = frozenset({70002, 50000})
"""`Error validating credentials` and the like: a more exact number follows in the same text."""
_OAUTH = (
    "invalid_request", "invalid_grant", "unauthorized_client", "invalid_client",
    "unsupported_grant_type", "invalid_resource", "invalid_scope", "invalid_tenant",
    "interaction_required", "consent_required", "login_required", "access_denied",
    "temporarily_unavailable", "server_error", "unauthorized_access", "slow_down",
)  # fmt: skip
_ERROR_FIELD = re.compile(r"""["']?error(?:Code)?["']?\s*[:=]\s*["']([a-z_]{4,40})["']""")
_ERROR_WORD = re.compile(rf"\b({'|'.join(_OAUTH)})\b")
_GUID = r"([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})"
_TRACE = re.compile(rf"trace[ _]id[\"']?\s*:\s*[\"']?{_GUID}", re.IGNORECASE)
_CORRELATION = re.compile(rf"correlation[ _]id[\"']?\s*:\s*[\"']?{_GUID}", re.IGNORECASE)
_TIMESTAMP = re.compile(
    r"timestamp[\"']?\s*:\s*[\"']?(\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?Z)", re.IGNORECASE
)
_END = re.compile(r"\s*(?:Trace ID:|Correlation ID:|Timestamp:|\n|$)", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z'\"(])")


class Refusal(Noun):
    """One refusal of Entra, as far as the text tells."""

    code: int | None = None
    error: str | None = None
    message: str | None = None
    """The first sentence, without the number."""
    trace_id: str | None = None
    correlation_id: str | None = None
    timestamp: str | None = None

    @property
    def facts(self) -> dict[str, FactValue]:
        """The `aadsts.*` facts; what is not known is left out."""
        found: dict[str, FactValue] = {
            "aadsts.code": self.code,
            "aadsts.error": self.error,
            "aadsts.message": self.message,
            "aadsts.trace_id": self.trace_id,
            "aadsts.correlation_id": self.correlation_id,
            "aadsts.timestamp": self.timestamp,
        }
        return {name: value for name, value in found.items() if value is not None}


def read_refusal(text: str) -> Refusal | None:
    """The first refusal in a text of any origin (MSAL, azure-identity, az, a log), or None.

    A text without a number is one only where it holds an OAuth error in a JSON field.
    """
    text = text[:MAX_TEXT].replace("\\r", "\r").replace("\\n", "\n").replace("\r", "")
    numbers = list(_CODE.finditer(text))
    field = _ERROR_FIELD.search(text)
    named = field.group(1) if field and field.group(1) in _OAUTH else None
    if not numbers:
        return Refusal(error=named) if named else None
    chosen = numbers[0]
    if int(chosen.group(1)) in _WRAPPERS and len(numbers) > 1:
        chosen = numbers[1]
    word = _ERROR_WORD.search(text)
    return Refusal(
        code=int(chosen.group(1)),
        error=named or (word.group(1) if word else None),
        message=_first_sentence(text[chosen.end() :]),
        trace_id=_first(_TRACE, text),
        correlation_id=_first(_CORRELATION, text),
        timestamp=_first(_TIMESTAMP, text),
    )


def read_body(body: str) -> Refusal | None:
    """The refusal in the JSON body of a login host; None where it is not Entra's."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or not isinstance(document.get("error"), str):
        return None
    return _from_document(document)


def _from_document(document: Mapping[str, Any]) -> Refusal:
    said = document.get("error_description")
    description = said if isinstance(said, str) else ""
    told = read_refusal(description) or Refusal()
    codes = document.get("error_codes")
    listed = [one for one in codes if isinstance(one, int)] if isinstance(codes, list) else []
    return Refusal(
        code=told.code or (listed[0] if listed and not isinstance(listed[0], bool) else None),
        error=_plain(document.get("error")),
        message=told.message or _first_sentence(description),
        trace_id=told.trace_id or _plain(document.get("trace_id")),
        correlation_id=told.correlation_id or _plain(document.get("correlation_id")),
        timestamp=told.timestamp or _plain(document.get("timestamp")),
    )


def _first(pattern: re.Pattern[str], text: str) -> str | None:
    found = pattern.search(text)
    return found.group(1) if found else None


def _plain(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    return " ".join(without_tokens(value[:200]).split()) or None


def _first_sentence(text: str) -> str | None:
    text = text[:4000].lstrip(": \t")
    end = _END.search(text)
    line = text[: end.start()] if end else text
    sentence = _SENTENCE.split(line, maxsplit=1)[0]
    return " ".join(without_tokens(sentence).split())[:300] or None
