"""An answer as facts: the `http.*` vocabulary, the same for live calls and for pasted text."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from math import ceil
from typing import Protocol
from urllib.parse import urlsplit

from ..model import FactValue
from .bodies import Body, clean

_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")
_WAIT = re.compile(r"(?:wait|retry after|try again in)\s+(\d{1,6})\s*second", re.IGNORECASE)

FOREVER = 10**9
"""Seconds; what a longer wait is taken for."""


class ReplyLike(Protocol):
    """What this module needs of an answer; the network room's Reply has it."""

    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def outcome(self) -> str: ...
    @property
    def detail(self) -> str: ...


def http_facts(
    reply: ReplyLike, status: int | None, body: Body, scrub: Callable[[str], str]
) -> dict[str, FactValue]:
    """Facts of one answer; `scrub` takes known secrets out of what a server echoed."""
    facts: dict[str, FactValue] = {"http.outcome": reply.outcome}
    if status is None:
        return facts
    headers, info = reply.headers, body.info
    facts["http.status"] = status
    facts["http.layer"] = info.layer
    facts["http.shape"] = info.shape
    facts["http.azure"] = "apim-request-id" in headers
    request_id = headers.get("request-id", "") or body.request_id or ""
    facts["http.anthropic"] = request_id.startswith("req_")
    texts = {
        "http.error.code": info.code,
        "http.error.type": info.type,
        "http.error.message": info.message,
        "http.content_type": media_type(headers),
        "http.server": headers.get("server") or headers.get("via"),
        "http.location_host": _location_host(headers) if 300 <= status < 400 else None,
    }
    for name, value in texts.items():
        if value:
            # Twice: a secret cut in two by the limit could no longer be told.
            facts[name] = scrub(clean(scrub(value)))
    if body.details_repeat_message:
        facts["http.error.details"] = True
    wait = retry_after(headers, info.message)
    if wait is not None:
        facts["http.retry_after_s"] = wait
    return facts


def media_type(headers: Mapping[str, str]) -> str:
    """`text/html` of `text/html; charset=utf-8`; empty where no type is given."""
    return headers.get("content-type", "").split(";")[0].strip().lower()


def retry_after(
    headers: Mapping[str, str], message: str | None, now: float | None = None
) -> int | None:
    """Whole seconds to wait, from `retry-after-ms`, `retry-after` (seconds or a date), or the text.

    Foundry's 429 names the wait in its message where the header is missing (public issues).
    """
    milliseconds = headers.get("retry-after-ms", "").strip()
    if _NUMBER.fullmatch(milliseconds):
        return ceil(float(milliseconds) / 1000)
    value = headers.get("retry-after", "").strip()
    if len(value) > 9 and value.isascii() and value.isdecimal():
        return FOREVER  # as good as never, and not a reason to try again at once
    if _NUMBER.fullmatch(value):
        return ceil(float(value))
    if value and (at := _moment(value)) is not None:
        return max(0, round(at - (time.time() if now is None else now)))
    found = _WAIT.search(message or "")
    return int(found.group(1)) if found else None


def _moment(text: str) -> float | None:
    """An HTTP date in seconds since the epoch; without a zone it is UTC (RFC 9110, 5.6.7)."""
    from email.utils import mktime_tz, parsedate_tz

    try:
        parts = parsedate_tz(text)
        return None if parts is None else mktime_tz((*parts[:9], parts[9] or 0))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _location_host(headers: Mapping[str, str]) -> str | None:
    try:
        return urlsplit(headers.get("location", "")).hostname
    except ValueError:
        return None
