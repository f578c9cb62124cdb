"""What a credential chain says when it gives no token: one reason per credential, and the one
that matters.

The shapes are those of azure-identity 1.7 to 1.27 (Python) and @azure/identity (Node).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ..noun import Noun
from .chain_texts import classify
from .tokentext import without_tokens

MAX_TEXT = 262144
MAX_ATTEMPTS = 40
_MAX_REASON = 4000
_MAX_SHOWN = 240

_NAME = r"(?:[A-Z][A-Za-z]*Credential)"
_LINE = re.compile(rf"^[ \t]*({_NAME})(?:\.get_token(?:_info)? failed)?(?::[ \t]?(.*))?$")
_NODE = re.compile(rf"^[ \t]*(?:[A-Za-z]*Error): ({_NAME})?(?::? ?)(.*)$")
_FOOTER = re.compile(r"^\s*To mitigate this issue, please refer to|^\s*Visit https://aka\.ms/")
_QUOTED_OUTPUT = re.compile(
    r"(Unexpected (?:output from (?:the )?[A-Za-z -]+?|response(?: from Microsoft Entra ID)?))"
    r":? ?['\"{].*",
    re.DOTALL,
)

_POINTER = re.compile(r"(?:See|Visit|Please visit|To mitigate)\b[^.:]*:? ?https://aka\.ms/\S*\s*")
_OWN_NAME = re.compile(rf"^{_NAME} (?:authentication )?unavailable[.,] (?=\S)")
"""What a line of `token.attempted` does without: pointers to web pages, and its own name again."""

CLI_CREDENTIALS = frozenset(
    {"AzureCliCredential", "AzurePowerShellCredential", "AzureDeveloperCliCredential"}
)
BENIGN = frozenset(
    {
        "nothing-configured", "cli-not-installed", "cli-not-logged-in", "no-managed-identity",
        "workload-not-configured",
    }
)  # fmt: skip
"""Problems that say `nothing is set up here`: a chain of these alone is nothing-configured."""
_RANK = (
    "entra-refused", "network", "certificate-unreadable", "workload-file-missing",
    "invalid-choice", "invalid-tenant", "identity-not-assigned", "env-incomplete", "cli-timeout",
    "cli-failed", "not-json", "other",
)  # fmt: skip
OUTCOMES = {
    "none": "ok",
    "entra-refused": "refused",
    "network": "unreachable",
    "cli-timeout": "timeout",
    "env-incomplete": "misconfigured",
    "workload-not-configured": "misconfigured",
    "workload-file-missing": "misconfigured",
    "invalid-choice": "misconfigured",
    "invalid-tenant": "misconfigured",
    "certificate-unreadable": "misconfigured",
}
"""`token.problem` → `token.outcome`; what is not listed is `unavailable`."""


class Attempt(Noun):
    """One credential of a chain and why it gave no token."""

    credential: str
    reason: str
    problem: str
    """A value of the fact `token.problem`."""
    stopped: bool = False
    """True where the chain ended with it: it was configured and failed."""

    @property
    def shown(self) -> str:
        """One line for `token.attempted`."""
        line = _OWN_NAME.sub("", _POINTER.sub("", " ".join(self.reason.split())))
        line = line if len(line) <= _MAX_SHOWN else line[: _MAX_SHOWN - 1] + "…"
        return f"{self.credential}: {line}" if line else self.credential


def clean_reason(text: str) -> str:
    """A reason without pointers to web pages, quoted program output, tokens or escapes.

    What az or pwsh printed by mistake may be a token of any shape, so it is never repeated.
    """
    text = _QUOTED_OUTPUT.sub(r"\1 (not shown)", without_tokens(text[:_MAX_REASON]))
    lines = (line for line in text.splitlines() if line.strip() and not _FOOTER.match(line))
    return "\n".join(lines).strip()


def parse_chain(text: str) -> tuple[Attempt, ...]:
    """The attempts that a pasted failure lists; empty where it is not a credential's text."""
    found: list[tuple[str, list[str]]] = []
    for line in map(str.rstrip, text[:MAX_TEXT].splitlines()):
        match = _LINE.match(line)
        if match is None and "Error: " in line:
            match = _node_line(line)
        if match is not None and len(found) < MAX_ATTEMPTS:
            found.append((match.group(1), [match.group(2) or ""]))
        elif found and not _ends(line):
            found[-1][1].append(line)
    reasons = ((name, clean_reason("\n".join(lines))) for name, lines in found)
    return tuple(Attempt(name, reason, classify(name, reason)) for name, reason in reasons)


def _node_line(line: str) -> re.Match[str] | None:
    match = _NODE.match(line)
    if match is None or match.group(1) is None or "authentication failed.\\n" in line:
        return None
    return None if match.group(1) in ("DefaultAzureCredential", "ChainedTokenCredential") else match


def _ends(line: str) -> bool:
    return line.lstrip().startswith(("at ", "Traceback", "File "))


def what_matters(attempts: Sequence[Attempt], *, alone: bool = False) -> Attempt:
    """The attempt to be told about, out of at least one.

    The credential that ended the chain was configured, so its word counts before any other. A
    chain in which every credential says that it is not set up is `nothing-configured`, unless the
    user chose that one credential (`alone`).
    """
    stopper = next((one for one in attempts if one.stopped), None)
    if stopper is not None:
        return stopper
    telling = [one for one in attempts if one.problem not in BENIGN]
    if telling:
        best = min(telling, key=lambda one: _RANK.index(one.problem))
        return _preferred(one for one in telling if one.problem == best.problem)
    last = _preferred(attempts)
    if alone and len(attempts) == 1:
        return last
    return Attempt(last.credential, last.reason, "nothing-configured")


def _preferred(attempts: Iterable[Attempt]) -> Attempt:
    """Azure CLI's line, else the last: it is what developers mean to use."""
    listed = list(attempts)
    cli = [one for one in listed if one.credential == "AzureCliCredential"]
    return (cli or listed)[-1]
