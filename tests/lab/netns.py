"""Network namespaces that belong to one test process, and nothing of them left behind."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

PREFIX = "foundry-lab"
ETC = Path("/etc/netns")
"""`ip netns exec NAME` mounts the files of /etc/netns/NAME over those of /etc."""


def call(*words: str, text: str | None = None) -> str:
    """Run a command to its end; its stdout. A failure raises with what it wrote on stderr."""
    done = subprocess.run(
        words, input=text, capture_output=True, text=True, check=False, timeout=20
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)}: {done.stderr.strip() or done.returncode}")
    return done.stdout


class Namespace:
    """One namespace with a resolver configuration of its own.

    The name carries the id of the process that made it, so that parallel workers do not meet and
    a later run recognises what a killed one has left.
    """

    def __init__(self, role: str) -> None:
        self.name = f"{PREFIX}-{os.getpid()}-{role}"
        self.folder = ETC / self.name

    def make(self) -> None:
        """Create it, loopback up, with files of its own for everything `getaddrinfo` reads."""
        call("ip", "netns", "add", self.name)
        self.folder.mkdir(parents=True)
        (self.folder / "hosts").write_text("127.0.0.1 localhost\n", "utf-8")
        (self.folder / "nsswitch.conf").write_text("hosts: files dns\n", "utf-8")
        self.resolver()
        self.ip("link", "set", "lo", "up")

    def resolver(self, *servers: str, options: str = "") -> None:
        """The name servers of programs that start from now on."""
        lines = "".join(f"nameserver {server}\n" for server in servers)
        lines += f"options {options}\n" if options else ""
        (self.folder / "resolv.conf").write_text(lines, "utf-8")

    def ip(self, *words: str) -> None:
        """Run `ip` on this namespace."""
        call("ip", "-n", self.name, *words)

    def inside(self, *words: str) -> list[str]:
        """The command line that runs `words` in this namespace, under its own process id."""
        return ["ip", "netns", "exec", self.name, *words]

    def remove(self) -> None:
        """End what still runs inside, then remove the namespace and its files."""
        remove(self.name)


def remove(name: str) -> None:
    """Remove a namespace of this lab by name; it may be there in part only."""
    with contextlib.suppress(RuntimeError):  # it was never made
        for pid in call("ip", "netns", "pids", name).split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
    with contextlib.suppress(RuntimeError):
        call("ip", "netns", "del", name)
    shutil.rmtree(ETC / name, ignore_errors=True)


def sweep() -> None:
    """Remove what a killed test process has left: namespaces whose maker no longer lives."""
    names = {line.split()[0] for line in call("ip", "netns", "list").splitlines() if line.strip()}
    names |= {one.name for one in ETC.iterdir()} if ETC.is_dir() else set()
    for name in sorted(names):
        maker = name.removeprefix(f"{PREFIX}-").split("-")[0]
        ours = name.startswith(f"{PREFIX}-") and maker.isdigit()
        if ours and not Path(f"/proc/{maker}").exists():
            remove(name)


def join(one: Namespace, other: Namespace, links: Sequence[str]) -> None:
    """A cable between two namespaces; `links` are the interface names in them, in that order."""
    left, right = links
    call(
        *("ip", "link", "add", left, "netns", one.name, "type", "veth"),
        *("peer", "name", right, "netns", other.name),
    )
    one.ip("link", "set", left, "up")
    other.ip("link", "set", right, "up")
