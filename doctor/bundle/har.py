"""exchanges.har: the calls as HAR 1.2, headers by allowlist, no prompt and no completion.

The leak that HAR files are known for (Okta, 2023: session tokens in files sent to support) cannot
happen here: the program keeps no header but those that this file is built of, and no body.
[ahmadnassri/har-spec, versions/1.2.md]
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from .._version import __version__
from ..model import Exchange, Report, Timings
from .calls import deployment, plane

REQUEST_HEADERS = ("x-ms-client-request-id",)
RESPONSE_HEADERS = ("request-id", "apim-request-id", "x-ms-request-id", "x-ms-region", "date")
QUERY = ("api-version", "$filter", "$skiptoken")
"""The query parameters whose values are shown; others are named only."""
_KEPT_NO = "bodies are not kept: no prompt and no completion is in this file"


def har_document(reports: Sequence[Report]) -> dict[str, Any]:
    """The document. Custom fields begin with `_`, as the format demands; -1 means not known."""
    return {
        "log": {
            "version": "1.2",
            "creator": {"name": "foundry-doctor", "version": __version__},
            "comment": _KEPT_NO,
            "entries": [_entry(one) for report in reports for one in report.exchanges],
        }
    }


def _entry(one: Exchange) -> dict[str, Any]:
    timings = _timings(one.timings)
    entry = {
        "startedDateTime": one.sent_at,
        # `ssl` is told apart, but stands in `connect` already.
        "time": sum(value for name, value in timings.items() if value > 0 and name != "ssl"),
        "request": _request(one),
        "response": _response(one),
        "cache": {},
        "timings": timings,
        "comment": one.purpose,
        "_id": one.id,
        "_plane": plane(one),
        "_deployment": deployment(one),
        "_outcome": one.outcome,
        "_request_id": one.request_id,
        "_apim_request_id": one.apim_request_id,
        "_error": None
        if one.error is None
        else {"layer": one.error.layer, "code": one.error.code, "message": one.error.message},
    }
    if one.remote_address:
        host, _, port = one.remote_address.rpartition(":")
        entry["serverIPAddress"] = host.strip("[]") or port
    return entry


def _request(one: Exchange) -> dict[str, Any]:
    split = urlsplit(one.url)
    query = parse_qsl(split.query, keep_blank_values=True)
    shown = [(name, value if name.lower() in QUERY else "***") for name, value in query]
    url = split._replace(netloc=split.netloc.rpartition("@")[2], query="", fragment="").geturl()
    if shown:
        url += "?" + "&".join(f"{name}={value}" for name, value in shown)
    return {
        "method": one.method,
        "url": url,
        "httpVersion": _version(one),
        "cookies": [],
        "headers": _pairs({"x-ms-client-request-id": one.client_request_id}),
        "queryString": [{"name": name, "value": value} for name, value in shown],
        "headersSize": -1,
        "bodySize": -1,
    }


def _response(one: Exchange) -> dict[str, Any]:
    data = plane(one) == "data"
    return {
        "status": one.status or 0,
        "statusText": "" if one.status is not None else f"no answer: {one.outcome}",
        "httpVersion": _version(one),
        "cookies": [],
        "headers": _pairs(
            {
                "request-id" if data else "x-ms-request-id": one.request_id,
                "apim-request-id": one.apim_request_id,
                "x-ms-region": one.x_ms_region,
                "date": one.server_date,
            }
        ),
        "content": {"size": -1, "mimeType": "", "comment": _KEPT_NO},
        "redirectURL": "",
        "headersSize": -1,
        "bodySize": -1,
    }


def _pairs(headers: dict[str, str | None]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers.items() if value]


def _version(one: Exchange) -> str:
    return f"HTTP/{one.http_version}" if one.http_version else ""


def _timings(timings: Timings) -> dict[str, float]:
    def known(value: float | None) -> float:
        return -1 if value is None else round(max(0.0, value), 1)

    connect = [one for one in (timings.connect, timings.proxy, timings.tls) if one is not None]
    return {
        "blocked": -1,
        "dns": known(timings.dns),
        # HAR's connect holds the TLS handshake, which `ssl` tells by itself.
        "connect": known(sum(connect)) if connect else -1,
        "ssl": known(timings.tls),
        "send": 0,
        "wait": known(timings.wait) if timings.wait is not None else 0,
        "receive": known(timings.receive) if timings.receive is not None else 0,
    }
