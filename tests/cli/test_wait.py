"""`--wait`: how often it looks, when it stops, and what its report says of all looks."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest

from foundry_doctor.cli.console import Console
from foundry_doctor.cli.examine import Examination
from foundry_doctor.cli.progress import Progress
from foundry_doctor.cli.signals import Terminated
from foundry_doctor.cli.wait import INTERVAL, until_it_works
from foundry_doctor.engine.registry import Check
from foundry_doctor.model import Finding, Report, Result, Run, Status, Target, Vantage, Verdict
from foundry_doctor.noun import replace

from ..conftest import Doctor

CHECKS = (
    Check("config.endpoint", "t", lambda _: Finding(Status.PASS, ""), tier="offline"),
    Check("rbac.role", "t", lambda _: Finding(Status.PASS, "")),
)


def report(code: int, failed: str | None = None, retry_after: int | None = None) -> Report:
    rows: tuple[Result, ...] = ()
    if failed:
        facts = {} if retry_after is None else {"http.retry_after_s": retry_after}
        rows = (Result(failed, "t", Status.FAIL, "s", facts=facts),)
    verdict = Verdict.FAILING if failed else Verdict.HEALTHY
    run = Run(f"run-{code}", "2026-11-25T00:00:00Z", 5.0, "free", calls=2, tokens_billed=1)
    return Report("0", run, Vantage("os", "3"), Target(), verdict, code, checks=rows)


class Script:
    """Looks that find, in turn, what the script says; time passes in sleep alone."""

    def __init__(self, *looks: Report | BaseException, sleeping: BaseException | None = None):
        self.looks = list(looks)
        self.slept: list[float] = []
        self.now = 0.0
        self.sleeping = sleeping

    def make(self) -> Examination:
        script, look = self, self.looks.pop(0)

        class Look(Examination):
            def __init__(self) -> None:
                pass

            def run(self) -> None:
                script.now += 1
                if isinstance(look, BaseException):
                    raise look

            def report(self, stopped: str | None = None) -> Report:
                found = report(0) if isinstance(look, BaseException) else look
                return replace(found, exit_code=130) if stopped else found

        return Look()

    def sleep(self, seconds: float) -> None:
        if self.sleeping is not None:
            raise self.sleeping
        self.slept.append(seconds)
        self.now += seconds

    def play(self, seconds: float, progress: Progress) -> tuple[Report, str | None]:
        return until_it_works(
            self.make, seconds, CHECKS, progress, sleep=self.sleep, clock=lambda: self.now
        )


@pytest.fixture
def said() -> tuple[Progress, Callable[[], str]]:
    err = io.StringIO()
    return Progress(Console(io.StringIO(), err, {})), err.getvalue


Said = tuple[Progress, Callable[[], str]]


def test_it_looks_again_until_nothing_fails(said: Said) -> None:
    script = Script(report(1, "rbac.role"), report(1, "rbac.role"), report(0))
    found, stopped = script.play(600, said[0])
    assert (found.exit_code, stopped) == (0, None)
    assert (found.run.attempts, found.run.calls, found.run.tokens_billed) == (3, 6, 3)
    assert found.run.id == "run-1", "the run is the one that began"
    assert sum(script.slept) == 2 * INTERVAL
    assert said[1]().count("looking again in 30 s") == 2


def test_a_healthy_target_is_looked_at_once(said: Said) -> None:
    script = Script(report(0))
    found, _ = script.play(600, said[0])
    assert (found.run.attempts, script.slept, said[1]()) == (1, [], "")


def test_it_never_looks_after_the_time_is_over(said: Said) -> None:
    script = Script(*[report(1, "rbac.role") for _ in range(9)])
    found, _ = script.play(100, said[0])
    assert found.exit_code == 1
    assert found.run.attempts == 4, "at 0, 31, 62 and 93 s"
    assert script.now <= 100


def test_what_fails_before_any_packet_leaves_is_not_waited_for(said: Said) -> None:
    script = Script(report(1, "config.endpoint"))
    found, _ = script.play(600, said[0])
    assert (found.exit_code, script.slept) == (1, [])


def test_retry_after_makes_it_slower_and_never_faster(said: Said) -> None:
    script = Script(report(5, "rbac.role", 75), report(5, "rbac.role", 3), report(0))
    script.play(600, said[0])
    assert sum(script.slept) == 75 + INTERVAL


def test_a_retry_after_beyond_the_time_ends_it_at_once(said: Said) -> None:
    script = Script(report(5, "rbac.role", 900))
    found, _ = script.play(600, said[0])
    assert (found.exit_code, script.slept) == (5, [])


@pytest.mark.parametrize(
    ("stop", "how"), [(KeyboardInterrupt(), "interrupted"), (Terminated(), "terminated")]
)
def test_it_can_be_stopped_while_it_waits_and_while_it_looks(
    said: Said, stop: BaseException, how: str
) -> None:
    waiting = Script(report(1, "rbac.role"), sleeping=stop)
    assert waiting.play(600, said[0])[1] == how
    looking = Script(report(1, "rbac.role"), stop)
    assert looking.play(600, said[0])[1] == how


@pytest.mark.parametrize("value", ["", "soon", "0", "-5m", "2d", "25h", "5 minutes"])
def test_what_is_no_duration_is_refused(doctor: Doctor, value: str) -> None:
    ran = doctor("run", f"--wait={value}", "--tier", "offline")
    assert ran.code == 2
    assert "90s, 15m or 1h" in ran.err
