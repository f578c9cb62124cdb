"""Choosing the endpoint among the levels, and wording what is wrong with it."""

from __future__ import annotations

from typing import NamedTuple

from ..model import ConfigProblem, Setting
from .base_url import read_base_url
from .environment import BASE_URL, RESOURCE
from .hosts import cloud_of
from .resource_name import read_resource
from .sources import Endpoint, Fault, Layer, problem

_CAUSES = {
    "missing": "config-missing",
    "conflict": "config-conflict",
    "malformed": "endpoint-malformed",
    "insecure": "endpoint-insecure",
    "wrong-path": "endpoint-wrong-path",
    "wrong-host": "endpoint-wrong-host",
}


class Chosen(NamedTuple):
    """The endpoint with where it came from, and what is wrong with it."""

    endpoint: Endpoint
    cloud: str
    provenance: dict[str, str]
    """Keys: resource, endpoint, cloud; those that no setting speaks about are left out."""
    problem: ConfigProblem | None = None


def choose_endpoint(layers: list[Layer], secrets: frozenset[str]) -> Chosen:
    """The endpoint that the strongest level with a resource or a base URL names.

    Within one level the two exclude each other, as the SDK raises; between levels the stronger
    wins. `secrets` are credentials in plain, so that one in a wrong place is recognised.
    """
    cloud = next((layer.cloud for layer in layers if layer.cloud), None)
    layer = next((layer for layer in layers if layer.resource or layer.base_url), None)
    if layer is None:
        return _finish(Endpoint(), cloud, {}, _missing())
    if layer.blank or (layer.resource and layer.base_url):
        return _conflict(layer, cloud)
    return _judged(layer, cloud, secrets)


def _judged(layer: Layer, cloud: Setting | None, secrets: frozenset[str]) -> Chosen:
    """The endpoint of a level that sets exactly one of the two."""
    what = "base URL" if layer.base_url else "resource name"
    given = layer.base_url or layer.resource or Setting(what, "", "default")
    if given.value.strip() in secrets:
        endpoint = Endpoint(fault=Fault("malformed", "holds a key, which belongs elsewhere"))
    elif layer.base_url:
        endpoint = read_base_url(given.value)
    else:
        endpoint = read_resource(given.value, cloud.value if cloud else "public")
    found = _problem(what, given, endpoint.fault) if endpoint.fault else None
    words = {"endpoint": given.source}
    if layer.resource:
        words["resource"] = given.source
    elif endpoint.resource:
        words["resource"] = f"the base URL ({given.source})"
    return _finish(endpoint, cloud, words, found)


def _finish(
    endpoint: Endpoint, cloud: Setting | None, words: dict[str, str], found: ConfigProblem | None
) -> Chosen:
    provenance = dict(words)
    implied = cloud_of(endpoint.host) if endpoint.host else None
    if cloud:
        provenance["cloud"] = cloud.source
    elif implied and implied != "public":
        provenance["cloud"] = "the host name"
    else:
        provenance["cloud"] = "default"
    return Chosen(endpoint, cloud.value if cloud else implied or "public", provenance, found)


def _conflict(layer: Layer, cloud: Setting | None) -> Chosen:
    both = [item for item in (layer.resource, layer.base_url, layer.blank) if item]
    sources = " and ".join(item.source for item in both)
    if layer.blank:
        detail = f"{layer.blank.name} is set to an empty text beside {both[0].name}"
        advice = f"unset {layer.blank.name}"
    else:
        detail = "a resource and a base URL are both set, and they exclude each other"
        advice = "keep one of them"
    found = problem(
        _CAUSES["conflict"],
        f"{sources} are both set; the Python SDK then raises instead of choosing: {advice}.",
        setting=sources,
        detail=detail,
        config__endpoint="conflict",
    )
    read = read_base_url(layer.base_url.value) if layer.base_url else Endpoint()
    words = {"endpoint": layer.base_url.source} if layer.base_url else {}
    if layer.resource:
        words["resource"] = layer.resource.source
        read = read._replace(resource=read_resource(layer.resource.value, "public").resource)
    return _finish(read, cloud, words, found)


def _missing() -> ConfigProblem:
    return problem(
        _CAUSES["missing"],
        f"No endpoint is configured: neither {RESOURCE} nor {BASE_URL} nor --resource is set.",
        setting=f"env {RESOURCE}",
        detail="neither a resource name nor a base URL is set",
        config__endpoint="missing",
    )


def _problem(what: str, given: Setting, fault: Fault) -> ConfigProblem:
    right = f" Right would be {fault.suggestion}" if fault.suggestion else ""
    return problem(
        _CAUSES[fault.kind],
        f"The {what} ({given.source}) {fault.clause}.{right}",
        setting=given.source,
        detail=f"the {what} {fault.clause}",
        suggestion=fault.suggestion,
        config__endpoint=fault.kind,
    )
