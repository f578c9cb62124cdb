"""The nouns of the program. Frozen, typed, and importing nothing of ours but secrets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from types import MappingProxyType
from typing import Any, Union

from .noun import Noun
from .secret import Secret

FactValue = Union[str, int, bool, tuple[str, ...], None]
"""What a fact may hold. Lists are tuples of strings; times are ISO 8601 UTC strings."""
Facts = Mapping[str, FactValue]
Json = Union[None, bool, int, float, str, Sequence["Json"], Mapping[str, "Json"]]

EMPTY: Mapping[str, Any] = MappingProxyType({})


class Status(str, Enum):
    """What a check says. `error` is the doctor's own failure and never the target's."""

    PASS = "pass"  # noqa: S105 - a status, not a password
    WARN = "warn"
    FAIL = "fail"
    SKIP = "skip"
    UNKNOWN = "unknown"
    ERROR = "error"


class Confidence(str, Enum):
    """`certain` only where an experiment or an authoritative source decided."""

    CERTAIN = "certain"
    LIKELY = "likely"
    POSSIBLE = "possible"


class Verdict(str, Enum):
    """The one word of a report."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    FAILING = "failing"
    INCONCLUSIVE = "inconclusive"


class Setting(Noun):
    """One setting with where it came from; `value` of a secret setting is masked by `Secret`."""

    name: str
    value: str
    source: str
    """In words: `flag --resource`, `env ANTHROPIC_FOUNDRY_RESOURCE`, `foundry-doctor.yaml:3:3`."""


class ConfigProblem(Noun):
    """Something wrong with the target's settings, found before any packet leaves."""

    cause: str
    summary: str
    facts: Mapping[str, FactValue] = EMPTY
    subject: str | None = None


class Expectation(Noun):
    """What the config file says the target must be; `where` is the place that says so."""

    name: str
    """`network`, `tenant`, `deployment_type`, `hosting` or `key_authentication`."""
    wanted: str
    where: str

    @property
    def facts(self) -> dict[str, FactValue]:
        """What every row about it tells."""
        return {
            "expect.name": self.name,
            "expect.wanted": self.wanted,
            "expect.where": self.where,
        }


class Suppression(Noun):
    """An entry of `suppress:`: a known failure, by cause or by check, accepted for a time."""

    cause: str | None
    check: str | None
    """A check id, or a pattern of ids."""
    target: str | None
    subject: str | None
    reason: str
    owner: str
    expires: str
    """The last day on which it holds (YYYY-MM-DD, UTC)."""
    where: str

    def expired(self, today: str) -> bool:
        """Whether it no longer holds on this day (YYYY-MM-DD)."""
        return self.expires < today


class Target(Noun):
    """What is to be examined, with the provenance of each value."""

    name: str | None = None
    """The name under `targets:` in the config file, if it came from there."""
    resource: str | None = None
    base_url: str | None = None
    """As the user gave it, or built from the resource; no trailing slash."""
    host: str | None = None
    port: int = 443
    cloud: str = "public"
    auth: str = "auto"
    """`auto`, `key` or `entra`, as asked."""
    mode: str | None = None
    """The credential that will be used: `key`, `entra`, or None when there is none."""
    key: Secret | None = None
    bearer: Secret | None = None
    """A ready-made Entra token (Claude Code's ANTHROPIC_FOUNDRY_AUTH_TOKEN), used as it is."""
    deployments: tuple[str, ...] = ()
    scope: str | None = None
    tenant: str | None = None
    subscription: str | None = None
    resource_group: str | None = None
    region: str | None = None
    arm: bool = False
    """Whether Resource Manager is read in any case, and not only to decide a failure."""
    provenance: Mapping[str, str] = EMPTY
    problems: tuple[ConfigProblem, ...] = ()
    secrets: tuple[Secret, ...] = ()
    """Every credential seen in any setting, used or not: none may appear in any output."""
    expect: tuple[Expectation, ...] = ()
    suppress: tuple[Suppression, ...] = ()
    """Those entries of the config file's `suppress:` that speak about this target."""


class Timings(Noun):
    """Milliseconds per phase of one exchange; None where the phase did not happen."""

    dns: float | None = None
    connect: float | None = None
    proxy: float | None = None
    tls: float | None = None
    wait: float | None = None
    receive: float | None = None


class ErrorInfo(Noun):
    """What the answer's body says went wrong, and which layer wrote it.

    `layer` is one of gateway, anthropic, apim, proxy, arm, entra, unknown; `code`, `message` and
    `type` as sent, cleaned of terminal escapes and of secrets, None where absent; `shape` names
    the body shape it was read from.
    """

    layer: str
    code: str | None = None
    message: str | None = None
    type: str | None = None
    shape: str = "none"


class Exchange(Noun):
    """One HTTP call as it happened. Holds no credential, no prompt and no completion."""

    id: str
    purpose: str
    method: str
    url: str
    sent_at: str
    status: int | None = None
    request_id: str | None = None
    apim_request_id: str | None = None
    client_request_id: str | None = None
    x_ms_region: str | None = None
    server_date: str | None = None
    timings: Timings = Timings()
    remote_address: str | None = None
    http_version: str | None = None
    error: ErrorInfo | None = None
    outcome: str = "answered"
    """`answered`, or how it failed: see the fact `http.outcome`."""


class Finding(Noun):
    """What a check saw for one subject (a deployment, a host), or for the whole target."""

    status: Status
    summary: str
    subject: str | None = None
    cause: str | None = None
    """Set only where the check itself decides; else a playbook finds the cause from the facts."""
    facts: Facts = EMPTY
    evidence: Mapping[str, Json] = EMPTY
    exchanges: tuple[str, ...] = ()


def ok(
    summary: str,
    facts: Facts = EMPTY,
    *,
    subject: str | None = None,
    exchanges: Sequence[str] = (),
    evidence: Mapping[str, Json] = EMPTY,
) -> Finding:
    """The statement in the check's title holds."""
    return Finding(Status.PASS, summary, subject, None, facts, evidence, tuple(exchanges))


def warn(
    summary: str,
    facts: Facts = EMPTY,
    *,
    subject: str | None = None,
    exchanges: Sequence[str] = (),
    evidence: Mapping[str, Json] = EMPTY,
) -> Finding:
    """It holds, but somebody should know something."""
    return Finding(Status.WARN, summary, subject, None, facts, evidence, tuple(exchanges))


def fail(
    summary: str,
    facts: Facts = EMPTY,
    *,
    subject: str | None = None,
    exchanges: Sequence[str] = (),
    evidence: Mapping[str, Json] = EMPTY,
    cause: str | None = None,
) -> Finding:
    """The target is broken: the statement does not hold. `cause`: where the check decides it."""
    return Finding(Status.FAIL, summary, subject, cause, facts, evidence, tuple(exchanges))


def skip(summary: str, facts: Facts = EMPTY, *, subject: str | None = None) -> Finding:
    """The question does not apply here, and why."""
    return Finding(Status.SKIP, summary, subject, None, facts)


def unknown(
    summary: str,
    facts: Facts = EMPTY,
    *,
    subject: str | None = None,
    exchanges: Sequence[str] = (),
    evidence: Mapping[str, Json] = EMPTY,
) -> Finding:
    """It cannot be known from what was seen, and why."""
    return Finding(Status.UNKNOWN, summary, subject, None, facts, evidence, tuple(exchanges))


class Result(Noun):
    """A finding with the check it belongs to: one row of the report."""

    id: str
    title: str
    status: Status
    summary: str
    subject: str | None = None
    cause: str | None = None
    blocked_by: str | None = None
    facts: Mapping[str, FactValue] = EMPTY
    evidence: Mapping[str, Json] = EMPTY
    exchanges: tuple[str, ...] = ()
    duration_ms: float = 0.0
    selected: bool = True
    """False for a check that ran only because a selected one needs it."""


class RuledOut(Noun):
    cause: str
    because: str


class Undecided(Noun):
    cause: str
    decided_by: str


class Remedy(Noun):
    """One step, with the user's values filled in and quoted for the shell it names."""

    text: str
    bash: str | None = None
    pwsh: str | None = None
    url: str | None = None
    who: str | None = None


class Diagnosis(Noun):
    """One cause with its evidence; the first of a report is THE root cause."""

    cause: str
    confidence: Confidence
    title: str
    summary: str
    playbook: str
    who: str
    transient: bool
    subjects: tuple[str, ...] = ()
    because: tuple[str, ...] = ()
    ruled_out: tuple[RuledOut, ...] = ()
    undecided: tuple[Undecided, ...] = ()
    checks: tuple[str, ...] = ()
    remedy: tuple[Remedy, ...] = ()
    verify: str = ""


class Accepted(Noun):
    """A failure or warning that the user chose not to fail on; it is shown and counted.

    `by` is `suppression` (an entry of `foundry-doctor.yaml`) or `baseline` (an earlier report that
    has it already). `rows` are the rows that it speaks for: check id and subject.
    """

    by: str
    status: Status
    """What the rows say: `fail` or `warn`; it stays that."""
    cause: str | None
    subjects: tuple[str, ...] = ()
    rows: tuple[tuple[str, str | None], ...] = ()
    reason: str = ""
    owner: str | None = None
    expires: str | None = None
    """Last day on which a suppression holds (YYYY-MM-DD, UTC)."""
    where: str = ""
    """`foundry-doctor.yaml:12:5`, or the file name of the baseline."""

    def covers(self, one: Diagnosis) -> bool:
        """Whether it speaks for this cause."""
        checks = {id_ for id_, _ in self.rows}
        return (one.cause, one.subjects) == (self.cause, self.subjects) and checks <= {*one.checks}


class NotCovered(Noun):
    what: str
    how: str


class ReportError(Noun):
    """Why there is no whole report: a usage error, an interruption, a defect."""

    kind: str
    """`usage`, `interrupted`, `terminated` or `internal`."""
    message: str


class Run(Noun):
    id: str
    started_at: str
    duration_ms: float
    tier: str
    calls: int = 0
    tokens_billed: int = 0
    attempts: int = 1
    """With `--wait`: how often everything was examined; calls and tokens are those of all."""


class Vantage(Noun):
    """Where the run was made from. `proxy` and `ca` map a setting to a value without secrets."""

    os: str
    python: str
    proxy: Mapping[str, Json] = EMPTY
    ca: Mapping[str, Json] = EMPTY
    clients: Mapping[str, str] = EMPTY


class Report(Noun):
    """Everything one run has to say about one target."""

    tool_version: str
    run: Run
    vantage: Vantage
    target: Target
    verdict: Verdict
    exit_code: int
    error: ReportError | None = None
    covered: tuple[str, ...] = ()
    not_covered: tuple[NotCovered, ...] = ()
    diagnosis: tuple[Diagnosis, ...] = ()
    checks: tuple[Result, ...] = ()
    exchanges: tuple[Exchange, ...] = ()
    fingerprint: Mapping[str, str] = EMPTY
    """Of the key in use, and only where the user gave a salt for it: see `fingerprint.py`."""
    accepted: tuple[Accepted, ...] = ()
    """What failed or warned and yet does not count for the exit code; the verdict keeps it."""


class RequestId(Noun):
    """One request id found in a text. `time` is ISO 8601, or as it was written.

    `kind`: request-id, apim-request-id, x-ms-request-id, x-ms-client-request-id, correlation-id or
    trace-id. `useful_to`: the desk that can look it up: azure, anthropic, both or none.
    """

    kind: str
    value: str
    file: str
    line: int
    time: str | None = None
    useful_to: str = "azure"


class Explanation(Noun):
    """What some texts say, offline. `truncated` where a part of them could not be read."""

    tool_version: str
    diagnoses: tuple[Diagnosis, ...] = ()
    request_ids: tuple[RequestId, ...] = ()
    truncated: bool = False
    error: ReportError | None = None
