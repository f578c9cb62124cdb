"""What a client is told: the variables of a scenario, with its placeholders filled in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from . import schema
from .spec import Client

UNSET = (
    "ANTHROPIC_FOUNDRY_RESOURCE",
    "ANTHROPIC_FOUNDRY_AUTH_TOKEN",
    "HTTPS_PROXY",
    "https_proxy",
    "HTTP_PROXY",
    "http_proxy",
    "ALL_PROXY",
    "all_proxy",
    "SSL_CERT_DIR",
)
"""What could lead a client away from the emulator."""
CA_NAMES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")


class Values(Mapping[str, str]):
    """The placeholders' values; those of the planes are made when they are asked for."""

    def __init__(self, given: Mapping[str, str], made: Mapping[str, Callable[[], str]]) -> None:
        self._given = given
        self._made = made

    def __getitem__(self, name: str) -> str:
        return self._given[name] if name in self._given else self._made[name]()

    def __iter__(self) -> Iterator[str]:
        return iter((*self._given, *self._made))

    def __len__(self) -> int:
        return len(self._given) + len(self._made)


def client_variables(
    settings: Client,
    values: Mapping[str, str],
    *,
    base_url: str,
    api_key: str,
    ca_file: Path,
    proxy_url: str | None,
    planes: Mapping[str, str | None],
) -> dict[str, str | None]:
    """Variables for a client; None means that the variable has to be unset."""
    found: dict[str, str | None] = {
        **dict.fromkeys(UNSET),
        "ANTHROPIC_FOUNDRY_BASE_URL": base_url,
        "ANTHROPIC_FOUNDRY_API_KEY": api_key,
        **planes,
        **dict.fromkeys(CA_NAMES, str(ca_file)),
    }
    if proxy_url is not None:
        # Loopback names are in many a NO_PROXY, which would lead past the proxy.
        found |= {"HTTPS_PROXY": proxy_url, "NO_PROXY": "", "no_proxy": ""}
    for name, template in settings.env.items():
        found[name] = None if template is None else schema.expand(template, values)
    return found
