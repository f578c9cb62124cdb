"""`--wait`: look again until nothing fails, slowly enough to disturb nobody."""

from __future__ import annotations

import time
from collections.abc import Callable

from ..engine.registry import Check
from ..model import Report, Status
from ..noun import replace
from .examine import Examination
from .progress import Progress
from .signals import Terminated

INTERVAL = 30.0
"""Seconds between two looks, at least: limits can be 40 calls a minute (the contract)."""
SOUND = (0, 4)
"""Exit codes with which there is nothing to wait for."""


def until_it_works(
    make: Callable[[], Examination],
    seconds: float,
    checks: tuple[Check, ...],
    progress: Progress,
    *,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> tuple[Report, str | None]:
    """The last look's report, with the calls of all; and how it was stopped, if it was.

    It ends early where waiting cannot help: what fails before any packet leaves stays so.
    """
    started, offline = clock(), {one.id for one in checks if one.tier == "offline"}
    first: Report | None = None
    calls = tokens = attempts = 0
    while True:
        examination = make()
        report, stopped = examination.look()
        attempts += 1
        calls, tokens = calls + report.run.calls, tokens + report.run.tokens_billed
        first = first or report
        left = seconds - (clock() - started)
        pause = max(INTERVAL, _asked_for(report))
        hopeless = report.exit_code in SOUND or _before_any_packet(report, offline)
        if stopped is None and not hopeless and pause <= left:
            try:
                _pause(report, pause, left, progress, sleep)
                continue
            except KeyboardInterrupt:
                stopped = "interrupted"
            except Terminated:
                stopped = "terminated"
            report = examination.report(stopped)
        run = replace(
            report.run,
            id=first.run.id,
            started_at=first.run.started_at,
            duration_ms=(clock() - started) * 1000,
            calls=calls,
            tokens_billed=tokens,
            attempts=attempts,
        )
        return replace(report, run=run), stopped


def _before_any_packet(report: Report, offline: set[str]) -> bool:
    failed = {row.id for row in report.checks if row.status is Status.FAIL}
    return bool(failed) and failed <= offline


def _asked_for(report: Report) -> float:
    """The longest Retry-After of the failures, seconds."""
    told = [
        value
        for row in report.checks
        if row.status is Status.FAIL
        and isinstance(value := row.facts.get("http.retry_after_s"), int)
    ]
    return float(max(told, default=0))


def _pause(
    report: Report, pause: float, left: float, progress: Progress, sleep: Callable[[float], None]
) -> None:
    cause = report.diagnosis[0].cause if report.diagnosis else report.verdict.value
    progress.announce(
        f"still {cause}; looking again in {pause:.0f} s, for {_minutes(left)} more at most"
    )
    end = pause
    while end > 0:
        step = min(1.0, end)
        sleep(step)  # in small steps: a signal ends it soon
        end -= step


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"
