"""Resource Manager: readings, who may read them, refusals, filters, paging."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest

from foundry_doctor.emulator import Emulator
from foundry_doctor.emulator.plane_spec import TokenSpec
from foundry_doctor.emulator.tokens import jwt, mint
from foundry_doctor.emulator.world import (
    OTHER_TENANT,
    PRINCIPALS,
    RESOURCE_GROUP,
    SUBSCRIPTION,
    TENANT,
)

from .conftest import ARM, arm

SUB = f"/subscriptions/{SUBSCRIPTION}"
GROUP = f"{SUB}/resourceGroups/{RESOURCE_GROUP}"
PROVIDER = "/providers/Microsoft.CognitiveServices"
ACCOUNT = f"{GROUP}{PROVIDER}/accounts/contoso-ai"
ACCESS = "/providers/Microsoft.Authorization"
APP, USER, TEAM = (PRINCIPALS[name].oid for name in ("app", "user", "group"))
READER = {"role": "Reader", "scope": "subscription"}
CALLER = {"role": "Cognitive Services User"}


def error(reply: Any) -> tuple[int, str]:
    return reply.status_code, reply.json()["error"]["code"]


def names(reply: Any) -> list[str]:
    assert reply.status_code == 200, reply.text
    return [one["name"] for one in reply.json()["value"]]


@pytest.fixture
def healthy(serve: Any) -> Emulator:
    emulator: Emulator = serve(planes="all")
    return emulator


def test_an_account(healthy: Emulator, call: Any) -> None:
    reply = arm(call, healthy, ACCOUNT)
    body, properties = reply.json(), reply.json()["properties"]
    assert (body["id"], body["kind"], body["sku"]) == (ACCOUNT, "AIServices", {"name": "S0"})
    assert body["location"] == "swedencentral"
    assert properties["customSubDomainName"] == "contoso-ai"
    assert properties["disableLocalAuth"] is False
    assert properties["publicNetworkAccess"] == "Enabled"
    assert properties["networkAcls"]["defaultAction"] == "Allow"
    assert properties["provisioningState"] == "Succeeded"
    # The emulator's own address is one of the account's, so that it is found by it.
    assert properties["endpoints"]["AI Foundry API"] == f"{healthy.origin}/"
    assert "https://contoso-ai.services.ai.azure.com/" in properties["endpoints"].values()
    for header in ("x-ms-request-id", "x-ms-correlation-request-id", "x-ms-routing-request-id"):
        assert reply.headers[header]
    assert int(reply.headers["x-ms-ratelimit-remaining-subscription-reads"]) > 0


@pytest.mark.parametrize("path", [f"{SUB}{PROVIDER}/accounts", f"{GROUP}{PROVIDER}/accounts"])
def test_accounts_are_listed(healthy: Emulator, call: Any, path: str) -> None:
    assert names(arm(call, healthy, path)) == ["contoso-ai"]


def test_paths_are_read_without_regard_to_case(healthy: Emulator, call: Any) -> None:
    path = ACCOUNT.replace("resourceGroups", "resourcegroups").replace("contoso-ai", "Contoso-AI")
    assert arm(call, healthy, path.replace("providers", "PROVIDERS")).status_code == 200


@pytest.mark.parametrize(
    ("server", "expected"),
    [
        ({"key_auth": "disabled-401"}, {"disableLocalAuth": True}),
        ({"network": "public-access-disabled"}, {"publicNetworkAccess": "Disabled"}),
        ({"network": "perimeter-denied"}, {"publicNetworkAccess": "SecuredByPerimeter"}),
    ],
)
def test_it_tells_what_the_data_plane_does(
    serve: Any, call: Any, server: Any, expected: dict[str, Any]
) -> None:
    properties = arm(call, serve(server=server, planes="all"), ACCOUNT).json()["properties"]
    assert {name: properties[name] for name in expected} == expected


def test_a_deployment(healthy: Emulator, call: Any) -> None:
    assert names(arm(call, healthy, f"{ACCOUNT}/deployments")) == ["claude-sonnet-5"]
    body = arm(call, healthy, f"{ACCOUNT}/deployments/claude-sonnet-5").json()
    assert body["sku"] == {"name": "GlobalStandard", "capacity": 25}
    properties = body["properties"]
    model = {"format": "Anthropic", "name": "claude-sonnet-5", "version": "2"}
    assert properties["model"] == model
    assert properties["provisioningState"] == "Succeeded"
    limits = {one["key"]: one["count"] for one in properties["rateLimits"]}
    assert limits == {"request": 25, "token": 25000}
    skus = arm(call, healthy, f"{ACCOUNT}/deployments/claude-sonnet-5/skus").json()["value"]
    assert skus[0]["sku"] == body["sku"]


def test_the_models_of_a_region(healthy: Emulator, call: Any) -> None:
    path = f"{SUB}{PROVIDER}/locations/swedencentral/models"
    models = [one["model"] for one in arm(call, healthy, path).json()["value"]]
    sonnet = [one for one in models if one["name"] == "claude-sonnet-5"]
    assert {one["version"]: one["capabilities"]["hostedOn"] for one in sonnet} == {
        "1": "Anthropic",
        "2": "Azure",
    }
    azure = next(one for one in sonnet if one["version"] == "2")
    assert azure["format"] == "Anthropic"
    assert azure["lifecycleStatus"] == "GenerallyAvailable"
    assert azure["deprecation"]["inference"].startswith("2027-")
    usage = "AIServices.GlobalStandard.claude-sonnet-5.Azure"
    assert [one["usageName"] for one in azure["skus"]] == [usage]
    assert {one["format"] for one in models} == {"Anthropic", "OpenAI"}
    elsewhere = arm(call, healthy, path.replace("swedencentral", "westeurope")).json()["value"]
    assert {one["model"]["format"] for one in elsewhere} == {"OpenAI"}
    eastern = arm(call, healthy, path.replace("swedencentral", "eastus2")).json()["value"]
    skus = {sku["name"] for one in eastern for sku in one["model"]["skus"]}
    assert skus == {"GlobalStandard", "DataZoneStandard"}
    own = arm(call, healthy, f"{ACCOUNT}/models").json()["value"]
    assert {one["name"] for one in own} == {one["name"] for one in models}


def test_the_switches_of_models(serve: Any, call: Any) -> None:
    change = {
        "claude-opus-5": {"offered": False},
        "claude-sonnet-5": {"lifecycle": "Deprecated", "retires_in_days": -3, "versions": ["2"]},
    }
    emulator = serve(arm={"models": change})
    path = f"{SUB}{PROVIDER}/locations/swedencentral/models"
    models = [one["model"] for one in arm(call, emulator, path).json()["value"]]
    assert "claude-opus-5" not in {one["name"] for one in models}
    (sonnet,) = [one for one in models if one["name"] == "claude-sonnet-5"]
    assert (sonnet["version"], sonnet["lifecycleStatus"]) == ("2", "Deprecated")
    assert sonnet["deprecation"]["inference"] < time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def test_usages(serve: Any, call: Any) -> None:
    line = "AIServices.GlobalStandard.claude-sonnet-5.Azure"
    path = f"{SUB}{PROVIDER}/locations/swedencentral/usages"

    def read(emulator: Emulator) -> tuple[float, float]:
        lines = {one["name"]["value"]: one for one in arm(call, emulator, path).json()["value"]}
        return lines[line]["currentValue"], lines[line]["limit"]

    assert read(serve(planes="all")) == (25, 2000)
    assert read(serve(arm={"usages": {line: {"current": 0, "limit": 0}}})) == (0, 0)


@pytest.mark.parametrize(
    ("key_auth", "status"), [("enabled", 200), ("disabled-401", 400), ("disabled-403", 400)]
)
def test_keys(serve: Any, call: Any, key_auth: str, status: int) -> None:
    emulator = serve(server={"key_auth": key_auth}, planes="all")
    reply = arm(call, emulator, f"{ACCOUNT}/listKeys", "POST")
    assert reply.status_code == status
    if status == 200:
        assert reply.json()["key1"] == emulator.valid_key
        assert reply.json()["key2"] != emulator.valid_key
    else:
        text = "Failed to list key. disableLocalAuth is set to be true"
        assert reply.json()["error"] == {"code": "BadRequest", "message": text}


def test_private_link(serve: Any, call: Any) -> None:
    emulator = serve(world={"account": {"private_endpoint": "Pending"}})
    (group,) = arm(call, emulator, f"{ACCOUNT}/privateLinkResources").json()["value"]
    assert "privatelink.services.ai.azure.com" in group["properties"]["requiredZoneNames"]
    (one,) = arm(call, emulator, f"{ACCOUNT}/privateEndpointConnections").json()["value"]
    assert one["properties"]["privateLinkServiceConnectionState"]["status"] == "Pending"


@pytest.mark.parametrize(
    "path",
    ["/usages", "/skus", "/projects", "/networkSecurityPerimeterConfigurations"],
)
def test_other_children(healthy: Emulator, call: Any, path: str) -> None:
    assert "value" in arm(call, healthy, ACCOUNT + path).json()


def test_other_readings(healthy: Emulator, call: Any) -> None:
    assert names(arm(call, healthy, f"{SUB}{PROVIDER}/deletedAccounts")) == []
    assert arm(call, healthy, f"{SUB}{PROVIDER}/skus").json()["value"]
    model = "modelFormat=Anthropic&modelName=claude-sonnet-5&modelVersion=2"
    capacities = arm(call, healthy, f"{SUB}{PROVIDER}/modelCapacities?{model}").json()["value"]
    assert capacities[0]["properties"]["availableCapacity"] == 1975
    assert error(arm(call, healthy, f"{SUB}{PROVIDER}/modelCapacities")) == (
        400,
        "InvalidParameter",
    )
    path, body = f"{SUB}{PROVIDER}/checkDomainAvailability", {"subdomainName": "contoso-ai"}
    assert not arm(call, healthy, path, "POST", json=body).json()["isSubdomainAvailable"]
    body = {"subdomainName": "nobody-has-this"}
    assert arm(call, healthy, path, "POST", json=body).json()["isSubdomainAvailable"]
    path = f"{SUB}{PROVIDER}/locations/eastus2/checkSkuAvailability"
    body = {"skus": ["S0"], "kind": "AIServices", "type": "x"}  # type: ignore[dict-item]
    assert arm(call, healthy, path, "POST", json=body).json()["value"][0]["skuAvailable"]


def test_subscriptions_tenants_and_groups(healthy: Emulator, call: Any) -> None:
    (found,) = arm(call, healthy, "/subscriptions").json()["value"]
    assert found == arm(call, healthy, SUB).json()
    assert (found["subscriptionId"], found["tenantId"]) == (SUBSCRIPTION, TENANT)
    assert found["state"] == "Enabled"
    assert arm(call, healthy, "/tenants").json()["value"][0]["tenantId"] == TENANT
    assert names(arm(call, healthy, f"{SUB}/resourcegroups")) == [RESOURCE_GROUP]
    assert arm(call, healthy, GROUP).json()["id"] == GROUP
    provider = arm(call, healthy, f"{SUB}/providers/Microsoft.CognitiveServices").json()
    assert provider["registrationState"] == "Registered"
    assert len(arm(call, healthy, f"{SUB}/providers").json()["value"]) == 3
    assert arm(call, healthy, f"{SUB}/locations").json()["value"]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/subscriptions/00000000-0000-0000-0000-000000000000", 404, "SubscriptionNotFound"),
        (f"{SUB}/resourceGroups/nope", 404, "ResourceGroupNotFound"),
        (f"{SUB}/resourceGroups/nope{PROVIDER}/accounts/a", 404, "ResourceGroupNotFound"),
        (f"{GROUP}{PROVIDER}/accounts/nope", 404, "ResourceNotFound"),
        (f"{GROUP}{PROVIDER}/accounts/nope/deployments", 404, "ParentResourceNotFound"),
        (f"{ACCOUNT}/deployments/nope", 404, "ResourceNotFound"),
        (f"{ACCOUNT}/nothing", 404, "InvalidResourceType"),
        (f"{SUB}/providers/Microsoft.Nothing", 404, "InvalidResourceNamespace"),
        (f"{SUB}/something", 404, "InvalidResourceType"),
        ("/something", 404, "InvalidResourceType"),
        (f"{SUB}{ACCESS}/roleDefinitions/{APP}", 404, "RoleDefinitionDoesNotExist"),
    ],
)
def test_what_does_not_exist(
    healthy: Emulator, call: Any, path: str, status: int, code: str
) -> None:
    assert error(arm(call, healthy, path)) == (status, code)


def test_an_api_version_is_needed_and_any_will_do(healthy: Emulator, call: Any) -> None:
    reply = call(healthy, "GET", f"{healthy.arm_endpoint}{ACCOUNT}")
    assert error(reply) == (400, "MissingApiVersionParameter")
    for version in ("2017-04-18", "2099-01-01-preview"):
        assert arm(call, healthy, ACCOUNT, version=version).status_code == 200


def _token(**changes: Any) -> str:
    app = PRINCIPALS["app"]
    given = {"tenant": TENANT, "resource": ARM, "oid": app.oid, "app_id": app.app_id, **changes}
    spec = TokenSpec(expired=given.pop("expired", False))
    return mint(spec, time.time(), **given)


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "AuthenticationFailed"),
        ("Basic abc", "AuthenticationFailed"),
        ("Bearer", "AuthenticationFailed"),
        ("Bearer nonsense", "InvalidAuthenticationToken"),
        (f"Bearer {_token(expired=True)}", "ExpiredAuthenticationToken"),
        (f"Bearer {jwt({'aud': ARM})}", "ExpiredAuthenticationToken"),
        (f"Bearer {_token(resource='https://ai.azure.com')}", "InvalidAuthenticationTokenAudience"),
        (f"Bearer {_token(tenant=OTHER_TENANT)}", "InvalidAuthenticationTokenTenant"),
    ],
    ids=["none", "basic", "empty", "garbage", "expired", "timeless", "audience", "tenant"],
)
def test_tokens_that_are_not_accepted(
    healthy: Emulator, call: Any, header: str | None, code: str
) -> None:
    headers = {} if header is None else {"authorization": header}
    reply = arm(call, healthy, ACCOUNT, headers=headers, as_=None)
    assert error(reply) == (401, code)
    challenge = reply.headers["www-authenticate"]
    assert challenge.startswith(f'Bearer authorization_uri="https://login.windows.net/{TENANT}"')
    assert 'error="invalid_token"' in challenge


def test_the_texts_of_401(healthy: Emulator, call: Any) -> None:
    def text(token: str) -> str:
        reply = arm(call, healthy, SUB, headers={"authorization": f"Bearer {token}"}, as_=None)
        return str(reply.json()["error"]["message"])

    assert re.search(
        r"expiry UTC time '\d+/\d+/\d{4} \d+:\d\d:\d\d [AP]M'", text(_token(expired=True))
    )
    wrong = text(_token(tenant=OTHER_TENANT))
    assert f"wrong issuer 'https://sts.windows.net/{OTHER_TENANT}/'" in wrong
    assert f"must match the tenant 'https://sts.windows.net/{TENANT}/'" in wrong


def test_a_subscription_of_another_tenant_is_not_listed(serve: Any, call: Any) -> None:
    emulator = serve("tenant-mismatch", planes="all")
    assert arm(call, emulator, "/subscriptions").json()["value"] == []
    reply = arm(call, emulator, SUB)
    assert error(reply) == (401, "InvalidAuthenticationTokenTenant")
    assert OTHER_TENANT in reply.headers["www-authenticate"]


def test_one_without_roles_sees_nothing(serve: Any, call: Any) -> None:
    emulator = serve(world={"assignments": []})
    assert arm(call, emulator, "/subscriptions").json()["value"] == []
    for path, action in (
        (SUB, "Microsoft.Resources/subscriptions/read"),
        (f"{SUB}{PROVIDER}/accounts", "Microsoft.CognitiveServices/accounts/read"),
        (ACCOUNT, "Microsoft.CognitiveServices/accounts/read"),
        (f"{ACCOUNT}/deployments", "Microsoft.CognitiveServices/accounts/deployments/read"),
        (f"{ACCOUNT}{ACCESS}/roleAssignments", "Microsoft.Authorization/roleAssignments/read"),
    ):
        reply = arm(call, emulator, path)
        assert error(reply) == (403, "AuthorizationFailed")
        message = reply.json()["error"]["message"]
        app = PRINCIPALS["app"]
        assert message.startswith(
            f"The client '{app.app_id}' with object id '{app.oid}' does not have authorization to "
            f"perform action '{action}' over scope '/subscriptions/{SUBSCRIPTION}"
        )
    # One's own permissions are told, and are none.
    assert arm(call, emulator, f"{ACCOUNT}{ACCESS}/permissions").json()["value"] == []
    # Before existence: a stranger does not learn what exists.
    assert error(arm(call, emulator, f"{GROUP}{PROVIDER}/accounts/nope"))[0] == 403


def test_rights_go_action_by_action(serve: Any, call: Any) -> None:
    emulator = serve(world={"assignments": [CALLER]})
    assert arm(call, emulator, ACCOUNT).status_code == 200
    assert arm(call, emulator, f"{ACCOUNT}/deployments").status_code == 200
    assert arm(call, emulator, f"{ACCOUNT}/listKeys", "POST").status_code == 200
    assert names(arm(call, emulator, f"{SUB}{PROVIDER}/accounts")) == ["contoso-ai"]
    assert error(arm(call, emulator, f"{ACCOUNT}{ACCESS}/roleAssignments"))[0] == 403
    assert error(arm(call, emulator, f"{SUB}{PROVIDER}/locations/eastus2/usages"))[0] == 403
    strict = serve(world={"assignments": [CALLER]}, arm={"lists": "strict"})
    assert error(arm(call, strict, f"{SUB}{PROVIDER}/accounts"))[0] == 403


def test_a_list_of_allowed_actions_replaces_the_roles(serve: Any, call: Any) -> None:
    emulator = serve(arm={"allowed": ["Microsoft.CognitiveServices/accounts/read"]})
    assert arm(call, emulator, ACCOUNT).status_code == 200
    assert error(arm(call, emulator, f"{ACCOUNT}/deployments"))[0] == 403
    assert arm(call, emulator, "/subscriptions").json()["value"] == []
    nothing = serve(arm={"allowed": []})
    assert error(arm(call, nothing, ACCOUNT))[0] == 403


def test_own_permissions(serve: Any, call: Any) -> None:
    path = f"{ACCOUNT}{ACCESS}/permissions"
    found = arm(call, serve(planes="all"), path).json()["value"]
    assert ["Microsoft.CognitiveServices/*"] in [one["dataActions"] for one in found]
    strict = {"own_permissions": "needs-action"}
    assert error(arm(call, serve(arm=strict, world={"assignments": [CALLER]}), path))[0] == 403


@pytest.mark.parametrize(
    ("scope", "text", "who"),
    [
        (ACCOUNT, "", ["app-account", "app-sub", "group-account", "user-project"]),
        (ACCOUNT, "atScope()", ["app-account", "app-sub", "group-account"]),
        (ACCOUNT, f"assignedTo('{APP}')", ["app-account", "app-sub"]),
        (ACCOUNT, f"assignedTo('{USER}')", ["group-account", "user-project"]),
        (ACCOUNT, f"atScope() and assignedTo('{USER}')", ["group-account"]),
        (ACCOUNT, f"principalId eq '{USER}'", ["user-project"]),
        (SUB, "atScope()", ["app-sub"]),
        (SUB, f"principalId eq '{APP}'", ["app-account", "app-sub"]),
        (f"{ACCOUNT}/projects/p1", f"atScope() and assignedTo('{USER}')",
         ["group-account", "user-project"]),
    ],
)  # fmt: skip
def test_filters_of_role_assignments(
    serve: Any, call: Any, scope: str, text: str, who: list[str]
) -> None:
    emulator = serve(
        world={
            "assignments": [
                CALLER,
                READER,
                {**CALLER, "principal": "group"},
                {**CALLER, "principal": "user", "scope": "project"},
            ]
        }
    )
    query = f"?$filter={text.replace(' ', '+')}" if text else ""
    found = arm(call, emulator, f"{scope}{ACCESS}/roleAssignments{query}").json()["value"]
    short = {APP: "app", USER: "user", TEAM: "group", ACCOUNT: "account", SUB: "sub"}
    shown = [
        f"{short[one['principalId']]}-{short.get(one['scope'], 'project')}"
        for one in (row["properties"] for row in found)
    ]
    assert sorted(shown) == who
    assert found[0]["properties"]["roleDefinitionId"].startswith(SUB)


def test_role_definitions(healthy: Emulator, call: Any) -> None:
    path = f"{ACCOUNT}{ACCESS}/roleDefinitions"
    foundry_user = "53ca6127-db72-4b80-b1b0-d745d6d5456d"
    found = {one["name"]: one["properties"] for one in arm(call, healthy, path).json()["value"]}
    assert found[foundry_user]["roleName"] == "Foundry User"
    assert found[foundry_user]["permissions"][0]["dataActions"] == ["Microsoft.CognitiveServices/*"]
    one = arm(call, healthy, f"{path}/{foundry_user}").json()
    assert one["properties"] == found[foundry_user]
    for text, expected in (
        ("roleName+eq+'Reader'", ["acdd72a7-3385-48ef-bd42-f606fba81ae7"]),
        ("type+eq+'CustomRole'", []),
    ):
        assert names(arm(call, healthy, f"{path}?$filter={text}")) == expected


def test_older_names_and_custom_roles(serve: Any, call: Any) -> None:
    emulator = serve(
        world={
            "role_names": "old",
            "custom_roles": {"Caller": {"data_actions": ["x/y"]}},
            "assignments": [READER, {"role": "Foundry User"}, {"role": "Caller"}],
        }
    )
    rows = arm(call, emulator, f"{SUB}{ACCESS}/roleDefinitions").json()["value"]
    kinds = {one["properties"]["roleName"]: one["properties"]["type"] for one in rows}
    assert kinds["Azure AI User"] == "BuiltInRole"
    assert "Foundry User" not in kinds
    assert kinds["Caller"] == "CustomRole"


def test_deny_assignments(serve: Any, call: Any) -> None:
    denial = {
        "principals": ["app"],
        "excluded": ["user"],
        "actions": ["Microsoft.CognitiveServices/accounts/listKeys/action"],
        "data_actions": ["Microsoft.CognitiveServices/*"],
    }
    emulator = serve(world={"denials": [denial]})
    (row,) = arm(call, emulator, f"{ACCOUNT}{ACCESS}/denyAssignments").json()["value"]
    properties = row["properties"]
    assert properties["principals"] == [{"id": APP, "type": "ServicePrincipal"}]
    assert properties["excludePrincipals"] == [{"id": USER, "type": "User"}]
    assert properties["permissions"][0]["dataActions"] == ["Microsoft.CognitiveServices/*"]
    assert arm(call, emulator, f"{SUB}{ACCESS}/denyAssignments?$filter=atScope()").json() == {
        "value": []
    }
    reply = arm(call, emulator, f"{ACCOUNT}/listKeys", "POST")
    assert error(reply) == (403, "DenyAssignmentAuthorizationFailed")
    assert "contoso-guardrail" in reply.json()["error"]["message"]
    assert arm(call, emulator, ACCOUNT).status_code == 200


@pytest.mark.parametrize("scope", [ACCOUNT, SUB, ""])
def test_eligibility_is_readable_by_oneself(serve: Any, call: Any, scope: str) -> None:
    emulator = serve(world={"assignments": [], "eligible": [CALLER]})
    path = f"{scope}{ACCESS}/roleEligibilityScheduleInstances"
    (row,) = arm(call, emulator, f"{path}?$filter=asTarget()").json()["value"]
    assert row["properties"]["principalId"] == APP
    expanded = row["properties"]["expandedProperties"]
    assert expanded["roleDefinition"]["displayName"] == "Cognitive Services User"
    other = arm(call, emulator, f"{path}?$filter=asTarget()", as_="user")
    assert other.json()["value"] == []
    assert error(arm(call, emulator, path))[0] == 403


def test_resource_graph(healthy: Emulator, call: Any) -> None:
    def ask(query: str) -> dict[str, Any]:
        path = "/providers/Microsoft.ResourceGraph/resources"
        body = {"subscriptions": [SUBSCRIPTION], "query": query}
        found: dict[str, Any] = arm(call, healthy, path, "POST", json=body).json()
        return found

    query = "resources | where type =~ 'microsoft.cognitiveservices/accounts' "
    found = ask(query + "| where properties.customSubDomainName =~ 'CONTOSO-AI' | project id")
    assert (found["totalRecords"], found["count"]) == (1, 1)
    assert found["data"][0]["id"] == ACCOUNT
    assert found["data"][0]["resourceGroup"] == RESOURCE_GROUP
    assert ask(query + "| where properties.customSubDomainName =~ 'other'")["data"] == []
    assert ask(query + "| where name == 'CONTOSO-AI'")["data"] == []
    reply = arm(call, healthy, "/providers/Microsoft.ResourceGraph/resources", "POST")
    assert error(reply) == (400, "BadRequest")


def test_pages(serve: Any, call: Any) -> None:
    emulator = serve(arm={"page_size": 5})
    path, found, pages = f"{ACCOUNT}{ACCESS}/roleDefinitions", [], 0
    reply = arm(call, emulator, path)
    token = emulator.planes.entra.access_token(ARM)
    while True:
        found += names(reply)
        pages += 1
        link = reply.json().get("nextLink")
        if link is None:
            break
        assert link.startswith(emulator.arm_endpoint)
        assert "api-version" in link
        reply = call(emulator, "GET", link, headers={"authorization": f"Bearer {token}"})
    assert pages == -(-len(found) // 5)
    assert len(set(found)) == len(found) > 10


def test_throttling_passes(serve: Any, call: Any) -> None:
    emulator = serve("arm-throttled-once", planes="all")
    first, second = (arm(call, emulator, ACCOUNT) for _ in range(2))
    assert (first.status_code, first.headers["retry-after"]) == (429, "1")
    assert second.status_code == 200


def test_a_fixed_answer_may_be_for_some_paths_only(serve: Any, call: Any) -> None:
    emulator = serve(arm={"answer_path": "/usages", "answer": {"status": 500, "body": {}}})
    assert arm(call, emulator, ACCOUNT).status_code == 200
    assert arm(call, emulator, f"{ACCOUNT}/usages").status_code == 500


def test_ids_are_echoed(healthy: Emulator, call: Any) -> None:
    headers = {
        "x-ms-client-request-id": "mine",
        "x-ms-return-client-request-id": "true",
        "x-ms-correlation-request-id": "theirs",
    }
    reply = arm(call, healthy, ACCOUNT, headers=headers)
    assert reply.headers["x-ms-client-request-id"] == "mine"
    assert reply.headers["x-ms-correlation-request-id"] == "theirs"


def test_no_record_holds_the_token(healthy: Emulator, call: Any) -> None:
    arm(call, healthy, ACCOUNT)
    (one,) = healthy.arm_requests
    assert one.auth_headers == ("authorization",)
    assert one.headers["authorization"] == "Bearer [redacted]"
    assert healthy.requests == []
    assert healthy.entra_requests == []


@pytest.mark.parametrize("state", ["Disabled", "Warned", "PastDue"])
def test_states_of_the_subscription(serve: Any, call: Any, state: str) -> None:
    emulator = serve(world={"subscription_state": state})
    assert arm(call, emulator, SUB).json()["state"] == state


def test_a_deleted_subscription_is_not_found(serve: Any, call: Any) -> None:
    emulator = serve(world={"subscription_state": "Deleted"})
    assert error(arm(call, emulator, ACCOUNT)) == (404, "SubscriptionNotFound")


def test_a_provider_that_is_not_registered(serve: Any, call: Any) -> None:
    emulator = serve("provider-not-registered", planes="all")
    for path in (f"{SUB}{PROVIDER}/accounts", ACCOUNT):
        assert error(arm(call, emulator, path)) == (409, "MissingSubscriptionRegistration")
    body = arm(call, emulator, f"{SUB}/providers/Microsoft.CognitiveServices").json()
    assert body["registrationState"] == "NotRegistered"


def test_without_a_subdomain_the_account_has_regional_endpoints(serve: Any, call: Any) -> None:
    emulator = serve("custom-subdomain-required", planes="all")
    properties = arm(call, emulator, ACCOUNT).json()["properties"]
    assert "customSubDomainName" not in properties
    assert set(properties["endpoints"].values()) == {f"{emulator.origin}/"}
