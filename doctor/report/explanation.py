"""What `explain` found, as the contract's JSON document and as the text for a tired reader."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..model import Diagnosis, Explanation, RequestId
from .clean import plain
from .document import SCHEMA_VERSION, TOOL, diagnosis_document
from .layout import Page, to_ansi, to_text
from .rows import count
from .verdict import also_block, diagnosis_block

_KEYS = (
    "cause", "confidence", "title", "summary", "because", "undecided", "remedy", "playbook", "who",
    "transient", "verify",
)  # fmt: skip
MAX_IDS = 6
_DESKS = {
    "azure": "for Microsoft's support",
    "anthropic": "for Anthropic",
    "both": "for Microsoft's support and Anthropic",
    "none": "no desk can look it up",
}


def explanation_document(explanation: Explanation) -> dict[str, Any]:
    """The document of `explain -o json`, safe to print."""
    error = explanation.error
    document = {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": TOOL, "version": explanation.tool_version},
        "error": None if error is None else {"kind": error.kind, "message": error.message},
        "matches": [_match(one) for one in explanation.diagnoses],
        "request_ids": [_id(one) for one in explanation.request_ids],
        "truncated": explanation.truncated,
    }
    safe: dict[str, Any] = plain(document)
    return safe


def _match(one: Diagnosis) -> dict[str, Any]:
    whole = diagnosis_document(one)
    return {key: whole[key] for key in _KEYS}


def _id(one: RequestId) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "value": one.value,
        "file": one.file,
        "line": one.line,
        "time": one.time,
        "useful_to": one.useful_to,
    }


def render_explanation(
    explanation: Explanation,
    *,
    width: int = 80,
    shell: str = "bash",
    verbosity: int = 0,
    color: bool = False,
    ascii: bool = False,  # noqa: A002 - says it best
) -> str:
    """The words for a person; the keyword arguments are those of `render_rich`."""
    page = Page(width, ascii=ascii)
    if explanation.error is not None:
        page.field("ERROR", explanation.error.message, style="error")
    for number, one in enumerate(explanation.diagnoses):
        page.blank()
        if number == 0 or verbosity > 0:
            diagnosis_block(page, one, shell, verbosity, word="FOUND" if number == 0 else "ALSO")
        elif verbosity == 0:
            also_block(page, one, shell)
    if not explanation.diagnoses:
        page.field("NOTHING", ("strong", "No problem of Claude in Microsoft Foundry was found."))
        page.field("", "What was read names none, or another service's. `foundry-doctor run` asks"
                   " the endpoint itself; more of the log, with the lines around the error, may"
                   " tell more.")  # fmt: skip
    if verbosity >= 0:
        _ids(page, explanation.request_ids, verbosity)
        if explanation.truncated:
            page.blank()
            page.field("CUT", "A part of the input could not be read, or held more than is kept.")
    return to_ansi(page.lines) if color else to_text(page.lines)


def _ids(page: Page, ids: Sequence[RequestId], verbosity: int) -> None:
    useful = [one for one in ids if one.useful_to != "none" or verbosity > 0]
    if not useful:
        return
    page.blank()
    # The last ones are the freshest, and support desks keep logs for days only.
    shown = useful if verbosity > 0 else useful[-MAX_IDS:]
    lines = [
        f"{one.kind} {one.value}{f' at {one.time}' if one.time else ''}"
        f" ({one.file}:{one.line}; {_DESKS.get(one.useful_to, one.useful_to)})"
        for one in shown
    ]
    if len(shown) < len(useful):
        lines.append(f"{count(len(useful) - len(shown), 'earlier id')} with -v")
    page.bullets("IDS", lines)
