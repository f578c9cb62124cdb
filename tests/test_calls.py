"""The data plane's calls: counted, retried where it helps, asked once, never slept too long."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from foundry_doctor.calls import LONGEST_WAIT, TRANSIENT, Answer, DataPlane, Options
from foundry_doctor.facts import problems
from foundry_doctor.model import Target
from foundry_doctor.network.client import Client
from foundry_doctor.network.connect import Connector
from foundry_doctor.network.trust import trusting_context
from foundry_doctor.secret import Scrubber, Secret

from .network.servers import (
    Handler,
    Peer,
    Pki,
    Server,
    closed_port,
    closing,
    cut,
    cut_when_spoken_to,
    http,
    silent,
)

KEY = "Ab3dE6gH9jK2mN5pQ8sT1vW4yZ7"
COUNTED = http(200, b'{"input_tokens": 8}', "apim-request-id: a")
MISSING = http(404, b'{"error":{"code":"DeploymentNotFound","message":"m"}}', "apim-request-id: a")
MESSAGE = http(
    200, b'{"type":"message","usage":{"input_tokens":8,"output_tokens":1}}', "apim-request-id: a"
)


def failed(status: int, *headers: str, message: str = "m") -> bytes:
    body = json.dumps({"error": {"code": str(status), "message": message}}).encode()
    return http(status, body, *headers)


class Plane:
    """A data plane over a scripted server, with the sleeps it asked for."""

    def __init__(self, stack: ExitStack, pki: Pki, **given: Any) -> None:
        self.answers: list[bytes | Handler] = []
        self.slept: list[float] = []
        self.said: list[str] = []
        self.server = stack.enter_context(Server(self._serve, pki.context()))
        environ = {"SSL_CERT_FILE": str(pki.ca_file), **given.pop("environ", {})}
        timeout, budget = given.pop("timeout", 2.0), given.pop("budget", 30.0)
        connector = Connector(
            environ,
            lambda: trusting_context(environ),
            timeout=timeout,
            deadline=time.monotonic() + budget,
        )
        self.client = Client(connector)
        stack.callback(self.client.close)
        port = given.pop("port", self.server.port)
        self.target = Target(
            base_url=f"https://localhost:{port}/anthropic",
            host="localhost",
            port=port,
            key=Secret(given.pop("key", KEY)),
            deployments=given.pop("deployments", ("d",)),
        )
        self.calls = DataPlane(
            self.target,
            Options(timeout=timeout, budget=budget, **given),
            self.client,
            Scrubber((Secret(KEY),)),
            progress=self.said.append,
            sleep=self.slept.append,
        )

    def count(self, *answers: bytes | Handler, name: str = "d") -> Answer:
        self.answers += answers
        return checked(self.calls.count_tokens(name))

    def _serve(self, peer: Peer) -> None:
        while peer.request():
            answer = self.answers.pop(0) if self.answers else failed(418)
            if callable(answer):
                answer(peer)
                return
            peer.send(answer)


def checked(answer: Answer) -> Answer:
    for facts in (answer.facts, answer.trouble, answer.way_facts):
        assert problems(facts) == []
    return answer


MakePlane = Callable[..., Plane]


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    return Pki(tmp_path_factory.mktemp("pki"))


@pytest.fixture
def plane(pki: Pki) -> Iterator[MakePlane]:
    with ExitStack() as stack:
        yield lambda **given: Plane(stack, pki, **given)


def test_one_good_call(plane: MakePlane) -> None:
    made = plane()
    answer = made.count(COUNTED)
    assert (answer.ok, answer.status, answer.attempts, answer.exchanges) == (True, 200, 1, ("x1",))
    assert (answer.trouble, answer.tries, made.slept) == ({}, "", [])
    assert (made.calls.calls, made.calls.tokens_billed) == (1, 0)
    (request,) = made.server.requests
    text = request.decode().lower()
    assert text.startswith("post /anthropic/v1/messages/count_tokens http/1.1")
    assert f"x-api-key: {KEY}\r\n".lower() in text
    assert f"\r\napi-key: {KEY}\r\n".lower() in text
    assert "anthropic-version: 2026-10-21" in text
    (exchange,) = made.client.exchanges
    assert (exchange.purpose, exchange.error) == ("count_tokens (d)", None)


def test_the_same_question_is_asked_once(plane: MakePlane) -> None:
    made = plane()
    first = made.count(MISSING)
    assert made.count() is first
    assert made.calls.count_tokens("d", "client") is first
    assert made.calls.calls == 1
    other = made.count(COUNTED, name="e")
    assert other is not first


@pytest.mark.parametrize(
    ("spelling", "sent", "absent"),
    [("x-api-key", "x-api-key: ", "\r\napi-key: "), ("api-key", "\r\napi-key: ", "x-api-key: ")],
)
def test_one_spelling_at_a_time(plane: MakePlane, spelling: str, sent: str, absent: str) -> None:
    made = plane()
    made.answers.append(COUNTED)
    made.calls.count_tokens("d", spelling)
    assert f"{sent}{KEY}" in made.server.text
    assert absent not in made.server.text


@pytest.mark.parametrize("status", sorted(TRANSIENT))
def test_what_is_transient_is_tried_three_times(plane: MakePlane, status: int) -> None:
    made = plane()
    answer = made.count(*[failed(status)] * 3)
    assert (answer.status, answer.attempts, made.calls.calls) == (status, 3, 3)
    assert answer.tries == " (3 of 3 attempts)"
    assert (answer.tells("http.attempts"), answer.tells("http.failures")) == (3, 3)
    assert answer.trouble == {}
    assert len(made.slept) == 2
    assert 0.37 < made.slept[0] <= 0.5 < made.slept[1] <= 1.0
    assert made.said[1].startswith(f"waiting: {status}: attempt 2 in ")


@pytest.mark.parametrize("status", [200, 301, 400, 401, 403, 404, 410, 413, 501, 505])
def test_what_lasts_is_asked_once(plane: MakePlane, status: int) -> None:
    made = plane()
    assert made.count(failed(status)).attempts == 1
    assert (made.calls.calls, made.slept) == (1, [])


@pytest.mark.parametrize("lost", [failed(503), closing, cut], ids=["503", "closed", "reset"])
def test_what_vanishes_is_told(plane: MakePlane, lost: bytes | Handler) -> None:
    made = plane()
    answer = made.count(lost, lost, COUNTED)
    assert (answer.ok, answer.attempts) == (True, 3)
    trouble = answer.trouble
    assert (trouble["http.recovered"], trouble["http.attempts"]) == (True, 3)
    assert trouble["http.failures"] == 2
    if lost == failed(503):
        assert trouble["http.status"] == 503
    else:
        assert trouble["http.outcome"] in ("reset", "closed")
    assert answer.exchanges == ("x1", "x2", "x3")


def test_a_refusal_after_trouble_is_no_failure_of_the_wire(plane: MakePlane) -> None:
    answer = plane().count(failed(503), failed(401))
    assert (answer.status, answer.attempts) == (401, 2)
    assert answer.trouble["http.status"] == 503
    assert answer.tells("http.failures") == 1


def test_a_timeout_is_retried_once(plane: MakePlane) -> None:
    made = plane(timeout=0.4)
    answer = made.count(silent, silent)
    assert (answer.outcome, answer.attempts, answer.status) == ("timeout", 2, None)
    assert answer.facts["http.outcome"] == "timeout"
    assert made.calls.calls == 2


@pytest.mark.parametrize(
    ("header", "waits"),
    [
        ("Retry-After: 7", [7.0, 7.0]),
        ("Retry-After-Ms: 2500", [3.0, 3.0]),
        (f"Retry-After: {int(LONGEST_WAIT)}", [LONGEST_WAIT] * 2),
        (f"Retry-After: {int(LONGEST_WAIT) + 1}", []),
        ("Retry-After: 86400", []),
    ],
)
def test_retry_after_is_honoured(plane: MakePlane, header: str, waits: list[float]) -> None:
    made = plane(budget=60.0)
    answer = made.count(*[failed(429, header)] * 3)
    assert made.slept == waits
    assert answer.attempts == len(waits) + 1
    assert answer.tells("http.retry_after_s") is not None


def test_the_wait_in_the_text_counts(plane: MakePlane) -> None:
    made = plane()
    made.count(failed(429, message="Please wait 4 seconds before retrying."), COUNTED)
    assert made.slept == [4.0]


def test_no_sleep_goes_past_the_deadline(plane: MakePlane) -> None:
    made = plane(budget=3.0)
    assert made.count(failed(429, "Retry-After: 5")).attempts == 1
    assert made.slept == []


def test_nothing_is_asked_after_the_deadline(plane: MakePlane) -> None:
    made = plane(budget=0.1)
    answer = made.count(COUNTED)
    assert (answer.outcome, answer.detail) == ("not-asked", "the budget of 0.1 s is used up")
    assert (made.calls.calls, made.server.requests, made.client.exchanges) == (0, [], [])


def test_four_calls_for_a_deployment(plane: MakePlane) -> None:
    made = plane()
    made.count(*[failed(503)] * 3)
    made.answers += [failed(401)] * 9
    assert made.calls.count_tokens("d", "x-api-key").attempts == 1
    refused = made.calls.count_tokens("d", "api-key")
    assert refused.outcome == "not-asked"
    assert "the 4 calls that one deployment may take" in refused.detail
    assert made.calls.message("d").outcome == "not-asked"
    assert made.calls.calls == len(made.server.requests) == 4


def test_the_control_call_counts_in_the_sum(plane: MakePlane) -> None:
    made = plane()
    made.count(failed(503), failed(503), COUNTED, *[failed(503)] * 3)
    control = made.calls.control("no-such-name")
    assert (control.attempts, made.calls.calls, made.slept[2:]) == (1, 4, [])
    assert made.calls.invalid_message("no-such-name").outcome == "not-asked"


def test_each_deployment_has_its_own_four(plane: MakePlane) -> None:
    made = plane(deployments=("d", "e"))
    made.count(*[failed(503)] * 3)
    assert made.count(*[failed(503)] * 3, name="e").attempts == 3
    assert made.calls.calls == 6


@pytest.mark.parametrize(("most", "made_calls"), [(0, 0), (1, 1), (2, 2), (9, 3)])
def test_max_calls(plane: MakePlane, most: int, made_calls: int) -> None:
    made = plane(max_calls=most)
    answer = made.count(*[failed(503)] * 3)
    assert (made.calls.calls, len(made.slept)) == (made_calls, max(0, made_calls - 1))
    assert (answer.outcome == "not-asked") is (most == 0)


def test_a_paid_message_is_counted_once(plane: MakePlane) -> None:
    made = plane(tier="paid")
    made.answers.append(MESSAGE)
    assert made.calls.message("d").ok
    assert made.calls.message("d").ok
    assert (made.calls.tokens_billed, made.calls.calls) == (9, 1)
    assert b'"max_tokens":1' in made.server.requests[0]


@pytest.mark.parametrize(
    ("usage", "billed"),
    [({"input_tokens": True, "output_tokens": -9}, 0), ({"input_tokens": 10**12}, 0), (None, 0)],
)
def test_an_impossible_usage_is_not_counted(plane: MakePlane, usage: object, billed: int) -> None:
    made = plane(tier="paid")
    made.answers.append(http(200, json.dumps({"type": "message", "usage": usage}).encode()))
    made.calls.message("d")
    assert made.calls.tokens_billed == billed


def test_a_message_whose_answer_is_lost_is_not_sent_again(plane: MakePlane) -> None:
    made = plane(tier="paid")
    made.answers += [closing, MESSAGE]
    answer = made.calls.message("d")
    assert (answer.ok, answer.attempts) == (False, 1)
    assert (made.calls.calls, made.calls.possibly_billed, made.calls.tokens_billed) == (1, 1, 0)


def test_paid_messages_to_many_deployments(plane: MakePlane) -> None:
    names = tuple("abcdef")
    made = plane(tier="paid", deployments=names)
    made.answers += [MESSAGE] * 6
    assert all(made.calls.message(name).ok for name in names)
    assert made.calls.tokens_billed == 54


def test_the_route_probe_cannot_be_served(plane: MakePlane) -> None:
    made = plane()
    made.answers.append(failed(400))
    assert made.calls.invalid_message("n").tells("http.route") == "messages"
    assert made.server.requests[0].endswith(b'{"model":"n","max_tokens":0,"messages":[]}')


@pytest.mark.parametrize("key", [KEY + "\n", "schlüssel", ""])
def test_a_key_that_cannot_be_sent(plane: MakePlane, key: str) -> None:
    made = plane(key=key)
    answer = made.count(COUNTED)
    assert answer.outcome == "not-asked"
    assert KEY not in answer.detail
    assert (answer.exchanges, made.calls.calls, made.client.exchanges) == ((), 0, [])


def test_no_connection(plane: MakePlane) -> None:
    made = plane(port=closed_port())
    answer = made.count()
    assert (answer.outcome, answer.attempts) == ("no-connection", 1)
    assert answer.way_facts["connect.outcome"] == "refused"
    assert "http.outcome" not in answer.facts
    assert problems(answer.all_facts) == []


def test_a_reset_on_the_way_is_tried_again(plane: MakePlane) -> None:
    with Server(cut_when_spoken_to) as server:
        answer = plane(port=server.port).count()
        assert server.connections == 3
    assert (answer.outcome, answer.attempts) == ("no-connection", 3)
    assert answer.way_facts["tls.outcome"] == "reset"


def test_an_echoed_key_is_nowhere(plane: MakePlane) -> None:
    made = plane()
    body = {"error": {"code": KEY, "message": "x" * 590 + KEY, "type": KEY}}
    answer = made.count(
        http(400, json.dumps(body).encode(), f"request-id: {KEY}", f"Server: {'y' * 590}{KEY}")
    )
    text = repr(answer) + repr(made.client.exchanges)
    for start in range(0, len(KEY) - 6, 3):
        assert KEY[start : start + 6] not in text
    assert answer.tells("http.error.code") == "***"


def test_the_exchange_says_what_the_body_says(plane: MakePlane) -> None:
    made = plane()
    body = b'{"type":"error","error":{"type":"not_found_error","message":"m"},"request_id":"req_9"}'
    made.count(http(404, body))
    (exchange,) = made.client.exchanges
    assert exchange.request_id == "req_9"
    assert exchange.error is not None
    assert (exchange.error.layer, exchange.error.type) == ("anthropic", "not_found_error")


@pytest.mark.parametrize(("offset", "skew"), [(0, 0), (-3600, 3600), (3600, -3600), (None, None)])
def test_the_clock(plane: MakePlane, offset: int | None, skew: int | None) -> None:
    from email.utils import formatdate

    date = [] if offset is None else [f"Date: {formatdate(time.time() + offset, usegmt=True)}"]
    found = plane().count(http(200, b"{}", *date)).skew_s
    assert (found is None) if skew is None else (found is not None and abs(found - skew) <= 2)
