"""A scripted Resource Manager on loopback TLS, and documents as the real one prints them."""

from __future__ import annotations

import json
import re
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from foundry_doctor.emulator.authority import ThrowAwayAuthority

if TYPE_CHECKING:
    from typing_extensions import Self

SUBSCRIPTION = "aaaa0a0a-bb1b-cc2c-dd3d-eeeeee4e4e4e"
TENANT = "aaaabbbb-0000-cccc-1111-dddd2222eeee"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-contoso"
ACCOUNT = f"{GROUP}/providers/Microsoft.CognitiveServices/accounts/contoso-ai"
OID = "aaaaaaaa-0000-1111-2222-bbbbbbbbbbbb"
HOST = "contoso-ai.services.ai.azure.com"
DATE = "Sun, 22 Nov 2026 12:00:00 GMT"
USER_ROLE = "a97b65f3-24c7-4388-baec-2e87135dc908"
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"

Answer = tuple[int, Any, Mapping[str, str]]
Route = Callable[["Asked"], Answer | Any]


@dataclass(frozen=True)
class Asked:
    """One request as it came in."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: Any = None


@dataclass
class Script:
    """Routes in order: the first whose pattern is found in the path answers; else 404."""

    routes: list[tuple[str, Route]] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)

    def on(self, pattern: str, answer: Any) -> Script:
        """Answer paths in which `pattern` is found: a document, a tuple, or a function."""
        self.routes.insert(0, (pattern, answer if callable(answer) else lambda _: answer))
        return self

    def answer(self, asked: Asked) -> Answer:
        """What to send."""
        self.asked.append(asked)
        for pattern, route in list(self.routes):
            if re.search(pattern, asked.path, re.IGNORECASE):
                made = route(asked)
                if isinstance(made, tuple):
                    status, body, *headers = made
                    return status, body, dict(headers[0]) if headers else {}
                return 200, made, {}
        return refused(404, "ResourceNotFound", "not here")

    @property
    def paths(self) -> list[str]:
        return [one.path for one in self.asked]


def refused(status: int, code: str, message: str, **headers: str) -> Answer:
    """An error as Resource Manager words it."""
    return status, {"error": {"code": code, "message": message}}, headers


def denied(action: str) -> Answer:
    """The 403 that names an action."""
    text = (
        f"The client 'caller' with object id '{OID}' does not have authorization to perform action "
        f"'{action}' over scope '{ACCOUNT}' or the scope is invalid. If access was recently "
        "granted, please refresh your credentials."
    )
    return refused(403, "AuthorizationFailed", text)


def account(name: str = "contoso-ai", **properties: Any) -> dict[str, Any]:
    """An account; properties that are given win."""
    base = {
        "provisioningState": "Succeeded",
        "customSubDomainName": name,
        "endpoint": f"https://{name}.cognitiveservices.azure.com/",
        "endpoints": {
            "AI Foundry API": f"https://{name}.services.ai.azure.com/",
            "OpenAI Language Model Instance API": f"https://{name}.openai.azure.com/",
        },
        "publicNetworkAccess": "Enabled",
        "networkAcls": {"defaultAction": "Allow", "ipRules": [], "virtualNetworkRules": []},
        "disableLocalAuth": False,
        "privateEndpointConnections": [],
    }
    return {
        "id": f"{GROUP}/providers/Microsoft.CognitiveServices/accounts/{name}",
        "name": name,
        "kind": "AIServices",
        "location": "swedencentral",
        "sku": {"name": "S0"},
        "identity": {"tenantId": TENANT},
        "properties": {**base, **properties},
    }


def deployment(name: str = "claude-sonnet-5", model: str | None = None, **given: Any) -> Any:
    """A Claude deployment; `state`, `version`, `format`, `created` may be given."""
    created = given.get("created", "2026-11-01T08:00:00.1234567Z")
    return {
        "name": name,
        "sku": {"name": given.get("sku", "GlobalStandard"), "capacity": 25},
        "systemData": {"createdAt": created, "lastModifiedAt": given.get("changed", created)},
        "properties": {
            "provisioningState": given.get("state", "Succeeded"),
            "model": {
                "name": model or name,
                "version": given.get("version", "1"),
                "format": given.get("format", "Anthropic"),
            },
            "rateLimits": [{"key": "request", "renewalPeriod": 60, "count": 25}],
        },
    }


def region_model(name: str = "claude-sonnet-5", version: str = "1", **given: Any) -> Any:
    """An entry of the region's list."""
    suffix = ".Azure" if version == "2" else ""
    return {
        "kind": "AIServices",
        "model": {
            "format": given.get("format", "Anthropic"),
            "name": name,
            "version": version,
            "lifecycleStatus": given.get("lifecycle", "GenerallyAvailable"),
            "deprecation": {"inference": given.get("ends", "2027-06-30T00:00:00Z")},
            "skus": [
                {"name": sku, "usageName": f"AIServices.{sku}.{name}{suffix}"}
                for sku in given.get("skus", ["GlobalStandard"])
            ],
        },
    }


def assignment(
    role: str = USER_ROLE, principal: str = OID, scope: str = ACCOUNT, **given: Any
) -> Any:
    """A role assignment."""
    return {
        "id": f"{scope}/providers/Microsoft.Authorization/roleAssignments/x",
        "properties": {
            "roleDefinitionId": f"/subscriptions/s/providers/Microsoft.Authorization/"
            f"roleDefinitions/{role}",
            "principalId": principal,
            "principalType": given.get("kind", "ServicePrincipal"),
            "scope": scope,
            "condition": given.get("condition"),
            "createdOn": given.get("created", "2026-10-01T00:00:00.4904312Z"),
        },
    }


ALL = ["Microsoft.CognitiveServices/*"]


def permission(*data_actions: str, without: tuple[str, ...] = ()) -> dict[str, Any]:
    """A permission block."""
    return {
        "actions": ["*/read"],
        "notActions": [],
        "dataActions": list(data_actions),
        "notDataActions": list(without),
    }


def healthy() -> Script:
    """A world in which everything is as it should be, and the caller may read all of it."""
    script = Script()
    script.on(r"/accounts$", {"value": [account(), account("contoso-two")]})
    script.on(r"ResourceGraph/resources$", {"data": [account()], "resultTruncated": "false"})
    script.on(r"/accounts/[^/]+$", account())
    script.on(r"/deployments$", {"value": [deployment(), deployment("gpt", format="OpenAI")]})
    script.on(r"/locations/swedencentral/models$", {"value": [region_model()]})
    usage = {"name": {"value": "AIServices.GlobalStandard.claude-sonnet-5"}, "limit": 2000}
    script.on(r"/usages$", {"value": [{**usage, "currentValue": 25, "unit": "Count"}]})
    script.on(r"/permissions$", {"value": [permission(*ALL)]})
    script.on(r"/roleAssignments$", {"value": [assignment()]})
    script.on(r"/denyAssignments$", {"value": []})
    script.on(r"/roleEligibilityScheduleInstances$", {"value": []})
    state = {"subscriptionId": SUBSCRIPTION, "tenantId": TENANT, "state": "Enabled"}
    return script.on(r"^/subscriptions/[^/]+$", state)


class Server:
    """Serves a script on 127.0.0.1 with TLS until the block ends."""

    def __init__(self, script: Script, context: ssl.SSLContext) -> None:
        class Handler(_Handler):
            plan = script

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.socket = context.wrap_socket(self._http.socket, server_side=True)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        self.port = self._http.server_address[1]
        self.endpoint = f"https://localhost:{self.port}"
        self.script = script

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(2)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    plan: Script

    def do_GET(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        sent = self.rfile.read(length)
        parts = urlsplit(self.path)
        asked = Asked(
            self.command,
            unquote(parts.path),
            unquote(parts.query),
            {name.lower(): value for name, value in self.headers.items()},
            json.loads(sent) if sent else None,
        )
        status, body, headers = self.plan.answer(asked)
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response_only(status)
        given = {"Content-Type": "application/json", "Date": DATE, **headers}
        for name, value in {**given, "Content-Length": str(len(data))}.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            self.wfile.write(data)
        except OSError:
            self.close_connection = True  # the client had enough of it

    do_POST = do_GET  # noqa: N815 - the base class looks for this name

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Nothing on stderr."""


@dataclass(frozen=True)
class Pki:
    """A throw-away authority with one certificate for localhost."""

    ca_file: Path
    context: ssl.SSLContext

    @classmethod
    def made(cls, folder: Path) -> Pki:
        """New files in a folder."""
        authority = ThrowAwayAuthority()
        chain, key = authority.issue(["localhost", "127.0.0.1"]).write(folder)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain, key)
        return cls(authority.write(folder / "ca.pem"), context)
