"""Error bodies of every layer, read into one shape.

Sources of the shapes: the Anthropic error page, public issues that paste Azure's answers
(litellm 16964, positron 12858, aspire 16127), and API Management's own texts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from ..model import ErrorInfo
from ..noun import Noun

MESSAGE_LIMIT = 600
_APIM_TEXT = re.compile(
    r"due to missing subscription key|due to invalid subscription key\. make sure to provide"
    r"|^(rate|token|call) (limit|quota) is exceeded|^out of call volume quota",
    re.IGNORECASE,
)
ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    r"|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?"  # OSC, DCS and the like, with what they carry
    r"|\x1b[ -/]*[0-~]"  # the other escapes
    r"|[\u200e\u200f\u202a-\u202e\u2066-\u2069]"  # direction of text
)
_TITLES = tuple(
    re.compile(rf"<{tag}[^>]{{0,200}}>([^<]{{1,300}})", re.IGNORECASE) for tag in ("title", "h1")
)


class Body(Noun):
    """`info` says what went wrong; `json` is the decoded document where there is one."""

    info: ErrorInfo
    json: Any = None
    request_id: str | None = None
    """An Anthropic `req_…` id found in the body."""
    details_repeat_message: bool = False


def clean(text: str, limit: int = MESSAGE_LIMIT) -> str:
    """One line of printable text: no terminal escapes, no control characters, not endless."""
    plain = ESCAPES.sub("", text[: limit * 4])
    plain = "".join(c if c.isprintable() else " " for c in plain)
    plain = " ".join(plain.split())
    return plain if len(plain) <= limit else plain[: limit - 1] + "…"


def read_body(
    data: bytes, content_type: str, headers: Mapping[str, str], *, proxied: bool = False
) -> Body:
    """Read one answer's body. Never raises; what cannot be read is named as such."""
    azure = "apim-request-id" in headers
    if not data.strip():
        return Body(ErrorInfo(_outer_layer(azure, proxied), shape="empty"))
    text = _decoded(data)
    if _looks_like_html(text, content_type):
        message = _html_title(text)
        return Body(ErrorInfo(_outer_layer(azure, proxied), None, message, None, "html"))
    if not text.lstrip().startswith(("{", "[", '"')):
        return Body(ErrorInfo(_outer_layer(azure, proxied), None, clean(text), None, "text"))
    try:
        return read_document(json.loads(text), azure)
    except (ValueError, RecursionError):
        return Body(
            ErrorInfo(_outer_layer(azure, proxied), None, clean(text, 200), None, "broken-json")
        )


def _decoded(data: bytes) -> str:
    wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    return data.decode("utf-16" if wide else "utf-8-sig", "replace")


def _outer_layer(azure: bool, proxied: bool) -> str:
    if azure:
        return "gateway"
    return "proxy" if proxied else "unknown"


def read_document(document: Any, azure: bool) -> Body:
    if not isinstance(document, dict):
        return Body(ErrorInfo("gateway" if azure else "unknown", shape="other-json"), document)
    inner = document.get("error")
    if document.get("type") == "error" and isinstance(inner, dict):
        return _anthropic(document, inner, "anthropic")
    if isinstance(inner, dict):
        return _azure(document, inner, azure)
    if isinstance(document.get("statusCode"), int) and "message" in document:
        return _status_code(document)
    kind = document.get("type")
    if isinstance(kind, str) and kind.endswith("_error") and "message" in document:
        return _anthropic(document, document, "anthropic-bare")
    if "code" in document and "message" in document:
        info = ErrorInfo("gateway", _text(document["code"]), _message(document), None, "azure-bare")
        return Body(info, document)
    message = _message(document)
    info = ErrorInfo("gateway" if azure else "unknown", None, message, None, "other-json")
    return Body(info, document)


def _anthropic(document: Mapping[str, Any], inner: Mapping[str, Any], shape: str) -> Body:
    request_id = document.get("request_id")
    info = ErrorInfo("anthropic", None, _message(inner), _text(inner.get("type")), shape)
    return Body(info, document, clean(request_id, 80) if isinstance(request_id, str) else None)


def _azure(document: Mapping[str, Any], inner: Mapping[str, Any], azure: bool) -> Body:
    message = _message(inner)
    code = _text(inner.get("code"))
    repeated = message is not None and inner.get("details") == inner.get("message")
    known = azure or code is not None
    info = ErrorInfo(
        "gateway" if known else "unknown", code, message, _text(inner.get("type")), "azure"
    )
    return Body(info, document, details_repeat_message=repeated)


def _status_code(document: Mapping[str, Any]) -> Body:
    # Both Foundry's token check and a customer's own API Management use this shape; only the
    # latter speaks of a missing subscription key or of its own limits.
    message = _message(document)
    layer = "apim" if message and _APIM_TEXT.search(message) else "gateway"
    return Body(ErrorInfo(layer, None, message, None, "status-code"), document)


def _message(holder: Mapping[str, Any]) -> str | None:
    value = holder.get("message")
    if isinstance(value, str):
        return clean(value)
    return clean(json.dumps(value)) if value is not None else None


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, bool):
        return None
    return clean(str(value), 120) if isinstance(value, (str, int)) else None


def _looks_like_html(text: str, content_type: str) -> bool:
    head = text.lstrip()[:64].lower()
    return "html" in content_type or head.startswith(("<!doctype html", "<html", "<head", "<body"))


def _html_title(text: str) -> str | None:
    for title in _TITLES:
        match = title.search(text[:20000])
        if match is not None and (words := clean(match.group(1))):
            return words
    return None
