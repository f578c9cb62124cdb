"""What goes in: everything a bundle is made of, handed over by the command line."""

from __future__ import annotations

from typing import Any

from ..model import Explanation, Report
from ..noun import Noun
from ..secret import Secret

SCHEMA_VERSION = "1.0"
LIMIT = 4 << 20
"""Bytes: Azure's portal takes one file of at most 4 MB
(MicrosoftDocs/azure-docs, how-to-manage-azure-support-request.md)."""
TICKETS = ("microsoft", "anthropic")


class Log(Noun):
    """One `--log` file, explained. `excerpts`: (line number, text) of the lines that hold ids."""

    explanation: Explanation
    excerpts: tuple[tuple[int, str], ...] = ()


class Material(Noun):
    """What one run hands over. `several`: the reports stand in one document, as `run` prints it.

    `variables`: names, never values, of the environment variables that are set and matter here.
    `users`, `homes`: account names and home folders of the person. `vocabulary`: cause ids, check
    ids and other words of the program, which are never redacted.
    """

    reports: tuple[Report, ...]
    several: bool = False
    profile: str = "vendor"
    tickets: tuple[str, ...] = ("microsoft",)
    logs: tuple[Log, ...] = ()
    with_excerpts: bool = False
    notes: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    secrets: tuple[Secret, ...] = ()
    users: tuple[str, ...] = ()
    homes: tuple[str, ...] = ()
    vocabulary: tuple[str, ...] = ()


class Draft(Noun):
    """One file before it is redacted: text, or a JSON document.

    `drop`: 0 where the bundle is worth nothing without it; else the order in which files are left
    out of a bundle that is too large.
    """

    name: str
    what: str
    content: Any
    drop: int = 0


class LeftOut(Noun):
    """What a bundle does not hold, and why."""

    what: str
    why: str
