"""A service connection of Azure Pipelines: the job's endpoint vouches, Entra gives the token."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from foundry_doctor.azure.outcome import Acquired, Refused
from foundry_doctor.azure.pipelines import pipelines_keywords, pipelines_lack
from foundry_doctor.emulator import Emulator, load_scenario
from foundry_doctor.emulator.assertions import AUDIENCE, ISSUER, SUBJECT
from foundry_doctor.facts import problems

from .conftest import SECRET, Environ, Sign
from .stub import CLIENT, TENANT, Reply, Stub, entra_error, granted, jwt
from .test_entra import AI, COGNITIVE

CONNECTION = "7c1b5b0e-5f0c-4b5e-9c58-2f6a0f6d9a11"
JOB_TOKEN = SECRET  # planted: it may appear nowhere
NAMES = (
    "AZURESUBSCRIPTION_CLIENT_ID", "AZURESUBSCRIPTION_TENANT_ID",
    "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", "SYSTEM_OIDCREQUESTURI", "SYSTEM_ACCESSTOKEN",
)  # fmt: skip


def job(uri: str, client: str = CLIENT, tenant: str = TENANT) -> dict[str, str]:
    """The variables of a step inside AzureCLI@2 that maps the job's access token."""
    return dict(zip(NAMES, (client, tenant, CONNECTION, uri, JOB_TOKEN), strict=True))


def assertion() -> str:
    now = int(time.time())
    times = {"iat": now, "nbf": now, "exp": now + 300}
    return jwt({"iss": ISSUER, "sub": SUBJECT, "aud": AUDIENCE, **times})


def vouching(login: Stub, answer: Reply | None = None) -> None:
    """The stub as the job's endpoint as well: what carries no form is asked of that one."""

    def token(form: dict[str, str]) -> Reply:
        if "grant_type" in form:
            return Reply(body=granted(form["scope"].removesuffix("/.default")))
        return answer or Reply(body={"oidcToken": assertion()})

    login.token = token


def test_the_service_connection_signs_in(login: Stub, environ: Environ, sign: Sign) -> None:
    vouching(login)
    signing = sign(environ(login, **job(f"{login.url}/oidc")))
    found, other = signing.acquire(AI), signing.acquire(COGNITIVE)
    assert isinstance(found, Acquired)
    assert isinstance(other, Acquired)
    assert found.credential == "AzurePipelinesCredential"
    assert problems(found.facts) == []
    asked = [one for one in login.signed_in() if "grant_type" not in one.form]
    assert len(asked) == 2, "a fresh assertion for each token"
    assert {one.headers["authorization"] for one in asked} == {f"Bearer {JOB_TOKEN}"}
    forms = [one.form for one in login.signed_in() if "grant_type" in one.form]
    assert all(one["client_id"] == CLIENT and one["client_assertion"] for one in forms)
    assert any("no part of DefaultAzureCredential" in note for note in found.notes)
    assert [one.purpose for one in found.exchanges][-2:] == [
        "sign-in: OIDC token of the job", "sign-in",
    ]  # fmt: skip
    assert all(CONNECTION not in one.url and "/oidc" not in one.url for one in found.exchanges)


def test_the_emulator_s_entra_takes_it(login: Stub, environ: Environ, sign: Sign) -> None:
    vouching(login)
    with Emulator(load_scenario("healthy"), planes="all") as emulator:
        known = {name: value for name, value in emulator.environment.items() if value}
        client, tenant = known.pop("AZURE_CLIENT_ID"), known.pop("AZURE_TENANT_ID")
        del known["AZURE_CLIENT_SECRET"]
        both = login.ca_file.with_name("both.pem")
        bundles = (login.ca_file, Path(known["REQUESTS_CA_BUNDLE"]))
        both.write_text("\n".join(one.read_text("utf-8") for one in bundles), "utf-8")
        known["REQUESTS_CA_BUNDLE"] = str(both)
        given = {**known, **job(f"{login.url}/oidc", client, tenant)}
        found = sign(environ(**given)).acquire(AI)
    assert isinstance(found, Acquired), found.detail
    assert found.facts["token.audience"] == "foundry"


def test_entra_s_refusal_of_it_keeps_its_number(login: Stub, environ: Environ, sign: Sign) -> None:
    vouching(login)
    inner = login.token
    body = entra_error(700213, "invalid_client", "No matching federated identity record found.")
    login.token = lambda form: Reply(401, body) if "grant_type" in form else inner(form)
    found = sign(environ(login, **job(f"{login.url}/oidc"))).acquire(AI)
    assert isinstance(found, Refused)
    assert (found.problem, found.facts["aadsts.code"]) == ("entra-refused", 700213)
    assert found.credential == "AzurePipelinesCredential"


@pytest.mark.parametrize(
    "answer",
    [
        Reply(401, "<html>Sign in</html>", "text/html"),
        Reply(401, {"message": "TF400813: not authorized"}),
        Reply(200, {"other": 1}),
    ],
)
def test_a_refusing_pipeline_is_not_taken_for_entra(
    answer: Reply, login: Stub, environ: Environ, sign: Sign
) -> None:
    vouching(login, answer)
    found = sign(environ(login, **job(f"{login.url}/oidc"))).acquire(AI)
    assert isinstance(found, Refused)
    assert (found.problem, found.credential) == ("other", "AzurePipelinesCredential")
    assert "OIDC token" in found.detail
    assert not any("grant_type" in one.form for one in login.signed_in()), "Entra was not asked"


@pytest.mark.parametrize("missing", NAMES)
def test_what_a_half_mapped_job_lacks_is_named(
    missing: str, login: Stub, environ: Environ, sign: Sign
) -> None:
    vouching(login)
    found = sign(environ(login, **{**job(f"{login.url}/oidc"), missing: None})).acquire(AI)
    assert isinstance(found, Refused)
    line = next(one for one in found.attempted if one.startswith("AzurePipelinesCredential"))
    assert f"{missing} missing" in line
    assert login.signed_in() == []


@pytest.mark.parametrize(
    "uri",
    ["http://localhost:9/oidc", "https://", "https://a:b@host/oidc", "https://[", "file:///x"],
)
def test_the_job_s_token_goes_to_https_only(uri: str) -> None:
    assert pipelines_keywords(job(uri)) is None
    assert "https" in str(pipelines_lack(job(uri)))


def test_a_job_without_service_connection_says_nothing_of_it() -> None:
    environ = {"SYSTEM_OIDCREQUESTURI": "https://localhost/oidc", "SYSTEM_ACCESSTOKEN": JOB_TOKEN}
    assert pipelines_keywords(environ) is None
    assert pipelines_lack(environ) is None


def test_a_secret_of_the_environment_comes_first(
    login: Stub, application: Environ, sign: Sign
) -> None:
    vouching(login)
    found = sign(application(login, **job(f"{login.url}/oidc"))).acquire(AI)
    assert isinstance(found, Acquired)
    assert found.credential == "EnvironmentCredential"
    assert all("grant_type" in one.form for one in login.signed_in())


def test_a_choice_of_another_credential_is_obeyed(
    login: Stub, environ: Environ, sign: Sign
) -> None:
    vouching(login)
    chosen = job(f"{login.url}/oidc") | {"AZURE_TOKEN_CREDENTIALS": "AzureCliCredential"}
    found = sign(environ(login, **chosen)).acquire(AI)
    assert isinstance(found, Refused)
    assert login.signed_in() == []
