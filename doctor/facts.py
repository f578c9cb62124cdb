"""The vocabulary of facts: what checks and `explain` produce and what playbooks match.

Flat names, one type each, and for enumerations the closed list of values. A playbook that names
anything else does not load; a check that produces anything else fails its tests.

Facts about one deployment or host carry that subject; the others describe the whole target.
`http.*` describes the call as the user's client makes it, in its last attempt; what follow-up
experiments learn has names of its own (`key.x_api_key`, `deployment.control`, `dns.privatelink`).
"""

from __future__ import annotations

from collections.abc import Mapping

from .model import FactValue
from .noun import Noun


class FactSpec(Noun):
    """`kind` is `text`, `int`, `bool`, `texts` (tuple of strings) or `enum`."""

    kind: str
    meaning: str
    values: tuple[str, ...] = ()


def _enum(meaning: str, *values: str) -> FactSpec:
    return FactSpec("enum", meaning, values)


def _text(meaning: str) -> FactSpec:
    return FactSpec("text", meaning)


def _int(meaning: str) -> FactSpec:
    return FactSpec("int", meaning)


def _bool(meaning: str) -> FactSpec:
    return FactSpec("bool", meaning)


def _texts(meaning: str) -> FactSpec:
    return FactSpec("texts", meaning)


FACTS: Mapping[str, FactSpec] = {
    # settings, judged before any packet leaves
    "config.endpoint": _enum(
        "what is wrong with resource and base URL",
        "ok",
        "missing",
        "conflict",
        "malformed",
        "insecure",
        "wrong-path",
        "wrong-host",
    ),
    "config.credential": _enum("whether a credential is set", "ok", "missing"),
    "config.deployment": _enum("whether a deployment is named", "ok", "missing", "malformed"),
    "config.trust": _enum(
        "the CA bundle variables", "ok", "bundle-missing", "bundle-unreadable", "bundle-not-pem"
    ),
    "config.proxy": _enum(
        "the proxy variables", "none", "ok", "malformed", "socks-without-support"
    ),
    "config.detail": _text("one clause that says what exactly is wrong with the settings"),
    "config.setting": _text("the setting at fault, with its source"),
    "config.suggestion": _text("the value that would be right, when it is known"),
    "auth.mode": _enum("the kind of credential in use", "key", "entra"),
    "key.shape": _enum(
        "the shape of the key",
        "ok",
        "empty",
        "quoted",
        "whitespace",
        "line-break",
        "non-ascii",
        "placeholder",
        "impossible",
        "other-provider",
        "sent-as-bearer",
    ),
    "key.provider": _text("whose key it looks like: Anthropic, OpenAI, GitHub, an Entra token"),
    # the way to the host
    "net.host": _text("the host that the network facts are about"),
    "net.phase": _enum(
        "the phase in which the way to the endpoint ended",
        "dns",
        "proxy",
        "connect",
        "tls",
        "http",
        "none",
    ),
    "proxy.configured": _bool("a proxy stands between this machine and the host"),
    "proxy.url": _text("the proxy, without its user name and password"),
    "proxy.outcome": _enum(
        "what became of the proxy",
        "ok",
        "dns-failed",
        "refused",
        "timeout",
        "unreachable",
        "reset",
        "tls-failed",
        "not-a-proxy",
        "auth-required",
        "blocked",
        "bad-gateway",
    ),
    "proxy.status": _int("the proxy's status for CONNECT"),
    "dns.outcome": _enum(
        "what the resolver says",
        "ok",
        "nxdomain",
        "no-address",
        "timeout",
        "server-failure",
        "by-proxy",
    ),
    "dns.addresses": _texts("the addresses"),
    "dns.private": _bool("every address is private (RFC 1918, 100.64/10, unique local)"),
    "dns.chain": _texts("the CNAME chain, the asked name first"),
    "dns.privatelink": _bool("the chain holds a privatelink alias"),
    "dns.detail": _text("the resolver's answer in words"),
    "connect.outcome": _enum(
        "what became of the TCP connection", "ok", "timeout", "refused", "reset", "unreachable"
    ),
    "connect.address": _text("the address tried last"),
    "connect.private": _bool("the addresses tried are private"),
    "tls.outcome": _enum(
        "what became of the TLS handshake",
        "ok",
        "untrusted",
        "expired",
        "not-yet-valid",
        "hostname",
        "handshake",
        "not-tls",
        "timeout",
        "reset",
    ),
    "tls.detail": _text("the TLS library's words"),
    "tls.issuer": _text("issuer of the presented certificate"),
    "tls.subject": _text("subject of the presented certificate"),
    "tls.names": _texts("the names that the certificate is for"),
    "tls.not_after": _text("end of its validity, ISO 8601 UTC"),
    "tls.not_before": _text("begin of its validity, ISO 8601 UTC"),
    "tls.known_inspector": _text("the inspection product that the issuer names, if one is known"),
    "tls.server_time_inside": _bool("the certificate is valid at the service's own time"),
    "tls.without_name": _enum(
        "what became of a handshake that does not name the host (SNI)", "ok", "same-failure"
    ),
    "clock.skew_s": _int("local clock minus the service's Date, seconds"),
    "clock.skewed": _bool("the clock differs by 60 s or more"),
    # the answer
    "http.outcome": _enum(
        "what became of the call",
        "answered",
        "timeout",
        "reset",
        "closed",
        "not-http",
        "truncated",
        "oversized",
        "bad-encoding",
    ),
    "http.status": _int("the HTTP status"),
    "http.layer": _enum(
        "who wrote the answer", "gateway", "anthropic", "apim", "proxy", "arm", "entra", "unknown"
    ),
    "http.shape": _enum(
        "the shape of the body",
        "azure",
        "azure-bare",
        "status-code",
        "anthropic",
        "anthropic-bare",
        "other-json",
        "broken-json",
        "html",
        "text",
        "empty",
        "none",
    ),
    "http.error.code": _text("the error code as sent; a number becomes its text"),
    "http.error.type": _text("Anthropic's error type"),
    "http.error.message": _text("the error message as sent, without terminal escapes"),
    "http.error.details": _bool("`details` repeats `message`: Foundry's inference front end"),
    "http.content_type": _text("media type of the answer, without parameters"),
    "http.azure": _bool("the answer carries an apim-request-id: Azure's front end was reached"),
    "http.anthropic": _bool("the answer carries a req_ id: Anthropic's back end saw the request"),
    "http.location_host": _text("where a redirect points, host only"),
    "http.retry_after_s": _int("seconds that the answer asks to wait, headers or message"),
    "http.server": _text("the Server or Via header"),
    "http.attempts": _int("how many times the call was made"),
    "http.failures": _int("how many of these attempts failed"),
    "http.recovered": _bool("a retry succeeded: the other http facts describe the failed attempt"),
    "http.route": _enum("the route called", "count_tokens", "messages"),
    # what a pasted text tells beside the answer
    "url.form": _enum(
        "what the URL in a pasted text calls",
        "messages",
        "openai-route",
        "doubled",
        "no-anthropic",
        "models-list",
        "project",
        "malformed",
        "other",
    ),
    "text.about": _enum("what a pasted text is about, where it says so", "foundry"),
    "client.error": _enum("a client's word for a failure that hides its cause", "connection-error"),
    # what experiments say
    "key.x_api_key": _enum("the key alone in x-api-key", "accepted", "refused", "unknown"),
    "key.api_key": _enum("the key alone in api-key", "accepted", "refused", "unknown"),
    "deployment.name": _text("the deployment asked for"),
    "deployment.form": _enum(
        "what the name looks like",
        "plain",
        "known-id",
        "dated-id",
        "bedrock-id",
        "vertex-id",
        "retired-id",
        "alias",
    ),
    "deployment.suggestion": _text("the nearest known name"),
    "deployment.control": _enum(
        "the control call, with a name that cannot exist", "refused", "accepted", "unknown"
    ),
    # Entra ID: how a token was, or was not, acquired, and what its unverified claims say
    "token.outcome": _enum(
        "what became of the token",
        "ok",
        "unavailable",
        "refused",
        "unreachable",
        "misconfigured",
        "timeout",
    ),
    "token.credential": _text("the credential that won the chain, or that failed last"),
    "token.attempted": _texts("each credential of the chain with its reason"),
    "token.problem": _enum(
        "why the credential that matters gave no token",
        "none",
        "nothing-configured",
        "env-incomplete",
        "cli-not-installed",
        "cli-not-logged-in",
        "cli-timeout",
        "cli-failed",
        "no-managed-identity",
        "identity-not-assigned",
        "workload-not-configured",
        "workload-file-missing",
        "invalid-choice",
        "invalid-tenant",
        "certificate-unreadable",
        "network",
        "entra-refused",
        "not-json",
        "other",
    ),
    "token.host": _text("the login host"),
    "token.scope": _text("the scope asked for"),
    "token.aud": _text("the token's audience claim"),
    "token.audience": _enum(
        "what the audience is", "foundry", "cognitive", "arm", "graph", "guid", "other"
    ),
    "token.tid": _text("the token's tenant id"),
    "token.oid": _text("the caller's object id in that tenant"),
    "token.appid": _text("the client application id"),
    "token.name": _text("the caller's user principal name or application id"),
    "token.principal": _enum("what kind of caller", "user", "service-principal", "unknown"),
    "token.expires_in_s": _int("seconds until the token's end, by the service's clock"),
    "token.expired": _bool("the token is past its end, by the service's clock"),
    "token.other_audience": _enum(
        "the same call with the other known audience", "accepted", "refused", "unknown"
    ),
    "token.other_scope": _text("the scope of that experiment"),
    "aadsts.code": _int("the AADSTS number, a hint (Microsoft: codes and texts may change)"),
    "aadsts.error": _text("the OAuth error: invalid_client, invalid_grant, …"),
    "aadsts.message": _text("Entra's first sentence"),
    "aadsts.trace_id": _text("Entra's trace id"),
    "aadsts.correlation_id": _text("Entra's correlation id"),
    "aadsts.timestamp": _text("Entra's timestamp"),
    # Resource Manager's readings
    "arm.outcome": _enum(
        "what became of the reading",
        "ok",
        "partly",
        "denied",
        "unreachable",
        "throttled",
        "no-token",
        "wrong-tenant",
        "failed",
    ),
    "arm.detail": _text("why it could not be read"),
    "arm.error": _text("the code of Resource Manager's refusal"),
    "arm.missing_action": _text("the control-plane action that a 403 names"),
    "arm.account": _enum("the account of this endpoint", "found", "not-found", "unknown"),
    "arm.account_id": _text("the account's resource id"),
    "arm.kind": _text("the account's kind"),
    "arm.state": _text("the account's provisioningState"),
    "arm.location": _text("the account's region"),
    "arm.tenant": _text("the tenant of the subscription"),
    "arm.subdomain": _bool("the account has a custom subdomain"),
    "arm.local_auth_disabled": _bool("properties.disableLocalAuth"),
    "arm.public_access": _enum("properties.publicNetworkAccess", "enabled", "disabled"),
    "arm.acl_default": _enum("properties.networkAcls.defaultAction", "allow", "deny"),
    "arm.subscription_state": _text("the subscription's state"),
    "arm.deployment": _enum("the deployment in the account's list", "present", "absent", "unknown"),
    "arm.deployment.state": _text("the deployment's provisioningState"),
    "arm.deployment.model": _text("the deployed model's name"),
    "arm.deployment.version": _text("the deployed model's version"),
    "arm.deployment.format": _text("the deployed model's format, Anthropic for Claude"),
    "arm.deployment.sku": _text("the deployment's type, GlobalStandard for instance"),
    "arm.deployment.capacity": _int("its capacity, thousands of tokens a minute"),
    "arm.deployment.age_s": _int("seconds since it was created or changed"),
    "arm.deployments": _texts("the account's Anthropic deployments"),
    "arm.other_account": _text("another account of the subscription with a deployment so called"),
    "arm.deployment.hosting": _enum(
        "who hosts the deployed model, by its version", "azure", "anthropic", "unknown"
    ),
    # what the user's own config file demands and forgives
    "expect.name": _enum(
        "the key under `expect:` that this row is about",
        "network",
        "tenant",
        "deployment_type",
        "hosting",
        "key_authentication",
    ),
    "expect.wanted": _text("what the config file expects"),
    "expect.found": _text("what was found instead"),
    "expect.where": _text("the place in the config file that expects it"),
    "suppress.expired": _text("the last day of a suppression that no longer holds"),
    "suppress.named": _text("the cause or check that it is about"),
    "suppress.owner": _text("who answers for it"),
    "suppress.where": _text("the place in the config file"),
    "rbac.data_action": _enum(
        "the data action that Claude needs, for this caller at the account",
        "granted",
        "missing",
        "not-confirmed",
        "unknown",
    ),
    "rbac.reason": _enum(
        "why it is not granted",
        "none",
        "no-role",
        "insufficient-role",
        "wrong-scope",
        "wrong-principal",
        "eligible",
        "deny-assignment",
        "condition",
        "not-readable",
    ),
    "rbac.roles": _texts("the caller's roles, with their scopes"),
    "rbac.scope": _text("the scope at which a sufficient role was found"),
    "rbac.assigned_to": _text("the other principal that holds the role"),
    "rbac.age_s": _int("seconds since the sufficient role was assigned"),
    "rbac.refused_principal": _text("the principal that the data plane's refusal names"),
    "region.offered": _enum("the model in the account's region", "yes", "no", "unknown"),
    "region.source": _enum("where that is known from", "arm", "catalogue"),
    "region.name": _text("the region"),
    "region.lifecycle": _text("the model's lifecycle status"),
    "region.retires_in_days": _int("days until the model's retirement; negative: since"),
    "region.successor": _text("the model that succeeds it, where one is known"),
    "quota.limit": _int("the quota for this model, thousands of tokens a minute"),
    "quota.used": _int("what of it is taken"),
    "inference.outcome": _enum("the paid one-token message", "ok", "failed"),
}


def problems(facts: Mapping[str, FactValue]) -> list[str]:
    """What is wrong with these facts, against the vocabulary; an empty list when nothing is."""
    found = []
    for name, value in facts.items():
        spec = FACTS.get(name)
        if spec is None:
            found.append(f"unknown fact {name!r}")
        elif value is not None and not fits(spec, value):
            found.append(f"fact {name} cannot be {value!r}: {describe(spec)}")
    return found


def fits(spec: FactSpec, value: object) -> bool:
    """Whether a value is of the fact's type and, for an enumeration, in its list."""
    if spec.kind == "int":
        return isinstance(value, int) and not isinstance(value, bool)
    if spec.kind == "bool":
        return isinstance(value, bool)
    if spec.kind == "texts":
        return isinstance(value, tuple) and all(isinstance(item, str) for item in value)
    return isinstance(value, str) and (spec.kind != "enum" or value in spec.values)


def describe(spec: FactSpec) -> str:
    """The type in words, for error messages and the reference page."""
    if spec.kind == "enum":
        return "one of " + ", ".join(spec.values)
    return {"text": "a text", "int": "a whole number", "bool": "true or false"}.get(
        spec.kind, "a list of texts"
    )
