"""Lines as people wrote them: without colours and the prefixes of CI systems, containers and logs.

A line knows where it stood, when it was written and how loud it was; what follows is its text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ..foundry.bodies import ESCAPES
from ..noun import Noun
from .source import MAX_LINE

_TIME = (
    r"(?P<time>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d)\b)?"
    r"|\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}"
    r"|(?:[A-Z][a-z]{2},? )?\d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d(?: GMT)?"
    r"|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d\d:\d\d:\d\d(?:[.,]\d{3}|(?=\])))"
)
_STAMP = re.compile(rf"^[\s\[(<]{{0,4}}{_TIME}[\])>:Z]{{0,2}}\s*")
_CI_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z")
_KLOG = re.compile(r"^([IWEF])\d{4} \d\d:\d\d:\d\d\.\d+\s+\d+ \S+\] ")
_COMPOSE = re.compile(r"^[\w.-]{2,60} {0,12}\| ")
_SYSLOG = re.compile(r"^[\w.-]{1,60} [\w./-]{1,60}\[\d+\]: ")
_BASIC = re.compile(r"^(DEBUG|INFO|WARNING|ERROR|CRITICAL):[\w.]{1,80}:")
_CALL = re.compile(r"^HTTP Request: (?:POST|GET) ")
_MARK = re.compile(
    r"^(?:##\[(\w{1,20})\]|##vso\[[^\]]{0,200}\]|::(\w{1,20})(?: [^:]{0,300})?::)\s*"
)
_LEVEL = re.compile(
    r"^[\[(<|\s-]{0,4}(?P<level>TRACE|DEBUG|DBG|VERBOSE|INFO|INF|NOTICE|WARN(?:ING)?|WRN|ERROR|ERR"
    r"|FATAL|CRITICAL|CRIT|SEVERE|trace|debug|verbose|info|notice|warn(?:ing)?|error|fatal|critical"
    r"|Information|Warning|Error|Critical)(?P<end>[\])>|]{0,2}:?\s|[\])>|]{1,2})"
)
_INNER_LEVEL = re.compile(
    r"(?:\blevel=|\"(?:level|severity|levelname|log\.level)\"\s*:\s*)\"?([A-Za-z]{3,11})",
    re.IGNORECASE,
)
_QUIET = {"trace", "debug", "dbg", "verbose", "info", "inf", "notice", "information", "i"}
_LOUD = {"error", "err", "fatal", "critical", "crit", "severe", "e", "f"}
_ISO = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?\s?(Z|UTC|[+-]\d\d:?\d\d)?"
)


class Line(Noun):
    """`number` counts from 1; `loud`: True error, False information, None not said."""

    number: int
    text: str
    time: str | None = None
    """As written; ISO 8601 where it was that already."""
    loud: bool | None = None
    stamped: bool = False
    """It begins a log record: a time or a level stood before the text."""


def split(text: str, first: int) -> Iterator[Line]:
    """The lines of a block, numbered from `first`; carriage returns overwrite, as on a screen."""
    for number, raw in enumerate(text.split("\n"), first):
        yield read_line(raw[:MAX_LINE], number)


def read_line(raw: str, number: int) -> Line:
    """One line without escapes and prefixes."""
    text = raw.rstrip("\r\n")
    if not text.isprintable():
        text = printable(text)
    time, loud, stamped = None, None, False
    text = _COMPOSE.sub("", text, count=1)
    for _ in range(3):  # a CI's stamp may stand before the program's own
        found = _STAMP.match(text)
        if found is None:
            break
        # GitHub Actions and Azure Pipelines stamp every line, those of one traceback, too.
        time, stamped = found["time"], not _CI_TIME.fullmatch(found["time"])
        text = _SYSLOG.sub("", text[found.end() :], count=1)
    klog = _KLOG.match(text)
    if klog:
        text, stamped, loud = text[klog.end() :], True, klog.group(1) in "EF"
    mark = _MARK.match(text)
    if mark:
        text, loud = text[mark.end() :], (mark.group(1) or mark.group(2)) == "error" or loud
    basic = _BASIC.match(text)
    if basic:  # what Python's logging writes where nobody configured it
        text, stamped, loud = text[basic.end() :], True, _loudness(basic.group(1))
    if _CALL.match(text):
        stamped = True
    level = _LEVEL.match(text)
    # `Error: …` is a statement, not a level: its word stays in the text.
    if level and not (level["end"].startswith(":") and level["level"].istitle()):
        loud = _loudness(level["level"])
        stamped = stamped or level["end"][0] in "])>|"
        text = text[level.end() :] if level["end"][0] in "])>|" or stamped else text
    elif loud is None and (inner := _INNER_LEVEL.search(text[:2000])):
        loud, stamped = _loudness(inner.group(1)), True
    return Line(number, text, iso(time) if time else None, loud, stamped)


def printable(text: str) -> str:
    """Without terminal escapes and control characters; tabs stay."""
    text = ESCAPES.sub("", text)
    return "".join(c if c.isprintable() or c == "\t" else " " for c in text)


def _loudness(word: str) -> bool | None:
    word = word.lower()
    return True if word in _LOUD else False if word in _QUIET else None


def iso(time: str) -> str:
    """A time in ISO 8601 where it can be told; else as it was written."""
    found = _ISO.match(time)
    if found is None:
        return time
    day, clock, part, zone = found.groups()
    zone = "Z" if zone in ("Z", "UTC") else zone or ""
    return f"{day}T{clock}{'.' + part[:3] if part else ''}{zone}"


def records(lines: Iterable[Line]) -> Iterator[list[Line]]:
    """Log records: a stamped line with the lines that belong to it; else the paragraphs as one.

    An unstamped text is one record: a traceback has blank lines in it, and so has a report.
    """
    current: list[Line] = []
    for line in lines:
        json_lines = bool(current) and current[0].text.startswith(('{"', ">"))
        starts = line.stamped or (json_lines and _begins_document(line.text))
        if current and (starts or len(current) >= MAX_RECORD):
            yield current
            current = []
        current.append(line)
    if current:
        yield current


MAX_RECORD = 400


def _begins_document(text: str) -> bool:
    """One line of JSON lines, or a `curl -v` request."""
    return text.startswith(('{"', "> POST ", "> GET ")) and len(text) > 40
