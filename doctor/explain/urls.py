"""What a URL in a text says of the client: the route it called, and whether it can be right."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from ..foundry.endpoints import resource_of
from ..model import FactValue
from .scope import is_ours

_URL = re.compile(r"https?:/{0,3}[^\s\"'<>\\)}\],]{1,600}", re.IGNORECASE)
_TARGET = re.compile(r"(?:POST|GET|with url:|for url:?)\s{1,3}'?(/{1,2}[\w./%:@{}?=&~+-]{2,300})")
_POOL = re.compile(r"HTTPS?Connection(?:Pool)?\(host='([^']{1,253})'")
_OPENAI = re.compile(
    r"/chat/completions|/openai/|/responses(?:$|[?/])|/v1/completions|/embeddings", re.IGNORECASE
)


def url_facts(text: str) -> dict[str, FactValue]:
    """`url.form`, `net.host` and the resource's host, of the last URL that belongs to a call."""
    facts: dict[str, FactValue] = {}
    for found in _URL.finditer(text[:20000]):
        url = found.group().rstrip(".:;")
        if _malformed(url):
            return {
                "url.form": "malformed",
                "config.detail": f"the URL {url[:120]} has two hosts or an empty label",
            }
        try:
            parts = urlsplit(url)
            host = (parts.hostname or "").lower()
        except ValueError:
            continue
        if host and is_ours(host):
            facts["net.host"] = host
            if resource_of(host) or host.endswith(".ai.azure.com"):
                facts["url.form"] = form(parts.path)
    pool = _POOL.search(text[:20000])
    if pool and pool.group(1).lower() in ("http", "https"):
        return {
            "url.form": "malformed",
            "config.detail": "the host of the URL called is its scheme: a URL within a URL",
        }
    if pool and is_ours(pool.group(1).lower()):
        facts["net.host"] = pool.group(1).lower()
    if "url.form" not in facts:
        for path in _TARGET.findall(text[:20000]):
            if "/chat/completions" in path or "/messages" in path:
                facts["url.form"] = form(path)
    return facts


def _malformed(url: str) -> bool:
    rest = url.partition("://")[2]
    host = rest.partition("/")[0]
    return (
        rest.lower().startswith(("http:", "https:", "https/", "http/", "."))
        or ".." in host
        or (
            "/" in rest
            and bool(
                re.search(
                    r"/\.?[\w.-]*\.(?:ai|openai|cognitiveservices)\.azure\.com",
                    rest.partition("/")[2],
                )
            )
        )
    )


def form(path: str) -> str:
    """A value of the fact `url.form` for the path of a data-plane URL."""
    path = path.rstrip("/").lower()
    if (
        path.count("/v1/messages") > 1
        or "/anthropic/anthropic" in path
        or path.endswith("/messages/messages")
    ):
        return "doubled"
    if _OPENAI.search(path + "/"):
        return "openai-route"
    if "/api/projects" in path:
        return "project"
    if path.endswith(("/anthropic/v1/messages", "/anthropic/v1/messages/count_tokens")):
        return "messages"
    if path.endswith("/messages") and "/anthropic" not in path:
        return "no-anthropic"
    if path.endswith("/models"):
        return "models-list"
    return "other"
