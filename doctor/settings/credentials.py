"""Choosing the key, and judging it against where it would be sent."""

from __future__ import annotations

from collections.abc import Mapping

from ..model import ConfigProblem, Setting
from ..secret import Secret
from .environment import API_KEY, AUTH_TOKEN
from .hosts import foundry_labels, is_gateway
from .keys import is_jwt, judge_key
from .sources import Credential, Layer, problem

_ENTRA = ("AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_FEDERATED_TOKEN_FILE")


def choose_key(layers: list[Layer], environ: Mapping[str, str]) -> Credential | None:
    """The key of the strongest level that names one.

    A level that names a variable (`key_env`) decides even when that variable is not set: to take
    another level's key then would examine one resource with the key of another.
    """
    for layer in layers:
        if layer.key_env is not None:
            return _named(layer.key_env, environ)
        if layer.key is not None:
            return layer.key
    return None


def credential_problems(
    key: Credential | None,
    token: Setting | None,
    host: str | None,
    environ: Mapping[str, str],
    mode: str | None,
) -> list[ConfigProblem]:
    """What is wrong with the key, or that there is none; with Entra that is a later question.

    `token` is Claude Code's ANTHROPIC_FOUNDRY_AUTH_TOKEN, wherever it is set; `host` is where the
    key would go, None when no endpoint is known.
    """
    gateway = host is not None and is_gateway(host)
    if mode == "entra":
        # A key in Claude Code's bearer variable is a mistake, whatever else could sign in.
        astray = key is None and token and token.value.strip() and not is_jwt(token.value)
        return [_sent_as_bearer(token)] if astray and token else []
    if key is not None and key.secret is not None:
        foundry = host is None or foundry_labels(host) is not None
        return _judged(key, key.secret, foundry=foundry, gateway=gateway)
    # A gateway may well expect a bearer token of its own; only Foundry takes it for Entra's.
    if key is None and token and token.value.strip() and not gateway and not is_jwt(token.value):
        return [_sent_as_bearer(token)]
    return [_missing(key, token, environ)]


def _named(setting: Setting, environ: Mapping[str, str]) -> Credential:
    name = setting.value
    value = environ.get(name)
    source = f"env {name} (named in {setting.source})"
    return Credential(Secret(value) if value else None, source, name)


def _judged(
    key: Credential, secret: Secret, *, foundry: bool, gateway: bool
) -> list[ConfigProblem]:
    fault = judge_key(secret.reveal(), foundry=foundry, gateway=gateway)
    if fault is None:
        return []
    cause = "key-wrong-provider" if fault.shape == "other-provider" else "key-malformed"
    return [
        problem(
            cause,
            f"The key ({key.source}) {fault.clause}.",
            setting=key.source,
            detail=f"the key {fault.clause}",
            key__shape=fault.shape,
            key__provider=fault.provider,
        )
    ]


def _sent_as_bearer(token: Setting) -> ConfigProblem:
    return problem(
        "key-sent-as-bearer",
        f"{AUTH_TOKEN} ({token.source}) holds a key, but Claude Code sends it as a bearer token, "
        f"which Foundry judges as an Entra token; a key belongs in {API_KEY}.",
        setting=token.source,
        detail=f"{AUTH_TOKEN} holds something that is no Entra token",
        suggestion=None,
        key__shape="sent-as-bearer",
    )


def _missing(
    key: Credential | None, token: Setting | None, environ: Mapping[str, str]
) -> ConfigProblem:
    if key is not None:
        setting, detail = key.source, f"{key.variable} is not set or empty"
    elif environ.get(API_KEY) == "":
        setting, detail = f"env {API_KEY}", f"{API_KEY} is set, but empty"
    else:
        setting, detail = f"env {API_KEY}", f"{API_KEY} is not set"
    if token is not None:
        detail += f"; {AUTH_TOKEN} is read by Claude Code only, not by the SDK"
    if any(environ.get(name) for name in _ENTRA):
        detail += "; AZURE_CLIENT_* is set, but --auth key asks for a key"
    return problem(
        "credentials-missing",
        f"No key is configured: {detail}.",
        setting=setting,
        detail=detail,
        config__credential="missing",
    )
