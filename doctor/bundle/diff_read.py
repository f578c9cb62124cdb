"""The two inputs of `diff`: a report as `run -o json` prints it, or a bundle that holds one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..errors import UsageError
from ..noun import Noun
from ..report.document import TOOL
from .diff_values import objects, said
from .opening import read_archive

MAX_REPORT = 32 << 20
"""Bytes: a report of several targets has a few hundred thousand."""
MEMBER = "report.json"


class Side(Noun):
    """One input, read. `reports`: one document a target."""

    name: str
    reports: tuple[dict[str, Any], ...]


def read_side(path: Path) -> Side:
    """Read one input. Raises UsageError where there is no report in it."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_REPORT + 1)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "no path"
        raise _unreadable(path, str(why)) from error
    if data.startswith(b"PK"):
        member = read_archive(path).files.get(MEMBER)
        if member is None:
            raise _unreadable(path, f"it holds no {MEMBER}, so it is no bundle")
        data = member
    if len(data) > MAX_REPORT:
        raise _unreadable(path, f"it has more than {MAX_REPORT >> 20} MB")
    return Side(path.name, _reports(path, data))


def _reports(path: Path, data: bytes) -> tuple[dict[str, Any], ...]:
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise _unreadable(path, "it is no JSON document") from error
    if not isinstance(document, dict) or said(_tool(document)) != TOOL:
        raise _unreadable(path, "it is no document of foundry-doctor")
    version = document.get("schema_version")
    if not isinstance(version, str) or version.partition(".")[0] != "1":
        raise _unreadable(path, f"its schema_version is {version!a}, this program reads 1.x"[:200])
    reports = tuple(objects(document, "reports")) if "reports" in document else (document,)
    if not reports or not all(isinstance(one.get("verdict"), str) for one in reports):
        raise _unreadable(path, "it is a document of foundry-doctor, but no report of a run")
    return reports


def _tool(document: dict[str, Any]) -> Any:
    tool = document.get("tool")
    return tool.get("name") if isinstance(tool, dict) else None


def _unreadable(path: Path, why: str) -> UsageError:
    return UsageError(
        f"{path} cannot be read as a report: {why}",
        advice="Name what `foundry-doctor run -o json` printed, or a bundle.",
    )
