"""The texts of a JUnit file: names that tell jobs of a matrix apart, and what to read at a case.

GitLab shows the text of a failure and drops its message, Azure Pipelines and Jenkins show both:
the text alone must therefore say everything, in the words of the text report.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from zlib import crc32

from ..model import Confidence, Diagnosis, Exchange, Report, Result, Status, Target
from ..noun import replace
from .clean import clean, plain, shorten
from .headline import CRASH, CRASH_COMMAND
from .ids import quotable
from .layout import Page, to_text
from .rows import last_line, place, plain_text
from .verdict import diagnosis_block
from .view_cause import MAX_ITEMS, cause_view

WIDTH = 90
MAX_NAME = 120
MAX_SAID = 1000
MAX_EVIDENCE = 20
MAX_VALUE = 300
DISCOVERED = "Resource Manager"
"""The source of deployments that nobody named: they are no choice that a matrix could make."""

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def allowed(text: str) -> str:
    """Without the characters that XML 1.0 forbids, not even escaped."""
    return _FORBIDDEN.sub("", text)


def tidy(text: str) -> str:
    """One clean line that XML may hold."""
    return allowed(clean(text)).strip()


def short(text: str, limit: int = MAX_NAME) -> str:
    """A name of at most `limit` characters; what is cut stays told apart by a checksum."""
    if len(text) <= limit:
        return text
    return f"{text[: limit - 9].rstrip()}~{crc32(text.encode('utf-8', 'replace')):08x}"


def where(target: Target, subject: str | None = None) -> str:
    """The target as its siblings in a matrix differ from it: `prod, contoso-ai, claude-sonnet-5`.

    The deployments are left out where the subject is one of them, or where nobody named them.
    """
    known = place(target)
    parts = [target.name or "", "" if known == "the target" else known]
    if subject not in target.deployments and target.provenance.get("deployments") != DISCOVERED:
        parts += target.deployments
    return short(", ".join(dict.fromkeys(filter(None, map(tidy, parts)))))


def case_name(target: Target, check: str, subject: str | None = None) -> str:
    """`deployment.resolve: claude-sonnet-5 [contoso-ai]`; `key.accepted [contoso-ai, claude-…]`."""
    about = tidy(subject or "")
    head = short(f"{tidy(check) or 'unnamed'}{': ' if about else ''}{about}")
    tail = where(target, subject)
    return f"{head} [{tail}]" if tail else head


def row_line(row: Result) -> str:
    """What a row says, in one line: `key.accepted: 401 from Azure's front end`."""
    return f"{short(tidy(row.id)) or 'unnamed'}: {row_said(row)}"


def row_said(row: Result) -> str:
    """The same without the check's id."""
    said = tidy(shorten(clean(row.summary or row.title), MAX_SAID))
    about = short(tidy(row.subject or ""))
    return said if not about or about in said else f"{about}: {said}"


def cause_text(report: Report, one: Diagnosis, word: str, shell: str) -> str:
    """A cause as the text report tells it: fix first, then the proof and the ids to quote."""
    page = Page(WIDTH)
    diagnosis_block(page, one, shell, 1, word=word)
    number = next((n for n, other in enumerate(report.diagnosis) if other is one), 1)
    if wait := cause_view(report, one, number).wait:
        page.field("WAIT", wait)
    page.bullets("IDS", quotable(report, one, everything=True)[:MAX_ITEMS])
    page.command(f"foundry-doctor playbooks {clean(one.playbook)}", label="MORE")
    return to_text(page.lines)


def row_text(report: Report, row: Result, label: str, *, whole: bool) -> str:
    """The row itself; `whole` adds its evidence and ids, where no cause tells the same better."""
    page = Page(WIDTH)
    page.field(label, row_line(row))
    if row.status is Status.ERROR:
        page.field("FIX", CRASH)
        page.command(CRASH_COMMAND)
    if whole:
        for key, value in list(row.evidence.items())[:MAX_EVIDENCE]:
            page.field("", f"{key}: {shorten(clean(plain_text(plain(value))), MAX_VALUE)}")
        page.bullets("IDS", row_ids(report, row)[:MAX_ITEMS])
    return to_text(page.lines)


def row_ids(report: Report, row: Result) -> list[str]:
    """The ids of a row's own failed calls. `report` need hold no other calls than the row's."""
    own = Diagnosis("", Confidence.POSSIBLE, "", "", "", "caller", False, checks=(row.id,))
    return quotable(report, own, everything=True)


def alone(report: Report, row: Result, calls: Mapping[str, Exchange]) -> Report:
    """The report as far as one row goes: thousands of rows must not each search all calls."""
    own = tuple(calls[name] for name in row.exchanges if name in calls)
    return replace(report, checks=(row,), exchanges=own)


def exit_line(report: Report) -> str:
    """What the run as a whole came to: a red case beside exit code 0 asks for an explanation."""
    page = Page(WIDTH)
    last_line(page, report, 0)
    return to_text(page.lines)


def fitted(text: str, room: int) -> str:
    """The text, cut between lines or words where as XML it would take more than `room` bytes."""
    if _weight(text) <= room:
        return text
    head = text
    while head and _weight(head) > max(0, room - 80):
        head = head[: min(len(head) * 3 // 4, room)]
    gap = max(head.rfind("\n"), head.rfind(" ") if "\n" not in head else -1)
    head = head[:gap] if gap > len(head) // 2 else head
    return f"{head.rstrip()} ... ({len(text) - len(head)} more characters: -o json has them)"


def _weight(text: str) -> int:
    # The writer makes six characters of a quotation mark, and fewer of every other.
    return len(text.encode("utf-8", "replace")) + 5 * sum(map(text.count, '&<>"\n'))
