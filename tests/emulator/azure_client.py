"""Run by test_azure_clients.py in a process of its own: Azure's real clients against the emulator.

Reads a JSON list of cases from stdin, {"name", "environment", "world", "deployment", "do"}, and
writes a JSON object of outcomes by name to stdout. It imports nothing of this project.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

# By name, so that type checkers do the same with and without these packages.
anthropic: Any = import_module("anthropic")
msal: Any = import_module("msal")
azure_identity: Any = import_module("azure.identity")
authorization: Any = import_module("azure.mgmt.authorization")
cognitiveservices: Any = import_module("azure.mgmt.cognitiveservices")

SCOPE = "https://cognitiveservices.azure.com/.default"
ARM_SCOPE = "https://management.azure.com/.default"
World = dict[str, Any]
Outcome = dict[str, Any]


def attempt(action: Callable[[], Any]) -> Outcome:
    """What an action gives, or the class, text and causes of its error."""
    try:
        return {"ok": action()}
    except Exception as error:  # noqa: BLE001 - the outcome is the error, whichever it is
        causes, cause = [], error.__cause__ or error.__context__
        while cause is not None:
            causes.append(str(cause))
            cause = cause.__cause__ or cause.__context__
        return {
            "error": type(error).__name__,
            "text": str(error),
            "status": getattr(error, "status_code", None),
            "causes": causes,
        }


def length(credential: Any, scope: str = SCOPE) -> Any:
    """The length of a token: more must not leave this process."""
    return len(credential.get_token(scope).token)


def default() -> Any:
    """DefaultAzureCredential as the environment configures it."""
    return azure_identity.DefaultAzureCredential(disable_instance_discovery=True, retry_total=0)


def management(world: World) -> Outcome:
    """The two management clients, reading what the doctor reads."""
    credential = default()
    given = {
        "base_url": world["arm_endpoint"],
        "credential_scopes": [ARM_SCOPE],
        "retry_total": 0,
    }
    subscription, group, account = (
        world[name] for name in ("subscription", "resource_group", "account")
    )
    cognitive = cognitiveservices.CognitiveServicesManagementClient(
        credential, subscription, **given
    )
    access = authorization.AuthorizationManagementClient(credential, subscription, **given)
    scope, oid = world["account_scope"], world["principals"]["app"]["oid"]
    place = world["location"]
    parts = (group, "Microsoft.CognitiveServices", "", "accounts", account)
    actions: dict[str, Callable[[], Any]] = {
        "accounts": lambda: [one.name for one in cognitive.accounts.list()],
        "account": lambda: cognitive.accounts.get(group, account).properties.endpoints,
        "no-account": lambda: cognitive.accounts.get(group, "nope").name,
        "in-group": lambda: [one.name for one in cognitive.accounts.list_by_resource_group(group)],
        "deployments": lambda: [
            [one.name, one.properties.model.format, one.sku.capacity]
            for one in cognitive.deployments.list(group, account)
        ],
        "limits": lambda: {
            one.key: one.count
            for one in cognitive.deployments.get(
                group, account, "claude-sonnet-5"
            ).properties.rate_limits
        },
        "account-models": lambda: [
            one.name for one in cognitive.accounts.list_models(group, account)
        ],
        "models": lambda: [
            [one.model.name, one.model.version, one.model.lifecycle_status]
            for one in cognitive.models.list(place)
            if one.model.format == "Anthropic"
        ],
        "retires": lambda: [
            one.model.deprecation.inference
            for one in cognitive.models.list(place)
            if one.model.name == "claude-sonnet-5"
        ],
        "usages": lambda: {
            one.name.value: [one.current_value, one.limit] for one in cognitive.usages.list(place)
        },
        "keys": lambda: len(cognitive.accounts.list_keys(group, account).key1),
        "zones": lambda: [
            one.properties.required_zone_names
            for one in cognitive.private_link_resources.list(group, account).value
        ],
        "assignments": lambda: [
            one.scope
            for one in access.role_assignments.list_for_scope(
                scope, filter=f"atScope() and assignedTo('{oid}')"
            )
        ],
        "definitions": lambda: [one.role_name for one in access.role_definitions.list(scope)],
        "definition": lambda: (
            access.role_definitions.get(scope, "53ca6127-db72-4b80-b1b0-d745d6d5456d").role_name
        ),
        "permissions": lambda: [
            one.actions for one in access.permissions.list_for_resource(*parts)
        ],
        "denials": lambda: [
            one.deny_assignment_name for one in access.deny_assignments.list_for_scope(scope)
        ],
        "eligible": lambda: [
            one.principal_id
            for one in access.role_eligibility_schedule_instances.list_for_scope(
                scope, filter="asTarget()"
            )
        ],
    }
    return {name: attempt(action) for name, action in actions.items()}


def credentials(world: World) -> Outcome:
    """Every kind of credential, made by its own class."""
    tenant, client = world["tenant"], world["client_id"]
    given: dict[str, Any] = {"disable_instance_discovery": True, "retry_total": 0}
    provider = msal.ConfidentialClientApplication(
        client,
        authority=f"{world['login_authority']}/{tenant}",
        client_credential=world["client_secret"],
        instance_discovery=False,
        verify=os.environ["REQUESTS_CA_BUNDLE"],
    )
    wrong = msal.ConfidentialClientApplication(
        client,
        authority=f"{world['login_authority']}/{tenant}",
        client_credential="wrong",
        instance_discovery=False,
        verify=os.environ["REQUESTS_CA_BUNDLE"],
    )
    token_file = world["federated_token_file"]
    return {
        "secret": attempt(
            lambda: length(
                azure_identity.ClientSecretCredential(
                    tenant, client, world["client_secret"], **given
                )
            )
        ),
        "certificate": attempt(
            lambda: length(
                azure_identity.CertificateCredential(
                    tenant, client, world["certificate_file"], **given
                )
            )
        ),
        "workload": attempt(
            lambda: length(
                azure_identity.WorkloadIdentityCredential(
                    tenant_id=tenant, client_id=client, token_file_path=token_file, **given
                )
            )
        ),
        "default": attempt(lambda: length(default())),
        "msal": attempt(lambda: sorted(provider.acquire_token_for_client([SCOPE]))),
        "msal-wrong": attempt(lambda: wrong.acquire_token_for_client([SCOPE])),
    }


def call(deployment: str) -> Outcome:
    """One count by the SDK: with a key, a ready-made token or a credential, as configured."""
    given: dict[str, Any] = {}
    ready = os.environ.get("ANTHROPIC_FOUNDRY_AUTH_TOKEN")
    if ready:
        given = {"azure_ad_token_provider": lambda: ready}
    elif "ANTHROPIC_FOUNDRY_API_KEY" not in os.environ:
        given = {
            "azure_ad_token_provider": azure_identity.get_bearer_token_provider(default(), SCOPE)
        }

    def count() -> int:
        with anthropic.AnthropicFoundry(max_retries=0, timeout=5, **given) as client:
            messages: Any = [{"role": "user", "content": "Hello"}]
            found = client.messages.count_tokens(model=deployment, messages=messages)
            return int(found.input_tokens)

    return attempt(count)


def main() -> None:
    logging.disable(logging.CRITICAL)
    outcomes: dict[str, Any] = {}
    for case in json.load(sys.stdin):
        for name, value in case["environment"].items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        found: Outcome = {"call": call(case["deployment"])}
        if "credentials" in case["do"]:
            found["credentials"] = credentials(case["world"])
        if "management" in case["do"]:
            found["management"] = management(case["world"])
        if "identity" in case["do"]:
            identity = azure_identity.ManagedIdentityCredential(
                client_id=os.environ.get("AZURE_CLIENT_ID"), retry_total=0
            )
            found["identity"] = attempt(partial(length, identity))
        if "environment" in case["do"]:
            alone = azure_identity.EnvironmentCredential(
                disable_instance_discovery=True, retry_total=0
            )
            found["environment"] = attempt(partial(length, alone))
        outcomes[case["name"]] = found
    json.dump(outcomes, sys.stdout)


if __name__ == "__main__":
    main()
