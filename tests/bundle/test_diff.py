"""What changed between two reports: each kind of change, and the near miss that is none."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foundry_doctor.bundle.diff import AREAS, Comparison, compare
from foundry_doctor.bundle.diff_read import read_side
from foundry_doctor.bundle.diff_text import diff_document, diff_text
from foundry_doctor.bundle.diff_values import alike
from foundry_doctor.bundle.seal import write_bundle
from foundry_doctor.fingerprint import fingerprint
from foundry_doctor.model import Report, Status
from foundry_doctor.noun import replace
from foundry_doctor.report.document import many, render_json, report_document
from foundry_doctor.secret import Secret

from ..report import samples
from ..report.strategies import json_values
from ..report.strategies import reports as any_reports
from .conftest import make_material, make_report

Document = dict[str, Any]
Change = Callable[[Document], None]
SALT = "a salt of the team"


def documents(report: Report, *changes: Change) -> tuple[Document, Document]:
    """A report's document and a changed copy of it."""
    one = report_document(report)
    two = copy.deepcopy(one)
    for change in changes:
        change(two)
    return one, two


def changed(*changes: Change, report: Report = samples.HEALTHY) -> Comparison:
    one, two = documents(report, *changes)
    return compare([one], [two])


def areas(found: Comparison) -> list[str]:
    return [one.area for one in found.differences]


def put(*path: Any) -> Change:
    """Set the value at a path; the last item is the value."""

    def change(document: Document) -> None:
        spot: Any = document
        for key in path[:-2]:
            spot = spot[key]
        spot[path[-2]] = path[-1]

    return change


DNS = 3
"""The row of dns.resolve in the samples."""


@pytest.mark.parametrize(
    ("change", "area", "words"),
    [
        (put("checks", DNS, "evidence", "dns.addresses", ["10.1.0.4"]), "dns", "10.1.0.4"),
        (put("checks", DNS, "evidence", "dns.privatelink", True), "dns", "none -> true"),
        (put("checks", DNS, "status", "fail"), "dns", "pass"),
        (put("vantage", "proxy", "HTTPS_PROXY", "http://proxy:3128"), "proxy", "none -> http"),
        (put("vantage", "ca", "SSL_CERT_FILE", "/etc/ca.pem"), "ca", "/etc/ca.pem"),
        (put("checks", 5, "summary", "issued by Contoso Inspection CA"), "ca", "Inspection"),
        (put("target", "auth", "entra"), "identity", "key -> entra"),
        (put("target", "provenance", "key", "flag"), "identity", "source of key"),
        (put("target", "deployments", ["other"]), "deployment", "-> other"),
        (put("target", "endpoint", "https://b.example/anthropic"), "target", "b.example"),
        (put("target", "subscription", "2222"), "target", "none -> 2222"),
        (put("exchanges", 0, "x_ms_region", "West US"), "network", "West US"),
        (put("run", "tier", "paid"), "checks", "free -> paid"),
        (put("tool", "version", "0.2.0"), "versions", "0.1.0 -> 0.2.0"),
        (put("vantage", "python", "3.13.0"), "versions", "3.13.0"),
        (put("vantage", "clients", "anthropic", "3.0.0"), "versions", "2.12.0 -> 3.0.0"),
        (put("error", {"kind": "interrupted", "message": "x"}), "cause", "none -> interrupted"),
    ],
)
def test_each_kind_of_change(change: Change, area: str, words: str) -> None:
    found = changed(change)
    assert areas(found) == [area]
    assert words in found.differences[0].text


def test_a_role_that_changed() -> None:
    def roles(*names: str) -> Document:
        row = replace(samples.NO_ARM[0], status=Status.PASS, evidence={"rbac.roles": names})
        return report_document(replace(samples.HEALTHY, checks=(row,)))

    found = compare([roles("Owner", "Reader")], [roles("Reader")])
    assert areas(found) == ["role"]
    assert not compare([roles("Owner", "Reader")], [roles("Reader", "Owner")]).differences


@pytest.mark.parametrize(
    "change",
    [
        put("run", "id", "11111111-0000-4000-8000-000000000000"),
        put("run", "started_at", "2027-01-01T00:00:00Z"),
        put("run", "duration_ms", 90_000),
        put("checks", DNS, "duration_ms", 4000),
        put("exchanges", 0, "request_id", "req_another"),
        put("exchanges", 0, "apim_request_id", "22222222-0000-4000-8000-000000000000"),
        put("exchanges", 0, "sent_at", "2027-01-01T00:00:00Z"),
        put("exchanges", 0, "timings_ms", "wait", 140),
        put("exchanges", 0, "timings_ms", "wait", 9000),  # one slow call of two is chance
        put("checks", 4, "summary", "20.62.58.12:443 in 93 ms"),
        put("checks", 6, "summary", "3 s apart"),
        put("checks", 6, "evidence", {"clock.skew_s": 3}),
        put("checks", DNS, "evidence", "chain", ["eastus2.prod.example.net", samples.HOST]),
    ],
)
def test_what_chance_decides_is_no_difference(change: Change) -> None:
    assert changed(change).differences == ()


def test_timings_count_only_by_far() -> None:
    slow = [put("exchanges", number, "timings_ms", "connect", 900) for number in (0, 1)]
    found = changed(*slow)
    assert areas(found) == ["timings"]
    assert "connect" in found.differences[0].text
    near = [put("exchanges", number, "timings_ms", "connect", 400) for number in (0, 1)]
    assert changed(*near).differences == ()


def test_the_gravest_comes_first() -> None:
    found = changed(
        put("vantage", "python", "3.13.0"),
        put("target", "deployments", ["other"]),
        put("checks", DNS, "evidence", "dns.addresses", ["10.1.0.4"]),
        put("vantage", "ca", "SSL_CERT_FILE", "/etc/ca.pem"),
        put("target", "auth", "entra"),
        put("vantage", "proxy", "HTTPS_PROXY", "http://proxy:3128"),
        put("verdict", "degraded"),
    )
    expected = ["cause", "dns", "proxy", "ca", "identity", "deployment", "versions"]
    assert areas(found) == expected


def test_a_cause_and_what_was_not_asked_because_of_it() -> None:
    one, two = report_document(samples.HEALTHY), report_document(samples.KEY_AUTH_DISABLED)
    found = compare([one], [two])
    assert found.differences[0].area == "cause"
    assert "key-auth-disabled" in found.differences[0].text
    last = [one for one in found.differences if one.what.startswith("checks asked")]
    assert "deployment.resolve (pass)" in last[0].a
    assert "key.headers (fail)" in last[0].b


def test_further_causes_and_confidence_are_told() -> None:
    found = changed(put("diagnosis", 0, "confidence", "certain"), report=samples.DEGRADED)
    assert "likely" in found.differences[0].a
    found = changed(lambda two: two["diagnosis"].pop(), report=samples.DEGRADED)
    assert found.differences[0].text == "further causes: model-retiring -> none"


def keyed(key: str, salt: str | None = SALT) -> Document:
    """A healthy report's document with the fingerprint of this key."""
    mark = fingerprint(Secret(key), salt) if salt else {}
    return report_document(replace(samples.HEALTHY, fingerprint=mark))


def test_keys_are_compared_under_one_salt_only() -> None:
    found = compare([keyed("key-a")], [keyed("key-b")])
    assert areas(found) == ["identity"]
    assert found.not_compared == ()
    assert compare([keyed("key-a")], [keyed("key-a")]) == Comparison(())
    for other in (keyed("key-a", "another salt"), keyed("key-a", None)):
        found = compare([keyed("key-a")], [other])
        assert found.differences == ()
        assert [one.what for one in found.not_compared] == ["the keys"]


def test_a_fingerprint_tells_nothing_without_its_salt() -> None:
    mark = fingerprint(Secret("the-key"), SALT)
    assert mark == fingerprint(Secret("the-key"), SALT)
    assert mark["value"] != fingerprint(Secret("the-key"), SALT + "x")["value"]
    assert mark["check"] != fingerprint(Secret("the-key"), SALT + "x")["check"]
    assert (len(mark["check"]), len(mark["value"])) == (8, 12)
    assert "the-key" not in str(mark)


def test_several_targets_are_told_apart() -> None:
    def named(name: str, report: Report = samples.HEALTHY) -> Report:
        return replace(report, target=replace(samples.TARGET, name=name))

    one = many([named("prod"), named("test")])["reports"]
    two = many([named("test"), named("prod", samples.KEY_AUTH_DISABLED)])["reports"]
    found = compare(one, two)
    assert {each.target for each in found.differences} == {"prod"}
    gone = compare(one, many([named("prod"), named("new")])["reports"])
    assert [each.text for each in gone.differences] == [
        "target test: examined -> none", "target new: none -> examined",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("one", "two", "same"),
    [
        ("", "", True),
        ("a", "", False),
        ("in 31 ms", "in 4.2 s", True),
        ("at 2026-11-22T02:04:09Z", "at 2026-11-23T12:00:00.123Z", True),
        ("port 443", "port 8443", False),
        ("localhost:45567", "localhost:37827", True),
        ("localhost:3128", "localhost:8080", False),
        ("10.0.0.4:45567", "10.0.0.4:37827", False),
        ("contoso-ai", "hidden-resource-1", True),
        ("hidden-resource-2", "hidden-resource-1", True),
        ("https://hidden-resource-1.services.ai.azure.com/anthropic",
         "https://contoso-ai.services.ai.azure.com/anthropic", True),
        ("https://hidden-resource-1.services.ai.azure.com/anthropic",
         "https://contoso-ai.openai.azure.com/anthropic", False),
        ("~/ca.pem", "/home/alice/ca.pem", True),
        ("~/ca.pem", "/home/alice/other.pem", False),
        ("hidden-host-1 and hidden-host-2 x", "a and b y", False),
    ],
)  # fmt: skip
def test_values_but_for_noise_and_hidden_names(one: str, two: str, same: bool) -> None:
    assert alike(one, two) is same
    assert alike(two, one) is same


@pytest.mark.parametrize("profile", ["vendor", "public"])
def test_a_bundle_and_the_report_it_was_made_of(profile: str, tmp_path: Path) -> None:
    bundle, report = tmp_path / "a.zip", tmp_path / "b.json"
    write_bundle(bundle, make_material(profile=profile))
    text = render_json(report_document(make_report()))
    report.write_text(text, "utf-8")
    found = compare(read_side(bundle).reports, read_side(report).reports)
    assert [one.text for one in found.differences] == []
    hidden = [one for one in found.not_compared if one.what == "what a bundle hides"]
    assert hidden, "what could not be seen is said"


def test_long_values_are_shown_from_where_they_part() -> None:
    same = "the same words at length " * 20
    found = changed(
        put("checks", DNS, "evidence", "dns.chain", same + "old"),
        report=replace(samples.HEALTHY, checks=tuple(
            replace(row, evidence={"dns.chain": same + "new"}) if row.id == "dns.resolve" else row
            for row in samples.HEALTHY.checks
        )),
    )  # fmt: skip
    text = found.differences[0].text
    assert "new ->" in text
    assert text.endswith("old")
    assert len(text) < 200


@pytest.mark.parametrize(
    ("fact", "one", "two", "same"),
    [
        ("http.error.message", "Trace aaaaaaaa-0000-4000-8000-000000000000 of 2026-11-22",
         "Trace bbbbbbbb-0000-4000-8000-000000000000 of 2026-11-23", True),
        ("http.error.message", "key wrong", "key disabled", False),
        ("token.oid", "aaaaaaaa-0000-4000-8000-000000000000",
         "bbbbbbbb-0000-4000-8000-000000000000", False),
        ("token.attempted", ["A: none", "B: refused"], ["B: refused", "A: none"], True),
    ],
)  # fmt: skip
def test_ids_count_as_values_and_not_in_sentences(
    fact: str, one: Any, two: Any, same: bool
) -> None:
    def holding(value: Any) -> Document:
        row = replace(samples.HEALTHY.checks[7], evidence={fact: value})
        return report_document(replace(samples.HEALTHY, checks=(row,)))

    assert (compare([holding(one)], [holding(two)]).differences == ()) is same


def test_the_texts(canary: Any) -> None:
    found = changed(put("target", "auth", "entra"), put("vantage", "python", "3.13.0"))
    text = diff_text(found, ("a.json", "b.zip"), width=80)
    assert text.splitlines()[0] == "DIFFERENT 2 differences, A -> B."
    assert "IDENTITY  auth: key -> entra\n" in text
    assert diff_text(found, ("a", "b"), width=80, quiet=True).count("\n") == 3
    same = diff_text(changed(), ("a", "b"), width=80)
    assert same.startswith("SAME ")
    document = diff_document(found, ("a", "b"))
    assert document["same"] is False
    assert [one["area"] for one in document["differences"]] == ["identity", "versions"]
    assert diff_document(changed(), ("a", "b"))["same"] is True


HEAD = {"schema_version": "1.0", "tool": {"name": "foundry-doctor", "version": "0"}}
odd = st.recursive(
    json_values,
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["id", "status", "evidence", "subject", "cause", "timings_ms", "url"]),
        inner, max_size=4,
    ),
    max_leaves=8,
)  # fmt: skip
broken = st.dictionaries(
    st.sampled_from(["run", "vantage", "target", "verdict", "error", "diagnosis", "checks",
                     "exchanges", "tool"]),
    odd, max_size=9,
)  # fmt: skip


@given(one=broken, two=broken)
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_document_can_be_compared(one: Document, two: Document) -> None:
    found = compare([one, two], [two])
    assert all(each.area in AREAS for each in found.differences)
    text = diff_text(compare([one], [two]), ("a", "b"), width=80)
    text.encode("utf-8")
    render_json(diff_document(found, ("a", "b")))


@given(report=any_reports)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_report_is_the_same_as_itself(report: Report) -> None:
    assert compare([report_document(report)], [report_document(report)]).differences == ()
