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
    key = "key (x-api-key, api-key)"
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
    host = target.host or ""
    found = []
    if "endpoint.connect" in ids:
        found += [
            PlannedCall("the CNAME chain, from the DNS servers", "DNS", host, "none",
                        "only after a failure of DNS or connection, or a 403"),
            PlannedCall("the certificate presented, unverified", "TLS", f"{host}:{target.port}",
                        "none", "only after TLS failed"),
        ]  # fmt: skip
    if "endpoint.answers" in ids:
        found += [
            PlannedCall(f"the key in {header} alone", "POST", count, f"key ({header})",
                        "only after a 401")
            for header in ("x-api-key", "api-key")
        ]  # fmt: skip
        found += [
            PlannedCall("an invalid message, to see whether the route exists", "POST",
                        messages_url(target.base_url or ""), "key (x-api-key, api-key)",
                        "only after a 404 that does not name the deployment"),
            PlannedCall("the same call again, at most twice", "POST", count,
                        "key (x-api-key, api-key)", "only after a reset, a time-out, 429 or 5xx"),
        ]  # fmt: skip
    return found
