"""Reports as JUnit XML for the CI systems that show test results.

The document obeys the strict schema (windyroad's JUnit.xsd): a timestamp without zone, properties
and both outputs in every suite, and no output at a case. Hence what there is to read at a case
stands in its failure, and a warning's text in the output of its suite.
"""

from __future__ import annotations

import math
import re
from calendar import monthrange
from collections.abc import Iterable, Sequence
from itertools import count
from xml.etree import ElementTree as Xml

from ..model import Report
from .clean import base_url
from .document import skeleton_report
from .junit_cases import ERROR, FAILURE, PASS, SKIPPED, Case, cases_of
from .junit_text import allowed, fitted, short, tidy, where

PACKAGE = "foundry-doctor"
TOTAL = 12_000_000
"""Bytes for the texts of all cases: GitLab refuses a file of 30 MB."""
OUTPUT = 4_000_000
"""Bytes for the outputs of all suites."""
LARGEST = 16_000
LARGEST_OUTPUT = 64_000
MAX_VALUE = 300
EPOCH = "1970-01-01T00:00:00"
CODES = {"usage": 2, "interrupted": 130, "terminated": 143}

_STAMP = re.compile(r"((?!0000)\d{4})-(0[1-9]|1[0-2])-(\d\d)[T ]((?:[01]\d|2[0-3])(?::[0-5]\d){2})")


def render_junit(
    reports: Sequence[Report], *, hostname: str = "localhost", shell: str = "bash"
) -> str:
    """The reports as one JUnit document: a suite for each report and family of checks.

    `hostname` is the machine that the run was made on; `shell`, `bash` or `pwsh`, is that of the
    commands. Names are unique in the document, and carry target and deployments, so that they are
    unique across the jobs of a matrix, too.
    """
    if not reports:
        return junit_of_error("internal", "no target was examined", hostname=hostname)
    expected = sum(1 + len(report.checks) + len(report.diagnosis) for report in reports)
    room = min(LARGEST, TOTAL // expected)
    suites: list[tuple[Report, str, list[Case]]] = []
    for report in reports:
        families: dict[str, list[Case]] = {}
        for case in cases_of(report, shell, room):
            families.setdefault(case.family, []).append(case)
        suites += [(report, family, cases) for family, cases in families.items()]
    output = min(LARGEST_OUTPUT, OUTPUT // len(suites))
    root, names, taken = Xml.Element("testsuites"), _Names(), _Names()
    for number, (report, family, cases) in enumerate(suites):
        place = where(report.target)
        suite = Xml.SubElement(root, "testsuite", {
            "name": names.unique("", f"{family} [{place}]" if place else family),
            "timestamp": _stamp(report.run.started_at),
            "hostname": short(tidy(hostname), 250) or "localhost",
            "tests": str(len(cases)),
            "failures": str(sum(case.outcome == FAILURE for case in cases)),
            "errors": str(sum(case.outcome == ERROR for case in cases)),
            "skipped": str(sum(case.outcome == SKIPPED for case in cases)),
            "time": _seconds(math.fsum(_finite(case.ms) for case in cases)),
            "id": str(number),
            "package": PACKAGE,
        })  # fmt: skip
        properties = Xml.SubElement(suite, "properties")
        for name, value in _properties(report):
            Xml.SubElement(properties, "property", {"name": name, "value": value})
        for case in cases:
            _case(suite, case, taken.unique(case.family, case.name))
        Xml.SubElement(suite, "system-out").text = fitted(allowed(_output(cases)), output)
        Xml.SubElement(suite, "system-err").text = ""
    Xml.indent(root)
    document = Xml.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{document}\n'


def junit_of_error(
    kind: str,
    message: str,
    *,
    hostname: str = "localhost",
    started_at: str = EPOCH,
    version: str = "",
) -> str:
    """The document of a run that ended before there was a report: one suite, one case in error.

    `kind` is that of a `ReportError`: usage, interrupted, terminated or internal.
    """
    report = skeleton_report(
        kind, message, version=version, run_id="", started_at=started_at,
        exit_code=CODES.get(kind, 70),
    )  # fmt: skip
    return render_junit([report], hostname=hostname)


class _Names:
    """Gives each name once: GitLab drops a case whose class and name it has seen."""

    def __init__(self) -> None:
        self._seen: set[tuple[str, str]] = set()

    def unique(self, group: str, name: str) -> str:
        found = name
        for number in count(2):
            if (group, found) not in self._seen:
                break
            found = f"{name} ({number})"
        self._seen.add((group, found))
        return found


def _case(suite: Xml.Element, case: Case, name: str) -> None:
    attributes = {"name": name, "classname": case.family, "time": _seconds(_finite(case.ms))}
    element = Xml.SubElement(suite, "testcase", attributes)
    if case.outcome == PASS:
        return
    said = {"message": case.message}
    if case.outcome != SKIPPED:
        said["type"] = case.kind or case.outcome
    Xml.SubElement(element, case.outcome, said).text = case.text


def _output(cases: Iterable[Case]) -> str:
    """What the suite says of its cases; first what is to be read, for Jenkins cuts the middle."""
    ordered = sorted(cases, key=lambda case: case.log.startswith(("PASS", "SKIP")))
    return "".join(case.log for case in ordered)


def _properties(report: Report) -> list[tuple[str, str]]:
    target, run = report.target, report.run
    values = {
        "tool": f"{PACKAGE} {report.tool_version}",
        "run": run.id,
        "tier": run.tier,
        "target": target.name or "",
        "resource": target.resource or "",
        "endpoint": "" if target.base_url is None else base_url(target.base_url),
        "credential": target.mode or "none",
        "deployments": ", ".join(target.deployments),
        "verdict": report.verdict.value,
        "exit-code": str(report.exit_code),
    }
    told = {name: short(tidy(value), MAX_VALUE) for name, value in values.items()}
    return [(name, value) for name, value in told.items() if value]


def _finite(milliseconds: float) -> float:
    """A duration that can be added up and written: a year at most, and never below nothing."""
    return min(milliseconds, 3.15e10) if milliseconds > 0 else 0.0


def _seconds(milliseconds: float) -> str:
    return f"{milliseconds / 1000:.3f}"


def _stamp(text: str) -> str:
    """The schema's timestamp: ISO 8601 to the second and without zone; it is UTC."""
    found = _STAMP.match(text)
    if found is None or not 1 <= int(found[3]) <= monthrange(int(found[1]), int(found[2]))[1]:
        return EPOCH
    return f"{found[1]}-{found[2]}-{found[3]}T{found[4]}"
