"""The account of an endpoint: what Resource Manager says of it, and how it is recognised."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from ..noun import Noun
from .fields import Document, address, flag, inside, mapping, rows, text

API = "2025-06-01"
"""Of Microsoft.CognitiveServices; the newest stable one in the specification."""
AI_SUFFIX = re.compile(
    r"\.(?:services\.ai|openai|cognitiveservices)\.azure\.(?:com|us|cn)$", re.IGNORECASE
)
_ID = re.compile(
    r"/subscriptions/([\w-]{1,64})/resourceGroups/([\w().-]{0,89}[\w()-])"
    r"/providers/Microsoft\.CognitiveServices/accounts/([A-Za-z0-9][A-Za-z0-9_.-]{0,63})",
    re.IGNORECASE,
)


class PrivateEndpoint(Noun):
    """One private endpoint connection. `state` is Pending, Approved, Rejected, Disconnected."""

    name: str
    state: str | None
    actions_required: str | None = None


class Account(Noun):
    """A Cognitive Services account; None where Resource Manager does not say."""

    id: str
    name: str
    subscription: str
    resource_group: str
    location: str | None = None
    kind: str | None = None
    sku: str | None = None
    state: str | None = None
    subdomain: str | None = None
    hosts: tuple[tuple[str, int], ...] = ()
    """Host and port of `endpoint` and of each of `endpoints`, without repetition."""
    local_auth_disabled: bool | None = None
    public_access: str | None = None
    """`enabled`, `disabled`, or another value as sent, in lower case."""
    acl_default: str | None = None
    """`allow` or `deny`."""
    ip_rules: int = 0
    network_rules: int = 0
    private_endpoints: tuple[PrivateEndpoint, ...] = ()
    tenant: str | None = None

    @property
    def private_only(self) -> bool:
        """Whether only private endpoints lead to it."""
        return self.public_access == "disabled"


class Seek(Noun):
    """What is known of the account: the endpoint's host and port, and the resource's name."""

    host: str
    port: int = 443
    resource: str | None = None
    subscription: str | None = None
    resource_group: str | None = None

    @property
    def labels(self) -> frozenset[str]:
        """Custom subdomains that would fit, in lower case."""
        host = self.host.lower()
        label = AI_SUFFIX.sub("", host) if AI_SUFFIX.search(host) else ""
        named = (self.resource or "").lower()
        return frozenset(one for one in (label, named) if one)


def read_account_document(document: Document) -> Account | None:
    """One account, from a list, a document or a row of Resource Graph; None without a usable id.

    A `disableLocalAuth` that is absent or null means off: Azure's own policy for it
    (71ef260a-8f18-47b7-abcb-62d0673d94dc) tests for `true` alone.
    """
    found = _ID.fullmatch(str(document.get("id") or "").rstrip("/"))
    if found is None:
        return None
    stated = document.get("properties")
    properties = mapping(stated)
    acls = mapping(properties.get("networkAcls"))
    default = (text(acls.get("defaultAction")) or "").lower()
    access = text(properties.get("publicNetworkAccess"))
    local = flag(properties.get("disableLocalAuth"))
    endpoints = mapping(properties.get("endpoints")).values()
    return Account(
        id=found[0],
        name=found[3],
        subscription=found[1],
        resource_group=found[2],
        location=text(document.get("location"), 60),
        kind=text(document.get("kind"), 60),
        sku=text(inside(document, "sku", "name"), 60),
        state=text(properties.get("provisioningState"), 60),
        subdomain=text(properties.get("customSubDomainName"), 80),
        hosts=_hosts((properties.get("endpoint"), *endpoints)),
        local_auth_disabled=False if local is None and isinstance(stated, dict) else local,
        public_access=access.lower() if access else None,
        acl_default=default if default in ("allow", "deny") else None,
        ip_rules=len(rows(acls.get("ipRules"))),
        network_rules=len(rows(acls.get("virtualNetworkRules"))),
        private_endpoints=_private_endpoints(properties),
        tenant=text(document.get("tenantId"), 40)
        or text(inside(document, "identity", "tenantId"), 40),
    )


def _hosts(urls: Iterable[object]) -> tuple[tuple[str, int], ...]:
    return tuple(dict.fromkeys(found for one in urls if (found := address(one))))


def _private_endpoints(properties: Document) -> tuple[PrivateEndpoint, ...]:
    found = []
    for one in rows(properties.get("privateEndpointConnections")):
        link = mapping(inside(one, "properties", "privateLinkServiceConnectionState"))
        name = text(one.get("name")) or text(inside(one, "properties", "privateEndpoint", "id"))
        found.append(
            PrivateEndpoint(
                name or "unnamed", text(link.get("status")), text(link.get("actionsRequired"))
            )
        )
    return tuple(found)


def match(accounts: Iterable[Account], seek: Seek) -> tuple[Account, ...]:
    """The accounts that fit best; more than one where nothing tells them apart.

    Custom subdomain, then host and port, then host alone: regional hosts serve many accounts. The
    name alone counts only for an account without a subdomain; another subdomain is another account.
    """
    known = tuple(accounts)
    where, host = (seek.host.lower(), seek.port), seek.host.lower()
    tests: tuple[Callable[[Account], bool], ...] = (
        lambda one: (one.subdomain or "").lower() in seek.labels,
        lambda one: where in one.hosts,
        lambda one: any(host == name for name, _ in one.hosts),
        lambda one: one.subdomain is None and one.name.lower() in seek.labels,
    )
    for test in tests:
        if fitting := tuple(one for one in known if test(one)):
            return fitting
    return ()
