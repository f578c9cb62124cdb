"""The key's shape: what is surely wrong is named, what might be right is let through."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from foundry_doctor.settings import Resolution

HEX = "0123456789abcdef0123456789abcdef"
LONG = "AbCdEfGh1j" * 8 + "XyZ9"
JWT = "eyJ0eXAiOiJKV1QifQ.eyJhdWQiOiJodHRwczovL2FpLmF6dXJlLmNvbSJ9.c2lnbmF0dXJl"
FOUNDRY = {"ANTHROPIC_FOUNDRY_RESOURCE": "contoso"}
LOOPBACK = {"ANTHROPIC_FOUNDRY_BASE_URL": "https://127.0.0.1:8443/anthropic"}
GATEWAY = {"ANTHROPIC_FOUNDRY_BASE_URL": "https://gateway.contoso.com/claude"}
Resolve = Callable[..., Resolution]

MALFORMED = [
    (f'"{HEX}"', "quoted"),
    (f"'{HEX}'", "quoted"),
    (f"“{HEX}”", "quoted"),
    (f'{HEX}"', "quoted"),
    (f"{HEX}\n", "line-break"),
    (f"{HEX}\r\n", "line-break"),
    (f"{HEX}\nX-Injected: 1", "line-break"),
    (f"\n{HEX}", "line-break"),
    (f"{HEX} ", "whitespace"),
    (f"\t{HEX}", "whitespace"),
    (f"{HEX[:16]} {HEX[16:]}", "whitespace"),
    (f"{HEX}\u00a0", "whitespace"),
    (f"Bearer {HEX}", "whitespace"),
    (f"{HEX[:31]}ключ", "non-ascii"),
    (f"{HEX}\x1b[0m", "non-ascii"),
    (f"{HEX}\u200b", "non-ascii"),
    ("   ", "empty"),
    ("<your-key>", "placeholder"),
    ("<paste the key here>", "placeholder"),
    ("YOUR_API_KEY", "placeholder"),
    ("your-api-key-here", "placeholder"),
    ("your api key", "placeholder"),
    ("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "placeholder"),
    ("XXX", "placeholder"),
    ("***", "placeholder"),
    ("abcd***********************wxyz", "placeholder"),
    ("changeme", "placeholder"),
    ("undefined", "placeholder"),
    ("$FOUNDRY_KEY", "placeholder"),
    ("${FOUNDRY_KEY}", "placeholder"),
    ("$(cat key.txt)", "placeholder"),
    ("%FOUNDRY_KEY%", "placeholder"),
    ("$env:FOUNDRY_KEY", "placeholder"),
    ("{{ secrets.KEY }}", "placeholder"),
    ("ANTHROPIC_FOUNDRY_API_KEY", "placeholder"),
    (f"ANTHROPIC_FOUNDRY_API_KEY={HEX}", "impossible"),
    ("https://contoso.services.ai.azure.com/anthropic", "impossible"),
    ("a1" * 9000, "impossible"),
]


def key_problem(resolve: Resolve, key: str, where: dict[str, str]) -> tuple[object, ...]:
    environ = {**where, "ANTHROPIC_FOUNDRY_API_KEY": key}
    target = resolve(environ, deployments=("d",)).targets[0]
    assert target.mode == "key"
    assert target.key is not None
    assert target.key.reveal() == key
    if not target.problems:
        return ("ok", None, None)
    (problem,) = target.problems
    assert problem.facts["config.setting"] == "env ANTHROPIC_FOUNDRY_API_KEY"
    return (problem.cause, problem.facts["key.shape"], problem.facts.get("key.provider"))


@pytest.mark.parametrize("where", [FOUNDRY, LOOPBACK, GATEWAY, {}], ids=str)
@pytest.mark.parametrize(("key", "shape"), MALFORMED)
def test_malformed_wherever_it_goes(
    resolve: Resolve, key: str, shape: str, where: dict[str, str]
) -> None:
    if not where:
        environ = {"ANTHROPIC_FOUNDRY_API_KEY": key}
        causes = [item.cause for item in resolve(environ).targets[0].problems]
        assert causes == ["config-missing", "key-malformed", "config-missing"]
        return
    assert key_problem(resolve, key, where) == ("key-malformed", shape, None)


@pytest.mark.parametrize("key", ["abc", "a" * 19, "0123456789abcdef0123!", "a.b" * 10, "a{b" * 9])
def test_impossible_for_foundry_only(resolve: Resolve, key: str) -> None:
    assert key_problem(resolve, key, FOUNDRY) == ("key-malformed", "impossible", None)
    assert key_problem(resolve, key, LOOPBACK) == ("ok", None, None)
    assert key_problem(resolve, key, GATEWAY) == ("ok", None, None)


@pytest.mark.parametrize(
    ("key", "provider"),
    [
        ("sk-ant-api03-AAAAAAAAAAAAAAAAAAAAAAAAAAA", "Anthropic"),
        ("sk-proj-AAAAAAAAAAAAAAAAAAAAAAAAAAA", "OpenAI"),
        ("sk-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "OpenAI"),
        ("ghp_AAAAAAAAAAAAAAAAAAAAAAAAAAAA", "GitHub"),
        ("gho_AAAAAAAAAAAAAAAAAAAAAAAAAAAA", "GitHub"),
        ("github_pat_AAAAAAAAAAAAAAAAAAAAA", "GitHub"),
        ("AKIAIOSFODNN7EXAMPLE", "Amazon Web Services"),
        ("AIzaSyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "Google"),
        ("hf_AAAAAAAAAAAAAAAAAAAAAAAA", "Hugging Face"),
        ("xai-AAAAAAAAAAAAAAAAAAAAAAAA", "xAI"),
        ("gsk_AAAAAAAAAAAAAAAAAAAAAAAA", "Groq"),
        (JWT, "an Entra token (JWT)"),
    ],
)
def test_another_providers_key(resolve: Resolve, key: str, provider: str) -> None:
    expected = ("key-wrong-provider", "other-provider", provider)
    assert key_problem(resolve, key, FOUNDRY) == expected
    assert key_problem(resolve, key, LOOPBACK) == expected
    # A gateway issues what keys it likes: sk-… is the shape of an LLM proxy's own.
    assert key_problem(resolve, key, GATEWAY) == ("ok", None, None)


@pytest.mark.parametrize(
    "key",
    [
        HEX,
        HEX.upper(),
        LONG,
        "AIza" + "b1" * 40,
        "AKIA" + "b1" * 40,
        "a1" * 15,
        "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0",
        "c29tZSBiYXNlNjQga2V5IGZvciBhIGdhdGV3YXk=",
        "0" * 31 + "1",
        "skating-is-a-long-word-for-keys",
        "yourself-4f8a9b7c6d5e4f3a2b1c",
    ],
)
def test_a_possible_key_raises_no_alarm(resolve: Resolve, key: str) -> None:
    assert key_problem(resolve, key, FOUNDRY) == ("ok", None, None)


@pytest.mark.parametrize(("key", "_shape"), MALFORMED)
def test_no_text_repeats_a_key(resolve: Resolve, key: str, _shape: str) -> None:
    target = resolve({**FOUNDRY, "ANTHROPIC_FOUNDRY_API_KEY": key}).targets[0]
    texts = [item.summary for item in target.problems]
    texts += [str(value) for item in target.problems for value in item.facts.values()]
    for part in (key, key.strip(), key.strip("\"'“” \n\r\t")):
        if len(part) >= 6 and part not in ("ANTHROPIC_FOUNDRY_API_KEY",):
            assert not any(part in text for text in texts)


@pytest.mark.parametrize("environ", [{}, {"ANTHROPIC_FOUNDRY_API_KEY": ""}], ids=["unset", "empty"])
def test_no_key(resolve: Resolve, environ: dict[str, str]) -> None:
    target = resolve({**FOUNDRY, **environ}, deployments=("d",), auth="key").targets[0]
    (problem,) = target.problems
    assert problem.cause == "credentials-missing"
    assert problem.facts["config.credential"] == "missing"
    assert ("empty" in problem.summary) == bool(environ)
    assert (target.mode, target.key) == (None, None)
    assert "key" not in target.provenance


@pytest.mark.parametrize("environ", [{}, {"ANTHROPIC_FOUNDRY_API_KEY": ""}], ids=["unset", "empty"])
@pytest.mark.parametrize("auth", [None, "auto", "entra"])
def test_without_a_key_entra_is_asked(
    resolve: Resolve, environ: dict[str, str], auth: str | None
) -> None:
    target = resolve({**FOUNDRY, **environ}, deployments=("d",), auth=auth).targets[0]
    assert target.problems == ()
    assert (target.mode, target.key, target.arm) == ("entra", None, True)


def test_a_gateway_gets_no_entra_token_unasked(resolve: Resolve) -> None:
    target = resolve(GATEWAY, deployments=("d",)).targets[0]
    assert [item.cause for item in target.problems] == ["credentials-missing"]
    assert resolve(GATEWAY, deployments=("d",), auth="entra").targets[0].mode == "entra"


@pytest.mark.parametrize("where", [FOUNDRY, LOOPBACK, {}], ids=str)
def test_a_key_as_auth_token_travels_as_bearer(resolve: Resolve, where: dict[str, str]) -> None:
    environ = {**where, "ANTHROPIC_FOUNDRY_AUTH_TOKEN": HEX}
    problems = resolve(environ, deployments=("d",)).targets[0].problems
    found = next(item for item in problems if item.cause == "key-sent-as-bearer")
    assert found.facts["key.shape"] == "sent-as-bearer"
    assert found.facts["config.setting"] == "env ANTHROPIC_FOUNDRY_AUTH_TOKEN"
    assert not any(item.cause == "credentials-missing" for item in problems)


@pytest.mark.parametrize(
    ("where", "token"), [(FOUNDRY, JWT), (GATEWAY, HEX), (GATEWAY, JWT)], ids=str
)
def test_a_token_that_may_be_right_is_only_not_the_sdks(
    resolve: Resolve, where: dict[str, str], token: str
) -> None:
    environ = {**where, "ANTHROPIC_FOUNDRY_AUTH_TOKEN": token}
    (problem,) = resolve(environ, deployments=("d",), auth="key").targets[0].problems
    assert problem.cause == "credentials-missing"
    assert "Claude Code only" in problem.summary


def test_a_key_beside_an_auth_token_is_only_noted(resolve: Resolve) -> None:
    environ = {
        **FOUNDRY,
        "ANTHROPIC_FOUNDRY_AUTH_TOKEN": LONG,
        "ANTHROPIC_FOUNDRY_API_KEY": HEX,
    }
    resolution = resolve(environ, deployments=("d",))
    assert resolution.targets[0].problems == ()
    (note,) = resolution.notes
    assert "ANTHROPIC_FOUNDRY_AUTH_TOKEN" in note
    assert LONG not in note


def test_entra_settings_beside_auth_key_are_named(resolve: Resolve) -> None:
    environ = {**FOUNDRY, "AZURE_CLIENT_ID": "x", "AZURE_CLIENT_SECRET": "s3cr3t-s3cr3t"}
    (problem,) = resolve(environ, deployments=("d",), auth="key").targets[0].problems
    assert problem.cause == "credentials-missing"
    assert "AZURE_CLIENT_" in problem.summary


@pytest.mark.parametrize("name", ["ANTHROPIC_API_KEY", "OPENAI_API_KEY", "AZURE_OPENAI_API_KEY"])
def test_another_clients_key_is_no_key_of_ours(resolve: Resolve, name: str) -> None:
    target = resolve({**FOUNDRY, name: HEX}, deployments=("d",), auth="key").targets[0]
    assert [item.cause for item in target.problems] == ["credentials-missing"]
    assert [secret.reveal() for secret in target.secrets] == [HEX]
