"""Names: deployments beside the shipped catalogue, hosts and addresses of the data plane."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundry_doctor.facts import FACTS
from foundry_doctor.foundry import endpoints
from foundry_doctor.foundry.catalogue import catalogue, judge, nearest


@pytest.mark.parametrize(
    ("name", "form", "suggestion"),
    [
        ("claude-sonnet-5", "known-id", None),
        ("Claude-Sonnet-5", "known-id", "claude-sonnet-5"),
        ("claude-opus-4-1", "retired-id", "claude-opus-4-8"),
        ("CLAUDE-OPUS-4-1", "retired-id", "claude-opus-4-8"),
        ("my-sonnet", "plain", None),
        ("production", "plain", None),
        ("gpt-4o", "plain", None),
        ("gpt-5-codex", "plain", None),
        ("llama-3", "plain", None),
        ("claude-sonet-5", "plain", "claude-sonnet-5"),
        ("claude_sonnet_5", "plain", "claude-sonnet-5"),
        ("claude sonnet 5", "plain", "claude-sonnet-5"),
        ("claude-sonnet-4.6", "plain", "claude-sonnet-4-6"),
        ("claude-sonnet-4-5-20250929", "dated-id", "claude-sonnet-4-5"),
        ("claude-haiku-4-5-20251001", "dated-id", "claude-haiku-4-5"),
        ("claude-sonnet-4-5-1999", "plain", "claude-sonnet-4-5"),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "bedrock-id", "claude-sonnet-4-5"),
        ("anthropic.claude-haiku-4-5-20251001-v1:0", "bedrock-id", "claude-haiku-4-5"),
        ("global.anthropic.claude-opus-4-6-v1", "bedrock-id", "claude-opus-4-6"),
        (
            "arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-opus-4-5-20251101-v1:0",
            "bedrock-id",
            "claude-opus-4-5",
        ),
        ("anthropic/claude-sonnet-5", "plain", None),
        ("claude-sonnet-4-5@20250929", "vertex-id", "claude-sonnet-4-5"),
        ("claude-opus-5@latest", "vertex-id", "claude-opus-5"),
        ("claude-opus-5@prod", "plain", None),
        ("haiku", "alias", None),
        ("default", "alias", None),
        ("opusplan", "alias", None),
        ("haiku-prod", "plain", None),
        ("", "plain", None),
    ],
)
def test_what_a_deployment_name_looks_like(name: str, form: str, suggestion: str | None) -> None:
    judged = judge(name)
    assert judged.form == form
    assert judged.form in FACTS["deployment.form"].values
    if suggestion is not None or form in ("known-id", "retired-id"):
        assert judged.suggestion == suggestion


@pytest.mark.parametrize("name", ["gpt-4o", "gpt-5", "production", "my-sonnet", "claude", "x"])
def test_what_is_not_near_anything(name: str) -> None:
    assert nearest(name) is None


@settings(deadline=None)
@given(st.text(max_size=80))
def test_any_name_is_judged(name: str) -> None:
    judged = judge(name)
    assert judged.form in FACTS["deployment.form"].values
    assert judged.suggestion is None or judged.suggestion in catalogue()["models"]


def test_the_catalogue_is_whole() -> None:
    document = catalogue()
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", document["as_of"])
    assert document["sources"]
    for name, model in document["models"].items():
        assert re.fullmatch(r"claude-[a-z0-9-]+", name)
        assert judge(name).form in ("known-id", "retired-id")
        successor = model.get("successor")
        if successor is not None:
            assert "retired" not in document["models"][successor]


@pytest.mark.parametrize(
    "base", ["https://r.services.ai.azure.com/anthropic", "https://h/anthropic/"]
)
def test_routes(base: str) -> None:
    plain = base.rstrip("/")
    assert endpoints.messages_url(base) == f"{plain}/v1/messages"
    assert endpoints.count_tokens_url(base) == f"{plain}/v1/messages/count_tokens"


@pytest.mark.parametrize(
    ("host", "resource"),
    [
        ("contoso.services.ai.azure.com", "contoso"),
        ("Contoso.Services.AI.azure.com.", "Contoso"),
        ("contoso.cognitiveservices.azure.com", "contoso"),
        ("contoso.openai.azure.us", "contoso"),
        ("contoso.services.ai.azure.cn", "contoso"),
        ("services.ai.azure.com", None),
        ("contoso.services.ai.azure.com.evil.example", None),
        ("evilservices.ai.azure.com", None),
        ("contoso.azure.com", None),
        ("", None),
    ],
)
def test_foundry_hosts(host: str, resource: str | None) -> None:
    assert endpoints.is_foundry_host(host) is (resource is not None)
    assert endpoints.resource_of(host) == resource
