"""Claims are read, bounded and shown; the token and its signature never are."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from foundry_doctor.azure.claims import Claims, NotAToken, describe, read_claims

from .stub import CLIENT, OID, SIGNATURE, TENANT, app_claims, coded, jwt

USER = {
    "aud": "https://ai.azure.com", "tid": TENANT, "oid": OID, "azp": CLIENT, "ver": "2.0",
    "preferred_username": "a@contoso.example", "scp": "user_impersonation a.b", "exp": 1000,
    "groups": ["g1", "g2"], "xms_cc": ["cp1"], "roles": ["r"], "iat": 400,
}  # fmt: skip


def test_a_users_token() -> None:
    claims = read_claims(jwt(USER))
    assert claims.principal == "user"
    assert claims.name == "a@contoso.example"
    assert claims.appid == CLIENT
    assert claims.scp == ("user_impersonation", "a.b")
    assert (claims.groups_count, claims.xms_cc, claims.roles) == (2, ("cp1",), ("r",))
    assert (claims.exp, claims.iat, claims.nbf) == (1000, 400, None)


def test_an_applications_token() -> None:
    claims = read_claims(jwt(app_claims("https://ai.azure.com")))
    assert (claims.principal, claims.name, claims.tid) == ("service-principal", None, TENANT)
    assert claims.audience == "foundry"


@pytest.mark.parametrize(
    ("claims", "kind"),
    [
        ({"idtyp": "app", "scp": "x"}, "service-principal"),
        ({"idtyp": "user"}, "user"),
        ({"scp": "x", "appidacr": "1"}, "user"),
        ({"upn": "a@b"}, "user"),
        ({"roles": ["x"]}, "service-principal"),
        ({"oid": OID, "sub": OID}, "service-principal"),
        ({"xms_mirid": "/subscriptions/x"}, "service-principal"),
        ({"azpacr": "2"}, "service-principal"),
        ({"appidacr": "0"}, "unknown"),
        ({"oid": OID, "sub": "pairwise"}, "unknown"),
        ({"idtyp": "device"}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_whose_token_it_is(claims: dict[str, object], kind: str) -> None:
    assert read_claims(jwt(claims)).principal == kind


@pytest.mark.parametrize(
    "shape",
    [
        "{token}", " {token}\n", "\ufeff{token}", "Bearer {token}", "bearer   {token}",
        "Authorization: Bearer {token}", "'{token}'", '"{token}",', "export TOKEN={token}",
        'TOKEN="{token}"', '$env:TOKEN = "{token}"', "TOKEN=Bearer {token}", "set TOKEN={token}",
        '{{"accessToken": "{token}", "expiresOn": "x"}}', '{{"access_token": "{token}"}}',
        '{{"token": "{token}"}}',
    ],
)  # fmt: skip
def test_a_token_is_found_in_what_people_paste(shape: str) -> None:
    assert read_claims(shape.format(token=jwt(USER))).oid == OID


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "nothing in it"),
        ("   ", "nothing in it"),
        ("{}", "nothing in it"),
        ("a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4", "three parts"),
        ("0.AAAAopaque.refresh-token.x", "three parts"),
        (".".join([coded({"enc": "A256GCM"}), "a", "b", "c", "d"]), "encrypted"),
        (".".join([coded({"enc": "A256GCM"}), coded({}), "x"]), "encrypted"),
        (jwt(USER).rpartition(".")[0], "cut off"),
        (f"{coded({})}.é.x", "base64url"),
        ("a\x00b.c.d", "base64url"),
        ("a+/b.c.d", "base64url"),
        (f"{coded({})}.bm90IGpzb24.x", "not JSON"),
        (f"{coded({})}.{coded([1])}.x", "not a JSON object"),
        (f"{coded(1)}.{coded({})}.x", "header is not a JSON object"),
        ("x" * 65537, "longer"),
        (f"{coded({})}.{coded(json.loads('[' * 400 + ']' * 400))}.x", "payload"),
    ],
)
def test_what_is_no_token_is_refused_with_a_reason(text: str, why: str) -> None:
    with pytest.raises(NotAToken) as caught:
        read_claims(text)
    assert why in caught.value.message
    assert caught.value.__cause__ is None
    assert len(text) < 12 or text[:12] not in str(caught.value)


@pytest.mark.parametrize("exp", ["1000", True, None, 1e400, -5, 10**18, {"a": 1}])
def test_a_time_that_is_none_is_left_out(exp: object) -> None:
    text = json.dumps({"exp": exp}).replace("Infinity", "1e999")
    assert read_claims(f"{coded({})}.{_plain(text)}.x").exp is None


def test_times_may_be_fractions() -> None:
    assert read_claims(jwt({"exp": 1000.9})).exp == 1000


def _plain(text: str) -> str:
    import base64

    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def test_foreign_text_in_claims_is_made_harmless() -> None:
    claims = read_claims(jwt({"upn": "a\x1b[31mb\nc" + "x" * 999, "aud": ["one", "two", 3]}))
    assert claims.name is not None
    assert "\x1b" not in claims.name
    assert len(claims.name) <= 300
    assert claims.aud == "one, two"


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (1000 - 43 * 60, "(in 43 min)"),
        (1000 + 12 * 60, "(expired 12 min ago)"),
        (1000, "(expired 0 s ago)"),
        (999, "(in 1 s)"),
        (1000 + 3 * 3600 + 300, "(expired 3 h 5 min ago)"),
        (1000 + 9 * 86400, "(expired 9 days ago)"),
    ],
)
def test_expiry_is_told_in_words(now: float, words: str) -> None:
    assert dict(describe(read_claims(jwt(USER)), now))["Expires"].endswith(words)


def test_the_description_shows_claims_and_no_token() -> None:
    rows = dict(describe(read_claims(jwt({**USER, "nbf": 900})), now=500))
    assert rows["Caller"] == "a@contoso.example"
    assert rows["Not before"].endswith("(in 6 min)")
    assert "Foundry's default" in rows["Audience"]
    shown = repr(rows) + repr(read_claims(jwt(USER)))
    assert SIGNATURE[:12] not in shown
    assert coded(USER)[:20] not in shown


def test_an_empty_token_describes_itself_as_unknown() -> None:
    rows = dict(describe(Claims(), now=0))
    assert rows == {"Kind": "cannot be told", "Expires": "the token does not say"}


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=8,
)
_NAMES = ("aud", "exp", "oid", "sub", "scp", "roles", "groups", "xms_cc", "idtyp", "upn", "nbf")


@given(st.text() | st.binary().map(lambda data: data.decode("latin-1")))
@example("..")
@example("{" * 5000)
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(NotAToken):
        describe(read_claims(text), 0)


@given(st.dictionaries(st.sampled_from(_NAMES), _JSON), st.floats(0, 4e9))
def test_any_claims_can_be_described(found: dict[str, object], now: float) -> None:
    claims = read_claims(jwt(found))
    assert all(label and text for label, text in describe(claims, now))
    assert hash(claims) == hash(read_claims(jwt(found)))
