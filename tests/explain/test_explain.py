"""What a text says: the last state counts, other people's errors do not, mentions are no errors."""

from __future__ import annotations

import json

import pytest

from foundry_doctor.model import Confidence

from .conftest import Explain

OFF = "{'error': {'code': 'AuthenticationTypeDisabled', 'message': 'Key based authentication is disabled for this resource.'}}"
HOST = "contoso-ai.services.ai.azure.com"
POST = f"POST https://{HOST}/anthropic/v1/messages"


def causes(explain: Explain, *texts: str) -> list[str]:
    return [one.cause for one in explain(*texts).diagnoses]


def test_one_meaning_is_certain_and_says_why(explain: Explain) -> None:
    (found,) = explain(f"Error code: 403 - {OFF}").diagnoses
    assert found.cause == "key-auth-disabled"
    assert found.confidence is Confidence.CERTAIN
    assert found.remedy
    assert any("AuthenticationTypeDisabled" in text for text in found.because)


def test_several_meanings_are_undecided_with_what_decides(explain: Explain) -> None:
    text = "Error code: 401 - Access denied due to invalid subscription key or wrong API endpoint."
    (found,) = explain(text).diagnoses
    assert found.confidence is Confidence.POSSIBLE
    named = {one.cause: one.decided_by for one in found.undecided}
    assert {"client-auth-header", "key-auth-disabled", "endpoint-wrong-path"} <= set(named)
    assert named["client-auth-header"].startswith("foundry-doctor run --only")


def test_the_users_own_resource_is_in_the_commands(explain: Explain) -> None:
    (found,) = explain(f'{POST} "HTTP/1.1 403 Forbidden" {OFF}').diagnoses
    assert "contoso-ai" in json.dumps([step.pwsh for step in found.remedy])


# the last state


def test_a_retry_that_went_well_is_no_failure(explain: Explain) -> None:
    failed = f'2026-11-24T02:00:01Z INFO httpx: {POST} "HTTP/1.1 429 Too Many Requests"\n'
    good = f'2026-11-24T02:00:03Z INFO httpx: {POST} "HTTP/1.1 200 OK"\n'
    assert causes(explain, failed)
    assert not causes(explain, failed + good)
    assert causes(explain, good + failed)


def test_the_same_without_times(explain: Explain) -> None:
    failed = f'INFO:httpx:HTTP Request: {POST} "HTTP/1.1 429 Too Many Requests"\n'
    good = f'HTTP Request: {POST} "HTTP/1.1 200 OK"\n'
    assert causes(explain, failed)
    assert not causes(explain, failed + good)
    chain = (
        "EnvironmentCredential.get_token failed: EnvironmentCredential authentication unavailable."
        " Environment variables are not fully configured.\n"
        "AzureCliCredential.get_token succeeded\n"
    )
    assert not causes(explain, chain)
    assert causes(explain, chain.partition("\n")[0])


def test_an_error_that_nobody_retried_stays(explain: Explain) -> None:
    lost = f"2026-11-24T02:00:01Z ERROR job 7 failed: {POST} Error code: 404 - {{'error': {{'code': 'DeploymentNotFound', 'message': 'x'}}}}\n"
    other = f'2026-11-24T02:00:03Z INFO httpx: {POST} "HTTP/1.1 200 OK"\n'
    assert causes(explain, lost + other) == ["deployment-not-found"]
    assert not causes(explain, lost.replace("failed", "failed, retrying") + other)


def test_what_went_well_elsewhere_does_not_help(explain: Explain) -> None:
    failed = f'2026-11-24T02:00:01Z INFO httpx: {POST} "HTTP/1.1 429 Too Many Requests"\n'
    other = '2026-11-24T02:00:03Z INFO httpx: GET https://example.azurewebsites.net/x "HTTP/1.1 200 OK"\n'
    assert causes(explain, failed + other)


def test_a_chain_whose_last_credential_worked(explain: Explain) -> None:
    chain = (
        "2026-11-24 02:00:01,100 INFO azure.identity EnvironmentCredential.get_token failed:"
        " EnvironmentCredential authentication unavailable. Environment variables are not fully configured.\n"
        "2026-11-24 02:00:02,100 INFO azure.identity ManagedIdentityCredential.get_token failed:"
        " ManagedIdentityCredential authentication unavailable, no response from the IMDS endpoint.\n"
    )
    good = "2026-11-24 02:00:03,100 INFO azure.identity DefaultAzureCredential acquired a token from AzureCliCredential\n"
    assert causes(explain, chain)
    assert not causes(explain, chain + good)


def test_several_inputs_are_one_story(explain: Explain) -> None:
    failed = f'2026-11-24T02:00:01Z httpx: {POST} "HTTP/1.1 503 Service Unavailable" apim-request-id: x\n'
    good = f'2026-11-24T02:00:03Z httpx: {POST} "HTTP/1.1 200 OK"\n'
    assert not causes(explain, failed, good)


# other people's errors


@pytest.mark.parametrize(
    "text",
    [
        'psycopg2.OperationalError: connection to server at "db" (10.0.0.4), port 5432 failed: Connection refused',
        "redis.exceptions.ConnectionError: Error 111 connecting to localhost:6379. Connection refused.",
        "Error code: 401 - {'error': {'message': 'Incorrect API key provided', 'code': 'invalid_api_key'}}",
        "botocore.errorfactory.ThrottlingException: Too many requests",
        "AuthorizationFailed: The client 'x' does not have authorization to perform action 'Microsoft.Storage/storageAccounts/read' over scope '/subscriptions/1'",
        "HTTPSConnectionPool(host='pypi.org', port=443): Max retries exceeded (Caused by SSLError(SSLCertVerificationError(1, 'CERTIFICATE_VERIFY_FAILED')))",
        "ServiceRequestError: <urllib3.connection.HTTPSConnection>: Failed to resolve 'acct.blob.core.windows.net' ([Errno -2] Name or service not known)",
        "HTTP 404 Not Found",
        "everything is fine: 0 errors, 0 failures",
    ],
)
def test_others_get_no_cause(explain: Explain, text: str) -> None:
    assert not causes(explain, text)


def test_the_same_words_with_our_host_do(explain: Explain) -> None:
    text = f"HTTPSConnectionPool(host='{HOST}', port=443): Max retries exceeded (Caused by SSLError(SSLCertVerificationError(1, 'CERTIFICATE_VERIFY_FAILED: unable to get local issuer certificate')))"
    assert causes(explain, text) == ["tls-interception"]
    text = "AuthorizationFailed: The client 'x' does not have authorization to perform action 'Microsoft.CognitiveServices/accounts/read' over scope '/subscriptions/1'"
    assert causes(explain, text) == ["control-plane-denied"]


# mentions


@pytest.mark.parametrize(
    "text",
    [
        'if error.code == "AuthenticationTypeDisabled":\n    raise KeyAuthOff()\nreturn retry(error)\n',
        "## Errors\n\n- **403 AuthenticationTypeDisabled**: key based authentication is disabled. If you see this, use Entra ID.\n- **401**: the key is wrong.\n",
        "Claude in Foundry returns a 404 DeploymentNotFound when the deployment does not exist.",
        "fix: handle 429 and `overloaded_error` with backoff",
        "def test_off():\n    body = {'error': {'code': 'AuthenticationTypeDisabled', 'message': 'x'}}\n    assert explain(body) == 'off'\n",
    ],
)
def test_mentions_are_no_errors(explain: Explain, text: str) -> None:
    assert not causes(explain, text)


def test_a_report_in_the_first_person_is_one(explain: Explain) -> None:
    text = (
        f"Hi, since yesterday I get this error, please help:\n\n```\nError code: 403 - {OFF}\n```\n"
    )
    assert causes(explain, text) == ["key-auth-disabled"]


# notations and places


def test_escapes_never_reach_the_screen(explain: Explain) -> None:
    from foundry_doctor.report.explanation import explanation_document, render_explanation

    text = f"\x1b]8;;http://evil\x07Error code: 403 - {OFF}\x1b[2J\u202e apim-request-id: 6c1e1111-2222-4333-8444-555566667777"
    found = explain(text, name="a\x1b[31m.log")
    said = render_explanation(found, verbosity=2) + json.dumps(explanation_document(found))
    assert found.diagnoses
    assert "\x1b" not in said
    assert "\\u001b" not in said
    assert "\u202e" not in said


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_what_powershell_writes(explain: Explain, encoding: str) -> None:
    assert explain(f"Error code: 403 - {OFF}\r\n".encode(encoding)).diagnoses


def test_curl(explain: Explain) -> None:
    text = (
        f"> POST /anthropic/v1/messages HTTP/2\n> Host: {HOST}\n> api-key: abcdefghijklmnop1234567890\n>\n"
        "< HTTP/2 403\n< apim-request-id: 6c1e1111-2222-4333-8444-555566667777\n<\n"
        '{"error":{"code":"AuthenticationTypeDisabled","message":"Key based authentication is disabled for this resource."}}\n'
    )
    found = explain(text)
    assert [one.cause for one in found.diagnoses] == ["key-auth-disabled"]
    assert [one.kind for one in found.request_ids] == ["apim-request-id"]


def test_an_empty_input_and_one_of_zeros(explain: Explain) -> None:
    assert not explain("").diagnoses
    assert not explain(b"\0" * 3_000_000).diagnoses
