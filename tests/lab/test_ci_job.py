"""The lab as a CI job sees it: the runner's environment, a config file, every output at once."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from junitparser import JUnitXml

from ..report.ci_logs import read_azure, read_github
from .program import Program
from .services import Foundry

pytestmark = pytest.mark.lab
EXPECT = "version: 1\nexpect: {network: private}\n"


@pytest.fixture
def runner(doctor: Program) -> dict[str, str]:
    """What GitHub's runner sets."""
    names = {"GITHUB_STEP_SUMMARY": "summary.md", "GITHUB_OUTPUT": "outputs"}
    for name in names.values():
        (doctor.home / name).touch()
    return {"CI": "true", "GITHUB_ACTIONS": "true",
            **{key: str(doctor.home / name) for key, name in names.items()}}  # fmt: skip


def job(doctor: Program, runner: dict[str, str], *arguments: str, resource: str) -> tuple[int, str]:
    """Exit code and log of `foundry-doctor run` without `-o`, as a step runs it."""
    (doctor.home / "foundry-doctor.yaml").write_text(EXPECT)
    return doctor.step(
        "run", "--report", "junit=out/TEST.xml", "json=out/report.json", *arguments,
        resource=resource, environ=runner,
    )  # fmt: skip


def cases(doctor: Program) -> dict[str, str]:
    """Name and outcome of each case, as a consumer of JUnit reads them."""
    found = {}
    for suite in JUnitXml.fromfile(str(doctor.home / "out" / "TEST.xml")):
        for case in suite:
            kinds = [type(one).__name__.lower() for one in case.result]
            found[case.name.partition(" [")[0].partition(":")[0]] = kinds[0] if kinds else "passed"
    return found


def test_a_private_resource_that_must_be_private(
    doctor: Program, runner: dict[str, str], foundry: Foundry
) -> None:
    code, log = job(doctor, runner, resource="contoso-private")
    assert code == 0, log
    assert cases(doctor)["endpoint.network"] == "passed"
    assert read_github(log).named("error", "warning") == []
    assert (doctor.home / "summary.md").read_text().startswith("## PASS")
    assert "healthy" in (doctor.home / "outputs").read_text()
    assert foundry.seen()


@pytest.mark.usefixtures("foundry")
def test_a_public_resource_that_must_be_private(doctor: Program, runner: dict[str, str]) -> None:
    code, log = job(doctor, runner, resource="contoso-ai")
    assert code == 1, log
    assert cases(doctor)["endpoint.network"] == "failure"
    assert cases(doctor)["deployment.resolve"] == "passed"
    (one,) = (item for item in read_github(log).commands if item.name == "error")
    assert "config-conflict" in one.properties["title"]
    tree = ElementTree.parse(doctor.home / "out" / "TEST.xml")
    assert [item.get("type") for item in tree.iter("failure")] == ["config-conflict"]


@pytest.mark.usefixtures("foundry")
def test_what_is_known_does_not_fail_the_job_again(doctor: Program, runner: dict[str, str]) -> None:
    job(doctor, runner, resource="contoso-ai")
    (doctor.home / "out" / "report.json").rename(doctor.home / "base.json")
    code, log = job(doctor, runner, "--baseline", "base.json", resource="contoso-ai")
    assert code == 0, log
    assert cases(doctor)["endpoint.network"] == "skipped"


@pytest.mark.usefixtures("foundry")
def test_an_azure_pipelines_job_behind_a_firewall(doctor: Program) -> None:
    code, log = doctor.step(
        "run", "--report", "junit=out/TEST.xml", resource="contoso-drop",
        environ={"TF_BUILD": "True", "AGENT_TEMPDIRECTORY": str(doctor.home)},
    )  # fmt: skip
    assert code == 1, log
    issues = [one for one in read_azure(log).commands if one.name == "task.logissue"]
    assert issues[0].properties["code"] == "connect-timeout"
    (summary,) = doctor.home.rglob("*.md")
    assert summary.read_text().startswith("## FAIL")
    assert cases(doctor)["endpoint.connect"] == "failure"


def test_a_job_that_is_cancelled_leaves_its_reports(
    doctor: Program, runner: dict[str, str], foundry: Foundry
) -> None:
    foundry.serve("response-timeout")
    code, log = doctor.step(
        "run", "--timeout", "20", "--report", "junit=out/TEST.xml", resource="contoso-ai",
        environ=runner, cancel_after=3.0,
    )  # fmt: skip
    assert code == 143, log
    assert "terminated" in Path(doctor.home / "out" / "TEST.xml").read_text()
    assert "143" in (doctor.home / "outputs").read_text()
