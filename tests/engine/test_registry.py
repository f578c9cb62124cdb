"""What a check declares, and the order that follows."""

from __future__ import annotations

from typing import Any

import pytest

from foundry_doctor import Check, Context, Finding, check, ok
from foundry_doctor.engine.registry import RegistryError, in_order, met


def question(_: Context) -> Finding:
    """What it does."""
    return ok("fine")


def made(id_: str, *needs: str, tier: str = "free", **more: Any) -> Check:
    return check(id_, "it holds", needs=needs, tier=tier, **more)(question)


def test_the_decorator_declares() -> None:
    one = check("dns.x", "it resolves", needs=["config.y"], follows=[{"a": 1}], limit=3.0)(question)
    assert (one.id, one.title, one.needs, one.limit) == ("dns.x", "it resolves", ("config.y",), 3.0)
    assert (one.family, one.doc, one.tier, one.origin) == (
        "dns",
        "What it does.",
        "free",
        "built-in",
    )
    assert one.question is question


@pytest.mark.parametrize(
    ("given", "order"),
    [
        ([("rbac.a",), ("dns.a",), ("config.a",)], "config.a dns.a rbac.a"),
        ([("dns.b",), ("dns.a",)], "dns.a dns.b"),
        ([("dns.a", "rbac.a"), ("rbac.a",)], "rbac.a dns.a"),
        ([("own.a",), ("inference.a",)], "inference.a own.a"),
        ([("dns.a", "dns.b"), ("dns.b", "dns.c"), ("dns.c",)], "dns.c dns.b dns.a"),
    ],
)
def test_order(given: list[tuple[str, ...]], order: str) -> None:
    checks = [made(*one) for one in given]
    assert " ".join(one.id for one in in_order(checks)) == order
    assert in_order(reversed(checks)) == in_order(checks)


def test_what_needs_no_packet_comes_first() -> None:
    checks = [made("dns.a"), made("key.a", tier="offline"), made("inference.a", tier="paid")]
    assert [one.id for one in in_order(checks)] == ["key.a", "dns.a", "inference.a"]


@pytest.mark.parametrize(
    ("checks", "words"),
    [
        ([made("dns.a"), made("dns.a")], "two checks are called dns.a"),
        ([made("dns.a", "dns.z")], "needs unknown checks: dns.z"),
        ([made("dns.a", "dns.b"), made("dns.b", "dns.a")], "in a circle: dns.a, dns.b"),
        ([made("dns.a", "dns.a")], "in a circle"),
        ([Check("dns.a", "t", question, tier="cheap")], "unknown tier 'cheap'"),
        ([Check("", "t", question)], "needs an id"),
        ([Check(7, "t", question)], "needs an id"),  # type: ignore[arg-type]
        ([Check("dns.a", "t", "no function")], "not a function"),  # type: ignore[arg-type]
    ],
)
def test_what_cannot_be(checks: list[Check], words: str) -> None:
    with pytest.raises(RegistryError, match=words):
        in_order(checks)


def test_the_decorator_refuses_an_unknown_tier() -> None:
    with pytest.raises(RegistryError, match="known: offline, free, paid"):
        made("dns.a", tier="cheap")


@pytest.mark.parametrize(
    ("condition", "facts", "fits"),
    [
        ({"http.status": 401}, {"http.status": 401}, True),
        ({"http.status": 401}, {"http.status": 403}, False),
        ({"http.status": 401}, {}, False),
        ({"http.status": (401, 403)}, {"http.status": 403}, True),
        ({"http.status": (401, 403)}, {"http.status": 404}, False),
        ({"http.status": 404, "x": lambda v: v != "y"}, {"http.status": 404}, True),
        ({"http.status": 404, "x": lambda v: v != "y"}, {"http.status": 404, "x": "y"}, False),
        ({"x": None}, {}, True),
        ({"x": None}, {"x": 1}, False),
        ({}, {}, True),
    ],
)
def test_conditions(condition: dict[str, Any], facts: dict[str, Any], fits: bool) -> None:
    assert met(condition, facts) is fits
