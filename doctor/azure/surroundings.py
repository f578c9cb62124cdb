"""What the environment chooses for azure-identity, and how it is lent to it for a sign-in."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from ..network.proxies import bypassed, no_proxy
from ..secret import Secret

SECRET_NAMES = (
    "AZURE_CLIENT_SECRET", "AZURE_PASSWORD", "AZURE_CLIENT_CERTIFICATE_PASSWORD",
    "IDENTITY_HEADER", "MSI_SECRET", "SYSTEM_ACCESSTOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
)  # fmt: skip
TELEMETRY_OFF = {
    "AZURE_CORE_COLLECT_TELEMETRY": "0",
    "AZURE_DEV_COLLECT_TELEMETRY": "no",
    "POWERSHELL_TELEMETRY_OPTOUT": "1",
}
"""What az, azd and pwsh read; they inherit it."""

_GROUPS = {
    "secret": ("AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_TENANT_ID"),
    "certificate": ("AZURE_CLIENT_ID", "AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_TENANT_ID"),
    "password": ("AZURE_CLIENT_ID", "AZURE_USERNAME", "AZURE_PASSWORD"),
}
"""EnvironmentCredential's choices, in its order (azure-identity 1.27)."""
_TELLING = ("AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_PASSWORD")
AZURE_ASSET_TAG = "7783-7084-3265-9085-8269-3286-77"
"""The chassis asset tag of every Azure virtual machine (as cloud-init recognises them)."""
DMI = Path("/sys/class/dmi/id")
_IMDS = "http://169.254.169.254"
_LENT = threading.Lock()
"""`os.environ` is one for the process, so only one sign-in at a time may change it."""


def choice(environ: Mapping[str, str]) -> str:
    """AZURE_TOKEN_CREDENTIALS as azure-identity reads it; empty for the whole chain."""
    return environ.get("AZURE_TOKEN_CREDENTIALS", "").strip().lower()


def environment_kind(environ: Mapping[str, str]) -> str | None:
    """What EnvironmentCredential would use: `secret`, `certificate`, `password` or None.

    A variable that is set but empty counts as set, as it does there.
    """
    for kind, names in _GROUPS.items():
        if all(name in environ for name in names):
            return kind
    return None


def uses_password(environ: Mapping[str, str]) -> bool:
    """Whether a sign-in would send the user name and password of the environment."""
    chosen = choice(environ) in ("", "prod", "environmentcredential")
    return chosen and environment_kind(environ) == "password"


def missing_variables(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The variables that a half-set environment lacks, or that are set but empty.

    AZURE_CLIENT_ID or AZURE_TENANT_ID alone is no half: managed identities and developers' tools
    read them too. Both together are one, unless a workload or managed identity explains them.
    """
    kind = environment_kind(environ)
    if kind is not None:
        return tuple(f"{name} (empty)" for name in _GROUPS[kind] if not environ[name].strip())
    for name, group in zip(_TELLING, _GROUPS.values(), strict=True):
        if name in environ:
            return tuple(one for one in group if one not in environ)
    explained = environ.get("AZURE_FEDERATED_TOKEN_FILE") or explicit_identity(environ)
    if not explained and environ.get("AZURE_CLIENT_ID") and environ.get("AZURE_TENANT_ID"):
        return ("AZURE_CLIENT_SECRET",)
    return ()


def explicit_identity(environ: Mapping[str, str]) -> str | None:
    """The setting that asks for a managed identity or names its endpoint, if there is one."""
    if choice(environ) == "managedidentitycredential":
        return "AZURE_TOKEN_CREDENTIALS"
    names = ("IDENTITY_ENDPOINT", "MSI_ENDPOINT", "AZURE_POD_IDENTITY_AUTHORITY_HOST")
    return next((name for name in names if environ.get(name)), None)


def azure_indicated(environ: Mapping[str, str], dmi: Path = DMI) -> str | None:
    """Why a managed identity may be asked for here, in words; None where nothing says so."""
    named = explicit_identity(environ)
    if named:
        return f"{named} is set"
    if sys.platform == "win32":
        return _windows_agent()
    try:
        tag = (dmi / "chassis_asset_tag").read_text("ascii", "replace").strip()
    except OSError:  # no DMI: another platform, or a sandbox
        return None
    return "this is an Azure virtual machine" if tag == AZURE_ASSET_TAG else None


def _windows_agent() -> str | None:
    if sys.platform == "win32":
        import winreg

        try:
            with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, r"SOFTWARE\Microsoft\Windows Azure"):
                return "the Azure guest agent is installed"
        except OSError:
            return None
    return None


def identity_proxied(environ: Mapping[str, str]) -> str | None:
    """The variable through which an application's IMDS request would go to a proxy, or None."""
    url = environ.get("AZURE_POD_IDENTITY_AUTHORITY_HOST") or environ.get("IDENTITY_ENDPOINT")
    parts = urlsplit(url or environ.get("MSI_ENDPOINT") or _IMDS)
    if bypassed(parts.hostname or "", no_proxy(environ), 80):
        return None
    names = ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY")
    return next((name for name in names if environ.get(name)), None)


def known_secrets(environ: Mapping[str, str]) -> tuple[Secret, ...]:
    """Every secret that a sign-in from this environment could send, the projected token too."""
    found = [Secret(environ[name]) for name in SECRET_NAMES if environ.get(name)]
    found += _proxy_passwords(environ)
    path = environ.get("AZURE_FEDERATED_TOKEN_FILE")
    if path:
        try:
            with Path(path).open("rb") as file:
                text = file.read(65536).decode("utf-8", "replace").strip()
        except (OSError, ValueError):  # its absence is found, and told, by the sign-in itself
            text = ""
        if text:
            found.append(Secret(text))
    return tuple(found)


def _proxy_passwords(environ: Mapping[str, str]) -> list[Secret]:
    """Passwords in proxy URLs: requests may quote the whole URL when it cannot use it."""
    found = []
    for name, value in environ.items():
        if name.lower().endswith("_proxy") and "@" in value:
            pair = value.rpartition("@")[0].rpartition("//")[2]
            if ":" in pair:
                found.append(Secret(pair.partition(":")[2]))
    return found


@contextmanager
def lent(environ: Mapping[str, str], wait: float) -> Iterator[None]:
    """Let `os.environ` be this mapping, telemetry off, for the time of a sign-in.

    azure-identity, requests and the programs they start read nothing else. Only what differs is
    touched, and put back. Raises TimeoutError where an earlier sign-in still has it after `wait`
    seconds.
    """
    if not _LENT.acquire(timeout=max(0.0, wait)):
        raise TimeoutError("an earlier sign-in has not ended")
    touched: dict[str, str | None] = {}
    try:
        _become({**environ, **TELEMETRY_OFF}, touched)
        yield
    finally:
        for name, value in touched.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        _LENT.release()


def _become(wanted: Mapping[str, str], touched: dict[str, str | None]) -> None:
    for name in [one for one in os.environ if one not in wanted]:
        touched[name] = os.environ.pop(name)
    for name, value in wanted.items():
        if os.environ.get(name) != value:
            touched.setdefault(name, os.environ.get(name))
            os.environ[name] = value
