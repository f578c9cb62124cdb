"""Every source of a setting, precedence and provenance: from the user's world to `Target`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .resolve import resolve_targets as resolve_targets
from .sources import Flags as Flags
from .sources import Resolution as Resolution

if TYPE_CHECKING:
    from .config_format import config_schema as config_schema
    from .config_format import init_text as init_text

__all__ = ["Flags", "Resolution", "config_schema", "init_text", "resolve_targets"]


def __getattr__(name: str) -> object:
    # The file format's own code is only for `schema config` and `init`.
    if name in ("config_schema", "init_text"):
        from . import config_format

        return getattr(config_format, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
