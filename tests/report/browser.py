"""A real Chromium for tests, driven over its debugging pipe: no server, no port, no package.

What is needed: a `chromium` (or `google-chrome`) on PATH and axe-core's `axe.min.js`, named by
FOUNDRY_DOCTOR_AXE or in the cache folder into which `.ci/run` installs it.
"""

from __future__ import annotations

import json
import os
import selectors
import shutil
import subprocess
import sys
import tempfile
import time
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

BINARIES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage", "--remote-debugging-pipe", "--hide-scrollbars",
)  # fmt: skip
# Chromium speaks on descriptors 3 and 4. They are moved there in a process of its own, since this
# one may have something else on them.
LAUNCH = """
import fcntl, os, sys
ends = [fcntl.fcntl(int(end), fcntl.F_DUPFD, 10) for end in sys.argv[1:3]]
for number, end in zip((3, 4), ends):
    os.dup2(end, number, inheritable=True)
    os.close(end)
os.execv(sys.argv[3], sys.argv[3:])
"""
# Before this module's tests run, the settings of the machine are taken out of the environment.
_AXE = os.environ.get("FOUNDRY_DOCTOR_AXE")


def chromium() -> str | None:
    """The browser's path, if there is one."""
    return next((found for name in BINARIES if (found := shutil.which(name))), None)


def axe_source() -> Path | None:
    """axe-core's file, if it is installed."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    installed = cache / "foundry-doctor-ci/node/node_modules/axe-core/axe.min.js"
    path = Path(_AXE) if _AXE else installed
    return path if path.is_file() else None


def missing() -> str | None:
    """What is not here, as the reason of a skip."""
    if os.name != "posix":
        return "the debugging pipe is driven on POSIX systems only"
    if chromium() is None:
        return f"no browser: none of {', '.join(BINARIES)} is on PATH (Debian: chromium)"
    if axe_source() is None:
        return "no axe-core: npm install axe-core, and name its axe.min.js in FOUNDRY_DOCTOR_AXE"
    return None


class Browser:
    """One Chromium with one page. `events` keeps whatever it reported."""

    def __init__(self, to: int, back: int) -> None:
        self._to, self._back = to, back
        self._number = 0
        self._buffer = b""
        self._session: str | None = None
        self.events: list[dict[str, Any]] = []
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        attached = self.ask("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(f"{domain}.enable")

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command and its result. Raises RuntimeError for a refusal or silence."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        for answer in self._messages(60):
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return dict(answer["result"])
            self.events.append(answer)
        raise RuntimeError(f"{method}: the browser does not answer")

    def _messages(self, seconds: float) -> Iterator[dict[str, Any]]:
        deadline = time.monotonic() + seconds
        with selectors.DefaultSelector() as ready:
            ready.register(self._back, selectors.EVENT_READ)
            while time.monotonic() < deadline:
                head, found, rest = self._buffer.partition(b"\0")
                if found:
                    self._buffer = rest
                    yield json.loads(head)
                elif ready.select(1):
                    chunk = os.read(self._back, 1 << 20)
                    if not chunk:
                        raise RuntimeError("the browser has gone")
                    self._buffer += chunk

    def show(self, page: Path, *, width: int, dark: bool) -> None:
        """Open a page from disk in a window of this width, in light or dark."""
        self.events.clear()
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=900, deviceScaleFactor=1, mobile=width < 600,
        )  # fmt: skip
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.ask("Emulation.setEmulatedMedia", media="screen", features=[scheme])
        self.ask("Page.navigate", url=page.as_uri())
        self.wait("document.readyState === 'complete' && location.protocol === 'file:'")

    def run(self, script: str) -> Any:
        """The value of an expression in the page; promises are waited for."""
        got = self.ask(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True,
            userGesture=True,
        )  # fmt: skip
        if "exceptionDetails" in got:
            raise RuntimeError(str(got["exceptionDetails"])[:2000])
        return got["result"].get("value")

    def wait(self, script: str, seconds: float = 20) -> None:
        """Wait until an expression is true. Raises RuntimeError where it does not become so."""
        deadline = time.monotonic() + seconds
        while not self.run(script):
            if time.monotonic() > deadline:
                raise RuntimeError(f"never true: {script}")
            time.sleep(0.05)

    def press(self, key: str, code: int, modifiers: int = 0) -> None:
        """One key, as a keyboard sends it."""
        text = {"text": "\r"} if key == "Enter" else {"text": " "} if key == " " else {}
        for kind in ("keyDown", "keyUp"):
            self.ask(
                "Input.dispatchKeyEvent", type=kind, key=key, code=key, modifiers=modifiers,
                windowsVirtualKeyCode=code, **(text if kind == "keyDown" else {}),
            )  # fmt: skip

    def picture(self, path: Path) -> None:
        """The whole page as a PNG file."""
        got = self.ask("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        path.write_bytes(b64decode(got["data"]))

    def complaints(self) -> list[str]:
        """Errors and warnings of the console, refusals of the policy, exceptions."""
        found = []
        for event in self.events:
            about, what = event.get("method"), event.get("params", {})
            if about == "Log.entryAdded":
                found.append(str(what["entry"].get("text")))
            elif about == "Runtime.exceptionThrown":
                found.append(str(what["exceptionDetails"]))
            elif about == "Runtime.consoleAPICalled":
                found.append(str(what["args"]))
        return found

    def requests(self) -> list[str]:
        """Every URL that the page asked for."""
        return [
            str(event["params"]["request"]["url"])
            for event in self.events
            if event.get("method") == "Network.requestWillBeSent"
        ]


@contextmanager
def browser() -> Iterator[Browser]:
    """A fresh Chromium with an empty profile, ended with everything it started."""
    binary = chromium()
    assert binary is not None
    with tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True) as home:
        read_there, to = os.pipe()
        back, write_there = os.pipe()
        command = [
            sys.executable, "-c", LAUNCH, str(read_there), str(write_there), binary, *FLAGS,
            f"--user-data-dir={home}",
        ]  # fmt: skip
        process = subprocess.Popen(
            command,
            pass_fds=(read_there, write_there),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "HOME": home},
        )
        os.close(read_there)
        os.close(write_there)
        try:
            yield Browser(to, back)
        finally:
            os.close(to)  # Chromium ends itself when its pipe is closed
            os.close(back)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
