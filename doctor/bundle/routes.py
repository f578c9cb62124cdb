"""Whose desk a cause belongs on: most failures end without any ticket, and this says so.

Support for Claude in Foundry is Microsoft's, whoever hosts the model (Microsoft Learn, Claude
models page). The quota form and the portal are both named, since official pages differ on them.
"""

from __future__ import annotations

from ..model import Diagnosis
from ..noun import Noun

QUOTA_FORM = "https://aka.ms/oai/stuquotarequest"
PORTAL = "https://portal.azure.com/#view/Microsoft_Azure_Support/HelpAndSupportBlade"


class Route(Noun):
    """Where a ticket goes. `ticket` is False where the reader can end it without anybody.

    `first`: who in the reader's own organisation ends most of these.
    """

    desk: str
    issue_type: str
    service: str
    problem: str
    ticket: bool = True
    first: str | None = None
    how: str = ""


_FOUNDRY = "Microsoft Foundry (listed as Azure AI Services or Azure AI Foundry)"
TECHNICAL = Route("technical support", "Technical", _FOUNDRY, "Model inference: errors from calls")
CALLER = Route("no desk", "none", _FOUNDRY, "", ticket=False)
QUOTA = Route(
    "quota", "Service and subscription limits (quotas)", _FOUNDRY, "Quota of a Claude model",
    how=f"The form {QUOTA_FORM}; Anthropic's page names the Azure portal's quota request instead,"
    " and either takes subscription, region, model and the limit wanted.",
)  # fmt: skip
ENTRA = Route(
    "Microsoft Entra", "Technical", "Microsoft Entra sign-in and app authentication",
    "Token request refused (AADSTS)", first="the Entra ID admin of the tenant",
    how="The sign-in log of the tenant finds the refusal by its correlation id.",
)  # fmt: skip
BILLING = Route(
    "marketplace and billing", "Billing, or Subscription management",
    "Azure Marketplace and the subscription", "Purchase or subscription does not allow Claude",
    first="the owner of the subscription or billing account",
    how="A billing ticket needs no support plan.",
)  # fmt: skip
NETWORK = Route(
    "Azure networking", "Technical", "Private Link, Azure DNS or Virtual Network",
    "A private endpoint or its name cannot be reached", first="the network team",
    how="Only for what Azure itself runs; a proxy, a firewall or a resolver of your own is not.",
)  # fmt: skip
OWN_NETWORK = Route(
    "your own network team", "Technical", _FOUNDRY, "The way to the endpoint is closed",
    first="the network team",
    how="Nothing that Microsoft runs was shown to fail: give this bundle to the network team.",
)  # fmt: skip
ACCESS = Route(
    "technical support", "Technical", _FOUNDRY, "Access to the resource is refused",
    first="an Azure admin (an Owner of the resource)",
    how="An admin ends this with the command below; a ticket is for the case that it fails to.",
)  # fmt: skip

_BY_CAUSE = {
    "quota-exhausted": QUOTA, "quota-pool-shared": QUOTA, "rate-limited": QUOTA,
    "capacity-constrained": TECHNICAL,
    "marketplace-blocked": BILLING, "subscription-ineligible": BILLING,
    "subscription-disabled": BILLING, "model-provider-data-missing": ACCESS,
    "private-endpoint-unreachable": NETWORK, "dns-private-zone-unlinked": NETWORK,
    "public-access-disabled": NETWORK, "network-acl-denied": NETWORK,
    "network-perimeter-denied": NETWORK,
    "client-secret-expired": ENTRA, "app-not-in-tenant": ENTRA, "principal-disabled": ENTRA,
    "client-certificate-invalid": ENTRA, "user-not-in-tenant": ENTRA, "tenant-restricted": ENTRA,
    "conditional-access-blocked": ENTRA, "consent-missing": ENTRA, "mfa-required": ENTRA,
    "federated-credential-mismatch": ENTRA, "entra-unreachable": OWN_NETWORK,
    "service-error": TECHNICAL, "service-overloaded": TECHNICAL, "service-unavailable": TECHNICAL,
    "deployment-failed": Route(
        "technical support", "Technical", _FOUNDRY, "A model deployment fails",
        first="an Azure admin (an Owner of the resource)",
        how="Delete the deployment and make it again first; repeated failure is Microsoft's.",
    ),
    "response-timeout": TECHNICAL,
}  # fmt: skip
_BY_WHO = {
    "vendor": TECHNICAL,
    "identity-admin": ENTRA,
    "network-admin": OWN_NETWORK,
    "azure-admin": ACCESS,
    "caller": CALLER,
}


def route(one: Diagnosis | None) -> Route:
    """The route of a cause; of none, technical support. What the caller can end has no ticket."""
    if one is None:
        return TECHNICAL
    if one.who == "caller":
        return CALLER
    return _BY_CAUSE.get(one.cause) or _BY_WHO.get(one.who, TECHNICAL)
