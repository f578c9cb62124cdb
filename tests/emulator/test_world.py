"""One world for all planes: roles, and how the data plane judges tokens by it."""

from __future__ import annotations

import json
import ssl
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from foundry_doctor.emulator import (
    Emulator,
    Scenario,
    ScenarioError,
    load_scenario,
    scenario_names,
)
from foundry_doctor.emulator.answers import DATA_ACTION
from foundry_doctor.emulator.roles import Role, builtin_roles, covers, find_role, within
from foundry_doctor.emulator.world import OTHER_TENANT, PRINCIPALS, TENANT

from .conftest import sign_in

COGNITIVE = "https://cognitiveservices.azure.com"
COUNT = "/v1/messages/count_tokens"
PLANES = sorted(set(scenario_names(planes=True)) - set(scenario_names()))
CALLER = {"role": "Cognitive Services User"}
GRANTING = {
    "Cognitive Services User",
    "Azure AI User",
    "Azure AI Project Manager",
    "Azure AI Owner",
}


@pytest.mark.parametrize(
    ("pattern", "action", "fits"),
    [
        ("Microsoft.CognitiveServices/*", DATA_ACTION, True),
        ("microsoft.cognitiveservices/ACCOUNTS/*", DATA_ACTION, True),
        ("Microsoft.CognitiveServices/accounts/OpenAI/*", DATA_ACTION, False),
        ("Microsoft.CognitiveServices/*/read", "Microsoft.CognitiveServices/accounts/read", True),
        ("Microsoft.CognitiveServices/*/read", "Microsoft.CognitiveServices/accounts/write", False),
        # The custom role that Claude Code's documentation names does not match by its letters.
        ("Microsoft.CognitiveServices/accounts/providers/*", DATA_ACTION, False),
        ("*", "anything/at/all", True),
        ("a.b/c", "aXb/c", False),
    ],
)
def test_patterns(pattern: str, action: str, fits: bool) -> None:
    assert covers([pattern], action) is fits


def test_which_shipped_roles_grant_the_data_action() -> None:
    found = {role.name for role in builtin_roles() if role.grants(DATA_ACTION, data=True)}
    assert found == GRANTING
    assert not any(role.grants(DATA_ACTION) for role in builtin_roles() if role.name == "Reader")


def test_what_a_role_takes_out_is_not_granted() -> None:
    permission = {"actions": ["a/*"], "notActions": ["a/b/*"]}
    role = Role("1", "r", permissions=(permission,))
    assert role.grants("a/c")
    assert not role.grants("a/b/c")
    assert not role.grants("a/c", data=True)


def test_roles_are_found_by_either_name_and_id() -> None:
    roles = builtin_roles()
    first = find_role("Foundry User", roles)
    assert first is find_role("azure ai user", roles) is find_role(first.id, roles)
    with pytest.raises(LookupError, match="Reader"):
        find_role("Nobody", roles)


def test_scopes() -> None:
    assert within("/s/1/rg", "/s/1")
    assert within("/S/1", "/s/1/")
    assert within("/s/1", "/")
    assert not within("/s/12", "/s/1")
    assert not within("/s/1", "/s/1/rg")


def ask(
    call: Any, emulator: Emulator, token: str, model: str = "claude-sonnet-5"
) -> httpx.Response:
    headers = {"authorization": f"Bearer {token}", "anthropic-version": "2023-06-01"}
    body = {"model": model, "messages": [{"role": "user", "content": "Hello"}]}
    url = f"{emulator.base_url}{COUNT}"
    reply: httpx.Response = call(emulator, "POST", url, headers=headers, json=body)
    return reply


def ask_signed_in(call: Any, emulator: Emulator, resource: str = COGNITIVE) -> httpx.Response:
    reply = sign_in(call, emulator, resource)
    return ask(call, emulator, reply.json()["access_token"], emulator.deployment)


@pytest.mark.parametrize("resource", [COGNITIVE, "https://ai.azure.com", f"{COGNITIVE}/"])
@pytest.mark.parametrize("audience", ["uri", "guid"])
def test_a_token_is_accepted(serve: Any, call: Any, resource: str, audience: str) -> None:
    emulator = serve(entra={"token": {"audience": audience}})
    assert ask_signed_in(call, emulator, resource).status_code == 200


def test_one_audience_only(serve: Any, call: Any) -> None:
    emulator = serve("audience-ai-only", planes="all")
    assert ask_signed_in(call, emulator, "https://ai.azure.com").status_code == 200
    refused = ask_signed_in(call, emulator)
    assert refused.status_code == 401
    assert "(https://ai.azure.com)" in refused.json()["message"]


def test_a_token_of_another_tenant(serve: Any, call: Any) -> None:
    emulator = serve("tenant-mismatch", planes="all")
    reply = ask_signed_in(call, emulator)
    assert reply.status_code == 400
    text = f"Token tenant {TENANT} does not match resource tenant."
    assert reply.json()["error"]["message"] == text
    assert emulator.planes.world.resource_tenant == OTHER_TENANT


def test_no_token_without_a_subdomain(serve: Any, call: Any, connect: Any, count: Any) -> None:
    emulator = serve("custom-subdomain-required", planes="all")
    reply = ask_signed_in(call, emulator)
    assert (reply.status_code, reply.json()["error"]["code"]) == (400, "BadRequest")
    assert "custom subdomain" in reply.json()["error"]["message"]
    assert connect(emulator, key=emulator.valid_key).post(COUNT, json=count).status_code == 200


@pytest.mark.parametrize(
    ("world", "status"),
    [
        ({}, 200),
        ({"assignments": []}, 401),
        ({"assignments": [{"role": "Owner", "scope": "subscription"}]}, 401),
        ({"assignments": [{"role": "Cognitive Services OpenAI User"}]}, 401),
        ({"assignments": [{"role": "Foundry User", "scope": "resource-group"}]}, 200),
        ({"assignments": [{"role": "Foundry User", "scope": "subscription"}]}, 200),
        ({"assignments": [{"role": "Foundry User", "scope": "project"}]}, 401),
        ({"assignments": [{"role": "Foundry User", "scope": "other-account"}]}, 401),
        ({"assignments": [{**CALLER, "principal": "group"}]}, 401),
        ({"assignments": [{**CALLER, "principal": "group"}], "group_members": ["app"]}, 200),
        ({"assignments": [{**CALLER, "principal": "other"}]}, 401),
        ({"denials": [{"data_actions": ["*"]}]}, 401),
        ({"denials": [{"data_actions": ["*"], "excluded": ["app"]}]}, 200),
        ({"denials": [{"data_actions": ["*"], "principals": ["user"]}]}, 200),
        ({"denials": [{"data_actions": ["*"], "scope": "project"}]}, 200),
        ({"assignments": [], "eligible": [CALLER]}, 401),
    ],
)
def test_roles_decide(serve: Any, call: Any, world: Any, status: int) -> None:
    reply = ask_signed_in(call, serve(planes="all", world=world))
    assert reply.status_code == status
    if status == 401:
        error = reply.json()["error"]
        assert error["code"] == "PermissionDenied"
        assert f"`{PRINCIPALS['app'].oid}`" in error["message"]
        assert f"`{DATA_ACTION}`" in error["message"]


def test_a_user_is_named_by_address(serve: Any, call: Any) -> None:
    emulator = serve(world={"assignments": []})
    token = emulator.planes.entra.access_token(COGNITIVE, "user")
    assert (
        "`caller@contoso.onmicrosoft.com`" in ask(call, emulator, token).json()["error"]["message"]
    )


@pytest.mark.parametrize(
    ("refusal", "status", "text"),
    [
        ("denied-403", 403, "lacks the required data action"),
        ("denied-older-text", 401, "Principal does not have access to API/Operation."),
    ],
)
def test_the_words_of_the_refusal(
    serve: Any, call: Any, refusal: str, status: int, text: str
) -> None:
    reply = ask_signed_in(call, serve(world={"assignments": [], "refusal": refusal}))
    assert reply.status_code == status
    assert text in reply.json()["error"]["message"]


def test_a_role_arrives_after_some_calls(serve: Any, call: Any) -> None:
    emulator = serve(world={"refuse_first": 2})
    assert [ask_signed_in(call, emulator).status_code for _ in range(4)] == [401, 401, 200, 200]


def test_a_moved_clock_judges_tokens(serve: Any, call: Any) -> None:
    emulator = serve(server={"date_offset_s": 7200}, planes="all")
    assert ask_signed_in(call, emulator).status_code == 401


def test_a_deployment_that_is_new_may_not_answer_yet(serve: Any, call: Any) -> None:
    deployment = {"model": "claude-sonnet-5", "answers": False, "created_s_ago": 20}
    emulator = serve(server={"deployments": {"claude-sonnet-5": deployment}}, planes="all")
    assert ask_signed_in(call, emulator).status_code == 404


def test_names_follow_the_host(tmp_path: Path) -> None:
    name = "fabrikam-ai.services.ai.azure.com"
    with Emulator(load_scenario("healthy"), hostnames=[name], planes="all") as emulator:
        assert emulator.planes.world.account == "fabrikam-ai"
        assert emulator.authority.startswith(f"https://{name}:")


@pytest.mark.parametrize("name", PLANES)
def test_scenarios_of_the_planes_load_and_say_what_they_are(name: str) -> None:
    scenario = load_scenario(name)
    assert scenario.title
    assert not scenario.title.endswith(".")
    assert scenario.summary.endswith(".")
    assert scenario.synthetic == ("made up" in scenario.source)
    with Emulator(scenario, planes="all") as emulator:
        environment = emulator.environment
        assert environment["AZURE_SUBSCRIPTION_ID"] == emulator.planes.world.subscription
        assert environment["FOUNDRY_DOCTOR_ARM_ENDPOINT"] == emulator.arm_endpoint


def test_they_are_listed_only_when_asked_for() -> None:
    assert len(PLANES) == 37
    assert "client-secret-expired" in PLANES
    assert "healthy-entra" not in scenario_names(planes=True)
    assert scenario_names(planes=True)[0] == "healthy"


def test_every_listed_scenario_serves_all_planes() -> None:
    for name in scenario_names():
        with Emulator(load_scenario(name), planes="all") as emulator:
            assert emulator.environment.keys() >= emulator.planes.environment().keys()


def test_without_planes_the_environment_is_as_before(serve: Any) -> None:
    emulator: Emulator = serve()
    assert not [name for name in emulator.environment if name.startswith("AZURE_")]
    with pytest.raises(RuntimeError, match="all"):
        _ = emulator.authority


def test_the_variables_of_all_planes(serve: Any) -> None:
    emulator: Emulator = serve("healthy-entra", planes="all")
    environment = emulator.environment
    assert environment["AZURE_AUTHORITY_HOST"] == emulator.authority
    assert environment["AZURE_CLIENT_SECRET"] == emulator.planes.world.client_secret
    assert environment["ANTHROPIC_FOUNDRY_API_KEY"] is None
    for name in ("AZURE_FEDERATED_TOKEN_FILE", "IDENTITY_ENDPOINT", "AZURE_TOKEN_CREDENTIALS"):
        assert environment[name] is None


def test_one_port_serves_all_hosts_by_name(call: Any) -> None:
    names = [
        "contoso-ai.services.ai.azure.com",
        "login.microsoftonline.com",
        "management.azure.com",
    ]
    with Emulator(load_scenario("healthy"), hostnames=names, planes="all") as emulator:
        assert emulator.authority == f"https://{names[1]}:{emulator.port}"
        assert emulator.arm_endpoint == f"https://{names[2]}:{emulator.port}"

        def send(host: str, path: str) -> httpx.Response:
            reply: httpx.Response = call(
                emulator,
                "GET",
                f"https://127.0.0.1:{emulator.port}{path}",
                headers={"host": host},
                extensions={"sni_hostname": host},
            )
            return reply

        found = send(names[1], f"/{TENANT}/v2.0/.well-known/openid-configuration").json()
        assert found["token_endpoint"] == f"https://{names[1]}/{TENANT}/oauth2/v2.0/token"
        assert send(names[2], "/subscriptions?api-version=1").status_code == 401
        assert "apim-request-id" in send(names[0], "/anthropic/v1/messages").headers
        counts = (emulator.requests, emulator.entra_requests, emulator.arm_requests)
        assert [len(one) for one in counts] == [1, 1, 1]


def test_a_fault_of_one_host_leaves_the_others(call: Any) -> None:
    names = ["contoso-ai.services.ai.azure.com", "login.microsoftonline.com"]
    scenario = load_scenario("entra-unreachable")
    with Emulator(scenario, hostnames=names, planes="all") as emulator:
        options = [{"headers": {"host": one}, "extensions": {"sni_hostname": one}} for one in names]
        url = f"https://127.0.0.1:{emulator.port}/"
        assert call(emulator, "GET", url, **options[0]).status_code == 404
        with pytest.raises(httpx.TransportError):
            call(emulator, "GET", url, **options[1])


def test_a_proxy_leads_to_every_plane(serve: Any) -> None:
    emulator: Emulator = serve(server={"proxy": {"mode": "ok"}}, planes="all")
    context = ssl.create_default_context(cafile=str(emulator.ca_file))
    with httpx.Client(verify=context, proxy=emulator.proxy_url, trust_env=False) as client:
        assert client.get(f"{emulator.authority}/common/discovery/instance").status_code == 200
        assert client.get(f"{emulator.arm_endpoint}/subscriptions").status_code == 400


def test_the_world_can_be_written_for_another_process(tmp_path: Path) -> None:
    out = tmp_path / "world.json"
    words = [sys.executable, "-m", "foundry_doctor.emulator", "healthy-entra", "--planes", "all"]
    with subprocess.Popen(
        [*words, "--world-out", str(out)], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            assert stat.S_IMODE(out.stat().st_mode) == 0o600
            world = json.loads(out.read_text("utf-8"))
            assert world["tenant"] == TENANT
            assert world["environment"]["AZURE_CLIENT_SECRET"] == world["client_secret"]
            for name in ("certificate_file", "federated_token_file"):
                assert stat.S_IMODE(Path(world[name]).stat().st_mode) == 0o600
        finally:
            process.terminate()
        assert process.wait(10) == 0


@pytest.mark.parametrize(
    "words", [["healthy", "--world-out", "x"], ["client-secret-expired"], ["--imds", "x"]]
)
def test_usage_errors(words: list[str]) -> None:
    command = [sys.executable, "-m", "foundry_doctor.emulator", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 2
    assert done.stderr


@pytest.mark.parametrize(
    ("part", "value", "key"),
    [
        ("world", [], "world"),
        ("world", {"x": 1}, "world.x"),
        ("world", {"account": {"kind": ""}}, "world.account.kind"),
        ("world", {"account": {"x": 1}}, "world.account.x"),
        ("world", {"account": {"deployments": {"d": {}}}}, "world.account.deployments.d.model"),
        ("world", {"other_accounts": {"a": []}}, "world.other_accounts.a"),
        ("world", {"assignments": {}}, "world.assignments"),
        ("world", {"assignments": [{}]}, "world.assignments.0.role"),
        ("world", {"assignments": [{"role": "r", "x": 1}]}, "world.assignments.0.x"),
        ("world", {"denials": [{"actions": "x"}]}, "world.denials.0.actions"),
        ("world", {"app": {"secret": "old"}}, "world.app.secret"),
        ("world", {"refusal": "granted"}, "world.refusal"),
        ("world", {"subscription_state": "Gone"}, "world.subscription_state"),
        ("entra", {"error": {}}, "entra.error.code"),
        ("entra", {"error": {"code": "x"}}, "entra.error.code"),
        ("entra", {"fail_first": 1}, "entra.fail_first"),
        ("entra", {"token": {"audience": "x"}}, "entra.token.audience"),
        ("entra", {"answer": {"status": 1}}, "entra.answer.status"),
        ("arm", {"allowed": "x"}, "arm.allowed"),
        ("arm", {"models": {"m": {"x": 1}}}, "arm.models.m.x"),
        ("arm", {"usages": {"u": {"limit": -1}}}, "arm.usages.u.limit"),
        ("arm", {"connection": "slow"}, "arm.connection"),
        ("imds", {"mode": "off"}, "imds.mode"),
    ],
)
def test_data_that_does_not_fit_is_refused(part: str, value: object, key: str) -> None:
    data = {"title": "t", "summary": "s", "source": "x", part: value}
    with pytest.raises(ScenarioError) as caught:
        Scenario.from_data("x", data, file="x.json")
    assert (caught.value.file, caught.value.key) == ("x.json", key)


@pytest.mark.parametrize("part", ["entra", "arm", "imds"])
def test_stop_is_fast_while_a_client_waits(serve: Any, part: str) -> None:
    emulator: Emulator = serve(**{part: {"connection": "hang"}})
    url = {
        "entra": emulator.authority,
        "arm": emulator.arm_endpoint,
        "imds": emulator.imds_endpoint,
    }[part]
    context = ssl.create_default_context(cafile=str(emulator.ca_file))
    seen: list[Exception] = []

    def wait() -> None:
        with httpx.Client(verify=context, trust_env=False, timeout=20) as client:
            try:
                client.get(url)
            except httpx.HTTPError as error:
                seen.append(error)

    caller = threading.Thread(target=wait)
    caller.start()
    time.sleep(0.3)
    begun = time.monotonic()
    emulator.stop()
    assert time.monotonic() - begun < 1
    caller.join(10)
    assert seen
