"""Resource Manager's way to answer: JSON bodies, error objects, and the headers around them.

Shapes: [Azure/azure-rest-api-specs examples]; texts of errors from public issue threads and
learn.microsoft.com (azure-resource-manager troubleshooting).
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any
from urllib.parse import parse_qs, urlsplit

from .wire import Reply, Request

_READS_LEFT = 1099


class Problem(Exception):
    """An error answer of Resource Manager."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        headers: tuple[tuple[str, str], ...] = (),
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers
        self.more = more or {}


@dataclass
class ArmCall:
    """One request: its query by lower-case name, and whose token it carries."""

    request: Request
    location: str
    query: Mapping[str, str] = field(init=False)
    claims: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        parsed = parse_qs(urlsplit(self.request.target).query, keep_blank_values=True)
        self.query = {name.lower(): values[0] for name, values in parsed.items()}
        given = self.request.headers.get("x-ms-correlation-request-id", "")
        self.request_id = str(uuid.uuid4())
        self.correlation_id = given or self.request_id

    @property
    def oid(self) -> str:
        """The caller's object id."""
        return str(self.claims.get("oid", ""))

    @property
    def client(self) -> str:
        """The caller as errors name it: the application's id, or the user's name."""
        names = ("upn", "appid", "azp", "oid")
        return next((str(self.claims[name]) for name in names if self.claims.get(name)), "")

    @property
    def base(self) -> str:
        """Scheme and host that the caller used, for links."""
        return f"https://{self.request.headers.get('host', 'management.azure.com')}"

    def json(self, status: int, body: Any) -> Reply:
        """A JSON answer."""
        at = datetime.fromtimestamp(time.time(), timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        headers = [
            ("Cache-Control", "no-cache"),
            ("Pragma", "no-cache"),
            ("Content-Type", "application/json; charset=utf-8"),
            ("Expires", "-1"),
            ("x-ms-request-id", self.request_id),
            ("x-ms-correlation-request-id", self.correlation_id),
            ("x-ms-routing-request-id", f"{self.location.upper()}:{at}:{self.request_id}"),
            ("Strict-Transport-Security", "max-age=31536000; includeSubDomains"),
            ("X-Content-Type-Options", "nosniff"),
        ]
        if status < 400 and self.request.method == "GET":
            headers.append(("x-ms-ratelimit-remaining-subscription-reads", str(_READS_LEFT)))
        client = self.request.headers.get("x-ms-client-request-id")
        if client and self.request.headers.get("x-ms-return-client-request-id", "") == "true":
            headers.append(("x-ms-client-request-id", client))
        return Reply(status, headers, json.dumps(body).encode())

    def problem(self, problem: Problem) -> Reply:
        """An error object."""
        error = {"code": problem.code, "message": problem.message, **problem.more}
        reply = self.json(problem.status, {"error": error})
        if problem.status >= 400 and problem.status != 401:
            reply.headers.append(("x-ms-failure-cause", "gateway"))
        reply.headers += problem.headers
        return reply

    def page(self, items: list[Any], size: int) -> dict[str, Any]:
        """A page of a list, with a link to the next one where `size` (not 0) cuts it."""
        token = self.query.get("$skiptoken", "0")
        start = int(token) if token.isdecimal() else 0
        shown = items[start : start + size] if size else items
        body: dict[str, Any] = {"value": shown}
        if size and start + size < len(items):
            path, _, query = self.request.target.partition("?")
            kept = [one for one in query.split("&") if not _is_skip_token(one)]
            link = "&".join([*kept, f"%24skipToken={start + size}"])
            body["nextLink"] = f"{self.base}{path}?{link}"
        return body


def _is_skip_token(part: str) -> bool:
    return part.lower().startswith(("$skiptoken=", "%24skiptoken="))


def not_found(type_: str, name: str, group: str) -> Problem:
    """404 of a resource that does not exist in a group that does."""
    return Problem(
        404,
        "ResourceNotFound",
        f"The Resource '{type_}/{name}' under resource group '{group}' was not found. For more "
        "details please go to https://aka.ms/ARMResourceNotFoundFix",
    )


def no_group(name: str) -> Problem:
    """404 of a resource group."""
    return Problem(404, "ResourceGroupNotFound", f"Resource group '{name}' could not be found.")


def no_subscription(subscription: str) -> Problem:
    """404 of a subscription; told before any credential is looked at [a public live probe]."""
    text = f"The subscription '{subscription}' could not be found."
    return Problem(404, "SubscriptionNotFound", text)


def no_parent(kind: str, parent: str) -> Problem:
    """404 of a child whose parent does not exist."""
    return Problem(
        404,
        "ParentResourceNotFound",
        f"Failed to perform 'read' on resource(s) of type '{kind}', because the parent resource "
        f"'{parent}' could not be found.",
    )
