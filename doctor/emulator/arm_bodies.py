"""Accounts, deployments and their kin as Resource Manager prints them.

Field names: [Azure/azure-rest-api-specs CognitiveServices 2025-10-01-preview]. No published example
shows a Claude deployment; capacity and rate limits are those of a public one (25: 25 requests and
25 000 tokens a minute).
"""

from __future__ import annotations

import time
from typing import Any

from .roles import made_up_id
from .spec import Deployment
from .world import HOST_SUFFIX, PROJECT, PROVIDER, Account, World, stamp

ZONES = (
    "privatelink.cognitiveservices.azure.com",
    "privatelink.openai.azure.com",
    "privatelink.services.ai.azure.com",
)
_CREATED = "2026-09-01T08:00:00.0000000Z"
_SYSTEM = {
    "createdBy": "admin@contoso.onmicrosoft.com",
    "createdByType": "User",
    "createdAt": _CREATED,
    "lastModifiedBy": "admin@contoso.onmicrosoft.com",
    "lastModifiedByType": "User",
    "lastModifiedAt": _CREATED,
}


def local_auth_disabled(account: Account, world: World) -> bool:
    """disableLocalAuth: the scenario's own word, else what the data plane does with keys."""
    if account.spec.disable_local_auth is not None:
        return account.spec.disable_local_auth
    return account.main and world.server.key_auth != "enabled"


def endpoints(account: Account, world: World) -> dict[str, str]:
    """The hosts of an account; the main one answers at the emulator's own address as well."""
    base = f"https://{account.name}"
    found = {
        "AI Foundry API": f"{base}{HOST_SUFFIX}/",
        "Azure AI Model Inference API": f"{base}{HOST_SUFFIX}/",
        "OpenAI Language Model Instance API": f"{base}.openai.azure.com/",
        "Content Safety": f"{base}.cognitiveservices.azure.com/",
    }
    if account.main and not world.origin.endswith(HOST_SUFFIX):
        found["AI Foundry API"] = f"{world.origin}/"
    if not account.spec.custom_subdomain:
        return dict.fromkeys(found, _regional(account, world))
    return found


def _regional(account: Account, world: World) -> str:
    if account.main and not world.origin.endswith(HOST_SUFFIX):
        return f"{world.origin}/"
    return f"https://{account.spec.location}.api.cognitive.microsoft.com/"


def account_body(account: Account, world: World) -> dict[str, Any]:
    """An account."""
    spec = account.spec
    scope = world.account_scope(account.name)
    access, rules = _network(account, world)
    properties: dict[str, Any] = {
        "endpoint": (
            f"https://{account.name}.cognitiveservices.azure.com/"
            if spec.custom_subdomain
            else _regional(account, world)
        ),
        "provisioningState": spec.provisioning_state,
        "internalId": made_up_id("internal", scope).replace("-", ""),
        "dateCreated": _CREATED,
        "callRateLimit": {"rules": []},
        "isMigrated": False,
        "networkAcls": rules,
        "privateEndpointConnections": private_endpoints(account, world),
        "publicNetworkAccess": access,
        "disableLocalAuth": local_auth_disabled(account, world),
        "endpoints": endpoints(account, world),
        "allowProjectManagement": True,
        "defaultProject": PROJECT,
        "associatedProjects": [PROJECT],
    }
    if spec.custom_subdomain:
        properties["customSubDomainName"] = account.name
    return {
        "id": scope,
        "name": account.name,
        "type": f"{PROVIDER}/accounts",
        "etag": f'"{made_up_id("etag", scope)}"',
        "kind": spec.kind,
        "location": spec.location,
        "sku": {"name": spec.sku},
        "identity": {
            "type": "SystemAssigned",
            "principalId": made_up_id("account-identity", scope),
            "tenantId": world.resource_tenant,
        },
        "tags": {},
        "systemData": _SYSTEM,
        "properties": properties,
    }


def deployment_body(
    name: str, deployment: Deployment, account: Account, world: World
) -> dict[str, Any]:
    """A deployment."""
    scope = f"{world.account_scope(account.name)}/deployments/{name}"
    claude = deployment.model.startswith("claude")
    created = stamp(time.time() - deployment.created_s_ago)
    limits = {"request": deployment.capacity, "token": deployment.capacity * 1000}
    return {
        "id": scope,
        "name": name,
        "type": f"{PROVIDER}/accounts/deployments",
        "etag": f'"{made_up_id("etag", scope)}"',
        "sku": {"name": deployment.sku, "capacity": deployment.capacity},
        "systemData": {**_SYSTEM, "createdAt": created, "lastModifiedAt": created},
        "properties": {
            "model": {
                "format": "Anthropic" if claude else "OpenAI",
                "name": deployment.model,
                "version": deployment.version,
            },
            "versionUpgradeOption": "OnceNewDefaultVersionAvailable",
            "currentCapacity": deployment.capacity,
            "capabilities": {"messages": "true"} if claude else {"chatCompletion": "true"},
            "rateLimits": [
                {"key": key, "renewalPeriod": 60, "count": count} for key, count in limits.items()
            ],
            "provisioningState": deployment.state,
        },
    }


def private_endpoints(account: Account, world: World) -> list[dict[str, Any]]:
    """The private endpoint connections: none, or one in the state that the scenario says."""
    status = account.spec.private_endpoint
    if status is None:
        return []
    scope = world.account_scope(account.name)
    name = f"pe-{account.name}"
    endpoint = f"{world.group_scope}/providers/Microsoft.Network/privateEndpoints/{name}"
    return [
        {
            "id": f"{scope}/privateEndpointConnections/{name}",
            "name": name,
            "type": f"{PROVIDER}/accounts/privateEndpointConnections",
            "location": account.spec.location,
            "properties": {
                "provisioningState": "Succeeded",
                "groupIds": ["account"],
                "privateEndpoint": {"id": endpoint},
                "privateLinkServiceConnectionState": {
                    "status": status,
                    "description": "",
                    "actionsRequired": "None",
                },
            },
        }
    ]


def private_link_resource(account: Account, world: World) -> dict[str, Any]:
    """What a private endpoint of the account needs: the three DNS zones."""
    return {
        "id": f"{world.account_scope(account.name)}/privateLinkResources/account",
        "name": "account",
        "type": f"{PROVIDER}/accounts/privateLinkResources",
        "properties": {
            "groupId": "account",
            "displayName": "Cognitive Services Account",
            "requiredMembers": ["default", "secondary", "third"],
            "requiredZoneNames": list(ZONES),
        },
    }


def project_body(account: Account, world: World) -> dict[str, Any]:
    """The one project of an account."""
    scope = f"{world.account_scope(account.name)}/projects/{PROJECT}"
    url = endpoints(account, world)["AI Foundry API"]
    return {
        "id": scope,
        "name": f"{account.name}/{PROJECT}",
        "type": f"{PROVIDER}/accounts/projects",
        "location": account.spec.location,
        "systemData": _SYSTEM,
        "properties": {
            "displayName": PROJECT,
            "isDefault": True,
            "provisioningState": "Succeeded",
            "endpoints": {"AI Foundry API": f"{url}api/projects/{PROJECT}"},
        },
    }


def _network(account: Account, world: World) -> tuple[str, dict[str, Any]]:
    network = world.server.network if account.main else "open"
    access = {
        "public-access-disabled": "Disabled",
        "perimeter-denied": "SecuredByPerimeter",
    }.get(network, "Enabled")
    denied = network in ("acl-denied", "public-access-disabled")
    rules = {
        "defaultAction": "Deny" if denied else "Allow",
        "bypass": "AzureServices",
        "virtualNetworkRules": [],
        "ipRules": [{"value": "203.0.113.0/24"}] if network == "acl-denied" else [],
    }
    return account.spec.public_network_access or access, rules
