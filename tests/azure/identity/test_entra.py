"""Signing in with a secret against a login host: what Entra says becomes facts."""

from __future__ import annotations

import json
import logging

import pytest

from foundry_doctor.azure.identity import acquire
from foundry_doctor.azure.outcome import Acquired, Refused
from foundry_doctor.facts import problems

from .conftest import SECRET, Environ, Sign
from .stub import CLIENT, CORRELATION, OID, TENANT, TRACE, Reply, Stub, entra_error, granted

AI = "https://ai.azure.com/.default"
COGNITIVE = "https://cognitiveservices.azure.com/.default"
ARM = "https://management.azure.com/.default"


def test_a_token_comes_with_what_it_says(login: Stub, application: Environ, sign: Sign) -> None:
    found = sign(application(login)).acquire(AI)
    assert isinstance(found, Acquired)
    assert found.claims is not None
    assert found.credential == "EnvironmentCredential"
    left = found.facts["token.expires_in_s"]
    assert isinstance(left, int)
    assert 3500 < left <= 3599
    assert {**found.facts, "token.expires_in_s": 0} == {
        "token.outcome": "ok",
        "token.problem": "none",
        "token.credential": "EnvironmentCredential",
        "token.attempted": ("EnvironmentCredential: gave the token",),
        "token.host": "localhost",
        "token.scope": AI,
        "token.expires_in_s": 0,
        "token.expired": False,
        "token.aud": "https://ai.azure.com",
        "token.audience": "foundry",
        "token.tid": TENANT,
        "token.oid": OID,
        "token.appid": CLIENT,
        "token.name": CLIENT,
        "token.principal": "service-principal",
    }
    assert problems(found.facts) == []
    assert [one.purpose for one in found.exchanges] == ["sign-in: discovery", "sign-in"]
    assert found.exchanges[-1].request_id == TRACE
    assert found.processes == ()


@pytest.mark.parametrize(
    ("code", "error", "status", "whole"),
    [
        (7000215, "invalid_client", 401, True),
        (7000222, "invalid_client", 401, True),
        (700016, "unauthorized_client", 400, True),
        (53003, "invalid_grant", 400, False),
        (50076, "invalid_grant", 400, False),
        (700024, "invalid_client", 401, True),
        (700213, "invalid_client", 401, True),
        (500011, "invalid_resource", 400, False),
        (65001, "invalid_grant", 400, False),
    ],
)
def test_a_refusal_is_told_with_its_ids(
    code: int,
    error: str,
    status: int,
    whole: bool,
    login: Stub,
    application: Environ,
    sign: Sign,
) -> None:
    body = entra_error(code, error, "This is why.")
    login.token = lambda _: Reply(status, body)
    signing = sign(application(login))
    found = signing.acquire(AI)
    assert isinstance(found, Refused)
    assert (found.problem, found.detail) == ("entra-refused", f"AADSTS{code}: This is why.")
    expected = {
        "token.outcome": "refused",
        "token.problem": "entra-refused",
        "token.credential": "EnvironmentCredential",
        "aadsts.code": code,
        "aadsts.error": error,
        "aadsts.message": "This is why.",
        "aadsts.trace_id": TRACE,
        "aadsts.correlation_id": CORRELATION,
        "aadsts.timestamp": "2026-11-22 12:00:00Z",
    }
    assert {name: found.facts.get(name) for name in expected} == expected
    assert problems(found.facts) == []
    assert not found.transient
    assert len(login.signed_in()) == 1
    # The same question is never asked twice; another audience only where it could differ.
    assert signing.acquire(AI) is found
    other = signing.acquire(COGNITIVE)
    assert other.facts["token.scope"] == COGNITIVE
    assert len(login.signed_in()) == (1 if whole else 2)


def test_an_unknown_tenant_is_found_behind_the_discovery(
    login: Stub, application: Environ, sign: Sign
) -> None:
    body = entra_error(90002, "invalid_tenant", "Tenant 'x' not found.")
    login.discovery = lambda: Reply(400, body)
    found = sign(application(login)).acquire(AI)
    assert (found.facts["token.problem"], found.facts["aadsts.code"]) == ("entra-refused", 90002)
    assert login.signed_in() == []


def test_a_refusal_without_a_number_is_one(login: Stub, application: Environ, sign: Sign) -> None:
    login.token = lambda _: Reply(400, {"error": "invalid_scope", "error_description": "No."})
    found = sign(application(login)).acquire(AI)
    assert found.facts["aadsts.error"] == "invalid_scope"
    assert "aadsts.code" not in found.facts
    assert found.facts["token.outcome"] == "refused"


def test_each_audience_is_asked_for_once(login: Stub, application: Environ, sign: Sign) -> None:
    signing = sign(application(login))
    first = signing.acquire(AI)
    assert signing.acquire(AI) is first
    assert isinstance(signing.acquire(ARM), Acquired)
    signing.acquire(ARM)
    scopes = [one.form["scope"] for one in login.signed_in()]
    assert scopes == [AI, ARM]
    assert {one.form["client_secret"] for one in login.signed_in()} == {SECRET}


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_login_host_is_asked_again(
    status: int, login: Stub, application: Environ, sign: Sign
) -> None:
    answers = [
        Reply(status, "<html>busy</html>", "text/html"),
        Reply(200, granted("https://ai.azure.com")),
    ]
    login.token = lambda _: answers.pop(0)
    found = sign(application(login)).acquire(AI)
    assert isinstance(found, Acquired)
    assert (found.tries, len(found.exchanges)) == (2, 4)
    assert str(status) in str(found.trouble)


def test_a_login_host_that_stays_busy_is_transient(
    login: Stub, application: Environ, sign: Sign
) -> None:
    login.token = lambda _: Reply(
        503, {"error": "temporarily_unavailable"}, headers={"Retry-After": "60"}
    )
    found = sign(application(login)).acquire(AI)
    assert isinstance(found, Refused)
    assert (found.transient, found.tries) == (True, 3)
    assert found.facts["aadsts.error"] == "temporarily_unavailable"


def test_a_token_that_is_no_jwt_is_still_a_token(
    login: Stub, application: Environ, sign: Sign
) -> None:
    body = {"token_type": "Bearer", "expires_in": 60, "access_token": "opaque-token-value"}
    login.token = lambda _: Reply(200, body)
    found = sign(application(login)).acquire(AI)
    assert isinstance(found, Acquired)
    assert found.claims is None
    assert "token.aud" not in found.facts


def test_expiry_is_counted_by_the_services_clock(
    login: Stub, application: Environ, sign: Sign
) -> None:
    login.skew = 7200
    found = sign(application(login)).acquire(AI)
    assert isinstance(found, Acquired)
    assert abs(found.skew_s or 0) in (7199, 7200, 7201)
    left = found.facts["token.expires_in_s"]
    assert isinstance(left, int)
    assert left > 7200 + 3500


def test_a_password_is_never_used_for_an_experiment(
    login: Stub, environ: Environ, sign: Sign
) -> None:
    login.token = lambda _: Reply(400, entra_error(50126, "invalid_grant", "Wrong password."))
    env = environ(
        login, AZURE_CLIENT_ID=CLIENT, AZURE_USERNAME="a@b.example", AZURE_PASSWORD=SECRET
    )
    signing = sign(env)
    found = signing.acquire(COGNITIVE, experiment=True)
    assert isinstance(found, Refused)
    assert (found.problem, dict(found.facts)) == (None, {})
    assert login.asked == []
    # A secret may be: the near miss.
    secret = {**env, "AZURE_CLIENT_SECRET": SECRET, "AZURE_TENANT_ID": TENANT}
    assert sign(secret).acquire(COGNITIVE, experiment=True).facts["aadsts.code"] == 50126


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_password_is_not_tried_again(login: Stub, environ: Environ, sign: Sign) -> None:
    env = environ(
        login, AZURE_CLIENT_ID=CLIENT, AZURE_USERNAME="a@b.example", AZURE_PASSWORD=SECRET
    )
    # msal asks for the user's realm at port 443 whatever the authority's port is: a transient
    # failure here, after which any other credential would be tried again.
    found = sign(env).acquire(AI)
    assert isinstance(found, Refused)
    assert (found.facts["token.problem"], found.tries) == ("network", 1)
    assert login.signed_in() == []


def test_an_explicit_tenant_replaces_the_environments(
    login: Stub, application: Environ, sign: Sign
) -> None:
    signing = sign(application(login), tenant="contoso.onmicrosoft.com")
    found = signing.acquire(AI)
    assert isinstance(found, Acquired)
    assert login.asked[0].path.startswith("/contoso.onmicrosoft.com/")
    assert any("contoso.onmicrosoft.com" in note for note in found.notes)


@pytest.mark.parametrize("level", [logging.DEBUG, logging.INFO])
def test_no_log_holds_a_secret_and_none_is_written(
    level: int,
    login: Stub,
    application: Environ,
    sign: Sign,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for name in ("", "azure", "azure.identity", "msal", "msal.token_cache", "urllib3"):
        caplog.set_level(level, name)
    tokens: list[str] = []

    def echo(form: dict[str, str]) -> Reply:
        body = granted("https://ai.azure.com")
        tokens.append(body["access_token"])
        return Reply(200, body)

    login.token = echo
    found = sign(application(login)).acquire(AI)
    login.token = lambda form: Reply(401, _echoing(form))
    refused = sign(application(login)).acquire(AI)
    shown = repr(found) + repr(refused) + caplog.text
    assert isinstance(found, Acquired)
    assert found.token.reveal() == tokens[0]
    assert [one for one in caplog.records if one.name.split(".")[0] in ("azure", "msal")] == []
    assert not any(part in shown for part in (SECRET, SECRET[:16], *tokens[0].split(".")))
    assert logging.getLogger("msal").level == level
    assert logging.getLogger("azure").propagate


def _echoing(form: dict[str, str]) -> dict[str, object]:
    """A login host that repeats what it was sent, as a broken proxy may."""
    return entra_error(7000215, "invalid_client", f"Secret {form['client_secret']} is wrong.")


def test_the_function_signs_in_once_and_closes(login: Stub, application: Environ) -> None:
    found = acquire(AI, environ=application(login), timeout=2)
    assert isinstance(found, Acquired)
    assert json.dumps(dict(found.facts))
