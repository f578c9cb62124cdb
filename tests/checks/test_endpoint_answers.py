"""endpoint.answers"""

from __future__ import annotations

import pytest

from ..network.servers import always, blurts, http, says, silent
from .conftest import Worlds, built_in, finding, said

endpoint_answers = built_in("endpoint.answers")

AZURE = "apim-request-id: a"
JSON = "Content-Type: application/json"
HTML = "Content-Type: text/html"
PAGE = b"<html><title>Log in</title></html>"


def test_azure_answers(worlds: Worlds) -> None:
    context = worlds.emulated()
    found = finding(endpoint_answers, context)
    assert said(found) == ("pass", {})
    assert "Azure's front end answers (200)" in found.summary
    assert found.exchanges == ("x1",)


@pytest.mark.parametrize(
    "answer",
    [
        http(401, b'{"error":{"code":"401"}}', JSON),
        http(403, b"Public access is disabled", AZURE),
        http(404, b"", AZURE),
        http(404, b"", "request-id: req_1"),
        http(500, PAGE, HTML, AZURE),
        http(400, b'{"any":"json"}'),
    ],
)
def test_what_the_service_may_write(worlds: Worlds, answer: bytes) -> None:
    assert said(finding(endpoint_answers, worlds.scripted(always(answer))))[0] == "pass"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (http(200, PAGE, HTML), "a 200 that is not the service's (text/html)"),
        (http(200, PAGE, HTML, AZURE), "a 200 that is not the service's"),
        (http(200, b"", JSON), "a 200 that is not the service's"),
        (http(200, b"[]", JSON), "a 200 that is not the service's"),
        (http(302, b"", "Location: https://login.example/"), "redirects to login.example"),
        (http(307, b"", "Location: /"), "redirects to another place"),
        (http(407, b"{}", JSON), "a proxy asks for authentication"),
        (http(403, PAGE, HTML), "403 that no layer of the service writes (html)"),
        (http(404, b"nginx"), "404 that no layer of the service writes (text)"),
        (http(400, b""), "400 that no layer of the service writes (empty)"),
        (http(200, b"{}", length=9), "truncated: "),
        (b"garbage\r\n\r\n", "not-http: "),
    ],
)
def test_what_it_would_not_write(worlds: Worlds, answer: bytes, words: str) -> None:
    found = finding(endpoint_answers, worlds.scripted(says(answer)))
    status, facts = said(found)
    assert (status, facts["net.phase"], facts["net.host"]) == ("fail", "http", "localhost")
    assert words in found.summary


def test_silence_is_told_with_its_attempts(worlds: Worlds) -> None:
    found = finding(endpoint_answers, worlds.scripted(silent, timeout=0.3))
    assert said(found)[1]["http.outcome"] == "timeout"
    assert found.summary == "timeout: no answer within 0.3 s (2 of 2 attempts)"


def test_the_way_may_break_after_it_stood(worlds: Worlds) -> None:
    context = worlds.scripted(blurts(http(400)), None, timeout=0.6)
    status, facts = said(finding(endpoint_answers, context))
    assert (status, facts["tls.outcome"]) == ("fail", "not-tls")


def test_not_asked(worlds: Worlds) -> None:
    found = finding(endpoint_answers, worlds.plain(max_calls=0))
    assert said(found) == ("unknown", {})
    assert "--max-calls" in found.summary
