"""The judgement: may this caller use Claude at this account, and if not, why.

The caller's own permissions at the account are the authority where they can be read; assignments
explain them. An empty list proves nothing: delegated (Lighthouse) and classic rights are in none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta, timezone

from ..noun import replace
from .assignments import (
    Assignment,
    Denial,
    definition_of,
    grant_of,
    reaches,
    role_name,
    same_scope,
)
from .fields import seconds_since, text
from .reasons import Judgement, Seen, conditional, explained, held, why_not
from .role_rules import DATA_ACTION, Permission, RoleDefinition, grant, guid

PROPAGATION = timedelta(hours=1)
"""Within it, an assignment that the permissions do not show yet is believed."""


def judge(
    permissions: Sequence[Permission] | None,
    assignments: Sequence[Assignment] | None,
    definitions: Mapping[str, RoleDefinition],
    denies: Sequence[Denial] | None,
    eligible: Sequence[Assignment] | None,
    scope: str,
    oid: str | None,
    *,
    others: Sequence[Assignment] | None = None,
    related: Mapping[str, str] | None = None,
    refused: str | None = None,
    now: datetime | None = None,
) -> Judgement:
    """Judge the readings; None stands for one that could not be read.

    `scope` is the account's id, `oid` the token's. `assignments` are those of `assignedTo(oid)`,
    its groups' included; `others` all that reach the account. `related` maps further ids of the
    caller to what they are ("application id"), `refused` is the principal that the data plane's
    refusal names. `now` is the service's time.
    """
    at = now or datetime.now(timezone.utc)
    own = None if assignments is None else [one for one in assignments if _of(one, oid)]
    seen = _sort(own or (), definitions, scope)
    base = Judgement(
        "unknown",
        "not-readable",
        tuple(f"{role_name(one, definitions)} at {one.scope}" for one in seen.own),
        refused=text(refused, 200),
    )
    remarks = tuple(dict.fromkeys(_remarks(seen.own, definitions)))
    verdict = _denied(denies, scope, oid, base)
    if verdict is None and refused is not None and _another(refused, oid, related):
        verdict = replace(
            base,
            data_action="missing",
            reason="wrong-principal",
            assigned_to=oid,
            because=(f"the refusal names {refused}, this run's token is of {oid}",),
        )
    if verdict is None:
        verdict = _granted(permissions, own, seen, definitions, base, at)
    if verdict is None:
        verdict = why_not(permissions, own, seen, definitions, base)
        verdict = explained(verdict, seen, definitions, eligible, others, scope, oid, related, at)
    if denies is None and verdict.data_action == "granted":
        remarks = (*remarks, "deny assignments were not read")
    return replace(verdict, because=(*verdict.because, *remarks))


def _of(one: Assignment, oid: str | None) -> bool:
    """Whether it is the caller's: the groups in a list by `assignedTo` are the caller's too."""
    return one.by_group or oid is None or one.principal == oid.lower()


def _another(refused: str, oid: str | None, related: Mapping[str, str] | None) -> bool:
    """Whether the refusal names somebody else. Names of users say nothing here: only ids do."""
    named, known = guid(refused), {name.lower() for name in related or {}}
    return named is not None and oid is not None and named not in {oid.lower(), *known}


def _sort(own: Iterable[Assignment], definitions: Mapping[str, RoleDefinition], scope: str) -> Seen:
    sorts: dict[str, list[Assignment]] = {}
    for one in own:
        answer = grant_of(one, definitions).answer
        if not reaches(one.scope, scope):
            answer = "astray" if answer in ("yes", "conditional") else "no"
        sorts.setdefault(answer, []).append(one)
    return Seen(
        plain=tuple(sorts.get("yes", ())),
        conditional=tuple(sorts.get("conditional", ())),
        disputed=tuple(sorts.get("disputed", ())),
        unread=tuple(sorts.get("unread", ())),
        astray=tuple(sorts.get("astray", ())),
        own=tuple(own),
    )


def _remarks(own: Iterable[Assignment], definitions: Mapping[str, RoleDefinition]) -> Iterable[str]:
    for one in own:
        role = definition_of(one.role, definitions)
        if role is not None and role.remark:
            yield f"{role.name}: {role.remark}"


def _denied(
    denies: Sequence[Denial] | None, scope: str, oid: str | None, base: Judgement
) -> Judgement | None:
    unsure: Judgement | None = None
    for one in denies or ():
        below = one.children or same_scope(one.scope, scope)
        hit = one.hits(oid) if one.denies() and below and reaches(one.scope, scope) else False
        if hit is False:
            continue
        because = (f"deny assignment {one.name!r} at {one.scope} speaks against {DATA_ACTION}",)
        verdict = replace(base, reason="deny-assignment", scope=one.scope, because=because)
        if hit:
            return replace(verdict, data_action="missing")
        doubt = (*because, "whether it is meant for this caller hangs on a group")
        unsure = unsure or replace(verdict, data_action="not-confirmed", because=doubt)
    return unsure


def _granted(
    permissions: Sequence[Permission] | None,
    own: Sequence[Assignment] | None,
    seen: Seen,
    definitions: Mapping[str, RoleDefinition],
    base: Judgement,
    now: datetime,
) -> Judgement | None:
    effective = grant(permissions or ())
    # The oldest decides: what has long sufficed does not wait for propagation.
    best = min(seen.plain, key=lambda one: one.created_at or now, default=None)
    age = seconds_since(best.created_at, now) if best else None
    found = replace(
        base,
        data_action="granted",
        reason="none",
        scope=best.scope if best else None,
        age_s=age,
        because=(held(best, definitions),) if best else (),
    )
    if effective.answer == "yes":
        if own is not None and not seen.plain and seen.conditional:
            return conditional(base, seen.conditional[0], definitions)
        said = ("the caller's permissions at the account hold the data action",)
        return replace(found, because=(*said, *found.because))
    if best is None:
        return None
    if permissions is None:
        return found
    if age is not None and age <= PROPAGATION.total_seconds():
        note = "the caller's permissions do not show it yet"
        return replace(found, because=(*found.because, note))
    note = "the caller's permissions at the account do not show it, for a reason that was not seen"
    return replace(found, data_action="not-confirmed", because=(*found.because, note))
