"""A base URL is judged by what the SDK would make of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from foundry_doctor.settings import Resolution
from foundry_doctor.settings.hosts import cloud_of, foundry_labels, is_gateway, resource_of

KEY = "0123456789abcdef0123456789abcdef"
RIGHT = "https://contoso.services.ai.azure.com/anthropic"
Resolve = Callable[..., Resolution]


def judged(resolve: Resolve, value: str) -> tuple[str, str | None]:
    """Cause (or `ok`) and suggestion."""
    environ = {"ANTHROPIC_FOUNDRY_BASE_URL": value, "ANTHROPIC_FOUNDRY_API_KEY": KEY}
    target = resolve(environ, deployments=("d",)).targets[0]
    assert target.provenance.get("endpoint", "env ANTHROPIC_FOUNDRY_BASE_URL") == (
        "env ANTHROPIC_FOUNDRY_BASE_URL"
    )
    if not target.problems:
        return "ok", None
    (problem,) = target.problems
    assert problem.facts["config.setting"] == "env ANTHROPIC_FOUNDRY_BASE_URL"
    assert problem.cause.removeprefix("endpoint-") == problem.facts["config.endpoint"]
    suggestion = problem.facts.get("config.suggestion")
    assert suggestion is None or isinstance(suggestion, str)
    if suggestion:
        assert judged(resolve, suggestion) == ("ok", None), "a suggestion must itself be right"
    return problem.cause, suggestion


@pytest.mark.parametrize(
    "value",
    [
        RIGHT,
        RIGHT + "/",
        "HTTPS://contoso.services.ai.azure.com/anthropic",
        "https://Contoso.services.ai.azure.com/anthropic",
        "https://contoso.services.ai.azure.com:443/anthropic",
        "https://contoso.services.ai.azure.com:8443/anthropic",
        "https://contoso.openai.azure.com/anthropic",
        "https://contoso.cognitiveservices.azure.com/anthropic/",
        "https://contoso.services.ai.azure.us/anthropic",
        "https://contoso.cognitiveservices.azure.cn/anthropic",
        "https://localhost:8443/anthropic",
        "https://127.0.0.1:4443/anthropic/",
        "https://[::1]:4443/anthropic",
        "https://gateway.contoso.com",
        "https://gateway.contoso.com/",
        "https://gateway.contoso.com/claude",
        "https://gateway.contoso.com/foundry/v1",
        "https://gateway.contoso.com/openai/claude",
        "https://my_gateway.internal/anthropic",
        "https://gateway/anthropic",
        "https://10.0.0.4/anthropic",
        "https://[fd00::4]/anthropic",
        "https://contoso.azure-api.net/claude",
        "https://bücher.example/anthropic",
        "https://gateway.contoso.com/a%20b/anthropic",
        "https://contoso.services.ai.azure.com.proxy.contoso.com/anthropic",
        "https://claude-gateway.execute-api.eu-west-1.amazonaws.com/prod",
        "https://anthropic.contoso.com/",
        "https://your-company.gateway.com/anthropic",
    ],
)
def test_what_can_work_is_left_alone(resolve: Resolve, value: str) -> None:
    assert judged(resolve, value) == ("ok", None)


@pytest.mark.parametrize(
    ("value", "suggestion"),
    [
        ("contoso.services.ai.azure.com/anthropic", RIGHT),
        ("contoso.services.ai.azure.com", RIGHT),
        ("//contoso.services.ai.azure.com/anthropic", RIGHT),
        ("contoso", None),
        (RIGHT + " ", RIGHT),
        (" " + RIGHT, RIGHT),
        (RIGHT + "\n", RIGHT),
        (f'"{RIGHT}"', RIGHT),
        (f"'{RIGHT}/'", RIGHT),
        ("https://con toso.services.ai.azure.com/anthropic", None),
        ("https://contoso.services.ai.azure.com/anth\x00ropic", None),
        ("https://", None),
        ("https:///anthropic", None),
        ("https:contoso", None),
        ("ftp://contoso.services.ai.azure.com/anthropic", None),
        ("https://contoso.services.ai.azure.com:abc/anthropic", None),
        ("https://contoso.services.ai.azure.com:99999/anthropic", None),
        ("https://contoso.services.ai.azure.com:0/anthropic", None),
        ("https://[::1/anthropic", None),
        ("https://999.1.1.1/anthropic", None),
        ("https://.services.ai.azure.com/anthropic", None),
        ("https://services.ai.azure.com/anthropic", None),
        ("https://contoso..services.ai.azure.com/anthropic", None),
        ("https://con_toso.services.ai.azure.com/anthropic", None),
        ("https://contoso!.services.ai.azure.com/anthropic", None),
        ("https://contosö.services.ai.azure.com/anthropic", None),
        ("https://<resource>.services.ai.azure.com/anthropic", None),
        ("https://{resource}.services.ai.azure.com/anthropic", None),
        ("https://${RESOURCE}.services.ai.azure.com/anthropic", None),
        ("https://%RESOURCE%.services.ai.azure.com/anthropic", None),
        ("https://your-resource-name.services.ai.azure.com/anthropic", None),
        ("https://YOUR_RESOURCE.services.ai.azure.com/anthropic", None),
        ("https://user:hunter2@contoso.services.ai.azure.com/anthropic", RIGHT),
        ("https://user@gateway.contoso.com/x", "https://gateway.contoso.com/x"),
        ("   ", None),
    ],
)
def test_malformed(resolve: Resolve, value: str, suggestion: str | None) -> None:
    assert judged(resolve, value) == ("endpoint-malformed", suggestion)


@pytest.mark.parametrize(
    ("value", "suggestion"),
    [
        ("http://contoso.services.ai.azure.com/anthropic", RIGHT),
        ("http://contoso.services.ai.azure.com", RIGHT),
        ("http://contoso.services.ai.azure.com:80/anthropic", RIGHT),
        ("http://gateway.contoso.com/claude", "https://gateway.contoso.com/claude"),
        ("http://gateway.contoso.com:8080/x", "https://gateway.contoso.com:8080/x"),
        ("http://localhost:4000/anthropic", None),
        ("http://127.0.0.1:4000", None),
    ],
)
def test_insecure(resolve: Resolve, value: str, suggestion: str | None) -> None:
    assert judged(resolve, value) == ("endpoint-insecure", suggestion)


@pytest.mark.parametrize(
    ("value", "suggestion"),
    [
        ("https://contoso.services.ai.azure.com", RIGHT),
        ("https://contoso.services.ai.azure.com/", RIGHT),
        ("https://contoso.services.ai.azure.com/v1", RIGHT),
        (RIGHT + "/v1", RIGHT),
        (RIGHT + "/v1/", RIGHT),
        (RIGHT + "/v1/messages", RIGHT),
        (RIGHT + "/v1/messages/count_tokens", RIGHT),
        (RIGHT + "/messages", RIGHT),
        (RIGHT + "//", RIGHT),
        (RIGHT + "?api-version=2025-05-01", RIGHT),
        (RIGHT + "#top", RIGHT),
        ("https://contoso.openai.azure.com/openai/deployments/claude", RIGHT),
        ("https://contoso.openai.azure.com/openai/v1/", RIGHT),
        ("https://contoso.services.ai.azure.com/models/chat/completions", RIGHT),
        ("https://contoso.services.ai.azure.com/models?api-version=2024-05-01-preview", RIGHT),
        ("https://contoso.services.ai.azure.com/api/projects/p1", RIGHT),
        ("https://contoso.services.ai.azure.com/api/projects/p1/anthropic", RIGHT),
        ("https://contoso.services.ai.azure.us", RIGHT.replace(".com", ".us")),
        ("https://localhost:8443", "https://localhost:8443/anthropic"),
        ("https://127.0.0.1:8443/v1", "https://127.0.0.1:8443/anthropic"),
        ("https://[::1]:8443/v1/messages", "https://[::1]:8443/anthropic"),
        ("https://gateway.contoso.com/x/v1/messages", "https://gateway.contoso.com/x"),
        ("https://gateway.contoso.com/anthropic/v1", "https://gateway.contoso.com/anthropic"),
        ("https://gateway.contoso.com/v1/chat/completions", "https://gateway.contoso.com"),
        ("https://gateway.contoso.com/x?api-version=1", "https://gateway.contoso.com/x"),
        ("https://gateway.contoso.com/x//y", "https://gateway.contoso.com/x/y"),
    ],
)
def test_wrong_path(resolve: Resolve, value: str, suggestion: str | None) -> None:
    assert judged(resolve, value) == ("endpoint-wrong-path", suggestion)


@pytest.mark.parametrize(
    ("value", "suggestion"),
    [
        ("https://api.anthropic.com", None),
        ("https://api.anthropic.com/v1/messages", None),
        ("https://example-resource.azure.anthropic.com/anthropic", None),
        ("https://api.openai.com/v1", None),
        ("https://eastus2.api.cognitive.microsoft.com/anthropic", None),
        ("https://usgovarizona.api.cognitive.microsoft.us/anthropic", None),
        ("https://ai.azure.com/anthropic", None),
        ("https://contoso.ai.azure.com/anthropic", None),
        ("https://contoso.eastus2.models.ai.azure.com/anthropic", None),
        ("https://us-east5-aiplatform.googleapis.com/v1", None),
        ("https://bedrock-runtime.us-east-1.amazonaws.com", None),
        ("https://management.azure.com/anthropic", None),
        ("https://a.b.services.ai.azure.com/anthropic", None),
        ("https://contoso.privatelink.services.ai.azure.com/anthropic", RIGHT),
    ],
)
def test_wrong_host(resolve: Resolve, value: str, suggestion: str | None) -> None:
    assert judged(resolve, value) == ("endpoint-wrong-host", suggestion)


def test_neither_password_nor_query_is_kept_or_shown(resolve: Resolve) -> None:
    value = "https://user:hunter2hunter2@contoso.services.ai.azure.com/anthropic?sig=abcdef123456"
    target = resolve({"ANTHROPIC_FOUNDRY_BASE_URL": value}).targets[0]
    shown = repr(target)
    assert "hunter2" not in shown
    assert "abcdef123456" not in shown
    revealed = [secret.reveal() for secret in target.secrets]
    assert {"hunter2hunter2", "abcdef123456"} <= set(revealed)


def test_host_port_resource_and_cloud_come_from_the_url(resolve: Resolve) -> None:
    target = resolve(base_url="https://Contoso.openai.azure.us:8443/anthropic/").targets[0]
    assert target.base_url == "https://contoso.openai.azure.us:8443/anthropic"
    assert (target.host, target.port) == ("contoso.openai.azure.us", 8443)
    assert (target.resource, target.cloud) == ("contoso", "usgov")
    assert target.provenance["endpoint"] == "flag --base-url"
    assert target.provenance["resource"] == "the base URL (flag --base-url)"
    assert target.provenance["cloud"] == "the host name"


def test_hosts() -> None:
    assert resource_of("contoso.services.ai.azure.com") == "contoso"
    assert resource_of("gateway.contoso.com") is None
    assert foundry_labels("xservices.ai.azure.com") is None
    assert foundry_labels("services.ai.azure.com") == ""
    assert cloud_of("contoso.openai.azure.cn") == "china"
    assert cloud_of("contoso.com") is None
    assert is_gateway("gateway.contoso.com")
    assert not is_gateway("localhost")
    assert not is_gateway("contoso.services.ai.azure.com.")
