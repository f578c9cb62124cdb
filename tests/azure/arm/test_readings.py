"""The reading pass, what it costs, and what stays when a part is denied."""

from __future__ import annotations

from typing import Any

import pytest

from foundry_doctor.azure.accounts import Account, Seek, read_account_document
from foundry_doctor.azure.deployments import (
    nearest_deployment,
    other_account,
    read_deployment,
)
from foundry_doctor.azure.readings import facts, read_account, without_token
from foundry_doctor.azure.refusal import why_refused
from foundry_doctor.azure.regions import Wanted
from foundry_doctor.facts import problems
from foundry_doctor.model import FactValue

from .conftest import Reach
from .world import (
    ACCOUNT,
    ALL,
    GROUP,
    HOST,
    OID,
    READER,
    SUBSCRIPTION,
    Asked,
    Script,
    account,
    assignment,
    denied,
    deployment,
    healthy,
    permission,
    refused,
)

SEEK = Seek(HOST, subscription=SUBSCRIPTION)
CUSTOM = "12345678-1111-2222-3333-444444444444"
READ = {
    "account": (r"/accounts$", "Microsoft.CognitiveServices/accounts/read"),
    "deployments": (r"/deployments$", "Microsoft.CognitiveServices/accounts/deployments/read"),
    "permissions": (r"/permissions$", "Microsoft.Authorization/permissions/read"),
    "models": (r"/locations/[^/]+/models$", "Microsoft.CognitiveServices/locations/models/read"),
}


def told(script: Script, reach: Reach, name: str | None = "claude-sonnet-5") -> Any:
    """The readings of a script, and their facts, checked against the vocabulary."""
    readings = read_account(reach(script).arm, SEEK)
    found = facts(readings, name)
    assert problems(found) == []
    assert None not in found.values()
    return readings, found


def test_a_healthy_pass(reach: Reach) -> None:
    readings, found = told(healthy(), reach)
    assert readings.requests == 4
    assert len(readings.exchanges) == 4
    assert found == {
        "arm.outcome": "ok",
        "arm.account": "found",
        "arm.account_id": ACCOUNT,
        "arm.tenant": "aaaabbbb-0000-cccc-1111-dddd2222eeee",
        "arm.kind": "AIServices",
        "arm.state": "Succeeded",
        "arm.location": "swedencentral",
        "arm.subdomain": True,
        "arm.local_auth_disabled": False,
        "arm.public_access": "enabled",
        "arm.acl_default": "allow",
        "arm.deployments": ("claude-sonnet-5",),
        "arm.deployment": "present",
        "arm.deployment.state": "Succeeded",
        "arm.deployment.model": "claude-sonnet-5",
        "arm.deployment.version": "1",
        "arm.deployment.format": "Anthropic",
        "arm.deployment.sku": "GlobalStandard",
        "arm.deployment.hosting": "anthropic",
        "arm.deployment.capacity": 25,
        "arm.deployment.age_s": 21 * 86400 + 4 * 3600,
        "region.name": "swedencentral",
        "region.source": "arm",
        "region.offered": "yes",
        "region.lifecycle": "GenerallyAvailable",
        "region.retires_in_days": 220,
    }


@pytest.mark.parametrize("name", READ)
@pytest.mark.parametrize("kind", ["denied", "html", "down"])
def test_one_part_fails_and_the_others_stay(name: str, kind: str, reach: Reach) -> None:
    pattern, action = READ[name]
    answer: Any = {
        "denied": denied(action),
        "html": (200, b"<html>sign in</html>"),
        "down": refused(400, "BadRequest", "x"),
    }[kind]
    script = healthy().on(pattern, answer).on(r"ResourceGraph/resources$", answer)
    readings, found = told(script, reach)
    part = readings.parts[name]
    assert part.state == ("denied" if kind == "denied" else "failed")
    assert part.detail
    assert found["arm.detail"].startswith(part.detail)
    if kind == "denied":
        assert found["arm.missing_action"] == action
        assert action in part.detail
        assert part.unlock in part.detail
    if name == "account":
        assert found["arm.outcome"] == part.state
        assert found["arm.account"] == "unknown"
        assert {one.state for one in readings.parts.values()} == {part.state, "not-asked"}
    else:
        assert found["arm.outcome"] == "partly"
        assert all(one.ok for other, one in readings.parts.items() if other != name)
    expected = {"deployments": "unknown", "account": None}.get(name, "present")
    assert found.get("arm.deployment") == expected


def test_never_more_than_six_requests(reach: Reach) -> None:
    def busy(script: Script) -> Script:
        return script.on(".", refused(503, "Down", "x"))

    reached = reach(healthy())
    paged = reach(healthy())
    endless = {"value": [deployment()], "nextLink": f"{paged.endpoint}/accounts/x/deployments"}
    paged.script.on(r"/deployments$", endless)
    lost = healthy().on(r"/accounts$", {"value": [account("zebra")]})
    for one in (reached, paged, reach(busy(healthy())), reach(lost), reach(Script())):
        for seek in (SEEK, Seek(HOST)):
            before = len(one.script.asked)
            readings = read_account(one.arm, seek)
            sent = len(one.script.asked) - before
            assert sent == readings.requests == len(readings.exchanges) <= 6
    # The limit is lifted afterwards.
    assert reached.arm.get("/x", "1", "q").asked


def test_the_fallback_pass_fits_into_six(reach: Reach) -> None:
    script = healthy().on(r"/accounts$", {"value": [account("zebra")]})
    readings, found = told(script, reach)
    assert (readings.requests, found["arm.outcome"], found["arm.account"]) == (6, "ok", "found")


def test_a_part_for_which_no_request_was_left_is_missing(reach: Reach) -> None:
    readings = read_account(reach(healthy()).arm, SEEK, max_requests=3)
    assert (readings.requests, readings.outcome) == (3, "partly")
    assert readings.parts["models"].state == "not-asked"
    assert "used up" in str(facts(readings)["arm.detail"])


def test_a_pass_without_permissions_and_models(reach: Reach) -> None:
    readings = read_account(reach(healthy()).arm, SEEK, permissions=False, models=False)
    assert (readings.requests, readings.outcome) == (2, "ok")
    assert "region.offered" not in facts(readings)


def test_no_token() -> None:
    found = facts(without_token("no credential gave a token"), "x")
    assert found == {
        "arm.outcome": "no-token",
        "arm.account": "unknown",
        "arm.detail": "no credential gave a token",
    }


def test_the_wrong_tenant_names_the_right_one(reach: Reach) -> None:
    other = "bbbbcccc-1111-dddd-2222-eeee3333ffff"
    challenge = {
        "WWW-Authenticate": f'Bearer authorization_uri="https://login.windows.net/{other}"'
    }
    answer = refused(401, "InvalidAuthenticationTokenTenant", "x", **challenge)
    _, found = told(healthy().on(".", answer), reach)
    assert (found["arm.outcome"], found["arm.tenant"]) == ("wrong-tenant", other)


@pytest.mark.parametrize(
    ("properties", "name", "value"),
    [
        ({"disableLocalAuth": True}, "arm.local_auth_disabled", True),
        ({"publicNetworkAccess": "Disabled"}, "arm.public_access", "disabled"),
        ({"publicNetworkAccess": "SecuredByPerimeter"}, "arm.public_access", None),
        ({"networkAcls": {"defaultAction": "Deny"}}, "arm.acl_default", "deny"),
        ({"networkAcls": None}, "arm.acl_default", None),
        ({"provisioningState": "Failed"}, "arm.state", "Failed"),
        ({"customSubDomainName": None}, "arm.subdomain", False),
    ],
)
def test_facts_of_the_account(properties: Any, name: str, value: FactValue, reach: Reach) -> None:
    script = healthy().on(r"/accounts$", {"value": [account(**properties)]})
    assert told(script, reach)[1].get(name) == value


@pytest.mark.parametrize(
    ("listed", "asked", "expected"),
    [
        ([deployment("d")], "d", "present"),
        ([deployment("d", state="Failed")], "d", "present"),
        ([deployment("other")], "d", "absent"),
        ([], "d", "absent"),
        # Another letters' case: whether that is the same name is not documented.
        ([deployment("D")], "d", "unknown"),
    ],
)
def test_the_deployment_in_the_list(listed: Any, asked: str, expected: str, reach: Reach) -> None:
    found = told(healthy().on(r"/deployments$", {"value": listed}), reach, asked)[1]
    assert found["arm.deployment"] == expected
    assert ("arm.deployment.state" in found) == (expected == "present")


def test_an_incomplete_list_proves_nothing(reach: Reach) -> None:
    page = {"value": [deployment("other")], "nextLink": "https://evil.example/"}
    found = told(healthy().on(r"/deployments$", page), reach, "d")[1]
    assert found["arm.deployment"] == "unknown"
    assert "not on the same host" in found["arm.detail"]


@pytest.mark.parametrize(
    ("version", "model_format", "hosting"),
    [
        ("1", "Anthropic", "anthropic"),
        ("20250929", "Anthropic", "anthropic"),
        ("2", "Anthropic", "azure"),
        ("2", "anthropic", "azure"),
        ("3", "Anthropic", "unknown"),
        (None, "Anthropic", "unknown"),
        ("2", "OpenAI", "unknown"),
    ],
)
def test_who_hosts_it(version: str | None, model_format: str, hosting: str) -> None:
    one = read_deployment(deployment(version=version, format=model_format))
    assert one
    assert one.hosting == hosting


def test_the_later_of_two_times_is_the_age(reach: Reach) -> None:
    changed = deployment(created="2020-01-01T00:00:00Z", changed="2026-11-22T11:59:00.5Z")
    found = told(healthy().on(r"/deployments$", {"value": [changed]}), reach)[1]
    assert found["arm.deployment.age_s"] == 60


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("my-sonnet", "my-sonnet"),
        ("My_Sonnet", "my-sonnet"),
        ("my-sonet", "my-sonnet"),
        ("claude-sonnet-4-5", "my-sonnet"),
        ("claude-sonnet-4-5-20250929", "my-sonnet"),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "my-sonnet"),
        ("claude-sonnet-4-5@20250929", "my-sonnet"),
        ("claude-haiku-4-5", "fast"),
        ("gpt", None),
        ("something-else", None),
        ("", None),
    ],
)
def test_what_a_name_was_meant_to_be(name: str, meant: str | None) -> None:
    documents = (
        deployment("my-sonnet", "claude-sonnet-4-5"),
        deployment("fast", "claude-haiku-4-5"),
        deployment("gpt", "gpt-5", format="OpenAI"),
    )
    known = [one for each in documents if (one := read_deployment(each))]
    assert nearest_deployment(name, known) == meant


def siblings(*names: str, **properties: Any) -> list[Account]:
    found = (read_account_document(account(name, **properties)) for name in names)
    return [one for one in found if one]


@pytest.mark.parametrize(
    ("answer", "expected", "state"),
    [
        (deployment("d"), "contoso-two", "ok"),
        (deployment("other"), None, "ok"),
        (refused(404, "ResourceNotFound", "x"), None, "failed"),
        (denied("Microsoft.CognitiveServices/accounts/deployments/read"), None, "denied"),
    ],
)
def test_the_deployment_on_another_account(
    answer: Any, expected: str | None, state: str, reach: Reach
) -> None:
    reached = reach(Script().on(r"/accounts/contoso-two/deployments/d$", answer))
    own, *others = siblings("contoso-ai", "zebra", "contoso-two")
    name, part = other_account(reached.arm, "d", own, [own, *others])
    assert (name, part.state, reached.arm.requests) == (expected, state, 1)


def test_other_accounts_that_are_not_asked(reach: Reach) -> None:
    reached = reach(Script())
    (own,) = siblings("contoso-ai")
    foreign = read_account_document({**account("b"), "id": ACCOUNT.replace(SUBSCRIPTION, "else")})
    face = read_account_document({**account("c"), "kind": "Face"})
    assert foreign
    assert face
    for others in ([], [own], [foreign], [face]):
        assert other_account(reached.arm, "d", own, others)[0] is None
    for bad in ("a/b", "..", "a b", ""):
        assert other_account(reached.arm, bad, own, siblings("x"))[0] is None
    assert reached.arm.requests == 0


# what is read only after a refusal


def test_a_refusal_is_read_in_four_requests(reach: Reach) -> None:
    reached = reach(healthy())
    readings = read_account(reached.arm, SEEK)
    refusal = why_refused(reached.arm, readings, OID)
    assert refusal.requests == 3 == len(refusal.exchanges)
    assert refusal.others is None
    judgement = refusal.judgement(readings, OID)
    assert (judgement.data_action, judgement.reason) == ("granted", "none")
    assert reached.script.asked[4].query.startswith(f"$filter=assignedTo('{OID}')")
    assert reached.script.paths[4].startswith(f"/subscriptions/{SUBSCRIPTION}/providers/")


def test_denied_at_the_subscription_means_asking_at_the_account(reach: Reach) -> None:
    action = "Microsoft.Authorization/roleAssignments/read"
    at_subscription = rf"^/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleAss"
    reached = reach(healthy().on(at_subscription, denied(action)))
    readings = read_account(reached.arm, SEEK)
    refusal = why_refused(reached.arm, readings, OID)
    assert refusal.parts["assignments"].ok
    assert refusal.requests == 4


@pytest.mark.parametrize("name", ["roleAssignments", "denyAssignments", "roleEligibility"])
def test_each_right_can_be_denied(name: str, reach: Reach) -> None:
    action = f"Microsoft.Authorization/{name}/read"
    script = healthy().on(f"/{name}", denied(action))
    script.on(r"/permissions$", {"value": [permission()]})
    reached = reach(script)
    readings = read_account(reached.arm, SEEK)
    refusal = why_refused(reached.arm, readings, OID)
    states = {one.state for one in refusal.parts.values()}
    assert states == {"ok", "denied"}
    judgement = refusal.judgement(readings, OID)
    expected = "missing" if name == "roleAssignments" else "not-confirmed"
    assert judgement.data_action == expected
    assert problems(judgement.facts()) == []


def test_unsettled_roles_are_looked_up(reach: Reach) -> None:
    live = {"name": CUSTOM, "properties": {"type": "CustomRole", "roleName": "Mine"}}

    def definition(asked: Asked) -> Any:
        live["properties"]["permissions"] = [permission(*ALL)]  # type: ignore[index]
        return live if asked.path.endswith(CUSTOM) else refused(404, "NotFound", "x")

    script = healthy().on("/roleDefinitions/", definition)
    mine = [assignment(READER), assignment(CUSTOM), assignment(CUSTOM, scope=GROUP)]
    script.on(r"/roleAssignments$", {"value": mine})
    reached = reach(script)
    readings = read_account(reached.arm, SEEK)
    refusal = why_refused(reached.arm, readings, OID)
    assert list(refusal.definitions) == [CUSTOM]
    assert sum("/roleDefinitions/" in path for path in script.paths) == 1
    judgement = refusal.judgement(readings, OID)
    assert judgement.data_action == "granted"
    assert any("Mine" in one for one in judgement.roles)


def test_an_answer_for_another_role_is_not_taken(reach: Reach) -> None:
    other = {"name": READER, "properties": {"permissions": [permission(*ALL)]}}
    script = healthy().on("/roleDefinitions/", other)
    script.on(r"/roleAssignments$", {"value": [assignment(CUSTOM)]})
    reached = reach(script)
    refusal = why_refused(reached.arm, read_account(reached.arm, SEEK), OID)
    assert refusal.definitions == {}


def test_quota_and_subscription(reach: Reach) -> None:
    reached = reach(healthy())
    readings = read_account(reached.arm, SEEK)
    refusal = why_refused(reached.arm, readings, OID, roles=False, usages=True, subscription=True)
    found = refusal.facts(Wanted("claude-sonnet-5", "1"), readings)
    assert found["quota.limit"] == 2000
    assert found["quota.used"] == 25
    assert found["arm.subscription_state"] == "Enabled"
    assert problems(found) == []


@pytest.mark.parametrize("oid", [None, "", "x' or 1 eq 1", "a/b"])
def test_an_odd_caller_enters_no_filter(oid: str | None, reach: Reach) -> None:
    reached = reach(healthy())
    readings = read_account(reached.arm, SEEK)
    refusal = why_refused(reached.arm, readings, oid)
    assert refusal.parts["assignments"].state == "not-asked"
    assert all("assignedTo" not in one.query for one in reached.script.asked)


def test_the_bound_of_a_refusal(reach: Reach) -> None:
    reached = reach(healthy())
    readings = read_account(reached.arm, SEEK)
    before = len(reached.script.asked)
    reached.script.on(".", refused(503, "Down", "x"))
    refusal = why_refused(reached.arm, readings, OID, usages=True, subscription=True)
    assert len(reached.script.asked) - before == refusal.requests == 9
    assert refusal.judgement(readings, OID).data_action == "granted"


def test_without_an_account_nothing_is_asked(reach: Reach) -> None:
    reached = reach(Script())
    assert why_refused(reached.arm, without_token("x"), OID).requests == 0
