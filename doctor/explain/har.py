"""HAR 1.2: each entry is an exchange with its own status, headers and body."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from ..foundry.answers import http_facts
from ..foundry.bodies import read_body
from ..foundry.endpoints import is_foundry_host
from ..model import FactValue, RequestId
from ..noun import Noun
from ..redact import redact
from .ids import find_ids
from .lines import Line
from .network import network_facts
from .reading import Record
from .scope import FOREIGN, OURS, is_ours
from .urls import form

MAX_ENTRIES = 20_000
_ID_HEADERS = (
    "apim-request-id", "request-id", "x-ms-request-id", "x-ms-client-request-id",
    "x-ms-correlation-request-id",
)  # fmt: skip


class _Reply(Noun):
    headers: Mapping[str, str]
    outcome: str = "answered"
    detail: str = ""


def entries(document: Any) -> list[Mapping[str, Any]] | None:
    """The entries of a HAR document; None where it is none."""
    log = document.get("log") if isinstance(document, dict) else None
    found = log.get("entries") if isinstance(log, dict) else None
    if not isinstance(found, list):
        return None
    return [one for one in found[:MAX_ENTRIES] if isinstance(one, dict)]


def read_entry(entry: Mapping[str, Any], number: int, file: str) -> tuple[Record, list[RequestId]]:
    """One entry as a record; `number` stands for its line."""
    request, response = _mapping(entry, "request"), _mapping(entry, "response")
    url = str(request.get("url") or "")[:4000]
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
    except ValueError:
        return Record(number, FOREIGN), []
    headers = _headers(response)
    whose = OURS if is_ours(host) or "apim-request-id" in headers else FOREIGN
    time = str(entry.get("startedDateTime") or "")[:40] or None
    ids = _ids(headers, request, file, number, time)
    status = response.get("status")
    facts: dict[str, FactValue] = {"net.host": host, "text.about": "foundry"}
    if is_foundry_host(host):
        facts["url.form"] = form(parts.path)
    if whose == FOREIGN:
        return Record(number, FOREIGN), []
    if not isinstance(status, int) or not 100 <= status <= 599:
        words = " ".join(
            str(one)
            for one in (
                response.get("_error"),
                entry.get("_error"),
                response.get("statusText"),
                entry.get("comment"),
            )
            if one
        )
        network = network_facts(words.replace("net::", ""))
        candidates = ({**facts, **network},) if network else ()
        return Record(number, OURS, candidates, (), host, time), ids
    if status < 300 and "text/html" not in headers.get("content-type", ""):
        return Record(number, OURS, (), ("call",), host, time), ids
    reply = _Reply(headers)
    body = read_body(_content(response), headers.get("content-type", ""), headers)
    facts |= http_facts(reply, status, body, redact)
    return Record(number, OURS, (facts,), (), host, time), ids


def _mapping(holder: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = holder.get(name)
    return value if isinstance(value, dict) else {}


def _headers(message: Mapping[str, Any]) -> dict[str, str]:
    listed = message.get("headers")
    found: dict[str, str] = {}
    for one in listed[:200] if isinstance(listed, list) else ():
        if isinstance(one, dict) and isinstance(one.get("name"), str):
            found[one["name"].lower()] = str(one.get("value") or "")[:2000]
    return found


def _content(response: Mapping[str, Any]) -> bytes:
    content = _mapping(response, "content")
    text = content.get("text")
    if not isinstance(text, str):
        return b""
    if content.get("encoding") == "base64":
        try:
            return base64.b64decode(text[: 1 << 20], validate=False)
        except (binascii.Error, ValueError):
            return b""
    return text[: 1 << 20].encode("utf-8", "replace")


def _ids(
    headers: Mapping[str, str], request: Mapping[str, Any], file: str, number: int, time: str | None
) -> list[RequestId]:
    sent = _headers(request)
    pairs = {name: headers.get(name) or sent.get(name) for name in _ID_HEADERS}
    lines = [Line(number, f"{name}: {value}", time) for name, value in pairs.items() if value]
    return list(find_ids(lines, file))
