"""One target examined: the context built, the runner run, the report put together."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .._version import __version__
from ..calls import Options
from ..context import Context
from ..engine.discovery import Found
from ..engine.registry import Check
from ..engine.runner import Runner, Selection, rows
from ..engine.verdict import DEFECT, Rules, covered, judge, not_covered
from ..errors import DoctorError
from ..model import Accepted, Diagnosis, Report, ReportError, Result, Run, Status, Target
from ..network.connect import Connector
from ..network.trust import trusting_context
from ..noun import Noun, replace
from .defect import defect_text
from .progress import Progress
from .signals import Terminated
from .vantage import vantage

if TYPE_CHECKING:
    from ..engine.acceptance import Baseline

STOP_CODES = {"interrupted": 130, "terminated": 143}


class Setup(Noun):
    """What all targets of a run share."""

    environ: Mapping[str, str]
    options: Options
    selection: Selection
    found: Found
    playbook_dirs: Sequence[Path]
    fail_on: str
    skip_missing: bool
    progress: Progress
    salt: str | None = None
    """With which the key's fingerprint is made; None for none."""
    baselines: Sequence[Baseline] = ()
    """What an earlier report has already, per target."""


class Examination:
    """The examination of one target; `report()` may be asked for at any time."""

    def __init__(
        self, target: Target, setup: Setup, run_id: str, started_at: str, started: float
    ) -> None:
        self._setup = setup
        self._run_id, self._started_at, self._started = run_id, started_at, started
        # Start-up lies before this clock and the report after the last check: both are the user's
        # time, too, so that the whole command ends inside the budget.
        deadline = started + setup.options.budget - min(1.25, setup.options.budget / 6)
        connector = Connector(
            setup.environ,
            lambda: trusting_context(setup.environ),
            timeout=setup.options.timeout,
            deadline=deadline,
        )
        self._context = Context(target, setup.options, connector, progress=setup.progress.say)
        self._target = target
        self._runner = Runner(
            setup.found.checks,
            setup.selection,
            self._context,
            deadline=deadline,
            starting=self._starting,
        )

    def run(self) -> None:
        """Run the checks."""
        try:
            self._runner.run()
        finally:
            self._context.close()

    def look(self) -> tuple[Report, str | None]:
        """Run, and the report; with how it was stopped, if it was."""
        stopped = None
        try:
            self.run()
        except KeyboardInterrupt:
            stopped = "interrupted"
        except Terminated:
            stopped = "terminated"
        return self.report(stopped), stopped

    def report(self, stopped: str | None = None) -> Report:
        """The report on what is known now; `stopped` is `interrupted` or `terminated`."""
        setup = self._setup
        if stopped:
            self._runner.interrupt(f"not run: {stopped}")
        restricted = bool(setup.selection.only) or setup.selection.tier == "offline"
        results = [*rows(self._runner.results), *self._broken_plugins(restricted)]
        defect: ReportError | None = None
        diagnosis: tuple[Diagnosis, ...] = ()
        try:
            diagnosis, more = self._diagnose(results)
            results += more
        except DoctorError:
            raise
        # What the checks saw must survive a defect in explaining it.
        except Exception as error:  # noqa: BLE001
            defect = ReportError("internal", defect_text(error))
        # With the deployments that Resource Manager may have named, and the tokens of this run:
        # whoever writes files of a report must know every secret that it met.
        target = replace(self._context.target, secrets=self._context.scrub.known)
        rules = Rules(restricted, setup.fail_on, setup.skip_missing, stopped is not None)
        accepted = () if stopped else self._accepted(results, diagnosis, target)
        outcome = judge(results, diagnosis, target, rules, accepted)
        data_plane = self._context.data_plane
        return Report(
            tool_version=__version__,
            run=Run(
                id=self._run_id,
                started_at=self._started_at,
                duration_ms=(time.monotonic() - self._started) * 1000,
                tier=setup.options.tier,
                calls=data_plane.calls + self._context.tenancy.calls,
                tokens_billed=data_plane.tokens_billed,
            ),
            vantage=vantage(setup.environ, self._target.host, self._target.port),
            target=target,
            verdict=outcome.verdict,
            exit_code=_exit_code(outcome.exit_code, stopped, defect),
            error=defect or _stopped(stopped),
            covered=covered(results, target),
            not_covered=not_covered(
                results, target, setup.options.tier, data_plane.possibly_billed
            ),
            diagnosis=diagnosis,
            checks=tuple(results),
            exchanges=tuple(self._context.client.exchanges),
            fingerprint=self._fingerprint(target),
            accepted=accepted,
        )

    def _accepted(
        self, results: Sequence[Result], diagnosis: Sequence[Diagnosis], target: Target
    ) -> tuple[Accepted, ...]:
        """What need not fail the run: a healthy one, and one without a policy, loads no code."""
        if not diagnosis or not (target.suppress or self._setup.baselines):
            return ()
        from ..engine.acceptance import accepted, baseline_of

        baseline = baseline_of(target, self._setup.baselines)
        today = self._context.today
        return accepted(results, diagnosis, target.suppress, baseline, today)

    def _fingerprint(self, target: Target) -> Mapping[str, str]:
        if self._setup.salt is None or target.key is None or target.mode != "key":
            return {}
        from ..fingerprint import fingerprint

        return fingerprint(target.key, self._setup.salt)

    def _starting(self, one: Check) -> None:
        self._setup.progress.say(f"{one.id}: {one.title}")

    def _broken_plugins(self, restricted: bool) -> list[Result]:
        return [
            Result(
                id=f"plugin.{one.name}",
                title="the plug-in loads",
                status=Status.ERROR,
                summary=self._context.scrub(f"{one.name} ({one.origin}): {one.problem}"),
                selected=not restricted,
            )
            for one in self._setup.found.broken
        ]

    def _diagnose(self, results: Sequence[Result]) -> tuple[tuple[Diagnosis, ...], list[Result]]:
        """Diagnoses, and an error row for each third party whose playbooks do not load.

        Playbooks are read only when there is something to explain: they cost more than a healthy
        run. Raises UsageError for a broken playbook that the user's own config names.
        """
        if not any(row.status in (Status.FAIL, Status.WARN) for row in results):
            return (), []
        from ..engine.diagnosis import diagnose
        from .books import load_playbooks

        playbooks, broken = load_playbooks(self._setup.playbook_dirs)
        return diagnose(results, self._context.target, playbooks, self._setup.found.checks), broken


def _exit_code(judged: int, stopped: str | None, defect: ReportError | None) -> int:
    if defect is not None:
        return DEFECT
    return STOP_CODES[stopped] if stopped else judged


def _stopped(how: str | None) -> ReportError | None:
    text = f"the run was {how}: rows marked `not run` are open"
    return ReportError(how, text) if how else None
