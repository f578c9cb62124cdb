"""Tickets: each desk's fields in its order, filled or how to get them; or why there is none."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft6Validator, FormatChecker
from referencing import Registry
from referencing.jsonschema import DRAFT6

from foundry_doctor.bundle.fields import case_of
from foundry_doctor.bundle.har import har_document
from foundry_doctor.bundle.ids import COLUMNS, ids_csv
from foundry_doctor.bundle.places import (
    environment_document,
    provenance_document,
    timeline_text,
)
from foundry_doctor.bundle.routes import BILLING, ENTRA, NETWORK, QUOTA, route
from foundry_doctor.bundle.tickets import anthropic_ticket, microsoft_ticket
from foundry_doctor.engine.causes import causes
from foundry_doctor.model import Report, Result, Status, Timings, Verdict
from foundry_doctor.noun import replace

from .conftest import (
    ACCOUNT,
    APIM,
    HOST,
    REQUEST,
    SUBSCRIPTION,
    TENANT,
    diagnosis,
    exchange,
    make_log,
    make_material,
    make_report,
)

# Before the tests run, the settings of the machine are taken out of the environment.
HAR_SCHEMA = os.environ.get("FOUNDRY_DOCTOR_HAR_SCHEMA")
ORDER = [
    "Issue type", "Subscription", "Service type", "Problem type", "Problem classification id",
    "Summary", "Problem start time", "Last failure", "Last success", "Recent change",
    "Impact, n of m", "Streaming", "Request size", "Concurrency", "Severity", "24x7", "Tenant",
    "Offer and quota id", "Resource id", "Region", "Endpoint", "Deployment", "Model and version",
    "Hosting", "Quota", "Authentication", "Name resolves to", "Proxy", "TLS", "Second vantage",
    "SDKs installed", "Contact", "Consent to advanced diagnostics", "Support plan",
]  # fmt: skip


def microsoft(report: Report, **more: object) -> str:
    material = make_material(reports=(report,), **more)
    return microsoft_ticket(case_of(material))


def test_the_fields_in_the_desk_s_order() -> None:
    text = microsoft(make_report())
    places = [text.find(f"- **{name}") for name in ORDER]
    assert -1 not in places, [name for name, at in zip(ORDER, places, strict=True) if at < 0]
    assert places == sorted(places)


def test_what_is_known_is_filled_in() -> None:
    text = microsoft(make_report())
    for value in (ACCOUNT, TENANT, SUBSCRIPTION, APIM, REQUEST, HOST, "swedencentral",
                  "2 of 2 calls", "hosted on Azure", "GlobalStandard", "service-error",
                  "Internal server error", "2026-11-22T12:00:01Z",
                  "10.1.2.3 (private)"):  # fmt: skip
        assert value in text
    assert text.startswith("# service-error on claude-sonnet-5 (swedencentral): ")


def test_what_is_missing_says_how_to_get_it() -> None:
    text = microsoft(make_report())
    missing = re.findall(r"- \*\*([^*]+):\*\* MISSING\. (.*)", text)
    assert len(missing) >= 8
    for name, how in missing:
        assert len(how) > 20, name


def test_both_ids_of_every_attempt() -> None:
    text = anthropic_ticket(case_of(make_material()))
    assert "Microsoft's for both hosting options" in text
    assert REQUEST in text
    assert APIM in text


@pytest.mark.parametrize("cause", sorted(causes()))
def test_every_cause_has_a_route(cause: str) -> None:
    who = causes()[cause].who
    found = route(diagnosis(cause, who))
    assert found.ticket is (who != "caller")
    text = microsoft(make_report(diagnosis=(diagnosis(cause, who),)))
    assert ("NO TICKET" in text) is (who == "caller")
    assert "## The fix" in text
    assert "az cognitiveservices account show" in text
    assert ("## 1. Problem" in text) is (who != "caller")


def test_routes_by_cause() -> None:
    def of(cause: str) -> object:
        return route(diagnosis(cause, causes()[cause].who))

    assert of("quota-exhausted") is QUOTA
    assert of("conditional-access-blocked") is ENTRA
    assert of("marketplace-blocked") is of("subscription-ineligible") is BILLING
    assert of("private-endpoint-unreachable") is NETWORK
    assert "stuquotarequest" in QUOTA.how


def test_a_healthy_run_makes_no_ticket() -> None:
    healthy = make_report(
        verdict=Verdict.HEALTHY, diagnosis=(), exit_code=0,
        checks=(Result("dns.resolve", "it resolves", Status.PASS, "ok"),),
        exchanges=(exchange(1, status=200, error=None),),
    )  # fmt: skip
    assert "NO TICKET: nothing failed" in microsoft(healthy)


def test_a_log_s_cause_stands_in_for_a_healthy_run() -> None:
    healthy = make_report(verdict=Verdict.HEALTHY, diagnosis=(), checks=())
    text = microsoft(healthy, logs=(make_log(),))
    assert "service-overloaded" in text
    assert "what the given log says" in text


def test_a_failure_that_nobody_knows_still_makes_a_ticket() -> None:
    assert "## 1. Problem" in microsoft(make_report(diagnosis=()))


def test_own_experiments_are_not_quoted_as_answers() -> None:
    control = exchange(3, purpose="control: a name that cannot exist (x)", status=404)
    text = microsoft(replace(make_report(), exchanges=(exchange(1), control)))
    assert "HTTP 404" not in text.partition("Exact answers")[2].partition("## 5")[0]


def test_the_csv_has_both_ids_for_every_attempt() -> None:
    calls = (exchange(1), exchange(2, status=None, outcome="timeout", apim_request_id=None,
                                   server_date=None), exchange(3, request_id=REQUEST))  # fmt: skip
    table = list(csv.DictReader(io.StringIO(ids_csv([make_report(exchanges=calls)], []))))
    assert list(table[0]) == list(COLUMNS)
    for call in calls:
        kinds = [row["kind"] for row in table if row["source"] == call.id]
        assert kinds == ["request-id", "apim-request-id", "x-ms-client-request-id"]
    rows = [row for row in table if row["source"] == "x3"]
    assert (rows[0]["value"], rows[1]["value"]) == (REQUEST, APIM)
    assert rows[0]["deployment"] == "claude-sonnet-5"
    assert rows[0]["status"] == "500"
    assert "no answer (timeout)" in {row["status"] for row in table}
    assert [row["plane"] for row in table if row["kind"] == "correlation-id"] == ["Entra ID"]


def test_the_csv_takes_the_ids_of_logs() -> None:
    table = ids_csv([], [make_log().explanation])
    assert f"apim-request-id,{APIM},2026-11-22T11:00:00Z" in table
    assert "app.log:7" in table


def test_the_har_has_what_the_format_demands() -> None:
    calls = (
        exchange(1), exchange(2, status=None, outcome="timeout", timings=Timings(),
                              remote_address=None, http_version=None, error=None),
        exchange(3, url="https://u:p@h/x?api-version=1&code=abc",
                 remote_address="[2001:db8::1]:443"),
    )  # fmt: skip
    log = har_document([make_report(exchanges=calls)])["log"]
    assert log["version"] == "1.2"
    assert log["creator"]["name"] == "foundry-doctor"
    for entry in log["entries"]:
        assert {"startedDateTime", "time", "request", "response", "cache", "timings"} <= set(entry)
        assert {"method", "url", "httpVersion", "cookies", "headers", "queryString", "headersSize",
                "bodySize"} <= set(entry["request"])  # fmt: skip
        assert {"status", "statusText", "httpVersion", "cookies", "headers", "content",
                "redirectURL", "headersSize", "bodySize"} <= set(entry["response"])  # fmt: skip
        assert {"send", "wait", "receive"} <= set(entry["timings"])
        known = [v for k, v in entry["timings"].items() if v > 0 and k != "ssl"]
        assert entry["time"] == pytest.approx(sum(known)), "connect holds the TLS time already"
    assert log["entries"][0]["_apim_request_id"] == APIM
    assert log["entries"][1]["response"]["status"] == 0
    last = log["entries"][2]
    assert last["request"]["url"] == "https://h/x?api-version=1&code=***"
    assert last["serverIPAddress"] == "2001:db8::1"
    json.dumps(log)


def test_the_har_fits_the_published_schema() -> None:
    """The npm package har-schema, as other readers of HAR files check with."""
    folder = HAR_SCHEMA
    if not folder:
        pytest.skip("no HAR schema: npm install har-schema, name its lib in ..._HAR_SCHEMA")
    registry: Registry[Any] = Registry()
    for path in Path(folder).glob("*.json"):
        schema = json.loads(path.read_text("utf-8"))
        registry = registry.with_resource(schema["$id"].rstrip("#"), DRAFT6.create_resource(schema))
    check = Draft6Validator(
        json.loads((Path(folder) / "har.json").read_text("utf-8")),
        registry=registry,
        format_checker=FormatChecker(),
    )
    calls = (exchange(1), exchange(2, status=None, outcome="timeout", timings=Timings(),
                                   remote_address=None, http_version=None, error=None))  # fmt: skip
    document = json.loads(json.dumps(har_document([make_report(exchanges=calls)])))
    assert list(check.iter_errors(document)) == []
    del document["log"]["entries"][1]["timings"]
    assert list(check.iter_errors(document)), "a schema that finds nothing proves nothing"


def test_the_environment_tells_names_and_no_values() -> None:
    document = environment_document(make_material(variables=("AZURE_CLIENT_SECRET", "CI")))
    assert document["variables_set"] == ["AZURE_CLIENT_SECRET", "CI"]
    assert document["clients"] == {"anthropic": "2.13.0"}


def test_provenance_tells_the_source_of_a_credential_alone() -> None:
    (target,) = provenance_document(make_material())["targets"]
    settings = {one["setting"]: one for one in target["settings"]}
    assert settings["key"]["source"] == "env ANTHROPIC_FOUNDRY_API_KEY"
    assert settings["key"]["value"].startswith("a credential")
    assert settings["resource"]["value"] == "contoso-ai"


def test_the_timeline_is_in_order() -> None:
    text = timeline_text([make_report(), make_report()])
    assert "== target 2" in text
    assert text.index("x1:") < text.index("x2:")
    assert "+1.000s" in text
    assert "500 Internal" in text
