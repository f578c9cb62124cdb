"""`run` as a user's script sees it: exit codes, JSON to the letter, limits, interruption."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from foundry_doctor.emulator import Emulator, load_scenario

from ..conftest import PROGRAM, Canary, Doctor, base_environment

TOP = [
    "schema_version", "tool", "run", "vantage", "target", "verdict", "error", "covered",
    "not_covered", "diagnosis", "checks", "exchanges",
]  # fmt: skip


def play(doctor: Doctor, scenario: str, *arguments: str, **more: str | None):  # type: ignore[no-untyped-def]
    """Run against a scenario with the canary as the key."""
    with Emulator(load_scenario(scenario), key=Canary().key) as emulator:
        env = {**emulator.environment, **more}
        given = () if "--deployment" in arguments else ("--deployment", emulator.deployment)
        return doctor("run", "-o", "json", *given, *arguments, env=env), emulator


def test_the_document_is_the_contract_s(doctor: Doctor) -> None:
    ran, _ = play(doctor, "key-invalid")
    report = ran.json
    assert list(report) == TOP
    assert report["schema_version"] == "1.0"
    exchange = report["exchanges"][0]
    assert exchange["apim_request_id"]
    assert exchange["client_request_id"]
    assert exchange["sent_at"].endswith("Z")
    assert set(exchange["timings_ms"]) >= {"dns", "connect", "tls", "wait", "receive"}
    assert report["target"]["provenance"]["key"] == "env ANTHROPIC_FOUNDRY_API_KEY"


def test_three_calls_for_a_refused_key_and_each_spelling_alone(doctor: Doctor) -> None:
    ran, emulator = play(doctor, "key-invalid")
    assert ran.json["run"]["calls"] == 3
    assert len(emulator.requests) == 3


def test_a_healthy_run_is_two_calls_on_one_connection(doctor: Doctor) -> None:
    ran, emulator = play(doctor, "healthy")
    assert ran.code == 0
    assert len(emulator.requests) == 2
    first, second = ran.json["exchanges"]
    assert first["timings_ms"]["connect"] is not None
    assert second["timings_ms"]["connect"] is None, "the connection is reused"


def test_a_name_that_cannot_exist_and_is_accepted_proves_nothing(doctor: Doctor) -> None:
    ran, _ = play(doctor, "control-accepted")
    assert (ran.code, ran.json["verdict"]) == (3, "inconclusive")
    assert ran.row("deployment.resolve")["status"] == "unknown"


def test_a_missing_count_tokens_route_is_no_missing_deployment(doctor: Doctor) -> None:
    ran, _ = play(doctor, "no-count-tokens")
    assert (ran.code, ran.json["verdict"]) == (3, "inconclusive")
    assert ran.causes == []
    paid, _ = play(doctor, "no-count-tokens", "--tier", "paid")
    assert (paid.code, paid.json["verdict"]) == (0, "healthy")
    assert paid.json["run"]["tokens_billed"] > 0


def test_what_vanished_on_a_retry_is_a_warning(doctor: Doctor) -> None:
    ran, _ = play(doctor, "transient-once")
    assert (ran.code, ran.json["verdict"]) == (0, "degraded")
    assert ran.causes == ["service-unavailable"]
    ran, _ = play(doctor, "transient-once", "--fail-on", "warning")
    assert ran.code == 4


def test_retry_after_is_honoured(doctor: Doctor) -> None:
    started = time.monotonic()
    ran, _ = play(doctor, "429-once-retry-after-1")
    assert ran.json["verdict"] == "degraded"
    assert ran.causes == ["rate-limited"]
    assert time.monotonic() - started >= 1


def test_clock_skew_warns(doctor: Doctor) -> None:
    ran, _ = play(doctor, "date-skew")
    assert (ran.code, ran.json["verdict"], ran.causes) == (0, "degraded", ["clock-skew"])


@pytest.mark.parametrize("scenario", ["html-200", "truncated-json", "gzip-bomb"])
def test_bad_answers_get_a_cause_inside_the_budget(doctor: Doctor, scenario: str) -> None:
    started = time.monotonic()
    ran, _ = play(doctor, scenario)
    assert ran.code == 1
    assert ran.causes[0] in ("captive-portal", "unexpected-response")
    assert time.monotonic() - started < 10


def test_a_hung_server_ends_inside_the_budget(doctor: Doctor) -> None:
    started = time.monotonic()
    ran, _ = play(doctor, "response-timeout", "--budget", "4", "--timeout", "2")
    assert time.monotonic() - started < 6
    assert (ran.code, ran.causes[0]) == (5, "response-timeout")


def test_two_deployments_are_judged_each_for_itself(doctor: Doctor) -> None:
    ran, _ = play(doctor, "healthy", "--deployment", "claude-sonnet-5", "missing-one")
    assert ran.code == 1
    assert ran.row("deployment.resolve", "claude-sonnet-5")["status"] == "pass"
    assert ran.json["diagnosis"][0]["subjects"] == ["missing-one"]
    assert ran.causes == ["deployment-not-found"]


def test_only_runs_what_it_needs_and_nothing_more(doctor: Doctor) -> None:
    ran, emulator = play(doctor, "healthy", "--only", "dns.*")
    assert ran.code == 0
    assert ran.json["verdict"] == "inconclusive", "no data-plane proof"
    assert emulator.requests == []
    assert {row["id"] for row in ran.json["checks"]} == {
        "config.endpoint", "config.proxy", "dns.resolve",
    }  # fmt: skip


def test_only_needs_no_key_where_none_is_used(doctor: Doctor) -> None:
    ran, _ = play(doctor, "healthy", "--only", "endpoint.connect", ANTHROPIC_FOUNDRY_API_KEY=None)
    assert ran.code == 0


def test_a_failing_need_fails_what_was_selected(doctor: Doctor) -> None:
    ran, _ = play(doctor, "key-invalid", "--only", "deployment.*")
    assert (ran.code, ran.causes[0]) == (1, "key-invalid")
    assert ran.row("deployment.resolve")["blocked_by"] == "key.accepted"


def test_offline_sends_nothing(doctor: Doctor) -> None:
    ran, emulator = play(doctor, "healthy", "--tier", "offline")
    assert (ran.code, ran.json["verdict"]) == (0, "inconclusive")
    assert emulator.requests == []


def test_with_wrong_settings_no_packet_leaves(doctor: Doctor) -> None:
    ran, emulator = play(doctor, "healthy", ANTHROPIC_FOUNDRY_API_KEY='"' + Canary().key + '"')
    assert (ran.code, ran.causes) == (1, ["key-malformed"])
    assert ran.json["run"]["calls"] == 0
    assert emulator.requests == []
    assert ran.row("dns.resolve")["blocked_by"] == "key.shape"


def test_a_key_with_a_line_break_is_named_and_not_sent(doctor: Doctor) -> None:
    ran, emulator = play(doctor, "healthy", ANTHROPIC_FOUNDRY_API_KEY=Canary().key + "\r\nx: y")
    assert (ran.code, ran.causes) == (1, ["key-malformed"])
    assert emulator.requests == []


def test_missing_credentials_can_be_skipped(doctor: Doctor) -> None:
    arguments = ("--on-missing-credentials", "skip")
    ran, _ = play(doctor, "healthy", "--auth", "key", *arguments, ANTHROPIC_FOUNDRY_API_KEY=None)
    assert (ran.code, ran.json["verdict"]) == (0, "inconclusive")
    assert "notice" in ran.err
    ran, _ = play(doctor, "healthy", "--auth", "key", ANTHROPIC_FOUNDRY_API_KEY=None)
    assert (ran.code, ran.causes) == (1, ["credentials-missing"])


def test_plan_makes_no_call(doctor: Doctor) -> None:
    ran, emulator = play(doctor, "healthy", "--plan")
    assert ran.code == 0
    assert emulator.requests == []
    calls = ran.json["plan"]
    assert any("control" in call["purpose"] for call in calls)
    assert {call["credential"] for call in calls} >= {"none", "key (x-api-key, api-key)"}


def test_several_targets_give_several_reports(doctor: Doctor, tmp_path: Path) -> None:
    with Emulator(load_scenario("healthy"), key=Canary().key) as emulator:
        (tmp_path / "foundry-doctor.yaml").write_text(
            "version: 1\ntargets:\n"
            f"  good: {{base_url: '{emulator.base_url}', deployments: [claude-sonnet-5]}}\n"
            f"  bad: {{base_url: '{emulator.base_url}', deployments: [nothing-here]}}\n",
            "utf-8",
        )
        env = {
            name: value
            for name, value in emulator.environment.items()
            if name != "ANTHROPIC_FOUNDRY_BASE_URL"
        }
        ran = doctor("run", "--all-targets", "-o", "json", env=env, cwd=tmp_path)
    assert ran.code == 1
    assert [one["verdict"] for one in ran.json["reports"]] == ["healthy", "failing"]
    assert list(ran.json) == ["schema_version", "tool", "run", "reports"]


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stopped_run_leaves_its_report(
    tmp_path: Path, canary: Canary, number: signal.Signals, code: int
) -> None:
    with Emulator(load_scenario("response-timeout"), key=canary.key) as emulator:
        environment = {**base_environment(tmp_path)}
        environment.update({k: v for k, v in emulator.environment.items() if v is not None})
        process = subprocess.Popen(
            [str(PROGRAM), "run", "-o", "json", "--deployment", emulator.deployment],
            env=environment, cwd=tmp_path, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        deadline = time.monotonic() + 10
        while not emulator.requests and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(number)
        started = time.monotonic()
        out, err = process.communicate(timeout=10)
    assert time.monotonic() - started < 3
    assert process.returncode == code
    canary.saw("stdout", out)
    canary.saw("stderr", err)
    import json

    report = json.loads(out)
    assert report["error"]["kind"] in ("interrupted", "terminated")
    passed = {row["id"] for row in report["checks"] if row["status"] == "pass"}
    assert {"dns.resolve", "endpoint.connect", "endpoint.tls"} <= passed
    assert any(row["summary"].startswith("not run") for row in report["checks"])
