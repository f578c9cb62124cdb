"""The clouds of Azure: login hosts, Resource Manager, and the audiences that tokens are for.

Sources: azure-identity `AzureAuthorityHosts`; msal `WELL_KNOWN_AUTHORITY_HOSTS`; the GUIDs are the
application ids of first-party services as app registrations name them (the same in every tenant).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from ..noun import Noun


class Cloud(Noun):
    """One cloud. Scopes end in `/.default`; hosts carry no scheme."""

    name: str
    authority_host: str
    arm_endpoint: str
    arm_audiences: tuple[str, ...]
    """What `aud` holds in a token for Resource Manager; the first is the one to ask for."""
    data_audiences: tuple[str, ...]
    """Audiences that Foundry's data plane is known to name, the default first."""

    @property
    def arm_scope(self) -> str:
        """The scope for Resource Manager."""
        return f"{self.arm_audiences[0]}/.default"

    @property
    def data_scopes(self) -> tuple[str, ...]:
        """The scopes for the data plane, the default first."""
        return tuple(f"{audience}/.default" for audience in self.data_audiences)


CLOUDS: Mapping[str, Cloud] = {
    "public": Cloud(
        "public",
        "login.microsoftonline.com",
        "https://management.azure.com",
        ("https://management.azure.com", "https://management.core.windows.net"),
        ("https://ai.azure.com", "https://cognitiveservices.azure.com"),
    ),
    # The data-plane audiences of these two are seen in refusals or inferred from the public ones.
    "usgov": Cloud(
        "usgov",
        "login.microsoftonline.us",
        "https://management.usgovcloudapi.net",
        ("https://management.usgovcloudapi.net", "https://management.core.usgovcloudapi.net"),
        ("https://ai.azure.us", "https://cognitiveservices.azure.us"),
    ),
    "china": Cloud(
        "china",
        "login.chinacloudapi.cn",
        "https://management.chinacloudapi.cn",
        ("https://management.chinacloudapi.cn", "https://management.core.chinacloudapi.cn"),
        ("https://ai.azure.cn", "https://cognitiveservices.azure.cn"),
    ),
}

AUDIENCE_IDS: Mapping[str, str] = {
    "18a66f5f-dbdf-4c17-9dd7-1634712a9cbe": "foundry",  # Azure Machine Learning Services
    "7d312290-28c8-473c-a0ed-8e53749b6d6d": "cognitive",  # Microsoft Cognitive Services
    "797f4846-ba00-4fd7-ba43-dac1f8f63013": "arm",  # Windows Azure Service Management API
    "00000003-0000-0000-c000-000000000000": "graph",  # Microsoft Graph
    "00000002-0000-0000-c000-000000000000": "graph",  # Azure AD Graph, retired
}
"""First-party application ids → value of the fact `token.audience`."""

_GRAPH_HOSTS = frozenset(
    {
        "graph.microsoft.com", "graph.microsoft.us", "dod-graph.microsoft.us",
        "microsoftgraph.chinacloudapi.cn", "graph.windows.net",
    }
)  # fmt: skip
_MICROSOFT = frozenset(
    {
        "login.microsoftonline.com", "login.microsoft.com", "login.windows.net",
        "sts.windows.net", "login.microsoftonline.us", "login-us.microsoftonline.com",
        "login.usgovcloudapi.net", "login.chinacloudapi.cn", "login.partner.microsoftonline.cn",
        "login.sovcloud-identity.fr", "login.sovcloud-identity.de", "login.sovcloud-identity.sg",
    }
)  # fmt: skip
"""Authorities that msal knows without asking (WELL_KNOWN_AUTHORITY_HOSTS), and their aliases."""

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def cloud_named(name: str) -> Cloud:
    """The cloud of a name; an unknown name is the public one, as azure-identity has it."""
    return CLOUDS.get(name, CLOUDS["public"])


def cloud_of_authority(host: str) -> str | None:
    """The cloud that a login host belongs to; None for hosts that are not Microsoft's."""
    host = host.lower().rstrip(".")
    if host not in _MICROSOFT:
        return None
    if host.endswith((".us", ".usgovcloudapi.net")) or host.startswith("login-us."):
        return "usgov"
    if host.endswith(".cn"):
        return "china"
    return None if "sovcloud" in host else "public"


def is_microsoft_authority(host: str) -> bool:
    """Whether msal knows this login host; for others instance discovery must be off.

    Regional hosts (`westus2.login.microsoft.com`) are Microsoft's too.
    """
    host = host.lower().rstrip(".")
    return host in _MICROSOFT or host.partition(".")[2] in _MICROSOFT


def classify_audience(aud: str | None) -> str:
    """The value of the fact `token.audience`.

    A GUID that is not known is `guid`: v2 tokens carry one for every API, so it proves nothing.
    """
    text = (aud or "").strip().lower()
    if text in AUDIENCE_IDS:
        return AUDIENCE_IDS[text]
    if _GUID.fullmatch(text):
        return "guid"
    plain = text.rstrip("/")
    for cloud in CLOUDS.values():
        if plain in cloud.arm_audiences:
            return "arm"
        if plain in cloud.data_audiences:
            return "foundry" if plain == cloud.data_audiences[0] else "cognitive"
    try:
        host = urlsplit(plain).hostname or plain
    except ValueError:  # a bracket that is no IPv6 address
        return "other"
    return "graph" if host in _GRAPH_HOSTS else "other"


def resource_of(scope: str) -> str:
    """The resource that a scope asks for: only `/.default` goes, as azure-identity strips it."""
    return scope.removesuffix("/.default")


def other_scope(scope: str) -> str | None:
    """The other https audience of the same cloud's data plane, or None where there is none."""
    plain = resource_of(scope.strip()).rstrip("/").lower()
    for cloud in CLOUDS.values():
        if plain in cloud.data_audiences:
            return next(one for one in cloud.data_scopes if resource_of(one) != plain)
    return None


def scope_for_audience(aud: str) -> str | None:
    """The scope for an audience that a refusal names, only where it is in the table above."""
    plain = aud.strip().rstrip("/").lower()
    known = (one for cloud in CLOUDS.values() for one in cloud.data_audiences)
    return next((f"{one}/.default" for one in known if one == plain), None)
