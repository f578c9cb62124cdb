"""The client: outcomes, paging, waiting, and a token that goes to one host only."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from foundry_doctor.azure.arm import ArmClient, endpoint_problem
from foundry_doctor.errors import DoctorError
from foundry_doctor.network.client import Client
from foundry_doctor.secret import Secret

from ...conftest import Canary
from .conftest import TOKEN, Reach
from .world import OID, TENANT, Asked, Script, denied, refused

OTHER = "bbbbcccc-1111-dddd-2222-eeee3333ffff"


@pytest.mark.parametrize(
    ("endpoint", "named", "fine"),
    [
        ("https://management.azure.com", False, True),
        ("https://management.azure.com/", False, True),
        ("https://management.usgovcloudapi.net", False, True),
        ("https://management.chinacloudapi.cn", False, True),
        ("https://MANAGEMENT.azure.com:443", False, True),
        ("https://management.azure.com:8443", False, False),
        ("https://management.azure.com.example.net", False, False),
        ("https://localhost:8443", False, False),
        ("https://localhost:8443", True, True),
        ("http://localhost:8443", True, False),
        ("http://management.azure.com", False, False),
        ("https://user:pw@localhost", True, False),
        ("https://management.azure.com@evil.example", False, False),
        ("https://localhost/path", True, False),
        ("https://localhost?x=1", True, False),
        ("https://[::1", True, False),
        ("management.azure.com", False, False),
        ("", True, False),
    ],
)
def test_where_the_token_may_go(
    endpoint: str, named: bool, fine: bool, client: Callable[..., Client]
) -> None:
    assert (endpoint_problem(endpoint, named_by_user=named) is None) is fine
    if not fine:
        with pytest.raises(DoctorError) as caught:
            ArmClient(client(), endpoint, Secret(TOKEN), named_by_user=named)
        assert caught.value.advice


@pytest.mark.parametrize(
    ("answer", "outcome", "code"),
    [
        ({"value": []}, "ok", None),
        (denied("Microsoft.CognitiveServices/accounts/read"), "denied", "AuthorizationFailed"),
        (refused(401, "ExpiredAuthenticationToken", "old"), "failed", "ExpiredAuthenticationToken"),
        (refused(401, "InvalidAuthenticationTokenTenant", "x"), "wrong-tenant", None),
        (refused(404, "SubscriptionNotFound", "no"), "failed", "SubscriptionNotFound"),
        (refused(409, "Conflict", "no"), "failed", "Conflict"),
        ((403, b"<html>blocked</html>"), "failed", None),
        ((200, b"<html>sign in</html>"), "failed", None),
        ((200, b"[]"), "failed", None),
        ((200, b"{"), "failed", None),
        ((200, b""), "failed", None),
        ((200, b"[" * 100_000), "failed", None),
        ((200, b'{"a": 1' + b"0" * 6000 + b"}"), "failed", None),
        ((302, {}, {"Location": "https://evil.example/"}), "failed", None),
        ((403, {"error": "no"}), "failed", None),
        ((403, {"code": "Bare", "message": "m"}), "denied", "Bare"),
        ((200, b" " * (11 << 20)), "failed", None),
    ],
)
def test_outcomes(answer: Any, outcome: str, code: str | None, reach: Reach) -> None:
    reached = reach(Script().on(".", answer))
    got = reached.arm.get("/x", "2025-06-01", "a question")
    assert got.outcome == outcome
    assert code is None or (got.error and got.error.code == code)
    assert len(got.exchanges) == len(reached.client.exchanges) == 1
    assert got.ok or got.detail


def test_the_refused_action_is_read(reach: Reach) -> None:
    action = "Microsoft.CognitiveServices/accounts/deployments/read"
    reached = reach(Script().on(".", denied(action)))
    error = reached.arm.get("/x", "1", "q").error
    assert error
    assert (error.missing_action, error.tenant_hint) == (action, None)
    recorded = reached.client.exchanges[0].error
    assert recorded
    assert (recorded.layer, recorded.code) == ("arm", "AuthorizationFailed")


@pytest.mark.parametrize(
    ("code", "challenge", "message", "own", "outcome"),
    [
        ("InvalidAuthenticationTokenTenant", True, "", TENANT, "wrong-tenant"),
        ("InvalidAuthenticationTokenTenant", False, "said", TENANT, "wrong-tenant"),
        ("InvalidAuthenticationToken", True, "", TENANT, "wrong-tenant"),
        ("InvalidAuthenticationToken", True, "", OTHER, "failed"),
        ("InvalidAuthenticationToken", True, "", None, "failed"),
        ("InvalidAuthenticationToken", False, "", TENANT, "failed"),
    ],
)
def test_the_tenant_that_the_challenge_asks_for(
    code: str, challenge: bool, message: str, own: str | None, outcome: str, reach: Reach
) -> None:
    said = (
        f"The access token is from the wrong issuer 'https://sts.windows.net/{TENANT}/'. It must "
        f"match the tenant 'https://sts.windows.net/{OTHER}/' associated with this subscription."
    )
    value = f'Bearer authorization_uri="https://login.windows.net/{OTHER}", error="invalid_token"'
    headers = {"WWW-Authenticate": value} if challenge else {}
    answer = (401, {"error": {"code": code, "message": said if message else "no"}}, headers)
    got = reach(Script().on(".", answer), tenant=own).arm.get("/x", "1", "q")
    assert got.outcome == outcome
    assert got.error
    assert got.error.tenant_hint == (OTHER if challenge or message else None)


def test_pages_are_put_together(reach: Reach) -> None:
    script = Script()
    reached = reach(script)
    # Azure writes the port into its links, and other letters' case.
    link = f"{reached.endpoint.replace('localhost', 'LOCALHOST')}/next?page=2"
    script.on("/list", {"value": [{"n": 1}, "junk"], "nextLink": link})
    script.on("/next", {"value": [{"n": 2}], "nextLink": None})
    got = reached.arm.get_all("/list", "1", "q")
    assert [one["n"] for one in got.items] == [1, 2]
    assert got.complete
    assert reached.arm.requests == 2 == len(got.exchanges)


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/next",
        "http://localhost/next",
        "https://user@localhost:{port}/next",
        "//evil.example/next",
        "/relative",
        "https://localhost:1/next",
        "https://[::1",
        ["https://evil.example"],
        {"a": 1},
        17,
    ],
)
def test_no_page_of_another_host_is_asked_for(link: Any, reach: Reach) -> None:
    script = Script()
    reached = reach(script)
    if isinstance(link, str):
        link = link.replace("{port}", reached.endpoint.rsplit(":", 1)[1])
    script.on("/list", {"value": [{"n": 1}], "nextLink": link})
    got = reached.arm.get_all("/list", "1", "q")
    assert (got.ok, got.complete, len(got.items)) == (True, False, 1)
    assert "not" in got.detail
    assert script.paths == ["/list"]
    assert all("evil" not in one.url for one in reached.client.exchanges)


def test_a_list_without_an_end_ends(reach: Reach) -> None:
    script = Script()
    reached = reach(script)
    script.on("/list", lambda _: {"value": [], "nextLink": f"{reached.endpoint}/list?again"})
    got = reached.arm.get_all("/list", "1", "q")
    assert not got.complete
    assert reached.arm.requests == 2


def test_a_page_that_fails_leaves_the_list_incomplete(reach: Reach) -> None:
    script = Script()
    reached = reach(script)
    script.on("/list", {"value": [{"n": 1}], "nextLink": f"{reached.endpoint}/gone"})
    got = reached.arm.get_all("/list", "1", "q")
    assert (got.ok, got.complete, len(got.items)) == (True, False, 1)


def test_retry_after_is_honoured(reach: Reach) -> None:
    answers = iter([refused(429, "TooManyRequests", "wait", **{"Retry-After": "3"}), {"value": []}])
    reached = reach(Script().on(".", lambda _: next(answers)))
    got = reached.arm.get("/x", "1", "q")
    assert got.ok
    assert reached.slept == [3.0]
    assert reached.arm.requests == 2 == len(got.exchanges)


@pytest.mark.parametrize(
    ("value", "waits", "requests"),
    [("3600", 0, 1), ("Sun, 22 Nov 2026 12:00:04 GMT", 2, 3), ("soon", 2, 3), ("-1", 2, 3)],
)
def test_throttling_that_lasts(value: str, waits: int, requests: int, reach: Reach) -> None:
    answer = refused(429, "TooManyRequests", "wait", **{"Retry-After": value})
    reached = reach(Script().on(".", answer))
    assert reached.arm.get("/x", "1", "q").outcome == "throttled"
    assert (len(reached.slept), reached.arm.requests) == (waits, requests)
    assert all(one <= 20 for one in reached.slept)
    assert "Sun" not in value or reached.slept[0] == 4.0


def test_no_wait_beyond_the_budget(reach: Reach) -> None:
    answer = refused(429, "TooManyRequests", "wait", **{"Retry-After": "5"})
    reached = reach(Script().on(".", answer), budget=3.0)
    assert reached.arm.get("/x", "1", "q").outcome == "throttled"
    assert reached.slept == []


def test_the_limit_counts_retries_and_pages(reach: Reach) -> None:
    reached = reach(Script().on(".", refused(503, "Down", "x")))
    reached.arm.allow(2)
    first, second = (reached.arm.get("/x", "1", "q") for _ in range(2))
    assert (first.outcome, first.asked, second.asked) == ("failed", True, False)
    assert reached.arm.requests == 2
    reached.arm.allow(None)
    assert reached.arm.get("/x", "1", "q").asked


@pytest.mark.parametrize("what", ["refused", "silent", "untrusted"])
def test_faults_of_the_network_raise_nothing(
    what: str, reach: Reach, client: Callable[..., Client], tmp_path: Any
) -> None:
    def slow(_: Asked) -> dict[str, str]:
        time.sleep(0.8)
        return {}

    reached = reach(Script().on(".", slow))
    if what == "refused":
        arm = ArmClient(client(), "https://localhost:1", Secret(TOKEN), named_by_user=True)
    elif what == "silent":
        made = client(timeout=0.3)
        arm = ArmClient(made, reached.endpoint, Secret(TOKEN), named_by_user=True)
    else:
        from foundry_doctor.emulator.authority import ThrowAwayAuthority

        made = client(ca=ThrowAwayAuthority().write(tmp_path / "other.pem"))
        arm = ArmClient(made, reached.endpoint, Secret(TOKEN), named_by_user=True)
    got = arm.get("/x", "1", "q")
    assert got.outcome == "unreachable"
    assert got.detail
    phases = {"refused": "connect", "untrusted": "tls"}
    assert (got.failure.phase if got.failure else None) == phases.get(what)


def test_a_token_that_http_cannot_carry_is_not_sent(client: Callable[..., Client]) -> None:
    made = client()
    arm = ArmClient(made, "https://localhost:1", Secret("a\nb-secret-x"), named_by_user=True)
    got = arm.get("/x", "1", "q")
    assert (got.outcome, got.asked, made.exchanges) == ("failed", False, [])
    assert "secret" not in got.detail


def test_an_echoed_token_shows_nowhere(reach: Reach, canary: Canary) -> None:
    echo = f"\x1b[31mthe token {TOKEN} of {OID} \x1b]0;t\x07is bad"
    script = Script().on(".", refused(401, TOKEN, echo, **{"request-id": TOKEN}))
    reached = reach(script)
    got = reached.arm.get("/x", "1", "q")
    canary.saw("the answer", repr(got))
    assert script.asked[0].headers["authorization"] == f"Bearer {TOKEN}"
    assert got.error
    assert got.error.message == f"the token *** of {OID} is bad"
    page = reach(Script().on(".", {"value": [{"a": TOKEN}]})).arm.get_all("/x", "1", "q")
    canary.saw("a document", repr(page))
