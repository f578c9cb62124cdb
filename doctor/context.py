"""What a check may touch: the target, the way to it, and the calls that are allowed.

The world is passed in here, so that checks hold no state and need no patching in tests.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from .calls import Answer, DataPlane, Options
from .model import EMPTY, ConfigProblem, Expectation, Facts, FactValue, Target
from .network.client import Client
from .network.connect import ConnectFailure, Connection, Connector
from .network.failure import failure_facts
from .network.resolve import Resolution, is_address, is_private
from .network.trust import trust_source
from .noun import Noun, replace
from .secret import Scrubber
from .tenancy import Tenancy

if TYPE_CHECKING:
    from .azure.outcome import Acquired, Refused
    from .azure.readings import Readings
    from .azure.refusal import Refusal
    from .network.certificate import Certificate
    from .network.chain import Chain
    from .network.proxies import Proxy

RESETS = 3


class Way(Noun):
    """How the way to the endpoint went. `phase` is None where it stands, TLS included."""

    phase: str | None
    detail: str
    facts: Facts = EMPTY
    address: str = ""
    tls_version: str | None = None
    failed_addresses: tuple[tuple[str, str], ...] = ()
    attempts: int = 1
    trouble: Facts = EMPTY
    """Facts of a reset that a further attempt got past; `net.phase` says where it struck."""

    @property
    def tries(self) -> str:
        """` (3 of 3 attempts)` where there was more than one, else nothing."""
        return f" ({self.attempts} of {self.attempts} attempts)" if self.attempts > 1 else ""


class Context:
    """The world of one target. `facts` grows as checks report; checks only read it."""

    def __init__(
        self,
        target: Target,
        options: Options,
        connector: Connector,
        *,
        progress: Callable[[str], None] = lambda _: None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.target = target
        self.options = options
        self.scrub = Scrubber((*target.secrets, *((target.key,) if target.key else ())))
        self.facts: dict[str, FactValue] = {}
        self.client = Client(connector)
        self.data_plane = DataPlane(
            target, options, self.client, self.scrub, progress=progress, sleep=sleep
        )
        self.tenancy = Tenancy(
            target,
            connector.environ,
            options,
            Client(connector, self.client.exchanges),
            self.scrub,
            progress=progress,
            sleep=sleep,
        )
        self._connector = connector
        self._progress = progress
        self._sleep = sleep
        self._way: Connection | ConnectFailure | None = None
        self._resets: list[ConnectFailure] = []
        self._chains: dict[str, Chain] = {}
        self._control_name = f"foundry-doctor-control-{os.urandom(6).hex()}"

    # settings -----------------------------------------------------------------------------

    def problem(self, fact: str) -> ConfigProblem | None:
        """The first problem of the settings that sets this fact."""
        return next((one for one in self.target.problems if fact in one.facts), None)

    @property
    def today(self) -> str:
        """The day of this run, UTC (YYYY-MM-DD), by this machine's clock."""
        return time.strftime("%Y-%m-%d", time.gmtime())

    def expected(self, name: str) -> Expectation:
        """What the config file says that the target must be, under this name of `expect:`."""
        return next(one for one in self.target.expect if one.name == name)

    def source(self, *names: str) -> str:
        """Where the first of these settings that has a provenance came from."""
        known = self.target.provenance
        return next((known[name] for name in names if name in known), "the settings")

    @property
    def trust_source(self) -> str:
        """Where the trusted CAs come from, in words."""
        return trust_source(self._connector.environ)

    # the way there ------------------------------------------------------------------------

    @property
    def host(self) -> str:
        """The endpoint's host; empty until `config.endpoint` has passed."""
        return self.target.host or ""

    @property
    def proxy(self) -> Proxy | None:
        """The proxy for the endpoint; raises ProxyError for a variable that cannot be read."""
        return self._connector.route(self.host, self.target.port)

    def resolve(self, host: str) -> Resolution:
        """What the client's own resolver says; the same answer serves the whole run."""
        return self._connector.resolve(host)

    def way(self) -> Way:
        """The way to the endpoint, opened once, without any credential.

        The connection then carries the first call. A reset is tried again twice: one lost
        connection is not a diagnosis.
        """
        if self._way is None:
            self._way = self._open()
        way, resets = self._way, self._resets
        attempts = len(resets) + 1
        if isinstance(way, ConnectFailure):
            address = way.addresses[-1] if way.phase == "tls" and way.addresses else ""
            facts, detail = failure_facts(way), self.scrub(way.detail)
            return Way(way.phase, detail, facts, address=address, attempts=attempts)
        return Way(
            None,
            "",
            address=way.address,
            tls_version=way.tls_version,
            failed_addresses=way.failed_addresses,
            attempts=attempts,
            trouble=failure_facts(resets[-1]) if resets else {},
        )

    def _open(self) -> Connection | ConnectFailure:
        for attempt in range(1, RESETS + 1):
            try:
                connection = self._connector.open(self.host, self.target.port)
            except ConnectFailure as failure:
                if failure.outcome != "reset" or attempt == RESETS or not self._time_for(1.0):
                    return failure
                self._resets.append(failure)
                self._progress(f"connection reset, attempt {attempt + 1} of {RESETS}")
                self._sleep(0.2 * attempt)
            else:
                self.client.park(connection)
                return connection
        raise AssertionError("the last attempt returns")

    def dns_chain(self, host: str) -> Chain:
        """What the DNS servers themselves say, asked once a run; bounded by the time-out."""
        from .network.chain import look_up

        if host not in self._chains:
            self._chains[host] = look_up(host, min(self._connector.left(), 3.0))
        return self._chains[host]

    def certificate(self) -> Certificate | None:
        """The certificate that is really presented, unverified; None where TLS fails anyway."""
        from .network.certificate import look_at

        return look_at(self._connector, self.host, self.target.port)

    def handshake_without_name(self) -> bool:
        """Whether a handshake that does not name the host succeeds."""
        from .network.certificate import answers_without_name

        return answers_without_name(self._connector, self.host, self.target.port)

    @staticmethod
    def is_address(text: str) -> bool:
        """Whether a host is an IP address."""
        return is_address(text.strip("[]"))

    @staticmethod
    def is_local(text: str) -> bool:
        """Whether this is an address of this machine itself."""
        import ipaddress

        try:
            return ipaddress.ip_address(text).is_loopback
        except ValueError:
            return text == "localhost"

    @staticmethod
    def all_private(addresses: Iterable[str]) -> bool:
        """Whether there are addresses and every one is private (loopback is not)."""
        listed = list(addresses)
        return bool(listed) and all(is_private(one) for one in listed)

    # the calls ------------------------------------------------------------------------------

    def first_answer(self) -> Answer:
        """The call as the user's client makes it, on the first deployment.

        Without a deployment (under `--only`) the control call serves: it shows the endpoint and
        the key as well.
        """
        if not self.target.deployments and self.target.arm:
            self.readings()
        if self.target.deployments:
            return self.count_tokens(self.target.deployments[0])
        return self.control_answer()

    def count_tokens(self, deployment: str) -> Answer:
        """The free probe of one deployment, asked once per run."""
        return self.data_plane.count_tokens(deployment)

    def answered(self, deployment: str) -> bool | None:
        """Whether the deployment answered its probe; None where none was made."""
        known = self.data_plane.known(deployment)
        return known.ok if known is not None else None

    def with_spelling(self, spelling: str) -> Answer:
        """The same call with the key in one header alone: `x-api-key` or `api-key`."""
        deployments = self.target.deployments
        name = deployments[0] if deployments else self._control_name
        return self.data_plane.count_tokens(name, spelling)

    def control_answer(self) -> Answer:
        """The control call: a name that cannot exist must be refused."""
        return self.data_plane.control(self._control_name)

    def route_answer(self) -> Answer:
        """A message that nothing can serve: shows whether the messages route exists."""
        return self.data_plane.invalid_message(self._control_name)

    def message(self, deployment: str) -> Answer:
        """One real message of one token: billed, only in the paid tier."""
        return self.data_plane.message(deployment)

    def name_facts(self, deployment: str) -> Facts:
        """What a deployment's name looks like beside the known model ids."""
        from .foundry.catalogue import judge

        name = judge(deployment)
        return {
            "deployment.name": deployment,
            "deployment.form": name.form,
            "deployment.suggestion": name.suggestion,
        }

    def _time_for(self, seconds: float) -> bool:
        deadline = self._connector.deadline
        return deadline is None or time.monotonic() + seconds < deadline

    # sign-in and Resource Manager ---------------------------------------------------------

    def token(self) -> Acquired | Refused:
        """The token that the application would send; from then on every call carries it."""
        from .azure.outcome import Acquired

        found = self.tenancy.token()
        if isinstance(found, Acquired):
            self.data_plane.token = found.token
        return found

    def with_other_audience(self) -> tuple[str, Answer] | None:
        """The first call again with a token for the other https audience, and that scope.

        None where there is no other audience, or no token for it.
        """
        from .azure.outcome import Acquired

        found = self.tenancy.other_token()
        if not isinstance(found, Acquired):
            return None
        scope = str(found.facts.get("token.scope"))
        name = next(iter(self.target.deployments), self._control_name)
        return scope, self.data_plane.with_token(name, found.token, scope)

    def readings(self) -> Readings:
        """What Resource Manager says about the account: one pass, at most six requests.

        Where nobody named a deployment, the account's Anthropic deployments are examined.
        """
        readings = self.tenancy.readings()
        if not self.target.deployments and readings.claude_deployments:
            source = {**self.target.provenance, "deployments": "Resource Manager"}
            self.target = replace(
                self.target, deployments=readings.claude_deployments, provenance=source
            )
        return readings

    def arm_facts(self, deployment: str | None = None) -> Facts:
        """The `arm.*` and `region.*` facts of the readings."""
        from .azure.deployments import nearest_deployment
        from .azure.readings import facts
        from .foundry.catalogue import catalogue, judge

        wanted = judge(deployment).suggestion or deployment if deployment else None
        readings = self.readings()
        failed = next((one.error for one in readings.parts.values() if one.error), None)
        told = facts(readings, deployment, wanted_model=wanted, catalogue=catalogue()["models"])
        if deployment and told.get("arm.deployment") == "absent":
            told["arm.other_account"] = self.tenancy.other_account(deployment)
            told["deployment.suggestion"] = nearest_deployment(
                deployment, readings.deployments or ()
            )
        return {**told, "arm.error": failed.code if failed else None}

    def why_refused(self) -> Refusal:
        """The caller's roles as Resource Manager lists them; read only after a refusal."""
        return self.tenancy.refusal(roles=True)

    def subscription_facts(self) -> Facts:
        """The subscription's state and tenant, where they can be read."""
        return self.tenancy.refusal(subscription=True).facts(None, self.readings())

    def quota_facts(self, deployment: str) -> Facts:
        """The subscription's quota for the deployed model, where it can be read."""
        from .azure.deployments import deployment_named
        from .azure.regions import Wanted

        readings = self.readings()
        own = deployment_named(deployment, readings.deployments or ())
        wanted = Wanted.of(own) if own else None
        return self.tenancy.refusal(usages=True).facts(wanted, readings)

    def close(self) -> None:
        """End every call and close every connection."""
        self.data_plane.stopped = True
        self.client.close()
        self.tenancy.close()
