"""One emulated account: ports, certificate, key and environment of one scenario."""

from __future__ import annotations

import secrets
import shutil
import ssl
import string
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from . import schema
from .plane import FirstOnly, FoundryPlane
from .proxy import ConnectProxy
from .record import Journal, RecordedRequest
from .scenario import Scenario
from .server import HttpServer
from .spec import Server
from .wire import Reply, Request

if TYPE_CHECKING:
    from typing_extensions import Self

    from .authority import ThrowAwayAuthority

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")
KEY_LENGTH = 84
"""Length of an AI Services key of today: 84 letters and digits (older ones: 32 hex digits)."""

_STOP_S = 0.9
_UNSET = (
    "ANTHROPIC_FOUNDRY_RESOURCE",
    "ANTHROPIC_FOUNDRY_AUTH_TOKEN",
    "HTTPS_PROXY",
    "https_proxy",
    "HTTP_PROXY",
    "http_proxy",
    "ALL_PROXY",
    "all_proxy",
    "SSL_CERT_DIR",
)


def make_key() -> str:
    """A fresh random key in the shape of a real one."""
    letters = string.ascii_letters + string.digits
    return "".join(secrets.choice(letters) for _ in range(KEY_LENGTH))


class Emulator:
    """Serves one scenario until stopped; a context manager.

    `bind` None listens on 127.0.0.1 and, where there is one, ::1. `host` is the name that clients
    use (default: the first of `hostnames`, else localhost); the certificate carries `hostnames`
    (default: localhost, 127.0.0.1, ::1) and `host`. `ca` shares an authority between emulators,
    `tmp_dir` is where the private directory is made, and `key` replaces the random valid key.
    The properties that name a port or file raise RuntimeError before `start`.
    """

    def __init__(
        self,
        scenario: Scenario,
        port: int = 0,
        host: str | None = None,
        *,
        bind: str | None = None,
        hostnames: Sequence[str] = (),
        ca: ThrowAwayAuthority | None = None,
        tmp_dir: Path | None = None,
        key: str | None = None,
    ) -> None:
        self.scenario = scenario
        self._port = port
        self._bind = bind
        self._names = list(hostnames) or list(LOOPBACK_NAMES)
        self.host = host or self._names[0]
        if self.host not in self._names:
            self._names.append(self.host)
        self._ca = ca
        self._tmp_parent = tmp_dir
        self._key = key or make_key()
        wrong = scenario.settings.api_key == "wrong"
        template = "{key}" if wrong else scenario.settings.api_key
        self._client_key = (
            make_key() if wrong else (template or "{key}").replace("{key}", self._key)
        )
        self._journal = Journal((self._key, self._client_key))
        self._sibling_journal = Journal((self._key, self._client_key))
        self._proxy_journal = Journal((self._key, self._client_key))
        self._servers: list[HttpServer] = []
        self._proxy: ConnectProxy | None = None
        self._folder: Path | None = None

    def start(self) -> Self:
        """Open the ports. OSError when a port is not to be had, RuntimeError when running."""
        if self._folder is not None:
            raise RuntimeError("the emulator is running; stop() it first")
        # mkdtemp makes the directory with mode 0700.
        self._folder = Path(tempfile.mkdtemp(prefix="foundry-emulator-", dir=self._tmp_parent))
        try:
            self._open(self._folder)
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Close ports and connections, end the threads and remove the files, within a second."""
        deadline = time.monotonic() + _STOP_S
        listeners = [server.listener for server in self._servers]
        for server in self._servers:
            server.stop()
        if self._proxy is not None:
            self._proxy.listener.stop()
            listeners.append(self._proxy.listener)
        for listener in listeners:
            listener.join(deadline)
        self._servers, self._proxy = [], None
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def port(self) -> int:
        """The port of the data plane."""
        return self._main.listener.port

    @property
    def origin(self) -> str:
        """Scheme, host and port, e.g. https://localhost:41234; port 443 is left out."""
        return self._origin(self.port)

    @property
    def base_url(self) -> str:
        """The base URL that the client is given, right or wrong as the scenario has it."""
        return schema.expand(self.scenario.settings.base_url, self._values())

    @property
    def api_key(self) -> str:
        """The key that the client is given, right or wrong as the scenario has it."""
        return self._client_key

    @property
    def valid_key(self) -> str:
        """The key that the account accepts."""
        return self._key

    @property
    def deployment(self) -> str:
        """The deployment name that the client asks for."""
        return self.scenario.settings.deployment

    @property
    def ca_file(self) -> Path:
        """The PEM file of the root certificate, in the private directory."""
        return self._running / "ca.pem"

    @property
    def proxy_url(self) -> str | None:
        """The proxy of the scenario, None when it has none."""
        if self._proxy is None:
            return None
        return f"http://{_bracketed(self._proxy.listener.address)}:{self._proxy.listener.port}"

    @property
    def environment(self) -> dict[str, str | None]:
        """Variables for a client; None means that the variable has to be unset.

        Besides what leads to the emulator, what could lead away from it is unset: the resource
        name, a token and the proxies of the surrounding environment.
        """
        ca_file = str(self.ca_file)
        found: dict[str, str | None] = {
            **dict.fromkeys(_UNSET),
            "ANTHROPIC_FOUNDRY_BASE_URL": self.base_url,
            "ANTHROPIC_FOUNDRY_API_KEY": self.api_key,
            "SSL_CERT_FILE": ca_file,
            "REQUESTS_CA_BUNDLE": ca_file,
            "NODE_EXTRA_CA_CERTS": ca_file,
        }
        if self.proxy_url is not None:
            # Loopback names are in many a NO_PROXY, which would lead past the proxy.
            found |= {"HTTPS_PROXY": self.proxy_url, "NO_PROXY": "", "no_proxy": ""}
        values = self._values()
        for name, template in self.scenario.settings.env.items():
            found[name] = None if template is None else schema.expand(template, values)
        return found

    @property
    def requests(self) -> list[RecordedRequest]:
        """The requests that the data plane has met, without credentials; kept after `stop`."""
        return self._journal.all()

    @property
    def redirected_requests(self) -> list[RecordedRequest]:
        """The requests that followed a redirect to the second listener."""
        return self._sibling_journal.all()

    @property
    def proxy_requests(self) -> list[RecordedRequest]:
        """The requests that the proxy has met, CONNECT ones as a rule."""
        return self._proxy_journal.all()

    @property
    def _running(self) -> Path:
        if self._folder is None:
            raise RuntimeError("the emulator is not running; call start() or use `with`")
        return self._folder

    @property
    def _main(self) -> HttpServer:
        if not self._servers:
            raise RuntimeError("the emulator is not running; call start() or use `with`")
        return self._servers[0]

    def _open(self, folder: Path) -> None:
        behaviour = self.scenario.behaviour
        context = self._context(folder)
        faults = FirstOnly(behaviour.fail_first)
        keys = frozenset(one.replace("{key}", self._key) for one in behaviour.keys)
        plane = FoundryPlane(behaviour, keys, faults, self._sibling_origin)
        plain = behaviour.connection == "plain-http"
        self._add(
            HttpServer(
                plane.answer,
                self._journal,
                behaviour,
                faults,
                context=None if plain else context,
                bind=self._bind,
                port=self._port,
            )
        )
        if behaviour.redirect is not None:
            self._add(
                HttpServer(
                    _elsewhere,
                    self._sibling_journal,
                    Server(),
                    FirstOnly(None),
                    context=context,
                    bind=self._bind,
                    name="foundry-emulator-sibling",
                )
            )
        if behaviour.proxy is not None:
            main = self._main
            self._proxy = ConnectProxy(
                behaviour.proxy.mode,
                lambda: (main.listener.address, main.listener.port),
                self._proxy_journal,
                bind=self._bind,
                date=main.date,
            )
            self._proxy.listener.start()

    def _add(self, server: HttpServer) -> None:
        self._servers.append(server)
        server.listener.start()

    def _context(self, folder: Path) -> ssl.SSLContext:
        # Here rather than above: cryptography is slow to import, and listing names needs none.
        from .authority import ThrowAwayAuthority

        if self._ca is None:
            self._ca = ThrowAwayAuthority()
        self._ca.write(folder / "ca.pem")
        tls = self.scenario.behaviour.tls
        leaf = self._ca.issue(self._names, tls.certificate, send_root=tls.send_root)
        chain, key = leaf.write(folder)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        context.load_cert_chain(chain, key)
        return context

    def _values(self) -> dict[str, str]:
        authority = self.origin.partition("://")[2]
        return {
            "key": self._key,
            "origin": self.origin,
            "authority": authority,
            "host": self.host,
            "port": str(self.port),
            "ca_file": str(self.ca_file),
            "tmp_dir": str(self._running),
        }

    def _origin(self, port: int) -> str:
        suffix = "" if port == 443 else f":{port}"
        return f"https://{_bracketed(self.host)}{suffix}"

    def _sibling_origin(self) -> str:
        return self._origin(self._servers[1].listener.port)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _elsewhere(_: Request) -> Reply:
    page = b"<!doctype html><html><body><h1>Another site</h1></body></html>\n"
    return Reply(200, [("Content-Type", "text/html")], page)
