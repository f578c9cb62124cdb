"""From candidates to causes: playbooks for each, the surest first, what was overcome left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace as dataclass_replace

from ..engine.diagnosis import from_text
from ..engine.playbook_match import fits
from ..engine.playbook_model import RANK, Match, Variant
from ..engine.playbook_set import PlaybookSet
from ..foundry.endpoints import is_foundry_host, resource_of
from ..model import Confidence, Diagnosis, FactValue, Target
from ..noun import Noun, replace
from .reading import Record
from .scope import OURS

_GENERIC = frozenset(
    {"http.status", "http.shape", "http.layer", "http.outcome", "http.azure", "http.anthropic", "http.attempts",
     "http.error.type", "auth.mode", "net.host"}
)  # fmt: skip
"""Facts that any API's answer has: alone they say nothing of Foundry where nothing else does."""
_ALONE = {407, 511}
_UNNAMED = ("unexpected-response", "gateway-in-front", "not-reproduced")
"""Causes for what is not known: in a text, not to know is to say nothing."""
_MEASURED = ("dns.", "connect.", "proxy.", "clock.", "key.", "arm.", "rbac.", "tls.")
"""Facts that only a live check establishes: a text's silence about them excludes nothing."""
_RESOURCE_MANAGER = frozenset(
    {"AuthorizationFailed", "LinkedAuthorizationFailed", "RequestDisallowedByPolicy", "RequestDisallowedByAzure",
     "MissingSubscriptionRegistration", "ReadOnlyDisabledSubscription", "DisabledSubscription",
     "InvalidAuthenticationTokenTenant", "ExpiredAuthenticationToken"}
)  # fmt: skip
"""Codes of Resource Manager for any service: certain only where the service is named."""


_Fit = tuple[Match, Mapping[str, FactValue]]


class Named(Noun):
    """A cause that a record has, with where it stood."""

    diagnosis: Diagnosis
    match: Match
    line: int
    host: str | None
    kind: str
    """`token` or `call`: what would have to go well later for it to be overcome."""
    lasting: bool = False
    """An error that nobody said would be tried again: what goes well later is another call."""


def name_record(record: Record, playbooks: PlaybookSet) -> Named | None:
    """The cause of one record, or None."""
    best: _Fit | None = None
    others: dict[str, _Fit] = {}
    for facts in record.candidates:
        for match in _matches(facts, playbooks):
            if _says_nothing(match, facts, record):
                continue
            known = others.get(match.playbook.cause)
            if known is None or match.rank > known[0].rank:
                others[match.playbook.cause] = (match, facts)
            if best is None or match.rank > best[0].rank:
                best = (match, facts)
    if best is None:
        return None
    match, chosen = _root(best, others)
    rest = [one for cause, (one, _) in others.items() if cause != match.playbook.cause]
    rest.sort(key=lambda one: one.rank, reverse=True)
    diagnosis = from_text(match, rest, chosen, _target(chosen, record))
    code = chosen.get("http.error.code")
    if (
        diagnosis.confidence is Confidence.CERTAIN
        and code in _RESOURCE_MANAGER
        and record.scope != OURS
    ):
        diagnosis = replace(diagnosis, confidence=Confidence.LIKELY)
    family = "token" if any(name.startswith(("aadsts.", "token.")) for name in chosen) else "call"
    return Named(diagnosis, match, record.line, record.host, family, record.lasting)


def _matches(facts: Mapping[str, FactValue], playbooks: PlaybookSet) -> list[Match]:
    """As `PlaybookSet.matches`, with nothing certain that only a live check could have excluded."""
    found = []
    for match in playbooks.matches(facts):
        if match.variant.confidence is Confidence.CERTAIN and _unproved(match.variant, facts):
            lesser = [
                Match(match.playbook, one, len(one.when))
                for one in match.playbook.variants
                if one.confidence is not Confidence.CERTAIN and fits(one, facts)
            ]
            likely = dataclass_replace(match.variant, confidence=Confidence.LIKELY)
            capped = Match(match.playbook, likely, match.specificity)
            found.append(max(lesser, key=lambda one: one.rank, default=capped))
        else:
            found.append(match)
    return found


def _unproved(variant: Variant, facts: Mapping[str, FactValue]) -> bool:
    """Whether it holds only because a text is silent about what a live check would have seen."""
    return any(
        condition.fact.startswith(_MEASURED)
        and condition.fact not in facts
        and not any(test.asserts for test in condition.tests)
        for condition in variant.when
    )


def _root(best: _Fit, others: Mapping[str, _Fit]) -> _Fit:
    """The best match, or the one that explains it and is as sure."""
    cause, rank = best[0].playbook.cause, RANK[best[0].variant.confidence]
    explaining = [
        one
        for one in others.values()
        if cause in one[0].playbook.explains and RANK[one[0].variant.confidence] >= rank
    ]
    return max(explaining, key=lambda one: one[0].rank, default=best)


def _says_nothing(match: Match, facts: Mapping[str, FactValue], record: Record) -> bool:
    asserted = {one.fact for one in match.variant.when if any(test.asserts for test in one.tests)}
    if match.playbook.cause == "not-reproduced":
        return True  # what a text tells is not reproduced: that takes a run
    if (
        match.playbook.cause in _UNNAMED
        and asserted <= _GENERIC
        and facts.get("http.layer") != "apim"
    ):
        return True
    if not asserted <= _GENERIC or facts.get("http.status") in _ALONE:
        return False
    if facts.get("http.error.type") or facts.get("http.layer") or facts.get("http.status") == 529:
        return False
    if record.scope == OURS:
        return False
    return "http.outcome" not in asserted


def _target(facts: Mapping[str, FactValue], record: Record) -> Target:
    host = facts.get("net.host") or record.host
    if isinstance(host, str) and is_foundry_host(host):
        resource = resource_of(host)
        if resource and resource.replace("-", "").isalnum():
            return Target(resource=resource, host=host, base_url=f"https://{host}/anthropic")
    return Target()


class Judge:
    """Takes records in their order and keeps what has not been overcome."""

    def __init__(self, playbooks: PlaybookSet) -> None:
        self._playbooks = playbooks
        self._standing: dict[str, Named] = {}
        self._lines: dict[str, int] = {}

    def take(self, record: Record) -> Named | None:
        """One record more; its cause, for `replay`."""
        named = name_record(record, self._playbooks) if record.candidates else None
        self.replay(record, named, record.line)
        return named

    def replay(self, record: Record, named: Named | None, line: int) -> None:
        """A record whose cause is known already, at another line."""
        for kind in record.done:
            for cause, one in list(self._standing.items()):
                if _overcome(one, kind, record):
                    del self._standing[cause]
        if named is None:
            return
        cause = named.diagnosis.cause
        known = self._standing.get(cause)
        if known is None or not _surer(known, named):
            self._standing[cause] = named
        self._lines[cause] = line

    def failing(self) -> bool:
        """Whether something stands that good news could overcome."""
        return bool(self._standing)

    def results(self) -> tuple[Diagnosis, ...]:
        """The causes that stand: the surest first, of equally sure ones the last."""
        named = list(self._standing.values())
        kept = [one for one in named if not _follows(one, named)] or named
        kept.sort(
            key=lambda one: (-RANK[one.diagnosis.confidence], -self._lines[one.diagnosis.cause])
        )
        return tuple(one.diagnosis for one in kept)


def _surer(one: Named, other: Named) -> bool:
    return RANK[one.diagnosis.confidence] > RANK[other.diagnosis.confidence]


def _overcome(one: Named, kind: str, record: Record) -> bool:
    if one.lasting and not record.retried:
        return False
    if kind == "token":
        return one.kind == "token"
    # A call that went well had its token, too.
    return record.host is None or one.host is None or record.host == one.host


def _follows(one: Named, named: Sequence[Named]) -> bool:
    return any(
        one.diagnosis.cause in other.match.playbook.explains
        and RANK[other.diagnosis.confidence] >= RANK[one.diagnosis.confidence]
        for other in named
        if other is not one
    )
