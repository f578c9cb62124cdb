"""What every test gets: a clean environment, the canary, and skips that CI can forbid."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

NO_SKIP = "FOUNDRY_DOCTOR_NO_SKIP"
PREFIXES = ("ANTHROPIC_", "AZURE_", "CLAUDE_CODE_", "FOUNDRY_DOCTOR_", "GITHUB_", "OPENAI_")
NAMES = (
    "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS",
    "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy",
    "no_proxy", "NO_COLOR", "COLUMNS", "CI", "TF_BUILD",
)  # fmt: skip
KEY = "CANARYkey0a9ZxW7vQ3mN5bT1rL8pK2jH6gF4dS0uY" + "eC5xV8nM1qB7wR3tZ6yP9oI2aSdFgHjKlQwErTyUi"
PASSWORD = "canary-Pa55w0rd-4711-x~y"


@dataclass
class Canary:
    """Planted secrets of one test, and every text in which none of them may appear."""

    key: str = KEY
    password: str = PASSWORD
    files: list[Path] = field(default_factory=list)
    texts: list[tuple[str, str]] = field(default_factory=list)
    planted: list[str] = field(default_factory=lambda: [KEY, PASSWORD])

    def saw(self, where: str, text: str) -> None:
        """Remember an output to be searched when the test ends."""
        self.texts.append((where, text))

    def leaks(self) -> list[str]:
        """Where a planted secret, or twelve characters of it in a row, stands."""
        found = [where for where, text in self.texts if self.in_text(text)]
        for folder in self.files:
            found += [
                str(path.relative_to(folder))
                for path in folder.rglob("*")
                if path.is_file() and self.in_text(path.read_bytes().decode("utf-8", "replace"))
            ]
        return found

    def in_text(self, text: str) -> bool:
        """Whether a text holds a planted secret in any usual form, whole or in part."""
        return any(form in text for secret in self.planted for form in forms(secret))


def forms(secret: str) -> set[str]:
    """Every run of twelve characters, and the encodings a tool might print."""
    parts = {secret[start : start + 12] for start in range(max(1, len(secret) - 11))}
    coded = b64encode(secret.encode()).decode().rstrip("=")
    return {*parts, quote(secret, safe=""), coded, secret[::-1]}


_CURRENT: dict[str, Canary] = {}


@pytest.fixture(autouse=True)
def canary(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Canary]:
    """The test's canary; its planted secrets must appear in no output, log, traceback or file."""
    one = Canary()
    _CURRENT[request.node.nodeid] = one
    yield one
    _CURRENT.pop(request.node.nodeid, None)
    leaks = one.leaks()
    if leaks:
        pytest.fail(f"a planted secret appears in: {', '.join(leaks)}", pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Search captured output and tracebacks for the canary; turn skips into failures in CI."""
    report = yield
    known = _CURRENT.get(item.nodeid) or Canary()
    texts = [text for _, text in report.sections] + [report.longreprtext]
    if any(known.in_text(text) for text in texts):
        report.sections = []
        report.outcome = "failed"
        report.longrepr = "a planted secret appears in the test's output, log or traceback"
    outside = item.get_closest_marker("outside_data") is not None
    if report.skipped and os.environ.get(NO_SKIP) and not (outside or hasattr(report, "wasxfail")):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longreprtext
        report.outcome = "failed"
        report.longrepr = f"skipped, and {NO_SKIP} forbids skips: {reason}"
    return report


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the developer's machine reaches a test."""
    for name in list(os.environ):
        if name != NO_SKIP and (name in NAMES or name.startswith(PREFIXES)):
            monkeypatch.delenv(name)


@dataclass(frozen=True)
class Ran:
    """One run of the installed program."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document on stdout."""
        return json.loads(self.out)

    @property
    def causes(self) -> list[str]:
        return [one["cause"] for one in self.json["diagnosis"]]

    def row(self, check: str, subject: str | None = None) -> dict[str, Any]:
        """The row of a check."""
        for row in self.json["checks"]:
            if row["id"] == check and subject in (None, row["subject"]):
                return dict(row)
        raise AssertionError(f"no row {check} in {[row['id'] for row in self.json['checks']]}")


PROGRAM = Path(sys.executable).with_name("foundry-doctor")
Doctor = Callable[..., Ran]


def base_environment(home: Path) -> dict[str, str]:
    """A stranger's environment: an empty home and nothing else."""
    keep = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "LANG") if name in os.environ}
    return {**keep, "HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1"}


@pytest.fixture
def doctor(tmp_path: Path, canary: Canary) -> Doctor:
    """Run the installed program in an empty home; its outputs and files are searched afterwards."""
    home = tmp_path / "home"
    home.mkdir()
    canary.files.append(home)

    def run(
        *arguments: str,
        env: Mapping[str, str | None] | None = None,
        cwd: Path | None = None,
        timeout: float = 60,
        stdin: str = "",
    ) -> Ran:
        environment = base_environment(home)
        environment.update({k: v for k, v in (env or {}).items() if v is not None})
        done = subprocess.run(
            [str(PROGRAM), *arguments],
            env=environment,
            cwd=cwd or home,
            input=stdin,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=timeout,
            check=False,
        )
        canary.saw(f"stdout of {arguments}", done.stdout)
        canary.saw(f"stderr of {arguments}", done.stderr)
        return Ran(done.returncode, done.stdout, done.stderr)

    return run
