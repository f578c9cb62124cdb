"""The levels of precedence of one target, the strongest first, and which targets are meant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, NamedTuple

from ..errors import UsageError
from ..model import Setting
from ..noun import Noun
from ..secret import MASK
from .claude_code import ClaudeSettings
from .environment import environment_layer, layer_of
from .keys import looks_secret
from .sources import AUTHS, CLOUDS, FILE_NAME, ConfigFile, Flags, Layer


class Sources(Noun):
    """Everything that was read, before any choice."""

    hidden: ClassVar = ("environ",)

    flags: Flags
    environ: Mapping[str, str]
    config: ConfigFile | None
    claude: ClaudeSettings


class Selected(NamedTuple):
    """A target to examine. `picked`: by a flag, so that its entry beats the environment."""

    name: str | None = None
    picked: bool = False


def check_flags(flags: Flags) -> None:
    """Raises UsageError for values and combinations that cannot be meant."""
    for name, value, choices in (("auth", flags.auth, AUTHS), ("cloud", flags.cloud, CLOUDS)):
        if value and value not in choices:
            text = f"--{name} takes one of {', '.join(choices)}"
            raise UsageError(text, advice=f"Use --{name} {choices[0]}, or leave it out.")
    if flags.targets and flags.all_targets:
        text = "--target and --all-targets exclude each other"
        raise UsageError(text, advice="Leave one of them out.")


def select(sources: Sources) -> tuple[Selected, ...]:
    """The targets that the flags and the config file mean; one without a name when none is named.

    Raises UsageError where a name is unknown, or where the choice is not clear.
    """
    flags = sources.flags
    defined = tuple(sources.config.targets) if sources.config else ()
    wanted = defined if flags.all_targets else tuple(dict.fromkeys(flags.targets))
    if flags.all_targets and not defined:
        text = "--all-targets: no target is defined"
        raise UsageError(text, advice=f"Define them under `targets:` in {FILE_NAME}.")
    for name in wanted:
        if name not in defined:
            raise _unknown(name, defined, sources.config)
    if len(wanted) > 1 and (flags.resource or flags.base_url):
        text = "--resource and --base-url name one endpoint, but several targets are selected"
        raise UsageError(text, advice="Select one target, or leave --resource and --base-url out.")
    if wanted:
        return tuple(Selected(name, picked=True) for name in wanted)
    return (_implied(sources, defined),)


def levels(sources: Sources, selected: Selected) -> list[Layer]:
    """What each level says about a target, the strongest level first."""
    config = sources.config
    entry = [config.targets[selected.name]] if config and selected.name else []
    order = [flag_layer(sources.flags)]
    order += entry if selected.picked else []
    order.append(environment_layer(sources.environ))
    order += [] if selected.picked else entry
    order += [config.defaults] if config else []
    order.append(layer_of(sources.claude.env))
    return order


def flag_layer(flags: Flags) -> Layer:
    """The command line's own settings."""
    return Layer(
        resource=_flag("resource", flags.resource),
        base_url=_flag("base-url", flags.base_url),
        deployments=tuple(
            Setting("deployments", name, "flag --deployment") for name in flags.deployments if name
        ),
        auth=_flag("auth", flags.auth),
        cloud=_flag("cloud", flags.cloud),
        scope=_flag("scope", flags.scope),
        tenant=_flag("tenant", flags.tenant),
        subscription=_flag("subscription", flags.subscription),
        resource_group=_flag("resource-group", flags.resource_group),
    )


def _flag(name: str, value: str | None) -> Setting | None:
    return Setting(name, value, f"flag --{name}") if value else None


def _implied(sources: Sources, defined: tuple[str, ...]) -> Selected:
    """The only target of the file, where nothing stronger or beside it names an endpoint."""
    top = sources.config.defaults if sources.config else Layer()
    above = (flag_layer(sources.flags), environment_layer(sources.environ), top)
    if not defined or any(layer.resource or layer.base_url for layer in above):
        return Selected()
    if len(defined) == 1:
        return Selected(defined[0])
    text = f"several targets are defined: {', '.join(defined)}"
    raise UsageError(text, advice="Choose with --target NAME, or take --all-targets.")


def _unknown(name: str, defined: tuple[str, ...], config: ConfigFile | None) -> UsageError:
    from difflib import get_close_matches

    name = MASK if looks_secret(name) else name
    if config is None:
        text = f"--target {name}: there is no {FILE_NAME} here or above"
        return UsageError(text, advice="Name one with --config, or write it with `init`.")
    if not defined:
        text = f"--target {name}: {config.shown} defines no targets"
        return UsageError(text, advice=f"Define them under `targets:` in {config.shown}.")
    near = get_close_matches(name, defined, n=1)
    advice = f"Did you mean {near[0]}? " if near else ""
    text = f"--target {name}: there is no such target in {config.shown}"
    return UsageError(text, advice=f"{advice}Known: {', '.join(defined)}.")
