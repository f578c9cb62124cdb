"""Building DefaultAzureCredential as the user's application gets it, bounded and watched."""

from __future__ import annotations

import shutil
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ..noun import Noun
from .clouds import cloud_named, is_microsoft_authority
from .pipelines import NAME as PIPELINES
from .pipelines import pipelines_keywords, pipelines_lack
from .recorder import Log, Recorder
from .surroundings import azure_indicated, choice

IDENTITY_LIMIT = 3.0
"""Seconds that a managed identity's endpoint gets: alone, azure-identity would wait 36."""
_CHILDREN = {
    "AzureCliCredential": ("az", "az account get-access-token"),
    "AzureDeveloperCliCredential": ("azd", "azd auth token"),
    "AzurePowerShellCredential": ("pwsh", "pwsh Get-AzAccessToken"),
}
_CHOICE_OF = {
    "AzureCliCredential": "azureclicredential",
    "AzureDeveloperCliCredential": "azuredeveloperclicredential",
    "AzurePowerShellCredential": "azurepowershellcredential",
}


class Authority(Noun):
    """The login host in force. `problem` says why it cannot be used."""

    url: str
    host: str
    port: int
    own: bool
    """True where it is not Microsoft's: instance discovery would ask Microsoft about it."""
    source: str
    problem: str | None = None
    of_cloud: bool = False
    """True where only the cloud that was asked for names it, and it is not the public one."""


def authority_of(environ: Mapping[str, str], cloud: str) -> Authority:
    """AZURE_AUTHORITY_HOST, else the cloud's own; it must be https."""
    named = environ.get("AZURE_AUTHORITY_HOST", "").strip()
    source = "env AZURE_AUTHORITY_HOST" if named else f"cloud {cloud}"
    url = named or cloud_named(cloud).authority_host
    url = (url if "://" in url else f"https://{url}").rstrip("/ ")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or 443
    except ValueError:
        return Authority(url, "", 443, True, source, "it is no valid URL")
    problem = None
    if parts.scheme != "https":
        problem = "it must be an https URL: a credential only travels over TLS"
    elif not host:
        problem = "it names no host"
    elif parts.username or parts.password:
        problem = "it holds a user name or password"
    of_cloud = not named and cloud_named(cloud).name != "public"
    return Authority(url, host, port, not is_microsoft_authority(host), source, problem, of_cloud)


@dataclass(slots=True)
class Chain:
    """A DefaultAzureCredential under watch, with what was decided in building it."""

    credential: Any
    log: Log
    not_asked: tuple[tuple[str, str], ...] = ()
    """(credential, reason) of those left out by the doctor's own rules."""


class Bounds(Noun):
    """Seconds: of one network wait, of one child process."""

    network: float
    process: float


def build(
    environ: Mapping[str, str],
    authority: Authority,
    bounds: Bounds,
    log: Log,
    *,
    allow_processes: bool,
) -> Chain:
    """The chain for this environment, which must already be the process's own.

    Raises what azure-identity's constructors raise: ValueError, mostly.
    """
    from azure.identity import DefaultAzureCredential

    excluded: dict[str, bool] = {"exclude_interactive_browser_credential": True}
    not_asked: list[tuple[str, str]] = []
    chosen = choice(environ)
    where = azure_indicated(environ)
    if where is None and chosen in ("", "prod"):
        excluded["exclude_managed_identity_credential"] = True
        not_asked.append(("ManagedIdentityCredential", "not asked: nothing indicates Azure here"))
    if not allow_processes and chosen not in _CHOICE_OF.values():
        for key in ("cli", "developer_cli", "powershell"):
            excluded[f"exclude_{key}_credential"] = True
        if chosen != "prod":
            not_asked += [(name, "not asked: it starts a program") for name in sorted(_CHILDREN)]
    if not chosen and not _shared_cache(environ):
        excluded["exclude_shared_token_cache_credential"] = True
    lack = pipelines_lack(environ) if chosen in ("", "prod") else None
    if lack is not None:
        not_asked.append((PIPELINES, f"not asked: {lack}"))
    chain = Chain(None, log, tuple(not_asked))
    common: dict[str, Any] = {
        "authority": authority.url,
        "disable_instance_discovery": True if authority.own else None,
        **_wire(bounds.network, log),
    }
    made = DefaultAzureCredential(process_timeout=bounds.process, **common, **excluded)
    members = _with_pipelines(made.credentials, environ, chosen, common)
    made.credentials = tuple(_watched(one, environ, chain) for one in members)
    log.constructing = False
    chain.credential = made
    return chain


def _shared_cache(environ: Mapping[str, str]) -> bool:
    """Whether there is a cache to look into: azure-identity makes its folder only to find none."""
    base = environ.get("LOCALAPPDATA") if sys.platform.startswith("win") else "~"
    return Path(base or "~").expanduser().joinpath(".IdentityService").is_dir()


def _with_pipelines(
    members: tuple[Any, ...], environ: Mapping[str, str], chosen: str, common: dict[str, Any]
) -> tuple[Any, ...]:
    """The chain with AzurePipelinesCredential in it, where the job's variables set it up.

    After what the environment states outright, before what only the machine or a person's sign-in
    offers. `az`, signed in by the same service connection, keeps an assertion of some minutes; this
    credential asks for a fresh one.
    """
    keywords = pipelines_keywords(environ) if chosen in ("", "prod") else None
    if keywords is None:
        return members
    from azure.identity import AzurePipelinesCredential

    stated = ("EnvironmentCredential", "WorkloadIdentityCredential")
    place = sum(type(one).__name__ in stated for one in members)
    own = AzurePipelinesCredential(**keywords, **common)
    return (*members[:place], own, *members[place:])


def _wire(timeout: float, log: Log) -> dict[str, Any]:
    """No retry inside: each would be one more sign-in, and the doctor repeats by its own rule."""
    return {
        "connection_timeout": timeout,
        "read_timeout": timeout,
        "retry_total": 0,
        "retry_connect": 0,
        "retry_read": 0,
        "retry_status": 0,
        "raw_request_hook": log.asked,
        "raw_response_hook": log.answered,
    }


def _watched(credential: Any, environ: Mapping[str, str], chain: Chain) -> Recorder:
    from azure.identity import CredentialUnavailableError, ManagedIdentityCredential

    if isinstance(credential, ManagedIdentityCredential):
        credential.close()
        return Recorder(
            _direct_identity(environ, chain.log),
            chain.log,
            limit=IDENTITY_LIMIT,
            too_late=lambda: CredentialUnavailableError(
                message="ManagedIdentityCredential authentication unavailable, no response from"
                f" the IMDS endpoint within {IDENTITY_LIMIT:g} s."
            ),
        )
    return Recorder(credential, chain.log, on_begin=lambda name: _note_program(name, chain.log))


def _note_program(credential: str, log: Log) -> None:
    program, words = _CHILDREN.get(credential, ("", ""))
    if program and shutil.which(program):
        log.processes.append(words)


def _direct_identity(environ: Mapping[str, str], log: Log) -> Any:
    """The managed identity as DefaultAzureCredential makes it, but never through a proxy.

    Its token is worth as much as a secret, and the endpoint speaks plain http.
    """
    from azure.identity import ManagedIdentityCredential

    wire = _wire(1.0, log) | {"read_timeout": 2.0, "retry_total": 1, "retry_status": 1}
    return ManagedIdentityCredential(
        client_id=environ.get("AZURE_CLIENT_ID"),
        use_env_settings=False,
        retry_backoff_factor=0.2,
        retry_backoff_max=1,
        **wire,
    )


def warm_up() -> threading.Thread:
    """Import azure-identity in a daemon thread (0.3 s), so that other waiting overlaps with it."""

    def work() -> None:
        import azure.identity  # noqa: F401 - the import itself is the work

    thread = threading.Thread(target=work, name="import azure.identity", daemon=True)
    thread.start()
    return thread
