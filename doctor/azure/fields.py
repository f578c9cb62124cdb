"""Reading foreign JSON: every function takes anything and returns what is usable, or None."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any
from urllib.parse import SplitResult, urlsplit

from ..network.client import printable

Document = Mapping[str, Any]
NOTHING: Document = {}
TEXT_LIMIT = 400
_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    r"|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?"  # OSC, DCS and the like, with what they carry
    r"|\x1b[ -/]*[0-~]"  # the other escapes
)
_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.\d{1,12})?\s*([Zz]|[+-]\d\d:?\d\d)?"
)
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def document_of(data: bytes) -> Any:
    """The decoded JSON; None for what is none."""
    try:
        return json.loads(data.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):
        return None


def mapping(value: object) -> Document:
    """The object itself, or an empty one for anything else."""
    return value if isinstance(value, dict) else NOTHING


def inside(value: object, *names: str) -> Any:
    """What stands under these names, one below the other; None where a step is missing."""
    for name in names:
        value = mapping(value).get(name)
    return value


def rows(value: object) -> tuple[Document, ...]:
    """The objects of a list; what is no object is left out."""
    return tuple(one for one in value if isinstance(one, dict)) if isinstance(value, list) else ()


def text(value: object, limit: int = TEXT_LIMIT) -> str | None:
    """One line of printable text without terminal escapes; None where there is none."""
    if not isinstance(value, str):
        return None
    plain = _ESCAPES.sub("", value[: limit * 4])
    return printable(" ".join(plain.split()), limit) or None


def texts(value: object) -> tuple[str, ...]:
    """The texts of a list, cleaned."""
    found = (text(one) for one in value) if isinstance(value, list) else ()
    return tuple(one for one in found if one is not None)


def flag(value: object) -> bool | None:
    """A JSON boolean, or the texts that Azure writes in its place."""
    if isinstance(value, bool):
        return value
    known = {"true": True, "false": False}
    return known.get(value.strip().lower()) if isinstance(value, str) else None


def number(value: object) -> int | None:
    """A whole number; a fraction is cut, what is not finite is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        return int(value)
    except (ValueError, OverflowError):
        return None


def moment(value: object) -> datetime | None:
    """An ISO 8601 time, also with the seven decimals that Azure writes, as aware UTC.

    A date alone is its midnight, and a time without a zone is taken as UTC.
    """
    found = _TIME.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        return _midnight(value)
    zone = (found[3] or "Z").upper().replace("Z", "+00:00")
    try:
        return datetime.fromisoformat(
            f"{found[1]}T{found[2]}{zone if ':' in zone else zone[:3] + ':' + zone[3:]}"
        ).astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None


def _midnight(value: object) -> datetime | None:
    if not isinstance(value, str) or not _DAY.fullmatch(value.strip()):
        return None
    try:
        return datetime.fromisoformat(value.strip()).replace(tzinfo=timezone.utc)
    except ValueError:
        return None


def seconds_since(then: datetime | None, now: datetime) -> int | None:
    """Whole seconds, never negative: clocks of two services may differ by a little."""
    return None if then is None else max(0, int((now - then).total_seconds()))


def split_url(value: object) -> SplitResult | None:
    """The parts of an https URL with a host; None for anything else."""
    if not isinstance(value, str):
        return None
    try:
        parts = urlsplit(value.strip())
        usable = parts.scheme.lower() == "https" and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return parts if usable else None


def address(value: object) -> tuple[str, int] | None:
    """Host in lower case, and port, of an https URL."""
    parts = split_url(value)
    return ((parts.hostname or "").lower(), parts.port or 443) if parts else None
