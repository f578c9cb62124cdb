"""What can be wrong with scenario data; every message ends in what to do."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class ScenarioError(ValueError):
    """Scenario data breaks the schema.

    `file` names the data (a file name or "<data>"), `key` the dotted place in it, and `problem`
    says what was found there and what is allowed.
    """

    def __init__(self, file: str, key: str, problem: str) -> None:
        super().__init__(f"{file}: {key}: {problem}" if key else f"{file}: {problem}")
        self.file = file
        self.key = key
        self.problem = problem


class UnknownScenario(LookupError):
    """No scenario has this name; `near` holds the closest names, best first."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        names = tuple(known)
        self.name = name
        self.near = tuple(get_close_matches(name, names, n=5, cutoff=0.4))
        advice = (
            "did you mean " + ", ".join(self.near) + "?"
            if self.near
            else "nothing is called like that."
        )
        super().__init__(f"no scenario is named {name!r}; {advice}")
