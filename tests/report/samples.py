"""Reports as runs make them, one for each way a run can end. Every name and id is invented."""

from __future__ import annotations

from foundry_doctor.model import (
    Confidence,
    Diagnosis,
    ErrorInfo,
    Exchange,
    NotCovered,
    Remedy,
    Report,
    ReportError,
    Result,
    RuledOut,
    Run,
    Status,
    Target,
    Timings,
    Undecided,
    Vantage,
    Verdict,
)
from foundry_doctor.noun import replace
from foundry_doctor.secret import Secret

HOST = "contoso-ai.services.ai.azure.com"
BASE = f"https://{HOST}/anthropic"
COUNT = f"{BASE}/v1/messages/count_tokens"
ARM = (
    "https://management.azure.com/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups"
    "/rg-ai/providers/Microsoft.CognitiveServices/accounts/contoso-ai"
)
TENANT = "11111111-1111-4111-8111-111111111111"
KEY = "0123456789abcdefplanted0key0value"
REFUSED = (
    "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a"
    " valid key for an active subscription and use a correct regional API endpoint for your"
    " resource."
)

RUN = Run("7f3f6a1e-4b0c-4d55-9f43-0d1c2b3a4e5f", "2026-11-22T02:04:09Z", 412.4, "free", 3, 0)
VANTAGE = Vantage(
    os="Linux 6.8 x86_64",
    python="3.12.1",
    proxy={"HTTPS_PROXY": None},
    ca={"store": "operating system", "SSL_CERT_FILE": None},
    clients={"anthropic": "2.12.0"},
)
TARGET = Target(
    resource="contoso-ai",
    base_url=BASE,
    host=HOST,
    auth="auto",
    mode="key",
    key=Secret(KEY),
    secrets=(Secret(KEY),),
    deployments=("claude-sonnet-5",),
    provenance={
        "resource": "env ANTHROPIC_FOUNDRY_RESOURCE",
        "key": "env ANTHROPIC_FOUNDRY_API_KEY",
        "deployments": "flag --deployment",
    },
)
PAID = NotCovered("That claude-sonnet-5 writes an answer: only its tokens were counted",
                  "--tier paid")  # fmt: skip
ROLES = NotCovered("Roles and quota: a healthy key needs no look at Azure", "--subscription ID")


def row(check: str, status: Status, summary: str, **more: object) -> Result:
    """A row with the titles that the samples use."""
    title = {
        "config.endpoint": "the endpoint is configured",
        "config.credential": "a credential is configured",
        "config.deployment": "a deployment is named",
        "dns.resolve": "the endpoint's name resolves",
        "endpoint.connect": "the endpoint accepts a connection",
        "endpoint.tls": "the endpoint shows a certificate that clients trust",
        "endpoint.clock": "the local clock agrees with the service's",
        "key.accepted": "the endpoint accepts the key",
        "key.headers": "the key is accepted in either header",
        "deployment.resolve": "the deployment answers to this name",
        "deployment.control": "a name that cannot exist is refused",
        "rbac.role": "a role of the caller grants the call",
        "region.offered": "the region offers the model",
        "acme.egress": "the egress policy lists the endpoint",
    }[check]
    result = Result(check, title, status, summary, duration_ms=3.0)
    return replace(result, **more)  # the noun's own fields


def skipped(check: str, by: str) -> Result:
    """A row that could not be asked because another failed."""
    return row(check, Status.SKIP, f"not asked: {by} failed", blocked_by=by)


def call(name: str, status: int | None, **more: object) -> Exchange:
    """A count_tokens call with the ids that Azure's front end adds."""
    exchange = Exchange(
        id=name,
        purpose="asks the deployment as the SDK does",
        method="POST",
        url=COUNT,
        sent_at="2026-11-22T02:04:10Z",
        status=status,
        apim_request_id="6c1e4a52-8f0d-4c1b-9a57-3f2b1d0e9c8a",
        client_request_id="b7d9f1c2-5a60-4e0e-8d0b-6d3b0b1f7a11",
        x_ms_region="East US 2",
        server_date="2026-11-22T02:04:10Z",
        timings=Timings(1.2, 8.4, None, 17.9, 31.0, 0.2),
        remote_address="20.62.58.12:443",
        http_version="1.1",
    )
    return replace(exchange, **more)  # the noun's own fields


WAY = (
    row("config.endpoint", Status.PASS, f"{BASE}"),
    row("config.credential", Status.PASS, "an API key of a plausible shape"),
    row("config.deployment", Status.PASS, "claude-sonnet-5"),
    row("dns.resolve", Status.PASS, f"{HOST} is 20.62.58.12", subject=HOST,
        evidence={"addresses": ["20.62.58.12"], "chain": [HOST, "eastus2.prod.example.net"]},
        facts={"dns.outcome": "ok", "dns.addresses": ("20.62.58.12",)}),
    row("endpoint.connect", Status.PASS, "20.62.58.12:443 in 8 ms"),
    row("endpoint.tls", Status.PASS, "issued by Microsoft Azure RSA TLS Issuing CA 07"),
    row("endpoint.clock", Status.PASS, "0 s apart"),
)  # fmt: skip
NO_ARM = (
    row("rbac.role", Status.SKIP, "not asked: a key is used and no subscription is named"),
    row("region.offered", Status.SKIP, "not asked: a key is used and no subscription is named"),
)

HEALTHY = Report(
    tool_version="0.1.0",
    run=RUN,
    vantage=VANTAGE,
    target=TARGET,
    verdict=Verdict.HEALTHY,
    exit_code=0,
    covered=("the way to the endpoint", "the key", "the deployment's name"),
    not_covered=(PAID, ROLES),
    checks=(
        *WAY,
        row("key.accepted", Status.PASS, "accepted in x-api-key", exchanges=("x1",)),
        row("deployment.resolve", Status.PASS, "counts tokens", subject="claude-sonnet-5",
            exchanges=("x1",)),
        row("deployment.control", Status.PASS, "404 DeploymentNotFound, as it must be",
            exchanges=("x2",)),
        *NO_ARM,
    ),
    exchanges=(
        call("x1", 200, request_id="req_011CVPq6rT9yUa2bXn4sKd7e"),
        call("x2", 404, purpose="asks for a name that cannot exist",
             apim_request_id="0b5f7f60-95c6-4c55-a6a5-1f0f64f6a4f1",
             error=ErrorInfo("gateway", "DeploymentNotFound",
                             "The API deployment for this resource does not exist.")),
    ),
)  # fmt: skip

KEY_AUTH_DISABLED = replace(
    HEALTHY,
    run=replace(RUN, duration_ms=1812.0, calls=5),
    target=replace(
        TARGET, subscription="22222222-2222-4222-8222-222222222222", resource_group="rg-ai"
    ),
    verdict=Verdict.FAILING,
    exit_code=1,
    covered=("the way to the endpoint",),
    not_covered=(
        NotCovered("Whether the key itself is right: while keys are off none can be tried", ""),
        NotCovered("The deployment: no call got past the key", "--auth entra"),
    ),
    diagnosis=(
        Diagnosis(
            cause="key-auth-disabled",
            confidence=Confidence.CERTAIN,
            title="Key authentication is off on contoso-ai: no key can work",
            summary="The resource accepts Entra ID tokens only. Your key may be right; do not"
            " rotate it.",
            playbook="key-auth-disabled",
            who="azure-admin",
            transient=False,
            because=(
                "Resource Manager at 02:04:11Z: disableLocalAuth = true",
                f'x-api-key alone: 401 "{REFUSED}"',
                "api-key alone: 401, the same words",
            ),
            ruled_out=(
                RuledOut("endpoint-wrong-path", "the same route answers 401, not 404"),
                RuledOut("header-stripped", "both header spellings reached Azure's front end"),
            ),
            checks=("key.accepted", "key.headers"),
            remedy=(
                Remedy(
                    "Sign in with your own account and call without the key.",
                    bash=f"az login --tenant {TENANT}\nunset ANTHROPIC_FOUNDRY_API_KEY",
                    pwsh=f"az login --tenant {TENANT}\nRemove-Item Env:ANTHROPIC_FOUNDRY_API_KEY",
                    who="caller",
                ),
                Remedy(
                    "Or allow keys again, if your policy permits it. The change takes minutes to"
                    " hours to reach the endpoint.",
                    bash="az resource update --resource-group rg-ai --name contoso-ai"
                    " --resource-type Microsoft.CognitiveServices/accounts"
                    " --set properties.disableLocalAuth=false",
                    url="https://learn.microsoft.com/azure/ai-services/disable-local-auth",
                ),
            ),
            verify="foundry-doctor run --auth entra",
        ),
    ),
    checks=(
        *WAY,
        row("key.accepted", Status.FAIL, "401 from Azure's front end", exchanges=("x1",),
            cause="key-auth-disabled", facts={"http.status": 401, "http.layer": "gateway"}),
        row("key.headers", Status.FAIL, "401 in x-api-key alone and in api-key alone",
            exchanges=("x2", "x3")),
        skipped("deployment.resolve", "key.accepted"),
        *NO_ARM,
    ),
    exchanges=(
        call("x1", 401, error=ErrorInfo("gateway", "401", REFUSED)),
        call("x2", 401, purpose="sends the key in x-api-key alone",
             apim_request_id="a0d8e3a4-1d58-4a53-8cf5-70a3c5b1d2e3",
             error=ErrorInfo("gateway", "401", REFUSED)),
        call("x3", 401, purpose="sends the key in api-key alone",
             apim_request_id="f2b7c9d1-6e4f-4a21-b3c8-915d7e60a4b2",
             error=ErrorInfo("gateway", "401", REFUSED)),
        call("x4", 200, purpose="reads the account", method="GET", url=ARM,
             apim_request_id=None, client_request_id="5d1c0b9a-8e7f-4d6c-a5b4-c3d2e1f0a9b8",
             sent_at="2026-11-22T02:04:11Z"),
    ),
)  # fmt: skip

DEPLOYMENT_NOT_FOUND = replace(
    HEALTHY,
    target=replace(TARGET, deployments=("claude-sonnet-5", "claude-opus-5")),
    verdict=Verdict.FAILING,
    exit_code=1,
    diagnosis=(
        Diagnosis(
            cause="deployment-not-found",
            confidence=Confidence.CERTAIN,
            title="contoso-ai has no deployment named claude-opus-5",
            summary="Another deployment of the same resource answers, so resource, key and network"
            " are fine.",
            playbook="deployment-not-found",
            who="caller",
            transient=False,
            subjects=("claude-opus-5",),
            because=("claude-opus-5: 404 DeploymentNotFound", "claude-sonnet-5: 200"),
            ruled_out=(RuledOut("endpoint-wrong-host", "claude-sonnet-5 answers on this host"),),
            undecided=(
                Undecided("deployment-not-ready", "az cognitiveservices account deployment show"
                          " -g rg-ai -n contoso-ai --deployment-name claude-opus-5"),
                Undecided("deployment-on-other-resource", "foundry-doctor run --subscription ID:"
                          " lists the subscription's accounts"),
            ),
            checks=("deployment.resolve",),
            remedy=(
                Remedy(
                    "List what is deployed, and use one of these names.",
                    bash="az cognitiveservices account deployment list -g rg-ai -n contoso-ai"
                    " --query '[].name' -o tsv",
                ),
            ),
            verify="foundry-doctor run --deployment NAME --only 'deployment.*'",
        ),
    ),
    checks=(
        *WAY,
        row("key.accepted", Status.PASS, "accepted in x-api-key", exchanges=("x1",)),
        row("deployment.resolve", Status.PASS, "counts tokens", subject="claude-sonnet-5",
            exchanges=("x1",)),
        row("deployment.resolve", Status.FAIL, "404 DeploymentNotFound", subject="claude-opus-5",
            exchanges=("x2",)),
        *NO_ARM,
    ),
    exchanges=(HEALTHY.exchanges[0], replace(HEALTHY.exchanges[1], purpose="asks the deployment")),
)  # fmt: skip

DNS_TIMEOUT = replace(
    HEALTHY,
    run=replace(RUN, duration_ms=15_204.0, calls=0),
    verdict=Verdict.FAILING,
    exit_code=1,
    covered=(),
    not_covered=(NotCovered("Key, deployment, TLS: nothing can be asked without an address", ""),),
    diagnosis=(
        Diagnosis(
            cause="dns-timeout",
            confidence=Confidence.CERTAIN,
            title="No DNS server answers this machine",
            summary=f"{HOST} was asked three times in 15 s; 10.0.0.2 and 10.0.0.3 stayed silent.",
            playbook="dns-timeout",
            who="network-admin",
            transient=False,
            because=("10.0.0.2: no answer in 5 s, three times", "10.0.0.3: the same"),
            checks=("dns.resolve",),
            remedy=(
                Remedy("See whether another name resolves from here.", bash="getent hosts bing.com",
                       pwsh="Resolve-DnsName bing.com", who="caller"),
                Remedy("Let this machine reach its DNS servers: UDP and TCP port 53 to 10.0.0.2"
                       " and 10.0.0.3. On a VPN, reconnect first."),
            ),
            verify="foundry-doctor run --only dns.resolve",
        ),
    ),
    checks=(
        *WAY[:3],
        row("dns.resolve", Status.FAIL, "no DNS server answered in 15 s", subject=HOST,
            evidence={"servers": ["10.0.0.2", "10.0.0.3"]}),
        skipped("endpoint.connect", "dns.resolve"),
        skipped("endpoint.tls", "dns.resolve"),
        skipped("endpoint.clock", "dns.resolve"),
        skipped("key.accepted", "dns.resolve"),
        skipped("deployment.resolve", "dns.resolve"),
        *NO_ARM,
    ),
    exchanges=(),
)  # fmt: skip

DEGRADED = replace(
    HEALTHY,
    verdict=Verdict.DEGRADED,
    run=replace(RUN, duration_ms=2950.0, calls=4),
    diagnosis=(
        Diagnosis(
            cause="service-unavailable",
            confidence=Confidence.LIKELY,
            title="The service answered 503 once in three calls",
            summary="A retry succeeded. Clients that do not retry see this as a failure.",
            playbook="service-unavailable",
            who="vendor",
            transient=True,
            subjects=("claude-sonnet-5",),
            because=("1 of 3 calls: 503 Service Unavailable from Azure's front end",),
            checks=("deployment.resolve",),
            remedy=(Remedy("Keep the SDK's retries on (max_retries is 2 by default).",
                           who="caller"),),
            verify="foundry-doctor run --repeat 5",
        ),
        Diagnosis(
            cause="model-retiring",
            confidence=Confidence.CERTAIN,
            title="The model behind claude-sonnet-5 retires on 2026-12-20",
            summary="Deploy its successor before that day.",
            playbook="model-retiring",
            who="caller",
            transient=False,
            subjects=("claude-sonnet-5",),
            checks=("deployment.resolve",),
            remedy=(
                Remedy("Deploy the successor beside it.",
                       bash="az cognitiveservices account deployment create -g rg-ai -n contoso-ai"
                       " --deployment-name claude-sonnet-5-5 --model-format Anthropic"),
                Remedy("Name it in your settings."),
            ),
        ),
    ),
    checks=(
        *WAY,
        row("key.accepted", Status.PASS, "accepted in x-api-key", exchanges=("x2",)),
        row("deployment.resolve", Status.WARN, "1 of 3 calls failed: 503", exchanges=("x1", "x2"),
            subject="claude-sonnet-5"),
        *NO_ARM,
    ),
    exchanges=(
        call("x1", 503, error=ErrorInfo("gateway", "503", "Service Unavailable")),
        call("x2", 200, request_id="req_011CVPq6rT9yUa2bXn4sKd7e",
             apim_request_id="3e2d1c0b-a9f8-47e6-9d5c-4b3a29180716"),
    ),
)  # fmt: skip

RATE_LIMITED = replace(
    HEALTHY,
    verdict=Verdict.FAILING,
    exit_code=5,
    diagnosis=(
        Diagnosis(
            cause="rate-limited",
            confidence=Confidence.LIKELY,
            title="claude-sonnet-5 is over its rate limit",
            summary="Azure refuses calls for another 38 s. Key, name and network are fine.",
            playbook="rate-limited",
            who="caller",
            transient=True,
            subjects=("claude-sonnet-5",),
            because=('429 three times: "Rate limit of 40 per 60s exceeded."',),
            undecided=(
                Undecided("quota-pool-shared", "the subscription's usage in this region, with"
                          " --subscription ID"),
                Undecided("capacity-constrained", "the same reading, when it is low"),
            ),
            checks=("deployment.resolve",),
            remedy=(
                Remedy("Wait 38 s, then let your client honour Retry-After.", who="caller"),
                Remedy("Raise the deployment's capacity if this is your normal load.",
                       who="azure-admin",
                       url="https://learn.microsoft.com/azure/ai-foundry/quotas"),
            ),
            verify="foundry-doctor run --wait 2m",
        ),
    ),
    checks=(
        *WAY,
        row("key.accepted", Status.PASS, "a 429 is not given to a wrong key", exchanges=("x1",)),
        row("deployment.resolve", Status.FAIL, "429 three times", subject="claude-sonnet-5",
            exchanges=("x1",)),
        *NO_ARM,
    ),
    exchanges=(
        call("x1", 429, request_id="req_011CVPr1aF5mQz8wYk3tLh6c",
             error=ErrorInfo("gateway", "RateLimitReached",
                             "Rate limit of 40 per 60s exceeded. Retry after 38 seconds.")),
    ),
)  # fmt: skip

INCONCLUSIVE = replace(
    HEALTHY,
    verdict=Verdict.INCONCLUSIVE,
    exit_code=3,
    checks=(
        *WAY,
        row("acme.egress", Status.ERROR, "KeyError: 'egress' in acme_checks/egress.py line 14"),
        row("deployment.resolve", Status.UNKNOWN, "200 came back, but also for a name that cannot"
            " exist: this route does not look deployments up", subject="claude-sonnet-5",
            exchanges=("x1",)),
        *NO_ARM,
    ),
)  # fmt: skip

FORK = replace(
    HEALTHY,
    verdict=Verdict.INCONCLUSIVE,
    run=replace(RUN, calls=0, duration_ms=9.0),
    target=replace(TARGET, mode=None, key=None, provenance={"resource": "foundry-doctor.yaml:3:3"}),
    covered=(),
    not_covered=(NotCovered("Everything behind the credential: none is set here",
                            "ANTHROPIC_FOUNDRY_API_KEY"),),
    checks=(
        WAY[0],
        row("config.credential", Status.SKIP, "no credential, and --on-missing-credentials skip"),
    ),
    exchanges=(),
)  # fmt: skip

INTERRUPTED = replace(
    HEALTHY,
    verdict=Verdict.INCONCLUSIVE,
    exit_code=130,
    error=ReportError("interrupted", "Ctrl-C while endpoint.connect was waiting for 20.62.58.12"),
    checks=WAY[:4],
    exchanges=(),
)

HOSTILE_TEXT = (
    "\x1b[2J\x1b[1;31mOK\x1b[0m all good\r\n::error file=app.py::injected\n"
    "##vso[task.setvariable variable=x]y\x9b31m \u202egnp.exe\u202c \x1b]0;title\x07"
    "[bold red]markup[/bold red] :smile: \ud800 \x00\x08\x7f" + "A long refusal. " * 640
)
HOSTILE = replace(
    KEY_AUTH_DISABLED,
    target=replace(TARGET, resource="contoso-ai\x1b[31m", deployments=("claude\u202e-sonnet",)),
    diagnosis=(
        replace(
            KEY_AUTH_DISABLED.diagnosis[0],
            title="Key authentication is off on \x1b]8;;https://evil.example\x07contoso-ai\x1b]8;;\x07",
            because=(HOSTILE_TEXT,),
            remedy=(Remedy("Run\nthis.", bash="az login\x1b[8m\n::stop-commands::x\r\x07"),),
        ),
    ),
    checks=(
        row("key.accepted", Status.FAIL, HOSTILE_TEXT, subject="claude\u202e-sonnet",
            exchanges=("x1",), evidence={"body\x1b[0m": HOSTILE_TEXT, "ratio": float("nan")}),
    ),
    exchanges=(call("x1", 401, error=ErrorInfo("proxy", "401\r\n", HOSTILE_TEXT)),),
)  # fmt: skip

LONG = "a-resource-name-that-somebody-made-as-long-as-the-portal-allows1"
LONG_NAMES = replace(
    DEPLOYMENT_NOT_FOUND,
    target=replace(
        TARGET,
        resource=LONG,
        base_url=f"https://user:{KEY}@{LONG}.services.ai.azure.com/anthropic?code={KEY}",
        deployments=tuple(f"team-{n}-production-claude-sonnet-5-data-zone-eu" for n in range(5)),
    ),
    diagnosis=(
        replace(
            DEPLOYMENT_NOT_FOUND.diagnosis[0],
            title=f"{LONG} has no deployment named team-4-production-claude-sonnet-5-data-zone-eu",
            subjects=tuple(f"team-{n}-production-claude-sonnet-5-data-zone-eu" for n in range(5)),
        ),
    ),
    checks=(
        row("dns.resolve", Status.PASS, f"{LONG}.services.ai.azure.com is 20.62.58.12"),
        row("deployment.resolve", Status.FAIL, "404 DeploymentNotFound",
            subject="team-4-production-claude-sonnet-5-data-zone-eu", exchanges=("x2",)),
        replace(skipped("rbac.role", "dns.resolve"),
                id="acme.a_check_of_a_plugin_with_a_very_long_name_indeed"),
    ),
)  # fmt: skip

SAMPLES = {
    "healthy": HEALTHY,
    "key-auth-disabled": KEY_AUTH_DISABLED,
    "deployment-not-found": DEPLOYMENT_NOT_FOUND,
    "dns-timeout": DNS_TIMEOUT,
    "degraded": DEGRADED,
    "rate-limited": RATE_LIMITED,
    "inconclusive": INCONCLUSIVE,
    "fork": FORK,
    "interrupted": INTERRUPTED,
    "hostile": HOSTILE,
    "long-names": LONG_NAMES,
}
