"""The login host: discovery, tokens and their claims, and every refusal in its documented shape."""

from __future__ import annotations

import json
import re
import time
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from foundry_doctor.emulator import Emulator
from foundry_doctor.emulator.assertions import AUDIENCE, ISSUER, SUBJECT
from foundry_doctor.emulator.entra_errors import known_errors
from foundry_doctor.emulator.tokens import claims_of, encoded, jwt
from foundry_doctor.emulator.world import TENANT, UNKNOWN_TENANT

from .conftest import sign_in

COGNITIVE = "https://cognitiveservices.azure.com"
GUID = "0a1b2c3d-0000-4000-8000-0123456789ab"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def claims(reply: Any) -> dict[str, Any]:
    found = claims_of(reply.json()["access_token"])
    assert found is not None
    return dict(found)


def federated(**changes: Any) -> dict[str, str]:
    now = int(time.time())
    body = {"aud": [AUDIENCE], "iss": ISSUER, "sub": SUBJECT, "nbf": now - 9, "exp": now + 600}
    assertion = jwt({**body, **changes})
    kind = {"client_assertion": assertion, "client_assertion_type": ASSERTION_TYPE}
    return {**kind, "client_secret": ""}


def test_discovery(serve: Any, call: Any) -> None:
    emulator: Emulator = serve(planes="all")
    base = f"{emulator.authority}/{TENANT}"
    found = call(emulator, "GET", f"{base}/v2.0/.well-known/openid-configuration").json()
    assert found["token_endpoint"] == f"{base}/oauth2/v2.0/token"
    assert found["issuer"] == f"https://login.microsoftonline.com/{TENANT}/v2.0"
    assert call(emulator, "GET", found["jwks_uri"]).json() == {"keys": []}
    older = call(emulator, "GET", f"{base}/.well-known/openid-configuration").json()
    assert older["token_endpoint"] == f"{base}/oauth2/token"
    instances = call(emulator, "GET", f"{emulator.authority}/common/discovery/instance").json()
    assert "login.microsoftonline.com" in instances["metadata"][0]["aliases"]
    realm = call(emulator, "GET", f"{emulator.authority}/common/userrealm/a@contoso.com").json()
    assert realm["account_type"] == "Managed"
    shared = call(
        emulator, "GET", f"{emulator.authority}/common/v2.0/.well-known/openid-configuration"
    )
    assert "{tenantid}" in shared.json()["issuer"]
    assert call(emulator, "GET", f"{emulator.authority}/elsewhere").status_code == 404


def test_a_token_and_its_claims(serve: Any, call: Any) -> None:
    emulator: Emulator = serve(planes="all")
    reply = sign_in(call, emulator, COGNITIVE)
    body = reply.json()
    assert (body["token_type"], body["expires_in"], body["ext_expires_in"]) == (
        "Bearer",
        3599,
        3599,
    )
    found = claims(reply)
    app = emulator.planes.world.app
    assert found["aud"] == COGNITIVE
    assert found["iss"] == f"https://sts.windows.net/{TENANT}/"
    assert (found["tid"], found["oid"], found["appid"]) == (TENANT, app.oid, app.app_id)
    assert (found["ver"], found["idtyp"]) == ("1.0", "app")
    assert found["exp"] - found["iat"] == 3599
    assert found["iat"] == found["nbf"]
    assert found["uti"]
    assert "upn" not in found


def test_one_slash_belongs_to_the_resource(serve: Any, call: Any) -> None:
    emulator = serve(planes="all")
    found = claims(sign_in(call, emulator, "https://management.core.windows.net/"))
    assert found["aud"] == "https://management.core.windows.net/"


def test_the_v1_endpoint(serve: Any, call: Any) -> None:
    emulator = serve(planes="all")
    reply = sign_in(call, emulator, scope="", path="oauth2/token", resource=COGNITIVE)
    assert reply.json()["expires_in"] == "3599"
    assert claims(reply)["aud"] == COGNITIVE


@pytest.mark.parametrize(
    ("token", "check"),
    [
        ({"audience": "guid"}, lambda c: re.fullmatch("[0-9a-f-]{36}", c["aud"])),
        ({"version": "2.0"}, lambda c: c["azp"] and c["iss"].endswith("/v2.0")),
        ({"lifetime_s": 60}, lambda c: c["exp"] - c["iat"] == 60),
        ({"expired": True}, lambda c: c["exp"] < time.time() - 1000),
        ({"idtyp": False}, lambda c: "idtyp" not in c),
    ],
)
def test_the_switches_of_tokens(serve: Any, call: Any, token: Any, check: Any) -> None:
    emulator = serve(entra={"token": token})
    assert check(claims(sign_in(call, emulator, COGNITIVE)))


def test_the_clock_of_the_login_host_can_be_moved(serve: Any, call: Any) -> None:
    emulator = serve(entra={"date_offset_s": 7200})
    reply = sign_in(call, emulator)
    assert claims(reply)["iat"] > time.time() + 7000
    date = parsedate_to_datetime(reply.headers["date"]).timestamp()
    assert date > time.time() + 7000


@pytest.mark.parametrize("code", sorted(known_errors()))
def test_every_refusal_has_the_documented_shape(serve: Any, call: Any, code: str) -> None:
    emulator = serve(entra={"error": {"code": int(code)}})
    headers = {"client-request-id": GUID}
    url = f"{emulator.authority}/{TENANT}/oauth2/v2.0/token"
    form = {"grant_type": "client_credentials", **federated()}
    reply = call(emulator, "POST", url, data=form, headers=headers)
    row = known_errors()[code]
    assert reply.status_code == row["status"]
    body = reply.json()
    assert body["error"] == row["error"]
    assert body["error_codes"] == [int(code)]
    lines = body["error_description"].split("\r\n")
    assert lines[0].startswith(f"AADSTS{code}: ")
    assert "{" not in lines[0]
    assert (
        lines[1]
        == f"Trace ID: {body['trace_id']}"
        == f"Trace ID: {reply.headers['x-ms-request-id']}"
    )
    assert lines[2] == f"Correlation ID: {GUID}"
    assert lines[3] == f"Timestamp: {body['timestamp']}"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ", body["timestamp"])
    assert body["correlation_id"] == GUID == reply.headers["client-request-id"]
    assert body["error_uri"] == f"https://login.microsoftonline.com/error?code={code}"


def test_a_refusal_may_have_its_own_words_and_grant(serve: Any, call: Any) -> None:
    error = {
        "code": 99,
        "message": "Own words for {client_id}.",
        "error": "own",
        "grants": ["password"],
    }
    emulator = serve(entra={"error": error})
    assert sign_in(call, emulator).status_code == 200
    body = sign_in(call, emulator, grant_type="password").json()
    assert body["error"] == "own"
    assert body["error_description"].startswith(
        f"AADSTS99: Own words for {emulator.planes.world.app.app_id}."
    )


@pytest.mark.parametrize(
    ("form", "status", "error", "code"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client", 7000215),
        ({"client_secret": ""}, 401, "invalid_client", 7000218),
        ({"client_id": GUID}, 400, "unauthorized_client", 700016),
        ({"tenant": UNKNOWN_TENANT}, 400, "invalid_request", 90002),
        ({"grant_type": ""}, 400, "invalid_request", 900144),
        ({"grant_type": "magic"}, 400, "unsupported_grant_type", 70003),
        (
            {"scope": "https://contoso-ai.services.ai.azure.com/.default"},
            400,
            "invalid_resource",
            500011,
        ),
        ({"scope": "api:///.default"}, 400, "invalid_resource", 500011),
        ({"scope": COGNITIVE}, 400, "invalid_scope", 1002012),
        (federated(sub="another"), 401, "invalid_client", 700213),
        (federated(sub=SUBJECT.upper()), 401, "invalid_client", 7002138),
        (federated(iss=ISSUER[:-1]), 401, "invalid_client", 700211),
        (federated(aud="api://other"), 401, "invalid_client", 700212),
        (federated(exp=time.time() - 60), 401, "invalid_client", 700024),
        (federated(nbf=time.time() + 1e4, exp=time.time() + 2e4), 401, "invalid_client", 700024),
        (federated(exp=None), 401, "invalid_client", 700024),
        ({**federated(), "client_assertion": "x"}, 401, "invalid_client", 50027),
        ({**federated(), "client_assertion_type": "other"}, 401, "invalid_client", 50027),
    ],
)
def test_what_is_refused_by_itself(
    serve: Any, call: Any, form: dict[str, str], status: int, error: str, code: int
) -> None:
    reply = sign_in(call, serve(planes="all"), **form)
    body = reply.json()
    assert (reply.status_code, body["error"], body["error_codes"]) == (status, error, [code])


def test_an_assertion_is_answered_with_its_times(serve: Any, call: Any) -> None:
    form = federated(nbf=0, exp=time.time() - 60)
    text = sign_in(call, serve(planes="all"), **form).json()["error_description"]
    assert "assertion valid from 1970-01-01T00:00:00.0000000Z" in text


def test_a_federated_assertion_is_exchanged(serve: Any, call: Any) -> None:
    assert sign_in(call, serve(planes="all"), **federated()).status_code == 200


def test_an_unknown_tenant_is_refused_at_discovery(serve: Any, call: Any) -> None:
    emulator = serve(planes="all")
    url = f"{emulator.authority}/{UNKNOWN_TENANT}/v2.0/.well-known/openid-configuration"
    reply = call(emulator, "GET", url)
    assert reply.status_code == 400
    assert reply.json()["error_codes"] == [90002]
    assert UNKNOWN_TENANT in reply.json()["error_description"]


def test_a_user_signs_in_and_refreshes(serve: Any, call: Any) -> None:
    emulator = serve(planes="all")
    world = emulator.planes.world
    form = {
        "grant_type": "password",
        "client_id": GUID,
        "username": "caller@contoso.onmicrosoft.com",
        "scope": f"{COGNITIVE}/.default openid profile offline_access",
        "client_secret": "",
    }
    first = sign_in(call, emulator, **form, password=world.password)
    assert claims(first)["upn"] == form["username"]
    assert claims(first)["scp"] == "user_impersonation"
    assert claims_of(first.json()["id_token"])
    refresh = {
        **form,
        "grant_type": "refresh_token",
        "refresh_token": first.json()["refresh_token"],
    }
    assert claims(sign_in(call, emulator, **refresh))["aud"] == COGNITIVE
    refused = [
        sign_in(call, emulator, **form, password="no"),
        sign_in(call, emulator, **{**form, "username": "nobody@contoso.com"}, password="no"),
        sign_in(call, emulator, **{**refresh, "refresh_token": "no"}),
    ]
    assert [one.json()["error_codes"] for one in refused] == [[50126], [50034], [70000]]


def test_no_record_holds_a_credential(serve: Any, call: Any) -> None:
    emulator: Emulator = serve(planes="all")
    world = emulator.planes.world
    assertion = federated()["client_assertion"]
    sign_in(call, emulator)
    sign_in(call, emulator, **federated())
    sign_in(call, emulator, grant_type="password", username="a", password=world.password)
    sign_in(call, emulator, grant_type="refresh_token", refresh_token="1.refresh-me")
    text = repr(emulator.entra_requests)
    for secret in (world.client_secret, world.password, assertion, "refresh-me"):
        assert secret not in text
    assert emulator.entra_requests[0].body["client_secret"] == "[redacted]"
    assert emulator.entra_requests[0].body["scope"] == "https://management.azure.com/.default"


@pytest.mark.parametrize(
    ("name", "discovery", "token"),
    [
        ("entra-html-503", "application/json", (503, "text/html")),
        ("entra-html-200", "application/json", (200, "text/html")),
        ("entra-captive-portal", "text/html", (200, "text/html")),
    ],
)
def test_pages_in_place_of_answers(
    serve: Any, call: Any, name: str, discovery: str, token: tuple[int, str]
) -> None:
    emulator = serve(name, planes="all")
    url = f"{emulator.authority}/{TENANT}/v2.0/.well-known/openid-configuration"
    assert call(emulator, "GET", url).headers["content-type"].startswith(discovery)
    reply = sign_in(call, emulator)
    assert (reply.status_code, reply.headers["content-type"].split(";")[0]) == token


def test_a_scenario_that_needs_planes_says_so(serve: Any) -> None:
    with pytest.raises(ValueError, match="all"):
        serve("client-secret-expired")


def certified(emulator: Emulator, name: str = "client.pem", **changes: Any) -> dict[str, str]:
    """A form with an assertion that is signed by a certificate of the world."""
    pem = emulator.planes.client_certificate(name).read_bytes()
    key = load_pem_private_key(pem, None)
    assert isinstance(key, RSAPrivateKey)
    certificate = x509.load_pem_x509_certificate(pem)
    now = int(time.time())
    app = emulator.planes.world.app.app_id
    audience = f"{emulator.authority}/{TENANT}/oauth2/v2.0/token"
    body = {"aud": audience, "iss": app, "sub": app, "nbf": now, "exp": now + 600, **changes}
    header = {"alg": "RS256", "x5t#S256": encoded(certificate.fingerprint(SHA256()))}
    parts = [encoded(json.dumps(one).encode()) for one in (header, body)]
    signature = key.sign(".".join(parts).encode(), PKCS1v15(), SHA256())
    assertion = ".".join([*parts, encoded(signature)])
    return {
        "client_assertion": assertion,
        "client_assertion_type": ASSERTION_TYPE,
        "client_secret": "",
    }


def test_a_certificate_signs_in(serve: Any, call: Any) -> None:
    emulator = serve(planes="all")
    assert sign_in(call, emulator, **certified(emulator)).status_code == 200


@pytest.mark.parametrize(
    ("name", "changes", "code"),
    [
        ("other.pem", {}, 700027),
        ("client.pem", {"exp": 1}, 700024),
        ("client.pem", {"aud": "https://elsewhere.example/"}, 50027),
    ],
)
def test_assertions_that_are_refused(
    serve: Any, call: Any, name: str, changes: Any, code: int
) -> None:
    emulator = serve(planes="all")
    emulator.planes.client_certificate()
    reply = sign_in(call, emulator, **certified(emulator, name, **changes))
    assert reply.json()["error_codes"] == [code]
    if code == 700027:
        assert re.search("client: '[0-9A-F]{64}'", reply.json()["error_description"])


@pytest.mark.parametrize(("verify", "status"), [(True, 401), (False, 200)])
def test_the_signature_counts_where_it_is_checked(
    serve: Any, call: Any, verify: bool, status: int
) -> None:
    emulator = serve(entra={"verify_signature": verify})
    form = certified(emulator)
    head, _, _ = form["client_assertion"].rpartition(".")
    form["client_assertion"] = f"{head}.{encoded(b'x' * 256)}"
    assert sign_in(call, emulator, **form).status_code == status


def test_a_certificate_may_not_be_registered(serve: Any, call: Any) -> None:
    emulator = serve(world={"app": {"certificate_registered": False}})
    assert sign_in(call, emulator, **certified(emulator)).json()["error_codes"] == [700027]
