"""The program under test, as installed, and what its run has shown."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from foundry_doctor.bundle.verify import verify_bundle

from .netns import Namespace

if TYPE_CHECKING:
    from ..conftest import Canary

Environment = Mapping[str, "str | None"]
"""Variables; None takes one away that the lab sets."""
ORDER = (
    *("dns.resolve", "endpoint.connect", "endpoint.tls", "endpoint.answers"),
    *("endpoint.access", "key.accepted", "deployment.resolve"),
)
"""The way of a call, check by check."""
SECRETS = ("ANTHROPIC_FOUNDRY_API_KEY", "ANTHROPIC_FOUNDRY_AUTH_TOKEN", "AZURE_CLIENT_SECRET")


def installed() -> str:
    """The console script beside the running interpreter, as pip puts it there."""
    found = shutil.which("foundry-doctor", path=str(Path(sys.executable).parent))
    if found is None:
        raise RuntimeError("foundry-doctor is not installed beside this interpreter")
    return found


@dataclass(frozen=True)
class Run:
    """One run: exit code, both outputs, and the seconds from the start to the process's end."""

    code: int
    stdout: str
    stderr: str
    seconds: float

    @cached_property
    def report(self) -> dict[str, Any]:
        """The one JSON document on stdout."""
        found: dict[str, Any] = json.loads(self.stdout)
        return found

    @property
    def cause(self) -> str | None:
        """THE root cause; None where nothing is diagnosed."""
        diagnosis = self.report["diagnosis"]
        return str(diagnosis[0]["cause"]) if diagnosis else None

    @property
    def undecided(self) -> set[str]:
        """The causes that the leading diagnosis leaves open."""
        return {one["cause"] for one in self.report["diagnosis"][0]["undecided"]}

    def row(self, check: str) -> dict[str, Any]:
        """The first row of a check."""
        rows: list[dict[str, Any]] = self.report["checks"]
        return next(row for row in rows if row["id"] == check)

    def evidence(self, name: str) -> Any:
        """What the rows say of one fact; the last word."""
        said = [row["evidence"][name] for row in self.report["checks"] if name in row["evidence"]]
        return said[-1] if said else None

    def exchanges(self, host: str) -> int:
        """How many calls to a host the report states."""
        return sum(one["url"].startswith(f"https://{host}/") for one in self.report["exchanges"])

    def __str__(self) -> str:
        """For a failing test: what a person needs to see why."""
        lines = [f"exit {self.code} after {self.seconds:.2f} s", self.stderr[-600:]]
        try:
            document = self.report
        except ValueError:
            return "\n".join((*lines, self.stdout[-2000:]))
        lines += [document["verdict"], json.dumps(document["diagnosis"], indent=1)[:3000]]
        lines += [
            f"{row['id']:22} {row['status']:8} {row['summary'][:90]} "
            f"{row['blocked_by'] or ''} {row['evidence']}"
            for row in document["checks"]
        ]
        return "\n".join(lines)


@dataclass
class Program:
    """Runs the installed program in a namespace, with an environment of its own."""

    namespace: Namespace
    key: str = field(repr=False)
    trust: Path
    home: Path
    canary: Canary = field(repr=False)

    def __call__(
        self,
        *arguments: str,
        resource: str = "contoso-ai",
        environ: Environment | None = None,
        namespace: Namespace | None = None,
        bundle: bool = True,
    ) -> Run:
        """`foundry-doctor -o json` as a user of `resource` runs it; the canary watches.

        With `bundle` it runs as the verb of that name, which prints what `run` prints, so that each
        state of the lab also proves a support bundle.
        """
        path = self.home / f"{secrets.token_hex(4)}.zip"
        verb = ("bundle", "-O", str(path)) if bundle else ("run",)
        given = self._environment(resource, environ)
        words = (namespace or self.namespace).inside(installed(), *verb, "-o", "json", *arguments)
        started = time.monotonic()
        done = subprocess.run(
            words,
            env=given,
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        run = Run(done.returncode, done.stdout, done.stderr, time.monotonic() - started)
        self.canary.planted += [given[name] for name in SECRETS if name in given]
        self.canary.saw("the program's stdout", done.stdout)
        self.canary.saw("the program's stderr", done.stderr)
        if bundle:
            assert verify_bundle(path).problems == (), str(run)
        return run

    def step(
        self,
        *arguments: str,
        resource: str,
        environ: Environment,
        cancel_after: float | None = None,
    ) -> tuple[int, str]:
        """The program as a step of a CI job runs it: exit code and log; a runner may cancel it."""
        given = self._environment(resource, environ)
        process = subprocess.Popen(
            self.namespace.inside(installed(), *arguments),
            env=given,
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if cancel_after is not None:
            time.sleep(cancel_after)
            process.terminate()
        log, _ = process.communicate(timeout=60)
        self.canary.planted += [given[name] for name in SECRETS if name in given]
        self.canary.saw("the step's log", log)
        return process.returncode, log

    def _environment(self, resource: str, environ: Environment | None) -> dict[str, str]:
        wanted: dict[str, str | None] = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "ANTHROPIC_FOUNDRY_RESOURCE": resource,
            "ANTHROPIC_FOUNDRY_API_KEY": self.key,
            "ANTHROPIC_DEFAULT_SONNET_MODEL": "claude-sonnet-5",
            "SSL_CERT_FILE": str(self.trust),
            **(environ or {}),
        }
        return {name: value for name, value in wanted.items() if value is not None}

    def together(self, **asked: Mapping[str, Any]) -> dict[str, Run]:
        """Several runs at the same time, each with its own keywords: where waiting is the work."""

        def one(keywords: Mapping[str, Any]) -> Run:
            return self(*keywords.get("arguments", ()), **_without(keywords, "arguments"))

        with ThreadPoolExecutor(len(asked)) as pool:
            return dict(zip(asked, pool.map(one, asked.values()), strict=True))


def _without(keywords: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in keywords.items() if key != name}


def assert_healthy(run: Run, within: float = 10.0) -> None:
    """Every check passed, and soon."""
    assert (run.code, run.report["verdict"], run.cause) == (0, "healthy", None), str(run)
    assert run.seconds < within, str(run)


def assert_failing(
    run: Run, cause: str, at: str, within: float = 10.0, *, code: int = 1, skips: bool = True
) -> None:
    """`cause` leads; what comes before `at` on the way passed, what comes after names it."""
    assert (run.code, run.report["verdict"], run.cause) == (code, "failing", cause), str(run)
    assert run.report["diagnosis"][0]["playbook"] == cause, str(run)
    assert run.seconds < within, str(run)
    place = ORDER.index(at)
    assert [run.row(one)["status"] for one in ORDER[:place]] == ["pass"] * place, str(run)
    assert run.row(at)["status"] == "fail", str(run)
    if skips:
        after = [(run.row(one)["status"], run.row(one)["blocked_by"]) for one in ORDER[place + 1 :]]
        assert after == [("skip", at)] * len(after), str(run)
