"""The production host names of the planes, by which one port may serve them all."""

from __future__ import annotations

from collections.abc import Sequence

LOGIN_HOSTS = ("login.microsoftonline.com", "login.windows.net")
ARM_HOST = "management.azure.com"


def is_shared(names: Sequence[str]) -> bool:
    """Whether the certificate's names ask for one port for all hosts."""
    return any(name in names for name in (*LOGIN_HOSTS, ARM_HOST))
