"""Putting one target together from the levels that speak about it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from ..model import ConfigProblem, Expectation, Setting, Target
from ..noun import replace
from ..secret import Scrubber, Secret
from .base_url import credentials_in
from .credentials import choose_key, credential_problems
from .endpoint import Chosen, choose_endpoint
from .environment import (
    AUTH_TOKEN,
    environment_settings,
    model_deployments,
    other_provider,
    secrets_in,
)
from .hosts import is_gateway
from .keys import is_jwt, is_misplaced, looks_secret
from .levels import Selected, Sources, flag_layer, levels
from .proxies import proxy_problem
from .sources import ConfigFile, Credential, Layer, problem

_SURROGATES = re.compile("[\ud800-\udfff]+")
_KEY_LENGTH = 20
"""From this length on, a name that equals a credential is that credential in a wrong place."""


def build_target(
    sources: Sources,
    selected: Selected,
    secrets: tuple[Secret, ...],
    trust: ConfigProblem | None,
) -> Target:
    """One target with all its problems.

    `secrets` as from `all_secrets`; `trust` is what is wrong with the CA bundle, the same for
    every target.
    """
    layers = levels(sources, selected)
    plain = frozenset(item.reveal().strip() for item in secrets if len(item) >= _KEY_LENGTH)
    chosen = choose_endpoint(layers, plain)
    key = choose_key(layers, sources.environ)
    auth = _first(layer.auth for layer in layers)
    mode = _mode(auth, key, chosen)
    ready = merged_settings(sources).get(AUTH_TOKEN)
    bearer = ready if ready and mode == "entra" and not auth and is_jwt(ready.value) else None
    azure = {
        "scope": _first(layer.scope for layer in layers),
        "tenant": _first(layer.tenant for layer in layers),
        "subscription": _first(layer.subscription for layer in layers),
        "resource_group": _first(layer.resource_group for layer in layers),
    }
    deployments, unnamed = _deployments(sources, layers)
    host = chosen.endpoint.host
    token = merged_settings(sources).get(AUTH_TOKEN)
    credentials = credential_problems(key, token, host, sources.environ, mode)
    asked = [one for layer in layers for one in (layer.subscription, layer.resource_group)]
    arm = mode == "entra" or _asked_for(*asked)
    proxy = proxy_problem(sources.environ, host)
    scrub = Scrubber(secrets)
    # With Resource Manager in use, the account itself says which deployments there are.
    unnamed = None if arm else unnamed
    found = (chosen.problem, *credentials, unnamed, trust, proxy)
    return Target(
        name=selected.name,
        resource=chosen.endpoint.resource,
        base_url=chosen.endpoint.base_url,
        host=host,
        port=chosen.endpoint.port,
        cloud=chosen.cloud,
        auth=auth.value if auth else "auto",
        mode=mode,
        key=key.secret if key and mode == "key" else None,
        deployments=tuple(dict.fromkeys(item.value for item in deployments)),
        bearer=Secret(bearer.value.strip()) if bearer else None,
        scope=_value(azure["scope"]),
        tenant=_value(azure["tenant"]),
        subscription=_value(azure["subscription"]),
        resource_group=_value(azure["resource_group"]),
        arm=arm,
        provenance=_provenance(
            chosen, key if mode == "key" else None, auth, deployments, azure | {"token": bearer}
        ),
        problems=tuple(_scrubbed(item, scrub) for item in found if item is not None),
        secrets=secrets,
        expect=_expected(sources.config, selected),
        suppress=tuple(
            one
            for one in (sources.config.suppress if sources.config else ())
            if one.target in (None, selected.name)
        ),
    )


def _expected(config: ConfigFile | None, selected: Selected) -> tuple[Expectation, ...]:
    """What the target must be: its own entry's word stands before the top level's."""
    if config is None:
        return ()
    found = {one.name: one for one in config.expect.get(None, ())}
    found.update({one.name: one for one in config.expect.get(selected.name, ())})
    return tuple(found.values())


def _first(settings: Iterable[Setting | None]) -> Setting | None:
    return next((item for item in settings if item), None)


def _value(setting: Setting | None) -> str | None:
    return setting.value if setting else None


def _mode(auth: Setting | None, key: Credential | None, chosen: Chosen) -> str | None:
    """`key` when one is to be used and set, `entra` when asked for or when there is no key.

    A level that names a key's variable (`key_env`) means a key, set or not; a gateway expects a
    credential of its own, so no Entra token goes there unasked.
    """
    wanted = auth.value if auth else "auto"
    usable = key is not None and key.secret is not None
    if wanted == "entra":
        return "entra"
    if usable:
        return "key"
    host = chosen.endpoint.host
    gateway = host is not None and is_gateway(host)
    return None if wanted == "key" or key is not None or gateway else "entra"


def _asked_for(*settings: Setting | None) -> bool:
    """Whether a flag or the config file names it: a variable that Azure tools share does not."""
    return any(item is not None and not item.source.startswith("env ") for item in settings)


def _provenance(
    chosen: Chosen,
    key: Credential | None,
    auth: Setting | None,
    deployments: tuple[Setting, ...],
    azure: Mapping[str, Setting | None],
) -> dict[str, str]:
    """Where each value came from; a value that nothing set and that has no default is left out."""
    found = {**chosen.provenance, "auth": auth.source if auth else "default"}
    if key:
        found["key"] = key.source
    found.update({name: item.source for name, item in azure.items() if item})
    if deployments:
        found["deployments"] = ", ".join(dict.fromkeys(item.source for item in deployments))
    return found


def merged_settings(sources: Sources) -> dict[str, Setting]:
    """The variables as Claude Code sees them: its files below the environment."""
    return {**sources.claude.env, **environment_settings(sources.environ)}


def elsewhere(sources: Sources) -> str | None:
    """The switch that sends Claude Code to another provider, wherever it is set."""
    values = {name: setting.value for name, setting in sources.claude.env.items()}
    return other_provider({**values, **sources.environ})


def all_secrets(sources: Sources) -> tuple[Secret, ...]:
    """Every credential in any setting, used or not, each once."""
    found = secrets_in(sources.environ)
    for name, value in sources.claude.everything:
        found += secrets_in({name: value}, any_name=True)
    layers: list[Layer] = [flag_layer(sources.flags)]
    if sources.config:
        layers += [sources.config.defaults, *sources.config.targets.values()]
    for layer in layers:
        found += [Secret(value) for value in _misplaced(layer)]
        if layer.key_env:
            found.append(Secret(sources.environ.get(layer.key_env.value, "")))
    # A byte that is no UTF-8 stands as a lone surrogate in the environment, and text with one can
    # be neither printed nor URL-encoded: what could show up are the parts around it.
    parts = (part for item in found for part in _SURROGATES.split(item.reveal()))
    return tuple(Secret(part) for part in dict.fromkeys(parts) if part.strip())


def _misplaced(layer: Layer) -> Iterable[str]:
    """Credentials where an endpoint or a deployment's name belongs."""
    for setting in (layer.resource, *layer.deployments):
        if setting and is_misplaced(setting.value):
            yield setting.value
    if layer.base_url and looks_secret(layer.base_url.value):
        yield layer.base_url.value
    for setting in (layer.resource, layer.base_url):
        if setting:
            yield from credentials_in(setting.value)


def _deployments(
    sources: Sources, layers: list[Layer]
) -> tuple[tuple[Setting, ...], ConfigProblem | None]:
    """The deployments to examine, and the problem when there are none."""
    named = next((layer.deployments for layer in layers if layer.deployments), ())
    if named:
        return named, None
    detail = "no deployment is named"
    if elsewhere(sources) is None:
        models, aliases = model_deployments(merged_settings(sources))
        if models:
            return models, None
        if aliases:
            names = ", ".join(item.name for item in aliases)
            detail += f"; {names} only holds an alias of Claude Code, which names no deployment"
    return (), problem(
        "config-missing",
        f"Nothing says which deployment to examine: {detail}. Name one with --deployment.",
        setting="flag --deployment",
        detail=detail,
        config__deployment="missing",
    )


def _scrubbed(item: ConfigProblem, scrub: Scrubber) -> ConfigProblem:
    """The last line of defence: a secret typed in a wrong place must not come back in a text."""
    facts = {
        name: scrub(value) if isinstance(value, str) else value
        for name, value in item.facts.items()
    }
    return replace(item, summary=scrub(item.summary), facts=facts)
