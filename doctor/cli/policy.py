"""What decides the exit code beside the checks: options by default, suppressions, a baseline."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..engine.registry import Check
from ..errors import UsageError
from ..model import Report, Suppression
from ..settings import Resolution
from .argument_types import seconds
from .console import Console

if TYPE_CHECKING:
    from ..engine.acceptance import Baseline

BUILT_IN: Mapping[str, Any] = {
    "tier": "free",
    "timeout": 5.0,
    "budget": 30.0,
    "max_calls": None,
    "only": (),
    "skip": (),
    "fail_on": "fail",
    "on_missing_credentials": "fail",
}


def settled(arguments: argparse.Namespace, options: Mapping[str, Any]) -> argparse.Namespace:
    """The arguments with nothing open: flag, else the config file's `defaults:`, else built-in.

    `implied` tells that no format was asked for. Raises UsageError for a limit out of range.
    """
    values = dict(vars(arguments))
    values["implied"] = values.get("output") is None
    values["output"] = values.get("output") or "text"
    for name, built_in in BUILT_IN.items():
        if name in values and not values[name] and values[name] != 0:
            values[name] = options.get(name, built_in)
    for name in ("timeout", "budget"):
        try:
            seconds(str(values.get(name, 1)))
        except argparse.ArgumentTypeError as error:
            advice = f"Correct `defaults: {name}` in the config file."
            raise UsageError(f"{name}: {error}", advice=advice) from error
    return argparse.Namespace(**values)


def check_suppressions(suppress: Sequence[Suppression], checks: Sequence[Check]) -> None:
    """Raises UsageError for a cause or check that does not exist: it would never forgive."""
    if not suppress:
        return
    import fnmatch
    from difflib import get_close_matches

    from ..engine.causes import causes

    ids = [one.id for one in checks]
    for one in suppress:
        if one.cause is not None and one.cause not in causes():
            near = get_close_matches(one.cause, causes(), 1)
            advice = f"Did you mean {near[0]}?" if near else "See `foundry-doctor playbooks`."
            raise UsageError(f"{one.where}: there is no such cause", advice=advice)
        if one.check is not None and not fnmatch.filter(ids, one.check):
            advice = "Run `foundry-doctor checks` for the list."
            raise UsageError(f"{one.where}: no check has such an id", advice=advice)


def baselines(path: str | None, cwd: Path) -> tuple[Baseline, ...]:
    """What an earlier report holds, one entry a target. Raises UsageError for no report."""
    if not path:
        return ()
    from ..bundle.diff_read import read_side
    from ..engine.acceptance import Baseline

    side = read_side(cwd / path)
    return tuple(Baseline(side.name, _endpoint(one), _known(one)) for one in side.reports)


def _endpoint(report: Mapping[str, Any]) -> str | None:
    target = report.get("target")
    found = target.get("endpoint") if isinstance(target, dict) else None
    return found if isinstance(found, str) else None


def _known(report: Mapping[str, Any]) -> frozenset[tuple[str, str | None]]:
    """(cause, subject) of each diagnosis; a report of another shape has none."""
    found: set[tuple[str, str | None]] = set()
    listed = report.get("diagnosis")
    for one in listed if isinstance(listed, list) else ():
        cause = one.get("cause") if isinstance(one, dict) else None
        if not isinstance(cause, str):
            continue
        subjects = one.get("subjects")
        names = [name for name in subjects or () if isinstance(name, str)]
        found |= {(cause, name) for name in names} or {(cause, None)}
    return frozenset(found)


def tell(
    console: Console,
    reports: Sequence[Report],
    resolution: Resolution,
    known: Sequence[Baseline],
) -> None:
    """What a reader of the log should know about the policy and cannot see in a report."""
    from ..engine.acceptance import baseline_of, unused

    for one in unused(resolution.suppress, reports):
        named = one.cause or one.check
        console.note(f"note: {one.where}: nothing needed the suppression of {named} in this run")
    for report in reports if known else ():
        if baseline_of(report.target, known) is None:
            where = report.target.base_url or "this target"
            console.note(f"note: the baseline says nothing about {where}: everything counts as new")
