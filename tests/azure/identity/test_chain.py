"""The texts of real chains: one reason per credential, and the one that matters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundry_doctor.azure.chain import OUTCOMES, Attempt, clean_reason, parse_chain, what_matters
from foundry_doctor.azure.chain_texts import classify
from foundry_doctor.facts import FACTS

from .stub import SIGNATURE, USER_TOKEN

MI = "ManagedIdentityCredential"
AZ = "AzureCliCredential"
ENV = "EnvironmentCredential"
NO_IMDS = f"{MI} authentication unavailable, no response from the IMDS endpoint."

REASONS = [
    # what the text says, beside its near miss
    (AZ, "Failed to invoke the Azure CLI", "cli-timeout"),
    (AZ, "Failed to invoke Azure CLI", "cli-failed"),
    ("AzureDeveloperCliCredential", "Failed to invoke the Azure Developer CLI", "cli-timeout"),
    (AZ, "Azure CLI not found on path", "cli-not-installed"),
    (AZ, "Failed to execute '/usr/bin/az'", "cli-not-installed"),
    (AZ, "Please run 'az login' to set up an account", "cli-not-logged-in"),
    (AZ, "Please run 'az login' to setup account.", "cli-not-logged-in"),
    (AZ, "ERROR: AADSTS50076: … Please run:\naz login --scope x", "entra-refused"),
    (AZ, "ERROR: HTTPSConnectionPool(host='l', port=443): Max retries exceeded", "network"),
    (AZ, "Unexpected output from Azure CLI: 'hello'.", "cli-failed"),
    ("AzurePowerShellCredential", "PowerShell is not installed", "cli-not-installed"),
    (
        "AzurePowerShellCredential",
        'Please run "Connect-AzAccount" to set up account',
        "cli-not-logged-in",
    ),
    ("AzurePowerShellCredential", "Failed to invoke PowerShell. Enable debug logging", "other"),
    (
        "AzureDeveloperCliCredential",
        "Please run 'azd auth login' from a command prompt",
        "cli-not-logged-in",
    ),
    (MI, NO_IMDS, "no-managed-identity"),
    (
        MI,
        f"{NO_IMDS} Token request error: (invalid_request) Identity not found",
        "identity-not-assigned",
    ),
    (
        MI,
        f"{MI} authentication unavailable. No identity has been assigned to this resource.",
        "identity-not-assigned",
    ),
    (
        MI,
        (
            f"{MI} authentication unavailable. The requested identity has not been assigned to this"
            " resource."
        ),
        "identity-not-assigned",
    ),
    (
        MI,
        (
            "App Service managed identity configuration not found in environment. Token request"
            " error: (invalid_request) No User Assigned or Delegated Managed Identity found for"
            " specified ClientId/ResourceId/PrincipalId"
        ),
        "identity-not-assigned",
    ),
    (MI, 'Unexpected content type "text/html"', "not-json"),
    (MI, f"{MI} authentication unavailable.", "not-json"),
    (
        ENV,
        f"{ENV} authentication unavailable. Environment variables are not fully configured.",
        "nothing-configured",
    ),
    (ENV, "Authentication failed: AADSTS7000215: Invalid client secret provided.", "entra-refused"),
    (ENV, "Authentication failed: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify", "network"),
    (
        ENV,
        "Authentication failed: HTTPSConnection(host='login', port=443): Failed to resolve 'login'",
        "network",
    ),
    (ENV, "Authentication failed: Expecting value: line 1 column 1 (char 0)", "not-json"),
    (
        "WorkloadIdentityCredential",
        (
            "WorkloadIdentityCredential authentication unavailable. The workload options are not"
            " fully configured. Missing required arguments: 'token_file_path'."
        ),
        "workload-not-configured",
    ),
    (
        "WorkloadIdentityCredential",
        "[Errno 2] No such file or directory: '/var/run/secrets/azure/tokens/azure-identity-token'",
        "workload-file-missing",
    ),
    ("", "Invalid value for AZURE_TOKEN_CREDENTIALS: x. Valid values are: dev", "invalid-choice"),
    ("", "Invalid tenant ID provided. You can locate your tenant ID", "invalid-tenant"),
    ("", "secret should be a Microsoft Entra application's client secret", "env-incomplete"),
    ("", "something else altogether", "other"),
]


@pytest.mark.parametrize(("credential", "reason", "problem"), REASONS)
def test_what_one_reason_means(credential: str, reason: str, problem: str) -> None:
    assert classify(credential, reason) == problem


def test_every_problem_is_in_the_vocabulary() -> None:
    assert {problem for _, _, problem in REASONS} <= set(FACTS["token.problem"].values)
    assert set(OUTCOMES) <= set(FACTS["token.problem"].values)
    assert set(OUTCOMES.values()) <= set(FACTS["token.outcome"].values)


CHAIN = f"""azure.core.exceptions.ClientAuthenticationError: DefaultAzureCredential failed to \
retrieve a token from the included credentials.
Attempted credentials:
\t{ENV}: {ENV} authentication unavailable. Environment variables are not fully configured.
Visit https://aka.ms/azsdk/python/identity/environmentcredential/troubleshoot to troubleshoot.
\t{MI}: {NO_IMDS}
\t{AZ}: ERROR: AADSTS50076: Due to a change, you must use multi-factor authentication.
Trace ID: 12121212-3434-5656-7878-909090909090
\tAzurePowerShellCredential: PowerShell is not installed
\tAzureDeveloperCliCredential
To mitigate this issue, please refer to the troubleshooting guidelines here at https://aka.ms/x."""


def test_a_pasted_chain_gives_one_attempt_per_credential() -> None:
    found = parse_chain(CHAIN)
    assert [one.problem for one in found] == [
        "nothing-configured", "no-managed-identity", "entra-refused", "cli-not-installed", "other",
    ]  # fmt: skip
    assert "Trace ID" in found[2].reason
    assert what_matters(found) == found[2]
    assert all("aka.ms" not in one.shown for one in found)
    assert found[0].shown == f"{ENV}: Environment variables are not fully configured."


def test_a_chain_of_nodes_library() -> None:
    text = (
        "API Error: Failed to get token from azureADTokenProvider: ChainedTokenCredential"
        " authentication failed.\n"
        f"  CredentialUnavailableError: {ENV} is unavailable. No underlying credential could be"
        " used.\n"
        f"  CredentialUnavailableError: {MI}: Authentication failed. Message Attempted to use the"
        " IMDS endpoint, but it is not available.\n"
        "  CredentialUnavailableError: Azure CLI could not be found.\n"
    )
    found = parse_chain(text)
    assert [one.credential for one in found] == [ENV, MI]
    assert found[1].problem == "no-managed-identity"


def test_a_single_credentials_line() -> None:
    (found,) = parse_chain(f"{AZ}.get_token_info failed: Azure CLI not found on path")
    assert found == Attempt(AZ, "Azure CLI not found on path", "cli-not-installed")
    (html,) = parse_chain(f'Attempted credentials:\n\t{MI}: Unexpected content type "text/html"')
    assert html.problem == "not-json"


@pytest.mark.parametrize("text", ["", "Connection error.", "Credential: x", "a Credential\n"])
def test_other_text_is_no_chain(text: str) -> None:
    assert parse_chain(text) == ()


def attempt(problem: str, credential: str = ENV, *, stopped: bool = False) -> Attempt:
    return Attempt(credential, "reason", problem, stopped)


@pytest.mark.parametrize(
    ("attempts", "problem"),
    [
        ([attempt("nothing-configured"), attempt("cli-not-logged-in", AZ)], "nothing-configured"),
        ([attempt("nothing-configured"), attempt("cli-not-installed", AZ)], "nothing-configured"),
        ([attempt("nothing-configured"), attempt("no-managed-identity", MI)], "nothing-configured"),
        ([attempt("identity-not-assigned", MI), attempt("cli-not-logged-in", AZ)],
         "identity-not-assigned"),
        ([attempt("env-incomplete"), attempt("cli-not-logged-in", AZ)], "env-incomplete"),
        ([attempt("env-incomplete"), attempt("entra-refused", AZ)], "entra-refused"),
        ([attempt("cli-timeout", AZ), attempt("other", "BrokerCredential")], "cli-timeout"),
        ([attempt("other", stopped=True), attempt("entra-refused", AZ)], "other"),
    ],
)  # fmt: skip
def test_the_attempt_that_matters(attempts: list[Attempt], problem: str) -> None:
    assert what_matters(attempts).problem == problem


def test_a_credential_chosen_alone_speaks_for_itself() -> None:
    lone = [attempt("cli-not-logged-in", AZ)]
    assert what_matters(lone, alone=True).problem == "cli-not-logged-in"
    assert what_matters(lone).problem == "nothing-configured"


def test_printed_output_is_never_repeated() -> None:
    for text in (
        f'Unexpected output from Azure CLI: \'{{"token": "{SIGNATURE}"}}\'. \nTo mitigate this',
        f'Unexpected output from Get-AzAccessToken: "{SIGNATURE}"',
        f"Unexpected response \"{{'access_token': '{SIGNATURE}'}}\"",
        f"Authentication failed: bad {USER_TOKEN} here",
    ):
        assert SIGNATURE[:12] not in clean_reason(text)


@given(st.lists(st.sampled_from([*CHAIN.splitlines(), "", "Error: x", "\x1b[31m", "a" * 300])))
def test_any_order_of_such_lines_is_read(lines: list[str]) -> None:
    found = parse_chain("\n".join(lines))
    assert all(one.problem in FACTS["token.problem"].values for one in found)
    assert all("\n" not in one.shown and len(one.shown) < 320 for one in found)
    if found:
        assert what_matters(found).problem in FACTS["token.problem"].values


@given(st.text(max_size=500), st.sampled_from([ENV, MI, AZ, ""]))
def test_any_reason_has_a_meaning(text: str, credential: str) -> None:
    assert classify(credential, clean_reason(text)) in FACTS["token.problem"].values
    parse_chain(f"\t{credential}: {text}")
