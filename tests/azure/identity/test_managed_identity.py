"""Managed identities: asked only where Azure is indicated, directly, and not for long."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from foundry_doctor.azure.outcome import Acquired, Refused
from foundry_doctor.azure.surroundings import AZURE_ASSET_TAG, azure_indicated, identity_proxied
from foundry_doctor.facts import problems

from .conftest import Environ, Sign
from .stub import CLIENT, HTML, Reply, Stub
from .test_entra import AI

POD = "AZURE_POD_IDENTITY_AUTHORITY_HOST"
NOT_FOUND = Reply(400, {"error": "invalid_request", "error_description": "Identity not found"})


def test_an_identity_gives_a_token(metadata: Stub, environ: Environ, sign: Sign) -> None:
    found = sign(environ(**{POD: metadata.url, "AZURE_CLIENT_ID": CLIENT})).acquire(AI)
    assert isinstance(found, Acquired)
    assert found.credential == "ManagedIdentityCredential"
    assert metadata.asked[-1].headers["metadata"] == "true"
    assert found.notes == ()


def test_it_is_asked_past_the_proxy_and_that_is_told(
    metadata: Stub, environ: Environ, sign: Sign
) -> None:
    env = environ(**{POD: metadata.url, "HTTP_PROXY": "http://127.0.0.1:1"})
    found = sign(env).acquire(AI)
    assert isinstance(found, Acquired)
    assert "HTTP_PROXY" in found.notes[0]
    spared = sign({**env, "NO_PROXY": "localhost"}).acquire(AI)
    assert spared.notes == ()


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        (NOT_FOUND, "identity-not-assigned"),
        (HTML, "not-json"),
        (Reply(400, HTML.body, HTML.kind), "not-json"),
        (Reply(500, {"error": "x"}), "no-managed-identity"),
    ],
)
def test_what_the_endpoint_says(
    reply: Reply, problem: str, metadata: Stub, environ: Environ, sign: Sign
) -> None:
    metadata.identity = lambda _: reply
    started = time.monotonic()
    env = environ(**{POD: metadata.url, "AZURE_TOKEN_CREDENTIALS": "managedidentitycredential"})
    found = sign(env).acquire(AI)
    assert time.monotonic() - started < 3.5
    assert isinstance(found, Refused)
    assert (found.facts["token.problem"], found.facts["token.outcome"]) == (problem, "unavailable")
    assert found.facts["token.credential"] == "ManagedIdentityCredential"
    assert problems(found.facts) == []


def test_an_identity_that_is_not_assigned_outweighs_what_is_not_set_up(
    metadata: Stub, environ: Environ, sign: Sign
) -> None:
    metadata.identity = lambda _: NOT_FOUND
    found = sign(environ(**{POD: metadata.url})).acquire(AI)
    assert found.facts["token.problem"] == "identity-not-assigned"


def test_an_endpoint_that_hangs_costs_three_seconds_at_most(
    metadata: Stub, environ: Environ, sign: Sign
) -> None:
    metadata.identity = lambda _: Reply(delay=6)
    started = time.monotonic()
    env = environ(**{POD: metadata.url, "AZURE_TOKEN_CREDENTIALS": "prod"})
    found = sign(env).acquire(AI)
    assert time.monotonic() - started < 3.6
    assert found.facts["token.problem"] in ("no-managed-identity", "nothing-configured")


def test_no_endpoint_at_all(environ: Environ, sign: Sign) -> None:
    env = environ(
        **{POD: "http://127.0.0.1:1", "AZURE_TOKEN_CREDENTIALS": "managedidentitycredential"}
    )
    started = time.monotonic()
    found = sign(env).acquire(AI)
    assert time.monotonic() - started < 3.5
    assert found.facts["token.problem"] == "no-managed-identity"


def test_where_azure_is_indicated(tmp_path: Path) -> None:
    tag = tmp_path / "chassis_asset_tag"
    assert azure_indicated({}, tmp_path) is None
    tag.write_text("None\n", encoding="ascii")  # Hyper-V elsewhere: the same vendor, another tag
    assert azure_indicated({}, tmp_path) is None
    tag.write_text(f"{AZURE_ASSET_TAG}\n", encoding="ascii")
    assert azure_indicated({}, tmp_path) == "this is an Azure virtual machine"
    for name in ("IDENTITY_ENDPOINT", "MSI_ENDPOINT", POD):
        assert azure_indicated({name: "http://x"}, tmp_path / "none") == f"{name} is set"
    chosen = {"AZURE_TOKEN_CREDENTIALS": "ManagedIdentityCredential "}
    assert azure_indicated(chosen, tmp_path / "none") == "AZURE_TOKEN_CREDENTIALS is set"
    assert azure_indicated({"AZURE_CLIENT_ID": CLIENT}, tmp_path / "none") is None


@pytest.mark.parametrize(
    ("environ", "variable"),
    [
        ({}, None),
        ({"HTTP_PROXY": "http://p"}, "HTTP_PROXY"),
        ({"http_proxy": "http://p"}, "http_proxy"),
        ({"ALL_PROXY": "http://p"}, "ALL_PROXY"),
        ({"HTTPS_PROXY": "http://p"}, None),
        ({"HTTP_PROXY": "http://p", "NO_PROXY": "169.254.169.254"}, None),
        ({"HTTP_PROXY": "http://p", "NO_PROXY": "localhost"}, "HTTP_PROXY"),
        ({"HTTP_PROXY": "http://p", "NO_PROXY": "h", "IDENTITY_ENDPOINT": "http://h:1/x"}, None),
    ],
)
def test_which_variable_would_send_the_request_to_a_proxy(
    environ: dict[str, str], variable: str | None
) -> None:
    assert identity_proxied(environ) == variable
