"""`--plan`: the calls a run would make, derived from the same selection, and none made."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence

from .._version import __version__
from ..engine.registry import Check, in_order
from ..engine.runner import Selection
from ..foundry.endpoints import count_tokens_url, messages_url
from ..model import Target
from ..network.proxies import ProxyError, proxy_for
from ..report.document import render_json
from ..report.plan import PlannedCall, plan_document, render_plan
from .console import Console

KEY = "key (x-api-key, api-key)"
TOKEN = "token (Authorization: Bearer)"  # noqa: S105 - a kind, no token


def write_plan(
    targets: Sequence[Target],
    selection: Selection,
    checks: Sequence[Check],
    console: Console,
    arguments: argparse.Namespace,
    environ: Mapping[str, str],
) -> int:
    """Print the plan; exit code 0, for nothing was examined and nothing can have failed."""
    planned = [
        call for target in targets for call in plan_calls(target, selection, checks, environ)
    ]
    if arguments.output == "json":
        document = plan_document(planned, version=__version__)
        console.write(render_json(document, ascii=console.ascii))
    else:
        text = render_plan(planned, width=console.width, color=console.color, ascii=console.ascii)
        console.write(text)
    return 0


def plan_calls(
    target: Target, selection: Selection, checks: Sequence[Check], environ: Mapping[str, str]
) -> list[PlannedCall]:
    """The calls for one target: what is always made, then what only a failure leads to."""
    if target.problems or not target.base_url or not target.host:
        return []  # with settings known to be wrong, no packet leaves
    ids = _needed(selection, checks)
    calls = _way(target, ids, environ)
    key = TOKEN if target.mode == "entra" else KEY
    calls += _sign_in(target, ids, environ)
    count = count_tokens_url(target.base_url)
    if ids & {"endpoint.answers", "key.accepted", "deployment.resolve"}:
        names = target.deployments if "deployment.resolve" in ids else target.deployments[:1]
        for name in names:
            calls.append(PlannedCall(f"count tokens on {name}", "POST", count, key))
    if "deployment.resolve" in ids or not target.deployments:
        text = "control: a deployment name that cannot exist must be refused"
        calls.append(PlannedCall(text, "POST", count, key))
    if "inference.message" in ids:
        for name in target.deployments:
            text = f"one message of one token on {name} (billed)"
            calls.append(PlannedCall(text, "POST", messages_url(target.base_url), key))
    return [*calls, *_follow_ups(target, count, ids)]


def _sign_in(target: Target, ids: set[str], environ: Mapping[str, str]) -> list[PlannedCall]:
    """The login host and Resource Manager, where this run asks them in any case."""
    from ..azure.clouds import cloud_named

    cloud, calls = cloud_named(target.cloud), []
    login = environ.get("AZURE_AUTHORITY_HOST") or f"https://{cloud.authority_host}"
    if target.mode == "entra" and "token.acquire" in ids:
        text = f"sign in for {target.scope or cloud.data_scopes[0]}, as the application would"
        calls.append(PlannedCall(text, "POST", login, "the application's own"))
    if target.arm and "deployment.account" in ids:
        text = f"sign in for {cloud.arm_scope}"
        calls.append(PlannedCall(text, "POST", login, "the application's own"))
        arm = environ.get("FOUNDRY_DOCTOR_ARM_ENDPOINT") or cloud.arm_endpoint
        text = "Resource Manager: the account, its deployments, permissions, the region's models"
        calls.append(PlannedCall(f"{text} (at most 6)", "GET", arm, "token (Resource Manager)"))
    return calls


def _needed(selection: Selection, checks: Sequence[Check]) -> set[str]:
    known = {one.id: one for one in in_order(checks)}
    wanted = [
        one.id
        for one in known.values()
        if not one.follows and selection.wants(one) and selection.affords(one)
    ]
    needed: set[str] = set()
    while wanted:
        id_ = wanted.pop()
        if id_ not in needed and not selection.excludes(known[id_]):
            needed.add(id_)
            wanted += known[id_].needs
    return needed


def _way(target: Target, ids: set[str], environ: Mapping[str, str]) -> list[PlannedCall]:
    host = target.host or ""
    try:
        proxy = proxy_for(host, environ, target.port)
    except ProxyError:
        return []
    calls = []
    if "dns.resolve" in ids:
        name = proxy.host if proxy else host
        calls.append(PlannedCall("resolve the name", "DNS", name, "none"))
    if "endpoint.connect" in ids:
        where = f"{host}:{target.port}" + (f" through {proxy.url}" if proxy else "")
        calls.append(
            PlannedCall("open the connection, look at the certificate", "TLS", where, "none")
        )
    return calls


def _follow_ups(target: Target, count: str, ids: set[str]) -> list[PlannedCall]:
    host = f"{target.host or ''}:{target.port}"
    credential = TOKEN if target.mode == "entra" else KEY
    found: list[tuple[str, str, str, str, str]] = []
    if "endpoint.connect" in ids:
        why = "only after a failure of DNS or connection, or a 403"
        found.append(("the CNAME chain, from the DNS servers", "DNS", host, "none", why))
        why = "only after TLS failed"
        found.append(("the certificate presented, unverified", "TLS", host, "none", why))
    if "endpoint.answers" in ids and target.mode == "key":
        for name in ("x-api-key", "api-key"):
            text = f"the key in {name} alone"
            found.append((text, "POST", count, f"key ({name})", "only after a 401"))
        text, why = "Resource Manager's view of the account", "only after a 401, 403 or 404"
        found.append((text, "GET", "Resource Manager", "whoever is signed in", why))
    elif "endpoint.answers" in ids:
        text = "the same call with a token for the other known audience"
        found.append((text, "POST", count, TOKEN, "only after a 401 that is not about a role"))
        text, why = "roles, denials and eligibilities", "only after a refusal for lack of a role"
        found.append((text, "GET", "Resource Manager", "token (Resource Manager)", why))
    if "endpoint.answers" in ids:
        text = "an invalid message, to see whether the route exists"
        why = "only after a 404 that does not name the deployment"
        found.append((text, "POST", messages_url(target.base_url or ""), credential, why))
        text = "the same call again, at most twice"
        why = "only after a reset, a time-out, 429 or 5xx"
        found.append((text, "POST", count, credential, why))
    return [PlannedCall(*one) for one in found]
