"""What a region offers: the model, its life cycle and types, and the quota for it.

Resource Manager's list is the truth; the shipped, dated catalogue only stands in where it cannot
be read, and is named as the source then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from ..model import FactValue
from ..noun import Noun
from .deployments import Deployment
from .fields import Document, inside, mapping, moment, number, rows, text

_CLAUDE = "anthropic"


class Offer(Noun):
    """One deployment type of a model: its name, and the name of its quota."""

    name: str
    usage_name: str | None = None


class RegionModel(Noun):
    """One model, in one version, as a region lists it."""

    name: str
    version: str | None = None
    format: str | None = None
    lifecycle: str | None = None
    """Stable, Preview, GenerallyAvailable, Deprecating, Deprecated, Legacy."""
    retires_at: datetime | None = None
    """When inference ends (`deprecation.inference`)."""
    offers: tuple[Offer, ...] = ()


class Usage(Noun):
    """One line of the quota; for Claude in thousands of tokens a minute."""

    name: str
    used: int | None
    limit: int | None


class Wanted(Noun):
    """The model in question. `deployed` is set where a ready deployment of it exists already."""

    model: str
    version: str | None = None
    sku: str | None = None
    deployed: bool = False
    hosting: str = "unknown"

    @staticmethod
    def of(deployment: Deployment) -> Wanted | None:
        """What an existing deployment needs; None where its model is not known."""
        if deployment.model is None:
            return None
        ready = (deployment.state or "").lower() == "succeeded"
        return Wanted(
            deployment.model, deployment.version, deployment.sku, ready, deployment.hosting
        )


def read_region_model(document: Document) -> RegionModel | None:
    """One entry of the region's list; None without a name."""
    model = mapping(document.get("model"))
    name = text(model.get("name"), 120)
    if name is None:
        return None
    offers = [
        Offer(own, text(one.get("usageName"), 160))
        for one in rows(model.get("skus"))
        if (own := text(one.get("name"), 60))
    ]
    return RegionModel(
        name=name,
        version=text(model.get("version"), 60),
        format=text(model.get("format"), 60),
        lifecycle=text(model.get("lifecycleStatus"), 60),
        retires_at=moment(inside(model, "deprecation", "inference")),
        offers=tuple(offers),
    )


def read_usage(document: Document) -> Usage | None:
    """One line of the quota; None without a name."""
    name = text(inside(document, "name", "value"), 160)
    if name is None:
        return None
    return Usage(name, number(document.get("currentValue")), number(document.get("limit")))


def region_facts(
    models: Sequence[RegionModel] | None,
    wanted: Wanted | None,
    *,
    region: str | None,
    now: datetime,
    complete: bool = True,
    catalogue: Mapping[str, Any] | None = None,
) -> dict[str, FactValue]:
    """The `region.*` facts for one model. `models` is None where the list could not be read.

    `catalogue` is the shipped document: `models` (id → `retired`, `retires`, `successor`,
    `regions`) and, for all models, `regions` (type → names of regions).
    """
    facts: dict[str, FactValue] = {"region.name": region}
    if wanted is not None:
        known = inside(catalogue, "models", wanted.model.lower())
        entry = mapping(known)
        facts["region.successor"] = text(entry.get("successor"), 120)
        if models:
            # A gated model is listed for those alone who were let in.
            whole = complete and not (entry.get("gated") or entry.get("auth") == "entra")
            facts |= _by_arm(models, wanted, now, complete=whole)
        else:
            listed = mapping(catalogue).get("regions") if isinstance(known, dict) else None
            facts |= _by_catalogue(wanted, entry.get("regions", listed), region)
        if facts.get("region.retires_in_days") is None:
            date = moment(entry.get("retired")) or moment(entry.get("retires"))
            facts["region.retires_in_days"] = _days(date, now)
    return {name: value for name, value in facts.items() if value is not None}


def _by_arm(
    models: Iterable[RegionModel], wanted: Wanted, now: datetime, *, complete: bool
) -> dict[str, FactValue]:
    named = [
        one
        for one in models
        if one.name.lower() == wanted.model.lower() and (one.format or _CLAUDE).lower() == _CLAUDE
    ]
    fitting = [one for one in named if wanted.version in (None, one.version)]
    facts: dict[str, FactValue] = {"region.source": "arm"}
    if fitting:
        # Without a version asked for, the one that lasts longest speaks; no date is no end.
        one = max(fitting, key=lambda own: (own.retires_at is None, own.retires_at or now))
        facts["region.lifecycle"] = one.lifecycle
        facts["region.retires_in_days"] = _days(one.retires_at, now)
    offers = [offer.name.lower() for one in fitting for offer in one.offers]
    typed = wanted.sku is None or not offers or wanted.sku.lower() in offers
    if fitting and typed:
        facts["region.offered"] = "yes"
    elif wanted.deployed or not complete:
        # Closed to new deployments is not closed to those that exist.
        facts["region.offered"] = "unknown"
    else:
        facts["region.offered"] = "no"
    return facts


def _by_catalogue(wanted: Wanted, stated: object, region: str | None) -> dict[str, FactValue]:
    if isinstance(stated, dict):
        stated = stated.get(wanted.sku or "GlobalStandard")
    if not isinstance(stated, (list, tuple)) or region is None or not stated:
        return {"region.offered": "unknown"}
    listed = _plain(region) in {_plain(str(one)) for one in stated}
    absent = "unknown" if wanted.deployed else "no"
    return {"region.source": "catalogue", "region.offered": "yes" if listed else absent}


def _plain(region: str) -> str:
    """`East US 2` and `eastus2` are the same region."""
    return region.replace(" ", "").lower()


def _days(then: datetime | None, now: datetime) -> int | None:
    return None if then is None else (then.date() - now.date()).days


def offered_types(models: Iterable[RegionModel], model: str) -> tuple[str, ...]:
    """The deployment types of a model in the region, sorted."""
    own = (one for one in models if one.name.lower() == model.lower())
    return tuple(sorted({offer.name for one in own for offer in one.offers}))


def quota_facts(
    usages: Iterable[Usage], wanted: Wanted, models: Iterable[RegionModel] = ()
) -> dict[str, FactValue]:
    """`quota.limit` and `quota.used` of the line for this model and type; nothing without one.

    The name is the region's `usageName`, else `AIServices.{type}.{model}`, with the suffix
    `.Azure` where Azure hosts the model. Where hosting is not known, both lines would fit: none.
    """
    names = {name.lower() for name in _usage_names(wanted, models)}
    found = [one for one in usages if one.name.lower() in names]
    if len(found) != 1:
        return {}
    facts: dict[str, FactValue] = {"quota.limit": found[0].limit, "quota.used": found[0].used}
    return {name: value for name, value in facts.items() if value is not None}


def _usage_names(wanted: Wanted, models: Iterable[RegionModel]) -> Iterable[str]:
    listed = [
        offer.usage_name
        for one in models
        if one.name.lower() == wanted.model.lower() and wanted.version in (None, one.version)
        for offer in one.offers
        if offer.usage_name and wanted.sku in (None, offer.name)
    ]
    plain = f"AIServices.{wanted.sku or 'GlobalStandard'}.{wanted.model}"
    suffixes = {"anthropic": ("",), "azure": (".Azure",)}.get(wanted.hosting, ("", ".Azure"))
    return listed or [f"{plain}{suffix}" for suffix in suffixes]
