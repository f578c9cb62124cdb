"""From what a sign-in did to what it means: the attempt that matters, and its facts."""

from __future__ import annotations

from ..model import EMPTY, Facts, FactValue
from ..noun import Noun, replace
from .aadsts import Refusal
from .attempts import IDENTITY, Seen, hanging, not_built, seen_in
from .chain import CLI_CREDENTIALS, OUTCOMES, Attempt, clean_reason, what_matters
from .chain_texts import classify
from .faults import look_at_login, silent_answer
from .pipelines import NAME as PIPELINES
from .recorder import Answer
from .surroundings import choice, explicit_identity, identity_proxied, missing_variables
from .turn import Plan, Turn

_OF_AUDIENCE = frozenset(
    {50001, 500011, 500014, 65001, 65002, 70011, 50076, 50079, 50072, 50078, 50105, 53000, 53001,
     53003, 530084}
)  # fmt: skip
"""Refusals that may concern the audience asked for: another one may still be granted."""
_AUDIENCE_ERRORS = frozenset(
    {"invalid_resource", "invalid_scope", "consent_required", "interaction_required"}
)
_WAITING = frozenset({"temporarily_unavailable", "server_error", "slow_down"})


class Verdict(Noun):
    """What a failed sign-in means. `facts` holds the aadsts, way and config facts alone."""

    problem: str
    outcome: str
    detail: str
    credential: str = ""
    attempted: tuple[str, ...] = ()
    facts: Facts = EMPTY
    notes: tuple[str, ...] = ()
    skew_s: int | None = None
    transient: bool = False
    whole: bool = True


def judge(turn: Turn) -> Verdict:
    """What became of a sign-in that brought no token; looks at the login host where needed."""
    seen = [seen_in(step, turn.plan) for step in turn.log.steps if step.error is not None]
    unfinished = next((one for one in turn.log.steps if not one.done), None)
    if turn.timed_out:
        seen.append(hanging(unfinished))
    elif turn.error is not None and turn.log.constructing:
        seen.append(not_built(turn.error, turn.plan))
    elif not seen:
        words = clean_reason(str(turn.error)) or type(turn.error).__name__
        credential = "DefaultAzureCredential"
        seen.append(Seen(Attempt(credential, words, classify(credential, words), stopped=True)))
    left_out = [Attempt(name, why, classify(name, why)) for name, why in turn.not_asked]
    attempts = [one.attempt for one in seen] + left_out
    plan = turn.plan
    alone = bool(explicit_identity(plan.environ)) or choice(plan.environ) not in ("", "dev", "prod")
    chosen = what_matters(attempts, alone=alone and not left_out)
    matters = next((one for one in seen if one.attempt == chosen), Seen(chosen))
    verdict = _verdict(matters, chosen, plan, timed_out=turn.timed_out)
    skews = [one.skew_s for one in turn.log.answers if one.skew_s is not None]
    return replace(
        verdict,
        attempted=tuple(one.shown for one in attempts),
        notes=notes_for(plan, chosen.credential),
        skew_s=skews[-1] if skews else None,
    )


def judge_authority(plan: Plan) -> Verdict:
    """The login host of the settings cannot be used at all; nothing was sent."""
    words = f"the login host ({plan.authority.source}) cannot be used: {plan.authority.problem}"
    return Verdict("other", "misconfigured", words)


def winning_attempts(turn: Turn) -> tuple[str, ...]:
    """`token.attempted` of a sign-in that went well: who was passed over, and who won."""
    failed = [seen_in(one, turn.plan).attempt.shown for one in turn.log.steps if one.error]
    winner = next((one.credential for one in turn.log.steps if one.error is None), "")
    return (*failed, f"{winner}: gave the token")


def notes_for(plan: Plan, credential: str) -> tuple[str, ...]:
    """What the application may meet differently from the doctor, in sentences."""
    notes = []
    missing = missing_variables(plan.environ)
    if missing and credential != "EnvironmentCredential":
        notes.append(
            f"The environment is half set ({', '.join(missing)} missing), so EnvironmentCredential"
            " is passed over and another credential is used."
        )
    proxied = identity_proxied(plan.environ)
    if credential in IDENTITY and proxied:
        notes.append(
            f"{proxied} would send an application's managed identity request to the proxy; the"
            " doctor asked directly. Put 169.254.169.254 into NO_PROXY."
        )
    if credential == PIPELINES:
        notes.append(
            f"{PIPELINES} is no part of DefaultAzureCredential: the application has to name it"
            " itself."
        )
    if plan.authority.of_cloud:
        notes.append(
            f"AZURE_AUTHORITY_HOST is not set: {plan.authority.host} was used because of the cloud"
            " asked for, and the application has to name it itself."
        )
    if plan.tenant:
        notes.append(
            f"The tenant {plan.tenant} was asked for explicitly; the application signs in to the"
            " one that its own settings name."
        )
    return tuple(notes)


def _verdict(seen: Seen, chosen: Attempt, plan: Plan, *, timed_out: bool) -> Verdict:
    base = Verdict(
        chosen.problem,
        "timeout" if timed_out else OUTCOMES.get(chosen.problem, "unavailable"),
        chosen.shown,
        chosen.credential,
    )
    if chosen.problem == "nothing-configured":
        return replace(base, detail="no credential of the chain is set up here")
    if chosen.problem == "identity-not-assigned":
        words = "the endpoint answers, but the managed identity asked for is not assigned here"
        return replace(base, detail=words)
    if chosen.problem == "entra-refused" and seen.refusal is not None:
        return _refused(base, seen.refusal, seen.last)
    if chosen.problem == "network":
        return _on_the_way(base, seen, plan, timed_out=timed_out)
    answer = seen.last
    if chosen.problem == "not-json" and answer is not None and chosen.credential not in IDENTITY:
        kind = answer.content_type or "no content type"
        return replace(
            base,
            outcome="unreachable",
            detail=f"{answer.host} answers {answer.status} with {kind}, not with JSON: not Entra",
            facts={"net.host": answer.host, "net.phase": "http"},
            transient=answer.status >= 500 or answer.status == 429,
        )
    if chosen.problem == "other" and timed_out is False and seen.error is not None:
        return replace(base, outcome=_other_outcome(seen.error))
    return base


def _other_outcome(error: BaseException) -> str:
    """A ValueError is azure-identity's word for settings that cannot work."""
    if isinstance(error, TimeoutError):
        return "timeout"
    return "misconfigured" if isinstance(error, ValueError) else "unavailable"


def _refused(base: Verdict, refusal: Refusal, last: Answer | None) -> Verdict:
    code = f"AADSTS{refusal.code}: " if refusal.code else ""
    words = refusal.message or refusal.error or "Entra refused the sign-in"
    busy = last is not None and (last.status >= 500 or last.status == 429)
    of_audience = refusal.code in _OF_AUDIENCE or refusal.error in _AUDIENCE_ERRORS
    return replace(
        base,
        detail=f"{code}{words}",
        facts=refusal.facts,
        transient=busy or refusal.error in _WAITING,
        whole=not of_audience,
    )


def _on_the_way(base: Verdict, seen: Seen, plan: Plan, *, timed_out: bool) -> Verdict:
    login = plan.authority
    way = look_at_login(login.host, login.port, plan.environ, plan.timeout)
    facts: dict[str, FactValue] = dict(way.facts)
    if not way.stands:
        outcome = "misconfigured" if way.misconfigured else "unreachable"
        return replace(base, outcome=outcome, detail=way.detail, facts=facts)
    if timed_out or (seen.error is not None and silent_answer(seen.error)):
        return replace(
            base,
            outcome="timeout",
            detail=f"{login.host} takes the connection, but no answer came in time",
            facts={**facts, "net.phase": "http"},
        )
    # It failed there and stands here: a lost connection, or a client with settings of its own.
    words = f"{base.detail}. The doctor's own look found that {way.detail}"
    own_settings = base.credential in CLI_CREDENTIALS
    return replace(base, detail=words, facts=facts, transient=not own_settings)
