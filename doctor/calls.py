"""The calls to the data plane: counted, retried where transient, and read into facts."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from typing import Any

from .foundry.answers import http_facts, media_type
from .foundry.bodies import read_body
from .foundry.endpoints import ANTHROPIC_VERSION, count_tokens_url, messages_url
from .model import EMPTY, ErrorInfo, Exchange, Facts, FactValue, Target
from .network.client import Call, Client, Reply, parse_http_date
from .network.failure import failure_facts
from .noun import Noun, replace
from .secret import Scrubber, Secret

TRANSIENT = frozenset({408, 429, 500, 502, 503, 504, 529})
RETRIES = 2
CALLS_PER_DEPLOYMENT = 4
LONGEST_WAIT = 20.0
"""Seconds; a Retry-After beyond it is reported, not slept through."""
SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "client": ("x-api-key", "api-key"),
    "x-api-key": ("x-api-key",),
    "api-key": ("api-key",),
}
"""Headers that carry the key: `client` is what the Python SDK 2.x sends (both)."""


class Options(Noun):
    """How far a run may go. Times in seconds."""

    tier: str = "free"
    timeout: float = 5.0
    budget: float = 30.0
    max_calls: int | None = None
    """Data-plane calls per deployment; None means the contract's default of 4."""


class Answer(Noun):
    """What one question to the data plane brought, after its retries."""

    outcome: str
    """A value of the fact `http.outcome`, or `no-connection`, or `not-asked` (out of calls)."""
    status: int | None = None
    json: Any = None
    facts: Facts = EMPTY
    """The `http.*` facts of the last attempt."""
    trouble: Facts = EMPTY
    """Facts of a failed attempt that a retry got past; empty when the first one succeeded."""
    attempts: int = 1
    exchanges: tuple[str, ...] = ()
    way_facts: Facts = EMPTY
    """Where no connection came about: the facts of the phase that failed."""
    detail: str = ""
    skew_s: int | None = None
    """Local clock minus the service's Date header, seconds."""

    @property
    def ok(self) -> bool:
        """A complete 200 answer in JSON."""
        return self.outcome == "answered" and self.status == 200 and isinstance(self.json, dict)

    @property
    def all_facts(self) -> Facts:
        """Everything this answer tells, for a finding."""
        return {**self.way_facts, **self.facts}

    @property
    def tries(self) -> str:
        """` (3 of 3 attempts)` where there was more than one, else nothing."""
        return f" ({self.attempts} of {self.attempts} attempts)" if self.attempts > 1 else ""

    def tells(self, name: str) -> FactValue:
        """One `http.*` fact, None where the answer does not hold it."""
        return self.facts.get(name)


_Attempt = tuple[Reply, dict[str, FactValue], Any]


class DataPlane:
    """Asks the target's data plane, one call at a time; the same question once per run."""

    def __init__(
        self,
        target: Target,
        options: Options,
        client: Client,
        scrub: Scrubber,
        *,
        progress: Callable[[str], None],
        sleep: Callable[[float], None],
    ) -> None:
        self.calls = 0
        self.tokens_billed = 0
        self.token: Secret | None = None
        """The Entra token that every call carries, once there is one."""
        self.possibly_billed = 0
        """Messages that were sent and whose answer never came."""
        self.stopped = False
        """Set when the run is over: a check that was given up must make no further call."""
        self._target = target
        self._options = options
        self._client = client
        self._scrub = scrub
        self._progress = progress
        self._sleep = sleep
        self._asked: dict[tuple[str, str], Answer] = {}
        self._used: dict[str, int] = {}

    def count_tokens(self, deployment: str, spelling: str = "client") -> Answer:
        """Count the tokens of one word on a deployment: free, same permission, same look-up.

        `spelling` is a key of `SPELLINGS`. The same question is asked once per run.
        """
        body = {"model": deployment, "messages": [{"role": "user", "content": "ping"}]}
        url = count_tokens_url(self._target.base_url or "")
        label = "count_tokens" if spelling == "client" else f"count_tokens, key in {spelling} only"
        return self._ask(label, url, body, deployment, spelling, deployment)

    def known(self, deployment: str) -> Answer | None:
        """What the free probe of a deployment brought, None where it was not made."""
        return self._asked.get(("count_tokens", deployment))

    def control(self, name: str) -> Answer:
        """The control call: a deployment name that cannot exist must be refused."""
        body = {"model": name, "messages": [{"role": "user", "content": "ping"}]}
        url = count_tokens_url(self._target.base_url or "")
        return self._ask("control: a name that cannot exist", url, body, name, "client", "control")

    def invalid_message(self, name: str) -> Answer:
        """A message that cannot be served (no such name, no messages): does the route exist?"""
        body: dict[str, Any] = {"model": name, "max_tokens": 0, "messages": []}
        url = messages_url(self._target.base_url or "")
        return self._ask(
            "route: messages, invalid on purpose", url, body, name, "client", "control"
        )

    def message(self, deployment: str) -> Answer:
        """One real message of one token: the paid tier."""
        body = {
            "model": deployment,
            "max_tokens": 1,
            "messages": [{"role": "user", "content": "ping"}],
        }
        url = messages_url(self._target.base_url or "")
        return self._ask(
            "one-token message (billed)", url, body, deployment, "client", deployment, billed=True
        )

    def with_token(self, deployment: str, token: Secret, scope: str) -> Answer:
        """The free probe with another token: does the other audience make the difference?"""
        body = {"model": deployment, "messages": [{"role": "user", "content": "ping"}]}
        url = count_tokens_url(self._target.base_url or "")
        label = f"count_tokens, token for {scope}"
        return self._ask(label, url, body, deployment, "client", deployment, token=token)

    def _ask(
        self,
        label: str,
        url: str,
        body: Any,
        subject: str,
        spelling: str,
        purse: str,
        *,
        token: Secret | None = None,
        billed: bool = False,
    ) -> Answer:
        key = (label, subject)
        if key not in self._asked:
            headers: dict[str, str | Secret] = {"anthropic-version": ANTHROPIC_VERSION}
            kind = "key"
            if self._target.mode == "entra":
                token, kind = token or self.token, "token"
                if token is not None:
                    headers["authorization"] = Secret(f"Bearer {token.reveal()}")
            elif self._target.key is not None:
                headers.update(dict.fromkeys(SPELLINGS[spelling], self._target.key))
            call = Call(f"{label} ({subject})", "POST", url, headers, body, kind, billed)
            self._asked[key] = self._with_retries(call, purse)
        return self._asked[key]

    def _with_retries(self, call: Call, purse: str) -> Answer:
        tried: list[_Attempt] = []
        while self._calls_left(purse) and self._time_for(0.2) and not self.stopped:
            # Counted before it is sent: an interruption must not make a call unmade.
            self._used[purse] = self._used.get(purse, 0) + 1
            self.calls += 1
            self._progress(call.purpose)
            attempt = self._once(call)
            if attempt[0].outcome == "not-asked":
                self._used[purse] -= 1
                self.calls -= 1
                return Answer("not-asked", detail=self._scrub(attempt[0].detail))
            tried.append(attempt)
            if call.billed and not self._bill(attempt):
                break
            wait = self._wait_before_retry(tried)
            if wait is None or not self._calls_left(purse):
                break
            what = attempt[1].get("http.status") or attempt[0].outcome
            self._pause(wait, f"{what}: attempt {len(tried) + 1} in {wait:.1f} s")
        if not tried:
            return Answer("not-asked", detail=self._why_not(purse))
        return self._answer(tried)

    @property
    def _allowed(self) -> int:
        asked = self._options.max_calls
        return CALLS_PER_DEPLOYMENT if asked is None else asked

    def _calls_left(self, purse: str) -> bool:
        """Whether one more call is allowed: for its subject, and for the deployments together.

        Calls with a name that cannot exist have a purse of their own, but count in the sum.
        """
        total = self._allowed * max(1, len(self._target.deployments))
        return self._used.get(purse, 0) < self._allowed and self.calls < total

    def _why_not(self, purse: str) -> str:
        if self._calls_left(purse):
            return f"the budget of {self._options.budget:g} s is used up"
        return f"the {self._allowed} calls that one deployment may take are used up (--max-calls)"

    def _once(self, call: Call) -> _Attempt:
        reply = self._client.send(call)
        status = reply.exchange.status
        route = self._client.connector.route(self._target.host or "", self._target.port)
        # Scrubbed before anything is cut to size: half a secret could no longer be told.
        data = self._scrub_bytes(reply.body) if reply.outcome != "timeout" else b""
        body = read_body(data, media_type(reply.headers), reply.headers, proxied=route is not None)
        facts = http_facts(reply, status, body, self._scrub)
        facts["http.route"] = "count_tokens" if call.url.endswith("count_tokens") else "messages"
        if reply.outcome in ("no-connection", "not-asked"):
            facts.pop("http.outcome")
        exchange = _completed(reply.exchange, facts, body.request_id, self._scrub)
        self._client.replace(exchange)
        return replace(reply, exchange=exchange), facts, body.json

    def _bill(self, attempt: _Attempt) -> bool:
        """Count what a message cost; False where it may not be sent again.

        One whose answer was lost may have been billed all the same.
        """
        reply, _, document = attempt
        if reply.exchange.status == 200 and isinstance(document, dict):
            self.tokens_billed += _tokens(document)
        elif reply.exchange.status is None and reply.failure is None:
            self.possibly_billed += 1
            return False
        return True

    def _scrub_bytes(self, data: bytes) -> bytes:
        text = data.decode("utf-8", "surrogateescape")
        return self._scrub(text).encode("utf-8", "surrogateescape")

    def _wait_before_retry(self, tried: list[_Attempt]) -> float | None:
        """Seconds until the next attempt, or None when there is to be none."""
        reply, facts, _ = tried[-1]
        status = reply.exchange.status
        slow = reply.outcome == "timeout"
        lost = reply.outcome in ("reset", "closed") or (
            reply.failure is not None and reply.failure.outcome == "reset"
        )
        transient = status in TRANSIENT or slow or lost
        if not transient or len(tried) > (1 if slow else RETRIES):
            return None
        asked = facts.get("http.retry_after_s")
        jitter = 1 - 0.25 * random.random()  # noqa: S311 - no secret hangs on it
        wait: float = 0.5 * 2 ** (len(tried) - 1) * jitter
        if isinstance(asked, int):
            wait = max(wait, float(asked))
        if wait > LONGEST_WAIT or not self._time_for(wait + 0.5):
            return None
        return wait

    def _answer(self, tried: list[_Attempt]) -> Answer:
        reply, facts, document = tried[-1]
        failed = [entry for entry in tried if not _good(entry)]
        count: dict[str, FactValue] = {"http.attempts": len(tried), "http.failures": len(failed)}
        trouble: dict[str, FactValue] = {}
        if failed and _good(tried[-1]):
            trouble = {**failed[-1][1], **count, "http.recovered": True}
            if failed[-1][0].failure is not None:
                trouble["http.outcome"] = "reset"
        return Answer(
            outcome=reply.outcome,
            status=reply.exchange.status,
            json=document,
            facts={**facts, **count},
            trouble=trouble,
            attempts=len(tried),
            exchanges=tuple(entry[0].exchange.id for entry in tried),
            way_facts=failure_facts(reply.failure) if reply.failure else EMPTY,
            detail=self._scrub(reply.detail),
            skew_s=_skew(reply),
        )

    def _time_for(self, seconds: float) -> bool:
        deadline = self._client.connector.deadline
        return deadline is None or time.monotonic() + seconds < deadline

    def _pause(self, seconds: float, why: str) -> None:
        self._progress(f"waiting: {why}")
        self._sleep(seconds)


def _good(entry: _Attempt) -> bool:
    reply = entry[0]
    return reply.outcome == "answered" and reply.exchange.status not in TRANSIENT


def _completed(
    exchange: Exchange,
    facts: Mapping[str, FactValue],
    body_request_id: str | None,
    scrub: Callable[[str], str],
) -> Exchange:
    """The Exchange with what the body says, once known secrets are out of it."""
    ids = {
        name: scrub(value) if value else None
        for name, value in {
            "request_id": exchange.request_id or body_request_id,
            "apim_request_id": exchange.apim_request_id,
            "x_ms_region": exchange.x_ms_region,
        }.items()
    }
    error = None
    if exchange.status is not None and exchange.status != 200:
        error = ErrorInfo(
            layer=str(facts.get("http.layer", "unknown")),
            code=_str(facts.get("http.error.code")),
            message=_str(facts.get("http.error.message")),
            type=_str(facts.get("http.error.type")),
            shape=str(facts.get("http.shape", "none")),
        )
    return replace(exchange, **ids, error=error)


def _str(value: FactValue) -> str | None:
    return value if isinstance(value, str) else None


def _skew(reply: Reply) -> int | None:
    if reply.exchange.server_date is None:
        return None
    moment = parse_http_date(reply.headers.get("date"))
    return round(reply.received_at - moment.timestamp()) if moment else None


def _tokens(document: Mapping[str, Any]) -> int:
    usage = document.get("usage")
    if not isinstance(usage, dict):
        return 0
    counted = (usage.get("input_tokens"), usage.get("output_tokens"))
    return sum(value for value in counted if type(value) is int and 0 <= value < 10**9)
