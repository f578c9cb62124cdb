"""Why the data action is not granted: the judgement's nouns, and the reasons in their order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from ..model import FactValue
from ..noun import Noun, replace
from .assignments import Assignment, grant_of, reaches, role_name
from .role_rules import Permission, RoleDefinition, grant


class Judgement(Noun):
    """`data_action` and `reason` are values of `rbac.data_action` and `rbac.reason`."""

    data_action: str
    reason: str
    roles: tuple[str, ...] = ()
    """Each role of the caller that was seen, with its scope."""
    scope: str | None = None
    assigned_to: str | None = None
    age_s: int | None = None
    because: tuple[str, ...] = ()
    refused: str | None = None
    """The principal that the data plane's refusal names."""

    def facts(self) -> dict[str, FactValue]:
        """The `rbac.*` facts; what is not known is left out."""
        all_facts: dict[str, FactValue] = {
            "rbac.data_action": self.data_action,
            "rbac.reason": self.reason,
            "rbac.roles": self.roles or None,
            "rbac.scope": self.scope,
            "rbac.assigned_to": self.assigned_to,
            "rbac.age_s": self.age_s,
            "rbac.refused_principal": self.refused,
        }
        return {name: value for name, value in all_facts.items() if value is not None}


class Seen(Noun):
    """Assignments sorted by what they mean for the caller at the account."""

    plain: tuple[Assignment, ...] = ()
    conditional: tuple[Assignment, ...] = ()
    disputed: tuple[Assignment, ...] = ()
    unread: tuple[Assignment, ...] = ()
    astray: tuple[Assignment, ...] = ()
    """Sufficient, but at a scope that does not reach the account."""
    own: tuple[Assignment, ...] = ()


def held(one: Assignment, definitions: Mapping[str, RoleDefinition]) -> str:
    """A role, where it is held, and through which group."""
    group = f", through group {one.principal}" if one.by_group else ""
    return f"{role_name(one, definitions)} at {one.scope}{group}"


def conditional(
    base: Judgement, one: Assignment, definitions: Mapping[str, RoleDefinition]
) -> Judgement:
    """The verdict where the only sufficient role hangs on a condition."""
    said = (held(one, definitions), *grant_of(one, definitions).because)
    return replace(
        base, data_action="not-confirmed", reason="condition", scope=one.scope, because=said
    )


def why_not(
    permissions: Sequence[Permission] | None,
    own: Sequence[Assignment] | None,
    seen: Seen,
    definitions: Mapping[str, RoleDefinition],
    base: Judgement,
) -> Judgement:
    """The verdict of no grant by permissions and reaching roles; not yet explained."""
    effective = grant(permissions or ())
    doubt = replace(base, data_action="not-confirmed")
    if effective.answer == "conditional":
        return replace(doubt, reason="condition", because=effective.because)
    if seen.conditional:
        return conditional(base, seen.conditional[0], definitions)
    if seen.disputed:
        one = seen.disputed[0]
        because = (held(one, definitions), *grant_of(one, definitions).because)
        return replace(doubt, reason="insufficient-role", because=because)
    if effective.answer == "disputed":
        return replace(doubt, reason="insufficient-role", because=effective.because)
    stated = [one for one in permissions or () if one.stated]
    reason = "insufficient-role" if stated or own else "no-role"
    if stated:
        note = "the caller's permissions at the account hold no data action that covers Claude"
        return replace(base, data_action="missing", reason=reason, because=(note,))
    if seen.unread:
        note = f"the definition of {held(seen.unread[0], definitions)} could not be read"
        return replace(doubt, reason="not-readable", because=(note,))
    if own:
        note = "no role of the caller that reaches the account covers Claude"
        return replace(base, data_action="missing", reason=reason, because=(note,))
    if own is None and (permissions is None or permissions):
        silent = "the caller's permissions do not speak of data actions"
        unread = "neither permissions nor role assignments could be read"
        return replace(base, because=(silent if permissions else unread,))
    note = "no role was seen; delegated and classic rights are in no list, so this is no proof"
    return replace(doubt, reason="no-role", because=(note,))


def explained(
    verdict: Judgement,
    seen: Seen,
    definitions: Mapping[str, RoleDefinition],
    eligible: Sequence[Assignment] | None,
    others: Sequence[Assignment] | None,
    scope: str,
    oid: str | None,
    related: Mapping[str, str] | None,
    now: datetime,
) -> Judgement:
    """A verdict of no grant, with the one thing that explains it best."""
    if verdict.reason == "condition":
        return verdict
    for one in eligible or ():
        ready = one.current(now) and reaches(one.scope, scope)
        if ready and grant_of(one, definitions).answer in ("yes", "conditional"):
            note = f"{held(one, definitions)} is eligible, and not active"
            return replace(
                verdict, reason="eligible", scope=one.scope, because=(*verdict.because, note)
            )
    if seen.astray:
        one = seen.astray[0]
        note = f"{held(one, definitions)} does not reach the account"
        return replace(
            verdict, reason="wrong-scope", scope=one.scope, because=(*verdict.because, note)
        )
    known = {name.lower(): what for name, what in (related or {}).items()}
    for one in others or ():
        if one.principal == (oid or "").lower() or not reaches(one.scope, scope):
            continue
        what = known.get(one.principal)
        if what and grant_of(one, definitions).answer in ("yes", "conditional"):
            note = f"{held(one, definitions)} was given to {one.principal}, the caller's {what}"
            return replace(
                verdict,
                reason="wrong-principal",
                scope=one.scope,
                assigned_to=one.principal,
                because=(*verdict.because, note),
            )
    return verdict
