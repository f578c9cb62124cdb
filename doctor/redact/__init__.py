"""What must not leave: secrets by their shape and by their value, persons, and, in public, names.

`redact` knows shapes only and serves every text of foreign origin; `Redactor` adds the values of
one run, the person's names and paths, and the pseudonyms of the public profile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .shapes import redact

if TYPE_CHECKING:
    from .redactor import RedactionRefused as RedactionRefused
    from .redactor import Redactor as Redactor

__all__ = ["RedactionRefused", "Redactor", "redact"]


def __getattr__(name: str) -> object:
    # `explain` needs the shapes alone, in every run: the rest is loaded where it is used.
    if name not in ("RedactionRefused", "Redactor"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from . import redactor

    return getattr(redactor, name)
