"""One reading among several: each can be denied on its own, and says what would unlock it."""

from __future__ import annotations

from collections.abc import Mapping

from ..noun import Noun
from .answers import ArmAnswer, ArmError

_READER = "Reader on the account, or on its resource group,"
NEEDS: Mapping[str, tuple[str, str, str]] = {
    "account": ("the account", "Microsoft.CognitiveServices/accounts/read", _READER),
    "deployments": (
        "the deployments",
        "Microsoft.CognitiveServices/accounts/deployments/read",
        _READER,
    ),
    "permissions": (
        "the caller's own permissions",
        "Microsoft.Authorization/permissions/read",
        _READER,
    ),
    "models": (
        "the models of the region",
        "Microsoft.CognitiveServices/locations/models/read",
        "Reader, or Cognitive Services User, on the subscription",
    ),
    "assignments": (
        "the caller's role assignments",
        "Microsoft.Authorization/roleAssignments/read",
        _READER,
    ),
    "others": (
        "the role assignments at the account",
        "Microsoft.Authorization/roleAssignments/read",
        _READER,
    ),
    "denies": ("the deny assignments", "Microsoft.Authorization/denyAssignments/read", _READER),
    "eligible": (
        "the eligible roles",
        "Microsoft.Authorization/roleEligibilityScheduleInstances/read",
        _READER,
    ),
    "definitions": (
        "the role definitions",
        "Microsoft.Authorization/roleDefinitions/read",
        _READER,
    ),
    "usages": (
        "the quota",
        "Microsoft.CognitiveServices/locations/usages/read",
        "Cognitive Services Usages Reader on the subscription",
    ),
    "subscription": (
        "the subscription",
        "Microsoft.Resources/subscriptions/read",
        "Reader on the subscription",
    ),
    "other-account": (
        "the other account's deployment",
        "Microsoft.CognitiveServices/accounts/deployments/read",
        "Reader on that account",
    ),
}
"""Part → what it is, the action it takes, and the right that would unlock it."""


class Part(Noun):
    """How one reading went. `state` is `ok`, `denied`, `failed` or `not-asked`."""

    name: str
    state: str
    outcome: str | None = None
    """A value of the fact `arm.outcome`; None where nothing was asked."""
    detail: str = ""
    """In words, fit for the row of a skipped check; empty where all went well."""
    missing_action: str | None = None
    """The action that the refusal names."""
    unlock: str | None = None
    """The right that would unlock a denied reading."""
    complete: bool = True
    error: ArmError | None = None
    exchanges: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the reading is there."""
        return self.state == "ok"


def part_of(name: str, answer: ArmAnswer) -> Part:
    """The part that an answer makes."""
    what, action, unlock = NEEDS[name]
    error = answer.error
    if answer.ok:
        detail = f"{what}: {answer.detail}" if answer.detail else ""
        return Part(name, "ok", "ok", detail, None, None, answer.complete, None, answer.exchanges)
    if answer.outcome == "denied":
        missing = error.missing_action if error else None
        detail = f"{what} may not be read ({missing or action}): {unlock} would unlock it"
        return Part(
            name, "denied", "denied", detail, missing, unlock, False, error, answer.exchanges
        )
    state = "failed" if answer.asked else "not-asked"
    outcome = answer.outcome if answer.asked else None
    detail = f"{what} could not be read: {answer.detail or answer.outcome}"
    return Part(name, state, outcome, detail, None, None, False, error, answer.exchanges)


def not_asked(name: str, why: str) -> Part:
    """A part that there was no reason, or no way, to read."""
    return Part(name, "not-asked", None, f"{NEEDS[name][0]}: not asked, {why}", complete=False)
