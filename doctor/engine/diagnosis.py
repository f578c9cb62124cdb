"""From results to THE root cause: match playbooks, rank, fold what follows from it.

A failed row is explained by the best playbook for its facts, read together with what the other
rows established. Causes that the root explains are not listed again; what remains possible stands
in `undecided`; what the passed checks exclude stands in `ruled_out`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ..model import (
    Confidence,
    Diagnosis,
    FactValue,
    Result,
    RuledOut,
    Status,
    Target,
    Undecided,
)
from ..noun import Noun, replace
from .causes import causes
from .playbook_flags import target_flags
from .playbook_model import RANK, Match
from .playbook_set import PlaybookSet
from .playbook_text import bash, fill_diagnosis
from .registry import Check
from .verdict import counts

SYMPTOMS = (Status.FAIL, Status.WARN)
POLICY = ("expect.", "suppress.")
"""Facts about what the user demands: they explain their own row, and no failure of a call."""
STATES = ("config.endpoint", "config.credential", "config.deployment")
"""What is known of the settings as a whole: every step of a remedy may ask for it."""


class _Candidate(Noun):
    row: Result
    match: Match | None
    others: tuple[Match, ...]
    facts: Mapping[str, FactValue]


def diagnose(
    results: Sequence[Result], target: Target, playbooks: PlaybookSet, checks: Iterable[Check]
) -> tuple[Diagnosis, ...]:
    """Diagnoses, the root cause first: failures before warnings, lasting before transient."""
    excluded = _excluded(results, {one.id: one for one in checks})
    filled: list[tuple[Result, Diagnosis]] = []
    states = {name: row.facts[name] for row in results for name in STATES if name in row.facts}
    for status in SYMPTOMS:
        for row in results:
            if row.status is status and counts(row, results):
                candidate = _explain(row, results, target, playbooks)
                filled.append((row, _fill(candidate, target, excluded, states)))
    merged = _merged(filled)
    kept = [one for one in merged if not _explained(one, merged, playbooks)] or merged
    failing = {id(one) for one, worst in _worst(kept, filled) if worst is Status.FAIL}
    demands = {row.id for row in results if any(name.startswith(POLICY) for name in row.facts)}
    kept.sort(
        key=lambda one: (id(one) not in failing, one.transient, demands.issuperset(one.checks))
    )
    return tuple(kept)


def facts_of(row: Result, results: Sequence[Result], target: Target) -> dict[str, FactValue]:
    """The facts under which a row is read.

    Rows about the whole target speak for every row, a deployment's rows for each other; a warning
    describes what has passed, so it speaks for itself alone; and for a warning, or for a setting
    that is wrong by itself, what failed elsewhere says nothing.
    """
    alone = row.status is Status.WARN or row.id.startswith("config.") or row.id == "key.shape"
    facts: dict[str, FactValue] = {"auth.mode": target.mode} if target.mode else {}
    for other in results:
        foreign = other.subject in target.deployments and other.subject != row.subject
        if foreign or other.status is Status.WARN:
            continue
        if alone and other.status is Status.FAIL:
            continue
        facts.update((k, v) for k, v in other.facts.items() if not k.startswith(POLICY))
    facts.update(row.facts)
    return {name: value for name, value in facts.items() if value is not None}


def _explain(
    row: Result, results: Sequence[Result], target: Target, playbooks: PlaybookSet
) -> _Candidate:
    facts = facts_of(row, results, target)
    matches = playbooks.matches(facts)
    if row.cause is not None:
        # The check decided; its playbook lends the words, the variant that fits where one does.
        own = playbooks.get(row.cause)
        fitting = [one for one in matches if one.playbook.cause == row.cause]
        match = fitting[0] if fitting else Match(own, own.variants[-1], 0) if own else None
        return _Candidate(row, match, (), facts)
    standing = [one for one in matches if not _explained_away(one, matches)] or matches
    return _Candidate(row, standing[0] if standing else None, tuple(standing[1:]), facts)


def _explained_away(one: Match, matches: Sequence[Match]) -> bool:
    """Whether a match that is at least as sure names this one's cause as its symptom."""
    return any(
        one.playbook.cause in other.playbook.explains
        and RANK[other.variant.confidence] >= RANK[one.variant.confidence]
        for other in matches
        if other is not one
    )


def _fill(
    candidate: _Candidate,
    target: Target,
    excluded: Mapping[str, str],
    states: Mapping[str, FactValue],
) -> Diagnosis:
    row = candidate.row
    flags = target_flags(target, candidate.facts)
    if candidate.match is None:
        return _unnamed(row, bash(f"foundry-doctor run --only '{row.id}' -v", {}, flags))
    cause = causes()[candidate.match.playbook.cause]
    known = values(target, {**states, **candidate.facts})
    diagnosis = fill_diagnosis(candidate.match, known, cause, flags)
    certain = diagnosis.confidence is Confidence.CERTAIN
    named = {cause.id, *(one.cause for one in diagnosis.undecided)}
    undecided = list(diagnosis.undecided)
    for other in () if certain else candidate.others:
        if other.playbook.cause not in named:
            named.add(other.playbook.cause)
            decided_by = bash(other.playbook.verify, known, flags)
            undecided.append(Undecided(other.playbook.cause, decided_by))
    ruled = {one.cause: one for one in diagnosis.ruled_out}
    for name, because in excluded.items():
        if name not in named:
            ruled.setdefault(name, RuledOut(name, because))
    return replace(
        diagnosis,
        subjects=(row.subject,) if row.subject else (),
        checks=(row.id,),
        because=diagnosis.because or (row.summary or row.title,),
        undecided=tuple(undecided),
        ruled_out=tuple(ruled.values()),
    )


def from_text(
    match: Match, others: Sequence[Match], facts: Mapping[str, FactValue], target: Target
) -> Diagnosis:
    """The diagnosis of facts that a text, not a check, established; `others` fit them, too."""
    row = Result("explain", "", Status.FAIL, "", facts=facts)
    filled = _fill(_Candidate(row, match, tuple(others), facts), target, {}, {})
    return replace(filled, checks=(), because=tuple(one for one in filled.because if one))


def _unnamed(row: Result, verify: str) -> Diagnosis:
    """A failure that no playbook names: said so, and never passed over."""
    cause = causes()["unexpected-response"]
    return Diagnosis(
        cause=cause.id,
        confidence=Confidence.POSSIBLE,
        title=f"{row.id} failed, and no playbook names the cause: {row.summary}",
        summary="This failure is not one that is known here. What was seen is in the evidence.",
        playbook=cause.id,
        who=cause.who,
        transient=cause.transient,
        subjects=(row.subject,) if row.subject else (),
        because=(row.summary,),
        checks=(row.id,),
        verify=verify,
    )


def _excluded(results: Sequence[Result], checks: Mapping[str, Check]) -> dict[str, str]:
    """Causes that passed checks exclude, each with what was seen."""
    found: dict[str, str] = {}
    for row in results:
        one = checks.get(row.id)
        if one is not None and row.status is Status.PASS:
            for cause in one.rules_out:
                found.setdefault(cause, f"{one.id}: {row.summary}")
    return found


def _merged(filled: Sequence[tuple[Result, Diagnosis]]) -> list[Diagnosis]:
    """One diagnosis per cause, with every subject and check that it explains.

    Demands of the config file share a cause, but each has a remedy of its own.
    """
    found: dict[tuple[str, FactValue], Diagnosis] = {}
    for row, one in filled:
        key = (one.cause, row.facts.get("expect.name") or row.facts.get("suppress.where"))
        first = found.get(key)
        if first is None:
            found[key] = one
            continue
        better = RANK[one.confidence] > RANK[first.confidence]
        found[key] = replace(
            one if better else first,
            subjects=tuple(dict.fromkeys((*first.subjects, *one.subjects))),
            checks=tuple(dict.fromkeys((*first.checks, *one.checks))),
            because=tuple(dict.fromkeys((*first.because, *one.because)))[:6],
        )
    return list(found.values())


def _explained(one: Diagnosis, merged: Sequence[Diagnosis], playbooks: PlaybookSet) -> bool:
    """Whether another cause explains this one; of two that explain each other the first stays."""
    for place, other in enumerate(merged):
        if other is one or one.cause not in _symptoms_of(other, playbooks):
            continue
        first = merged.index(one) < place
        if not (first and other.cause in _symptoms_of(one, playbooks)):
            return True
    return False


def _symptoms_of(one: Diagnosis, playbooks: PlaybookSet) -> tuple[str, ...]:
    playbook = playbooks.get(one.cause)
    return playbook.explains if playbook is not None else ()


def _worst(
    kept: Sequence[Diagnosis], filled: Sequence[tuple[Result, Diagnosis]]
) -> list[tuple[Diagnosis, Status]]:
    fails = {one.cause for row, one in filled if row.status is Status.FAIL}
    return [(one, Status.FAIL if one.cause in fails else Status.WARN) for one in kept]


def values(target: Target, facts: Mapping[str, FactValue]) -> dict[str, FactValue]:
    """Everything a playbook's placeholders may stand for."""
    from_target: dict[str, FactValue] = {
        "resource": target.resource,
        "host": target.host,
        "port": target.port if target.host else None,
        "endpoint": target.base_url,
        "key_source": target.provenance.get("key"),
        "tenant": target.tenant,
        "subscription": target.subscription,
        "resource_group": target.resource_group,
        "region": target.region,
        "cloud": target.cloud,
        "deployment": target.deployments[0] if target.deployments else None,
    }
    known = {name: value for name, value in from_target.items() if value}
    if facts.get("http.location_host") == target.host:
        # A redirect to the host itself: its name says nothing that a reader does not know.
        facts = {name: value for name, value in facts.items() if name != "http.location_host"}
    # What the facts of this very row say is nearer than the target's own settings: another host
    # (the login host's), the deployment in question, the account as Resource Manager names it.
    nearer: dict[str, FactValue] = {
        "host": facts.get("net.host"),
        "deployment": facts.get("deployment.name"),
        "region": facts.get("arm.location"),
        "tenant": facts.get("arm.tenant"),
    }
    if facts.get("net.host") not in (None, target.host):
        nearer["port"] = 443
    parts = str(facts.get("arm.account_id") or "").split("/")
    if len(parts) == 9:
        nearer |= {"subscription": parts[2], "resource_group": parts[4], "resource": parts[8]}
    return {**facts, **known, **{name: value for name, value in nearer.items() if value}}
