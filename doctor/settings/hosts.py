"""What a host name alone tells: Foundry's own, loopback, another service's, a gateway.

Suffixes of Foundry resources: `services.ai`, `cognitiveservices` and `openai` under
`azure.com|us|cn`, as Claude Code recognises them; all three route `/anthropic`, the documented one
is `services.ai` (Anthropic, "Claude in Microsoft Foundry").
"""

from __future__ import annotations

import re

_FOUNDRY = re.compile(
    r"(?P<labels>.*?)\.?(?<![a-z0-9_-])(?:services\.ai|cognitiveservices|openai)"
    r"\.azure\.(?P<top>com|us|cn)"
)
_TOPS = {"public": "com", "usgov": "us", "china": "cn"}
_LOOPBACK = re.compile(r"localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1")
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?", re.IGNORECASE)

_FOREIGN: tuple[tuple[str, str], ...] = (
    (r"(.+\.)?azure\.anthropic\.com", "is not a Foundry host: no resource answers under that name"),
    (r"(.+\.)?(anthropic\.com|claude\.ai|claude\.com)", "is Anthropic's own, not Foundry's"),
    (r"api\.openai\.com", "is OpenAI's"),
    (r"(.+\.)?generativelanguage\.googleapis\.com", "is Google's"),
    (r"(.+-)?aiplatform\.googleapis\.com", "is Google Vertex AI's"),
    (r"bedrock(-[a-z]+)*\..+\.amazonaws\.com(\.cn)?", "is Amazon Bedrock's"),
    (r"api\.(x\.ai|groq\.com|mistral\.ai|deepseek\.com|cohere\.com)", "is another provider's"),
    (r"models\.github\.ai", "is GitHub Models'"),
    (
        r"(.+\.)?api\.cognitive\.(microsoft\.(com|us)|azure\.cn)",
        "is a region's shared host, not the resource's own",
    ),
    (r"(.+\.)?(models|inference)\.ai\.azure\.com", "belongs to another Azure model API"),
    (r"(.+\.)?inference\.ml\.azure\.com", "belongs to Azure Machine Learning"),
    (r"(.+\.)?ai\.azure\.(com|us|cn)", "is the Foundry portal's, not the resource's"),
    (r"(portal|management)\.azure\.(com|us|cn)", "is Azure's management, not the resource's"),
    (r"login\.microsoftonline\.(com|us)|login\.chinacloudapi\.cn", "is the sign-in host"),
)


def legal_name(name: str) -> bool:
    """Whether this can be a resource's name.

    Claude Code states the rule as 2 to 64 letters, digits and hyphens, no hyphen at either end;
    a DNS label ends at 63, so a name of 64 could never be called.
    """
    return 2 <= len(name) <= 63 and name.isascii() and _NAME.fullmatch(name) is not None


def foundry_labels(host: str) -> str | None:
    """What stands before a Foundry suffix (`""` when nothing does); None for any other host."""
    found = _FOUNDRY.fullmatch(host.lower().rstrip("."))
    return found["labels"] if found else None


def resource_of(host: str) -> str | None:
    """The resource name in a Foundry host, a privatelink alias included; None otherwise."""
    labels = foundry_labels(host)
    if labels is None:
        return None
    name = labels.removesuffix(".privatelink")
    return name if legal_name(name) else None


def cloud_of(host: str) -> str | None:
    """`public`, `usgov` or `china` for a Foundry host, None for any other."""
    found = _FOUNDRY.fullmatch(host.lower().rstrip("."))
    if found is None:
        return None
    return next(name for name, top in _TOPS.items() if top == found["top"])


def endpoint_of(resource: str, cloud: str) -> str:
    """The documented base URL of a resource, without a trailing slash."""
    return f"https://{resource}.services.ai.azure.{_TOPS.get(cloud, 'com')}/anthropic"


def is_loopback(host: str) -> bool:
    """Whether the host is this machine: an emulator, or a local proxy."""
    return _LOOPBACK.fullmatch(host.lower().rstrip(".")) is not None


def is_gateway(host: str) -> bool:
    """Whether only the user can know what this host expects: neither Foundry's nor loopback."""
    return foundry_labels(host) is None and not is_loopback(host)


def foreign(host: str) -> str | None:
    """Why this well-known host cannot be a Foundry endpoint, as a predicate; None when it may."""
    name = host.lower().rstrip(".")
    if foundry_labels(name) is not None:
        return None
    return next((why for pattern, why in _FOREIGN if re.fullmatch(pattern, name)), None)
