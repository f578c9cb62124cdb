"""Secrets told by their shape: what must go, and what must stay although it looks alike."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundry_doctor.bundle.canaries import samples
from foundry_doctor.redact import RedactionRefused, Redactor, redact
from foundry_doctor.redact.names import is_secret_field

S = "Qz7Wk4Lm9Rt2" + "Xc5Vb8Nh1Jg6Fd3Ps0"
HEX = "0f9e8d7c6b5a4938" * 2
AZURE = (S + S[::-1])[:60] + "JQQJ99BKACYeBjFXJ3w3AAAA"
STORAGE = base64.b64encode(bytes(range(64))).decode()
B64 = base64.b64encode(json.dumps({"userId": S}).encode()).decode()
JWT = "eyJ" + "hbGciOiJSUzI1NiJ9." + "eyJ" + "hdWQiOiJ4In0." + S

GO = {
    "authorization, bearer": f"Authorization: Bearer {S}",
    "authorization, basic": f"authorization: Basic {base64.b64encode(b'user:pa55word').decode()}",
    "authorization, other scheme": f"Authorization: ApiKey {S}",
    "authorization, no scheme": f"Authorization={S}",
    "authorization, quoted": f'"authorization":"Bearer {S}"',
    "authorization, escaped": f'\\"authorization\\":\\"Bearer {S}\\"',
    "authorization, folded": f"Authorization: Bearer\r\n  {S}\r\nhost: x",
    "authorization, digest": f'Authorization: Digest username="u", response="{S}"\r\n nc="{S}"',
    "proxy-authorization": f"Proxy-Authorization: Negotiate {S}",
    "bearer alone": f"sent Bearer   {S}",
    "bearer in a url": f"?h=Bearer%20{S}",
    "api-key header": f"api-key: {S}",
    "x-api-key header": f"x-api-key: {HEX}",
    "apim key": f"Ocp-Apim-Subscription-Key: {HEX}",
    "functions key": f"x-functions-key: {S}",
    "client principal": f"x-ms-client-principal: {B64}",
    "snake": f"client_secret={S}",
    "kebab": f"client-secret={S}",
    "camel": f'"clientSecret":"{S}"',
    "camel, prefixed": f'"storageAccessKey": "{S}"',
    "assertion": f"client_assertion={S}&x=1",
    "refresh token": f'"refresh_token": "{S}"',
    "msal cache": f'"secret": "0.AXoA{S}"',
    "refresh token alone": f"got 0.AXoA{S}{S}",
    "env, GH_PAT": f"GH_PAT={S}",
    "env, REDIS_AUTH": f"REDIS_AUTH={S}",
    "env, AZURE_CLIENT_SECRET": f"AZURE_CLIENT_SECRET='{S}'",
    "yaml": f"password: {S}",
    "python": f"{{'password': '{S}'}}",
    "a flag": f"--api-key {S}",
    "a flag, joined": f"tool --client-secret={S} run",
    "a token's weak name": f'"token": "{S}"',
    "userinfo": f"https://user:{S}@host/x",
    "userinfo, two at signs": f"https://user:p@{S}@host/x",
    "userinfo, user only": f"https://{S}@host/x",
    "userinfo, slash in it": f"http://user:a/{S}@proxy:3128",
    "userinfo, encoded": f"u=https%3A%2F%2Fuser%3A{S}%40host%2F",
    "tcp connection": f"user:{S}@tcp(db:3306)/x",
    "sas": f"https://x.blob.core.windows.net/c?sv=2024&sig={S}%3D&se=2027",
    "oauth code": f"https://localhost/?code={S}&state=abcdefgh1",
    "account key": f"AccountName=x;AccountKey={STORAGE};EndpointSuffix=core.windows.net",
    "service bus": f"Endpoint=sb://x/;SharedAccessKeyName=Root;SharedAccessKey={S}=",
    "ado": f"Server=x;User ID=alice;Password={S};",
    "storage key alone": f"key {STORAGE}",
    "azure key alone": f"the key {AZURE} is refused",
    "hex key alone": f"key1: {HEX}",
    "jwt": f"token {JWT} expired",
    "jwt, cut off": "eyJ" + f"hbGciOiJSUzI1NiJ9.{S}",
    "jwt, head only": "eyJ" + "hbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9",
    "entra secret": f"abc8Q~{S}{S[:4]}",
    "cookie": f"Cookie: a=1; ARRAffinity={S}; b=2",
    "set-cookie": f"set-cookie: esctx={S}; path=/",
    "pem": f"-----BEGIN RSA PRIVATE KEY-----\nDEK-Info: AES\n{S}\n-----END RSA PRIVATE KEY-----",
    "pem, one line": f'"-----BEGIN PRIVATE KEY-----\\n{S}\\n-----END PRIVATE KEY-----\\n"',
    "pem, cut off": f"-----BEGIN EC PRIVATE KEY-----\n{S}",
    "a reference, then a secret": f"export API_KEY=$(az keys list -o tsv) password={S}",
    "looks like a command": f"password=az-{S}",
    "looks like a variable": f"password=$my_{S}",
    "looks like a placeholder": f"password=<{S}",
    "looks like a source": f"password: 'env x {S}'",
    "anthropic": f"sk-ant-api03-{S}",
    "github": f"ghp_{S}",
    "aws": "AKIA" + "ABCDEFGHIJKLMNOP",
}  # fmt: skip


@pytest.mark.parametrize("name", GO)
def test_it_goes(name: str) -> None:
    text = GO[name]
    for masked in (redact(text), Redactor().text(f"before\n{text}\nafter")):
        for secret in (S, HEX, STORAGE, AZURE, "pa55word", "ABCDEFGHIJKLMNOP", "InR5cCI6"):
            assert secret not in masked
        assert "***" in masked
        assert redact(masked) == masked


STAY = [
    "quota exceeded", "nextToken: AbCdEfGh12345678", "next_page_token=AbCdEfGh12345678",
    "token_type: Bearer", "region: swedencentral", "keyboard", "passport", "max_tokens: 1024",
    "input_tokens: 12, output_tokens: 3", "count_tokens", "key.api_key: refused",
    "x-api-key alone: refused (401); api-key alone: accepted", "x-api-key: 401 and api-key: 403",
    "the token: expired", "a key from env ANTHROPIC_FOUNDRY_API_KEY",
    "key: env ANTHROPIC_FOUNDRY_API_KEY", "unset ANTHROPIC_FOUNDRY_API_KEY; foundry-doctor run",
    "export ANTHROPIC_FOUNDRY_API_KEY=$(az cognitiveservices account keys list -n a -g b -o tsv)",
    "$env:ANTHROPIC_FOUNDRY_API_KEY = az cognitiveservices account keys list -n a",
    '-H "x-api-key: $ANTHROPIC_FOUNDRY_API_KEY"', '-H "authorization: Bearer $TOKEN"',
    "password: ${DB_PASSWORD}", "http://$PROXY_USER:$PROXY_PASSWORD@proxy:3128",
    "request-id: req_011CSHoEeqs5C35K2UUqR7Fy",
    "apim-request-id: 6c1e0000-1111-4222-8333-444455556666",
    "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "/subscriptions/aaaa0a0a-bb1b-cc2c-dd3d-eeeeee4e4e4e/resourceGroups/rg-1",
    "AADSTS7000215: Invalid client secret provided. Ensure the secret being sent is the value.",
    "Access denied due to invalid subscription key or wrong API endpoint.",
    "authentication scheme: Bearer", "https://contoso-ai.services.ai.azure.com/anthropic",
    "https://learn.microsoft.com/azure/x?view=foundry&tabs=key", "sha256 " + "ab12" * 16,
    "http://host:8080/path/@scope/pkg", "2026-11-22T12:00:00.000Z", "CN=DigiCert Global Root G2",
    "role a97b65f3-24c7-4388-baec-2e87135dc908", "client-secret-invalid", "Basic information",
]  # fmt: skip


@pytest.mark.parametrize("text", STAY)
def test_it_stays(text: str) -> None:
    assert redact(text) == text
    assert Redactor().text(text) == text


@pytest.mark.parametrize(
    ("name", "value", "secret"),
    [
        ("password", "x1", True), ("api_key", "hello-there", True), ("api_key", "refused", False),
        ("AZURE_CLIENT_SECRET", "v", True), ("token_type", "Bearer", False), ("token", S, True),
        ("token", "expired", False), ("nextToken", S, False), ("key", "${KEY}", False),
        ("key", "***", False), ("authorization", "Bearer x", True), ("cause", "key-invalid", False),
        ("connectionString", "a=b;c=d", True), ("Cookie", "a=1", True), ("keyboard", S, False),
    ],
)  # fmt: skip
def test_fields_by_their_name(name: str, value: str, secret: bool) -> None:
    assert is_secret_field(name, value) is secret


def test_fields_of_a_document_go_by_their_name() -> None:
    document = {
        "password": "short", "nested": [{"clientSecret": "x y z"}],
        "env": [{"name": "DB_PASSWORD", "value": "hunter2"}, {"name": "LANG", "value": "C"}],
        "key.x_api_key": "refused", "n": 3, "none": None,
    }  # fmt: skip
    assert Redactor().value(document) == {
        "password": "***", "nested": [{"clientSecret": "***"}],
        "env": [{"name": "DB_PASSWORD", "value": "***"}, {"name": "LANG", "value": "C"}],
        "key.x_api_key": "refused", "n": 3, "none": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    "text",
    ["/home/alice.smith/ca.pem", "/Users/alice/x", "C:\\Users\\Alice Smith\\x", "c:/Users/alice/x",
     "C:\\\\Users\\\\alice\\\\x", "file:///home/alice/x", "/mnt/c/Users/alice/x", "%2Fhome%2Falice",
     "alice.smith@contoso.com", "alice%40contoso.com", "live.com#alice@outlook.com",
     "/srv/people/alice",
     "alice_fabrikam.com#EXT#@contoso.onmicrosoft.com", "run as alice on x", "CONTOSO\\alice",
     "PATH=/bin:/home/alice/bin"],
)  # fmt: skip
def test_persons_go(text: str) -> None:
    redactor = Redactor(users=["alice", "alice.smith"], homes=["/srv/people/alice"])
    once = redactor.text(text)
    assert "alice" not in once.lower()
    assert redactor.text(once) == once


@pytest.mark.parametrize(
    "text",
    ["/home/site/wwwroot", "C:\\Users\\Public\\x", "https://portal.azure.com/home/x", "@app.route",
     "actions/checkout@v4", "git commit 1@2", "root cause", "user-not-in-tenant"],
)  # fmt: skip
def test_what_is_no_person_stays(text: str) -> None:
    assert Redactor(users=["root", "user", "claude"]).text(text) == text


def test_every_canary_goes() -> None:
    redactor = Redactor()
    for rule, text in samples().items():
        assert "Zq9xW7v" not in redactor.text(text), rule


def test_a_text_without_a_fixed_point_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    redactor = Redactor()
    monkeypatch.setattr(redactor, "_once", lambda text: text + "x")
    with pytest.raises(RedactionRefused):
        redactor.text("a")


def test_an_unknown_profile_is_no_profile() -> None:
    with pytest.raises(ValueError, match="vendor, public"):
        Redactor(profile="friends")


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from([*GO.values(), *STAY])
        | st.text("ab1 :=\"'\\{}[],;&?@/.-_~*\n%", max_size=12),
        max_size=8,
    ).map("".join)
)
def test_any_mixture_is_idempotent(text: str) -> None:
    for profile in ("vendor", "public"):
        redactor = Redactor(profile=profile, users=["alice"], names={"contoso-ai": "resource"})
        once = redactor.text(text)
        assert redactor.text(once) == once
        assert redactor.value(once) == once


@pytest.mark.parametrize(
    "piece",
    ["{", '{"password":"', "Bearer ", "://a:", "eyJ", "\\", "=3D", "%25", "a@", "CN=", "key=", "::",
     "1.", "-----BEGIN PRIVATE KEY-----"],
)  # fmt: skip
def test_one_piece_over_and_over_is_quick(piece: str) -> None:
    import time

    from foundry_doctor.secret import Secret

    text = piece * (60_000 // len(piece))
    started = time.process_time()
    Redactor([Secret(S)], profile="public").text(text)
    assert time.process_time() - started < 10


def test_a_token_glued_to_a_word_is_masked() -> None:
    from foundry_doctor.redact import redact

    token = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJmYWtlLTEyMzQ1In0.RkFLRVNJRw"
    for before in ("\u00b2", "x", "7", "_", "-"):
        assert token[:24] not in redact(f"{before}{token}")
