"""A comparison as text and as one JSON document."""

from __future__ import annotations

from typing import Any

from .._version import __version__
from ..report.document import SCHEMA_VERSION, TOOL
from ..report.layout import Page, to_ansi, to_text
from ..report.rows import count
from .diff import Comparison
from .diff_values import short

MAX_VALUE = 2000
LABELS = {"deployment": "DEPLOY"}
"""Where the word is too long for the first column."""


def diff_document(found: Comparison | None, names: tuple[str, str], error: Any = None) -> Any:
    """The document of `diff -o json`; without a comparison the skeleton with its error."""
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": TOOL, "version": __version__},
        "error": error,
        "same": None if found is None else not found.differences,
        "a": names[0],
        "b": names[1],
        "differences": [
            {"area": one.area, "target": one.target or None, "what": one.what,
             "a": short(one.a, MAX_VALUE) or None, "b": short(one.b, MAX_VALUE) or None,
             "text": one.text}
            for one in (found.differences if found else ())
        ],
        "not_compared": [
            {"what": one.what, "why": one.why} for one in (found.not_compared if found else ())
        ],
    }  # fmt: skip


def diff_text(
    found: Comparison,
    names: tuple[str, str],
    *,
    width: int,
    color: bool = False,
    ascii_only: bool = False,
    quiet: bool = False,
) -> str:
    """The comparison for a reader: how much, then each difference, the gravest first."""
    page = Page(width, ascii=ascii_only)
    number = len(found.differences)
    if number:
        page.field("DIFFERENT", ("strong", f"{count(number, 'difference')}, A -> B."), style="warn")
    else:
        page.field("SAME", ("strong", "Nothing differs but what chance decides."), style="pass")
    page.field("A", names[0])
    page.field("B", names[1])
    if not quiet:
        if number:
            page.blank()
        area = ""
        for one in found.differences:
            label = LABELS.get(one.area, one.area).upper()
            page.field(label if one.area != area else "", one.text)
            area = one.area
        page.blank()
        page.bullets("SKIPPED", [f"{one.what}: {one.why}." for one in found.not_compared])
    lines = page.lines
    while lines and not lines[-1]:
        lines.pop()
    return to_ansi(lines) if color else to_text(lines)
