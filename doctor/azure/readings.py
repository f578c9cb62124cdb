"""One reading pass over the control plane, and what it says in the vocabulary of facts.

The account, its deployments, the caller's permissions and the region's models: at most six
requests. Each reading can be denied on its own; what is missing is said part by part.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from types import MappingProxyType
from urllib.parse import quote

from ..model import EMPTY, FactValue
from ..noun import Noun, replace
from .accounts import API, Account, Seek
from .answers import ArmAnswer
from .arm import ArmClient
from .deployments import Deployment, deployment_named, read_deployment
from .fields import rows, seconds_since
from .finding import Found, find_account
from .parts import NEEDS, Part, not_asked, part_of
from .regions import RegionModel, Wanted, read_region_model, region_facts
from .role_rules import Permission, read_permission

RIGHTS_API = "2022-04-01"
"""Of Microsoft.Authorization."""
REQUESTS = 6


class Readings(Noun):
    """What Resource Manager says. None stands for what could not be, or was not, read."""

    account: Account | None = None
    deployments: tuple[Deployment, ...] | None = None
    permissions: tuple[Permission, ...] | None = None
    models: tuple[RegionModel, ...] | None = None
    parts: Mapping[str, Part] = EMPTY
    """`account`, `deployments`, `permissions`, `models`, each with how it went."""
    found: str = "unknown"
    """A value of the fact `arm.account`."""
    others: tuple[Account, ...] = ()
    """Further accounts that were seen on the way."""
    requests: int = 0
    exchanges: tuple[str, ...] = ()
    now: datetime | None = None
    """The time of the last answer, by the service's clock."""
    no_token: str | None = None
    """Why there was no token for Resource Manager, where there was none."""

    @property
    def time(self) -> datetime:
        """The service's time, else the local one."""
        return self.now or datetime.now(timezone.utc)

    @property
    def outcome(self) -> str:
        """A value of the fact `arm.outcome`."""
        if self.no_token is not None:
            return "no-token"
        first = self.parts.get("account")
        if first is None or not first.ok:
            return (first.outcome if first else None) or "failed"
        whole = self.account is None or all(one.ok for one in self.parts.values())
        return "ok" if whole else "partly"

    @property
    def claude_deployments(self) -> tuple[str, ...]:
        """The names of the account's Anthropic deployments."""
        return tuple(one.name for one in self.deployments or () if one.claude)


def without_token(why: str) -> Readings:
    """The readings of a run that got no token for Resource Manager."""
    return Readings(no_token=why)


def read_account(
    arm: ArmClient,
    seek: Seek,
    *,
    permissions: bool = True,
    models: bool = True,
    max_requests: int = REQUESTS,
) -> Readings:
    """Find the account and read it: one pass of at most `max_requests`, retries included."""
    before = arm.requests
    arm.allow(max_requests)
    pass_ = _Pass(arm)
    try:
        found = find_account(arm, seek)
        pass_.parts["account"] = found.part
        pass_.exchanges += found.part.exchanges
        readings = _below(pass_, found, permissions=permissions, models=models)
    finally:
        arm.allow(None)
    return replace(
        readings,
        parts=MappingProxyType(dict(pass_.parts)),
        found=found.state,
        others=found.others,
        requests=arm.requests - before,
        exchanges=tuple(pass_.exchanges),
        now=pass_.now,
    )


class _Pass:
    """The parts and exchanges of a pass, as they come in."""

    def __init__(self, arm: ArmClient) -> None:
        self.parts: dict[str, Part] = {}
        self.exchanges: list[str] = []
        self.now: datetime | None = None
        self._arm = arm

    def read(self, name: str, path: str, api: str) -> ArmAnswer:
        """Read one list and keep how it went."""
        answer = self._arm.get_all(path, api, NEEDS[name][0])
        self.parts[name] = part_of(name, answer)
        self.exchanges += answer.exchanges
        self.now = answer.at or self.now
        return answer


def _below(pass_: _Pass, found: Found, *, permissions: bool, models: bool) -> Readings:
    account = found.account
    if account is None:
        for name in ("deployments", "permissions", "models"):
            pass_.parts[name] = not_asked(name, "the account is not known")
        return Readings()
    base = quote(account.id)
    listed = pass_.read("deployments", f"{base}/deployments", API)
    readings = Readings(account)
    if listed.ok:
        readings = replace(
            readings, deployments=tuple(filter(None, map(read_deployment, listed.items)))
        )
    if permissions:
        path = f"{base}/providers/Microsoft.Authorization/permissions"
        own = pass_.read("permissions", path, RIGHTS_API)
        if own.ok and isinstance(own.json["value"], list):
            readings = replace(
                readings, permissions=tuple(map(read_permission, rows(own.json["value"])))
            )
    if models and account.location:
        region = quote(account.location.replace(" ", "").lower(), safe="")
        path = (
            f"/subscriptions/{quote(account.subscription)}/providers"
            f"/Microsoft.CognitiveServices/locations/{region}/models"
        )
        offered = pass_.read("models", path, API)
        if offered.ok:
            readings = replace(
                readings, models=tuple(filter(None, map(read_region_model, offered.items)))
            )
    return readings


def facts(
    readings: Readings,
    deployment_name: str | None = None,
    *,
    wanted_model: str | None = None,
    catalogue: Mapping[str, object] | None = None,
    other: str | None = None,
) -> dict[str, FactValue]:
    """The `arm.*` and `region.*` facts; what is not known is left out.

    `wanted_model` is the model that a deployment not yet there would need; `catalogue` the shipped
    document, for retirement and as a fallback; `other` what `other_account` found.
    """
    parts, account = readings.parts, readings.account
    told: dict[str, FactValue] = {
        "arm.outcome": readings.outcome,
        "arm.detail": readings.no_token or _detail(readings),
        "arm.missing_action": next(
            (one.missing_action for one in parts.values() if one.missing_action), None
        ),
        "arm.account": readings.found,
        "arm.tenant": _tenant(readings),
        "arm.other_account": other,
    }
    wanted = Wanted(wanted_model) if wanted_model else None
    if account is not None:
        told |= _account_facts(account)
        told |= _list_facts(readings, deployment_name)
        own = deployment_named(deployment_name or "", readings.deployments or ())
        wanted = (Wanted.of(own) if own else None) or wanted
        listed = parts.get("models")
        told |= region_facts(
            readings.models,
            wanted,
            region=account.location,
            now=readings.time,
            complete=listed is not None and listed.complete,
            catalogue=catalogue,
        )
    return {name: value for name, value in told.items() if value is not None}


def _detail(readings: Readings) -> str | None:
    """What is missing and why; without an account, only that it is missing."""
    said = [one.detail for one in readings.parts.values() if one.detail]
    return "; ".join(said if readings.account else said[:1]) or None


def _tenant(readings: Readings) -> str | None:
    if readings.account is not None and readings.account.tenant:
        return readings.account.tenant
    hints = (one.error.tenant_hint for one in readings.parts.values() if one.error)
    return next((one for one in hints if one), None)


def _account_facts(account: Account) -> dict[str, FactValue]:
    access = account.public_access
    return {
        "arm.account_id": account.id,
        "arm.kind": account.kind,
        "arm.state": account.state,
        "arm.location": account.location,
        "arm.subdomain": account.subdomain is not None,
        "arm.local_auth_disabled": account.local_auth_disabled,
        "arm.public_access": access if access in ("enabled", "disabled") else None,
        "arm.acl_default": account.acl_default,
    }


def _list_facts(readings: Readings, name: str | None) -> dict[str, FactValue]:
    if readings.deployments is None:
        return {"arm.deployment": "unknown"} if name else {}
    told: dict[str, FactValue] = {"arm.deployments": readings.claude_deployments}
    if not name:
        return told
    own = deployment_named(name, readings.deployments)
    if own is None:
        whole = readings.parts["deployments"].complete
        # Whether the data plane tells upper and lower case apart is not documented.
        spelt = any(one.name.lower() == name.lower() for one in readings.deployments)
        return {**told, "arm.deployment": "absent" if whole and not spelt else "unknown"}
    return {
        **told,
        "arm.deployment": "present",
        "arm.deployment.state": own.state,
        "arm.deployment.model": own.model,
        "arm.deployment.version": own.version,
        "arm.deployment.format": own.format,
        "arm.deployment.sku": own.sku,
        "arm.deployment.hosting": own.hosting,
        "arm.deployment.capacity": own.capacity,
        "arm.deployment.age_s": seconds_since(own.changed_at, readings.time),
    }
