"""foundry-doctor: why calls to Claude in Microsoft Foundry fail, proved by experiment.

The public API for check authors. Names load on first use: `--version` pays for none of them.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from ._version import __version__

if TYPE_CHECKING:
    from .calls import Answer as Answer
    from .context import Context as Context
    from .engine.registry import LAST as LAST
    from .engine.registry import Check as Check
    from .engine.registry import check as check
    from .model import Exchange as Exchange
    from .model import Facts as Facts
    from .model import FactValue as FactValue
    from .model import Finding as Finding
    from .model import Status as Status
    from .model import fail as fail
    from .model import ok as ok
    from .model import skip as skip
    from .model import unknown as unknown
    from .model import warn as warn

_HOMES = {
    "Answer": ".calls",
    "Context": ".context",
    "LAST": ".engine.registry",
    "Check": ".engine.registry",
    "check": ".engine.registry",
    "Exchange": ".model",
    "Facts": ".model",
    "FactValue": ".model",
    "Finding": ".model",
    "Status": ".model",
    "fail": ".model",
    "ok": ".model",
    "skip": ".model",
    "unknown": ".model",
    "warn": ".model",
}

__all__ = ["__version__", *_HOMES]  # noqa: PLE0604 - the table above is the list of names


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(home, __name__), name)
    globals()[name] = value
    return value
