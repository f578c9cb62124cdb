"""Scenario data (decoded JSON) to its typed form, strictly: nothing unknown, nothing coerced."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast

from . import spec
from .table import Table

PLACEHOLDERS = frozenset({"key", "origin", "authority", "host", "port", "ca_file", "tmp_dir"})
PLANE_PLACEHOLDERS = frozenset(
    (
        *("tenant", "other_tenant", "unknown_tenant", "client_id", "client_secret", "wrong_secret"),
        *("subscription", "resource_group", "account", "login_authority", "arm_endpoint"),
        *("imds_endpoint", "identity_endpoint", "identity_header", "identity_client_id"),
        *("certificate_file", "wrong_certificate_file", "federated_token_file"),
        *("user", "password", "token"),
    )
)
"""Those that need the other planes beside the data plane."""
_PLACEHOLDER = re.compile(r"\{([A-Za-z_]+)\}")
_HEADER = re.compile(r"[a-z0-9-]+\Z")


def read_server(data: object, file: str) -> spec.Server:
    """The `server` object of a scenario; ScenarioError on anything that does not fit."""
    table = Table(data, file, "server")
    base = spec.Server()
    given = read_deployments(table)
    server = spec.Server(
        region=table.optional_text("region", base.region),
        network=table.choice("network", base.network, spec.Network),
        keys=table.texts("keys", base.keys),
        key_auth=table.choice("key_auth", base.key_auth, spec.KeyAuth),
        key_headers=_header_names(table, "key_headers", base.key_headers),
        refused_key_headers=_header_names(table, "refused_key_headers", ()),
        tokens=_tokens(table.table("tokens")),
        rbac=table.choice("rbac", base.rbac, spec.Rbac),
        deployments=base.deployments if given is None else given,
        model_lookup=table.flag("model_lookup", base.model_lookup),
        count_tokens=table.flag("count_tokens", base.count_tokens),
        gateway_request_id=table.flag("gateway_request_id", base.gateway_request_id),
        versions=table.texts("versions", base.versions),
        quota=_quota(table.table("quota")),
        backend_link=table.choice("backend_link", base.backend_link, spec.BackendLink),
        answer=read_answer(table.table("answer")),
        redirect=_redirect(table.table("redirect")),
        fail_first=table.whole("fail_first", None, 1, 1000),
        delay_s=table.seconds("delay_s", 0.0, 0, 3600),
        date_offset_s=table.seconds("date_offset_s", 0.0, -3.2e9, 3.2e9),
        connection=table.choice("connection", base.connection, spec.Connection),
        tls=_tls(table.table("tls")),
        proxy=_proxy(table.table("proxy")),
    )
    table.done()
    failing = server.connection not in ("normal", "refused", "plain-http")
    if server.fail_first is not None and not (
        failing or server.answer or server.quota or server.redirect
    ):
        problem = "needs an answer, quota, redirect or connection fault that it can end"
        raise table.error("fail_first", problem)
    return server


def read_client(data: object, file: str) -> spec.Client:
    """The `client` object of a scenario; ScenarioError on anything that does not fit."""
    table = Table(data, file, "client")
    base = spec.Client()
    client = spec.Client(
        api_key=table.optional_text("api_key"),
        deployment=table.text("deployment", base.deployment),
        base_url=table.text("base_url", base.base_url),
        env=_env(table),
    )
    table.done()
    for name in ("api_key", "base_url"):
        _check_placeholders(table, name, getattr(client, name))
    return client


def expand(template: str, values: Mapping[str, str]) -> str:
    """The template with its {placeholders} replaced."""
    return _PLACEHOLDER.sub(lambda match: values[match.group(1)], template)


def placeholders(template: str | None) -> set[str]:
    """The names of the placeholders in a template."""
    return set(_PLACEHOLDER.findall(template or ""))


def _tokens(table: Table | None) -> spec.Tokens:
    if table is None:
        return spec.Tokens()
    base = spec.Tokens()
    tokens = spec.Tokens(
        accept=table.flag("accept", base.accept),
        audiences=table.texts("audiences", base.audiences),
        named_audience=table.text("named_audience", base.named_audience),
    )
    table.done()
    return tokens


def read_deployments(table: Table) -> Mapping[str, spec.Deployment] | None:
    """The `deployments` of an object, None when it does not say."""
    outer = table.table("deployments")
    if outer is None:
        return None
    found = {}
    for name in outer.data:
        inner = Table(outer.data[name], outer.file, outer.place(name))
        found[name] = spec.Deployment(
            model=inner.text("model"),
            version=inner.text("version", "2"),
            state=inner.text("state", "Succeeded"),
            answers=inner.flag("answers", True),
            sku=inner.text("sku", "GlobalStandard"),
            capacity=inner.whole("capacity", 25, 0, 10**6),
            created_s_ago=inner.whole("created_s_ago", 30 * 86400, 0, 10**9),
        )
        inner.done()
    return found


def _quota(table: Table | None) -> spec.Quota | None:
    if table is None:
        return None
    base = spec.Quota()
    routes = table.texts("routes", base.routes)
    if not routes or not set(routes) <= set(spec.ROUTES):
        raise table.error("routes", "must hold some of " + ", ".join(spec.ROUTES))
    quota = spec.Quota(
        counter=table.text("counter", base.counter),
        limit=table.whole("limit", base.limit, 0, 10**9),
        wait_s=table.whole("wait_s", base.wait_s, 0, 10**6),
        retry_after=table.flag("retry_after", base.retry_after),
        routes=cast("tuple[spec.Route, ...]", routes),
    )
    table.done()
    return quota


def read_answer(table: Table | None) -> spec.Answer | None:
    """A fixed answer."""
    if table is None:
        return None
    base = spec.Answer()
    answer = spec.Answer(
        status=table.whole("status", base.status, 200, 599),
        layer=table.choice("layer", base.layer, spec.Layer),
        stage=table.choice("stage", base.stage, spec.Stage),
        headers=_headers(table.table("headers")),
        body=table.take("body"),
        body_text=table.optional_text("body_text"),
        content_type=table.optional_text("content_type"),
        encoding=table.choice("encoding", base.encoding, spec.Encoding),
        framing=table.choice("framing", base.framing, spec.Framing),
        inflate_bytes=table.whole("inflate_bytes", 0, 0, 1 << 40),
        truncate_at=table.whole("truncate_at", None, 0, 1 << 30),
        then=table.choice("then", base.then, spec.Ending),
        retry_after_s=table.seconds("retry_after_s", None, 0, 10**7),
    )
    table.done()
    if sum((answer.body is not None, answer.body_text is not None, answer.inflate_bytes > 0)) > 1:
        raise table.error("body", "give only one of body, body_text and inflate_bytes")
    return answer


def _redirect(table: Table | None) -> spec.Redirect | None:
    if table is None:
        return None
    redirect = spec.Redirect(
        status=table.whole("status", 307, 301, 308), path=table.optional_text("path")
    )
    table.done()
    return redirect


def _tls(table: Table | None) -> spec.Tls:
    if table is None:
        return spec.Tls()
    base = spec.Tls()
    tls = spec.Tls(
        certificate=table.choice("certificate", base.certificate, spec.Certificate),
        send_root=table.flag("send_root", base.send_root),
    )
    table.done()
    return tls


def _proxy(table: Table | None) -> spec.Proxy | None:
    if table is None:
        return None
    default: Any = None
    proxy = spec.Proxy(mode=table.choice("mode", default, spec.ProxyMode))
    table.done()
    return proxy


def _headers(table: Table | None) -> Mapping[str, str]:
    if table is None:
        return {}
    found = {}
    for name in table.data:
        if not _HEADER.match(name):
            raise table.error(name, "must be a header name in lower case")
        found[name] = table.text(name)
        if not found[name].isprintable():
            raise table.error(name, "must hold printable characters only")
    return found


def _header_names(table: Table, name: str, default: tuple[str, ...]) -> tuple[str, ...]:
    names = table.texts(name, default)
    for one in names:
        if not _HEADER.match(one):
            raise table.error(name, f"must hold header names in lower case, not {one!r}")
    return names


def _env(table: Table) -> Mapping[str, str | None]:
    inner = table.table("env")
    if inner is None:
        return {}
    found = {}
    for name in inner.data:
        found[name] = inner.optional_text(name)
        _check_placeholders(inner, name, found[name])
    return found


def _check_placeholders(table: Table, name: str, template: str | None) -> None:
    for one in _PLACEHOLDER.findall(template or ""):
        if one not in PLACEHOLDERS | PLANE_PLACEHOLDERS:
            known = ", ".join(sorted(PLACEHOLDERS | PLANE_PLACEHOLDERS))
            raise table.error(name, f"unknown placeholder {{{one}}}; known: {known}")
