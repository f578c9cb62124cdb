"""Resource Manager over the one HTTP client: every call an Exchange, every outcome named.

Nothing that a network or a server does raises. The token goes to the one endpoint and nowhere
else: not to a next page on another host, not after a redirect, not over http.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from ..errors import DoctorError
from ..model import ErrorInfo
from ..network.client import Call, Client, Reply
from ..noun import replace
from ..secret import Scrubber, Secret
from .answers import ArmAnswer, read_answer, retry_after
from .fields import address, inside, mapping, split_url

HOSTS = frozenset(
    {
        "management.azure.com",
        "management.usgovcloudapi.net",
        "management.chinacloudapi.cn",
        "management.sovcloud-api.fr",
    }
)
"""Resource Manager of each cloud (the Azure CLI's table of clouds)."""
RETRIES = 2
LONGEST_WAIT = 20.0
"""Seconds; a Retry-After beyond it is reported, not slept through."""
PAGES = 10
_TRANSIENT = frozenset({408, 429, 500, 502, 503, 504})


def endpoint_problem(endpoint: str, *, named_by_user: bool = False) -> str | None:
    """Why a token may not go there; None when it may.

    `named_by_user` is for FOUNDRY_DOCTOR_ARM_ENDPOINT: any https host then.
    """
    where, parts = address(endpoint), split_url(endpoint)
    if where is None or parts is None or "@" in parts.netloc:
        return "the Resource Manager endpoint is not an https URL of a host"
    if parts.path.strip("/") or parts.query or parts.fragment:
        return "the Resource Manager endpoint is a host only, without a path"
    if not named_by_user and (where[0] not in HOSTS or where[1] != 443):
        return f"{where[0]} is not one of Microsoft's Resource Manager hosts"
    return None


class ArmClient:
    """Reads Resource Manager, one call at a time. `requests` counts what went on the wire.

    Raises DoctorError for an endpoint that may not have the token. `tenant` is the token's own, to
    tell a wrong tenant from a bad token; `scrub` knows the run's other secrets.
    """

    def __init__(
        self,
        client: Client,
        endpoint: str,
        token: Secret,
        *,
        named_by_user: bool = False,
        tenant: str | None = None,
        scrub: Scrubber | None = None,
        sleep: Callable[[float], None] = time.sleep,
        progress: Callable[[str], None] = lambda _: None,
    ) -> None:
        problem = endpoint_problem(endpoint, named_by_user=named_by_user)
        if problem is not None:
            raise DoctorError(problem, advice="correct FOUNDRY_DOCTOR_ARM_ENDPOINT or --cloud")
        self.requests = 0
        self._client = client
        self._endpoint = endpoint.rstrip("/")
        self._address = address(endpoint)
        self._token = Secret(f"Bearer {token.reveal()}")
        self._tenant = tenant
        self._scrub = scrub or Scrubber()
        self._scrub.add(token)
        self._sleep = sleep
        self._progress = progress
        self._limit: int | None = None

    def allow(self, requests: int | None) -> None:
        """Let at most that many further requests out; None lifts the limit."""
        self._limit = None if requests is None else self.requests + requests

    def get(
        self, path: str, api_version: str, purpose: str, query: Mapping[str, str] | None = None
    ) -> ArmAnswer:
        """One document. `path` begins with a slash; its segments are quoted already."""
        return self._ask("GET", self._url(path, api_version, query), purpose, None)

    def post(self, path: str, api_version: str, purpose: str, body: Any) -> ArmAnswer:
        """One question with a body that only reads (Resource Graph)."""
        return self._ask("POST", self._url(path, api_version, None), purpose, body)

    def get_all(
        self, path: str, api_version: str, purpose: str, query: Mapping[str, str] | None = None
    ) -> ArmAnswer:
        """A list with its pages; `complete` is False where one could not, or may not, be read."""
        first = answer = self.get(path, api_version, purpose, query)
        found, seen = list(answer.items), set[str]()
        exchanges, stop = [*answer.exchanges], ""
        while answer.ok and (link := inside(answer.json, "nextLink")):
            stop = self._why_not_follow(link, seen)
            if stop:
                break
            seen.add(link)
            answer = self._ask("GET", link, f"{purpose}, page {len(seen) + 1}", None)
            found += answer.items
            exchanges += answer.exchanges
        if first.ok and not answer.ok:
            stop = f"a further page could not be read: {answer.detail}"
        if not first.ok:
            return first
        return replace(
            first,
            json={**mapping(first.json), "value": found},
            exchanges=tuple(exchanges),
            complete=not stop,
            detail=stop,
        )

    def _why_not_follow(self, link: object, seen: set[str]) -> str:
        parts = split_url(link)
        if parts is None or "@" in parts.netloc or address(link) != self._address:
            return "the next page is not on the same host: it was not asked for"
        if link in seen or len(seen) + 1 >= PAGES:
            return f"the list does not end within {len(seen) + 1} pages"
        return ""

    def _url(self, path: str, api_version: str, query: Mapping[str, str] | None) -> str:
        asked = urlencode({**(query or {}), "api-version": api_version}, quote_via=quote, safe="$")
        return f"{self._endpoint}{path}?{asked}"

    def _ask(self, method: str, url: str, purpose: str, body: Any) -> ArmAnswer:
        call = Call(purpose, method, url, {"authorization": self._token}, body, "token")
        exchanges: list[str] = []
        while True:
            if self._limit is not None and self.requests >= self._limit:
                return ArmAnswer(
                    "failed",
                    exchanges=tuple(exchanges),
                    detail="the requests that one reading may take are used up",
                    asked=bool(exchanges),
                )
            answer, wait = self._once(call, len(exchanges))
            exchanges += answer.exchanges
            spent = self._limit is not None and self.requests >= self._limit
            if wait is None or spent:
                return replace(answer, exchanges=tuple(exchanges))
            self._progress(f"waiting: Resource Manager, attempt {len(exchanges) + 1}")
            self._sleep(wait)

    def _once(self, call: Call, tried: int) -> tuple[ArmAnswer, float | None]:
        """One attempt, and the seconds until the next one where there is to be one."""
        reply = self._client.send(call)
        if reply.outcome == "not-asked":
            return ArmAnswer("failed", detail=self._scrub(reply.detail), asked=False), None
        self.requests += 1
        # Scrubbed before anything is read: a server may send our own token back.
        known = self._scrub(reply.body.decode("utf-8", "surrogateescape"))
        answer = read_answer(
            reply, known.encode("utf-8", "surrogateescape"), self._scrub, self._tenant
        )
        if answer.error is not None:
            info = ErrorInfo(
                "arm" if answer.error.code else "unknown",
                answer.error.code,
                answer.error.message,
                shape="azure" if answer.error.code else "none",
            )
            self._client.replace(replace(reply.exchange, error=info))
        return answer, self._wait(reply, answer, tried)

    def _wait(self, reply: Reply, answer: ArmAnswer, tried: int) -> float | None:
        lost = reply.outcome in ("reset", "closed") or (
            reply.failure is not None and reply.failure.outcome == "reset"
        )
        if not (answer.status in _TRANSIENT or lost) or tried >= RETRIES:
            return None
        jitter = 1 - 0.25 * random.random()  # noqa: S311 - no secret hangs on it
        wait = max(0.5 * 2**tried * jitter, retry_after(reply.headers, answer.at) or 0.0)
        deadline = self._client.connector.deadline
        late = deadline is not None and time.monotonic() + wait + 0.5 >= deadline
        return None if wait > LONGEST_WAIT or late else wait
