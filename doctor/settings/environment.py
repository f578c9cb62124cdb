"""Environment variables: the names that SDKs and Claude Code read, and what they say.

Names are those of Anthropic's page "Claude in Microsoft Foundry", of the Claude Code pages
"Microsoft Foundry" and "Model configuration", and of azure-identity; none is invented here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from ..model import Setting
from ..secret import Secret
from .base_url import credentials_in
from .keys import is_misplaced, looks_secret
from .sources import Credential, Layer

RESOURCE = "ANTHROPIC_FOUNDRY_RESOURCE"
BASE_URL = "ANTHROPIC_FOUNDRY_BASE_URL"
API_KEY = "ANTHROPIC_FOUNDRY_API_KEY"
AUTH_TOKEN = "ANTHROPIC_FOUNDRY_AUTH_TOKEN"  # noqa: S105 - a variable's name
TENANT = "AZURE_TENANT_ID"
SUBSCRIPTION = "AZURE_SUBSCRIPTION_ID"
USE_FOUNDRY = "CLAUDE_CODE_USE_FOUNDRY"

MODELS = (
    "ANTHROPIC_DEFAULT_OPUS_MODEL",
    "ANTHROPIC_DEFAULT_SONNET_MODEL",
    "ANTHROPIC_DEFAULT_HAIKU_MODEL",
    "ANTHROPIC_DEFAULT_FABLE_MODEL",
    "ANTHROPIC_DEFAULT_MODEL",
    "ANTHROPIC_MODEL",
    "CLAUDE_CODE_SUBAGENT_MODEL",
    "ANTHROPIC_SMALL_FAST_MODEL",
)
"""Claude Code's model variables; on Foundry each holds a deployment name."""

_ALIASES = frozenset(("default", "best", "opus", "sonnet", "haiku", "fable", "opusplan", "inherit"))
_LONG_CONTEXT = re.compile(r"\[1m\]$", re.IGNORECASE)

_SECRETS = frozenset(
    (
        API_KEY,
        AUTH_TOKEN,
        "ANTHROPIC_API_KEY",
        "ANTHROPIC_AUTH_TOKEN",
        "CLAUDE_CODE_OAUTH_TOKEN",
        "CLAUDE_CODE_CLIENT_KEY_PASSPHRASE",
        "AZURE_CLIENT_SECRET",
        "AZURE_PASSWORD",
        "AZURE_CLIENT_CERTIFICATE_PASSWORD",
        "AZURE_OPENAI_API_KEY",
        "AZURE_OPENAI_AD_TOKEN",
        "AZURE_AI_API_KEY",
        "AZURE_INFERENCE_CREDENTIAL",
        "OPENAI_API_KEY",
        "SYSTEM_ACCESSTOKEN",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
        "GITHUB_TOKEN",
        "IDENTITY_HEADER",
        "MSI_SECRET",
    )
)
_HEADERS = "ANTHROPIC_CUSTOM_HEADERS"
_PROXIES = frozenset(("http_proxy", "https_proxy", "all_proxy", "ftp_proxy"))
_SECRET_WORD = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|PASSPHRASE", re.IGNORECASE)


def environment_settings(environ: Mapping[str, str]) -> dict[str, Setting]:
    """The variables that matter here, by name; the empty ones left out.

    An empty variable counts as unset: it is what CI systems leave of an undefined input or of a
    secret withheld from a fork. (What the Python SDK makes of an empty one beside a full one is
    another matter: see `environment_layer`.)
    """
    names = (RESOURCE, BASE_URL, API_KEY, AUTH_TOKEN, TENANT, SUBSCRIPTION, *MODELS)
    return {
        name: Setting(name, environ[name], f"env {name}") for name in names if environ.get(name)
    }


def environment_layer(environ: Mapping[str, str]) -> Layer:
    """What the process environment says about the target."""
    layer = layer_of(environment_settings(environ))
    # The Python SDK 2.x tests for None, not for emptiness: with one variable full and the other
    # set but empty it still raises "base_url and resource are mutually exclusive" (measured).
    full = [name for name in (RESOURCE, BASE_URL) if environ.get(name)]
    empty = [name for name in (RESOURCE, BASE_URL) if environ.get(name) == ""]
    if not full or not empty:
        return layer
    blank = Setting(empty[0], "", f"env {empty[0]}")
    return layer._replace(blank=blank)


def layer_of(settings: Mapping[str, Setting]) -> Layer:
    """A level of precedence from variables, wherever they stand."""
    key = settings.get(API_KEY)
    return Layer(
        resource=settings.get(RESOURCE),
        base_url=settings.get(BASE_URL),
        tenant=settings.get(TENANT),
        subscription=settings.get(SUBSCRIPTION),
        key=Credential(Secret(key.value), key.source, API_KEY) if key else None,
    )


def model_deployments(
    settings: Mapping[str, Setting],
) -> tuple[tuple[Setting, ...], tuple[Setting, ...]]:
    """Deployments that Claude Code's model variables name, and the aliases among them.

    The suffix `[1m]` asks for the long context and is no part of the name. An alias such as
    `opus` is resolved by Claude Code to a model of its own choice, so it names no deployment.
    """
    named, aliases = [], []
    for name in MODELS:
        setting = settings.get(name)
        if setting is None or not setting.value.strip():
            continue
        value = _LONG_CONTEXT.sub("", setting.value)
        if value.strip().lower() in _ALIASES:
            aliases.append(setting)
        elif value:
            named.append(Setting(name, value, setting.source))
    return tuple(named), tuple(aliases)


def other_provider(environ: Mapping[str, str]) -> str | None:
    """The switch that sends Claude Code elsewhere, so that its models are no deployments."""
    if is_on(environ.get(USE_FOUNDRY)):
        return None
    switches = ("CLAUDE_CODE_USE_BEDROCK", "CLAUDE_CODE_USE_VERTEX")
    return next((name for name in switches if is_on(environ.get(name))), None)


def is_on(value: str | None) -> bool:
    """Whether Claude Code takes a switch for on."""
    return (value or "").strip().lower() in ("1", "true", "yes", "on")


def secrets_in(environ: Mapping[str, str], *, any_name: bool = False) -> list[Secret]:
    """Every credential among these variables, used or not: none may appear in any output.

    `any_name`: judge by the words in a name as well (a settings file's `env` block holds few
    variables, and an unknown one with KEY or TOKEN in it is meant as a secret).
    """
    values: list[str] = []
    for name, value in environ.items():
        if name in _SECRETS or (any_name and _SECRET_WORD.search(name)):
            values.append(value)
        elif name == _HEADERS:
            values += _header_values(value)
        elif name.lower() in _PROXIES:
            values += credentials_in(value if "://" in value else f"http://{value}")
        elif name in (RESOURCE, BASE_URL):
            values += credentials_in(value)
        if (name == RESOURCE and is_misplaced(value)) or (name == BASE_URL and looks_secret(value)):
            values.append(value)
    # A variable's name in place of its value is a mistake, not a secret: masking it would blank
    # the very name that the advice has to mention.
    return _wrapped(value for value in values if value.strip() and value.strip() not in _SECRETS)


def _header_values(text: str) -> list[str]:
    values = [line.partition(":")[2].strip() for line in text.splitlines() if ":" in line]
    bare = [value.split(None, 1)[1] for value in values if len(value.split(None, 1)) == 2]
    return values + bare


def _wrapped(values: Iterable[str]) -> list[Secret]:
    return [Secret(value) for value in dict.fromkeys(values)]
