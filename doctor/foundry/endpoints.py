"""Names and addresses of the Foundry data plane."""

from __future__ import annotations

CLOUD_SUFFIXES = {"public": "azure.com", "usgov": "azure.us", "china": "azure.cn"}
"""DNS suffix of each cloud. Whether Claude is offered outside the public one is not known."""
SERVICES = ("services.ai", "cognitiveservices", "openai")
ANTHROPIC_VERSION = "2026-10-21"
"""What the Python SDK 2.x sends (its `_constants.py`); 0.x sent 2023-06-01."""


def messages_url(base_url: str) -> str:
    """Where the SDK posts messages: it appends `v1/messages` to the base URL."""
    return base_url.rstrip("/") + "/v1/messages"


def count_tokens_url(base_url: str) -> str:
    """Where tokens are counted: same permission, same deployment look-up, nothing billed."""
    return messages_url(base_url) + "/count_tokens"


def is_foundry_host(host: str) -> bool:
    """Whether a host is `{resource}.{service}.{cloud suffix}`."""
    name = host.lower().rstrip(".")
    return any(
        name.endswith(f".{service}.{suffix}")
        for service in SERVICES
        for suffix in CLOUD_SUFFIXES.values()
    )


def resource_of(host: str) -> str | None:
    """The resource's custom subdomain in a Foundry host name, else None."""
    return host.split(".", 1)[0] if is_foundry_host(host) else None
