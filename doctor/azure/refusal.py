"""Why the data plane refused: role readings that are made only when something has failed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from urllib.parse import quote

from ..model import EMPTY, FactValue
from ..noun import Noun
from .accounts import API, Account
from .answers import ArmAnswer
from .arm import ArmClient
from .assignments import Assignment, Denial, grant_of, reaches, read_assignment, read_denial
from .fields import inside, mapping, text
from .parts import NEEDS, Part, not_asked, part_of
from .readings import RIGHTS_API, Readings
from .reasons import Judgement
from .regions import Usage, Wanted, quota_facts, read_usage
from .role_rules import RoleDefinition, built_in, read_definition
from .roles import judge

ELIGIBLE_API = "2020-10-01"
SUBSCRIPTION_API = "2022-12-01"
REQUESTS = 9
DEFINITIONS = 2
"""How many roles that are not known from the documentation are looked up."""
_OID = re.compile(r"[0-9a-fA-F-]{32,36}")


class Refusal(Noun):
    """The readings behind a refusal. None stands for what could not be, or was not, read."""

    assignments: tuple[Assignment, ...] | None = None
    others: tuple[Assignment, ...] | None = None
    """Every assignment that reaches the account, whoever holds it."""
    denies: tuple[Denial, ...] | None = None
    eligible: tuple[Assignment, ...] | None = None
    definitions: Mapping[str, RoleDefinition] = EMPTY
    usages: tuple[Usage, ...] | None = None
    subscription_state: str | None = None
    tenant: str | None = None
    parts: Mapping[str, Part] = EMPTY
    requests: int = 0
    exchanges: tuple[str, ...] = ()

    def judgement(
        self,
        readings: Readings,
        oid: str | None,
        *,
        related: Mapping[str, str] | None = None,
        refused: str | None = None,
    ) -> Judgement:
        """The judgement over both sets of readings."""
        return judge(
            readings.permissions,
            self.assignments,
            self.definitions,
            self.denies,
            self.eligible,
            readings.account.id if readings.account else "",
            oid,
            others=self.others,
            related=related,
            refused=refused,
            now=readings.time,
        )

    def facts(self, wanted: Wanted | None, readings: Readings) -> dict[str, FactValue]:
        """The `quota.*` facts, and the subscription's state and tenant."""
        told: dict[str, FactValue] = {}
        if wanted is not None:
            told = quota_facts(self.usages or (), wanted, readings.models or ())
        if self.subscription_state:
            told["arm.subscription_state"] = self.subscription_state
        if self.tenant:
            told["arm.tenant"] = self.tenant
        return told


def why_refused(
    arm: ArmClient,
    readings: Readings,
    oid: str | None,
    *,
    roles: bool = True,
    usages: bool = False,
    subscription: bool = False,
    max_requests: int = REQUESTS,
) -> Refusal:
    """Read what explains a refusal: `roles` for a missing data action, `usages` for a 429.

    The caller's assignments are read at the subscription, so that a role on a project or on another
    resource is seen; where that is denied, at the account.
    """
    account = readings.account
    if account is None:
        return Refusal()
    before = arm.requests
    arm.allow(max_requests)
    pass_ = _Reader(arm, account)
    try:
        if roles:
            pass_.rights(oid)
        if usages:
            pass_.usages()
        if subscription:
            pass_.subscription()
    finally:
        arm.allow(None)
    return pass_.result(arm.requests - before)


class _Reader:
    """Makes the readings one by one and keeps what each brought."""

    def __init__(self, arm: ArmClient, account: Account) -> None:
        self._arm = arm
        self._account = account
        self._subscription = f"/subscriptions/{quote(account.subscription)}"
        self._parts: dict[str, Part] = {}
        self._exchanges: list[str] = []
        self._found: dict[str, tuple[Assignment, ...] | None] = {}
        self._denies: tuple[Denial, ...] | None = None
        self._definitions: dict[str, RoleDefinition] = {}
        self._usages: tuple[Usage, ...] | None = None
        self._state: str | None = None
        self._tenant: str | None = None

    def result(self, requests: int) -> Refusal:
        """Everything that was read."""
        return Refusal(
            assignments=self._found.get("assignments"),
            others=self._found.get("others"),
            denies=self._denies,
            eligible=self._found.get("eligible"),
            definitions=MappingProxyType(self._definitions),
            usages=self._usages,
            subscription_state=self._state,
            tenant=self._tenant,
            parts=MappingProxyType(self._parts),
            requests=requests,
            exchanges=tuple(self._exchanges),
        )

    def rights(self, oid: str | None) -> None:
        """Assignments, denials, eligibilities, then what is still needed to judge them."""
        own: tuple[Assignment, ...] | None = None
        if oid is not None and _OID.fullmatch(oid):
            own = self._assigned(oid)
        else:
            self._parts["assignments"] = not_asked("assignments", "the caller is not known")
        answer = self._rights("denies", self._account.id, "denyAssignments")
        if answer.ok:
            self._denies = tuple(filter(None, map(read_denial, answer.items)))
        ready = self._list("eligible", "roleEligibilityScheduleInstances", "asTarget()")
        self._define((*(own or ()), *(ready or ())))
        if not any(self._suffices(one) for one in own or ()):
            self._list("others", "roleAssignments", "atScope()")

    def usages(self) -> None:
        """The quota of the account's region."""
        region = (self._account.location or "").replace(" ", "").lower()
        path = f"/providers/Microsoft.CognitiveServices/locations/{quote(region, safe='')}/usages"
        answer = self._keep("usages", self._arm.get_all(self._subscription + path, API, "quota"))
        if answer.ok:
            self._usages = tuple(filter(None, map(read_usage, answer.items)))

    def subscription(self) -> None:
        """The subscription's state and tenant."""
        path = self._subscription
        answer = self._keep(
            "subscription", self._arm.get(path, SUBSCRIPTION_API, "the subscription")
        )
        self._state = text(inside(answer.json, "state"), 40)
        self._tenant = text(inside(answer.json, "tenantId"), 40)

    def _suffices(self, one: Assignment) -> bool:
        known = grant_of(one, self._definitions).answer == "yes"
        return known and reaches(one.scope, self._account.id)

    def _assigned(self, oid: str) -> tuple[Assignment, ...] | None:
        query = f"assignedTo('{oid}')"
        answer = self._rights("assignments", self._subscription, "roleAssignments", query)
        if not answer.ok and answer.outcome in ("denied", "failed"):
            answer = self._rights("assignments", self._account.id, "roleAssignments", query)
        return self._keep_assignments("assignments", answer)

    def _list(self, name: str, kind: str, query: str) -> tuple[Assignment, ...] | None:
        return self._keep_assignments(name, self._rights(name, self._account.id, kind, query))

    def _keep_assignments(self, name: str, answer: ArmAnswer) -> tuple[Assignment, ...] | None:
        found = None
        if answer.ok:
            found = tuple(filter(None, map(read_assignment, answer.items)))
        self._found[name] = found
        return found

    def _rights(self, name: str, scope: str, kind: str, query: str | None = None) -> ArmAnswer:
        path = f"{quote(scope)}/providers/Microsoft.Authorization/{kind}"
        version = ELIGIBLE_API if name == "eligible" else RIGHTS_API
        asked = {"$filter": query} if query else None
        return self._keep(name, self._arm.get_all(path, version, NEEDS[name][0], asked))

    def _keep(self, name: str, answer: ArmAnswer) -> ArmAnswer:
        self._parts[name] = part_of(name, answer)
        self._exchanges += answer.exchanges
        return answer

    def _define(self, assignments: Iterable[Assignment]) -> None:
        """Look up roles that the documentation does not settle, the caller's own first."""
        unsettled = [
            one.role
            for one in assignments
            if (known := built_in().get(one.role)) is None or not known.proven
        ]
        for role in tuple(dict.fromkeys(unsettled))[:DEFINITIONS]:
            path = f"{self._subscription}/providers/Microsoft.Authorization/roleDefinitions/{role}"
            answer = self._keep(
                "definitions", self._arm.get(path, RIGHTS_API, "a role's definition")
            )
            found = read_definition(mapping(answer.json)) if answer.ok else None
            if found is not None and found.id == role:
                self._definitions[role] = found
