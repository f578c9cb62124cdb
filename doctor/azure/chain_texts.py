"""The texts by which credentials say why they gave no token, each with what it means.

Those of azure-identity 1.7 to 1.27 (Python) and @azure/identity (Node). The first rule that
matches decides, so what is exact stands before what is general.
"""

from __future__ import annotations

import re

_TEXTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("entra-refused", (r"AADSTS\d{4,9}",)),
    ("invalid-choice", (r"Invalid value for AZURE_TOKEN_CREDENTIALS",)),
    ("invalid-tenant", (r"Invalid tenant ID provided", r"tenant_id should be a Microsoft Entra")),
    (
        # IMDS did answer: the prefix of azure-identity 1.27 says otherwise, the suffix tells.
        "identity-not-assigned",
        (
            r"Token request error: \(invalid_request\) Identity not found",
            r"identity has (?:not )?been assigned to this resource",
            r"identity (?:is not|isn't) assigned to this resource",
            r"No User Assigned or Delegated Managed Identity found",
        ),
    ),
    (
        "network",
        (
            r"getaddrinfo", r"Name or service not known", r"nodename nor servname",
            r"(?-i:\bENOTFOUND\b)",
            r"EAI_AGAIN", r"Failed to resolve", r"NameResolutionError", r"Max retries exceeded",
            r"HTTPS?Connection(?:Pool)?\(", r"Connection refused", r"ECONNREFUSED", r"ECONNRESET",
            r"ETIMEDOUT", r"Connection reset by peer", r"Connection aborted",
            r"CERTIFICATE_VERIFY_FAILED", r"certificate verif(?:y|ication) failed", r"\[SSL",
            r"SSLError", r"ProxyError", r"Tunnel connection failed", r"Network is unreachable",
            r"No route to host", r"Temporary failure in name resolution", r"\(read timeout",
            r"suitable TLS CA certificate bundle",
        ),
    ),
    ("workload-file-missing", (r"\[Errno 2\][^\n]*(?:token|\.jwt|azure-identity)",)),
    (
        "workload-not-configured",
        (
            r"WorkloadIdentityCredential authentication unavailable",
            r"Workload identity was selected but no client ID",
        ),
    ),
    ("not-json", (r"Unexpected content type", r"Expecting value: line", r"not (?:in )?valid JSON")),
    (
        "no-managed-identity",
        (
            r"no response from the IMDS endpoint", r"No managed identity endpoint found",
            r"managed identity configuration not found", r"IMDS endpoint unavailable",
            r"Attempted to use the IMDS endpoint, but it is not available",
            r"not asked: nothing indicates",
        ),
    ),
    ("nothing-configured", (r"EnvironmentCredential(?: authentication| is) unavailable",)),
    # The article `the` alone tells the time-out (or a process that could not be read) from an az
    # that failed without a word.
    ("cli-timeout", (r"Failed to invoke the Azure (?:Developer )?CLI", r"timed out after \d")),
    ("cli-failed", (r"Failed to invoke Azure (?:Developer )?CLI", r"Unexpected output from")),
    (
        "cli-not-installed",
        (
            r"Azure CLI not found on path", r"Developer CLI could not be found",
            r"PowerShell is not installed", r"Az\.Accounts? module .{0,20}is not installed",
            r"Failed to execute '", r"Azure CLI could not be found",
        ),
    ),
    (
        "cli-not-logged-in",
        (
            r"Please run ['\"]?(?:az login|azd auth login|Connect-AzAccount)", r"not logged in",
            r"Run Connect-AzAccount",
        ),
    ),
    (
        "nothing-configured",
        (
            r"azure-identity-broker", r"Shared token cache", r"SharedTokenCacheCredential",
            r"No accounts? (?:was|were) found", r"signed in to Azure via Visual Studio Code",
            r"Brokered auth", r"not asked: ",
        ),
    ),
    (
        "certificate-unreadable",
        (r"deserialize certificate", r"could not be loaded", r"PEM or PKCS12"),
    ),
    ("env-incomplete", (r"secret should be a Microsoft Entra", r"client_id should be the id of")),
)  # fmt: skip
_RULES = tuple(
    (problem, re.compile("|".join(patterns), re.IGNORECASE | re.DOTALL))
    for problem, patterns in _TEXTS
)
_BARE_IDENTITY = re.compile(r"\s*ManagedIdentityCredential authentication unavailable\.\s*")


def classify(credential: str, reason: str) -> str:
    """The `token.problem` that one credential's text tells; `other` where no rule knows it."""
    for problem, pattern in _RULES:
        if pattern.search(reason):
            return problem
    if not reason.strip() and credential in ("EnvironmentCredential", "WorkloadIdentityCredential"):
        return "nothing-configured"
    if _BARE_IDENTITY.fullmatch(reason):
        return "not-json"  # 1.27 says no more when the endpoint's answer is not JSON
    return "other"
