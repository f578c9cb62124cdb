"""What a run would call, for `--plan`: nothing is called to say so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .document import SCHEMA_VERSION, TOOL, Document
from .layout import Page, to_ansi, to_text

ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """One call that a run may make."""

    purpose: str
    """What it is to find out, in words."""
    method: str
    """`POST`, `GET`, or what it is when it is no HTTP: `DNS`, `TCP`, `TLS`."""
    url_or_host: str
    credential: str
    """The kind of credential that travels with it, `none` where none does; never the credential."""
    when: str = ALWAYS
    """`always`, or the condition in words: `only after a 401`."""


def render_plan(
    plan: Sequence[PlannedCall],
    *,
    width: int = 80,
    color: bool = False,
    ascii: bool = False,  # noqa: A002 - says it best
) -> str:
    """The plan as text: what a run always calls, then what it calls only on a condition."""
    page = Page(width, ascii=ascii)
    sure = [call for call in plan if call.when == ALWAYS]
    maybe = [call for call in plan if call.when != ALWAYS]
    number = f"{len(sure)} {'call' if len(sure) == 1 else 'calls'}"
    more = f", and up to {len(maybe)} more if these leave a question open" if maybe else ""
    page.field("PLAN", ("strong", f"A run would make {number}{more}. None was made now."))
    for label, calls in (("ALWAYS", sure), ("MAYBE", maybe)):
        if calls:
            page.blank()
        for position, call in enumerate(calls):
            head = (("label", label if position == 0 else ""),)
            page.flow((("kept", f"{call.method} {call.url_or_host}"),), prefix=head)
            below = (page.indent + 2,)
            page.flow((call.purpose,), stops=below)
            page.flow((f"credential: {call.credential}",), stops=below)
            if call.when != ALWAYS:
                page.flow((f"when: {call.when}",), stops=below)
    return to_ansi(page.lines) if color else to_text(page.lines)


def plan_document(plan: Sequence[PlannedCall], *, version: str) -> Document:
    """The plan for `-o json`."""
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": TOOL, "version": version},
        "plan": [
            {
                "purpose": call.purpose,
                "method": call.method,
                "url_or_host": call.url_or_host,
                "credential": call.credential,
                "when": call.when,
            }
            for call in plan
        ],
    }
