"""The real anthropic SDK against the emulator: the current major, and 0.121.0 of the one before.

Each version runs once, in a process of its own, through all scenarios; the tests read the outcome.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import time
from contextlib import ExitStack
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pytest

from foundry_doctor.emulator import Emulator, load_scenario, scenario_names

SCRIPT = Path(__file__).with_name("real_client.py")
OLD = "0.121.0"
SCENARIOS = [*scenario_names(), "transient-once"]
INSTALL_S = 100

Outcomes = dict[str, Any]


def environment(python_path: Path | None) -> dict[str, str]:
    """This process's environment without what could lead the SDK elsewhere."""
    found = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("ANTHROPIC_", "PYTHON")) and not name.lower().endswith("_proxy")
    }
    return found if python_path is None else {**found, "PYTHONPATH": str(python_path)}


def run_all(python_path: Path | None) -> Outcomes:
    """The outcomes of all scenarios with the SDK on that path."""
    cases: list[dict[str, Any]] = []
    emulators: dict[str, Emulator] = {}
    # A variable that one scenario sets must not reach the next one.
    blank = dict.fromkeys(one for name in SCENARIOS for one in load_scenario(name).settings.env)
    with ExitStack() as stack:
        for name in SCENARIOS:
            emulator = stack.enter_context(Emulator(load_scenario(name)))
            case = {"name": name, "deployment": emulator.deployment}
            cases.append({**case, "environment": {**blank, **emulator.environment}})
            emulators[name] = emulator
        done = subprocess.run(
            [sys.executable, str(SCRIPT)],
            input=json.dumps(cases),
            env=environment(python_path),
            capture_output=True,
            text=True,
            check=False,
            timeout=90,
        )
        assert done.returncode == 0, done.stderr
    return {**json.loads(done.stdout), "emulators": emulators}


@pytest.fixture(scope="session")
def current() -> Outcomes:
    if importlib.util.find_spec("anthropic") is None:
        pytest.skip("the anthropic SDK is not installed: pip install 'foundry-doctor[test]'")
    try:
        major = int(version("anthropic").split(".")[0])
    except PackageNotFoundError:
        pytest.skip("the anthropic module has no distribution")
    if major < 2:
        pytest.skip(f"anthropic {version('anthropic')} is installed, 2 or newer is needed")
    return run_all(None)


@pytest.fixture(scope="session")
def old(tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    base = tmp_path_factory.getbasetemp()
    # Under xdist the workers' directories lie in one that they share.
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    return run_all(installed(shared / f"anthropic-{OLD}"))


def installed(target: Path) -> Path:
    """The SDK in a directory, installed there by whichever process comes first."""
    result = target.with_suffix(".result")
    try:
        target.mkdir()
    except FileExistsError:
        deadline = time.monotonic() + INSTALL_S
        while not result.exists() and time.monotonic() < deadline:
            time.sleep(0.1)
    else:
        problem = pip_install(target)
        part = target.with_suffix(".part")
        part.write_text(problem, "utf-8")
        part.replace(result)
    problem = result.read_text("utf-8") if result.exists() else "another process did not finish"
    if problem:
        pytest.skip(f"anthropic {OLD} cannot be installed: {problem}")
    return target


def pip_install(target: Path) -> str:
    """Install into the directory; "" or the reason why it failed."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    try:
        done = subprocess.run(
            [*command, "--target", str(target), f"anthropic=={OLD}"],
            capture_output=True,
            text=True,
            check=False,
            timeout=INSTALL_S,
        )
    except subprocess.TimeoutExpired:
        return f"pip took more than {INSTALL_S} s"
    lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
    return "" if done.returncode == 0 else lines[-1]


@pytest.fixture(params=["current", "old"])
def outcomes(request: pytest.FixtureRequest) -> Outcomes:
    found: Outcomes = request.getfixturevalue(request.param)
    return found


def test_every_feature_works(outcomes: Outcomes) -> None:
    for mode in ("sync", "async"):
        assert outcomes[mode]["text"] == outcomes[mode]["streamed"] == "Hello from the emulator."
        assert outcomes[mode]["count"] > 0
    sync = outcomes["sync"]
    assert sync["beta"] == sync["count"]
    assert sync["request_id"].startswith("req_")
    assert len(sync["apim"]) == 36
    assert sync["absent"] == [None, None]
    # The SDK swallows the ping.
    assert sync["events"][:2] == ["message_start", "content_block_start"]
    assert sync["events"][-3:] == ["content_block_stop", "message_delta", "message_stop"]


def test_the_versions_are_the_ones_meant(current: Outcomes, old: Outcomes) -> None:
    assert int(current["sync"]["version"].split(".")[0]) >= 2
    assert old["sync"]["version"] == OLD
    versions = [
        {one.headers["anthropic-version"] for one in each["emulators"]["healthy"].requests}
        for each in (current, old)
    ]
    assert versions == [{"2026-10-21"}, {"2023-06-01"}]


def test_both_key_headers_are_sent_and_neither_is_kept(outcomes: Outcomes) -> None:
    emulator = outcomes["emulators"]["healthy"]
    assert {one.auth_headers for one in emulator.requests} == {("x-api-key", "api-key")}
    assert emulator.api_key not in repr(emulator.requests)


@pytest.mark.parametrize(
    ("name", "error", "status"),
    [
        ("key-invalid", "AuthenticationError", 401),
        ("key-malformed", "AuthenticationError", 401),
        ("key-wrong-provider", "AuthenticationError", 401),
        ("client-auth-header", "AuthenticationError", 401),
        ("key-auth-disabled", "PermissionDeniedError", 403),
        ("public-access-disabled", "PermissionDeniedError", 403),
        ("network-acl-denied", "PermissionDeniedError", 403),
        ("network-perimeter-denied", "PermissionDeniedError", 403),
        ("endpoint-wrong-path", "NotFoundError", 404),
        ("deployment-not-found", "NotFoundError", 404),
        ("model-id-not-deployment-name", "NotFoundError", 404),
        ("rate-limited", "RateLimitError", 429),
        ("service-error", "InternalServerError", 500),
        ("service-unavailable", "InternalServerError", 503),
        ("service-overloaded", "OverloadedError", 529),
    ],
)
def test_a_refusal_raises_its_class(outcomes: Outcomes, name: str, error: str, status: int) -> None:
    outcome = outcomes[name]
    assert error in outcome["is"]
    assert outcome["status"] == status
    # The SDK knows Anthropic's id only, and a gateway error has none.
    behind = name in ("service-error", "service-overloaded")
    assert (outcome["request_id"] is not None) == behind
    assert len(outcomes["emulators"][name].requests) == 1


@pytest.mark.parametrize(
    ("name", "error", "cause"),
    [
        ("connect-refused", "APIConnectionError", "ConnectError"),
        ("connect-reset", "APIConnectionError", "ConnectError"),
        ("tls-expired", "APIConnectionError", "ConnectError"),
        ("tls-hostname", "APIConnectionError", "ConnectError"),
        ("tls-interception", "APIConnectionError", "ConnectError"),
        ("tls-handshake-failure", "APIConnectionError", "ConnectError"),
        ("proxy-unreachable", "APIConnectionError", "ConnectError"),
        ("proxy-blocked", "APIConnectionError", "ProxyError"),
        ("proxy-auth-required", "APIConnectionError", "ProxyError"),
    ],
)
def test_a_broken_way_ends_before_any_request(
    outcomes: Outcomes, name: str, error: str, cause: str
) -> None:
    assert outcomes[name]["error"][:2] == [error, cause]
    assert outcomes["emulators"][name].requests == []


def test_silence_ends_in_a_timeout(outcomes: Outcomes) -> None:
    assert outcomes["response-timeout"]["error"][:2] == ["APITimeoutError", "ReadTimeout"]
    assert len(outcomes["emulators"]["response-timeout"].requests) == 1


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [
        ("config-missing", "ValueError", "Must provide one of"),
        ("config-conflict", "ValueError", "mutually exclusive"),
        ("credentials-missing", "AnthropicError", "Missing credentials"),
        ("key-sent-as-bearer", "AnthropicError", "Missing credentials"),
        ("ca-bundle-invalid", "FileNotFoundError", "No such file"),
    ],
)
def test_wrong_settings_raise_before_any_call(
    outcomes: Outcomes, name: str, error: str, words: str
) -> None:
    assert outcomes[name]["error"] == [error]
    assert words in outcomes[name]["text"]
    assert outcomes["emulators"][name].requests == []


def test_a_page_is_returned_as_text_without_an_error(outcomes: Outcomes) -> None:
    assert outcomes["captive-portal"] == {"error": None, "reply": "str", "id": None}


def test_a_redirect_is_followed_with_the_key(outcomes: Outcomes) -> None:
    # Why a program that must not leak a key may not follow redirects as the SDK does: only
    # `authorization` is dropped on the way to another origin.
    assert outcomes["unexpected-redirect"]["reply"] == "str"
    (followed,) = outcomes["emulators"]["unexpected-redirect"].redirected_requests
    assert followed.auth_headers == ("x-api-key", "api-key")


def test_a_transient_fault_is_retried_away(outcomes: Outcomes) -> None:
    assert outcomes["transient-once"]["reply"] == "Message"
    assert len(outcomes["emulators"]["transient-once"].requests) == 2
