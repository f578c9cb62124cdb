"""A resource name is judged before anything is looked up under it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from foundry_doctor.settings import Resolution

KEY = "0123456789abcdef0123456789abcdef"
Resolve = Callable[..., Resolution]


@pytest.mark.parametrize(
    ("value", "suggestion"),
    [
        ("https://contoso-ai.services.ai.azure.com/anthropic", "contoso-ai"),
        ("https://contoso-ai.services.ai.azure.com/anthropic/", "contoso-ai"),
        ("https://contoso-ai.openai.azure.com/", "contoso-ai"),
        ("https://contoso-ai.services.ai.azure.com/api/projects/p1", "contoso-ai"),
        ("contoso-ai.services.ai.azure.com/anthropic", "contoso-ai"),
        ("contoso-ai.services.ai.azure.com", "contoso-ai"),
        ("contoso-ai.cognitiveservices.azure.us", "contoso-ai"),
        ("contoso-ai.privatelink.services.ai.azure.com", "contoso-ai"),
        ("https://gateway.contoso.com/claude", None),
        ("https://eastus2.api.cognitive.microsoft.com/", None),
        ("contoso.ai", None),
        ("contoso..ai", None),
        (".contoso", None),
        ("contoso ai", None),
        (" contoso-ai", "contoso-ai"),
        ("contoso-ai\n", "contoso-ai"),
        ('"contoso-ai"', "contoso-ai"),
        (" ", None),
        ("contoso_ai", None),
        ("contoso-ai!", None),
        ("contosö", None),
        ("conto\x07so", None),
        ("-contoso", None),
        ("contoso-", None),
        ("c", None),
        ("c" * 64, None),
        ("<resource>", None),
        ("<your-resource-name>", None),
        ("${RESOURCE}", None),
        ("$RESOURCE", None),
        ("%RESOURCE%", None),
        ("{{ vars.RESOURCE }}", None),
        ("YOUR_RESOURCE", None),
        ("your-resource-name", None),
        ("YOUR-FOUNDRY-RESOURCE", None),
        ("resource-name", None),
        ("undefined", None),
        ("http://[", None),
    ],
)
def test_a_wrong_name_is_named(resolve: Resolve, value: str, suggestion: str | None) -> None:
    target = resolve(
        {"ANTHROPIC_FOUNDRY_RESOURCE": value, "ANTHROPIC_FOUNDRY_API_KEY": KEY},
        deployments=("d",),
    ).targets[0]
    (problem,) = target.problems
    assert problem.cause == "endpoint-malformed"
    assert problem.facts["config.endpoint"] == "malformed"
    assert problem.facts["config.setting"] == "env ANTHROPIC_FOUNDRY_RESOURCE"
    assert problem.facts.get("config.suggestion") == suggestion
    assert "env ANTHROPIC_FOUNDRY_RESOURCE" in problem.summary
    assert target.host is None


@pytest.mark.parametrize(
    "value",
    [
        "contoso",
        "contoso-ai",
        "Contoso-AI",
        "c1",
        "1c",
        "c--c",
        "c" * 63,
        "enterprise-foundry",
        "replacement-name1",
        "yours-truly",
        "my-resource",
        "example-resource",
        "insertion",
        "none1",
        "0123456789abcdef0123456789abcdee",
    ],
)
def test_a_possible_name_is_left_alone(resolve: Resolve, value: str) -> None:
    target = resolve(
        {"ANTHROPIC_FOUNDRY_RESOURCE": value, "ANTHROPIC_FOUNDRY_API_KEY": KEY},
        deployments=("d",),
    ).targets[0]
    assert target.problems == ()
    assert target.resource == value
    assert target.base_url == f"https://{value}.services.ai.azure.com/anthropic"
    assert target.host == f"{value.lower()}.services.ai.azure.com"
    assert target.port == 443


@pytest.mark.parametrize(
    ("cloud", "top"), [("public", "com"), ("usgov", "us"), ("china", "cn"), (None, "com")]
)
def test_the_cloud_decides_the_domain(resolve: Resolve, cloud: str | None, top: str) -> None:
    target = resolve(resource="contoso", cloud=cloud).targets[0]
    assert target.base_url == f"https://contoso.services.ai.azure.{top}/anthropic"
    assert target.cloud == (cloud or "public")
    assert target.provenance["cloud"] == ("flag --cloud" if cloud else "default")


@pytest.mark.parametrize(
    "value",
    ["sk-ant-api03-AAAAAAAAAAAAAAAAAAAAAAAA", "A1" * 42, "ghp_AAAAAAAAAAAAAAAAAAAAAAAA", KEY],
)
def test_a_key_in_its_place_is_never_looked_up(resolve: Resolve, value: str) -> None:
    target = resolve(
        {"ANTHROPIC_FOUNDRY_RESOURCE": value, "ANTHROPIC_FOUNDRY_API_KEY": KEY}
    ).targets[0]
    assert target.problems[0].cause == "endpoint-malformed"
    assert (target.resource, target.base_url, target.host) == (None, None, None)
    assert value not in repr(target)
    assert value in [secret.reveal() for secret in target.secrets]
