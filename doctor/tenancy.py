"""Sign-in and Resource Manager for one target: each asked once, and only when a check asks.

With a key nothing here is touched until a failure has to be decided.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from .calls import Options
from .model import Target
from .network.client import Client
from .secret import Scrubber, Secret

if TYPE_CHECKING:
    from .azure.accounts import Account
    from .azure.arm import ArmClient
    from .azure.identity import SignIn
    from .azure.outcome import Acquired, Refused
    from .azure.readings import Readings
    from .azure.refusal import Refusal

ARM_ENDPOINT = "FOUNDRY_DOCTOR_ARM_ENDPOINT"
RESERVE = 2.0
"""Seconds of the budget that a sign-in leaves to what comes after it."""


class Tenancy:
    """The caller's tenant as the application sees it, and the control plane behind it."""

    def __init__(
        self,
        target: Target,
        environ: Mapping[str, str],
        options: Options,
        client: Client,
        scrub: Scrubber,
        *,
        progress: Callable[[str], None],
        sleep: Callable[[float], None],
    ) -> None:
        self._target = target
        self._environ = environ
        self._options = options
        self._client = client
        self._scrub = scrub
        self._progress = progress
        self._sleep = sleep
        self._known: SignIn | None = None
        self._readings: Readings | None = None
        self._refusals: dict[tuple[bool, bool, bool], Refusal] = {}
        self._arm: ArmClient | None = None
        self._elsewhere: dict[str, str | None] = {}
        self._siblings: tuple[Account, ...] | None = None
        self._adopted: set[str] = set()
        self.processes: list[str] = []
        """Programs that the credentials started."""
        self.requests = 0
        """Calls to Resource Manager."""
        self.sign_in_exchanges: tuple[str, ...] = ()
        """Ids of the calls to the login host."""

    @property
    def calls(self) -> int:
        """Calls made here: to the login host and to Resource Manager."""
        return self.requests + len(self.sign_in_exchanges)

    def token(self) -> Acquired | Refused:
        """The token that the application would send to the data plane."""
        if self._target.bearer is not None:
            return self._ready_made(self._target.bearer)
        return self._acquire(self.scope)

    def _ready_made(self, token: Secret) -> Acquired:
        """A token that the settings hold: judged by its own, unverified claims."""
        from .azure.claims import NotAToken, read_claims
        from .azure.outcome import Acquired, claim_facts

        try:
            claims = read_claims(token.reveal())
        except NotAToken:
            claims = None
        end = claims.exp if claims and claims.exp is not None else None
        facts = dict(claim_facts(claims))
        if end is not None:
            left = int(end - time.time())
            facts |= {"token.expires_in_s": left, "token.expired": left <= 0}
        source = self._target.provenance.get("token", "the settings")
        facts |= {"token.outcome": "ok", "token.problem": "none", "token.credential": source}
        return Acquired(token, end or 0, claims, source, facts)

    def other_token(self) -> Acquired | Refused | None:
        """A token for the other known https audience; None where there is no other."""
        from .azure.clouds import other_scope

        scope = other_scope(self.scope)
        return self._acquire(scope, experiment=True) if scope else None

    @property
    def scope(self) -> str:
        """The scope of the data-plane token."""
        from .azure.clouds import cloud_named

        return self._target.scope or cloud_named(self._target.cloud).data_scopes[0]

    def readings(self) -> Readings:
        """One reading pass over the control plane, at most six requests."""
        if self._readings is None:
            self._readings = self._read()
        return self._readings

    def refusal(
        self, *, roles: bool = False, usages: bool = False, subscription: bool = False
    ) -> Refusal:
        """What explains a refusal: the caller's roles, the quota, the subscription's state."""
        from .azure.refusal import Refusal, why_refused

        wanted = (roles, usages, subscription)
        if wanted not in self._refusals:
            readings, found = self.readings(), Refusal()
            if self._arm is not None and readings.account is not None:
                found = why_refused(
                    self._arm,
                    readings,
                    self._oid(),
                    roles=roles,
                    usages=usages,
                    subscription=subscription,
                )
                self.requests += found.requests
            self._refusals[wanted] = found
        return self._refusals[wanted]

    def other_account(self, deployment: str) -> str | None:
        """Another account of the subscription with a deployment so called: two more requests."""
        from .azure.deployments import other_account
        from .azure.finding import visible_accounts

        readings = self.readings()
        if self._arm is None or readings.account is None:
            return None
        if deployment not in self._elsewhere:
            before = self._arm.requests
            if not readings.others and self._siblings is None:
                self._siblings = visible_accounts(self._arm)
            siblings = readings.others or self._siblings or ()
            found, _ = other_account(self._arm, deployment, readings.account, siblings)
            self.requests += self._arm.requests - before
            self._elsewhere[deployment] = found
        return self._elsewhere[deployment]

    def close(self) -> None:
        """Close what the credentials hold open."""
        if self._known is not None:
            self._known.close()

    def _read(self) -> Readings:
        from .azure.accounts import Seek
        from .azure.arm import ArmClient
        from .azure.clouds import cloud_named
        from .azure.outcome import Refused
        from .azure.readings import read_account, without_token

        target, cloud = self._target, cloud_named(self._target.cloud)
        token = self._acquire(cloud.arm_scope, experiment=target.mode == "key")
        if isinstance(token, Refused):
            return without_token(token.detail)
        named = self._environ.get(ARM_ENDPOINT, "")
        self._progress("reading Azure Resource Manager")
        arm = ArmClient(
            self._client,
            named or cloud.arm_endpoint,
            token.token,
            named_by_user=bool(named),
            tenant=token.claims.tid if token.claims else None,
            scrub=self._scrub,
            sleep=self._sleep,
            progress=self._progress,
        )
        self._arm = arm
        seek = Seek(
            host=target.host or "",
            port=target.port,
            resource=target.resource,
            subscription=target.subscription,
            resource_group=target.resource_group,
        )
        readings = read_account(arm, seek)
        self.requests += readings.requests
        return readings

    def _oid(self) -> str | None:
        """The caller's object id in the resource's tenant, from the data-plane token's claims."""
        found = self.token() if self._target.mode == "entra" else None
        return found.claims.oid if found is not None and found.token and found.claims else None

    def _acquire(self, scope: str, *, experiment: bool = False) -> Acquired | Refused:
        from .azure.identity import SignIn
        from .azure.outcome import Acquired

        if self._known is None:
            deadline = self._client.connector.deadline
            left = deadline - time.monotonic() - RESERVE if deadline is not None else 25.0
            entra = self._target.mode == "entra" or self._target.arm
            self._known = SignIn(
                environ=self._environ,
                tenant=self._target.tenant,
                cloud=self._target.cloud,
                timeout=self._options.timeout,
                budget=max(1.0, min(25.0, left)),
                # With a key the user's choice of credential starts no program: consent first.
                allow_processes=entra,
                sleep=self._sleep,
            )
        self._progress(f"signing in for {scope}")
        found = self._known.acquire(scope, experiment=experiment)
        if isinstance(found, Acquired):
            self._scrub.add(found.token)
        if scope not in self._adopted:
            self._adopted.add(scope)
            self.processes += found.processes
            for exchange in found.exchanges:
                self.sign_in_exchanges += (self._client.adopt(exchange),)
        return found


__all__ = ["Tenancy"]
