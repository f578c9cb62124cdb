"""The fields of a ticket: filled from what the run proved, or "missing" with how to get them."""

from __future__ import annotations

from collections.abc import Iterable

from ..model import Diagnosis, FactValue, Report
from ..noun import Noun
from ..report.clean import base_url, clean
from .calls import Impact, impact, known_facts
from .material import Material

_HOSTING = {"1": "hosted on Anthropic", "2": "hosted on Azure"}
"""By the model's version (Microsoft Learn, Claude models page, deployment steps)."""
MAX_TITLE = 240


class Field(Noun):
    """One line of a ticket. `value` is None where it is missing; `get` says how to get it then."""

    name: str
    value: str | None = None
    get: str = ""
    code: bool = False


class Case(Noun):
    """One report as a support case: what every ticket takes its fields from."""

    report: Report
    cause: Diagnosis | None
    from_log: bool
    facts: dict[str, FactValue]
    impact: Impact
    deployment: str | None


def case_of(material: Material) -> Case:
    """The case of a bundle: the worst report, its root cause, else the root cause of the logs."""
    report = next((one for one in material.reports if one.diagnosis), material.reports[0])
    cause = report.diagnosis[0] if report.diagnosis else None
    told = [one.explanation.diagnoses[0] for one in material.logs if one.explanation.diagnoses]
    if cause is None and told:
        return _case(report, told[0], from_log=True)
    return _case(report, cause, from_log=False)


def _case(report: Report, cause: Diagnosis | None, *, from_log: bool) -> Case:
    names = report.target.deployments
    about = [one for one in (cause.subjects if cause else ()) if one in names]
    deployment = about[0] if about else names[0] if names else None
    return Case(
        report, cause, from_log, known_facts(report, deployment), impact(report), deployment
    )


def markdown(fields: Iterable[Field]) -> list[str]:
    """The lines of a list. What is missing says so in capitals, so that it can be searched for."""
    lines = []
    for one in fields:
        if one.value:
            shown = f"`{clean(one.value)}`" if one.code else clean(one.value)
            lines.append(f"- **{one.name}:** {shown}")
        else:
            lines.append(f"- **{one.name}:** MISSING. {one.get or 'Yours to fill in.'}")
    return lines


def title(case: Case) -> str:
    """`cause on deployment (region): title`, cut to size."""
    cause = case.cause.cause if case.cause else f"verdict {case.report.verdict.value}"
    where = f" on {case.deployment}" if case.deployment else ""
    region = _text(case, "arm.location") or case.report.target.region
    place = f" ({region})" if region else ""
    said = f": {clean(case.cause.title)}" if case.cause else ""
    whole = f"{cause}{where}{place}{said}"
    return whole if len(whole) <= MAX_TITLE else whole[:MAX_TITLE].rpartition(" ")[0] + " ..."


def times(case: Case) -> list[Field]:
    """When it began, when it was last seen, when it last worked: UTC."""
    one, run = case.impact, case.report.run
    seen = f"{one.first_failure} (in this run; the first failure that users saw may be earlier)"
    worked = "Run again from a place where it works, or look for the last 200 in your own log."
    return [
        Field("Problem start time, UTC", seen if one.first_failure else None,
              "The first failure in your own log: --log FILE reads it."),
        Field("Last failure, UTC", one.last_failure or (run.started_at if case.cause else None),
              "No call of this run failed."),
        Field("Last success, UTC", one.last_success, worked),
        Field("Recent change", None, "Key rotated, role given, firewall or proxy rule, DNS zone,"
              " deployment, SDK? The activity log of the resource lists Azure's changes."),
    ]  # fmt: skip


def scale(case: Case) -> list[Field]:
    """How much of it fails, and under which load."""
    one = case.impact
    counted = f"{one.failures} of {one.attempts} calls of this run failed" if one.attempts else None
    return [
        Field("Impact, n of m", counted, "No call as your client makes it came about."),
        Field("Users and systems affected", None, "Yours to say; a desk sorts by it."),
        Field("Streaming", None, "Say whether the failing calls stream; the run's do not."),
        Field("Request size", None, "Input tokens of a failing request: count_tokens tells them."),
        Field("Concurrency", None, "Calls at the same time, and a minute, when it fails."),
    ]  # fmt: skip


def resource(case: Case) -> list[Field]:
    """Everything that names the resource, in the order in which forms ask for it."""
    target = case.report.target
    arm = "foundry-doctor run --subscription ID reads it, with Reader on the resource."
    version = _text(case, "arm.deployment.version")
    quota = case.facts.get("quota.limit")
    used = case.facts.get("quota.used")
    model = _text(case, "arm.deployment.model")
    tenant = _text(case, "arm.tenant") or _text(case, "token.tid") or target.tenant
    region = _text(case, "arm.location") or target.region
    region = region or next(
        (one.x_ms_region for one in case.report.exchanges if one.x_ms_region), None
    )
    return [
        Field("Tenant", tenant, "az account show --query tenantId", True),
        Field("Subscription", target.subscription, "az account show --query id", True),
        Field("Offer and quota id", None, "az rest --url 'https://management.azure.com/subscriptions/"
              "ID?api-version=2022-12-01' --query subscriptionPolicies.quotaId"),
        Field("Resource group", target.resource_group or _group(case), arm, True),
        Field("Resource id", _text(case, "arm.account_id"), arm, True),
        Field("Region", region, arm),
        Field("Endpoint", base_url(target.base_url or "") or None, "none is set", True),
        Field("Deployment", case.deployment, "foundry-doctor run --deployment NAME", True),
        Field("Model and version", f"{model} {version or ''}" if model else None, arm),
        Field("Hosting", _HOSTING.get(version or ""), "The model's version in the portal: 1 is"
              " hosted on Anthropic, 2 on Azure."),
        Field("Deployment type and capacity", _type(case), arm),
        Field("Quota", f"{quota} thousand tokens a minute, {used} in use" if quota is not None
              else None, "az cognitiveservices usage list -l REGION"),
    ]  # fmt: skip


def identity(case: Case) -> list[Field]:
    """Who calls, by claims that were read locally; never a token, never a key."""
    mode = case.report.target.mode
    if mode == "key":
        return [Field("Authentication", "an API key (its value is in no file of this bundle)")]
    code = case.facts.get("aadsts.code")
    token = "foundry-doctor run --auth entra"  # noqa: S105 - a command
    return [
        Field("Authentication", "Entra ID" if mode == "entra" else None, "no credential was found"),
        Field("Credential", _text(case, "token.credential"), token),
        Field("Principal (object id)", _text(case, "token.oid"), token, True),
        Field("Application id", _text(case, "token.appid"), token, True),
        Field("Token audience", _text(case, "token.aud"), token, True),
        Field("Token expires in", _seconds(case, "token.expires_in_s"), token),
        Field("AADSTS code", f"AADSTS{code}" if code else "none: no sign-in was refused"),
        Field("Entra correlation id", _text(case, "aadsts.correlation_id")
              or "none: no sign-in was refused", code=True),
    ]  # fmt: skip


def path(case: Case) -> list[Field]:
    """The way there, and the second place that a desk asks for."""
    seen = case.report.vantage
    addresses = case.facts.get("dns.addresses")
    shown = ", ".join(addresses) if isinstance(addresses, tuple) else None
    private = _kind_of(shown or "", case.facts.get("dns.private"))
    proxy = seen.proxy.get("used") if seen.proxy else "none"
    return [
        Field("Name resolves to", f"{shown}{private}" if shown else _text(case, "dns.outcome"),
              "foundry-doctor run --only 'dns.*'"),
        Field("Proxy", str(proxy) if proxy else "none for this host"),
        Field("TLS", _text(case, "tls.issuer") or _text(case, "tls.outcome"),
              "foundry-doctor run --only 'endpoint.*'"),
        Field("Second vantage", None, "Run foundry-doctor from another network (Azure Cloud Shell,"
              " a colleague's machine) and attach that bundle, too: `foundry-doctor diff A B`."),
    ]  # fmt: skip


def client(case: Case) -> list[Field]:
    """The client's side."""
    seen = case.report.vantage
    clients = ", ".join(f"{name} {version}" for name, version in seen.clients.items())
    return [
        Field("SDKs installed", clients or None, "name and version of the client that fails"),
        Field("Runtime", f"Python {seen.python} on {seen.os}"),
        Field("foundry-doctor", f"{case.report.tool_version}, run {case.report.run.id}"),
    ]


def _kind_of(address: str, private: object) -> str:
    if address.startswith(("127.", "::1")):
        return " (this machine)"
    return " (private)" if private else " (public)"


def _text(case: Case, fact: str) -> str | None:
    value = case.facts.get(fact)
    return value if isinstance(value, str) and value else None


def _group(case: Case) -> str | None:
    account = _text(case, "arm.account_id") or ""
    parts = account.split("/")
    return parts[4] if len(parts) > 4 else None


def _type(case: Case) -> str | None:
    sku, capacity = _text(case, "arm.deployment.sku"), case.facts.get("arm.deployment.capacity")
    return f"{sku}, {capacity} thousand tokens a minute" if sku else None


def _seconds(case: Case, fact: str) -> str | None:
    value = case.facts.get(fact)
    return f"{value} s" if isinstance(value, int) else None
