"""inference.message"""

from __future__ import annotations

import pytest

from ..network.servers import Handler, Peer, always, http
from .conftest import DEPLOYMENT, Worlds, built_in, finding, findings, said

inference_message = built_in("inference.message")

AZURE = "apim-request-id: a"
COUNTED = http(200, b'{"input_tokens": 8}', AZURE)
MESSAGE = http(200, b'{"type":"message","usage":{"input_tokens":8,"output_tokens":1}}', AZURE)


def two(count: bytes, *messages: bytes) -> Handler:
    left = list(messages)

    def handler(peer: Peer) -> None:
        while request := peer.request():
            peer.send(count if b"count_tokens" in request else left.pop(0))

    return handler


def test_it_answers(worlds: Worlds) -> None:
    context = worlds.emulated()
    found = finding(inference_message, context)
    assert said(found) == ("pass", {"inference.outcome": "ok"})
    assert found.subject == DEPLOYMENT
    assert context.data_plane.tokens_billed > 0
    last = context.emulator.requests[-1]  # type: ignore[attr-defined]
    assert (last.path, last.body["max_tokens"]) == ("/anthropic/v1/messages", 1)


def test_each_deployment(worlds: Worlds) -> None:
    names = tuple("abcdef")
    model = {"model": "claude-sonnet-5"}
    context = worlds.emulated({"deployments": dict.fromkeys(names, model)}, deployments=names)
    found = findings(inference_message, context)
    assert [(one.subject, one.status.value) for one in found] == [(n, "pass") for n in names]


@pytest.mark.parametrize(
    ("count", "message", "status"),
    [
        (COUNTED, MESSAGE, "pass"),
        (http(404, b"{}", AZURE), MESSAGE, "pass"),
        (COUNTED, http(200, b'{"type":"other"}', AZURE), "fail"),
        (COUNTED, http(404, b"{}", AZURE), "fail"),
        (http(401, b"{}", AZURE), MESSAGE, "unknown"),
    ],
)
def test_answers(worlds: Worlds, count: bytes, message: bytes, status: str) -> None:
    context = worlds.scripted(two(count, message))
    found = finding(inference_message, context)
    assert found.status.value == status
    if status == "fail":
        assert found.facts["inference.outcome"] == "failed"
    if status == "unknown":
        assert context.data_plane.tokens_billed == 0


def test_what_vanishes_is_a_warning(worlds: Worlds) -> None:
    failed = http(500, b'{"error":{"code":"x","message":"m"}}', AZURE)
    found = finding(inference_message, worlds.scripted(two(COUNTED, failed, MESSAGE)))
    status, facts = said(found)
    assert (status, facts["http.status"], facts["http.route"]) == ("warn", 500, "messages")


def test_out_of_calls(worlds: Worlds) -> None:
    context = worlds.scripted(always(COUNTED), max_calls=1)
    assert said(finding(inference_message, context)) == ("unknown", {})
