"""One emulated account: ports, certificate, key and environment of one scenario."""

from __future__ import annotations

import secrets
import shutil
import string
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal

from . import schema
from .hosts import is_shared
from .plane import FirstOnly, FoundryPlane
from .proxy import ConnectProxy
from .record import Journal, RecordedRequest
from .scenario import Scenario
from .server import HttpServer
from .spec import Server
from .variables import Values, client_variables
from .views import PlaneViews
from .wire import Reply, Request

if TYPE_CHECKING:
    from typing_extensions import Self

    from .authority import ThrowAwayAuthority
    from .planes import Planes

PlaneSet = Literal["foundry", "all"]
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")
KEY_LENGTH = 84
"""Length of an AI Services key of today: 84 letters and digits (older ones: 32 hex digits)."""

_STOP_S = 0.9


def make_key() -> str:
    """A fresh random key in the shape of a real one."""
    letters = string.ascii_letters + string.digits
    return "".join(secrets.choice(letters) for _ in range(KEY_LENGTH))


class Emulator(PlaneViews):
    """Serves one scenario until stopped; a context manager.

    `bind` None listens on 127.0.0.1 and, where there is one, ::1. `host` is the name that clients
    use (default: the first of `hostnames`, else localhost); the certificate carries `hostnames`
    (default: localhost, 127.0.0.1, ::1) and `host`. `ca` shares an authority between emulators,
    `tmp_dir` is where the private directory is made, and `key` replaces the random valid key.
    `planes` "all" serves the login host, Resource Manager and the identity endpoints besides, the
    latter at `imds` (address, port). The properties that name a port or file raise RuntimeError
    before `start`.
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
        planes: PlaneSet = "foundry",
        imds: tuple[str | None, int] = (None, 0),
    ) -> None:
        if scenario.needs_planes and planes != "all":
            problem = f'the scenario {scenario.name} needs all planes; pass planes="all"'
            raise ValueError(problem)
        self.scenario = scenario
        self._plane_set = planes
        self._imds = imds
        self._port = port
        self._bind = bind
        self._names = list(hostnames) or list(LOOPBACK_NAMES)
        self.host = host or self._names[0]
        if self.host not in self._names:
            self._names.append(self.host)
        self._ca = ca
        self._tmp_parent = tmp_dir
        self._key, self._second_key = key or make_key(), make_key()
        wrong = scenario.settings.api_key == "wrong"
        template = "{key}" if wrong else scenario.settings.api_key
        self._client_key = (
            make_key() if wrong else (template or "{key}").replace("{key}", self._key)
        )
        self._journal = Journal((self._key, self._client_key))
        self._sibling_journal = Journal((self._key, self._client_key))
        self._proxy_journal = Journal((self._key, self._client_key))
        self._plane_journals = (Journal(), Journal(), Journal())
        self._planes: Planes | None = None
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
        self._servers, self._proxy, self._planes = [], None, None
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
        return client_variables(
            self.scenario.settings,
            self._values(),
            base_url=self.base_url,
            api_key=self.api_key,
            ca_file=self.ca_file,
            proxy_url=self.proxy_url,
            planes=self._planes.environment() if self._planes is not None else {},
        )

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
        # Here rather than above: cryptography is slow to import, and listing names needs none.
        from .authority import ThrowAwayAuthority
        from .tls import server_context

        if self._ca is None:
            self._ca = ThrowAwayAuthority()
        self._ca.write(folder / "ca.pem")
        behaviour = self.scenario.behaviour
        tls, authority = behaviour.tls, self._ca
        context = server_context(
            authority, self._names, folder, tls.certificate, send_root=tls.send_root
        )
        faults = FirstOnly(behaviour.fail_first)
        keys = frozenset(one.replace("{key}", self._key) for one in behaviour.keys)
        self._planes = self._made_planes(folder)
        planes = self._planes
        world = None if planes is None else planes.world
        plane = FoundryPlane(behaviour, keys, faults, self._sibling_origin, world)
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
                choose=None if planes is None else planes.site,
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
                others=self._others,
            )
            self._proxy.listener.start()
        if planes is not None:
            planes.open(
                lambda kind: server_context(authority, self._names, folder, kind),
                self._add,
                self._origin,
                self._bind,
                self._imds,
                shared_port=self.port if is_shared(self._names) else None,
            )

    def _add(self, server: HttpServer) -> None:
        self._servers.append(server)
        server.listener.start()

    def _others(self) -> list[tuple[str, int]]:
        return [(one.listener.address, one.listener.port) for one in self._servers[1:]]

    def _made_planes(self, folder: Path) -> Planes | None:
        if self._plane_set != "all":
            return None
        from .planes import Planes
        from .world import World

        spec = self.scenario.planes
        world = World(spec.world, self.scenario.behaviour, self.host, lambda: self.origin)
        hidden = (self._key, self._client_key, *world.secrets)
        self._plane_journals = (Journal(hidden), Journal(hidden), Journal(hidden))
        return Planes(spec, world, folder, (self._key, self._second_key), self._plane_journals)

    def _values(self) -> Values:
        authority = self.origin.partition("://")[2]
        given = {
            "key": self._key,
            "origin": self.origin,
            "authority": authority,
            "host": self.host,
            "port": str(self.port),
            "ca_file": str(self.ca_file),
            "tmp_dir": str(self._running),
        }
        made = {} if self._planes is None else self._planes.values()
        return Values(given, made)

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
