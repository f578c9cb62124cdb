"""Sign-ins in a text: Entra's refusals, and what credentials say when they give no token."""

from __future__ import annotations

import re

from ..azure.aadsts import read_refusal
from ..azure.chain import OUTCOMES, parse_chain, what_matters
from ..azure.chain_texts import classify
from ..model import FactValue

_NUMBER = re.compile(
    r"(?:^|[:\"'>\])=(,./|]|\w_\w+)\s*AADSTS\d{4,9}(?=\s?:|\"|'|\\|\.|\s*$)", re.MULTILINE
)
_ANY_NUMBER = re.compile(r"AADSTS\d{4,9}")
_IDS = re.compile(r"trace id|correlation id|error_codes|timestamp", re.IGNORECASE)
_CREDENTIAL = re.compile(
    r"\b(?:[A-Z]\w*Credential(?:Error)?|az(?:ure)? ?cli|az account|az login|azd auth|IMDS|azure-identity-token|managed identity)\b",
    re.IGNORECASE,
)
_NAME = re.compile(r"\b([A-Z]\w*Credential)\b")
_CHAINED = re.compile(r"(?:Default|Chained)\w*Credential\w* (?:failed|authentication failed)")
_VAGUE = ("other", "network", "nothing-configured")


def identity_facts(text: str) -> dict[str, FactValue]:
    """`aadsts.*` and `token.*` facts of a failed sign-in; empty where the text is of none."""
    listed = len(set(_ANY_NUMBER.findall(text))) > 3 and not _IDS.search(text)
    number = None if listed else _NUMBER.search(text)
    if number is not None:
        refusal = read_refusal(text[text.rfind("\n", 0, number.start()) + 1 :])
        if refusal is not None and refusal.code is not None:
            return {**refusal.facts, "token.outcome": "refused", "token.problem": "entra-refused"}
    if not _CREDENTIAL.search(text):
        return {}
    attempts = parse_chain(text)
    whole = False
    if attempts:
        whole = bool(_CHAINED.search(text)) or len(attempts) > 1
        chosen = what_matters(attempts, alone=not whole)
        problem, credential = chosen.problem, chosen.credential
        if len(attempts) == 1 and not whole:
            problem = classify(credential, text[:8000])
    else:
        named = _NAME.search(text)
        credential = named.group(1) if named else ""
        problem = classify(credential, text[:4000])
        if problem in _VAGUE or (problem == "cli-timeout" and not re.search(r"\baz\b|CLI", text)):
            return {}
    if problem == "other" and not whole:
        return {}
    return {
        "token.problem": problem,
        "token.outcome": OUTCOMES.get(problem, "unavailable"),
        **({"token.credential": credential} if credential else {}),
        **({"token.attempted": tuple(one.shown for one in attempts)} if attempts else {}),
    }


_ACQUIRED = re.compile(
    r"acquired a token from|Credential\.get_token(?:_info)? succeeded|token (?:was )?(?:acquired|obtained|retrieved)"
    r"|successfully (?:acquired|obtained|retrieved|refreshed).{0,40}token|login succeeded|logged in successfully",
    re.IGNORECASE,
)


def signed_in(text: str) -> bool:
    """Whether the text says that a token was acquired."""
    return bool(_ACQUIRED.search(text))
