"""One sign-in: azure-identity in a daemon thread, with an end to every wait."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping

from ..noun import Noun
from .defaults import Authority, Bounds, Chain, build
from .quiet import quiet
from .recorder import Log
from .surroundings import lent


class Plan(Noun):
    """What every sign-in of a run has in common. Times in seconds."""

    environ: Mapping[str, str]
    authority: Authority
    tenant: str | None
    """Another tenant than the environment's, asked for in so many words."""
    timeout: float
    process_timeout: float
    allow_processes: bool

    @property
    def lent_environ(self) -> dict[str, str]:
        """The environment as azure-identity is to see it.

        A tenant replaces AZURE_TENANT_ID but never completes an environment that lacks it: the
        application would still find it incomplete.
        """
        found = dict(self.environ)
        if self.tenant and "AZURE_TENANT_ID" in found:
            found["AZURE_TENANT_ID"] = self.tenant
        if self.authority.of_cloud:
            # Workload identities read the variable alone, whatever authority the chain is given.
            # Never for the public cloud: together with a token file it turns managed identities
            # into workload identities.
            found["AZURE_AUTHORITY_HOST"] = self.authority.url
        return found


class Turn:
    """One walk through the chain for one scope; run it once, then read what became of it."""

    def __init__(self, plan: Plan, scope: str, deadline: float, chain: Chain | None) -> None:
        self.plan = plan
        self.scope = scope
        self.chain = chain
        self.log = chain.log if chain else Log()
        self.token: tuple[str, int] | None = None
        """The raw token and its end in seconds since the epoch."""
        self.error: BaseException | None = None
        self.timed_out = False
        self._deadline = deadline
        self._abandoned = threading.Event()
        self.log.start_over()

    @property
    def not_asked(self) -> tuple[tuple[str, str], ...]:
        """(credential, reason) of those that the doctor's rules left out."""
        return self.chain.not_asked if self.chain else ()

    @property
    def processes(self) -> tuple[str, ...]:
        """The programs that this walk has started."""
        return tuple(self.log.processes)

    def run(self) -> None:
        """Sign in, or give up at the deadline and leave the thread to end by itself."""
        thread = threading.Thread(target=self._work, name="sign-in", daemon=True)
        thread.start()
        thread.join(max(0.05, self._deadline - time.monotonic()))
        if thread.is_alive():
            self._abandoned.set()
            self.timed_out, self.token = True, None
            # It may have ended between the two lines above, and closed nothing.
            if not thread.is_alive() and self.chain is not None:
                self.chain.credential.close()

    @property
    def winner(self) -> str:
        """The credential that gave the token."""
        return self.log.steps[-1].credential if self.log.steps else "DefaultAzureCredential"

    def drop_errors(self) -> None:
        """Drop the exceptions: their frames hold secrets."""
        self.error = None
        for step in self.log.steps:
            step.error = None

    def forget(self) -> None:
        """Drop the exceptions and close the connections of a sign-in that failed."""
        self.drop_errors()
        if self.chain is not None and not self.timed_out:
            self.chain.credential.close()

    def _work(self) -> None:
        chain: Chain | None = None
        try:
            wait = self._deadline - time.monotonic()
            with lent(self.plan.lent_environ, wait), quiet():
                chain = self.chain or self._build()
                self.chain = chain
                options = {"tenant_id": self.plan.tenant} if self.plan.tenant else {}
                info = chain.credential.get_token_info(self.scope, options=options)
                self.token = (str(info.token), int(info.expires_on))
        except BaseException as error:  # noqa: BLE001 - carried over to the waiting thread
            self.error = error
        finally:
            if self._abandoned.is_set():
                self.token = self.error = None
                if chain is not None:
                    chain.credential.close()

    def _build(self) -> Chain:
        plan = self.plan
        left = max(1.0, self._deadline - time.monotonic() - 0.5)
        bounds = Bounds(plan.timeout, min(plan.process_timeout, left))
        return build(
            plan.lent_environ,
            plan.authority,
            bounds,
            self.log,
            allow_processes=plan.allow_processes,
        )
