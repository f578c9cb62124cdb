"""A login host and a metadata endpoint on loopback, as small as azure-identity lets them be."""

from __future__ import annotations

import base64
import json
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from foundry_doctor.emulator.authority import ThrowAwayAuthority
from foundry_doctor.emulator.spec import Certificate

if TYPE_CHECKING:
    from typing_extensions import Self

TENANT = "11111111-2222-3333-4444-555555555555"
CLIENT = "99999999-8888-7777-6666-555555555555"
OID = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
TRACE = "12121212-3434-5656-7878-909090909090"
CORRELATION = "cafecafe-cafe-cafe-cafe-cafecafecafe"
SIGNATURE = "c2lnbmF0dXJlLWNhbmFyeS00NzExLW5vYm9keS1tYXktc2VlLXRoaXM"


def jwt(claims: Mapping[str, Any], signature: str = SIGNATURE) -> str:
    """A token-shaped text."""
    return ".".join([*(coded(one) for one in ({"typ": "JWT", "alg": "RS256"}, claims)), signature])


def coded(document: object) -> str:
    data = json.dumps(document, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def app_claims(aud: str, **more: Any) -> dict[str, Any]:
    """Claims of an application's v1 token."""
    now = int(time.time())
    known = {
        "aud": aud, "iss": f"https://sts.windows.net/{TENANT}/", "iat": now, "nbf": now,
        "exp": now + 3599, "appid": CLIENT, "appidacr": "1", "oid": OID, "sub": OID,
        "tid": TENANT, "ver": "1.0", "uti": "made-up-uti",
    }  # fmt: skip
    return {**known, **more}


def entra_error(
    code: int, error: str, sentence: str, *, more: str = " Follow the hint."
) -> dict[str, Any]:
    """The body of a refusal, with the ids folded into its description as Entra does."""
    return {
        "error": error,
        "error_description": f"AADSTS{code}: {sentence}{more} Trace ID: {TRACE} Correlation ID:"
        f" {CORRELATION} Timestamp: 2026-11-22 12:00:00Z",
        "error_codes": [code],
        "timestamp": "2026-11-22 12:00:00Z",
        "trace_id": TRACE,
        "correlation_id": CORRELATION,
    }


@dataclass
class Reply:
    status: int = 200
    body: object = None
    kind: str = "application/json; charset=utf-8"
    delay: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Asked:
    method: str
    path: str
    form: dict[str, str]
    headers: dict[str, str]


class Stub:
    """Answers until the block ends; `discovery`, `token` and `identity` may be replaced."""

    def __init__(self, folder: Path, *, tls: bool = True) -> None:
        self.asked: list[Asked] = []
        self.discovery: Callable[[], Reply] = self._configuration
        self.token: Callable[[dict[str, str]], Reply] = self._token
        self.identity: Callable[[dict[str, str]], Reply] = self._identity
        self.skew = 0.0
        """Seconds by which the service's clock is behind ours."""
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.stub = self
        self.port = int(self._server.server_address[1])
        self.ca_file = folder / "ca.pem"
        self._tls = tls
        if tls:
            self._server.socket = self._wrapped(folder)

    @property
    def url(self) -> str:
        return f"http{'s' if self._tls else ''}://localhost:{self.port}"

    def signed_in(self) -> list[Asked]:
        """The requests that carried a credential."""
        return [one for one in self.asked if one.method == "POST"]

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _wrapped(self, folder: Path) -> ssl.SSLSocket:
        authority = ThrowAwayAuthority()
        authority.write(self.ca_file)
        chain, key = authority.issue(["localhost", "127.0.0.1"], _GOOD).write(folder)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain, key)
        # The handshake belongs to the connection's own thread: a client that breaks it off must
        # not stop the listener.
        return context.wrap_socket(
            self._server.socket, server_side=True, do_handshake_on_connect=False
        )

    def _configuration(self) -> Reply:
        base = f"{self.url}/{TENANT}"
        body = {
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "issuer": f"{base}/v2.0",
        }
        return Reply(body=body)

    def _token(self, form: dict[str, str]) -> Reply:
        resource = form.get("scope", "").removesuffix("/.default")
        return Reply(body=granted(resource))

    def _identity(self, query: dict[str, str]) -> Reply:
        body = granted(query.get("resource", "")) | {"resource": query.get("resource", "")}
        body["expires_on"] = str(int(time.time()) + 3599)
        return Reply(body=body)


def granted(resource: str, **claims: Any) -> dict[str, Any]:
    """The body of a success."""
    return {
        "token_type": "Bearer", "expires_in": 3599, "ext_expires_in": 3599,
        "access_token": jwt(app_claims(resource, **claims)),
    }  # fmt: skip


class _Server(ThreadingHTTPServer):
    stub: Stub
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that break off are part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        if isinstance(self.request, ssl.SSLSocket):
            self.request.settimeout(5)
            self.request.do_handshake()
        super().setup()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """The journal is `asked`."""

    def date_time_string(self, timestamp: float | None = None) -> str:
        return super().date_time_string(time.time() - self.server.stub.skew)

    def do_GET(self) -> None:
        self._answer({})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        self._answer({name: values[0] for name, values in parse_qs(body).items()})

    def _answer(self, form: dict[str, str]) -> None:
        stub, parts = self.server.stub, urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        stub.asked.append(Asked(self.command, parts.path, form, headers))
        if parts.path.endswith("openid-configuration"):
            reply = stub.discovery()
        elif "/metadata/" in parts.path:
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            reply = stub.identity(query)
        else:
            reply = stub.token(form)
        time.sleep(reply.delay)
        body = reply.body if isinstance(reply.body, str) else json.dumps(reply.body)
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.kind)
        self.send_header("Content-Length", str(len(body.encode())))
        self.send_header("x-ms-request-id", TRACE)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.encode())


_GOOD: Certificate = "valid"
PAGE = "<!doctype html><html><body>Please sign in to this network</body></html>"
HTML = Reply(200, PAGE, "text/html")
USER_TOKEN = jwt({"aud": "https://ai.azure.com", "upn": "a@contoso.example", "tid": TENANT})
