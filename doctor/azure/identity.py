"""Signing in as the user's application would, once, and saying what became of it."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ..model import EMPTY, Exchange, FactValue
from ..noun import replace
from ..secret import Scrubber, Secret
from .claims import Claims, NotAToken, read_claims
from .defaults import Chain, authority_of
from .outcome import Acquired, Refused, claim_facts
from .pipelines import is_request_uri
from .surroundings import known_secrets, uses_password
from .turn import Plan, Turn
from .verdict import Verdict, judge, judge_authority, notes_for, winning_attempts

if TYPE_CHECKING:
    from typing_extensions import Self

TRIES = 3
"""Walks through the chain for one audience, and only while nothing has judged the credential."""


class SignIn:
    """The sign-ins of one run. Each audience is asked for once; a refusal is remembered.

    `environ` is the environment that the application has; `tenant` an explicit wish for another
    tenant (not AZURE_TENANT_ID itself, which azure-identity reads where it counts). `timeout`
    bounds each network wait, `process_timeout` each child process (10 as in azure-identity),
    `budget` the whole of one acquisition, in seconds. `allow_processes` False leaves az, azd and
    pwsh alone unless AZURE_TOKEN_CREDENTIALS names them.
    """

    def __init__(
        self,
        *,
        environ: Mapping[str, str],
        tenant: str | None = None,
        cloud: str = "public",
        timeout: float = 5.0,
        process_timeout: float = 10.0,
        budget: float = 25.0,
        allow_processes: bool = True,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.plan = Plan(
            environ=dict(environ),
            authority=authority_of(environ, cloud),
            tenant=tenant if tenant and tenant != environ.get("AZURE_TENANT_ID") else None,
            timeout=timeout,
            process_timeout=process_timeout,
            allow_processes=allow_processes,
        )
        self._budget = budget
        self._sleep = sleep
        self._known: dict[str, Acquired | Refused] = {}
        self._chain: Chain | None = None
        self._lock = threading.Lock()
        self._scrub = Scrubber()

    def acquire(self, scope: str, *, experiment: bool = False) -> Acquired | Refused:
        """A token for one scope. Never raises for anything the sign-in does; never asks a person.

        `experiment` marks a sign-in that the user's application would not make: a user name and a
        password are never used for it.
        """
        with self._lock:
            known = self._known.get(scope)
            if known is not None:
                return known
            if experiment and uses_password(self.plan.environ):
                words = "a user name and password are never used for an experiment"
                return Refused(None, words, EMPTY)
            found = self._refused_for_good(scope) or self._acquire(scope)
            self._known[scope] = found
            return found

    def close(self) -> None:
        """Close the connections of the credential that won."""
        chain, self._chain = self._chain, None
        if chain is not None:
            chain.credential.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _refused_for_good(self, scope: str) -> Refused | None:
        """An earlier refusal that has nothing to do with its audience, for this one as well."""
        for known in self._known.values():
            if isinstance(known, Refused) and known.whole:
                facts = {**known.facts, "token.scope": scope}
                return replace(known, facts=facts, processes=(), exchanges=())
        return None

    def _acquire(self, scope: str) -> Acquired | Refused:
        self._scrub = Scrubber(known_secrets(self.plan.environ))
        if self.plan.authority.problem:
            return self._refused(scope, judge_authority(self.plan), 0)
        deadline = time.monotonic() + self._budget
        exchanges: list[Exchange] = []
        processes: list[str] = []
        trouble: str | None = None
        number = 1
        while True:
            turn = Turn(self.plan, scope, deadline, self._chain)
            turn.run()
            exchanges += [one.exchange for one in turn.log.answers]
            processes += turn.processes
            if turn.token is not None:
                found: Acquired | Refused = self._acquired(scope, turn, number, trouble)
                break
            verdict = judge(turn)
            turn.forget()
            self._chain = None
            if not self._again(verdict, number, deadline):
                found = self._refused(scope, verdict, number)
                break
            trouble = verdict.detail
            number += 1
        return replace(
            found,
            exchanges=tuple(self._clean_exchange(one) for one in exchanges),
            processes=tuple(processes),
        )

    def _again(self, verdict: Verdict, number: int, deadline: float) -> bool:
        """Wait for another try where nothing judged the credential and there is time."""
        if not verdict.transient or number >= TRIES or uses_password(self.plan.environ):
            return False
        wait = 0.3 * 2 ** (number - 1) * (1 - 0.25 * random.random())  # noqa: S311 - jitter
        if time.monotonic() + wait + 1.0 > deadline:
            return False
        self._sleep(wait)
        return True

    def _refused(self, scope: str, verdict: Verdict, tries: int) -> Refused:
        facts: dict[str, FactValue] = {
            **verdict.facts,
            "token.outcome": verdict.outcome,
            "token.problem": verdict.problem,
            "token.host": self.plan.authority.host,
            "token.scope": scope,
            "token.attempted": verdict.attempted,
        }
        if verdict.credential:
            facts["token.credential"] = verdict.credential
        return Refused(
            problem=verdict.problem,
            detail=self._scrub(verdict.detail),
            facts={name: self._scrubbed(value) for name, value in facts.items()},
            credential=verdict.credential,
            attempted=tuple(map(self._scrub, verdict.attempted)),
            notes=tuple(map(self._scrub, verdict.notes)),
            skew_s=verdict.skew_s,
            tries=tries,
            transient=verdict.transient,
            whole=verdict.whole,
        )

    def _acquired(self, scope: str, turn: Turn, tries: int, trouble: str | None) -> Acquired:
        assert turn.token is not None
        raw, expires_on = turn.token
        self._chain = turn.chain
        token = Secret(raw)
        self._scrub.add(token)
        try:
            claims: Claims | None = read_claims(raw)
        except NotAToken:
            claims = None
        skews = [one.skew_s for one in turn.log.answers if one.skew_s is not None]
        skew = skews[-1] if skews else None
        attempted = winning_attempts(turn)
        turn.drop_errors()
        credential = turn.winner
        end = claims.exp if claims and claims.exp is not None else expires_on
        left = int(end - (time.time() - (skew or 0)))
        facts: dict[str, FactValue] = {
            "token.outcome": "ok",
            "token.problem": "none",
            "token.credential": credential,
            "token.attempted": attempted,
            "token.host": self.plan.authority.host,
            "token.scope": scope,
            "token.expires_in_s": left,
            "token.expired": left <= 0,
            **claim_facts(claims),
        }
        return Acquired(
            token=token,
            expires_on=expires_on,
            claims=claims,
            credential=credential,
            facts={name: self._scrubbed(value) for name, value in facts.items()},
            attempted=tuple(map(self._scrub, attempted)),
            notes=tuple(map(self._scrub, notes_for(self.plan, credential))),
            skew_s=skew,
            tries=tries,
            trouble=self._scrub(trouble) if trouble else None,
        )

    def _scrubbed(self, value: FactValue) -> FactValue:
        """A fact's value without any secret that this sign-in could know."""
        if isinstance(value, str):
            return self._scrub(value)
        return tuple(map(self._scrub, value)) if isinstance(value, tuple) else value

    def _clean_exchange(self, one: Exchange) -> Exchange:
        error = one.error
        if error is not None and error.message is not None:
            error = replace(error, message=self._scrub(error.message))
        request_id = self._scrub(one.request_id) if one.request_id else None
        url, purpose, parts = one.url, one.purpose, urlsplit(one.url)
        if is_request_uri(self.plan.environ, parts.hostname, parts.path):
            # Its path names organization, project, plan and job: nothing that a report needs.
            url, purpose = f"{parts.scheme}://{parts.netloc}/", "sign-in: OIDC token of the job"
        url = self._scrub(url)
        return replace(one, url=url, purpose=purpose, request_id=request_id, error=error)


def acquire(
    scope: str,
    *,
    environ: Mapping[str, str],
    tenant: str | None = None,
    cloud: str = "public",
    timeout: float = 5.0,
    process_timeout: float = 10.0,
    experiment: bool = False,
) -> Acquired | Refused:
    """One sign-in on its own. Where there may be more than one, keep a `SignIn`: it remembers."""
    with SignIn(
        environ=environ,
        tenant=tenant,
        cloud=cloud,
        timeout=timeout,
        process_timeout=process_timeout,
    ) as sign_in:
        return sign_in.acquire(scope, experiment=experiment)
