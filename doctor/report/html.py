"""The report as one HTML page that opens from disk: no request, no server, no library.

Whatever comes from outside was cleaned in `view.py` and is escaped by the template. Should a text
become markup all the same, the page's own policy lets no other script or style run than the two
files beside this module, known by their hashes.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from importlib.resources import files

from ..model import Report
from .rows import duration
from .view import view
from .waterfall import PHASES, WIDTH

MAX_TITLE = 120


def render_html(report: Report) -> str:
    """The page of one target."""
    return render_html_many([report])


def render_html_many(reports: Sequence[Report]) -> str:
    """The page of several targets, each a chapter; of a single one, the page is its own."""
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    style, script = _text("report.css"), _text("report.js")
    views = [view(report) for report in reports]
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = environment.from_string(_text("report.html.j2"))
    first = views[0]
    # No colon: `PASS: name` reads like a password to whoever redacts the page.
    title = f"{first.word} - {first.headlines[0]}" if len(views) == 1 else f"{len(views)} targets"
    return template.render(
        views=views,
        title=f"{title[:MAX_TITLE]} - foundry-doctor",
        policy=_policy(style, script),
        style=Markup(style),  # noqa: S704 - our own files
        script=Markup(script),  # noqa: S704
        ids=_Ids(),
        phases=PHASES,
        width=WIDTH,
        duration=duration,
    ).lstrip() + "\n"  # fmt: skip


def own_parts() -> tuple[str, str]:
    """Style and script, as every page holds them."""
    return _text("report.css").strip("\n"), _text("report.js").strip("\n")


class _Ids:
    """Ids for what can be copied: never made of foreign text."""

    def __init__(self) -> None:
        self._last = 0

    def next(self) -> str:
        self._last += 1
        return f"c{self._last}"


def _policy(style: str, script: str) -> str:
    rules = (
        "default-src 'none'",
        f"style-src '{_hash(style)}'",
        f"script-src '{_hash(script)}'",
        "base-uri 'none'",
        "form-action 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
    return "; ".join(rules)


def _hash(text: str) -> str:
    from base64 import b64encode

    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _text(name: str) -> str:
    # A checkout on Windows may have other line breaks; a browser hashes what it normalised.
    return files(__package__).joinpath(name).read_text("utf-8").replace("\r\n", "\n")
