"""Flag over environment over config file over Claude Code over default, each with its source."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from foundry_doctor.errors import UsageError
from foundry_doctor.settings import Resolution

KEY = "0123456789abcdef0123456789abcdef"
OTHER = "fedcba9876543210fedcba9876543210"
RESOURCE = "ANTHROPIC_FOUNDRY_RESOURCE"
BASE_URL = "ANTHROPIC_FOUNDRY_BASE_URL"
API_KEY = "ANTHROPIC_FOUNDRY_API_KEY"
URL = "https://url.services.ai.azure.com/anthropic"
Resolve = Callable[..., Resolution]


def claude(folder: Path, **env: str) -> None:
    (folder / ".claude").mkdir(exist_ok=True)
    (folder / ".claude" / "settings.json").write_text(json.dumps({"env": env}))


def config(folder: Path, text: str) -> None:
    (folder / "foundry-doctor.yaml").write_text(text)


@pytest.mark.parametrize("levels", range(5))
def test_each_level_beats_the_next(resolve: Resolve, cwd: Path, levels: int) -> None:
    flags: dict[str, object] = {}
    environ: dict[str, str] = {}
    expected: tuple[str | None, str | None] = (None, None)
    if levels >= 1:
        claude(cwd, **{RESOURCE: "from-claude", API_KEY: KEY})
        expected = ("from-claude", f".claude/settings.json (env {RESOURCE})")
    if levels >= 2:
        config(cwd, "version: 1\nresource: from-file\n")
        expected = ("from-file", "foundry-doctor.yaml:2:11")
    if levels >= 3:
        environ[RESOURCE] = "from-env"
        expected = ("from-env", f"env {RESOURCE}")
    if levels >= 4:
        flags["resource"] = "from-flag"
        expected = ("from-flag", "flag --resource")
    target = resolve(environ, **flags).targets[0]
    assert (target.resource, target.provenance.get("resource")) == expected
    assert target.provenance.get("endpoint") == expected[1]


def test_every_value_names_its_source(resolve: Resolve, cwd: Path) -> None:
    config(cwd, "deployments:\n  - one\n  - two\ncloud: usgov\n")
    claude(cwd, **{API_KEY: KEY})
    target = resolve({RESOURCE: "contoso"}, auth="key").targets[0]
    assert target.problems == ()
    assert dict(target.provenance) == {
        "resource": f"env {RESOURCE}",
        "endpoint": f"env {RESOURCE}",
        "key": f".claude/settings.json (env {API_KEY})",
        "auth": "flag --auth",
        "deployments": "foundry-doctor.yaml:2:5, foundry-doctor.yaml:3:5",
        "cloud": "foundry-doctor.yaml:4:8",
    }
    assert target.deployments == ("one", "two")


def test_nothing_configured(resolve: Resolve) -> None:
    resolution = resolve()
    (target,) = resolution.targets
    # Without a key Entra ID is asked, and Resource Manager says which deployments there are.
    assert (target.mode, target.arm) == ("entra", True)
    assert [item.cause for item in target.problems] == ["config-missing"]
    assert target.problems[0].facts["config.endpoint"] == "missing"


def test_a_key_asked_for_and_not_set(resolve: Resolve) -> None:
    (target,) = resolve(auth="key").targets
    assert (target.mode, target.arm) == (None, False)
    assert [item.cause for item in target.problems] == [
        "config-missing",
        "credentials-missing",
        "config-missing",
    ]


def test_defaults_have_a_provenance(resolve: Resolve) -> None:
    resolution = resolve()
    (target,) = resolution.targets
    assert dict(target.provenance) == {"auth": "default", "cloud": "default"}
    assert (resolution.notes, resolution.playbook_dirs, resolution.config_path) == ((), (), None)


def test_empty_means_not_given(resolve: Resolve, cwd: Path) -> None:
    config(cwd, "resource: from-file\n")
    environ = {RESOURCE: "", API_KEY: KEY, "ANTHROPIC_MODEL": "", "SSL_CERT_FILE": ""}
    target = resolve(environ, resource="", base_url="", deployments=("", "d"), auth="").targets[0]
    assert target.problems == ()
    assert (target.resource, target.deployments) == ("from-file", ("d",))


# The Python SDK 2.x raises "base_url and resource are mutually exclusive" in each of these.
@pytest.mark.parametrize(
    ("environ", "flags"),
    [
        ({RESOURCE: "contoso", BASE_URL: URL}, {}),
        ({RESOURCE: "url", BASE_URL: URL}, {}),
        ({RESOURCE: "", BASE_URL: URL}, {}),
        ({RESOURCE: "contoso", BASE_URL: ""}, {}),
        ({}, {"resource": "contoso", "base_url": URL}),
    ],
)
def test_conflict(resolve: Resolve, environ: dict[str, str], flags: dict[str, str]) -> None:
    target = resolve({**environ, API_KEY: KEY}, deployments=("d",), **flags).targets[0]
    (problem,) = target.problems
    assert problem.cause == "config-conflict"
    assert problem.facts["config.endpoint"] == "conflict"
    kind = "flag --" if flags else "env "
    assert str(problem.facts["config.setting"]).count(kind) == 2


def test_conflict_within_the_files_of_claude_code(resolve: Resolve, cwd: Path, home: Path) -> None:
    claude(cwd, **{RESOURCE: "contoso", API_KEY: KEY})
    claude(home, **{BASE_URL: URL})
    assert resolve().targets[0].problems[0].cause == "config-conflict"


def test_conflict_within_the_config_file(resolve: Resolve, cwd: Path) -> None:
    config(cwd, f"resource: contoso\nbase_url: {URL}\n")
    (problem, *_) = resolve({API_KEY: KEY}).targets[0].problems
    assert problem.cause == "config-conflict"
    assert "foundry-doctor.yaml:1:11" in problem.summary


@pytest.mark.parametrize(
    ("environ", "flags", "host"),
    [
        ({RESOURCE: "contoso"}, {"base_url": URL}, "url"),
        ({RESOURCE: "contoso", BASE_URL: URL}, {"base_url": URL}, "url"),
        ({RESOURCE: "", BASE_URL: ""}, {"resource": "contoso"}, "contoso"),
        ({RESOURCE: "contoso"}, {"resource": "flagged"}, "flagged"),
    ],
)
def test_a_stronger_level_settles_a_conflict(
    resolve: Resolve, environ: dict[str, str], flags: dict[str, str], host: str
) -> None:
    target = resolve({**environ, API_KEY: KEY}, deployments=("d",), **flags).targets[0]
    assert target.problems == ()
    assert target.host == f"{host}.services.ai.azure.com"


def test_both_empty_is_missing_and_no_conflict(resolve: Resolve) -> None:
    problems = resolve({RESOURCE: "", BASE_URL: "", API_KEY: KEY}).targets[0].problems
    assert problems[0].cause == "config-missing"


def test_an_overridden_endpoint_is_noted(resolve: Resolve) -> None:
    resolution = resolve({BASE_URL: URL, API_KEY: KEY}, resource="contoso", deployments=("d",))
    assert resolution.targets[0].problems == ()
    (note,) = resolution.notes
    assert f"env {BASE_URL}" in note
    assert "flag --resource" in note
    assert "raises" in note
    # The same endpoint twice is nothing to tell.
    assert resolve({BASE_URL: URL}, base_url=URL + "/").notes == ()


def test_deployments_of_claude_codes_variables(resolve: Resolve, cwd: Path) -> None:
    claude(cwd, ANTHROPIC_DEFAULT_HAIKU_MODEL="small", ANTHROPIC_MODEL="overridden")
    target = resolve(
        {
            "ANTHROPIC_MODEL": "main[1m]",
            "ANTHROPIC_DEFAULT_OPUS_MODEL": "big[1M]",
            "ANTHROPIC_DEFAULT_SONNET_MODEL": "main",
            "ANTHROPIC_DEFAULT_MODEL": "opus",
            "ANTHROPIC_SMALL_FAST_MODEL": "small",
        }
    ).targets[0]
    assert target.deployments == ("big", "main", "small")
    assert target.provenance["deployments"] == (
        "env ANTHROPIC_DEFAULT_OPUS_MODEL, env ANTHROPIC_DEFAULT_SONNET_MODEL, "
        ".claude/settings.json (env ANTHROPIC_DEFAULT_HAIKU_MODEL), env ANTHROPIC_MODEL, "
        "env ANTHROPIC_SMALL_FAST_MODEL"
    )


@pytest.mark.parametrize(
    "alias", ["opus", "sonnet", "haiku", "default", "Opus", "sonnet[1m]", "opusplan", "fable"]
)
def test_an_alias_names_no_deployment(resolve: Resolve, alias: str) -> None:
    target = resolve({RESOURCE: "contoso", API_KEY: KEY, "ANTHROPIC_MODEL": alias}).targets[0]
    (problem,) = target.problems
    assert problem.facts["config.deployment"] == "missing"
    assert "ANTHROPIC_MODEL only holds an alias" in problem.summary


@pytest.mark.parametrize(
    "name",
    [
        "claude-opus-4-6",
        "opus-prod",
        "claude-sonnet-4-5@20250929",
        "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        "arn:aws:bedrock:us-east-1:1:inference-profile/x",
        "with space",
    ],
)
def test_names_are_left_as_given(resolve: Resolve, name: str) -> None:
    target = resolve({RESOURCE: "contoso", API_KEY: KEY, "ANTHROPIC_MODEL": name}).targets[0]
    assert (target.problems, target.deployments) == ((), (name,))
    flagged = resolve({}, deployments=(name, name, "x[1m]")).targets[0]
    assert flagged.deployments == (name, "x[1m]")
    assert flagged.provenance["deployments"] == "flag --deployment"


@pytest.mark.parametrize("switch", ["CLAUDE_CODE_USE_BEDROCK", "CLAUDE_CODE_USE_VERTEX"])
def test_models_of_another_provider_are_no_deployments(resolve: Resolve, switch: str) -> None:
    environ = {RESOURCE: "contoso", API_KEY: KEY, "ANTHROPIC_MODEL": "x", switch: "1"}
    resolution = resolve(environ)
    assert resolution.targets[0].deployments == ()
    assert switch in resolution.notes[0]
    assert resolve({**environ, "CLAUDE_CODE_USE_FOUNDRY": "1"}).targets[0].deployments == ("x",)
    assert resolve({**environ, switch: "0"}).targets[0].deployments == ("x",)


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ({"auth": "password"}, "auto, key"),
        ({"cloud": "mars"}, "public, usgov, china"),
        ({"targets": ("a",), "all_targets": True}, "exclude each other"),
    ],
)
def test_flags_that_cannot_be_meant(resolve: Resolve, flags: dict[str, object], words: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        resolve({}, **flags)
    assert caught.value.advice


def test_secrets_of_every_source_are_known(resolve: Resolve, cwd: Path, home: Path) -> None:
    claude(cwd, **{API_KEY: KEY, "MY_TOKEN": "token-of-mine", "PLAIN": "not a secret"})
    claude(home, **{API_KEY: OTHER})
    config(cwd, "key_env: PROD_KEY\ntargets:\n  a:\n    key_env: TARGET_KEY\n")
    environ = {
        "PROD_KEY": "prod-key-value",
        "TARGET_KEY": "target-key-value",
        "AZURE_CLIENT_SECRET": "client-secret-value",
        "ANTHROPIC_CUSTOM_HEADERS": "X-Gateway: gateway-value\nAuthorization: Bearer bearer-value",
        "https_proxy": "http://user:pass%20word@proxy:8080",
        "UNRELATED": "unrelated-value",
    }
    revealed = {item.reveal() for item in resolve(environ, resource="x1").targets[0].secrets}
    assert {
        KEY,
        OTHER,
        "token-of-mine",
        "prod-key-value",
        "target-key-value",
        "client-secret-value",
        "gateway-value",
        "bearer-value",
        "pass%20word",
        "user:pass%20word",
    } <= revealed
    assert not revealed & {"unrelated-value", "not a secret", "http://user:pass%20word@proxy:8080"}
