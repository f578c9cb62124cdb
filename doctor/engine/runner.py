"""Runs checks in order, one result at a time, whatever a check does.

A crash or a hang costs one row. An interruption or the end of the budget leaves every row that
is known. Each question runs in a daemon thread, so that one that never returns holds nobody.
"""

from __future__ import annotations

import fnmatch
import queue
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import isfinite
from typing import TYPE_CHECKING, Any

from ..errors import UsageError
from ..facts import problems
from ..model import FactValue, Finding, Result, Status
from ..noun import Noun
from .registry import TIERS, Check, in_order, met

if TYPE_CHECKING:
    from ..context import Context

BLOCKING = {Status.FAIL, Status.ERROR}
Observer = Callable[[Result], None]


class Selection(Noun):
    """What the user asked for: globs over check ids, and the highest tier."""

    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    tier: str = "free"

    def wants(self, one: Check) -> bool:
        """Whether a check is asked for by name; its tier is another question."""
        chosen = not self.only or any(fnmatch.fnmatchcase(one.id, glob) for glob in self.only)
        return chosen and not self.excludes(one)

    def excludes(self, one: Check) -> bool:
        return any(fnmatch.fnmatchcase(one.id, glob) for glob in self.skip)

    def affords(self, one: Check) -> bool:
        """Whether the tier allows it. `--only` of a paid check does not raise the tier."""
        return TIERS.index(one.tier) <= TIERS.index(self.tier)


def validate(selection: Selection, checks: Sequence[Check]) -> None:
    """Raises UsageError for a glob that fits no check, so that a typo is no silent pass."""
    ids = [one.id for one in checks]
    for flag, globs in (("--only", selection.only), ("--skip", selection.skip)):
        for glob in globs:
            if not fnmatch.filter(ids, glob):
                raise UsageError(
                    f"{flag} {glob}: no check has such an id",
                    advice="Known checks: " + ", ".join(sorted(ids)),
                )
    if not any(selection.wants(one) for one in checks):
        raise UsageError(
            "--only and --skip together leave no check to run",
            advice="Run `foundry-doctor checks` for the list.",
        )
    wanted = [one for one in checks if selection.wants(one)]
    if all(one.follows for one in wanted):
        raise UsageError(
            f"{wanted[0].id} runs by itself after a failure that it can explain",
            advice=f"Select the whole family: --only '{wanted[0].family}.*'",
        )
    if not any(selection.affords(one) for one in wanted if not one.follows):
        raise UsageError(
            f"the tier {selection.tier} runs none of the selected checks",
            advice=f"{wanted[0].id} needs --tier {wanted[0].tier}.",
        )


class Runner:
    """One run over one context. `results` always holds what is known so far."""

    def __init__(
        self,
        checks: Sequence[Check],
        selection: Selection,
        context: Context,
        *,
        deadline: float,
        observe: Observer = lambda _: None,
        starting: Callable[[Check], None] = lambda _: None,
    ) -> None:
        self.results: list[Result] = []
        self._checks = in_order(checks)
        self._selection = selection
        self._context = context
        self._deadline = deadline
        self._observe = observe
        self._starting = starting
        self._statuses: dict[str, list[Status]] = {}
        self._roots: dict[str, str] = {}

    def run(self) -> list[Result]:
        """Run everything that is selected, what it needs, and the follow-ups of what failed."""
        wanted = self._wanted()
        plain = [one for one in self._checks if one.id in wanted and not one.follows]
        for one in plain:
            self._one(one, wanted[one.id])
        self._follow_ups()
        return self.results

    def interrupt(self, why: str) -> None:
        """Rows for what did not run any more."""
        wanted = self._wanted()
        for one in self._checks:
            if one.id in wanted and not one.follows and one.id not in self._statuses:
                self._add(one, [Finding(Status.SKIP, why)], 0.0, wanted[one.id])

    def _wanted(self) -> dict[str, bool]:
        """Id → selected by the user; False for what runs only because something needs it."""
        known = {one.id: one for one in self._checks}
        chosen = {
            one.id: True
            for one in self._checks
            if not one.follows
            and self._selection.wants(one)
            and self._selection.affords(one)
            and (self._applies(one) or one.id in self._selection.only)
        }
        stack = list(chosen)
        while stack:
            for need in known[stack.pop()].needs:
                if need not in chosen and not self._selection.excludes(known[need]):
                    chosen[need] = False
                    stack.append(need)
        return chosen

    def _applies(self, one: Check) -> bool:
        """Whether it is about something here; if not, there is no row, or a skip where one asks."""
        return one.applies is None or one.applies(self._context.target)

    def _one(self, one: Check, selected: bool) -> None:
        if not self._applies(one):
            text = "nothing in the settings is about this"
            self._add(one, [Finding(Status.SKIP, text)], 0.0, selected)
            return
        gate = self._gate(one)
        if gate is not None:
            text = f"not tested: nothing is sent while {gate} fails"
            self._add(one, [Finding(Status.SKIP, text)], 0.0, selected, gate)
            return
        blocker = self._blocker(one)
        if blocker is not None:
            text = f"not tested: {blocker} did not pass"
            self._add(one, [Finding(Status.SKIP, text)], 0.0, selected, blocker)
            return
        left = self._deadline - time.monotonic()
        if left <= 0:
            text = f"not tested: the budget of {self._context.options.budget:g} s is used up"
            self._add(one, [Finding(Status.UNKNOWN, text)], 0.0, selected)
            return
        self._starting(one)
        started = time.monotonic()
        findings = self._ask(one, left)
        self._add(one, findings, (time.monotonic() - started) * 1000, selected)

    def _blocker(self, one: Check) -> str | None:
        """The check that stands in the way: the first failed need, traced to its own root."""
        for need in one.needs:
            statuses = self._statuses.get(need)
            if statuses is None:
                continue  # skipped by the user's own --skip: run on without it
            # A need that does not apply here stands in nobody's way; one that was blocked does.
            if need in self._roots or all(status in BLOCKING for status in statuses):
                return self._roots.get(need, need)
        return None

    def _gate(self, one: Check) -> str | None:
        """An offline check that failed: with settings known to be wrong, no packet leaves."""
        if one.tier == "offline":
            return None
        offline = {known.id for known in self._checks if known.tier == "offline"}
        # An entry of the config file that is over says nothing about where packets would go.
        over = "suppress.expired"
        failed = (
            row.id for row in self.results if row.status is Status.FAIL and over not in row.facts
        )
        return next((id_ for id_ in failed if id_ in offline), None)

    def _ask(self, one: Check, left: float) -> list[Finding]:
        limit = min(left + 0.1, one.limit or max(20.0, 4 * self._context.options.timeout))
        box: queue.Queue[list[Finding] | BaseException] = queue.Queue(1)

        def work() -> None:
            try:
                box.put(_findings(one.question(self._context)))
            # Whatever a check raises becomes its error row; nothing may end the run from here.
            except BaseException as error:  # noqa: BLE001
                box.put(error)

        threading.Thread(target=work, name=f"check {one.id}", daemon=True).start()
        try:
            answer = box.get(timeout=limit)
        except queue.Empty:
            return [Finding(Status.ERROR, f"the check did not finish within {limit:.0f} s")]
        if isinstance(answer, BaseException):
            return [self._crash(one, answer)]
        wrong = [text for finding in answer for text in _defects(finding)]
        if not answer or wrong:
            what = "; ".join(wrong) or "it returned no finding"
            return [Finding(Status.ERROR, f"check {one.id} ({one.origin}) is defective: {what}")]
        return answer

    def _crash(self, one: Check, error: BaseException) -> Finding:
        frames = traceback.extract_tb(error.__traceback__)
        where = f" at {frames[-1].name}:{frames[-1].lineno}" if frames else ""
        # A message may quote anything, so it passes the scrubber like a server's text.
        words = self._context.scrub(f"{type(error).__name__}: {error}")[:300]
        return Finding(Status.ERROR, f"check {one.id} ({one.origin}) crashed{where}: {words}")

    def _add(
        self,
        one: Check,
        findings: Iterable[Finding],
        took: float,
        selected: bool,
        blocked_by: str | None = None,
    ) -> None:
        for finding in findings:
            result = Result(
                id=one.id,
                title=one.title,
                status=finding.status,
                summary=self._context.scrub(finding.summary),
                subject=finding.subject,
                cause=finding.cause,
                blocked_by=blocked_by,
                facts=_facts(finding, self._context.scrub),
                evidence=_evidence(finding, self._context.scrub),
                exchanges=finding.exchanges,
                duration_ms=took,
                selected=selected,
            )
            self.results.append(result)
            self._statuses.setdefault(one.id, []).append(finding.status)
            self._learn(result)
            self._observe(result)
        if blocked_by is not None:
            self._roots[one.id] = blocked_by

    def _learn(self, result: Result) -> None:
        # A deployment's facts are its own; a warning's facts describe what has passed.
        own = result.subject in self._context.target.deployments
        if not own and result.status is not Status.WARN:
            self._context.facts.update(result.facts)

    def _follow_ups(self) -> None:
        """Follow-ups whose condition a failed row meets, in order, until nothing new triggers."""
        ran: set[str] = set()
        candidates = [
            one
            for one in self._checks
            if one.follows and self._selection.affords(one) and not self._selection.excludes(one)
        ]
        progress = True
        while progress:
            progress = False
            for one in candidates:
                if one.id in ran:
                    continue
                selected = self._selection.wants(one)
                try:
                    triggered = self._triggered(one)
                # A condition may hold a plug-in's predicate, and that may raise anything.
                except Exception as error:  # noqa: BLE001
                    ran.add(one.id)
                    self._add(one, [self._crash(one, error)], 0.0, selected)
                    continue
                if triggered:
                    ran.add(one.id)
                    progress = True
                    self._one(one, selected)

    def _triggered(self, one: Check) -> bool:
        for result in self.results:
            if result.status not in (Status.FAIL, Status.UNKNOWN):
                continue
            facts = {**self._context.facts, **result.facts}
            if any(met(condition, facts) for condition in one.follows):
                return True
        return False


def _findings(answer: Finding | Iterable[Finding]) -> list[Finding]:
    if isinstance(answer, Finding):
        return [answer]
    found = list(answer)
    strangers = [item for item in found if not isinstance(item, Finding)]
    if strangers:
        raise TypeError(f"a check returns Findings, not {type(strangers[0]).__name__}")
    return found


def _defects(finding: Finding) -> list[str]:
    """What is wrong with a finding that a check has made, types first."""
    texts = {"summary": finding.summary}
    texts |= {
        name: value
        for name, value in {"subject": finding.subject, "cause": finding.cause}.items()
        if value is not None
    }
    wrong = [f"{name} is not a text" for name, value in texts.items() if not isinstance(value, str)]
    if not isinstance(finding.status, Status):
        wrong.append(f"status {finding.status!r} is not a Status")
    if not isinstance(finding.facts, Mapping) or not isinstance(finding.evidence, Mapping):
        return [*wrong, "facts and evidence are not mappings"]
    return [*wrong, *problems(finding.facts)]


def _facts(finding: Finding, scrub: Callable[[str], str]) -> dict[str, FactValue]:
    """The facts without secrets: diagnoses quote them."""
    return {
        name: scrub(value)
        if isinstance(value, str)
        else tuple(scrub(item) for item in value)
        if isinstance(value, tuple)
        else value
        for name, value in finding.facts.items()
    }


def _evidence(finding: Finding, scrub: Callable[[str], str]) -> Mapping[str, Any]:
    """What the row shows as evidence: what the check chose to show, then its facts."""
    shown = {**finding.evidence, **finding.facts}
    return {name: _scrubbed(value, scrub) for name, value in shown.items() if value is not None}


def _scrubbed(value: Any, scrub: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, Mapping):
        return {str(name): _scrubbed(item, scrub) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_scrubbed(item, scrub) for item in value]
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float) and isfinite(value):
        return value
    return scrub(str(value))  # what JSON cannot hold, from a plug-in


def rows(results: Iterable[Result]) -> Iterator[Result]:
    """One row per check and subject: the last word of each."""
    last: dict[tuple[str, str | None], Result] = {}
    for result in results:
        last[result.id, result.subject] = result
    yield from last.values()


__all__ = ["Observer", "Runner", "Selection", "rows", "validate"]
