"""CA bundle and proxy variables, as the Python SDK 2.x would meet them."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path

import pytest

from foundry_doctor.settings import Resolution
from foundry_doctor.settings.proxies import proxy_problem

HOST = "contoso.services.ai.azure.com"
OK = {"ANTHROPIC_FOUNDRY_RESOURCE": "contoso", "ANTHROPIC_FOUNDRY_API_KEY": "0123456789abcdef" * 2}
Resolve = Callable[..., Resolution]


def certificate() -> str | None:
    """Some real certificate in PEM form, from this machine's store."""
    context = ssl.create_default_context()
    found = context.get_ca_certs(binary_form=True)
    return ssl.DER_cert_to_PEM_cert(found[0]) if found else None


def trust(resolve: Resolve, **environ: str) -> tuple[object, object] | None:
    found = resolve({**OK, **environ}, deployments=("d",)).targets[0].problems
    if not found:
        return None
    (problem,) = found
    assert problem.cause == "ca-bundle-invalid"
    return problem.facts["config.trust"], problem.facts["config.setting"]


def test_a_bundle_that_loads(resolve: Resolve, cwd: Path) -> None:
    pem = certificate()
    if pem is None:
        pytest.skip("this machine's store is empty")
    (cwd / "ca.pem").write_text("# a comment\n" + pem)
    assert trust(resolve, SSL_CERT_FILE=str(cwd / "ca.pem")) is None
    assert trust(resolve, SSL_CERT_FILE="ca.pem") is None
    assert trust(resolve, SSL_CERT_FILE="ca.pem", SSL_CERT_DIR="/nowhere") is None


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (None, "bundle-missing"),
        (b"", "bundle-not-pem"),
        (b"\x30\x82\x01\x00 DER", "bundle-not-pem"),
        (b"<html>blocked</html>", "bundle-not-pem"),
        (
            b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "bundle-not-pem",
        ),
        (
            b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
            "bundle-not-pem",
        ),
    ],
    ids=str,
)
def test_a_bundle_that_does_not(
    resolve: Resolve, cwd: Path, content: bytes | None, expected: str
) -> None:
    if content is not None:
        (cwd / "ca.pem").write_bytes(content)
    assert trust(resolve, SSL_CERT_FILE=str(cwd / "ca.pem")) == (expected, "env SSL_CERT_FILE")


def test_a_folder_or_an_impossible_path_as_bundle(resolve: Resolve, cwd: Path) -> None:
    expected = ("bundle-unreadable", "env SSL_CERT_FILE")
    assert trust(resolve, SSL_CERT_FILE=str(cwd)) == expected
    assert trust(resolve, SSL_CERT_FILE="a\0b") == expected


def test_the_folder_of_certificates(resolve: Resolve, cwd: Path) -> None:
    assert trust(resolve, SSL_CERT_DIR=str(cwd)) is None
    assert trust(resolve, SSL_CERT_DIR=f"/nowhere:{cwd}") is None
    missing = ("bundle-missing", "env SSL_CERT_DIR")
    assert trust(resolve, SSL_CERT_DIR="/nowhere") == missing
    assert trust(resolve, SSL_CERT_DIR="/nowhere:/neither") == missing


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "CURL_CA_BUNDLE"])
def test_other_clients_bundles_are_not_the_sdks(resolve: Resolve, name: str) -> None:
    assert trust(resolve, **{name: "/nowhere"}) is None


def proxy(environ: dict[str, str], host: str | None = HOST) -> tuple[object, object] | None:
    found = proxy_problem(environ, host, socks=False)
    if found is None:
        return None
    assert found.cause == "proxy-misconfigured"
    return found.facts["config.proxy"], found.facts["config.setting"]


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
@pytest.mark.parametrize(
    "value",
    [
        "http://proxy:8080",
        "http://proxy:8080/",
        "https://proxy",
        "HTTP://proxy:8080",
        "proxy:8080",
        "proxy",
        "http://user:pass@proxy:8080",
        "user:pass@proxy:8080",
        "http://us:p@ss@proxy:8080",
        "http://us:p%40ss@proxy:8080",
        "http://[fd00::1]:3128",
        "http://127.0.0.1:3128",
        "http://pröxy:8080",
        "http://proxy:",
    ],
)
def test_a_proxy_that_can_be_read(name: str, value: str) -> None:
    assert proxy({name: value}) is None


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "http_proxy", "ALL_PROXY"])
@pytest.mark.parametrize(
    "value",
    [
        "htp://proxy:8080",
        "ftp://proxy:8080",
        "socks4://proxy:1080",
        "http://proxy:abc",
        "http://proxy:99999",
        "http:proxy:8080",
        "http://us:p#ss@proxy:8080",
        "http://us:p/ss@proxy:8080",
        " http://proxy:8080",
        '"http://proxy:8080"',
        "http://proxy:8080\n",
        "http://[fd00::1",
    ],
)
def test_a_proxy_that_no_client_can_be_built_with(name: str, value: str) -> None:
    expected = ("malformed", f"env {name}")
    assert proxy({name: value}) == expected
    # The client reads all three variables at once, whatever NO_PROXY says about the host.
    assert proxy({name: value, "NO_PROXY": HOST}) == expected
    assert proxy({name: value, "no_proxy": "x, *"}) is None


@pytest.mark.parametrize("value", ["http://", ":8080", "http:/proxy:8080", "http://user:pw@"])
def test_a_proxy_without_a_host(value: str) -> None:
    assert proxy({"HTTPS_PROXY": value}) == ("malformed", "env HTTPS_PROXY")
    assert proxy({"ALL_PROXY": value}) == ("malformed", "env ALL_PROXY")
    # Not used for https, or not for this host, or the host is not known.
    assert proxy({"HTTP_PROXY": value}) is None
    assert proxy({"HTTPS_PROXY": value}, None) is None
    for rule in (HOST, "azure.com", ".azure.com", "*.azure.com", f"https://{HOST}", "x,azure.com"):
        assert proxy({"HTTPS_PROXY": value, "NO_PROXY": rule}) is None
    for rule in ("contoso.com", "ure.com", "", "services.ai"):
        assert proxy({"HTTPS_PROXY": value, "NO_PROXY": rule}) is not None


def test_socks_needs_its_package() -> None:
    for value in ("socks5://proxy:1080", "SOCKS5H://proxy"):
        expected = ("socks-without-support", "env ALL_PROXY")
        assert proxy({"ALL_PROXY": value}) == expected
        assert proxy_problem({"ALL_PROXY": value}, HOST, socks=True) is None


def test_lower_case_beats_upper_case_even_when_empty() -> None:
    assert proxy({"https_proxy": "http://proxy", "HTTPS_PROXY": "htp://x"}) is None
    assert proxy({"HTTPS_PROXY": "htp://x", "https_proxy": ""}) is None
    assert proxy({"HTTPS_PROXY": "http://proxy", "https_proxy": "htp://x"}) == (
        "malformed",
        "env https_proxy",
    )
    assert proxy({"HTTP_PROXY": "htp://x", "REQUEST_METHOD": "GET"}) is None
    assert proxy({"MY_PROXY": "htp://x", "proxy": "htp://x", "TRAVIS_APT_PROXY": "y y"}) is None


def test_a_proxy_password_is_never_repeated(resolve: Resolve) -> None:
    environ = {**OK, "HTTPS_PROXY": "http://user:hunter2hunter2@proxy:abc"}
    target = resolve(environ, deployments=("d",)).targets[0]
    assert [item.cause for item in target.problems] == ["proxy-misconfigured"]
    assert "hunter2" not in repr(target)
