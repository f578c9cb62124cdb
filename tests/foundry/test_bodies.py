"""Error bodies of every layer, the shapes that real reports hold, and bytes of any kind."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundry_doctor.facts import FACTS
from foundry_doctor.foundry.bodies import MESSAGE_LIMIT, Body, clean, read_body

AZURE = {"apim-request-id": "a"}
JSON = "application/json"
KEY_REFUSED = "Access denied due to invalid subscription key or wrong API endpoint."
TOKEN_REFUSED = "Unauthorized. Access token is missing, invalid, audience is incorrect."


def read(text: str | bytes, kind: str = JSON, *, azure: bool = True, proxied: bool = False) -> Body:
    data = text.encode() if isinstance(text, str) else text
    return read_body(data, kind, AZURE if azure else {}, proxied=proxied)


def dumped(**document: object) -> str:
    return json.dumps(document)


# The letters are those of facts/reports-dataplane.md section 1.
SHAPES = [
    ("A", dumped(error={"code": "401", "message": KEY_REFUSED}), "gateway", "401", None, "azure"),
    ("A'", dumped(code="401", message=KEY_REFUSED), "gateway", "401", None, "azure-bare"),
    (
        "B",
        dumped(error={"code": "404", "message": "Resource not found"}),
        "gateway",
        "404",
        None,
        "azure",
    ),
    (
        "C",
        dumped(error={"code": "api_not_supported", "message": "m", "details": "m"}),
        "gateway",
        "api_not_supported",
        None,
        "azure",
    ),
    (
        "D",
        dumped(error={"code": "DeploymentNotFound", "message": "m"}),
        "gateway",
        "DeploymentNotFound",
        None,
        "azure",
    ),
    (
        "D typed",
        dumped(
            error={
                "type": "invalid_request_error",
                "code": "DeploymentNotFound",
                "message": "m",
                "param": None,
            }
        ),
        "gateway",
        "DeploymentNotFound",
        "invalid_request_error",
        "azure",
    ),
    (
        "E",
        dumped(error={"code": "PermissionDenied", "message": "The principal lacks"}),
        "gateway",
        "PermissionDenied",
        None,
        "azure",
    ),
    ("F", "Principal does not have access to API/Operation.", "gateway", None, None, "text"),
    ("G", dumped(statusCode=401, message=TOKEN_REFUSED), "gateway", None, None, "status-code"),
    (
        "H",
        dumped(error={"code": "AuthenticationTypeDisabled", "message": "m"}),
        "gateway",
        "AuthenticationTypeDisabled",
        None,
        "azure",
    ),
    (
        "I",
        dumped(error={"code": 403, "message": "Public access is disabled."}),
        "gateway",
        "403",
        None,
        "azure",
    ),
    (
        "J",
        dumped(type="error", error={"type": "not_found_error", "message": "m"}, request_id="req_1"),
        "anthropic",
        None,
        "not_found_error",
        "anthropic",
    ),
    (
        "J reordered",
        dumped(request_id="req_1", error={"message": "m", "type": "api_error"}, type="error"),
        "anthropic",
        None,
        "api_error",
        "anthropic",
    ),
    (
        "J' inner",
        dumped(type="rate_limit_error", message="m"),
        "anthropic",
        None,
        "rate_limit_error",
        "anthropic-bare",
    ),
    ("J' near miss", dumped(type="rate_limit", message="m"), "gateway", None, None, "other-json"),
    (
        "K",
        dumped(
            error={"message": dumped(type="error"), "type": "None", "param": "None", "code": "400"}
        ),
        "gateway",
        "400",
        "None",
        "azure",
    ),
    (
        "L",
        "Error code: 404 - {'error': {'code': 'DeploymentNotFound'}}",
        "gateway",
        None,
        None,
        "text",
    ),
    ("L'", "{'error': {'code': 'DeploymentNotFound'}}", "gateway", None, None, "broken-json"),
    (
        "P",
        dumped(error={"requestid": "g", "code": 400, "message": "m"}),
        "gateway",
        "400",
        None,
        "azure",
    ),
    (
        "R",
        dumped(statusCode=401, message="Access denied due to missing subscription key. Make"),
        "apim",
        None,
        None,
        "status-code",
    ),
    (
        "R limit",
        dumped(statusCode=429, message="Rate limit is exceeded. Try again in 41 seconds."),
        "apim",
        None,
        None,
        "status-code",
    ),
    ("list", "[1, 2]", "gateway", None, None, "other-json"),
    ("string", '"words"', "gateway", None, None, "other-json"),
    ("object", "{}", "gateway", None, None, "other-json"),
    ("cut", '{"error": {"code": "40', "gateway", None, None, "broken-json"),
    ("empty", "", "gateway", None, None, "empty"),
    ("white space", " \r\n", "gateway", None, None, "empty"),
]


@pytest.mark.parametrize(
    ("text", "layer", "code", "kind", "shape"), [r[1:] for r in SHAPES], ids=[r[0] for r in SHAPES]
)
def test_shapes(text: str, layer: str, code: str | None, kind: str | None, shape: str) -> None:
    info = read(text).info
    assert (info.layer, info.code, info.type, info.shape) == (layer, code, kind, shape)
    assert info.layer in FACTS["http.layer"].values
    assert info.shape in FACTS["http.shape"].values


@pytest.mark.parametrize(
    ("message", "repeated"), [("m", True), ("n", False), (None, False), ({"a": 1}, False)]
)
def test_details_that_repeat_the_message(message: object, repeated: bool) -> None:
    body = read(dumped(error={"code": "x", "message": message, "details": "m"}))
    assert body.details_repeat_message is repeated


@pytest.mark.parametrize(("given_id", "read_id"), [("req_1\x1b[31m", "req_1"), (7, None)])
def test_the_request_id_of_a_body(given_id: object, read_id: str | None) -> None:
    body = read(dumped(type="error", error={"type": "t", "message": "m"}, request_id=given_id))
    assert body.request_id == read_id


@pytest.mark.parametrize(
    ("azure", "proxied", "layer"),
    [
        (True, True, "gateway"),
        (True, False, "gateway"),
        (False, True, "proxy"),
        (False, False, "unknown"),
    ],
)
def test_who_writes_what_is_no_json(azure: bool, proxied: bool, layer: str) -> None:
    for text, kind in (("", JSON), ("words", "text/plain"), ("{x", JSON), ("<html>", "text/html")):
        assert read(text, kind, azure=azure, proxied=proxied).info.layer == layer


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("<!DOCTYPE html><title>Log in\n to\tCorp</title>", "text/html", "Log in to Corp"),
        ("<html><TITLE lang=en>A</TITLE>", "text/plain", "A"),
        ("<html><title></title><h1 class='x'>Blocked</h1>", "text/html", "Blocked"),
        ("<html><title> </title><h1>Blocked</h1>", "text/html", "Blocked"),
        ("<html><p>nothing said</p>", "text/html", None),
        ("<html><title" + "<title" * 3000, "text/html", None),
        ("﻿<html><title>with a mark</title>", "text/html", "with a mark"),
    ],
)
def test_html(text: str, kind: str, message: str | None) -> None:
    info = read(text, kind, azure=False).info
    assert (info.shape, info.message) == ("html", message)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings(encoding: str) -> None:
    text = json.dumps({"error": {"code": "x", "message": "é"}}, ensure_ascii=False)
    info = read(text.encode(encoding)).info
    assert (info.shape, info.message) == ("azure", "é")


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '{"error":' * 50_000,
        '{"error":{"message":' + "[" * 900 + "]" * 900 + "}}",
        '{"error":{"message":' + '{"a":' * 400 + "1" + "}" * 400 + "}}",
        '{"error":{"code":' + "9" * 5000 + "}}",
        '{"error":{"code":' + "9" * 200 + ',"message":1e999}}',
        '{"statusCode":true,"message":"m"}',
        '{"error":{"code":[],"message":null,"type":{}}}',
        '{"error":{"message":"\\ud800"}}',
        '{"code":null,"message":null}',
    ],
    ids=lambda text: text[:24],
)
def test_hostile_json(text: str) -> None:
    info = read(text).info
    assert info.shape in FACTS["http.shape"].values
    bounded(info.message, info.code, info.type)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b[38;5;196mred", "red"),
        ("\x1b]0;title\x07after", "after"),
        ("\x1b]8;;https://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bP1$r0m\x1b\\after", "after"),
        ("\x1b(Bcharset", "charset"),
        ("\x1bcreset", "reset"),
        ("a\x9b31mb", "a 31mb"),
        ("a\x07\x08\x7fb", "a b"),
        ("\u202eevil\u202c \u2066x\u2069", "evil x"),
        ("two\r\nlines\tand\u2028more", "two lines and more"),
        ("é 漢 😀 “quoted”", "é 漢 😀 “quoted”"),
        ("\u2019 stays", "\u2019 stays"),
        ("\ud800", ""),
        ("x" * 700, "x" * 599 + "…"),
        ("x" * 600, "x" * 600),
    ],
)
def test_clean(text: str, shown: str) -> None:
    assert clean(text) == shown


def bounded(*texts: str | None) -> None:
    for text in texts:
        if text is not None:
            assert len(text) <= MESSAGE_LIMIT
            assert text.isprintable()


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["error", "code", "message", "type", "details", "statusCode", "request_id"]
            )
            | st.text(max_size=5),
            inner,
            max_size=6,
        )
    ),
    max_leaves=20,
)


@settings(deadline=None)
@given(
    st.binary(max_size=300)
    | st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace"))
    | ANY_JSON.map(lambda value: json.dumps(value).encode())
    | st.binary(max_size=40).map(lambda data: b'{"error":{"message":"' + data + b'"}}'),
    st.sampled_from([JSON, "text/html", "text/plain", ""]),
    st.booleans(),
    st.booleans(),
)
def test_any_bytes_are_read(data: bytes, kind: str, azure: bool, proxied: bool) -> None:
    body = read(data, kind, azure=azure, proxied=proxied)
    info = body.info
    assert info.layer in FACTS["http.layer"].values
    assert info.shape in FACTS["http.shape"].values
    bounded(info.message, info.code, info.type, body.request_id)


@settings(deadline=None)
@given(st.text())
def test_clean_is_idempotent(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    bounded(once)
