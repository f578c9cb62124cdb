"""deployment.resolve"""

from __future__ import annotations

import json
from typing import Any

import pytest

from foundry_doctor import Context

from ..network.servers import Handler, Peer, always, http, silent
from .conftest import DEPLOYMENT, Worlds, built_in, finding, findings, said

deployment_resolve = built_in("deployment.resolve")

AZURE = "apim-request-id: a"
COUNTED = http(200, b'{"input_tokens": 8}', AZURE)
NOT_FOUND = http(404, b'{"error":{"code":"DeploymentNotFound","message":"m"}}', AZURE)


def controlled(first: bytes, control: bytes) -> Handler:
    """One answer for the deployment, another one for every name that cannot exist."""

    def handler(peer: Peer) -> None:
        while request := peer.request():
            peer.send(control if b"foundry-doctor-control-" in request else first)

    return handler


def calls(context: Context) -> int:
    return context.data_plane.calls


def test_it_answers(worlds: Worlds) -> None:
    context = worlds.emulated()
    found = finding(deployment_resolve, context)
    assert said(found) == ("pass", {"deployment.control": "refused"})
    assert (found.subject, found.exchanges, calls(context)) == (DEPLOYMENT, ("x1", "x2"), 2)
    names = [one.body["model"] for one in context.emulator.requests]  # type: ignore[attr-defined]
    assert names[0] == DEPLOYMENT
    assert names[1].startswith("foundry-doctor-control-")


def test_one_control_call_serves_all_deployments(worlds: Worlds) -> None:
    one = {"model": "claude-sonnet-5"}
    context = worlds.emulated(
        {"deployments": {"a": one, "b": one}}, deployments=("a", "missing", "b")
    )
    found = findings(deployment_resolve, context)
    assert [(f.subject, f.status.value) for f in found] == [
        ("a", "pass"), ("missing", "fail"), ("b", "pass"),
    ]  # fmt: skip
    assert calls(context) == 4


def test_the_name_is_wrong(worlds: Worlds) -> None:
    context = worlds.emulated(deployments=("claude-sonet-5",))
    status, facts = said(finding(deployment_resolve, context))
    assert (status, facts["http.error.code"]) == ("fail", "DeploymentNotFound")
    assert (facts["deployment.form"], facts["deployment.suggestion"]) == ("plain", DEPLOYMENT)
    assert calls(context) == 1


@pytest.mark.parametrize(
    ("control", "status", "looked_up"),
    [
        (NOT_FOUND, "pass", "refused"),
        (
            http(400, b'{"error":{"code":"400","message":"no such model"}}', AZURE),
            "pass",
            "refused",
        ),
        (http(400, b"{}", AZURE), "unknown", "unknown"),
        (http(404, b"<html>no</html>", "Content-Type: text/html"), "unknown", "unknown"),
        (COUNTED, "unknown", "accepted"),
        (http(418, b"{}", AZURE), "unknown", "unknown"),
        (http(401, b"{}", AZURE), "unknown", "unknown"),
        (http(503, b"{}", AZURE), "unknown", "unknown"),
    ],
)
def test_the_control_call_decides(
    worlds: Worlds, control: bytes, status: str, looked_up: str
) -> None:
    context = worlds.scripted(controlled(COUNTED, control))
    assert said(finding(deployment_resolve, context)) == (status, {"deployment.control": looked_up})
    assert calls(context) <= 4


@pytest.mark.parametrize(
    ("status", "body", "verdict"),
    [
        (404, {"error": {"code": "404", "message": "Resource not found"}}, "unknown"),
        (404, {}, "unknown"),
        (404, {"type": "error", "error": {"type": "not_found_error"}}, "fail"),
        (410, {}, "fail"),
        (200, {"anything": 1}, "unknown"),
        (200, {"input_tokens": "8"}, "unknown"),
        (400, {"error": {"code": "BadRequest"}}, "fail"),
        (429, {"error": {"code": "429"}}, "fail"),
    ],
)
def test_other_answers(worlds: Worlds, status: int, body: object, verdict: str) -> None:
    context = worlds.scripted(always(http(status, json.dumps(body).encode(), AZURE)))
    assert finding(deployment_resolve, context).status.value == verdict


def test_it_is_told_how_often_it_was_tried(worlds: Worlds) -> None:
    found = finding(deployment_resolve, worlds.scripted(always(http(503, b"{}", AZURE))))
    assert found.summary == "503 without a message (3 of 3 attempts)"
    found = finding(deployment_resolve, worlds.scripted(silent, timeout=0.2))
    assert found.summary == "timeout: no answer within 0.2 s (2 of 2 attempts)"


def test_what_vanishes_is_a_warning(worlds: Worlds) -> None:
    left: list[Any] = [http(503, b"{}", AZURE)] * 2

    def handler(peer: Peer) -> None:
        while request := peer.request():
            control = b"foundry-doctor-control-" in request
            peer.send(NOT_FOUND if control else left.pop() if left else COUNTED)

    context = worlds.scripted(handler)
    found = finding(deployment_resolve, context)
    status, facts = said(found)
    assert (status, facts["http.status"], facts["http.recovered"]) == ("warn", 503, True)
    assert found.summary == "it answers, but 2 of 3 attempts failed (503)"
    assert calls(context) == 4


def test_not_asked(worlds: Worlds) -> None:
    found = finding(deployment_resolve, worlds.plain(max_calls=0))
    assert said(found) == ("unknown", {})
    assert found.subject == DEPLOYMENT
