"""Secrets by the ten thousand: every kind, in every place where one was seen, in every notation.

Two searches of different strength: a known value must go whatever its notation and surroundings,
and one that nobody knows must go by its shape or by the name that it stands behind.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from foundry_doctor.bundle.scan import scan
from foundry_doctor.redact import Redactor
from foundry_doctor.secret import Secret

from ..conftest import KEY, PASSWORD
from .test_exact import ENCODINGS, Encode

HEX = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
JWT = (
    "eyJ0eXAiOiJKV1QiLCJhbGciOiJub25lIn0.eyJhdWQiOiJodHRwczovL2FpLmF6dXJlLmNvbSIsIm9pZCI6ImZha2UifQ"
    ".RkFLRS1TSUdOQVRVUkUtRk9SLVRFU1RT"
)
KINDS = {
    "azure key": KEY,
    "hex key": HEX,
    "entra secret": "aB3" + "8Q~" + "FaKe1fAkE2fAkE3fAkE4fAkE5fAkE6_x.y",
    "token": JWT,
    "refresh token": "0.AXoAFaKe1FaKe2FaKe3FaKe4FaKe5.AgABAAEAAAFaKe6FaKe7FaKe8",
    "password": PASSWORD,
    "password of words": "correct horse battery 4711 staple",
    "password of signs": "p4$$w0rd!%&/()=?+*#'-_.:,;<>|",
    "password in another script": "пароль-4711-秘密-geheim",
    "anthropic": "sk-ant-api03-" + "FaKe1FaKe2_FaKe3-FaKe4FaKe5FaKe6AA",
    "github": "ghp_" + "FaKe1FaKe2FaKe3FaKe4FaKe5FaKe6Fa1234",
    "aws": "AKIA" + "FAKEFAKEFAKE1234",
    "sas": "sv=2024-11-04&sig=FaKe1FaKe2FaKe3%2BFaKe4FaKe5FaKe6%3D",
    "storage key": base64.b64encode(bytes(range(7, 71))).decode(),
    "pem": "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCFaKe1FaKe2\nFaKe3FaKe4FaKe5FaKe6FaKe7FaKe8FaKe9FaKe0",
    "cookie": "ESTSAUTH=0.FaKe1FaKe2FaKe3FaKe4FaKe5; stsservicecookie=estsfd-FaKe6",
    "long number": "49152637180946273510",
    "short": "Kq9xZ2",
    "guid": "5f0c9f5e-7b1e-4c58-9d5f-0123456789ab",
    "proxy user": "svc-proxy:w0nt-t3ll",
}
PLACES = (
    "{}", "key {}", "api-key: {}", "x-api-key: {}", "Ocp-Apim-Subscription-Key: {}",
    "Authorization: Bearer {}", "Authorization: Basic {}", "Proxy-Authorization: Basic {}",
    "Cookie: {}", 'curl -H "api-key: {}" https://h', "ANTHROPIC_FOUNDRY_API_KEY={}",
    "export AZURE_CLIENT_SECRET='{}'", '$env:AZURE_CLIENT_SECRET = "{}"', "set KEY={}",
    '{{"api_key": "{}"}}', '{{"headers": [{{"name": "api-key", "value": "{}"}}]}}',
    "{{'api-key': '{}', 'x': 1}}", "headers=Headers([('api-key', '{}')])",
    "https://user:{}@proxy.contoso.com:8080/", "https://h/p?subscription-key={}&x=1",
    "https://h/cb#access_token={}", "client_id=a&client_secret={}&scope=s", "password: {}",
    "  token: |\n    {}\n", "<key>{}</key>", "az login --password {} --tenant t",
    "tool --api-key={} run", "2026-11-24T02:04:11Z ERROR [{}] failed", "| key | {} |",
    "Traceback: ValueError: bad value '{}'", "AccountKey={};EndpointSuffix=core.windows.net",
    "x=({})", "\x1b[31m{}\x1b[0m", "{}\r\n{}", "a{}b", "## {}",
)  # fmt: skip


def cores(value: str) -> set[str]:
    """What must not be left of a value: itself, and its base64 wherever that is unambiguous."""
    left = {value}
    if len(value) >= 16:
        left |= {base64.b64encode(value.encode()).decode()[: len(value) - 4], value[2:-2]}
    return left


def test_there_are_enough_of_them() -> None:
    assert len(KINDS) * len(PLACES) * len(ENCODINGS) >= 20_000


@pytest.mark.parametrize("kind", KINDS)
def test_a_known_secret_goes_from_everywhere(kind: str) -> None:
    value = KINDS[kind]
    redactor = Redactor([Secret(value)])
    left = cores(value)
    for name, encode in ENCODINGS.items():
        if len(value) < 16 and name.startswith(("in ", "reversed", "base64", "hex")):
            continue  # across lines, backwards and in base64 or hex only a longer value can be told
        coded = encode(value)
        for place in PLACES:
            masked = redactor.text(place.replace("{}", coded).replace("{{", "{").replace("}}", "}"))
            found = [one for one in (coded, *left) if one in masked]
            assert not found, (name, place, masked)


SHAPED = ("azure key", "hex key", "entra secret", "token", "refresh token", "anthropic", "github",
          "aws", "storage key")  # fmt: skip
NAMED = (
    "api-key: {}", "x-api-key: {}", "Ocp-Apim-Subscription-Key: {}", '{{"api_key": "{}"}}',
    "ANTHROPIC_FOUNDRY_API_KEY={}", "export AZURE_CLIENT_SECRET='{}'", "client_secret={}&scope=s",
    "tool --api-key={} run", "https://user:{}@proxy.contoso.com:8080/", "password: {}",
    "AccountKey={};EndpointSuffix=core.windows.net", "Authorization: Bearer {}",
    "https://h/p?subscription-key={}&x=1", "{{'api-key': '{}', 'x': 1}}",
)  # fmt: skip
TEXTS: dict[str, Encode] = {"raw": lambda v: v, "json": lambda v: json.dumps(v)[1:-1],
         "json twice": lambda v: json.dumps(json.dumps({"k": v}))}  # fmt: skip


@pytest.mark.parametrize("kind", SHAPED)
def test_a_secret_that_nobody_knows_goes_by_its_shape(kind: str) -> None:
    value = KINDS[kind]
    redactor = Redactor()
    for name, encode in TEXTS.items():
        for place in PLACES:
            if "a{}b" in place:
                continue  # glued to other letters it has another shape
            text = place.replace("{}", encode(value)).replace("{{", "{").replace("}}", "}")
            masked = redactor.text(text)
            assert value not in masked, (name, place, masked)
            assert not scan({"x.txt": masked.encode()}), (name, place, masked)


@pytest.mark.parametrize("kind", [one for one in KINDS if one not in ("cookie", "sas", "pem")])
def test_a_secret_that_nobody_knows_goes_by_its_name(kind: str) -> None:
    value = KINDS[kind]
    if " " in value or set(value) & set("'\"&;,<>|"):
        value = "".join(ch for ch in value if ch.isalnum())
    redactor = Redactor()
    for place in NAMED:
        text = place.replace("{}", value).replace("{{", "{").replace("}}", "}")
        assert value not in redactor.text(text), (place, redactor.text(text))


def own_lines() -> list[str]:
    """Every line of the reference pages: remedies, commands, error texts, names of settings."""
    root = Path(__file__).parents[2]
    pages = [root / "README.md", root / "docs" / "playbooks.md", root / "docs" / "facts.md"]
    lines = {line.strip() for page in pages for line in page.read_text("utf-8").splitlines()}
    return sorted(line for line in lines if line)


def test_look_alikes_stay() -> None:
    """What a report says of keys and tokens without holding one, thousands of it."""
    lines = own_lines()
    assert len(lines) >= 2_000
    redactor = Redactor([Secret(KEY)])
    changed = [(line, redactor.text(line)) for line in lines if redactor.text(line) != line]
    assert changed == []
    hits = [line for line in lines if scan({"x.txt": line.encode()}, [KEY])]
    assert hits == []
