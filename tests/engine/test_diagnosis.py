"""From rows to the root cause, with tiny playbooks made for each test."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from foundry_doctor import Check, ok
from foundry_doctor.engine.diagnosis import diagnose, facts_of
from foundry_doctor.engine.playbook_set import PlaybookSet
from foundry_doctor.model import Diagnosis, Result, Status, Target
from foundry_doctor.noun import replace

TARGET = Target(resource="contoso", host="h.example", mode="key", deployments=("d", "e"))
Write = Callable[..., None]


class Book:
    """A folder of playbooks."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def add(self, cause: str, *variants: dict[str, Any], **more: Any) -> Book:
        """One playbook; a variant is `when` with an optional `confidence` and more."""
        document = {
            "playbook": 1,
            "cause": cause,
            "title": f"title of {cause}",
            "summary": "s",
            "why": "w",
            "match": [{"confidence": "likely", "because": ["seen"], **one} for one in variants],
            "remedy": [{"text": f"fix {cause}", "who": "caller"}],
            "verify": "foundry-doctor run",
            "docs": ["https://learn.microsoft.com/azure/"],
            "sources": ["made up"],
            "since": "0.1.0",
            "tests": [
                {
                    "name": "hit",
                    "given": {
                        k: v[0] if isinstance(v, list) else v
                        for k, v in variants[0]["when"].items()
                    },
                    "expect": variants[0].get("confidence", "likely"),
                },
                {"name": "miss", "given": {"net.host": "no-such-host"}, "expect": False},
            ],
            **more,
        }
        (self.folder / f"{cause}.yaml").write_text(json.dumps(document))
        return self

    def explain(
        self, *rows: Result, checks: tuple[Check, ...] = (), target: Target = TARGET
    ) -> tuple[Diagnosis, ...]:
        return diagnose(rows, target, PlaybookSet.load([self.folder]), checks)


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return Book(tmp_path)


def row(id_: str, status: str, subject: str | None = None, **facts: Any) -> Result:
    named = {name.replace("__", "."): value for name, value in facts.items()}
    return Result(id_, "t", Status(status), f"{id_} says", subject=subject, facts=named)


def causes(found: tuple[Diagnosis, ...]) -> list[str]:
    return [one.cause for one in found]


REFUSED = row("key.accepted", "fail", http__status=401)


def test_healthy_rows_need_no_diagnosis(book: Book) -> None:
    book.add("key-invalid", {"when": {"http.status": 401}})
    assert book.explain(row("key.accepted", "pass", http__status=401)) == ()
    assert book.explain() == ()


def test_one_failure(book: Book) -> None:
    book.add("key-invalid", {"when": {"http.status": 401}})
    (found,) = book.explain(REFUSED)
    assert (found.cause, found.confidence.value) == ("key-invalid", "likely")
    assert (found.checks, found.subjects, found.because) == (("key.accepted",), (), ("seen",))
    assert (found.who, found.transient) == ("caller", False)
    assert [step.text for step in found.remedy] == ["fix key-invalid"]


@pytest.mark.parametrize(
    ("first", "second", "leader"),
    [
        ({"confidence": "likely"}, {"confidence": "possible"}, "key-invalid"),
        ({"confidence": "possible"}, {"confidence": "likely"}, "key-malformed"),
        ({"confidence": "likely"}, {"confidence": "certain"}, "key-malformed"),
    ],
)
def test_the_surer_one_leads(
    book: Book, first: dict[str, str], second: dict[str, str], leader: str
) -> None:
    book.add("key-invalid", {"when": {"http.status": 401}, **first})
    book.add("key-malformed", {"when": {"http.status": 401}, **second})
    assert causes(book.explain(REFUSED)) == [leader]


def test_of_equals_the_more_specific_leads_and_the_other_stays_undecided(book: Book) -> None:
    book.add("key-invalid", {"when": {"http.status": 401}})
    book.add("key-auth-disabled", {"when": {"http.status": 401, "auth.mode": "key"}})
    (found,) = book.explain(REFUSED)
    assert found.cause == "key-auth-disabled"
    assert [one.cause for one in found.undecided] == ["key-invalid"]
    assert found.undecided[0].decided_by == "foundry-doctor run"


def test_a_certain_cause_leaves_nothing_undecided(book: Book) -> None:
    book.add("key-invalid", {"when": {"http.status": 401}})
    book.add("key-auth-disabled", {"when": {"http.status": 401}, "confidence": "certain"})
    (found,) = book.explain(REFUSED)
    assert (found.cause, found.undecided) == ("key-auth-disabled", ())


def test_a_playbook_may_explain_another_of_the_same_row(book: Book) -> None:
    book.add("key-invalid", {"when": {"http.status": 401}})
    book.add("key-malformed", {"when": {"http.status": [401, 403]}}, explains=["key-invalid"])
    (found,) = book.explain(REFUSED)
    assert (found.cause, found.undecided) == ("key-malformed", ())


def test_what_the_root_explains_is_not_listed_again(book: Book) -> None:
    book.add("tls-expired", {"when": {"tls.outcome": "expired"}})
    book.add("clock-skew", {"when": {"clock.skewed": True}}, explains=["tls-expired"])
    clock = row("endpoint.clock", "warn", clock__skewed=True)
    tls = row("endpoint.tls", "fail", tls__outcome="expired")
    assert causes(book.explain(tls, clock)) == ["clock-skew"]
    assert causes(book.explain(tls)) == ["tls-expired"]


@pytest.mark.parametrize("circle", [2, 3])
def test_causes_that_explain_each_other_do_not_vanish(book: Book, circle: int) -> None:
    names = ("tls-expired", "clock-skew", "tls-hostname")[:circle]
    outcomes = ("expired", "not-yet-valid", "hostname")
    for place, name in enumerate(names):
        follower = names[(place + 1) % circle]
        book.add(name, {"when": {"tls.outcome": outcomes[place]}}, explains=[follower])
    rows = [row(f"endpoint.t{n}", "fail", "d", tls__outcome=outcomes[n]) for n in range(circle)]
    assert causes(book.explain(*rows))[0] == "tls-expired"


def test_one_cause_of_several_rows_is_said_once(book: Book) -> None:
    book.add(
        "deployment-not-found",
        {"when": {"http.status": 404}, "because": ["404 for {deployment.name}"]},
    )
    (found,) = book.explain(
        row("deployment.resolve", "fail", "d", http__status=404, deployment__name="d"),
        row("deployment.resolve", "fail", "e", http__status=404, deployment__name="e"),
        row("inference.message", "fail", "e", http__status=404, deployment__name="e"),
    )
    assert found.subjects == ("d", "e")
    assert found.checks == ("deployment.resolve", "inference.message")
    assert found.because == ("404 for d", "404 for e")


def test_of_several_rows_the_surest_speaks(book: Book) -> None:
    book.add(
        "deployment-not-found",
        {"when": {"http.status": 404}, "confidence": "possible"},
        {"when": {"http.error.code": "DeploymentNotFound"}, "confidence": "likely"},
    )
    (found,) = book.explain(
        row("deployment.resolve", "fail", "d", http__status=404),
        row("deployment.resolve", "fail", "e", http__error__code="DeploymentNotFound"),
    )
    assert (found.confidence.value, found.subjects) == ("likely", ("d", "e"))


def test_failures_before_warnings_and_lasting_before_transient(book: Book) -> None:
    book.add("clock-skew", {"when": {"clock.skewed": True}})
    book.add("rate-limited", {"when": {"http.status": 429}})
    book.add("deployment-not-found", {"when": {"http.status": 404}})
    found = book.explain(
        row("endpoint.clock", "warn", clock__skewed=True),
        row("deployment.resolve", "fail", "d", http__status=429),
        row("deployment.resolve", "fail", "e", http__status=404),
    )
    assert causes(found) == ["deployment-not-found", "rate-limited", "clock-skew"]


def test_a_failure_that_no_playbook_names_is_said(book: Book) -> None:
    book.add("key-invalid", {"when": {"http.status": 401}})
    (found,) = book.explain(row("deployment.resolve", "fail", "d", http__status=418))
    assert (found.cause, found.confidence.value) == ("unexpected-response", "possible")
    assert "deployment.resolve" in found.title
    assert found.because == ("deployment.resolve says",)


def test_evidence_is_never_empty(book: Book) -> None:
    book.add("key-invalid", {"when": {"http.status": 401}, "because": ["Server: {http.server}"]})
    (found,) = book.explain(REFUSED)
    assert found.because == ("key.accepted says",)
    (found,) = book.explain(row("key.accepted", "fail", http__status=401, http__server="x"))
    assert found.because == ("Server: x",)


def test_every_command_of_ours_repeats_the_users_flags(book: Book) -> None:
    book.add("key-invalid", {"when": {"http.status": 401}})
    book.add("key-auth-disabled", {"when": {"http.status": 401, "auth.mode": "key"}})
    target = replace(TARGET, provenance={"deployments": "flag --deployment"})
    (found,) = book.explain(REFUSED, target=target)
    assert found.verify == "foundry-doctor run --deployment d e"
    assert found.undecided[0].decided_by == "foundry-doctor run --deployment d e"
    (found,) = book.explain(row("x.y", "fail", http__status=418), target=target)
    assert found.verify == "foundry-doctor run --only 'x.y' -v --deployment d e"


def test_the_port_is_the_targets(book: Book) -> None:
    book.add("connect-refused", {"when": {"connect.outcome": "refused"}, "because": ["{port}"]})
    refused = row("endpoint.connect", "fail", connect__outcome="refused")
    (found,) = book.explain(refused, target=replace(TARGET, port=8443))
    assert found.because == ("8443",)
    (found,) = book.explain(refused, target=Target())
    assert found.because == ("443",)


@pytest.mark.parametrize(
    ("host", "title"), [("login.example", "to login.example"), ("h.example", "within")]
)
def test_a_redirect_to_the_host_itself_names_no_other(book: Book, host: str, title: str) -> None:
    alternatives = ["to {http.location_host}", "within"]
    book.add("unexpected-redirect", {"when": {"http.status": 302}}, title=alternatives)
    answer = row("endpoint.answers", "fail", http__status=302, http__location_host=host)
    (found,) = book.explain(answer)
    assert found.title == title


def test_a_step_may_ask_what_other_rows_found_in_the_settings(book: Book) -> None:
    steps = [
        {"text": "resource", "when": {"config.endpoint": "missing"}},
        {"text": "deployment", "when": {"config.deployment": "missing"}},
        {"text": "both"},
    ]
    variants = (
        {"when": {"config.endpoint": "missing"}},
        {"when": {"config.deployment": "missing"}},
    )
    book.add("config-missing", *variants, remedy=steps)
    endpoint = row("config.endpoint", "fail", config__endpoint="missing")
    deployment = row("config.deployment", "fail", config__deployment="missing")
    fine = row("config.endpoint", "pass", config__endpoint="ok")
    malformed = row("config.endpoint", "fail", config__endpoint="malformed")
    for rows, expected in (
        ((endpoint, deployment), ["resource", "deployment", "both"]),
        ((endpoint,), ["resource", "both"]),
        ((fine, deployment), ["deployment", "both"]),
        ((malformed, deployment), ["deployment", "both"]),
    ):
        found = next(one for one in book.explain(*rows) if one.cause == "config-missing")
        assert [step.text for step in found.remedy] == expected


def test_a_cause_that_the_check_decided(book: Book) -> None:
    book.add("key-invalid", {"when": {"http.status": 401}})
    book.add("connect-refused", {"when": {"connect.outcome": "refused"}})
    decided = Result(
        "x.y", "t", Status.FAIL, "s", cause="connect-refused", facts={"http.status": 401}
    )
    assert causes(book.explain(decided)) == ["connect-refused"]
    unknown = Result("x.y", "t", Status.FAIL, "s", cause="dns-nxdomain")
    assert causes(book.explain(unknown)) == ["unexpected-response"]


def test_passed_checks_rule_out(book: Book) -> None:
    book.add("deployment-not-found", {"when": {"http.status": 404}})
    key = Check(
        "key.accepted", "t", lambda _: ok("x"), rules_out=("key-invalid", "key-auth-disabled")
    )
    failure = row("deployment.resolve", "fail", "d", http__status=404)
    (found,) = book.explain(row("key.accepted", "pass"), failure, checks=(key,))
    assert [(one.cause, one.because) for one in found.ruled_out] == [
        ("key-invalid", "key.accepted: key.accepted says"),
        ("key-auth-disabled", "key.accepted: key.accepted says"),
    ]
    (found,) = book.explain(row("key.accepted", "unknown"), failure, checks=(key,))
    assert found.ruled_out == ()


def test_rows_that_only_a_need_has_brought_do_not_count(book: Book) -> None:
    book.add("clock-skew", {"when": {"clock.skewed": True}})
    book.add("connect-refused", {"when": {"connect.outcome": "refused"}})
    idle = Result(
        "endpoint.clock", "t", Status.WARN, "s", facts={"clock.skewed": True}, selected=False
    )
    assert book.explain(idle, row("dns.resolve", "pass")) == ()
    need = Result(
        "endpoint.connect",
        "t",
        Status.FAIL,
        "s",
        facts={"connect.outcome": "refused"},
        selected=False,
    )
    blocked = Result("key.accepted", "t", Status.SKIP, "s", blocked_by="endpoint.connect")
    assert causes(book.explain(need, blocked)) == ["connect-refused"]


@pytest.mark.parametrize(
    ("reader", "others", "expected"),
    [
        (
            REFUSED,
            [row("x", "pass", auth__mode="entra")],
            {"auth.mode": "entra", "http.status": 401},
        ),
        (REFUSED, [row("x", "pass", http__status=200)], {"auth.mode": "key", "http.status": 401}),
        (
            REFUSED,
            [row("x", "unknown", key__api_key="refused")],
            {"auth.mode": "key", "http.status": 401, "key.api_key": "refused"},
        ),
        (
            REFUSED,
            [row("x", "pass", "d", http__error__code="y")],
            {"auth.mode": "key", "http.status": 401},
        ),
        (
            REFUSED,
            [row("x", "pass", "h.example", dns__outcome="ok")],
            {"auth.mode": "key", "http.status": 401, "dns.outcome": "ok"},
        ),
        (REFUSED, [row("x", "warn", clock__skewed=True)], {"auth.mode": "key", "http.status": 401}),
        (REFUSED, [row("x", "pass", dns__detail=None)], {"auth.mode": "key", "http.status": 401}),
        (
            row("y", "warn", clock__skewed=True),
            [REFUSED],
            {"auth.mode": "key", "clock.skewed": True},
        ),
        (
            row("y", "warn", clock__skewed=True),
            [row("x", "pass", dns__outcome="ok")],
            {"auth.mode": "key", "clock.skewed": True, "dns.outcome": "ok"},
        ),
    ],
)
def test_under_which_facts_a_row_is_read(
    reader: Result, others: list[Result], expected: dict[str, Any]
) -> None:
    assert facts_of(reader, [*others, reader], TARGET) == expected
