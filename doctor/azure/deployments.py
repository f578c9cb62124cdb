"""The account's deployments: what each is, which one a name was meant to be, and where it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from difflib import get_close_matches
from urllib.parse import quote

from ..noun import Noun
from .accounts import API, Account
from .arm import ArmClient
from .fields import Document, inside, mapping, moment, number, rows, text
from .parts import Part, not_asked, part_of

_DATED = re.compile(r"20\d{6}")
_HOSTING: Mapping[str, str] = {"1": "anthropic", "2": "azure"}
_ONE_SEGMENT = re.compile(r"(?!\.+$)[^/?#\\%\x00-\x20]{1,128}")


class RateLimit(Noun):
    """`count` units of `key` (request, token) in `period_s` seconds."""

    key: str
    count: int | None
    period_s: int | None


class Deployment(Noun):
    """One deployment; None where Resource Manager does not say."""

    name: str
    state: str | None = None
    """provisioningState: Succeeded, Creating, Failed, Disabled, Canceled and others."""
    model: str | None = None
    version: str | None = None
    format: str | None = None
    sku: str | None = None
    """Its type, e.g. GlobalStandard."""
    capacity: int | None = None
    """Thousands of tokens a minute."""
    rate_limits: tuple[RateLimit, ...] = ()
    changed_at: datetime | None = None
    """When it was created or last changed, whichever is later."""

    @property
    def claude(self) -> bool:
        """Whether the model is Anthropic's."""
        return (self.format or "").lower() == "anthropic"

    @property
    def hosting(self) -> str:
        """`anthropic`, `azure` or `unknown`, by the model's version.

        Version 1 is hosted by Anthropic, version 2 by Azure (Microsoft Learn, Claude models page,
        deployment steps); a dated version is of the time before the choice.
        """
        version = (self.version or "").strip()
        dated = "anthropic" if _DATED.fullmatch(version) else "unknown"
        return _HOSTING.get(version, dated) if self.claude else "unknown"


def read_deployment(document: Document) -> Deployment | None:
    """One deployment; None without a name."""
    name = text(document.get("name"), 128)
    if name is None:
        return None
    properties = mapping(document.get("properties"))
    model = mapping(properties.get("model"))
    times = [moment(inside(document, "systemData", key)) for key in ("createdAt", "lastModifiedAt")]
    capacity = number(inside(document, "sku", "capacity"))
    return Deployment(
        name=name,
        state=text(properties.get("provisioningState"), 60),
        model=text(model.get("name"), 120),
        version=text(model.get("version"), 60),
        format=text(model.get("format"), 60),
        sku=text(inside(document, "sku", "name"), 60),
        capacity=number(properties.get("currentCapacity")) if capacity is None else capacity,
        rate_limits=tuple(map(_rate_limit, rows(properties.get("rateLimits")))),
        changed_at=max((one for one in times if one is not None), default=None),
    )


def _rate_limit(one: Document) -> RateLimit:
    return RateLimit(
        text(one.get("key"), 40) or "unknown",
        number(one.get("count")),
        number(one.get("renewalPeriod")),
    )


def deployment_named(name: str, deployments: Iterable[Deployment]) -> Deployment | None:
    """The deployment of exactly that name."""
    return next((one for one in deployments if one.name == name), None)


def nearest_deployment(name: str, deployments: Iterable[Deployment]) -> str | None:
    """The real name that was probably meant; None when nothing is close.

    Another spelling of the same name comes first, then the only deployment of the model that was
    named in its place, then what is close letter by letter. Claude deployments only.
    """
    claude = tuple(one for one in deployments if one.claude)
    wanted = _plain(name)
    for one in claude:
        if _plain(one.name) == wanted:
            return one.name
    of_model = [one.name for one in claude if one.model and _plain(one.model) in _bare(wanted)]
    if len(of_model) == 1:
        return of_model[0]
    names = {_plain(one.name): one.name for one in claude}
    close = get_close_matches(wanted, list(names), n=1, cutoff=0.8)
    return names[close[0]] if close else None


def _plain(name: str) -> str:
    return re.sub(r"[\s_.]+", "-", name.strip().lower())


def _bare(name: str) -> tuple[str, ...]:
    """A model id, and the same without what other platforms put around it."""
    bare = name.rsplit("/", 1)[-1].split("@", 1)[0].rsplit("anthropic-", 1)[-1]
    bare = re.sub(r"-v\d+(:\d+)?$", "", bare)
    return (name, bare, re.sub(r"-20\d{6}$", "", bare))


def other_account(
    arm: ArmClient, name: str, account: Account, siblings: Iterable[Account]
) -> tuple[str | None, Part]:
    """Another account of the same subscription with a deployment of that name.

    One request: the likeliest sibling is asked (same kind, group, region, nearest name). None says
    nothing of the siblings that were not asked; the part's detail names the one that was.
    """
    candidates = sorted(
        (
            one
            for one in siblings
            if one.subscription.lower() == account.subscription.lower()
            and one.id.lower() != account.id.lower()
            and (one.kind or "").lower() in ("aiservices", "")
        ),
        key=lambda one: _distance(one, account),
    )
    if not candidates:
        return None, not_asked("other-account", "no other account of the subscription is known")
    if not _ONE_SEGMENT.fullmatch(name):
        return None, not_asked("other-account", "no deployment can have this name")
    likeliest = candidates[0]
    path = f"{quote(likeliest.id)}/deployments/{quote(name, safe='')}"
    answer = arm.get(path, API, f"is the deployment on {likeliest.name}?")
    found = read_deployment(mapping(answer.json)) if answer.ok else None
    part = part_of("other-account", answer)
    return (likeliest.name, part) if found and found.name == name else (None, part)


def _distance(one: Account, account: Account) -> tuple[bool, bool, bool, str]:
    return (
        one.resource_group.lower() != account.resource_group.lower(),
        one.location != account.location,
        one.name[:4].lower() != account.name[:4].lower(),
        one.name,
    )
