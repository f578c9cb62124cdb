"""From the rows of a report to the cases of a JUnit file: what passes, fails, errs and is skipped.

| row | case |
|---|---|
| pass, warn | passes; a warning's text stands in the suite's output |
| fail | `failure`; `skipped` where it does not count for the exit code (accepted, say) |
| unknown, error | `error`: never green, and never skipped |
| skip | `skipped` |

What no row tells gets a case of its own: an interruption, a cause without a row, and an exit code
that would otherwise leave everything green.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..model import Diagnosis, Report, Result, Status, Verdict
from ..noun import Noun, replace
from .accepted import accepted_cause, accepted_row, accepted_words
from .headline import ERRORS, WORDS, headlines
from .junit_text import (
    MAX_SAID,
    allowed,
    alone,
    case_name,
    cause_text,
    exit_line,
    fitted,
    row_line,
    row_said,
    row_text,
    short,
    tidy,
)
from .layout import COLUMN
from .rows import EXITS, sentence

FAMILY = "run"
"""The family of the cases that no check stands behind."""
GREEN = (0, 4)
"""Exit codes of runs in which no failure counts."""
PASS, FAILURE, ERROR, SKIPPED = "pass", "failure", "error", "skipped"
INDENT = " " * COLUMN
_UNEXPLAINED = "unexplained"
# GitLab reads the file with Hash.from_xml, to which these types are instructions.
_INSTRUCTIONS = {
    "array", "base64binary", "boolean", "date", "datetime", "decimal", "double", "duration", "file",
    "float", "hexbinary", "integer", "string", "symbol", "yaml",
}  # fmt: skip


class Case(Noun):
    """One test case. `log` is what the suite's output says of it."""

    family: str
    name: str
    outcome: str
    log: str
    kind: str = ""
    message: str = ""
    text: str = ""
    ms: float = 0.0

    @property
    def red(self) -> bool:
        return self.outcome in (FAILURE, ERROR)


def cases_of(report: Report, shell: str, room: int) -> list[Case]:
    """The cases of one report, in the order of its rows; at least one.

    Each takes about `room` bytes of the file at most.
    """
    told = _Told(report, shell, room)
    found = [*told.rows(), *told.stopped(), *told.causes()]
    if not found or (report.exit_code != 0 and not any(case.red for case in found)):
        found.append(told.verdict())
    return found


class _Told:
    """What one report has to tell, with its causes found by check."""

    def __init__(self, report: Report, shell: str, room: int) -> None:
        self._report, self._shell, self._room = report, shell, room
        self._calls = {call.id: call for call in report.exchanges}
        self._by_check: dict[str, list[Diagnosis]] = {}
        self._texts: dict[tuple[int, str], str] = {}
        self._carried: set[int] = set()
        for one in report.diagnosis:
            for check in one.checks:
                self._by_check.setdefault(check, []).append(one)

    def rows(self) -> Iterator[Case]:
        """A case for each row."""
        for row in self._report.checks:
            causes = self._causes(row)
            self._carried.update(map(id, causes))
            yield self._row(row, causes)

    def _row(self, row: Result, causes: Sequence[Diagnosis]) -> Case:
        said = row_said(row)
        line = f"{row.status.value.upper():<10}{row_line(row)}\n"
        if row.status is Status.PASS:
            return self._case(row, PASS, line)
        if row.status is Status.SKIP:
            message = f"blocked by {tidy(row.blocked_by)}" if row.blocked_by else said
            return self._case(row, SKIPPED, line, "", message, said)
        accepted = accepted_row(self._report, row) if self._report.accepted else None
        words = tidy(accepted_words(accepted)) if accepted else ""
        if row.status is Status.WARN:
            note = f"{INDENT}{words}\n" if words else ""
            return self._case(row, PASS, line + note + self._bodies(causes, "WARN"))
        if row.status is Status.FAIL:
            kind = row.cause or (causes[0].cause if causes else _UNEXPLAINED)
            own = alone(self._report, row, self._calls)
            text = self._bodies(causes, "FAIL")
            text += row_text(own, row, "SEEN" if text else "FAIL", whole=not text)
            if accepted or self._report.exit_code in GREEN:
                why = words or f"failed, but does not count for the exit code: {said}"
                note = f"{INDENT}{why}\n"
                return self._case(row, SKIPPED, line + note, "", why, text)
            return self._case(row, FAILURE, line, kind, said, text)
        unknown = row.status is Status.UNKNOWN
        own = alone(self._report, row, self._calls)
        text = row_text(own, row, "UNKNOWN" if unknown else "ERROR", whole=True)
        text += self._bodies(causes, "SEEN") + exit_line(self._report)
        kind = row.cause or ("unknown" if unknown else "crash")
        return self._case(row, ERROR, line, kind, said, text)

    def stopped(self) -> Iterator[Case]:
        """A case for what ended the run too early."""
        error = self._report.error
        if error is not None:
            said = f"{ERRORS.get(error.kind, tidy(error.kind))}: {tidy(error.message[:MAX_SAID])}"
            text = f"{said}\n{exit_line(self._report)}"
            yield self._own(tidy(error.kind), ERROR, error.kind, said, text)

    def causes(self) -> Iterator[Case]:
        """A case for each cause that no row carries."""
        report = self._report
        for one in report.diagnosis:
            if id(one) in self._carried:
                continue
            accepted = accepted_cause(report, one)
            said = sentence(tidy(one.title[:MAX_SAID]))
            if report.verdict is not Verdict.FAILING:
                text = self._body(one, WORDS[report.verdict][0])
                yield self._own(one.cause, PASS, "", "", text)
            elif accepted or report.exit_code in GREEN:
                why = tidy(accepted_words(accepted)) if accepted else (
                    f"failed, but does not count for the exit code: {said}"
                )  # fmt: skip
                yield self._own(one.cause, SKIPPED, "", why, self._body(one, "FAIL"))
            else:
                text = self._body(one, "FAIL")
                yield self._own(one.cause, FAILURE, one.cause, said, text)

    def verdict(self) -> Case:
        """The case of a run whose verdict no other case shows."""
        report, word = self._report, WORDS[self._report.verdict][0]
        said = tidy(headlines(report, MAX_SAID)[0])
        text = f"{word:<10}{said}\n{exit_line(report)}"
        code = report.exit_code
        if code == 0:
            sure = report.verdict in (Verdict.HEALTHY, Verdict.DEGRADED)
            return self._own("verdict", PASS if sure else SKIPPED, "", said, text)
        one = report.diagnosis[0] if report.diagnosis else None
        kind = one.cause if one else report.verdict.value
        message = f"{said} ({EXITS[code]})" if code in EXITS else said
        outcome = FAILURE if code in (1, 4, 5) else ERROR
        if one and report.verdict is Verdict.FAILING:
            text = self._body(one, word) + exit_line(report)
        return self._own("verdict", outcome, kind, message, text)

    def _causes(self, row: Result) -> list[Diagnosis]:
        """The causes that a row belongs to; first the one that the check itself named."""
        if row.status in (Status.PASS, Status.SKIP):
            return []
        found = [
            one for one in self._by_check.get(row.id, ())
            if row.subject is None or not one.subjects or row.subject in one.subjects
        ]  # fmt: skip
        found = found or [one for one in self._report.diagnosis if one.cause == row.cause]
        return sorted(found, key=lambda one: one.cause != row.cause)

    def _bodies(self, causes: Sequence[Diagnosis], word: str) -> str:
        words = (word, *["ALSO"] * len(causes))
        return "\n".join(self._body(one, said) for one, said in zip(causes, words, strict=False))

    def _body(self, one: Diagnosis, word: str) -> str:
        if (id(one), word) not in self._texts:
            # Cut once, and not for each of the rows: they may be thousands.
            text = cause_text(self._report, one, word, self._shell)
            self._texts[id(one), word] = fitted(allowed(text), self._room // 2)
        return self._texts[id(one), word]

    def _case(
        self, row: Result, outcome: str, log: str, kind: str = "", message: str = "", text: str = ""
    ) -> Case:
        family = short(tidy(row.id.partition(".")[0]) or "unnamed", 60)
        name = case_name(self._report.target, row.id, row.subject)
        return self._fitted(
            Case(family, name, outcome, log, _type(kind), message or kind, text, row.duration_ms)
        )

    def _own(self, name: str, outcome: str, kind: str, message: str, text: str) -> Case:
        name = case_name(self._report.target, name)
        return self._fitted(Case(FAMILY, name, outcome, text, _type(kind), message, text))

    def _fitted(self, case: Case) -> Case:
        message = fitted(allowed(case.message), self._room // 4)
        return replace(case, message=message, text=fitted(allowed(case.text), self._room * 3 // 4))


def _type(kind: str) -> str:
    kind = short(tidy(kind))
    return f"cause {kind}" if kind.lower() in _INSTRUCTIONS else kind
