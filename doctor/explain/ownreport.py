"""Our own reports, read back: their causes with today's playbooks, their request ids."""

from __future__ import annotations

from typing import Any

from ..engine.causes import causes
from ..engine.diagnosis import from_text
from ..engine.playbook_model import Match
from ..engine.playbook_set import PlaybookSet
from ..foundry.bodies import clean
from ..model import Confidence, Diagnosis, FactValue, RequestId, Target
from ..noun import Noun, replace
from ..redact import redact
from .ids import find_ids
from .lines import Line

_IDS = {
    "request_id": "request-id",
    "apim_request_id": "apim-request-id",
    "client_request_id": "x-ms-client-request-id",
}


class Own(Noun):
    diagnoses: tuple[Diagnosis, ...]
    request_ids: tuple[RequestId, ...]


def read_own(document: Any, file: str, playbooks: PlaybookSet) -> Own | None:
    """What a report document says; None where the document is none of ours."""
    if not isinstance(document, dict) or not isinstance(document.get("schema_version"), str):
        return None
    tool = document.get("tool")
    if not isinstance(tool, dict) or tool.get("name") != "foundry-doctor":
        return None
    reports = document.get("reports")
    several = reports if isinstance(reports, list) else [document]
    found: list[Diagnosis] = []
    ids: list[RequestId] = []
    for one in several:
        if isinstance(one, dict):
            found += _diagnoses(one, playbooks)
            ids += _ids(one, file)
    return Own(tuple(found), tuple(ids))


def _diagnoses(report: dict[str, Any], playbooks: PlaybookSet) -> list[Diagnosis]:
    found = []
    target = report.get("target")
    for one in _items(report, "diagnosis") or _items(report, "matches"):
        cause = one.get("cause")
        playbook = playbooks.get(cause) if isinstance(cause, str) and cause in causes() else None
        if playbook is None:
            continue
        facts: dict[str, FactValue] = {}
        match = Match(playbook, playbook.variants[-1], 0)
        diagnosis = from_text(match, (), facts, _target(target))
        found.append(
            replace(
                diagnosis,
                confidence=_confidence(one.get("confidence")),
                because=tuple(
                    _said(text) for text in one.get("because") or () if isinstance(text, str)
                ),
                undecided=(),
            )
        )
    return found


def _confidence(value: Any) -> Confidence:
    known = [one for one in Confidence if one.value == value]
    return known[0] if known else Confidence.POSSIBLE


def _said(text: str) -> str:
    return redact(clean(text))


def _target(value: Any) -> Target:
    resource = value.get("resource") if isinstance(value, dict) else None
    plain = isinstance(resource, str) and resource.replace("-", "").isalnum() and len(resource) < 65
    return Target(resource=resource) if plain else Target()


def _items(holder: dict[str, Any], name: str) -> list[dict[str, Any]]:
    value = holder.get(name)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _ids(report: dict[str, Any], file: str) -> list[RequestId]:
    found: list[RequestId] = []
    for number, one in enumerate(_items(report, "exchanges"), 1):
        time = one.get("sent_at")
        when = clean(time, 40) if isinstance(time, str) else None
        for field, name in _IDS.items():
            value = one.get(field)
            if isinstance(value, str):
                line = Line(number, f"{name}: {clean(value, 80)}", when)
                found += find_ids([line], file)
    for number, one in enumerate(_items(report, "request_ids"), 1):
        if isinstance(one.get("kind"), str) and isinstance(one.get("value"), str):
            line = Line(number, f"{clean(one['kind'], 40)}: {clean(one['value'], 80)}")
            found += find_ids([line], file)
    return found
