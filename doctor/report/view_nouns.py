"""The nouns of the HTML page: texts ready to be placed. Nothing in them is markup."""

from __future__ import annotations

from ..noun import Noun
from .waterfall import Bar

SHELLS = {"bash": "bash", "pwsh": "PowerShell", "both": "bash and PowerShell", "": ""}
Pairs = tuple[tuple[str, str], ...]


class Code(Noun):
    """Something to be copied. `what` completes "Copy …"; None: too long to be copied whole."""

    text: str
    what: str | None
    shell: str = ""
    choice: bool = False
    """Whether the other shell has a command of its own, so that one of the two is shown."""

    @property
    def label(self) -> str:
        return SHELLS[self.shell]


class Link(Noun):
    """`href` is None where the host is none that the program sends anybody to."""

    text: str
    href: str | None


class Step(Noun):
    text: str
    who: str
    codes: tuple[Code, ...]
    link: Link | None


class Undecided(Noun):
    cause: str
    code: Code | None
    text: str


class Cause(Noun):
    """One diagnosis."""

    title: str
    summary: str
    id: str
    confidence: str
    subjects: str
    who: str
    wait: str
    steps: tuple[Step, ...]
    verify: Code | None
    because: tuple[str, ...]
    ruled_out: Pairs
    undecided: tuple[Undecided, ...]
    quote: Code | None
    more: str


class Row(Noun):
    status: str
    id: str
    title: str
    said: str
    notes: Pairs


class Call(Noun):
    id: str
    purpose: str
    request: str
    answer: str
    failed: bool
    when: str
    ids: tuple[tuple[str, Code], ...]
    bars: tuple[Bar, ...]
    total: str
    notes: Pairs


class View(Noun):
    """One report. `hidden_*` count what the page leaves out for its size."""

    name: str
    word: str
    style: str
    headlines: tuple[str, ...]
    below: tuple[str, ...]
    error: str
    reasons: tuple[str, ...]
    crash: tuple[str, Code] | None
    causes: tuple[Cause, ...]
    seen: bool
    """Whether the run is inconclusive, so that the first cause is no headline."""
    rows: tuple[Row, ...]
    skipped: tuple[Row, ...]
    hidden_rows: int
    counts: tuple[tuple[int, str], ...]
    calls: tuple[Call, ...]
    hidden_calls: int
    span: str
    covered: tuple[str, ...]
    gaps: tuple[tuple[str, Code | None, str], ...]
    setting: Pairs
    run: Pairs
