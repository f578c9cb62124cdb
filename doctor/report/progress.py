"""The line on stderr while a check runs."""

from __future__ import annotations

from ..model import Status
from .clean import clean, to_ascii
from .layout import cells


def render_progress_line(
    check_id: str,
    title: str,
    *,
    status: Status | None = None,
    subject: str | None = None,
    done: int | None = None,
    total: int | None = None,
    width: int = 80,
    ascii: bool = False,  # noqa: A002 - says it best
) -> str:
    """`… dns.resolve: the endpoint's name resolves`, or with its status once that is known.

    Always one line, without its line break, short of `width` so that a terminal can overwrite it.
    """
    mark = "…" if status is None else status.value.upper()
    count = f" {done}/{total}" if done is not None and total is not None else ""
    about = f" [{subject}]" if subject else ""
    line = clean(f"{mark}{count} {check_id}{about}: {title}")
    if ascii:
        line = to_ascii(line)
    if cells(line) < width:
        return line
    end = "..." if ascii else "…"
    line = line[: max(0, width)]
    while line and cells(line) + len(end) >= width:
        line = line[:-1]
    return line.rstrip() + end
