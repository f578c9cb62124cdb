"""`expect:`, `suppress:`, `defaults:`: read, placed, and every fault of them located."""

from __future__ import annotations

from pathlib import Path

import pytest

from foundry_doctor.errors import FileProblems
from foundry_doctor.settings import Flags, Resolution, resolve_targets
from foundry_doctor.settings.config_file import read_config

TENANT = "aaaabbbb-0000-cccc-1111-dddd2222eeee"
ENTRY = "reason: known, owner: me, expires: 2030-01-31"


def resolved(folder: Path, content: str, *targets: str) -> Resolution:
    (folder / "foundry-doctor.yaml").write_text(content)
    return resolve_targets(Flags(targets=targets), environ={}, cwd=folder, home=folder)


def faults(folder: Path, content: str) -> list[str]:
    path = folder / "x.yaml"
    path.write_text(content)
    with pytest.raises(FileProblems) as caught:
        read_config(path, "x.yaml")
    return list(caught.value.problems)


def test_a_targets_own_word_stands_before_the_files(tmp_path: Path) -> None:
    content = f"""
expect: {{network: private, key_authentication: off, tenant: {TENANT}}}
targets:
  prod: {{resource: a}}
  test: {{resource: b, expect: {{network: public}}}}
"""
    prod, test = resolved(tmp_path, content, "prod", "test").targets
    assert {one.name: one.wanted for one in prod.expect} == {
        "network": "private", "key_authentication": "off", "tenant": TENANT,
    }  # fmt: skip
    assert {one.name: one.wanted for one in test.expect}["network"] == "public"
    assert prod.expect[0].where == "foundry-doctor.yaml:2:19"


@pytest.mark.parametrize("written", ["off", '"off"', "'off'"])
def test_off_is_a_word_however_yaml_reads_it(tmp_path: Path, written: str) -> None:
    (target,) = resolved(tmp_path, f"expect: {{key_authentication: {written}}}").targets
    assert target.expect[0].wanted == "off"


def test_suppressions_reach_the_targets_that_they_are_about(tmp_path: Path) -> None:
    content = f"""
targets: {{a: {{resource: a}}, b: {{resource: b}}}}
suppress:
  - {{cause: rate-limited, {ENTRY}}}
  - {{check: region.*, target: b, subject: d, {ENTRY}}}
"""
    found = resolved(tmp_path, content, "a", "b")
    assert [len(one.suppress) for one in found.targets] == [1, 2]
    assert len(found.suppress) == 2
    last = found.suppress[1]
    assert (last.check, last.subject, last.expires) == ("region.*", "d", "2030-01-31")
    assert last.where == "foundry-doctor.yaml:5:5"
    assert not last.expired("2030-01-31"), "the last day still holds"
    assert last.expired("2030-02-01")


def test_defaults_are_typed(tmp_path: Path) -> None:
    content = "defaults: {tier: offline, budget: 7.5, max_calls: 9, only: dns.*, skip: [a, b]}"
    assert resolved(tmp_path, content).options == {
        "tier": "offline", "budget": 7.5, "max_calls": 9, "only": ("dns.*",), "skip": ("a", "b"),
    }  # fmt: skip


def test_several_folders_of_playbooks(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    found = resolved(tmp_path, "playbooks: [one, two]")
    assert [path.name for path in found.playbook_dirs] == ["one", "two"]


@pytest.mark.parametrize(
    ("content", "start"),
    [
        ("expect: [network]", "x.yaml:1:9: expect must be a mapping"),
        ("expect: {network: hidden}", "x.yaml:1:19: network must be one of private, public"),
        ("expect: {tenant: contoso.com}", "x.yaml:1:18: tenant has another form"),
        ("expect: {deployment_type: 'Data Zone'}", "x.yaml:1:27: deployment_type has another"),
        ("expect: {colour: red}", "x.yaml:1:10: unknown key colour; known here: network"),
        ("expect: {key_authentication: 0}", "x.yaml:1:30: key_authentication must be one of"),
        ("suppress: {cause: x}", "x.yaml:1:11: suppress must be a list"),
        ("suppress: rate-limited", "x.yaml:1:11: suppress must be a list"),
        ("suppress: [rate-limited]", "x.yaml:1:12: an entry of suppress must be a mapping"),
        (f"suppress: [{{{ENTRY}}}]", "x.yaml:1:12: an entry of suppress names either a cause or"),
        (
            f"suppress: [{{cause: a, check: b, {ENTRY}}}]",
            "x.yaml:1:12: an entry of suppress names either a cause or",
        ),
        ("suppress: [{cause: a, reason: b}]", "x.yaml:1:12: an entry of suppress needs owner, exp"),
        (
            "suppress: [{cause: a, reason: b, owner: c, expires: 2030-02-30}]",
            "x.yaml:1:53: expires must be a day",
        ),
        (
            "suppress: [{cause: a, reason: b, owner: c, expires: soon}]",
            "x.yaml:1:53: expires must be a day",
        ),
        (
            f"suppress: [{{cause: a, target: t, {ENTRY}}}]",
            "x.yaml:1:31: there is no target of that name",
        ),
        ("defaults: {budget: fast}", "x.yaml:1:20: budget must be a number"),
        ("defaults: {budget: -1}", "x.yaml:1:20: budget must be a number"),
        ("defaults: {resource: a}", "x.yaml:1:12: unknown key resource; known here: tier"),
        ("targets: {a: {suppress: []}}", "x.yaml:1:15: unknown key suppress; known here:"),
        ("playbooks: [nowhere]", "x.yaml:1:13: there is no such folder"),
    ],
)
def test_each_fault_is_located(tmp_path: Path, content: str, start: str) -> None:
    (found,) = faults(tmp_path, content)
    assert found.startswith(start)
