"""A report with everything in it that a bundle must handle, and secrets in every corner of it."""

from __future__ import annotations

from typing import Any

import pytest

from foundry_doctor.bundle.material import Log, Material
from foundry_doctor.engine.causes import causes
from foundry_doctor.model import (
    Confidence,
    Diagnosis,
    ErrorInfo,
    Exchange,
    Explanation,
    FactValue,
    Remedy,
    Report,
    RequestId,
    Result,
    RuledOut,
    Run,
    Status,
    Target,
    Timings,
    Vantage,
    Verdict,
)
from foundry_doctor.noun import replace
from foundry_doctor.secret import Secret

from ..conftest import KEY, PASSWORD

HOST = "contoso-ai.services.ai.azure.com"
TENANT = "aaaabbbb-0000-cccc-1111-dddd2222eeee"
SUBSCRIPTION = "aaaa0a0a-bb1b-cc2c-dd3d-eeeeee4e4e4e"
PRINCIPAL = "aaaaaaaa-0000-1111-2222-bbbbbbbbbbbb"
ACCOUNT = (
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-contoso/providers/"
    "Microsoft.CognitiveServices/accounts/contoso-ai"
)
RUN = "4b9e996f-c364-4a73-895f-550c2f9f53de"
APIM = "6c1e0000-1111-4222-8333-444455556666"
REQUEST = "req_011CSHoEeqs5C35K2UUqR7Fy"
UPN = "alice.smith@contoso.example.com"


def exchange(number: int, **more: Any) -> Exchange:
    """A call as the user's client makes it; refused unless told otherwise."""
    values: dict[str, Any] = {
        "id": f"x{number}",
        "purpose": "count_tokens (claude-sonnet-5)",
        "method": "POST",
        "url": f"https://{HOST}/anthropic/v1/messages/count_tokens",
        "sent_at": f"2026-11-22T12:00:0{number % 10}.000Z",
        "status": 500,
        "apim_request_id": APIM,
        "client_request_id": f"00000000-0000-4000-8000-00000000000{number % 10}",
        "x_ms_region": "Sweden Central",
        "server_date": f"2026-11-22T12:00:0{number % 10}Z",
        "timings": Timings(1.0, 2.0, None, 6.0, 31.0, 0.4),
        "remote_address": "10.1.2.3:443",
        "http_version": "1.1",
        "error": ErrorInfo("anthropic", "api_error", "Internal server error", "api_error"),
    }
    return Exchange(**{**values, **more})


def diagnosis(cause: str = "service-error", who: str = "vendor", **more: Any) -> Diagnosis:
    values: dict[str, Any] = {
        "cause": cause,
        "confidence": Confidence.LIKELY,
        "title": f"contoso-ai fails: {cause}",
        "summary": "The model's back end fails.",
        "playbook": cause,
        "who": who,
        "transient": False,
        "because": ("3 of 3 attempts: 500",),
        "ruled_out": (RuledOut("key-invalid", "the key is accepted"),),
        "checks": ("deployment.resolve",),
        "remedy": (Remedy("Do this.", "az cognitiveservices account show -n contoso-ai"),),
        "verify": "foundry-doctor run --deployment claude-sonnet-5",
    }
    return Diagnosis(**{**values, **more})


def make_report(**more: Any) -> Report:
    facts: dict[str, FactValue] = {
        "arm.tenant": TENANT,
        "arm.account_id": ACCOUNT,
        "arm.location": "swedencentral",
        "arm.deployment.model": "claude-sonnet-5",
        "arm.deployment.version": "2",
        "arm.deployment.sku": "GlobalStandard",
        "arm.deployment.capacity": 25,
        "token.oid": PRINCIPAL,
        "token.name": UPN,
        "key.x_api_key": "refused",
        "key.api_key": "accepted",
        "dns.addresses": ("10.1.2.3",),
        "dns.private": True,
        "tls.issuer": "CN=Contoso Inspection CA,O=Contoso",
        "proxy.url": "http://proxy.corp.contoso.com:3128",
        "aadsts.correlation_id": "11111111-2222-4333-8444-555555555555",
    }
    evidence = {
        name: list(value) if isinstance(value, tuple) else value for name, value in facts.items()
    }
    rows = (
        Result("dns.resolve", "the name resolves", Status.PASS, "10.1.2.3", HOST, facts=facts,
               evidence=evidence),
        Result("deployment.resolve", "the deployment answers", Status.FAIL, "500 Internal",
               "claude-sonnet-5", exchanges=("x1", "x2")),
        Result("token.acquire", "Entra gives a token", Status.SKIP, "a key is used"),
    )  # fmt: skip
    values: dict[str, Any] = {
        "tool_version": "0.1.0",
        "run": Run(RUN, "2026-11-22T12:00:00.000Z", 412, "free", 3),
        "vantage": Vantage(
            "Linux 6.1 x86_64", "3.12.1",
            {"HTTPS_PROXY": "http://proxy.corp.contoso.com:3128", "used":
             "http://proxy.corp.contoso.com:3128", "NO_PROXY": ".corp.contoso.com,10.0.0.0/8"},
            {"SSL_CERT_FILE": "/home/alice.smith/ca.pem"}, {"anthropic": "2.13.0"},
        ),
        "target": Target(
            resource="contoso-ai", base_url=f"https://{HOST}/anthropic", host=HOST, mode="key",
            key=Secret(KEY), deployments=("claude-sonnet-5",), tenant=TENANT,
            subscription=SUBSCRIPTION, secrets=(Secret(KEY), Secret(PASSWORD)),
            provenance={"resource": "env ANTHROPIC_FOUNDRY_RESOURCE",
                        "key": "env ANTHROPIC_FOUNDRY_API_KEY"},
        ),
        "verdict": Verdict.FAILING,
        "exit_code": 5,
        "diagnosis": (diagnosis(),),
        "checks": rows,
        "exchanges": (exchange(1), exchange(2, request_id=REQUEST)),
    }  # fmt: skip
    return Report(**{**values, **more})


def make_material(**more: Any) -> Material:
    values: dict[str, Any] = {
        "reports": (make_report(),),
        "users": ("alice.smith",),
        "homes": ("/home/alice.smith",),
        "vocabulary": tuple(causes()),
    }
    return Material(**{**values, **more})


def make_log(*excerpts: str) -> Log:
    found = RequestId("apim-request-id", APIM, "app.log", 7, "2026-11-22T11:00:00Z")
    explanation = Explanation("0.1.0", (diagnosis("service-overloaded"),), (found,))
    return Log(explanation, tuple(enumerate(excerpts, 7)))


def saying(text: str) -> Report:
    """A report in which a server said something, everywhere where it may end up."""
    call = exchange(1, error=ErrorInfo("gateway", "401", text))
    row = Result("deployment.resolve", "the deployment answers", Status.FAIL, text,
                 "claude-sonnet-5", evidence={"http.error.message": text, "nested": {"a": [text]}},
                 facts={"http.error.message": text}, exchanges=("x1",))  # fmt: skip
    report = make_report(exchanges=(call,), checks=(row,))
    told = replace(report.diagnosis[0], because=(text,), summary=text)
    return replace(report, diagnosis=(told,))


@pytest.fixture
def material() -> Material:
    return make_material()
