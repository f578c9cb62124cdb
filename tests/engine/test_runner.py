"""One run: every row is there, whatever the checks do."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from foundry_doctor import Check, Context, Finding, Status, check, fail, ok, skip, unknown, warn
from foundry_doctor.calls import Options
from foundry_doctor.engine.runner import Runner, Selection, rows, validate
from foundry_doctor.errors import UsageError
from foundry_doctor.model import Result, Target
from foundry_doctor.network.connect import Connector
from foundry_doctor.network.trust import unverified_context
from foundry_doctor.secret import Secret

KEY = "Ab3dE6gH9jK2mN5pQ8sT"
Answer = Callable[[Context], Any]
LOOSE: Any = Finding
"""A plug-in's author may have no type checker."""


def passes(_: Context) -> Finding:
    return ok("fine")


def fails(_: Context) -> Finding:
    return fail("broken")


def made(id_: str, *needs: str, do: Answer = passes, **more: Any) -> Check:
    return check(id_, "it holds", needs=needs, **more)(do)


class World:
    """A runner over checks made up on the spot."""

    def __init__(self, *checks: Check, deadline: float = 10.0, **selection: Any) -> None:
        target = Target(deployments=("d", "e"), key=Secret(KEY))
        connector = Connector({}, unverified_context)
        self.seen: list[Result] = []
        self.started: list[str] = []
        self.context = Context(target, Options(budget=deadline), connector)
        self.runner = Runner(
            checks,
            Selection(**selection),
            self.context,
            deadline=time.monotonic() + deadline,
            observe=self.seen.append,
            starting=lambda one: self.started.append(one.id),
        )

    def run(self) -> dict[str, Result]:
        results = self.runner.run()
        self.context.close()
        assert self.seen == results == self.runner.results
        return {row.id: row for row in results}


def statuses(found: dict[str, Result]) -> dict[str, str]:
    return {id_: row.status.value for id_, row in found.items()}


def test_rows_come_in_the_order_of_needs() -> None:
    world = World(made("dns.a", "rbac.a"), made("rbac.a"), made("config.a", tier="offline"))
    assert list(world.run()) == ["config.a", "rbac.a", "dns.a"] == world.started


@pytest.mark.parametrize(
    ("answer", "status", "blocks"),
    [
        (ok("x"), "pass", False),
        (warn("x"), "warn", False),
        (unknown("x"), "unknown", False),
        (fail("x"), "fail", True),
        (skip("x"), "skip", False),
        ([fail("x", subject="d"), ok("x", subject="e")], "pass", False),
        ([fail("x", subject="d"), fail("x", subject="e")], "fail", True),
    ],
)
def test_what_stands_in_the_way(answer: Finding | list[Finding], status: str, blocks: bool) -> None:
    found = World(made("dns.a", do=lambda _: answer), made("rbac.a", "dns.a")).run()
    assert found["dns.a"].status.value == status
    assert found["rbac.a"].status.value == ("skip" if blocks else "pass")
    assert found["rbac.a"].blocked_by == ("dns.a" if blocks else None)


def test_a_skip_names_the_root() -> None:
    found = World(
        made("dns.a", do=fails), made("dns.b", "dns.a"), made("dns.c", "dns.b"), made("dns.z")
    ).run()
    assert {one.blocked_by for one in (found["dns.b"], found["dns.c"])} == {"dns.a"}
    assert found["dns.c"].summary == "not tested: dns.a did not pass"
    assert found["dns.z"].status is Status.PASS


def test_nothing_is_sent_while_the_settings_are_wrong() -> None:
    world = World(
        made("config.a", tier="offline", do=fails),
        made("key.a", tier="offline"),
        made("dns.a"),
        made("dns.b", follows=[{"config.detail": None}]),
    )
    found = world.run()
    assert statuses(found) == {
        "config.a": "fail",
        "key.a": "pass",
        "dns.a": "skip",
        "dns.b": "skip",
    }
    assert found["dns.a"].blocked_by == found["dns.b"].blocked_by == "config.a"
    assert world.started == ["config.a", "key.a"]


def test_an_offline_warning_is_no_gate() -> None:
    found = World(made("config.a", tier="offline", do=lambda _: warn("x")), made("dns.a")).run()
    assert found["dns.a"].status is Status.PASS


def raising(error: BaseException) -> Answer:
    def answer(_: Context) -> Finding:
        raise error

    return answer


def half_way(_: Context) -> Iterator[Finding]:
    yield ok("first")
    raise ValueError("second")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (
            raising(ValueError(f"bad {KEY} value")),
            r"crashed at answer:\d+: ValueError: bad \*\*\* value",
        ),
        (raising(SystemExit(0)), "SystemExit"),
        (raising(KeyboardInterrupt()), "KeyboardInterrupt"),
        (raising(RecursionError()), "RecursionError"),
        (half_way, "ValueError: second"),
        (lambda _: None, "TypeError"),
        (lambda _: "words", "returns Findings, not str"),
        (lambda _: [ok("x"), None], "returns Findings, not NoneType"),
        (lambda _: [], "returned no finding"),
        (lambda _: ok("x", {"no.such": 1}), "unknown fact 'no.such'"),
        (lambda _: ok("x", {"http.status": "401"}), "http.status cannot be '401'"),
        (lambda _: ok("x", {"http.outcome": "odd"}), "http.outcome cannot be 'odd'"),
        (lambda _: LOOSE(Status.PASS, "x", facts=None), "are not mappings"),
        (lambda _: LOOSE(Status.PASS, None), "summary is not a text"),
        (lambda _: LOOSE(Status.PASS, "x", subject=7), "subject is not a text"),
        (lambda _: LOOSE("fail", "x"), "status 'fail' is not a Status"),
    ],
)
def test_a_defect_costs_one_row(answer: Answer, words: str) -> None:
    found = World(made("dns.a", do=answer), made("dns.b", "dns.a"), made("dns.c")).run()
    assert statuses(found) == {"dns.a": "error", "dns.b": "skip", "dns.c": "pass"}
    assert found["dns.a"].summary.startswith("check dns.a (built-in)")
    import re

    assert re.search(words, found["dns.a"].summary)
    assert KEY not in found["dns.a"].summary


def test_a_hang_costs_one_row_and_its_limit() -> None:
    release = threading.Event()
    started = time.monotonic()
    found = World(made("dns.a", do=lambda _: release.wait(30), limit=0.2), made("dns.b")).run()
    release.set()
    assert time.monotonic() - started < 2
    assert statuses(found) == {"dns.a": "error", "dns.b": "pass"}
    assert "did not finish" in found["dns.a"].summary


def test_a_hang_ends_with_the_budget_and_the_rest_is_unknown() -> None:
    release = threading.Event()
    found = World(
        made("dns.a", do=lambda _: release.wait(30)),
        made("dns.b"),
        made("dns.c", "dns.a"),
        deadline=0.2,
    ).run()
    release.set()
    assert statuses(found) == {"dns.a": "error", "dns.b": "unknown", "dns.c": "skip"}
    assert found["dns.b"].summary == "not tested: the budget of 0.2 s is used up"


# Follow-ups ------------------------------------------------------------------------------


def following(*conditions: dict[str, Any], id_: str = "key.f", do: Answer = passes) -> Check:
    return made(id_, follows=conditions, do=do)


@pytest.mark.parametrize(
    ("answer", "runs"),
    [
        (fail("x", {"http.status": 401}), True),
        (unknown("x", {"http.status": 401}), True),
        (fail("x", {"http.status": 403}), False),
        (ok("x", {"http.status": 401}), False),
        (warn("x", {"http.status": 401}), False),
        (fail("x"), False),
    ],
)
def test_a_follow_up_runs_on_its_condition_only(answer: Finding, runs: bool) -> None:
    world = World(made("dns.a", do=lambda _: answer), following({"http.status": 401}))
    assert ("key.f" in world.run()) is runs


def test_a_follow_up_may_trigger_another_and_none_runs_twice() -> None:
    world = World(
        made("dns.a", do=lambda _: fail("x", {"http.status": 401})),
        following({"key.x_api_key": "refused"}, id_="dns.f"),
        following(
            {"http.status": 401}, id_="key.f", do=lambda _: fail("x", {"key.x_api_key": "refused"})
        ),
    )
    assert list(world.run()) == ["dns.a", "key.f", "dns.f"]
    assert world.started.count("key.f") == 1


def test_the_facts_of_the_passed_rows_count_for_a_condition() -> None:
    both = {"http.status": 401, "auth.mode": "key"}
    first = made("config.a", tier="offline", do=lambda _: ok("x", {"auth.mode": "key"}))
    second = made("dns.a", do=lambda _: fail("x", {"http.status": 401}))
    assert "key.f" in World(first, second, following(both)).run()
    assert "key.f" not in World(second, following(both)).run()


def test_a_condition_that_raises_costs_one_row() -> None:
    def odd(value: str) -> bool:
        return value.startswith("x")

    found = World(made("dns.a", do=fails), following({"http.error.code": odd})).run()
    assert statuses(found) == {"dns.a": "fail", "key.f": "error"}
    assert "AttributeError" in found["key.f"].summary


def test_deployment_facts_and_warnings_are_not_learned() -> None:
    world = World(
        made("dns.a", do=lambda _: fail("x", {"http.status": 404}, subject="d")),
        made("dns.b", do=lambda _: warn("x", {"clock.skewed": True})),
        made("dns.c", do=lambda _: ok("x", {"dns.outcome": "ok"}, subject="host")),
    )
    world.run()
    assert world.context.facts == {"dns.outcome": "ok"}


# Rows ------------------------------------------------------------------------------------


def test_one_row_for_a_check_and_subject() -> None:
    def answer(_: Context) -> Iterable[Finding]:
        return [ok("1", subject="d"), ok("2", subject="e"), fail("3", subject="d")]

    world = World(made("dns.a", do=answer), made("dns.b"))
    world.run()
    assert [(r.id, r.subject, r.summary) for r in rows(world.runner.results)] == [
        ("dns.a", "d", "3"),
        ("dns.a", "e", "2"),
        ("dns.b", None, "fine"),
    ]


def test_no_secret_in_a_row_and_all_of_it_is_json() -> None:
    def answer(_: Context) -> Finding:
        return fail(
            f"said {KEY}",
            {"http.error.message": f"m {KEY}", "dns.chain": (KEY, "x")},
            evidence={"a": [KEY, {"b": KEY}], "n": float("nan"), "o": object(), "f": 1.5},  # type: ignore[dict-item]
        )

    world = World(made("dns.a", do=answer))
    row = world.run()["dns.a"]
    assert KEY not in repr(row)
    assert row.facts["dns.chain"] == ("***", "x")
    assert world.context.facts["http.error.message"] == "m ***"
    json.dumps(dict(row.evidence), allow_nan=False)
    assert row.evidence["f"] == 1.5
    assert "http.error.message" in row.evidence


# What the user selects -------------------------------------------------------------------

PLAIN = (
    made("config.a", tier="offline"),
    made("dns.a", "config.a"),
    made("dns.b", "dns.a"),
    made("inference.a", "dns.b", tier="paid"),
    following({"http.status": 401}),
)


@pytest.mark.parametrize(
    ("selection", "ran"),
    [
        ({}, {"config.a": True, "dns.a": True, "dns.b": True}),
        ({"only": ("dns.b",)}, {"config.a": False, "dns.a": False, "dns.b": True}),
        ({"only": ("dns.*",)}, {"config.a": False, "dns.a": True, "dns.b": True}),
        ({"only": ("config.*", "dns.a")}, {"config.a": True, "dns.a": True}),
        ({"skip": ("dns.a",)}, {"config.a": True, "dns.b": True}),
        ({"only": ("dns.b",), "skip": ("dns.a",)}, {"dns.b": True}),
        ({"tier": "offline"}, {"config.a": True}),
        ({"tier": "paid"}, {"config.a": True, "dns.a": True, "dns.b": True, "inference.a": True}),
        ({"only": ("inference.*",)}, {}),
    ],
)
def test_selection(selection: dict[str, Any], ran: dict[str, bool]) -> None:
    found = World(*PLAIN, **selection).run()
    assert {id_: row.selected for id_, row in found.items()} == ran


def test_a_follow_up_runs_under_only_too_but_counts_only_when_named() -> None:
    checks = (
        made("dns.a", do=lambda _: fail("x", {"http.status": 401})),
        following({"http.status": 401}),
    )
    assert World(*checks, only=("dns.a",)).run()["key.f"].selected is False
    assert World(*checks, only=("*",)).run()["key.f"].selected is True
    assert "key.f" not in World(*checks, skip=("key.*",)).run()
    assert "key.f" not in World(*checks, tier="offline").run()


@pytest.mark.parametrize(
    ("selection", "words"),
    [
        (Selection(only=("dsn.*",)), "--only dsn.*"),
        (Selection(only=("dns.*", "keys.f")), "--only keys.f"),
        (Selection(skip=("dns",)), "--skip dns"),
        (Selection(only=("dns.a",), skip=("dns.*",)), "leave no check"),
        (Selection(skip=("*",)), "leave no check"),
        (Selection(only=("key.f",)), "runs by itself after a failure"),
    ],
)
def test_a_typo_is_no_silent_pass(selection: Selection, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        validate(selection, PLAIN)
    assert words in caught.value.message
    assert caught.value.advice


@pytest.mark.parametrize(
    "selection", [Selection(), Selection(only=("config.*",)), Selection(skip=("dns.?",))]
)
def test_a_good_selection(selection: Selection) -> None:
    validate(selection, PLAIN)


# Interruptions ---------------------------------------------------------------------------


class Stop(BaseException):
    """Stands for SIGTERM's exception."""


@pytest.mark.parametrize("stop", [KeyboardInterrupt, Stop])
def test_an_interruption_leaves_every_row(stop: type[BaseException]) -> None:
    def interrupt(result: Result) -> None:
        if result.id == "dns.a":
            raise stop

    world = World(*PLAIN)
    world.runner._observe = interrupt
    with pytest.raises(stop):
        world.runner.run()
    world.runner._observe = lambda _: None
    world.runner.interrupt("not run: interrupted")
    world.context.close()
    found = {row.id: row for row in world.runner.results}
    assert statuses(found) == {"config.a": "pass", "dns.a": "pass", "dns.b": "skip"}
    assert found["dns.b"].summary == "not run: interrupted"


def test_an_interruption_while_a_check_runs() -> None:
    import _thread

    release = threading.Event()

    def busy(_: Context) -> Finding:
        _thread.interrupt_main()
        release.wait(5)
        return ok("too late")

    world = World(made("dns.a"), made("dns.b", do=busy), made("dns.c"))
    with pytest.raises(KeyboardInterrupt):
        world.runner.run()
    world.runner.interrupt("stopped")
    release.set()
    world.context.close()
    found = {row.id: row for row in world.runner.results}
    assert statuses(found) == {"dns.a": "pass", "dns.b": "skip", "dns.c": "skip"}
