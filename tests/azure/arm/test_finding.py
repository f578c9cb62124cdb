"""Finding the account: by the list, by Resource Graph, and not by accident."""

from __future__ import annotations

from typing import Any

import pytest

from foundry_doctor.azure.accounts import Account, Seek, match, read_account_document
from foundry_doctor.azure.finding import find_account, graph_query

from .conftest import Reach
from .world import ACCOUNT, GROUP, HOST, SUBSCRIPTION, TENANT, Asked, account, denied, healthy
from .world import refused as arm_refused

REGIONAL = "https://swedencentral.api.cognitive.microsoft.com/"
SEEK = Seek(HOST, subscription=SUBSCRIPTION)


def parsed(*given: Any) -> list[Account]:
    return [one for each in given if (one := read_account_document(each))]


def test_an_account_is_read_whole() -> None:
    document = account(
        networkAcls={
            "defaultAction": "Deny",
            "ipRules": [{"value": "203.0.113.0/24"}, {"value": "198.51.100.7"}],
            "virtualNetworkRules": [{"id": "v"}],
        },
        publicNetworkAccess="Disabled",
        disableLocalAuth=True,
        privateEndpointConnections=[
            {
                "name": "pe-1",
                "properties": {
                    "privateLinkServiceConnectionState": {
                        "status": "Pending",
                        "actionsRequired": "Approve",
                    }
                },
            }
        ],
    )
    (one,) = parsed(document)
    assert (one.id, one.subscription, one.resource_group) == (ACCOUNT, SUBSCRIPTION, "rg-contoso")
    assert (one.kind, one.sku, one.location, one.tenant) == (
        *("AIServices", "S0", "swedencentral", TENANT),
    )
    assert (one.local_auth_disabled, one.public_access, one.acl_default) == (
        True,
        "disabled",
        "deny",
    )
    assert (one.ip_rules, one.network_rules, one.private_only) == (2, 1, True)
    (endpoint,) = one.private_endpoints
    assert (endpoint.state, endpoint.actions_required) == ("Pending", "Approve")
    assert (HOST, 443) in one.hosts


@pytest.mark.parametrize(
    ("value", "expected"),
    [(True, True), (False, False), (None, False), ("true", True), ("odd", False)],
)
def test_local_auth_that_is_not_stated_is_on(value: Any, expected: bool) -> None:
    (one,) = parsed(account(disableLocalAuth=value))
    assert one.local_auth_disabled is expected


def test_an_account_without_properties_says_nothing() -> None:
    (one,) = parsed({"id": ACCOUNT})
    assert (one.local_auth_disabled, one.public_access, one.subdomain) == (None, None, None)


@pytest.mark.parametrize(
    "own_id",
    [
        None,
        17,
        "",
        "/subscriptions/s",
        f"{ACCOUNT}/deployments/d",
        "/subscriptions/s/resourceGroups/../providers/Microsoft.CognitiveServices/accounts/../x",
        f"//evil.example{ACCOUNT}",
        ACCOUNT.replace("contoso-ai", "a?b"),
        ACCOUNT.replace("contoso-ai", "a/b"),
        ACCOUNT.replace("accounts", "other"),
    ],
)
def test_an_id_that_could_lead_elsewhere_is_none(own_id: Any) -> None:
    assert read_account_document({**account(), "id": own_id}) is None


@pytest.mark.parametrize(
    ("seek", "names"),
    [
        (Seek("contoso-ai.services.ai.azure.com"), ["contoso-ai"]),
        (Seek("CONTOSO-AI.openai.azure.com"), ["contoso-ai"]),
        (Seek("contoso-ai.cognitiveservices.azure.com"), ["contoso-ai"]),
        (Seek("gateway.example.net", resource="contoso-two"), ["contoso-two"]),
        # hosts of `endpoints` that follow no rule
        (Seek("odd.example.net"), ["odd"]),
        (Seek("localhost", 4001), ["one"]),
        (Seek("localhost", 4009), ["one", "two"]),
        # a regional host is shared
        (Seek("swedencentral.api.cognitive.microsoft.com"), ["bare", "plain"]),
        # no subdomain, and so named
        (Seek("bare.services.ai.azure.com"), ["bare"]),
        # another subdomain is another account, whatever its name
        (Seek("renamed.services.ai.azure.com"), []),
        (Seek("contoso.services.ai.azure.com"), []),
        (Seek("contoso-ai.services.ai.azure.com.evil.example"), []),
        (Seek("evil.example"), []),
        (Seek(""), []),
    ],
)
def test_which_account_it_is(seek: Seek, names: list[str]) -> None:
    known = parsed(
        account(),
        account("contoso-two"),
        account(
            "renamed",
            customSubDomainName="quite-different",
            endpoint="https://quite-different.cognitiveservices.azure.com/",
            endpoints={},
        ),
        account("odd", endpoints={"x": "https://odd.example.net/"}),
        account("one", endpoints={"x": "https://localhost:4001/"}),
        account("two", endpoints={"x": "https://localhost:4002/"}),
        account("bare", customSubDomainName=None, endpoint=REGIONAL, endpoints={}),
        account("plain", customSubDomainName=None, endpoint=REGIONAL, endpoints={}),
    )
    assert [one.name for one in match(known, seek)] == names


def test_the_list_of_the_subscription_finds_it_in_one_request(reach: Reach) -> None:
    reached = reach(healthy())
    found = find_account(reached.arm, SEEK)
    assert found.account
    assert (found.state, found.account.id, reached.arm.requests) == ("found", ACCOUNT, 1)
    assert [one.name for one in found.others] == ["contoso-two"]
    group = find_account(reached.arm, Seek(HOST, 443, None, SUBSCRIPTION, "rg(x).v-1"))
    assert group.account
    assert "/resourceGroups/rg(x).v-1/providers/" in reached.script.paths[-1]


def test_resource_graph_finds_it_and_its_own_document_is_read(reach: Reach) -> None:
    row = {**account(disableLocalAuth=False), "tenantId": "t-1", "identity": None}
    script = healthy().on(r"ResourceGraph/resources$", {"data": [row]})
    script.on(r"/accounts/contoso-ai$", {**account(disableLocalAuth=True), "identity": None})
    reached = reach(script)
    found = find_account(reached.arm, Seek(HOST))
    assert found.account
    assert (found.account.local_auth_disabled, found.account.tenant) == (True, "t-1")
    asked = script.asked[0]
    assert (asked.method, reached.arm.requests) == ("POST", 2)
    assert "properties.customSubDomainName =~ 'contoso-ai'" in asked.body["query"]
    assert f"contains '://{HOST}'" in asked.body["query"]


def test_resource_graphs_row_stays_where_the_document_is_denied(reach: Reach) -> None:
    script = healthy().on(
        r"/accounts/contoso-ai$", denied("Microsoft.CognitiveServices/accounts/read")
    )
    found = find_account(reach(script).arm, Seek(HOST))
    assert found.account
    assert found.part.ok
    assert "Resource Graph" in found.part.detail


@pytest.mark.parametrize(
    "given",
    [
        Seek("a' or true or 'b.services.ai.azure.com"),
        Seek("x", resource="a'; resources | take 1 //"),
        Seek("A\nB", resource="c|d"),
    ],
)
def test_nothing_but_host_characters_enters_the_query(given: Seek) -> None:
    query = graph_query(given)
    assert "take" not in query
    assert "or true" not in query
    assert query.count("'") % 2 == 0


def test_a_denied_list_falls_back_to_resource_graph(reach: Reach) -> None:
    action = "Microsoft.CognitiveServices/accounts/read"
    script = healthy().on(r"/accounts$", denied(action))
    found = find_account(reach(script).arm, SEEK)
    assert (found.state, found.part.state, found.part.detail) == ("found", "ok", "")
    script.on(r"ResourceGraph/resources$", {"data": []})
    found = find_account(reach(script).arm, SEEK)
    assert (found.state, found.part.outcome, found.part.missing_action) == (
        *("unknown", "denied", action),
    )
    assert "Reader" in (found.part.unlock or "")


def test_in_another_subscription_than_the_settings_say(reach: Reach) -> None:
    elsewhere = ACCOUNT.replace(SUBSCRIPTION, "bbbb0a0a-bb1b-cc2c-dd3d-eeeeee4e4e4e")
    moved = {**account(), "id": elsewhere}
    script = healthy().on(r"/accounts$", {"value": [account("contoso-two")]})
    script.on(r"ResourceGraph/resources$", {"data": [moved]}).on(r"/accounts/contoso-ai$", moved)
    found = find_account(reach(script).arm, SEEK)
    assert found.account
    assert found.account.id == elsewhere
    assert elsewhere in found.part.detail


@pytest.mark.parametrize(
    ("seek", "listed", "rows", "state", "says"),
    [
        (SEEK, [account("contoso-a1")], [], "not-found", "nearest is contoso-a1"),
        (SEEK, [account("zebra")], [], "not-found", "none of the 1"),
        # Who sees no account at all knows nothing.
        (SEEK, [], [], "unknown", "no account at all"),
        (Seek(HOST), [], [], "unknown", "no account at all"),
        # A gateway's host is in no account.
        (Seek("llm.example.net", subscription=SUBSCRIPTION), [account()], [], "unknown", "none"),
    ],
)
def test_what_not_found_means(
    seek: Seek, listed: Any, rows: Any, state: str, says: str, reach: Reach
) -> None:
    script = healthy().on(r"/accounts$", {"value": listed})
    found = find_account(reach(script.on(r"ResourceGraph/resources$", {"data": rows})).arm, seek)
    assert (found.account, found.state) == (None, state)
    assert says in found.part.detail


def test_resource_graph_says_not_found_only_where_something_is_visible(reach: Reach) -> None:
    def rows(asked: Asked) -> Any:
        return {"data": [] if " or " in asked.body["query"] else [account("contoso-al")]}

    reached = reach(healthy().on(r"ResourceGraph/resources$", rows))
    found = find_account(reached.arm, Seek(HOST))
    assert (found.state, reached.arm.requests) == ("not-found", 2)
    assert "contoso-al" in found.part.detail


def test_a_shared_host_names_no_account(reach: Reach) -> None:
    bare: dict[str, Any] = {"customSubDomainName": None, "endpoint": REGIONAL, "endpoints": {}}
    script = healthy().on(r"/accounts$", {"value": [account("a", **bare), account("b", **bare)]})
    reached = reach(script)
    seek = Seek("swedencentral.api.cognitive.microsoft.com", subscription=SUBSCRIPTION)
    found = find_account(reached.arm, seek)
    assert (found.account, found.state, reached.arm.requests) == (None, "unknown", 1)
    assert "share" in found.part.detail


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (arm_refused(401, "InvalidAuthenticationTokenTenant", "x"), "wrong-tenant"),
        (arm_refused(429, "TooManyRequests", "x", **{"Retry-After": "99"}), "throttled"),
    ],
)
def test_what_resource_graph_would_not_mend_is_not_asked(
    answer: Any, outcome: str, reach: Reach
) -> None:
    reached = reach(healthy().on(r"/accounts$", answer))
    found = find_account(reached.arm, SEEK)
    assert (found.part.outcome, reached.arm.requests) == (outcome, 1)


def test_an_incomplete_list_proves_no_absence(reach: Reach) -> None:
    page = {"value": [account("zebra")], "nextLink": "https://evil.example/"}
    script = healthy().on(r"/accounts$", page).on(r"ResourceGraph/resources$", {"data": []})
    assert find_account(reach(script).arm, SEEK).state == "unknown"
    assert GROUP in ACCOUNT
