"""What runs inside the namespaces: each service started, awaited, and ended by its own id."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from . import world
from .netns import Namespace

HERE = Path(__file__).parent
START_S = 15.0


class Service:
    """A child process, its output in a file. It counts as started once it has written a word."""

    def __init__(self, words: Sequence[str], log: Path, ready: str) -> None:
        self._log = log
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                words, stdin=subprocess.PIPE, stdout=output, stderr=subprocess.STDOUT, text=True
            )
        deadline = time.monotonic() + START_S
        while ready not in self.output():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"{' '.join(words[:6])}: not started: {self.output()[-800:]}")
            time.sleep(0.01)

    def output(self) -> str:
        """What it has written so far."""
        return self._log.read_text("utf-8", "replace")

    @property
    def stdin(self) -> IO[str]:
        """Its standard input."""
        assert self.process.stdin is not None
        return self.process.stdin

    def stop(self) -> None:
        """End it; by force where it does not go within three seconds."""
        with contextlib.suppress(OSError):  # it has gone already
            self.stdin.close()
        self.process.terminate()
        try:
            self.process.wait(3)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start_dnsmasq(namespace: Namespace, folder: Path, name: str, config: str) -> Service:
    """A resolver; `name` tells its files from those of others in the same folder."""
    file = folder / f"{name}.conf"
    file.write_text(config, "utf-8")
    words = ("dnsmasq", "-k", "-C", str(file), "--log-facility=-", "--log-queries")
    # dnsmasq would go to the user `dnsmasq` (or `nobody`), who may not read the test's folder.
    more = ("--user=root", "--group=root", f"--pid-file={folder / f'{name}.pid'}")
    return Service(namespace.inside(*words, *more), folder / f"{name}.log", "started")


def start_upstream(namespace: Namespace, folder: Path) -> Service:
    """The failing name server behind dnsmasq."""
    alias = world.host(world.NX_BEHIND_ALIAS)
    target = f"{world.NX_BEHIND_ALIAS}.{world.PRIVATELINK}"
    script = str(HERE / "upstream.py")
    words = (sys.executable, script, str(world.BROKEN_UPSTREAM), alias, target)
    return Service(namespace.inside(*words), folder / "upstream.log", "ready")


def start_tinyproxy(
    namespace: Namespace,
    folder: Path,
    *,
    login: tuple[str, str] | None = None,
    blocked: Sequence[str] = (),
) -> Service:
    """A proxy on the gateway's address; `blocked` are the hosts that its filter refuses."""
    lines = [f"Port {world.PROXY_PORT}", f"Listen {world.GATEWAY}", f"Allow {world.CLIENT}"]
    lines += ["Timeout 60", "MaxClients 20", "LogLevel Info", "ConnectPort 443"]
    if login is not None:
        lines.append(f"BasicAuth {login[0]} {login[1]}")
    if blocked:
        filter_file = folder / "filter"
        filter_file.write_text("".join(f"^{name}$\n" for name in blocked), "utf-8")
        lines += [f'Filter "{filter_file}"', "FilterDefaultDeny No"]
    file = folder / "tinyproxy.conf"
    file.write_text("\n".join(lines) + "\n", "utf-8")
    words = namespace.inside("tinyproxy", "-d", "-c", str(file))
    return Service(words, folder / "tinyproxy.log", "Accepting connections")


@dataclass
class Foundry:
    """The service; restarted only when a test asks for another behaviour than the last one did."""

    namespace: Namespace
    folder: Path
    key: str = field(repr=False)
    port: int = 443
    _asked: str = field(default="", repr=False)
    _service: Service | None = field(default=None, repr=False)
    _lines: int = 1
    _seen_before: dict[str, int] = field(default_factory=dict)

    def serve(
        self,
        scenario: str = "healthy",
        server: Mapping[str, Any] | None = None,
        *,
        planes: bool = False,
    ) -> None:
        """Answer from now on as the emulator's `scenario` does, with these fields replaced.

        With `planes` the login host and Resource Manager answer too, as that scenario has them.
        """
        whole = (world.host("contoso-ai"), world.LOGIN_HOST, world.ARM_HOST)
        asked = {
            "scenario": scenario,
            "server": dict(server or {}),
            "ca": str(self.folder),
            "key": self.key,
            "port": self.port,
            "hostnames": whole if planes else (world.WILDCARD,),
            "variables": str(self._variables) if planes else None,
        }
        argument = json.dumps(asked, sort_keys=True)
        # A behaviour that ends after so many requests has to begin anew.
        if argument == self._asked and "fail_first" not in argument:
            self._seen_before = {name: len(met) for name, met in self._all().items()}
            return
        self.stop()
        words = self.namespace.inside(sys.executable, str(HERE / "foundry.py"), argument)
        self._service = Service(words, self.folder / f"foundry-{self.port}.log", "ready")
        self._asked, self._lines, self._seen_before = argument, 1, {}

    def seen(self) -> list[list[str]]:
        """The requests since `serve`: for each the headers that carried a credential."""
        return self._all()["credentials"][self._seen_before.get("credentials", 0) :]

    def asked(self, plane: str) -> list[str]:
        """Method and path of the requests since `serve`, to "foundry", "login" or "arm"."""
        return self._all()[plane][self._seen_before.get(plane, 0) :]

    def variables(self) -> dict[str, str | None]:
        """What the client of the scenario is told about its sign-in and its deployment."""
        found: dict[str, str | None] = json.loads(self._variables.read_text("utf-8"))
        return found

    @property
    def _variables(self) -> Path:
        return self.folder / f"variables-{self.port}.json"

    def _all(self) -> dict[str, list[Any]]:
        assert self._service is not None
        self._service.stdin.write("\n")
        self._service.stdin.flush()
        self._lines += 1
        deadline = time.monotonic() + START_S
        while len(lines := self._service.output().splitlines(keepends=True)) < self._lines or (
            not lines[-1].endswith("\n")
        ):
            if time.monotonic() > deadline:
                raise RuntimeError(f"the emulator does not report: {self._service.output()[-800:]}")
            time.sleep(0.005)
        found: dict[str, list[Any]] = json.loads(lines[-1])
        return found

    def stop(self) -> None:
        """End the service, if it runs."""
        if self._service is not None:
            self._service.stop()
        self._service, self._asked = None, ""
