"""What an Exchange was: which plane it called, for which deployment, and whether it failed."""

from __future__ import annotations

import re

from ..model import Exchange, FactValue, Report
from ..noun import Noun

_SUBJECT = re.compile(r"\(([^()]{1,128})\)$")
PLANES = {
    "data": "data plane",
    "arm": "Resource Manager",
    "entra": "Entra ID",
    "identity": "managed identity",
    "other": "other",
}
"""Each plane in words."""


class Impact(Noun):
    """What became of the calls as the user's client makes them. Times are ISO 8601 UTC."""

    attempts: int = 0
    failures: int = 0
    first_failure: str | None = None
    last_failure: str | None = None
    last_success: str | None = None


def plane(one: Exchange) -> str:
    """The plane of a call, by its path: a key of PLANES."""
    path = one.url.partition("://")[2].partition("/")[2].partition("?")[0].lower()
    if "v1/messages" in path:
        return "data"
    if one.purpose.startswith("sign-in") or "oauth2/" in path or ".well-known/" in path:
        return "identity" if "metadata/identity" in path or "/msi/" in path else "entra"
    if "metadata/identity" in path:
        return "identity"
    return "arm" if path.startswith(("subscriptions", "providers")) else "other"


def is_users(one: Exchange) -> bool:
    """Whether the call is the user's own, and none of the doctor's experiments or controls."""
    return one.purpose.startswith(("count_tokens (", "one-token message"))


def provoked(one: Exchange) -> bool:
    """Whether the refusal is what the doctor wanted: a name that cannot exist, no messages."""
    return one.purpose.startswith(("control:", "route:"))


def deployment(one: Exchange) -> str | None:
    """The deployment that a call was about; None for control calls and other planes."""
    if plane(one) != "data" or provoked(one):
        return None
    found = _SUBJECT.search(one.purpose)
    return found.group(1) if found else None


def failed(one: Exchange) -> bool:
    """Whether the call brought no answer, or one that says no."""
    return one.status is None or one.status >= 400


def when(one: Exchange) -> str:
    """The service's own time of a call, else ours."""
    return one.server_date or one.sent_at


def impact(report: Report) -> Impact:
    """How many of the user's own calls failed in this run, and when."""
    own = [one for one in report.exchanges if is_users(one)]
    bad = [when(one) for one in own if failed(one)]
    good = [when(one) for one in own if not failed(one)]
    return Impact(
        attempts=len(own),
        failures=len(bad),
        first_failure=min(bad, default=None),
        last_failure=max(bad, default=None),
        last_success=max(good, default=None),
    )


def known_facts(report: Report, subject: str | None = None) -> dict[str, FactValue]:
    """What the checks learnt, later rows over earlier ones; rows of other deployments left out."""
    facts: dict[str, FactValue] = {}
    deployments = set(report.target.deployments)
    for row in report.checks:
        if subject is not None and row.subject in deployments and row.subject != subject:
            continue
        facts.update({name: value for name, value in row.facts.items() if value is not None})
    return facts
