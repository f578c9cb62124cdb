"""The hosts that the program sends a reader to, and no other becomes a link."""

from __future__ import annotations

import re

DOC_HOSTS = (
    "learn.microsoft.com",
    "platform.claude.com",
    "docs.claude.com",
    "code.claude.com",
    "aka.ms",
    "azure.status.microsoft",
    "portal.azure.com",
    "ai.azure.com",
    "status.claude.com",
)
"""The only hosts that a playbook may send a reader to."""
URL = rf"^https://(?:{'|'.join(host.replace('.', '[.]') for host in DOC_HOSTS)})(?:[/?#]\S*)?$"


def is_documentation(url: str) -> bool:
    """Whether a URL is https and of one of these hosts, whatever a browser makes of the rest."""
    # A backslash is a slash to browsers, and what is not printable may vanish before they read.
    return url.isprintable() and "\\" not in url and re.fullmatch(URL, url) is not None
