"""The typed form of a scenario: what the server does, and what the client is told.

Every field that stands for an open question of the protocol is a switch, and its default is the
documented side. Times are seconds, sizes bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Network = Literal["open", "public-access-disabled", "acl-denied", "perimeter-denied"]
KeyAuth = Literal["enabled", "disabled-403", "disabled-401"]
Rbac = Literal["granted", "denied-401", "denied-403", "denied-older-text"]
BackendLink = Literal["ok", "failed", "failed-for-messages"]
Connection = Literal[
    "normal",
    "refused",
    "reset-on-accept",
    "reset-after-request",
    "closed-without-answer",
    "hang",
    "hang-in-handshake",
    "plain-http",
]
Certificate = Literal[
    "valid", "expired", "not-yet-valid", "wrong-host", "untrusted-ca", "self-signed"
]
ProxyMode = Literal["ok", "auth-required", "blocked", "bad-gateway", "hang", "down"]
Layer = Literal["gateway", "anthropic", "foreign"]
Stage = Literal["front", "backend"]
Encoding = Literal["identity", "gzip"]
Framing = Literal["length", "chunked", "chunked-garbage", "not-http"]
Ending = Literal["close", "reset", "stall"]
Route = Literal["messages", "count_tokens"]

ROUTES: tuple[Route, ...] = ("messages", "count_tokens")
KEY = "{key}"
"""Placeholder: the valid key of this emulator instance."""

AUDIENCES = (
    "https://cognitiveservices.azure.com",
    "https://cognitiveservices.azure.com/",
    "https://ai.azure.com",
    "https://ai.azure.com/",
)
"""Both audiences that are documented or seen to work; which one counts where is not settled."""


@dataclass(frozen=True)
class Deployment:
    """One deployment of the account.

    `model` and `version` are those of Resource Manager ("2" means hosted on Azure, a date or "1"
    hosted on Anthropic); only the state "Succeeded" answers on the data plane, and not even that
    where `answers` is false: made moments ago. The rest is what Resource Manager tells.
    """

    model: str
    version: str = "2"
    state: str = "Succeeded"
    answers: bool = True
    sku: str = "GlobalStandard"
    capacity: int = 25
    created_s_ago: int = 30 * 86400


@dataclass(frozen=True)
class Tokens:
    """How bearer tokens are judged: the accepted `aud` values and the one a refusal prints."""

    accept: bool = True
    audiences: tuple[str, ...] = AUDIENCES
    named_audience: str = "https://cognitiveservices.azure.com"


@dataclass(frozen=True)
class Quota:
    """A limit that is used up: 429 RateLimitReached.

    `limit` is a count per 60 s, `wait_s` stands in the text and, with `retry_after`, in the header.
    """

    counter: str = "UserByModelByMinuteOutputTokens"
    limit: int = 2000
    wait_s: int = 60
    retry_after: bool = True
    routes: tuple[Route, ...] = ROUTES


@dataclass(frozen=True)
class Answer:
    """A fixed answer in place of the normal one.

    `stage` front answers before anything is validated, backend after quota. `layer` decides the
    headers: gateway adds apim-request-id, anthropic request-id besides, foreign neither.
    `inflate_bytes` replaces the body by gzip data which inflates to that many zero bytes.
    `truncate_at` sends only so many body bytes of the announced length; `then` says how it ends.
    """

    status: int = 200
    layer: Layer = "gateway"
    stage: Stage = "front"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    body_text: str | None = None
    content_type: str | None = None
    encoding: Encoding = "identity"
    framing: Framing = "length"
    inflate_bytes: int = 0
    truncate_at: int | None = None
    then: Ending = "close"
    retry_after_s: float | None = None


@dataclass(frozen=True)
class Tls:
    """The certificate that is shown, and whether its root goes with it in the chain."""

    certificate: Certificate = "valid"
    send_root: bool = False


@dataclass(frozen=True)
class Redirect:
    """Every request is redirected to a second listener of the emulator (own port)."""

    status: int = 307
    path: str | None = None


@dataclass(frozen=True)
class Proxy:
    """An HTTP proxy on a port of its own, through which the client is told to go."""

    mode: ProxyMode


@dataclass(frozen=True)
class Server:
    """Everything the emulated service does in one scenario; the default is a healthy account."""

    region: str | None = "swedencentral"
    network: Network = "open"
    keys: tuple[str, ...] = (KEY,)
    key_auth: KeyAuth = "enabled"
    key_headers: tuple[str, ...] = ("x-api-key", "api-key")
    refused_key_headers: tuple[str, ...] = ()
    tokens: Tokens = Tokens()
    rbac: Rbac = "granted"
    deployments: Mapping[str, Deployment] = field(
        default_factory=lambda: {"claude-sonnet-5": Deployment("claude-sonnet-5")}
    )
    model_lookup: bool = True
    count_tokens: bool = True
    gateway_request_id: bool = False
    versions: tuple[str, ...] = ("2023-06-01", "2026-10-21")
    quota: Quota | None = None
    backend_link: BackendLink = "ok"
    answer: Answer | None = None
    redirect: Redirect | None = None
    fail_first: int | None = None
    delay_s: float = 0.0
    date_offset_s: float = 0.0
    connection: Connection = "normal"
    tls: Tls = Tls()
    proxy: Proxy | None = None


@dataclass(frozen=True)
class Client:
    """What the client is given in place of the right values.

    `api_key` "wrong" is another well-shaped key; `env` values of None mean: unset that variable.
    Strings may hold the placeholders {key} {origin} {authority} {host} {port} {ca_file} {tmp_dir}.
    """

    api_key: str | None = None
    deployment: str = "claude-sonnet-5"
    base_url: str = "{origin}/anthropic"
    env: Mapping[str, str | None] = field(default_factory=dict)
