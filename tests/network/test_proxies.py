"""Which proxy a call goes through, held against the real httpx2 of the Python SDK 2.x."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from foundry_doctor.network.proxies import (
    Proxy,
    ProxyError,
    bypassed,
    no_proxy,
    parse_proxy,
    proxy_for,
)

HOSTS = (
    "example.com",
    "www.example.com",
    "wwwexample.com",
    "a.b.example.com",
    "localhost",
    "x.localhost",
    "10.1.2.3",
    "192.168.7.9",
    "::1",
    "fd00::1",
)
RULES = (
    "*",
    "",
    "  ",
    "example.com",
    "EXAMPLE.COM",
    ".example.com",
    "*.example.com",
    "*example.com",
    "com",
    "foo, example.com ",
    "example.com:443",
    "example.com:8443",
    ".example.com:8443",
    "10.1.2.3",
    "10.0.0.0/8",
    "10.1.2.3/8",
    "10.0.0.0/99",
    "10.1.2.3:443",
    "10.1.2.3:8443",
    "192.168.0.0/16",
    "::1",
    "[::1]",
    "[::1]:8443",
    "fd00::/8",
    "localhost",
    "LOCALHOST",
    "http://example.com",
    "https://example.com",
    "all://example.com",
    "https://*.example.com",
    "https://*example.com",
    "https://example.com/",
    "https://example.com:443",
    "https://example.com:8443",
    "https://10.0.0.0/8",
    "https://[::1]",
    "example.com/x",
    "a b",
    "x*.example.com",
)


def sdk_goes_direct(host: str, port: int, rules: str, monkeypatch: pytest.MonkeyPatch) -> bool:
    """What httpx2 does with these variables."""
    httpx2 = pytest.importorskip("httpx2")
    utils: Any = pytest.importorskip("httpx2._utils")
    for name in ("http_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("no_proxy", rules)
    mounts = utils.get_environment_proxies()
    shown = f"[{host}]" if ":" in host else host
    url = httpx2.URL(f"https://{shown}:{port}/")
    matching = (p for p in sorted(map(utils.URLPattern, mounts)) if p.matches(url))
    pattern = next(matching, None)
    return pattern is None or mounts[pattern.pattern] is None


@pytest.mark.parametrize("rules", RULES)
def test_no_proxy_is_read_as_httpx2_reads_it(rules: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for host in HOSTS:
        for port in (443, 8443):
            expected = sdk_goes_direct(host, port, rules, monkeypatch)
            assert bypassed(host, rules, port) is expected, (host, port)


@pytest.mark.parametrize(
    ("environ", "variable"),
    [
        ({}, None),
        ({"https_proxy": "http://a"}, "https_proxy"),
        ({"HTTPS_PROXY": "http://a"}, "HTTPS_PROXY"),
        ({"https_proxy": "http://a", "HTTPS_PROXY": "http://b"}, "https_proxy"),
        ({"https_proxy": "", "HTTPS_PROXY": "http://b"}, None),
        ({"https_proxy": "", "HTTPS_PROXY": "http://b", "ALL_PROXY": "http://c"}, "ALL_PROXY"),
        ({"HTTPS_PROXY": "", "ALL_PROXY": "http://c"}, "ALL_PROXY"),
        ({"Https_Proxy": "http://a"}, "Https_Proxy"),
        ({"HTTP_PROXY": "http://a"}, None),
        ({"HTTPS_PROXY": "http://a", "NO_PROXY": "example.com"}, None),
        ({"HTTPS_PROXY": "http://a", "no_proxy": "", "NO_PROXY": "example.com"}, "HTTPS_PROXY"),
        ({"HTTPS_PROXY": "http://a", "NO_PROXY": "other.example"}, "HTTPS_PROXY"),
        ({"HTTPS_PROXY": "   "}, None),
    ],
)
def test_which_variable_counts(environ: dict[str, str], variable: str | None) -> None:
    proxy = proxy_for("example.com", environ)
    assert (proxy.variable if proxy else None) == variable


def test_no_proxy_in_force() -> None:
    assert no_proxy({"NO_PROXY": "a"}) == "a"
    assert no_proxy({"NO_PROXY": "a", "no_proxy": "b"}) == "b"
    assert no_proxy({"NO_PROXY": "a", "no_proxy": ""}) == ""
    assert no_proxy({}) == ""


@pytest.mark.parametrize(
    ("value", "url", "user"),
    [
        ("proxy.example", "http://proxy.example:80", None),
        ("proxy.example:3128", "http://proxy.example:3128", None),
        ("https://Proxy.Example", "https://proxy.example:443", None),
        ("http://u:p@proxy.example:3128/", "http://proxy.example:3128", "u"),
        ("http://u%40corp:p%3A@proxy.example", "http://proxy.example:80", "u@corp"),
        ("http://u@proxy.example", "http://proxy.example:80", "u"),
        ("http://:p@proxy.example", "http://proxy.example:80", ""),
        ("http://@proxy.example", "http://proxy.example:80", None),
        ("http://[::1]:3128", "http://[::1]:3128", None),
        ("socks5://proxy.example", "socks5://proxy.example:1080", None),
    ],
)
def test_parse_proxy(value: str, url: str, user: str | None) -> None:
    proxy = parse_proxy(value, "HTTPS_PROXY")
    assert (proxy.url, proxy.user, proxy.variable) == (url, user, "HTTPS_PROXY")


@pytest.mark.parametrize(
    "value",
    [
        "gopher://s3cretpass@p",
        "http://u:s3cretpass@p:port",
        "http://[s3cretpass",
        "http://",
        "://s3cretpass",
    ],
)
def test_a_value_that_cannot_be_read_is_not_repeated(value: str) -> None:
    with pytest.raises(ProxyError, match="HTTPS_PROXY") as caught:
        parse_proxy(value, "HTTPS_PROXY")
    assert "s3cretpass" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_authorization_is_a_secret() -> None:
    proxy = parse_proxy("http://user:p%40ss@p", "HTTPS_PROXY")
    authorization = proxy.authorization
    assert authorization is not None
    expected = base64.b64encode(b"user:p@ss").decode()
    assert authorization.reveal() == f"Basic {expected}"
    assert "p@ss" not in repr(proxy)
    assert expected not in repr(proxy) + repr(authorization)
    assert Proxy("http://p:80", "http", "p", 80, "x").authorization is None
