"""Half-set environments, certificates, workload identities: what is wrong is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from foundry_doctor.azure.outcome import Acquired, Refused
from foundry_doctor.azure.surroundings import (
    environment_kind,
    known_secrets,
    missing_variables,
    uses_password,
)
from foundry_doctor.facts import problems

from .conftest import SECRET, Environ, Sign
from .stub import CLIENT, TENANT, Stub
from .test_entra import AI

ASSERTION = "eyJhbGciOiJub25lIn0.Canary-assertion-of-the-pod-9137.c2lnbmVk"
ID, TEN, SEC = "AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_CLIENT_SECRET"
FILE = "AZURE_FEDERATED_TOKEN_FILE"


@pytest.mark.parametrize(
    ("names", "missing"),
    [
        ((), ()),
        ((ID,), ()),
        ((TEN,), ()),
        ((ID, TEN), (SEC,)),
        ((ID, TEN, FILE), ()),
        ((ID, TEN, "IDENTITY_ENDPOINT"), ()),
        ((SEC,), (ID, TEN)),
        ((ID, SEC), (TEN,)),
        ((TEN, SEC), (ID,)),
        ((ID, TEN, SEC), ()),
        (("AZURE_CLIENT_CERTIFICATE_PATH", ID), (TEN,)),
        (("AZURE_PASSWORD", ID), ("AZURE_USERNAME",)),
        (("AZURE_PASSWORD", ID, "AZURE_USERNAME"), ()),
    ],
)
def test_what_a_half_set_environment_lacks(
    names: tuple[str, ...], missing: tuple[str, ...]
) -> None:
    assert missing_variables(dict.fromkeys(names, "value")) == missing


def test_an_empty_variable_is_set_and_wrong() -> None:
    environ = {ID: "x", TEN: "y", SEC: " "}
    assert environment_kind(environ) == "secret"
    assert missing_variables(environ) == ("AZURE_CLIENT_SECRET (empty)",)


def test_when_a_password_would_be_used() -> None:
    environ = {ID: "x", "AZURE_USERNAME": "u", "AZURE_PASSWORD": "p"}
    assert uses_password(environ)
    assert uses_password({**environ, "AZURE_TOKEN_CREDENTIALS": "prod"})
    assert not uses_password({**environ, "AZURE_TOKEN_CREDENTIALS": "dev"})
    assert not uses_password({**environ, TEN: "t", SEC: "s"})


@pytest.mark.parametrize("missing", [ID, TEN, SEC])
def test_a_half_set_environment_is_the_reason(
    missing: str, application: Environ, sign: Sign
) -> None:
    found = sign(application(**{missing: None})).acquire(AI)
    assert isinstance(found, Refused)
    assert found.facts["token.problem"] == "env-incomplete"
    assert found.facts["token.outcome"] == "misconfigured"
    assert missing in found.detail
    assert problems(found.facts) == []


def test_a_tenant_asked_for_does_not_complete_the_environment(
    login: Stub, application: Environ, sign: Sign
) -> None:
    found = sign(application(login, AZURE_TENANT_ID=None), tenant=TENANT).acquire(AI)
    assert found.facts["token.problem"] == "env-incomplete"
    assert login.asked == []


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({SEC: ""}, "env-incomplete"),
        ({TEN: "no tenant!"}, "invalid-tenant"),
        ({SEC: None, "AZURE_CLIENT_CERTIFICATE_PATH": "/nowhere.pem"}, "certificate-unreadable"),
    ],
)
def test_settings_that_azure_identity_refuses_at_once(
    settings: dict[str, str | None], problem: str, application: Environ, sign: Sign
) -> None:
    found = sign(application(**settings)).acquire(AI)
    assert isinstance(found, Refused)
    assert found.facts["token.problem"] == problem
    assert found.facts["token.outcome"] == "misconfigured"


def test_a_certificate_that_is_none(application: Environ, sign: Sign, tmp_path: Path) -> None:
    path = tmp_path / "certificate.pem"
    path.write_text("nothing of the kind", encoding="utf-8")
    env = application(**{SEC: None, "AZURE_CLIENT_CERTIFICATE_PATH": str(path)})
    found = sign(env).acquire(AI)
    assert found.facts["token.problem"] == "certificate-unreadable"
    assert found.facts["token.credential"] == "EnvironmentCredential"


def workload(environ: Environ, login: Stub, path: Path, **more: str | None) -> dict[str, str]:
    known = {ID: CLIENT, TEN: TENANT, FILE: str(path)}
    return environ(login, **{**known, **more})


def test_a_workload_identity(login: Stub, environ: Environ, sign: Sign, tmp_path: Path) -> None:
    path = tmp_path / "azure-identity-token"
    path.write_text(ASSERTION, encoding="utf-8")
    found = sign(workload(environ, login, path)).acquire(AI)
    assert isinstance(found, Acquired)
    assert found.credential == "WorkloadIdentityCredential"
    assert login.signed_in()[0].form["client_assertion"] == ASSERTION
    assert ASSERTION[:24] not in repr(found)


def test_the_projected_token_is_a_secret(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text(ASSERTION + "\n", encoding="utf-8")
    proxy = {"https_proxy": "http://user:pass%20word@proxy:3128", "NO_PROXY": "a@b"}
    found = known_secrets({FILE: str(path), SEC: SECRET, "IDENTITY_HEADER": "value", **proxy})
    assert [one.reveal() for one in found] == [SECRET, "value", "pass%20word", ASSERTION]


def test_a_projected_token_that_is_not_there(
    login: Stub, environ: Environ, sign: Sign, tmp_path: Path
) -> None:
    found = sign(workload(environ, login, tmp_path / "absent")).acquire(AI)
    assert isinstance(found, Refused)
    assert found.facts["token.problem"] == "workload-file-missing"
    assert found.facts["token.credential"] == "WorkloadIdentityCredential"
    assert login.signed_in() == []


def test_a_workload_identity_without_its_client(
    login: Stub, environ: Environ, sign: Sign, tmp_path: Path
) -> None:
    found = sign(workload(environ, login, tmp_path, AZURE_CLIENT_ID=None)).acquire(AI)
    assert isinstance(found, Refused)
    assert found.facts["token.problem"] == "workload-not-configured"
    assert "'client_id'" in found.attempted[1]
    # Without the projected file nobody meant to use one: the near miss.
    plain = sign(environ(login)).acquire(AI)
    assert plain.facts["token.problem"] == "nothing-configured"


def test_a_choice_of_workload_identity_alone(environ: Environ, sign: Sign) -> None:
    env = environ(AZURE_TOKEN_CREDENTIALS="workloadidentitycredential")
    found = sign(env).acquire(AI)
    assert found.facts["token.problem"] == "workload-not-configured"


def test_a_cloud_names_the_login_host_and_that_is_told(environ: Environ, sign: Sign) -> None:
    gov = sign(environ(), cloud="usgov")
    assert gov.plan.lent_environ["AZURE_AUTHORITY_HOST"] == "https://login.microsoftonline.us"
    found = gov.acquire(AI)
    assert found.facts["token.host"] == "login.microsoftonline.us"
    assert "login.microsoftonline.us" in found.notes[0]
    assert "AZURE_AUTHORITY_HOST" not in sign(environ()).plan.lent_environ
