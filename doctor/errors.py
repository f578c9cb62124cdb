"""Errors that end in an instruction.

DoctorError
├── UsageError        the command line, a config or a playbook file is wrong: exit 2
└── NoChecks          nothing would be examined: exit 3, never a silent success
"""

from __future__ import annotations


class DoctorError(Exception):
    """Base of every error that the program raises on purpose.

    `advice` says what to do; the cause stays in `__cause__`.
    """

    def __init__(self, message: str, *, advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice

    def diagnostics(self) -> str:
        """The message, and the advice on a line of its own."""
        return f"{self.message}\n{self.advice}" if self.advice else self.message


class UsageError(DoctorError):
    """A bad flag, or an unreadable or invalid config or playbook file."""


class FileProblems(UsageError):
    """Every problem found in one file, each beginning `file:line:column:`."""

    def __init__(self, problems: list[str], *, advice: str = "") -> None:
        super().__init__("\n".join(problems), advice=advice)
        self.problems = tuple(problems)


class NoChecks(DoctorError):
    """No check was found or selected, so nothing would be examined."""
