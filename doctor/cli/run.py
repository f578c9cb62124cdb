"""The verb `run`: settings, checks in order, diagnosis, report."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from ..calls import Options
from ..engine.discovery import Found, find_checks
from ..engine.runner import Selection, validate
from ..errors import UsageError
from ..model import Report, Target
from ..network.client import new_guid, now_utc
from ..settings import Flags, Resolution, resolve_targets
from .console import Console
from .examine import Examination, Setup
from .output import UNWRITTEN, Look, report_files, write_files, write_reports
from .policy import baselines, check_suppressions, settled, tell
from .progress import Progress

STOPS = {"interrupted": 130, "terminated": 143}
WORST_FIRST = (70, 143, 130, 1, 5, 3, 4, 0)
"""Which of several targets' exit codes speaks for the run."""
Deliver = Callable[[Sequence[Report], Resolution, int], int]
"""What is done with the reports once they are printed: takes and returns the exit code."""


def run_verb(
    arguments: argparse.Namespace,
    console: Console,
    environ: Mapping[str, str],
    cwd: Path,
    home: Path,
    deliver: Deliver | None = None,
) -> int:
    """Examine the targets and print the report; returns the exit code."""
    flags = Flags(
        resource=arguments.resource,
        base_url=arguments.base_url,
        deployments=tuple(arguments.deployment),
        auth=arguments.auth,
        cloud=arguments.cloud,
        scope=arguments.scope,
        tenant=arguments.tenant,
        subscription=arguments.subscription,
        resource_group=arguments.resource_group,
        config=arguments.config,
        targets=tuple(arguments.target),
        all_targets=arguments.all_targets,
    )
    resolution = resolve_targets(flags, environ=environ, cwd=cwd, home=home)
    arguments = settled(arguments, resolution.options)
    selection = Selection(tuple(arguments.only), tuple(arguments.skip), arguments.tier)
    return examine_all(
        resolution,
        selection,
        options_of(arguments),
        console_of(arguments, console),
        environ,
        arguments,
        several=arguments.all_targets or len(arguments.target) > 1,
        deliver=deliver,
        cwd=cwd,
    )


def options_of(arguments: argparse.Namespace) -> Options:
    """The limits that the flags set."""
    return Options(
        tier=arguments.tier,
        timeout=min(arguments.timeout, arguments.budget),
        budget=arguments.budget,
        max_calls=arguments.max_calls,
    )


def console_of(arguments: argparse.Namespace, console: Console) -> Console:
    """The console, with `--no-color` taken into account."""
    return Console(console.out, console.err, console.environ, arguments.no_color)


def examine_all(
    resolution: Resolution,
    selection: Selection,
    options: Options,
    console: Console,
    environ: Mapping[str, str],
    arguments: argparse.Namespace,
    *,
    several: bool = False,
    deliver: Deliver | None = None,
    cwd: Path = Path(),
) -> int:
    """Examine every target one after another and write the report(s).

    `arguments` are settled: no option is open.
    """
    found = find_checks()
    validate(selection, found.checks)
    check_suppressions(resolution.suppress, found.checks)
    known = baselines(getattr(arguments, "baseline", None), cwd)
    wanted = report_files(getattr(arguments, "report", ()), cwd)
    if getattr(arguments, "plan", False):
        if arguments.output not in ("text", "json"):
            advice = f"Leave out `-o {arguments.output}`."
            raise UsageError("--plan prints text or JSON", advice=advice)
        from .plan import write_plan

        return write_plan(resolution.targets, selection, found.checks, console, arguments, environ)
    progress = Progress(console, spoken=arguments.verbose > 0)
    setup = Setup(
        environ=environ,
        options=options,
        selection=selection,
        found=found,
        playbook_dirs=resolution.playbook_dirs,
        fail_on=getattr(arguments, "fail_on", "fail"),
        skip_missing=getattr(arguments, "on_missing_credentials", "fail") == "skip",
        progress=progress,
        salt=_salt(arguments),
        baselines=known,
    )
    reports: list[Report] = []
    try:
        stopped = _each(resolution, setup, reports, getattr(arguments, "wait", None))
    finally:
        progress.close()
    for report in reports:
        if setup.skip_missing and report.exit_code == 0 and _no_credential(report):
            console.note("notice: no credential is configured, so nothing was examined (skipped)")
    for note in resolution.notes:
        console.note(f"note: {note}")
    tell(console, reports, resolution, known)
    codes = [report.exit_code for report in reports]
    code = stopped or next((code for code in WORST_FIRST if code in codes), max(codes))
    look = Look(console, arguments, environ, several, code)
    write_reports(reports, look)
    if not write_files(wanted, reports, look):
        code = code or UNWRITTEN
    return deliver(reports, resolution, code) if deliver is not None else code


def _salt(arguments: argparse.Namespace) -> str | None:
    salt: str | None = getattr(arguments, "fingerprint_salt", None)
    if salt is not None and len(salt) < 8:
        raise UsageError("--fingerprint-salt is too short", advice="Give 8 characters or more.")
    return salt


def _no_credential(report: Report) -> bool:
    return any(one.cause == "credentials-missing" for one in report.diagnosis)


def _each(resolution: Resolution, setup: Setup, reports: list[Report], wait: float | None) -> int:
    for target in resolution.targets:

        def make(target: Target = target) -> Examination:
            return Examination(target, setup, new_guid(), now_utc(), time.monotonic())

        if wait is not None:
            from .wait import until_it_works

            report, stopped = until_it_works(make, wait, setup.found.checks, setup.progress)
        else:
            report, stopped = make().look()
        reports.append(report)
        if stopped is not None:
            return STOPS[stopped]
    return 0


__all__ = ["Found", "examine_all", "run_verb"]
