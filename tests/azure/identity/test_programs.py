"""az through a script of ours: success, and each way in which it can fail."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from foundry_doctor.azure.identity import SignIn
from foundry_doctor.azure.outcome import Acquired, Refused
from foundry_doctor.facts import problems

from .conftest import Environ, Sign
from .stub import USER_TOKEN, Stub
from .test_entra import AI, ARM

Program = Callable[[str, str], Path]
PRINTS = f"echo '{json.dumps({'accessToken': USER_TOKEN, 'expires_on': 4102444800})}'"
AADSTS = (
    "ERROR: AADSTS700082: The refresh token has expired due to inactivity. The token was issued"
    " on 2026-01-01. Trace ID: 12121212-3434-5656-7878-909090909090 Interactive authentication is"
    " needed. Please run: az login"
)
NETWORK = (
    "ERROR: HTTPSConnectionPool(host='login.microsoftonline.com', port=443): Max retries exceeded"
)


def az(environ: Environ, **more: str) -> dict[str, str]:
    """An environment that chooses the Azure CLI alone."""
    return environ(**{"AZURE_TOKEN_CREDENTIALS": "AzureCliCredential", **more})


def test_az_gives_the_token_of_a_person(
    environ: Environ, sign: Sign, program: Program, tmp_path: Path
) -> None:
    seen = tmp_path / "seen"
    program("az", f'echo "$@" >> {seen}\nenv >> {seen}\n{PRINTS}')
    found = sign(az(environ)).acquire(AI)
    assert isinstance(found, Acquired)
    assert found.credential == "AzureCliCredential"
    assert found.facts["token.name"] == "a@contoso.example"
    assert found.facts["token.principal"] == "user"
    assert found.processes == ("az account get-access-token",)
    told = seen.read_text(encoding="utf-8")
    assert "account get-access-token --output json --resource https://ai.azure.com\n" in told
    assert "AZURE_CORE_COLLECT_TELEMETRY=0" in told
    assert "AZURE_DEV_COLLECT_TELEMETRY=no" in told
    assert "POWERSHELL_TELEMETRY_OPTOUT=1" in told


def test_in_the_whole_chain_az_follows_what_is_not_set_up(
    environ: Environ, sign: Sign, program: Program
) -> None:
    program("az", PRINTS)
    found = sign(environ(AZURE_CLIENT_SECRET="left-over-secret")).acquire(AI)
    assert isinstance(found, Acquired)
    assert found.attempted[-1] == "AzureCliCredential: gave the token"
    assert found.attempted[0].startswith("EnvironmentCredential: AZURE_CLIENT_ID, AZURE_TENANT_ID")
    assert "half set" in found.notes[0]


@pytest.mark.parametrize(
    ("script", "problem", "outcome"),
    [
        ("echo \"ERROR: Please run 'az login' to setup account.\" >&2; exit 1",
         "cli-not-logged-in", "unavailable"),
        (f'echo "{AADSTS}" >&2; exit 1', "entra-refused", "refused"),
        ("exit 1", "cli-failed", "unavailable"),
        ("echo hello", "cli-failed", "unavailable"),
        (f"echo '{{\"token\": \"{USER_TOKEN}\"}}'", "cli-failed", "unavailable"),
        ("exit 127", "cli-not-installed", "unavailable"),
        ("echo 'ERROR: something unheard of' >&2; exit 1", "other", "unavailable"),
        ("printf '\\377\\376'", "cli-failed", "unavailable"),
        ("exec sleep 20", "cli-timeout", "timeout"),
    ],
)  # fmt: skip
def test_each_way_in_which_az_fails(
    script: str, problem: str, outcome: str, environ: Environ, sign: Sign, program: Program
) -> None:
    program("az", script)
    started = time.monotonic()
    found = sign(az(environ, LC_ALL="C.UTF-8"), process_timeout=0.5).acquire(AI)
    assert time.monotonic() - started < 3
    assert isinstance(found, Refused)
    assert (found.facts["token.problem"], found.facts["token.outcome"]) == (problem, outcome)
    assert found.facts["token.credential"] == "AzureCliCredential"
    assert problems(found.facts) == []
    assert USER_TOKEN.split(".")[1][:20] not in repr(found)


def test_entras_word_through_az_keeps_its_number(
    environ: Environ, sign: Sign, program: Program
) -> None:
    program("az", f'echo "{AADSTS}" >&2; exit 1')
    found = sign(environ()).acquire(AI)
    assert isinstance(found, Refused)
    assert found.facts["aadsts.code"] == 700082
    assert found.facts["aadsts.trace_id"] == "12121212-3434-5656-7878-909090909090"
    assert found.detail == "AADSTS700082: The refresh token has expired due to inactivity."


def test_without_az_and_anything_else_nothing_is_configured(environ: Environ, sign: Sign) -> None:
    found = sign(environ()).acquire(AI)
    assert isinstance(found, Refused)
    assert (found.facts["token.problem"], found.facts["token.outcome"]) == (
        "nothing-configured", "unavailable",
    )  # fmt: skip
    assert found.processes == ()
    names = [one.partition(":")[0] for one in found.attempted]
    assert names[0] == "EnvironmentCredential"
    assert "AzureCliCredential" in names
    assert found.attempted[-1].endswith("not asked: nothing indicates Azure here")
    lone = sign(az(environ)).acquire(AI)
    assert lone.facts["token.problem"] == "cli-not-installed"


def test_not_signed_in_with_nothing_else_is_nothing_configured(
    environ: Environ, sign: Sign, program: Program
) -> None:
    program("az", "echo \"Please run 'az login' to setup account.\" >&2; exit 1")
    found = sign(environ()).acquire(AI)
    assert found.facts["token.problem"] == "nothing-configured"
    assert "AzureCliCredential: Please run 'az login' to set up an account" in found.attempted


def test_az_that_cannot_reach_the_login_host(
    login: Stub, environ: Environ, sign: Sign, program: Program
) -> None:
    program("az", f'echo "{NETWORK}" >&2; exit 1')
    dead = az(environ, AZURE_AUTHORITY_HOST="https://127.0.0.1:1")
    found = sign(dead).acquire(AI)
    assert isinstance(found, Refused)
    assert found.facts["token.problem"] == "network"
    assert found.facts["connect.outcome"] == "refused"
    # Where our own look reaches it, the difference itself is what is told.
    bundle = str(login.ca_file)
    fine = az(environ, AZURE_AUTHORITY_HOST=login.url, REQUESTS_CA_BUNDLE=bundle)
    found = sign(fine).acquire(AI)
    assert isinstance(found, Refused)
    assert "own look found" in found.detail
    assert (found.transient, found.tries) == (False, 1)
    assert "net.phase" not in found.facts


def test_programs_are_left_alone_where_the_user_has_not_agreed(
    environ: Environ, sign: Sign, program: Program
) -> None:
    program("az", PRINTS)
    found = sign(environ(), allow_processes=False).acquire(AI)
    assert isinstance(found, Refused)
    assert found.facts["token.problem"] == "nothing-configured"
    assert "AzureCliCredential: not asked: it starts a program" in found.attempted
    # Named by the user's own choice, it is agreed to.
    assert isinstance(sign(az(environ), allow_processes=False).acquire(AI), Acquired)


def test_another_tenant_reaches_az(
    environ: Environ, sign: Sign, program: Program, tmp_path: Path
) -> None:
    seen = tmp_path / "seen"
    program("az", f'echo "$@" >> {seen}\n{PRINTS}')
    sign(az(environ), tenant="other.example").acquire(AI)
    sign(az(environ, AZURE_TENANT_ID="same.example"), tenant="same.example").acquire(AI)
    first, second = seen.read_text(encoding="utf-8").splitlines()
    assert first.endswith("--tenant other.example")
    assert "--tenant" not in second


def test_az_is_started_once_per_audience(
    environ: Environ, program: Program, tmp_path: Path
) -> None:
    seen = tmp_path / "seen"
    program("az", f"echo once >> {seen}\nexit 1")
    with SignIn(environ=az(environ)) as signing:
        for scope in (AI, AI, ARM):
            signing.acquire(scope)
    assert seen.read_text(encoding="utf-8").splitlines() == ["once"]


def test_a_choice_that_does_not_exist(environ: Environ, sign: Sign) -> None:
    found = sign(environ(AZURE_TOKEN_CREDENTIALS="azcli")).acquire(AI)
    assert isinstance(found, Refused)
    assert found.facts["token.problem"] == "invalid-choice"
    assert found.facts["token.outcome"] == "misconfigured"
    assert "azcli" in found.detail


def test_a_choice_that_needs_a_person_is_not_made(environ: Environ, sign: Sign) -> None:
    env = environ(AZURE_TOKEN_CREDENTIALS="interactivebrowsercredential")
    found = sign(env).acquire(AI)
    assert isinstance(found, Refused)
    assert found.facts["token.outcome"] == "misconfigured"
    assert "without a person" in found.detail
