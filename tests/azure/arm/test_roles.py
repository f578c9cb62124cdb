"""The judgement, rule by rule, each with its near miss."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

from foundry_doctor.azure.assignments import reaches, read_assignment, read_denial
from foundry_doctor.azure.conditions import condition_holds, covers
from foundry_doctor.azure.reasons import Judgement
from foundry_doctor.azure.role_rules import (
    DATA_ACTION,
    built_in,
    grant,
    read_definition,
    read_permission,
)
from foundry_doctor.azure.roles import judge
from foundry_doctor.facts import problems

from .world import ACCOUNT, ALL, GROUP, OID, READER, SUBSCRIPTION, USER_ROLE, assignment, permission

NOW = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
SUB = f"/subscriptions/{SUBSCRIPTION}"
PROJECT = f"{ACCOUNT}/projects/p1"
SIBLING = f"{GROUP}/providers/Microsoft.CognitiveServices/accounts/contoso-two"
MANAGEMENT_GROUP = "/providers/Microsoft.Management/managementGroups/root"
GROUP_OID = "dddddddd-3333-4444-5555-eeeeeeeeeeee"
APP_ID = "00001111-aaaa-2222-bbbb-3333cccc4444"
OTHER = "eeeeeeee-4444-5555-6666-ffffffffffff"
CUSTOM = "12345678-1111-2222-3333-444444444444"
FOUNDRY_USER = "53ca6127-db72-4b80-b1b0-d745d6d5456d"
MANAGER = "eadc314b-1a2d-4efa-be10-5d325db5065e"
FOUNDRY_OWNER = "c883944f-8b7b-4483-af10-35834be79c4a"
DEVELOPER = "64702f94-c441-49e6-a78b-ef80e0188fee"
OPENAI_USER = "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd"
EVERYONE = {"id": "00000000-0000-0000-0000-000000000000", "type": "SystemDefined"}


def made(*given: Any) -> Any:
    return [one for each in given if (one := read_assignment(each))]


def custom(*data_actions: str, without: tuple[str, ...] = (), role: str = CUSTOM) -> Any:
    block = permission(*data_actions, without=without)
    document = {"name": role, "properties": {"type": "CustomRole", "permissions": [block]}}
    found = read_definition(document)
    assert found
    return {role: found}


def denial(*principals: Any, scope: str = ACCOUNT, excluded: Any = (), **given: Any) -> Any:
    document = {
        "properties": {
            "denyAssignmentName": "guardrail",
            "scope": scope,
            "principals": list(principals),
            "excludePrincipals": list(excluded),
            "permissions": [permission(*given.get("data", ALL), without=given.get("but", ()))],
            "doNotApplyToChildScopes": given.get("here_only", False),
            "condition": given.get("condition"),
        }
    }
    found = read_denial(document)
    assert found
    return found


def judged(**given: Any) -> Judgement:
    """A judgement over nothing but what is given; facts are checked against the vocabulary."""
    whole = {
        "permissions": None,
        "assignments": None,
        "definitions": {},
        "denies": [],
        "eligible": None,
        "scope": ACCOUNT,
        "oid": OID,
        "now": NOW,
        **given,
    }
    if whole["permissions"] is not None:
        whole["permissions"] = [read_permission(one) for one in whole["permissions"]]
    found = judge(**whole)
    assert not problems(found.facts())
    return found


def said(found: Judgement) -> tuple[str, str]:
    return found.data_action, found.reason


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        (DATA_ACTION, True),
        (DATA_ACTION.upper(), True),
        ("*", True),
        ("Microsoft.CognitiveServices/*", True),
        ("microsoft.cognitiveservices/*/action", True),
        ("*/action", True),
        ("Microsoft.CognitiveServices/*/providers/*", True),
        ("Microsoft.CognitiveServices/accounts/AIServices/*", True),
        ("**", True),
        ("Microsoft.CognitiveServices/*/read", False),
        ("Microsoft.CognitiveServices/accounts/providers/*", False),
        ("Microsoft.CognitiveServices/accounts/OpenAI/*", False),
        ("Microsoft.Cognitive", False),
        (DATA_ACTION + "/x", False),
        (DATA_ACTION[:-1], False),
        ("", False),
        ("*a*b*c*" * 40, False),
        ("Microsoft.CognitiveServices/accounts/AIServices/providers/action*action", False),
    ],
)
def test_wildcards(pattern: str, matches: bool) -> None:
    assert covers(pattern, DATA_ACTION) is matches


def test_hostile_wildcards_are_cheap() -> None:
    assert not covers("*a" * 20_000 + "*z", "a" * 10_000)


@pytest.mark.parametrize(
    ("blocks", "answer"),
    [
        ([permission(*ALL)], "yes"),
        ([permission(DATA_ACTION)], "yes"),
        ([permission(*ALL, without=(DATA_ACTION,))], "no"),
        ([permission(*ALL, without=("Microsoft.CognitiveServices/*/read",))], "yes"),
        # What one role takes out another may grant: notDataActions are no denial.
        ([permission(*ALL, without=(DATA_ACTION,)), permission(DATA_ACTION)], "yes"),
        # Control-plane actions give no data action.
        ([{"actions": ["*"], "dataActions": []}], "no"),
        ([permission("Microsoft.CognitiveServices/accounts/providers/*")], "disputed"),
        ([permission("Microsoft.CognitiveServices/accounts/MaaS/*")], "disputed"),
        ([permission("Microsoft.CognitiveServices/accounts/MaaS/x"), permission(*ALL)], "yes"),
        ([{**permission(*ALL), "condition": "@Request[x] StringEquals 'y'"}], "conditional"),
        ([], "no"),
        ([{}], "no"),
    ],
)
def test_permission_blocks(blocks: list[Any], answer: str) -> None:
    assert grant([read_permission(one) for one in blocks]).answer == answer


OF_MANAGER = (
    "((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR "
    "(@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] "
    "ForAnyOfAnyValues:GuidEquals{53ca6127-db72-4b80-b1b0-d745d6d5456d})) AND "
    "((!(ActionMatches{'Microsoft.Authorization/roleAssignments/delete'})) OR "
    "(@Resource[Microsoft.Authorization/roleAssignments:RoleDefinitionId] "
    "ForAnyOfAnyValues:GuidEquals{53ca6127-db72-4b80-b1b0-d745d6d5456d}))"
)


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (OF_MANAGER, True),
        (OF_MANAGER.replace("Microsoft.Authorization/roleAssignments/write", "*"), None),
        (OF_MANAGER[:-1], None),
        (f"!(ActionMatches{{'{DATA_ACTION}'}})", False),
        (f"ActionMatches{{'{DATA_ACTION}'}}", True),
        (
            "(!(ActionMatches{'x/read'}) AND @Request[a] StringEquals 'b') OR @Request[c] Exists",
            None,
        ),
        ("@Request[a] StringEquals 'x) OR (!(ActionMatches{'x'}'", None),
        ("!(ActionMatches{'x'}) OR SubOperationMatches{'y'}", True),
        ("", None),
        ("(" * 200, None),
        ("! " * 300, None),
        (") OR (", None),
        ("true", None),
    ],
)
def test_conditions(condition: str, holds: bool | None) -> None:
    assert condition_holds(condition, DATA_ACTION) is holds


ROLES = [
    ("a97b65f3-24c7-4388-baec-2e87135dc908", "granted", "none"),
    (FOUNDRY_USER, "granted", "none"),
    (MANAGER, "granted", "none"),
    # By definition yes, but its id is OPEN in the documentation: the live definition decides.
    (FOUNDRY_OWNER, "not-confirmed", "insufficient-role"),
    (OPENAI_USER, "missing", "insufficient-role"),
    ("a001fd3d-188f-4b5d-821b-7da978bf7442", "missing", "insufficient-role"),
    ("25fbc0a9-bd7c-42a3-aa1a-3b75d497ee68", "missing", "insufficient-role"),
    ("e47c6f54-e4a2-4754-9501-8e0985b135e1", "missing", "insufficient-role"),
    (DEVELOPER, "not-confirmed", "insufficient-role"),
    ("8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "missing", "insufficient-role"),
    ("b24988ac-6180-42a0-ab88-20f7382dd24c", "missing", "insufficient-role"),
    (READER, "missing", "insufficient-role"),
    ("bba48692-92b0-4667-a9ad-c31c7b334ac2", "missing", "insufficient-role"),
]


@pytest.mark.parametrize(("role", "data_action", "reason"), ROLES)
def test_every_built_in_role(role: str, data_action: str, reason: str) -> None:
    found = judged(assignments=made(assignment(role.upper())))
    assert said(found) == (data_action, reason)
    assert found.because
    assert role in built_in()


def test_no_shipped_role_is_untested() -> None:
    assert set(built_in()) == {role for role, *_ in ROLES}


def test_a_conflict_names_both_sources() -> None:
    for found in (
        judged(assignments=made(assignment(DEVELOPER))),
        judged(permissions=[permission("Microsoft.CognitiveServices/accounts/providers/*")]),
        judged(
            assignments=made(assignment(CUSTOM)),
            definitions=custom("Microsoft.CognitiveServices/accounts/providers/*"),
        ),
        judged(
            permissions=[
                permission(
                    *(f"Microsoft.CognitiveServices/accounts/{one}/*"
                      for one in ("OpenAI", "SpeechServices", "ContentSafety"))
                )
            ]
        ),
    ):  # fmt: skip
        assert said(found) == ("not-confirmed", "insufficient-role")
        assert len(found.because) >= 2
    remark = judged(assignments=made(assignment(OPENAI_USER))).because[-1]
    assert "recommend" in remark


def test_a_live_definition_wins() -> None:
    live = custom(*ALL, role=FOUNDRY_OWNER)
    assert said(judged(assignments=made(assignment(FOUNDRY_OWNER)), definitions=live)) == (
        "granted",
        "none",
    )
    live = custom(role=USER_ROLE)
    found = judged(assignments=made(assignment()), definitions=live)
    assert said(found) == ("missing", "insufficient-role")


@pytest.mark.parametrize(
    ("definitions", "data_action", "reason"),
    [
        (custom(DATA_ACTION), "granted", "none"),
        (custom(*ALL, without=(DATA_ACTION,)), "missing", "insufficient-role"),
        (custom(), "missing", "insufficient-role"),
        ({}, "not-confirmed", "not-readable"),
    ],
)
def test_custom_roles_go_by_their_definition(
    definitions: Any, data_action: str, reason: str
) -> None:
    found = judged(assignments=made(assignment(CUSTOM)), definitions=definitions)
    assert said(found) == (data_action, reason)


@pytest.mark.parametrize(
    ("scope", "reached"),
    [
        (ACCOUNT, True),
        (ACCOUNT.upper() + "/", True),
        (GROUP, True),
        (SUB, True),
        ("/", True),
        (MANAGEMENT_GROUP, True),
        (PROJECT, False),
        (SIBLING, False),
        (f"{GROUP}-two", False),
        (ACCOUNT[:-1], False),
        (f"{ACCOUNT}-two", False),
        ("/subscriptions/other", False),
    ],
)
def test_scopes(scope: str, reached: bool) -> None:
    assert reaches(scope, ACCOUNT) is reached
    found = judged(assignments=made(assignment(scope=scope)))
    assert said(found) == (("granted", "none") if reached else ("missing", "wrong-scope"))
    assert found.scope == scope
    insufficient = judged(assignments=made(assignment(READER, scope=scope)))
    assert said(insufficient) == ("missing", "insufficient-role")


def test_the_role_on_the_project_is_named() -> None:
    seen = made(assignment(READER), assignment(scope=PROJECT))
    reader = [{"actions": ["*/read"], "dataActions": []}]
    found = judged(permissions=reader, assignments=seen)
    assert said(found) == ("missing", "wrong-scope")
    assert found.scope == PROJECT
    assert f"Cognitive Services User at {PROJECT}" in found.roles


@pytest.mark.parametrize(
    ("kind", "principal", "expected"),
    [
        ("Group", GROUP_OID, "granted"),
        ("ForeignGroup", GROUP_OID, "granted"),
        ("ServicePrincipal", OID.upper(), "granted"),
        ("ServicePrincipal", OTHER, "not-confirmed"),
    ],
)
def test_whose_assignment(kind: str, principal: str, expected: str) -> None:
    found = judged(assignments=made(assignment(principal=principal, kind=kind)))
    assert found.data_action == expected


@pytest.mark.parametrize(
    ("denies", "data_action"),
    [
        ([denial({"id": OID, "type": "ServicePrincipal"})], "missing"),
        ([denial({"id": OID.upper(), "type": "ServicePrincipal"})], "missing"),
        ([denial(EVERYONE)], "missing"),
        ([denial({"id": EVERYONE["id"], "type": "EveryoneGroup"})], "missing"),
        ([denial(EVERYONE, scope=GROUP)], "missing"),
        ([denial(EVERYONE, scope=MANAGEMENT_GROUP)], "missing"),
        ([denial(EVERYONE, here_only=True)], "missing"),
        ([denial(EVERYONE, data=["*"])], "missing"),
        # hangs on something that was not seen
        ([denial(EVERYONE, excluded=[{"id": GROUP_OID, "type": "Group"}])], "not-confirmed"),
        ([denial({"id": GROUP_OID, "type": "Group"})], "not-confirmed"),
        ([denial(EVERYONE, condition="@Request[x] Exists")], "not-confirmed"),
        ([denial()], "not-confirmed"),
        # near misses
        ([denial({"id": OTHER, "type": "User"})], "granted"),
        ([denial(EVERYONE, excluded=[{"id": OID, "type": "ServicePrincipal"}])], "granted"),
        ([denial(EVERYONE, scope=GROUP, here_only=True)], "granted"),
        ([denial(EVERYONE, scope=PROJECT)], "granted"),
        ([denial(EVERYONE, scope=SIBLING)], "granted"),
        ([denial(EVERYONE, data=["Microsoft.CognitiveServices/*/read"])], "granted"),
        ([denial(EVERYONE, but=(DATA_ACTION,))], "granted"),
        ([denial(EVERYONE, data=[])], "granted"),
        ([], "granted"),
    ],
)
def test_deny_assignments(denies: Any, data_action: str) -> None:
    found = judged(permissions=[permission(*ALL)], denies=denies, assignments=made(assignment()))
    reason = "none" if data_action == "granted" else "deny-assignment"
    assert said(found) == (data_action, reason)


def test_unread_denials_are_said() -> None:
    found = judged(permissions=[permission(*ALL)], denies=None)
    assert said(found) == ("granted", "none")
    assert "deny assignments were not read" in found.because


def test_a_condition_never_grants() -> None:
    condition = "@Resource[x] StringEquals 'y'"
    limited = assignment(condition=condition)
    for permissions in (None, [permission(*ALL)], []):
        found = judged(permissions=permissions, assignments=made(limited))
        assert said(found) == ("not-confirmed", "condition")
    # Beside it, the same role without one.
    found = judged(assignments=made(limited, assignment(scope=GROUP)))
    assert said(found) == ("granted", "none")
    assert found.scope == GROUP
    # The built-in role's own condition concerns other actions.
    block = {**permission(*ALL), "condition": OF_MANAGER}
    assert said(judged(permissions=[block])) == ("granted", "none")


@pytest.mark.parametrize(
    ("permissions", "assignments", "data_action", "reason"),
    [
        (None, None, "unknown", "not-readable"),
        (None, [], "not-confirmed", "no-role"),
        ([], None, "not-confirmed", "no-role"),
        ([], [], "not-confirmed", "no-role"),
        # Read, and not empty: that is a statement.
        ([permission()], None, "missing", "insufficient-role"),
        ([permission()], [], "missing", "insufficient-role"),
        # Permissions that do not speak of data actions say nothing about them.
        ([{"actions": ["*"], "notActions": []}], None, "unknown", "not-readable"),
        ([{"actions": ["*"], "notActions": []}], [], "not-confirmed", "no-role"),
        # Delegated rights: granted, though no assignment is listed.
        ([permission(*ALL)], [], "granted", "none"),
    ],
)
def test_empty_lists_prove_nothing(
    permissions: Any, assignments: Any, data_action: str, reason: str
) -> None:
    found = judged(permissions=permissions, assignments=assignments)
    assert said(found) == (data_action, reason)


@pytest.mark.parametrize(
    ("created", "permissions", "data_action", "age"),
    [
        ("2026-11-22T11:57:00Z", None, "granted", 180),
        ("2026-11-22T11:57:00Z", [permission()], "granted", 180),
        ("2026-11-22T12:00:09Z", [permission()], "granted", 0),
        ("2026-11-22T09:00:00Z", [permission()], "not-confirmed", 10800),
        ("2026-11-22T09:00:00Z", [permission(*ALL)], "granted", 10800),
        (None, [permission()], "not-confirmed", None),
    ],
)
def test_age_of_the_assignment(
    created: str | None, permissions: Any, data_action: str, age: int | None
) -> None:
    found = judged(permissions=permissions, assignments=made(assignment(created=created)))
    assert (found.data_action, found.age_s) == (data_action, age)


def test_the_oldest_sufficient_assignment_decides() -> None:
    new = assignment(created="2026-11-22T11:59:00Z")
    old = assignment(FOUNDRY_USER, scope=GROUP, created="2026-11-21T12:00:00Z")
    found = judged(assignments=made(new, old, assignment(READER, created="2020-01-01T00:00:00Z")))
    assert (found.age_s, found.scope) == (86400, GROUP)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({}, "eligible"),
        ({"startDateTime": "2026-11-01T00:00:00Z", "endDateTime": None}, "eligible"),
        ({"endDateTime": "2026-11-22T11:59:59Z"}, "no-role"),
        ({"startDateTime": "2026-11-23T00:00:00Z"}, "no-role"),
    ],
)  # fmt: skip
def test_eligible_roles(given: Any, reason: str) -> None:
    document = assignment(principal=GROUP_OID, kind="Group", scope=GROUP)
    document["properties"].update(given)
    found = judged(assignments=[], eligible=made(document))
    assert said(found) == ("not-confirmed", reason)
    assert found.scope == (GROUP if reason == "eligible" else None)


def test_eligible_near_misses() -> None:
    for document in (assignment(READER), assignment(scope=PROJECT)):
        found = judged(assignments=made(assignment(READER)), eligible=made(document))
        assert said(found) == ("missing", "insufficient-role")
    active = judged(assignments=made(assignment()), eligible=made(assignment()))
    assert said(active) == ("granted", "none")


def test_a_role_of_the_application_id_is_the_wrong_principal() -> None:
    others = made(assignment(principal=OTHER), assignment(principal=APP_ID))
    given = {"permissions": [permission()], "assignments": [], "others": others}
    found = judged(**given, related={APP_ID.upper(): "application id"})
    assert said(found) == ("missing", "wrong-principal")
    assert found.assigned_to == APP_ID
    # That others may call says nothing of this caller.
    assert said(judged(**given)) == ("missing", "insufficient-role")
    weak = {**given, "others": made(assignment(READER, principal=APP_ID))}
    assert judged(**weak, related={APP_ID: "application id"}).reason == "insufficient-role"
    below = {**given, "others": made(assignment(principal=APP_ID, scope=PROJECT))}
    assert judged(**below, related={APP_ID: "application id"}).reason == "insufficient-role"


@pytest.mark.parametrize(
    ("refused", "reason"),
    [
        (OTHER, "wrong-principal"),
        (OID, "none"),
        (OID.upper(), "none"),
        (APP_ID, "none"),
        ("caller@contoso.onmicrosoft.com", "none"),
        (None, "none"),
    ],
)
def test_the_refused_principal(refused: str | None, reason: str) -> None:
    found = judged(
        permissions=[permission(*ALL)], refused=refused, related={APP_ID: "application id"}
    )
    assert found.reason == reason
    assert found.assigned_to == (OID if reason == "wrong-principal" else None)
    assert found.facts().get("rbac.refused_principal") == refused
