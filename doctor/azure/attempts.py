"""What one credential's failure is, from its exception, its causes and its answers."""

from __future__ import annotations

from ..noun import Noun
from .aadsts import Refusal, read_refusal
from .chain import CLI_CREDENTIALS, Attempt, clean_reason
from .chain_texts import classify
from .faults import causes, smells_of_network
from .pipelines import NAME as PIPELINES
from .pipelines import is_request_uri
from .recorder import Answer, Step
from .surroundings import environment_kind, missing_variables
from .turn import Plan

IDENTITY = frozenset({"ManagedIdentityCredential", "ImdsCredential"})


class Seen(Noun):
    """One attempt with what only the live run knows about it."""

    attempt: Attempt
    refusal: Refusal | None = None
    last: Answer | None = None
    error: BaseException | None = None


def seen_in(step: Step, plan: Plan) -> Seen:
    """A credential's turn that ended in an exception."""
    error = step.error
    assert error is not None
    texts = [_message(one) for one in causes(error)]
    reason = clean_reason(texts[0])
    # Of the answers, the refusal: MSAL may still ask for the instance's metadata after it.
    refused = [one for one in step.answers if one.refusal is not None]
    last = next(reversed(refused or step.answers), None)
    refusal = last.refusal if last is not None else None
    refusal = refusal or next((found for one in texts if (found := read_refusal(one))), None)
    problem = _problem(step.credential, reason, error, refusal, last)
    if step.credential == "EnvironmentCredential" and problem == "nothing-configured":
        missing = missing_variables(plan.environ)
        if missing:
            problem, reason = "env-incomplete", f"{', '.join(missing)} missing; {reason}"
    if problem == "nothing-configured" and step.credential == "WorkloadIdentityCredential":
        problem = "workload-not-configured"
    if (
        step.credential == PIPELINES
        and last is not None
        and is_request_uri(plan.environ, last.host, last.path)
    ):
        # Its last word came from the pipeline's own endpoint: Entra was not asked.
        said = f"answers {last.status} without an OIDC token for the service connection"
        refusal, problem, reason = None, "other", f"the pipeline's endpoint {said}; {reason}"
    stopped = not _unavailable(error)
    if problem == "workload-not-configured" and plan.environ.get("AZURE_FEDERATED_TOKEN_FILE"):
        stopped = True  # the webhook or a person began to set it up: not just absent
    return Seen(Attempt(step.credential, reason, problem, stopped), refusal, last, error)


def _message(error: BaseException) -> str:
    """An exception's text; a process's error by its class only: its text is the command line."""
    if type(error).__name__ in ("CalledProcessError", "TimeoutExpired"):
        return type(error).__name__
    return str(getattr(error, "message", None) or error)


def _unavailable(error: BaseException) -> bool:
    return any(one.__name__ == "CredentialUnavailableError" for one in type(error).__mro__)


def _problem(
    credential: str,
    reason: str,
    error: BaseException,
    refusal: Refusal | None,
    last: Answer | None,
) -> str:
    if credential in IDENTITY:
        if last is not None and not last.is_json and last.status < 500:
            return "not-json"
        return classify(credential, reason)
    if refusal is not None:
        return "entra-refused"
    if last is not None and not last.is_json:
        return "not-json"
    kinds = {type(one).__name__ for one in causes(error)}
    if credential == "WorkloadIdentityCredential" and _file_fault(error):
        return "workload-file-missing"
    if smells_of_network(error):
        return "network"
    found = classify(credential, reason)
    # azure-identity says the same of a process that could not be read; the cause knows.
    if found == "cli-timeout" and "TimeoutExpired" not in kinds:
        return "cli-failed"
    return found


def _file_fault(error: BaseException) -> bool:
    faults = (FileNotFoundError, PermissionError, IsADirectoryError, NotADirectoryError)
    return any(isinstance(one, (*faults, UnicodeDecodeError)) for one in causes(error))


def hanging(step: Step | None) -> Seen:
    """The credential whose turn had not ended when the time was up."""
    if step is None:
        return Seen(Attempt("DefaultAzureCredential", "no answer in time", "other", stopped=True))
    problem = "cli-timeout" if step.credential in CLI_CREDENTIALS else "network"
    return Seen(Attempt(step.credential, "no answer in time", problem, stopped=True))


def not_built(error: BaseException, plan: Plan) -> Seen:
    """The chain's constructor refused the settings: an application would not even start."""
    reason = clean_reason(str(error)) or type(error).__name__
    credential, problem = "DefaultAzureCredential", classify("", reason)
    missing = missing_variables(plan.environ)
    if problem in ("env-incomplete", "invalid-tenant") and missing:
        credential, problem = "EnvironmentCredential", "env-incomplete"
        reason = f"{', '.join(missing)}; {reason}"
    elif problem not in ("invalid-choice", "invalid-tenant", "workload-not-configured"):
        if environment_kind(plan.environ) == "certificate":
            credential, problem = "EnvironmentCredential", "certificate-unreadable"
        elif "at least one credential is required" in reason:
            reason = "AZURE_TOKEN_CREDENTIALS leaves nothing that works without a person"
            problem = "other"
    return Seen(Attempt(credential, reason, problem, stopped=True), error=error)
