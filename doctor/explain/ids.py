"""Request ids in a text: their kind, place and time, and which support desk can use them.

Foundry answers carry both `apim-request-id` (Azure's front end) and, where Anthropic's back end saw
the request, `request-id: req_…`; Microsoft asks for both. [claude-in-microsoft-foundry, errors]
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ..model import RequestId
from .lines import Line

_GUID = r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"
_VALUE = rf"({_GUID}|req_[\w-]{{6,60}}|[0-9a-fA-F]{{32}})"
_GAP = r"\\{0,8}[\"']?\)?\s{0,3}(?::|=|,|is\b|\s)\s{0,3}\\{0,8}[\"'(\[<]?\s?"
_NAMED = re.compile(
    r"(?<![\w-])(?P<name>apim-request-id|x-ms-client-request-id|x-ms-correlation-request-id"
    r"|x-ms-request-id|x-ms-correlation-id|x-request-id|request[-_ ]?id|activity[-_ ]?id"
    r"|correlation[-_ ]?(?:request[-_ ]?)?id|trace[-_ ]?id|tracking id|operation id"
    rf"|client[-_ ]?request[-_ ]?id|gh request id|copilot request id){_GAP}{_VALUE}",
    re.IGNORECASE,
)
_BARE = re.compile(r"(?<![\w-])req_[A-Za-z0-9]{16,60}(?![\w-])")
_TIMESTAMP = re.compile(
    r"timestamp[\"']?\s*[:=]\s*[\"']?(\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?Z?)", re.IGNORECASE
)
_AZURE, _BOTH, _NONE = "azure", "both", "none"
MAX_IDS = 500


def find_ids(lines: Iterable[Line], file: str) -> Iterator[RequestId]:
    """The ids of some lines, in their order, each value of a kind once."""
    seen: set[tuple[str, str]] = set()
    for line in lines:
        text = line.text
        if "id" not in text and "Id" not in text and "ID" not in text and "req_" not in text:
            continue
        stamp = _TIMESTAMP.search(text)
        time = stamp.group(1).replace(" ", "T") if stamp else line.time
        for name, value in _pairs(text):
            kind, useful = _meaning(name, value)
            if kind is not None and (kind, value) not in seen:
                seen.add((kind, value))
                useful = _NONE if _blank(value) else useful
                yield RequestId(kind, value, file, line.number, time, useful)


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    named = set()
    for found in _NAMED.finditer(text):
        value = found.group(2)
        named.add(value)
        yield re.sub(r"[_ ]", "-", found["name"].lower()), value
    for found in _BARE.finditer(text):
        if found.group() not in named:
            yield "request-id", found.group()


def _meaning(name: str, value: str) -> tuple[str | None, str]:
    """The contract's kind for a name as written, and who can look the value up."""
    anthropic = value.startswith("req_")
    if name in ("gh-request-id", "copilot-request-id"):
        return None, _NONE  # the client's own: no desk can look them up
    if anthropic:
        # Microsoft supports both hosting options and passes it on; Anthropic knows it directly.
        return "request-id", _BOTH
    if name == "apim-request-id":
        return name, _AZURE
    if name in ("x-ms-client-request-id", "client-request-id", "clientrequestid"):
        return "x-ms-client-request-id", _NONE if name != "x-ms-client-request-id" else _AZURE
    if name.startswith("trace"):
        return "trace-id", _AZURE if "-" in value else _NONE
    if "correlation" in name or name in (
        "tracking-id",
        "operation-id",
        "activity-id",
        "activityid",
    ):
        return "correlation-id", _AZURE
    if name == "x-ms-request-id":
        return name, _AZURE
    return "request-id", _AZURE if "-" in value else _NONE


def _blank(value: str) -> bool:
    """An id of zeros alone: somebody blanked it out."""
    return set(value.removeprefix("req_")) <= set("0-")
