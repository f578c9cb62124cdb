"""Sentences about the settings that are worth showing and are no failure."""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Setting
from .environment import API_KEY, AUTH_TOKEN, BASE_URL, RESOURCE, USE_FOUNDRY, is_on
from .levels import Selected, Sources, levels
from .target import elsewhere, merged_settings


def notes(sources: Sources, selected: tuple[Selected, ...]) -> tuple[str, ...]:
    """All notes, each once; none of them holds a value."""
    found = [*sources.claude.notes, *_where(sources), *_claude_code(sources)]
    for item in selected:
        found += _overridden(sources, item)
    return tuple(dict.fromkeys(found))


def _where(sources: Sources) -> Iterator[str]:
    config = sources.config
    if config and not sources.flags.config and "/" in config.shown:
        yield f"Settings come from {config.shown}, found above the working directory."


def _overridden(sources: Sources, selected: Selected) -> Iterator[str]:
    """Endpoints of weaker levels that differ from the one examined."""
    used: Setting | None = None
    for layer in levels(sources, selected):
        for setting in (layer.base_url, layer.resource):
            if setting is None or used is setting:
                continue
            if used is None:
                used = setting
                break  # both at one level are a conflict, which is a problem and no note
            if setting.value.rstrip("/") == used.value.rstrip("/"):
                continue
            text = f"{setting.source} is set too, but {used.source} comes first."
            if setting.source == f"env {BASE_URL}" and used.name == "resource":
                text += " AnthropicFoundry(resource=…) raises while that variable is set."
            yield text


def _claude_code(sources: Sources) -> Iterator[str]:
    merged = merged_settings(sources)
    token, key = merged.get(AUTH_TOKEN), merged.get(API_KEY)
    if token and key:
        yield f"{token.source} is set too: Claude Code sends it instead of the key; SDKs do not."
    switch = elsewhere(sources)
    if switch:
        yield f"{switch} is on: Claude Code's model variables name no deployments of Foundry."
    in_files = any(name in sources.claude.env for name in (RESOURCE, BASE_URL))
    set_in_file = sources.claude.env.get(USE_FOUNDRY)
    on = sources.environ.get(USE_FOUNDRY) or (set_in_file.value if set_in_file else None)
    if in_files and not switch and not is_on(on):
        yield f"Claude Code does not use Foundry until {USE_FOUNDRY}=1 is set."
