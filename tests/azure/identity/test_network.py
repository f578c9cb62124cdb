"""Where the way to the login host ends, the facts name the way and not the credential."""

from __future__ import annotations

import socket
import threading
import time
from pathlib import Path

import pytest

from foundry_doctor.azure.faults import identity_trust, look_at_login
from foundry_doctor.azure.outcome import Acquired, Refused
from foundry_doctor.facts import problems

from .conftest import Environ, Sign
from .stub import HTML, Reply, Stub
from .test_entra import AI


def test_a_login_host_that_does_not_exist(application: Environ, sign: Sign) -> None:
    env = application(AZURE_AUTHORITY_HOST="https://login.nowhere.invalid")
    found = sign(env, timeout=1.0).acquire(AI)
    assert isinstance(found, Refused)
    facts = found.facts
    assert (facts["token.outcome"], facts["token.problem"]) == ("unreachable", "network")
    assert (facts["net.host"], facts["net.phase"]) == ("login.nowhere.invalid", "dns")
    # Which of them depends on whether this machine has a resolver at all.
    assert facts["dns.outcome"] in ("nxdomain", "server-failure", "timeout", "no-address")
    assert problems(facts) == []


def test_a_login_host_that_refuses(application: Environ, sign: Sign) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    env = application(AZURE_AUTHORITY_HOST=f"https://127.0.0.1:{port}")
    found = sign(env).acquire(AI)
    assert found.facts["token.outcome"] == "unreachable"
    assert (found.facts["net.phase"], found.facts["connect.outcome"]) == ("connect", "refused")
    assert "proxy.outcome" not in found.facts
    assert problems(found.facts) == []


def test_a_proxy_that_is_down_is_the_proxy(login: Stub, application: Environ, sign: Sign) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    env = application(login, HTTPS_PROXY=f"http://user:word@127.0.0.1:{port}", NO_PROXY="")
    found = sign(env).acquire(AI)
    assert (found.facts["net.phase"], found.facts["proxy.outcome"]) == ("proxy", "refused")
    assert found.facts["proxy.url"] == f"http://127.0.0.1:{port}"
    assert "word" not in repr(found)


def test_an_untrusted_certificate(login: Stub, application: Environ, sign: Sign) -> None:
    env = application(login, REQUESTS_CA_BUNDLE=None)
    found = sign(env).acquire(AI)
    assert isinstance(found, Refused)
    facts = found.facts
    assert (facts["net.phase"], facts["tls.outcome"]) == ("tls", "untrusted")
    assert facts["tls.issuer"] == "CN=foundry-doctor throw-away CA"
    assert "certifi's bundle" in found.detail
    assert "REQUESTS_CA_BUNDLE" not in found.detail
    assert problems(facts) == []
    assert login.asked == [] or login.signed_in() == []


def test_the_sdks_variable_does_not_reach_azure_identity(
    login: Stub, application: Environ, sign: Sign
) -> None:
    env = application(login, REQUESTS_CA_BUNDLE=None, SSL_CERT_FILE=str(login.ca_file))
    found = sign(env).acquire(AI)
    assert isinstance(found, Refused)
    assert found.facts["tls.outcome"] == "untrusted"
    assert "never SSL_CERT_FILE" in found.detail
    assert f"SSL_CERT_FILE={login.ca_file}" in found.detail
    curl = application(login, REQUESTS_CA_BUNDLE=None, CURL_CA_BUNDLE=str(login.ca_file))
    assert isinstance(sign(curl).acquire(AI), Acquired)


@pytest.mark.parametrize(
    ("content", "trust"), [(None, "bundle-missing"), ("no certificate", "bundle-not-pem")]
)
def test_a_bundle_that_cannot_be_used(
    content: str | None,
    trust: str,
    login: Stub,
    application: Environ,
    sign: Sign,
    tmp_path: Path,
) -> None:
    bundle = tmp_path / "bundle.pem"
    if content is not None:
        bundle.write_text(content, encoding="utf-8")
    found = sign(application(login, REQUESTS_CA_BUNDLE=str(bundle))).acquire(AI)
    assert (found.facts["token.outcome"], found.facts["config.trust"]) == ("misconfigured", trust)
    assert found.facts["config.setting"] == "env REQUESTS_CA_BUNDLE"
    assert problems(found.facts) == []


@pytest.mark.parametrize("place", ["discovery", "token"])
@pytest.mark.parametrize(("status", "transient"), [(200, False), (403, False), (503, True)])
def test_a_page_in_place_of_entra(
    place: str,
    status: int,
    transient: bool,
    login: Stub,
    application: Environ,
    sign: Sign,
) -> None:
    page = Reply(status, HTML.body, HTML.kind)
    if place == "token":
        login.token = lambda _: page
    else:
        login.discovery = lambda: page
    found = sign(application(login)).acquire(AI)
    assert isinstance(found, Refused)
    facts = found.facts
    assert (facts["token.outcome"], facts["token.problem"]) == ("unreachable", "not-json")
    assert (facts["net.host"], facts["net.phase"]) == ("localhost", "http")
    assert f"{status} with text/html" in found.detail
    assert found.transient is transient
    assert not any(name.startswith("aadsts.") for name in facts)


def test_a_login_host_that_never_answers(login: Stub, application: Environ, sign: Sign) -> None:
    login.discovery = lambda: Reply(delay=1.5)
    started = time.monotonic()
    found = sign(application(login), timeout=0.4).acquire(AI)
    assert time.monotonic() - started < 1.5
    assert (found.facts["token.outcome"], found.facts["token.problem"]) == ("timeout", "network")
    assert (found.facts["net.phase"], found.facts["net.host"]) == ("http", "localhost")


def test_the_budget_ends_what_the_time_outs_do_not(
    login: Stub, application: Environ, sign: Sign
) -> None:
    login.discovery = lambda: Reply(delay=1.0)
    started = time.monotonic()
    found = sign(application(login), timeout=5.0, budget=0.4).acquire(AI)
    assert time.monotonic() - started < 0.95
    assert found.facts["token.outcome"] == "timeout"
    assert found.facts["token.credential"] == "EnvironmentCredential"
    _wait_for_sign_ins()


def test_a_sign_in_waits_for_one_that_has_not_ended(
    login: Stub, application: Environ, sign: Sign
) -> None:
    login.discovery = lambda: Reply(delay=0.8)
    sign(application(login), timeout=5.0, budget=0.2).acquire(AI)
    found = sign(application(login), timeout=5.0, budget=0.2).acquire(AI)
    assert found.facts["token.outcome"] == "timeout"
    _wait_for_sign_ins()
    del login.discovery
    login.discovery = login._configuration
    assert isinstance(sign(application(login)).acquire(AI), Acquired)


def _wait_for_sign_ins() -> None:
    for thread in threading.enumerate():
        if thread.name == "sign-in":
            thread.join(3)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"AZURE_AUTHORITY_HOST": "http://localhost:1"}, "https"),
        ({"AZURE_AUTHORITY_HOST": "https://"}, "no host"),
    ],
)
def test_a_login_host_that_cannot_be_used_is_not_asked(
    settings: dict[str, str], words: str, application: Environ, sign: Sign
) -> None:
    found = sign(application(**settings)).acquire(AI)
    assert isinstance(found, Refused)
    assert (found.facts["token.outcome"], found.tries) == ("misconfigured", 0)
    assert words in found.detail


def test_a_proxy_variable_that_cannot_be_read(login: Stub) -> None:
    way = look_at_login("localhost", login.port, {"HTTPS_PROXY": "ftp://x:y@h"}, 1.0)
    assert way.misconfigured
    assert way.facts["config.proxy"] == "malformed"
    assert "x:y" not in way.detail


def test_a_way_that_stands(login: Stub) -> None:
    way = look_at_login("localhost", login.port, {"REQUESTS_CA_BUNDLE": str(login.ca_file)}, 1.0)
    assert (way.stands, dict(way.facts)) == (True, {"net.host": "localhost"})
    assert identity_trust({"CURL_CA_BUNDLE": "/b", "REQUESTS_CA_BUNDLE": "/a"}) == (
        "REQUESTS_CA_BUNDLE=/a"
    )
