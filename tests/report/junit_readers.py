"""How three CI systems read JUnit XML, restated from their sources as far as our files go.

None of it is their code: each function says in Python what the named source does with a file.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree as Xml

import xmlschema


class Read(NamedTuple):
    """A case as a CI system holds it. `said` and `text` are what it shows of a result."""

    suite: str
    group: str
    name: str
    outcome: str
    said: str | None
    text: str | None


def azure(document: str) -> list[Read]:
    """microsoft/azure-pipelines-agent, src/Agent.Worker/TestResults/JunitResultReader.cs.

    A failure is looked for first, then an error, then a skip. `message` is the error message and
    the text the stack trace; a skip keeps its message only. A case without a name is dropped, and
    output is read of a case that failed, not of a suite.
    """
    root = Xml.fromstring(document)
    found = []
    for suite in root.findall("./testsuite"):
        for case in suite.findall("./testcase"):
            outcome, said, text = "Passed", None, None
            result = case.find("./failure")
            result = case.find("./error") if result is None else result
            if result is not None:
                outcome = "Failed"
                said = _unless_blank(result.get("message"))
                text = _unless_blank("".join(result.itertext()))
            elif (skipped := case.find("./skipped")) is not None:
                outcome, said = "NotExecuted", _unless_blank(skipped.get("message"))
            name = case.get("name")
            if name:
                found.append(
                    Read(
                        suite.get("name", ""), case.get("classname", ""), name, outcome, said, text
                    )
                )
    return found


def jenkins(*documents: str) -> dict[str, list[Read]]:
    """jenkinsci/junit-plugin, SuiteResult.java, CaseResult.java, TestResult.java: suite → cases.

    A suite is named `package.name`; one of the same name and id, also from another file, is merged
    into the first, and a case without a class has the suite's name for one. An error's text and
    message win over a failure's; a skip is a flag with a message, or the text where there is none.
    """
    suites: dict[tuple[str, str | None], list[Read]] = {}
    for document in documents:
        for suite in Xml.fromstring(document).findall("testsuite"):
            name, package = suite.get("name", ""), suite.get("package")
            full = f"{package}.{name}" if package else name
            cases = suites.setdefault((full, suite.get("id")), [])
            for case in suite.findall("testcase"):
                result = case.find("error")
                result = case.find("failure") if result is None else result
                skipped = case.find("skipped")
                if skipped is not None:
                    outcome = "SKIPPED"
                    said: str | None = skipped.get("message", skipped.text)
                else:
                    outcome = "PASSED" if result is None else "FAILED"
                    said = None if result is None else result.get("message")
                text = None if result is None else result.text
                group = case.get("classname") or name
                cases.append(Read(full, group, case.get("name") or "(?)", outcome, said, text))
    return {f"{name}#{number}": cases for (name, number), cases in suites.items()}


class GitLab(NamedTuple):
    """A job's test suite. `dropped` are cases whose key another one has taken."""

    cases: dict[str, dict[tuple[str, str, str], Read]]
    dropped: list[Read]
    error: str | None

    def count(self, status: str) -> int:
        return len(self.cases.get(status, {}))


_STATUSES = (("failure", "failed"), ("error", "error"), ("skipped", "skipped"))
# ActiveSupport's Hash.from_xml: a `type` says how to read the content.
_DISALLOWED = {"symbol", "yaml"}
_CONVERTED = {
    "array", "base64Binary", "boolean", "date", "datetime", "dateTime", "decimal", "double",
    "duration", "file", "float", "hexBinary", "integer",
}  # fmt: skip


def gitlab(*documents: str) -> GitLab:
    """GitLab, lib/gitlab/ci/parsers/test/junit.rb and lib/gitlab/ci/reports/test_{case,suite}.rb.

    The file becomes a hash: an element with content is that content, its attributes are gone, and
    only one without content is the hash of its attributes. Cases of all files of a job go into one
    hash by status and by suite, class and name; there the last of a key wins.
    """
    cases: dict[str, dict[tuple[str, str, str], Read]] = {}
    dropped: list[Read] = []
    for document in documents:
        root = Xml.fromstring(document)
        for suite in root.findall("testsuite"):
            for case in suite.findall("testcase"):
                status, said, text = "success", None, None
                for tag, name in (
                    ("failure", "failed"),
                    ("error", "error"),
                    ("skipped", "skipped"),
                ):
                    result = case.find(tag)
                    if result is None:
                        continue
                    kind = result.get("type", "")
                    if kind in _DISALLOWED:
                        return GitLab({}, [], f"JUnit data parsing failed: {kind}")
                    assert kind not in _CONVERTED, f"GitLab would read the text as {kind}"
                    status, text = name, result.text
                    said = None if text else result.get("message")
                    break
                read = Read(suite.get("name", ""), case.get("classname", ""), case.get("name", ""),
                            status, said, text)  # fmt: skip
                key = (read.suite, read.group, read.name)
                if key in cases.setdefault(status, {}):
                    dropped.append(cases[status][key])
                cases[status][key] = read
    return GitLab(cases, dropped, None)


def _unless_blank(text: str | None) -> str | None:
    return text if text and text.strip() else None


@cache
def schema() -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(str(Path(__file__).parent / "junit.xsd"))


def check(text: str) -> Xml.Element:
    """What must hold for every file: the schema, the counts, names that are told apart."""
    root = Xml.fromstring(text.encode())
    schema().validate(Xml.ElementTree(root))
    for suite in root:
        cases = suite.findall("testcase")
        assert suite.get("tests") == str(len(cases)) != "0"
        for tag, name in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
            assert suite.get(name) == str(sum(case.find(tag) is not None for case in cases))
    names = [(case.get("classname"), case.get("name")) for case in root.iter("testcase")]
    assert len(set(names)) == len(names)
    assert all(group and name for group, name in names)
    assert len({suite.get("name") for suite in root}) == len(root)
    assert [suite.get("id") for suite in root] == [str(number) for number in range(len(root))]
    assert not re.search(r"^\s*::[a-z-]+( .*)?::|##vso\[|##\[", text, re.MULTILINE)
    return root


def red(text: str) -> int:
    return sum(one.tag in ("failure", "error") for one in Xml.fromstring(text.encode()).iter())
