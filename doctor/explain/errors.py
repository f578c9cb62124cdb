"""Errors in documents and in the notations of clients: code, type, message, status."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..foundry.bodies import clean, read_document
from ..model import ErrorInfo
from ..noun import Noun
from .objects import Document, mappings

_CODES = ("code", "errorCode", "error_code", "Code", "ErrorCode")
_MESSAGES = (
    "message",
    "errorMessage",
    "error_message",
    "Message",
    "error_description",
    "detail",
    "msg",
    "description",
)
_STATUSES = (
    "status",
    "statusCode",
    "status_code",
    "http_status",
    "httpStatus",
    "httpStatusCode",
    "responseStatus",
    "ResultSignature",
    "StatusCode",
    "responseCode",
    "code",
)
_TYPED = re.compile(
    r"(?:^|[\s\[,{(])(?:Error ?type|Error ?Code|Status ?code|Code)[\"']?\s{0,3}[:=]\s{0,3}[\"']?([A-Za-z][\w.-]{2,80})[\"']?"
    r"[^\n]{0,40}\n?[\s,]{0,8}(?:Error ?)?Message[\"']?\s{0,3}[:=]\s{0,3}(.{1,1500})",
    re.IGNORECASE | re.DOTALL,
)
_BRACKETED = re.compile(r"\(([A-Z][A-Za-z]{4,60})\) (.{1,1500})", re.DOTALL)
_CAMEL = re.compile(r"(?:^|[\s\"'>(\[])((?:[A-Z][a-z0-9]{1,30}){2,8}) ?: (?=\S)(.{1,1500})")
_AFTER_STATUS = re.compile(
    r"(?:^|\bHTTP |\b[Ee]rror |[Ss]tatus |: )[45]\d\d[ :-]{1,3}\(?([A-Z][a-z]+(?:[A-Z][a-z0-9]+)+|[a-z]+(?:_[a-z]+)+)\b\)?[ :]{0,3}(.{0,1500})",
    re.MULTILINE,
)
_ALONE = re.compile(
    r"ERROR CODE: ([A-Z]\w{3,80})|ErrorCode: ([A-Z]\w{3,80})|\b[Cc]ode=\"?([A-Z]\w{4,80})\"?"
)
_NUMBERED = re.compile(r"\b(\d{3}-\d{6}): (.{1,600})")
_EXCEPTION = re.compile(r"(?:Error|Exception|Credential|Warning)$")


class Stated(Noun):
    """One error as a text states it."""

    info: ErrorInfo
    status: int | None = None
    repeated: bool = False
    """`details` repeats `message`."""
    request_id: str | None = None


def stated_in(document: Document) -> Iterator[Stated]:
    """The errors of a document, outermost first; those of its inner documents come by themselves."""
    seen: list[tuple[str | None, str | None]] = []
    whole = _status(document.value)
    for one in mappings(document.value):
        stated = _stated(one, whole)
        if stated is None:
            continue
        pair = (stated.info.code or stated.info.type, stated.info.message)
        if pair not in seen and len(seen) < 12:
            seen.append(pair)
            yield stated


def _stated(one: Mapping[str, Any], status: int | None) -> Stated | None:
    message = _first(one, _MESSAGES)
    code = _first(one, _CODES)
    kind = one.get("type")
    anthropic = isinstance(kind, str) and kind.endswith("_error")
    inner = one.get("error")
    if isinstance(inner, dict):
        if one.get("type") == "error" or isinstance(inner.get("code"), (str, int)):
            return _from(
                read_document(dict(one), azure=False), _status(one) or _status(inner) or status
            )
        return None
    if isinstance(inner, str) and "error_description" in one:
        return None  # an OAuth refusal: the identity reader's
    if message is None or not (code is not None or anthropic or "statusCode" in one):
        return None
    if code is None and anthropic:
        body = read_document({"type": kind, "message": message}, azure=False)
    elif code is None:
        body = read_document(dict(one), azure=False)
    else:
        body = read_document({"error": {**one, "code": code, "message": message}}, azure=False)
    return _from(body, _status(one) or status)


STATUS_OF = {
    "BadRequest": 400, "Unauthorized": 401, "Forbidden": 403, "NotFound": 404, "MethodNotAllowed": 405,
    "Conflict": 409, "TooManyRequests": 429, "InternalServerError": 500, "BadGateway": 502,
    "ServiceUnavailable": 503, "GatewayTimeout": 504, "RateLimitReached": 429,
    "DeploymentNotFound": 404, "AuthenticationTypeDisabled": 403, "content_filter": 400,
    "api_not_supported": 404,
    # Anthropic's types, one status each [platform.claude.com/docs/en/api/errors]
    "invalid_request_error": 400, "authentication_error": 401, "permission_error": 403,
    "not_found_error": 404, "request_too_large": 413, "rate_limit_error": 429, "api_error": 500,
    "timeout_error": 504, "overloaded_error": 529,
}  # fmt: skip
"""The status that an error's name stands for, where the text gives none."""


def _from(body: Any, status: int | None) -> Stated:
    code = body.info.code
    if status is None and code is not None and re.fullmatch(r"[45]\d\d", code):
        status = int(code)
    if status is None and body.info.layer == "anthropic" and body.info.code is None:
        status = STATUS_OF.get(body.info.type or "")
    status = status or STATUS_OF.get(code or "")
    return Stated(body.info, status, body.details_repeat_message, body.request_id)


def _first(one: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    for name in names:
        value = one.get(name)
        if isinstance(value, (str, int)) and not isinstance(value, bool) and value != "":
            return value
    return None


def _status(one: Mapping[str, Any]) -> int | None:
    for name in _STATUSES:
        value = one.get(name)
        if isinstance(value, str) and value.isascii() and value.isdecimal():
            value = int(value[:6])
        if isinstance(value, int) and not isinstance(value, bool) and 100 <= value <= 599:
            return value
    response = one.get("response")
    return _status(response) if isinstance(response, dict) else None


def stated_as_text(text: str) -> Iterator[Stated]:
    """Code and message in the notations of SDKs, Resource Manager, Terraform and the portal."""
    text = text[:20000]
    for pattern in (_TYPED, _BRACKETED, _NUMBERED):
        for found in pattern.finditer(text):
            if not _EXCEPTION.search(found.group(1)):
                yield _plain(found.group(1), found.group(2))
    for found in _CAMEL.finditer(text):
        if not _EXCEPTION.search(found.group(1)):
            yield _plain(found.group(1), found.group(2))
    for found in _AFTER_STATUS.finditer(text):
        yield _plain(found.group(1), found.group(2) or found.group(1))
    for found in _ALONE.finditer(text):
        code = next(one for one in found.groups() if one)
        if not _EXCEPTION.search(code):
            yield _plain(code, text[found.end() :].lstrip(" :,\n") or code)


def _plain(code: str, message: str) -> Stated:
    first = message.split("\n\n", maxsplit=1)[0]
    info = ErrorInfo("unknown", clean(code, 120), clean(first), None, "none")
    return Stated(info, STATUS_OF.get(code))


_CLASS = re.compile(
    r"\b(?:anthropic|openai|litellm)[\w.]*\.(BadRequest|Authentication|PermissionDenied|NotFound"
    r"|UnprocessableEntity|RateLimit|InternalServer)Error\b"
)
_CLASSES = {
    "BadRequest": 400, "Authentication": 401, "PermissionDenied": 403, "NotFound": 404,
    "UnprocessableEntity": 422, "RateLimit": 429, "InternalServer": 500,
}  # fmt: skip
"""The status behind each exception class of the SDKs (their `_exceptions.py`)."""


def status_of_class(text: str) -> int | None:
    """The status that the last SDK exception of a text stands for."""
    found = _CLASS.findall(text)
    return _CLASSES[found[-1]] if found else None
