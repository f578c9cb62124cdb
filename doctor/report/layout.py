"""Lines of styled words: laid out once, then joined as plain text or coloured by rich.

One grid throughout: a label or a status in the first column, the words beside it with a hanging
indent. Words are never broken and commands never wrapped, so whatever is shown can be copied.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from io import StringIO
from itertools import groupby

from .clean import clean, clean_lines, to_ascii

Span = tuple[str, str]
"""A style's name and a text."""
Line = tuple[Span, ...]

MAX_WIDTH = 100
COLUMN = 10
"""Longest label, `UNDECIDED`, and a space."""
NARROW = 48
"""Below this width the first column costs more than it gives."""

STYLES = {
    "": "",
    "label": "bold",
    "strong": "bold",
    "id": "",
    "mark": "",
    "command": "bold cyan",
    "kept": "",
    "quiet": "dim",
    "pass": "green",
    "warn": "bold yellow",
    "fail": "bold red",
    "skip": "dim",
    "unknown": "bold magenta",
    "error": "bold red",
}

UNBROKEN = ("command", "kept")
"""Styles of texts that stay on one line although they hold spaces."""


class Page:
    """Collects lines. Every text that enters is cleaned; `ascii` folds what is not ASCII."""

    def __init__(self, width: int, *, ascii: bool = False) -> None:  # noqa: A002 - says it best
        self.width = max(20, min(width, MAX_WIDTH))
        self.indent = COLUMN if self.width >= NARROW else 2
        self.lines: list[Line] = []
        self._ascii = ascii

    def field(self, label: str, *words: str | Span, style: str = "label") -> None:
        """A paragraph beside its label; an empty label continues the field above."""
        self.flow(words, prefix=((style, label),) if label else ())

    def bullets(self, label: str, items: Sequence[str | Line]) -> None:
        """One item reads as a sentence, several as a list."""
        for number, item in enumerate(items):
            words = (item,) if isinstance(item, str) else item
            head = label if number == 0 else ""
            if len(items) == 1:
                self.field(head, *words)
            else:
                self._marked(head, "-", *words)

    def steps(self, label: str, number: int, text: str) -> None:
        """A step of a numbered list; the label stands beside the first."""
        self._marked(label, f"{number}.", text)

    def _marked(self, label: str, mark: str, *words: str | Span) -> None:
        stops = (self.indent, self.indent + len(mark) + 1)
        self.flow(words, prefix=(("label", label), ("mark", mark)), stops=stops)

    def command(self, text: str, *, label: str = "", inner: int = 2) -> None:
        """Its own line or lines, never wrapped: it must survive being copied."""
        lines = clean_lines(text.strip())
        while lines and not lines[-1]:
            lines.pop()
        for number, line in enumerate(lines):
            if not line:
                self.lines.append(())
                continue
            head = f"{label if number == 0 else '':<{self.indent - 1}} " if label else ""
            pad = head or " " * (self.indent + inner)
            self._emit([("label" if head else "", pad), ("command", self._fold(line))])

    def one_line(self, label: str, text: str, *, style: str) -> None:
        """A line that is never wrapped, whatever its length: scripts take it as a whole."""
        self._emit([(style, label), ("", " " * max(1, self.indent - len(label))),
                    ("strong", self._fold(clean(text)))])  # fmt: skip

    def blank(self) -> None:
        """One empty line, never two, and none at the top."""
        if self.lines and self.lines[-1]:
            self.lines.append(())

    def flow(
        self,
        words: Iterable[str | Span],
        *,
        prefix: Line = (),
        stops: Sequence[int] = (),
        inner: int = 0,
    ) -> None:
        """Words side by side, broken between words; further lines hang below the first word.

        Each span of `prefix` fills its column up to its stop, by default the page's first column;
        `inner` indents further lines more, under a bullet.
        """
        stops = stops or (self.indent,)
        edge = stops[-1]
        line: list[Span] = []
        used, fresh = 0, True  # fresh: the next word needs no space before it
        for (style, text), stop in zip(prefix or (("", ""),), stops, strict=True):
            cell = ("" if fresh else " ") + self._fold(clean(text))
            used += cells(cell)
            line += [(style, cell), ("", " " * (stop - used))]
            fresh = used < stop
            used = max(used, stop)
        for style, word in self._words(words):
            gap = "" if fresh else " "
            if not fresh and used + 1 + cells(word) > self.width:
                self._emit(line)
                used, gap = edge + inner, ""
                line = [("", " " * used)]
            line.append((style, gap + word))
            used += len(gap) + cells(word)
            fresh = False
        self._emit(line)

    def _words(self, parts: Iterable[str | Span]) -> Iterable[Span]:
        for part in parts:
            style, text = ("", part) if isinstance(part, str) else part
            text = self._fold(clean(text))
            if text and style in UNBROKEN:
                yield style, text
            else:
                yield from ((style, word) for word in text.split())

    def _fold(self, text: str) -> str:
        return to_ascii(text) if self._ascii else text

    def _emit(self, spans: Sequence[Span]) -> None:
        merged = [
            (style, "".join(text for _, text in group))
            for style, group in groupby(spans, key=lambda span: span[0])
        ]
        while merged and not merged[-1][1].rstrip():
            merged.pop()
        if merged:
            merged[-1] = (merged[-1][0], merged[-1][1].rstrip())
        if merged:
            self.lines.append(tuple(merged))


def advice(text: str) -> list[Span]:
    """Advice that may begin with a command: the command kept whole, what explains it behind it."""
    text = clean(text)
    if not text.startswith(("-", "az ", "foundry-doctor ")):
        return [("", text)]
    found = re.search(r": | \(", text)
    if found is None or any(text[: found.start()].count(quote) % 2 for quote in "'\""):
        return [("command", text)]
    rest = text[found.start() :].removeprefix(":").strip()
    return [("command", text[: found.start()]), ("", rest if rest[:1] == "(" else f"({rest})")]


def cells(text: str) -> int:
    """Columns that a terminal gives to a text: East Asian wide 2, combining marks 0."""
    if text.isascii():
        return len(text)
    from unicodedata import category, east_asian_width

    return sum(
        0 if category(ch) in ("Mn", "Me", "Cf") else 1 + (east_asian_width(ch) in "WF")
        for ch in text
    )


def to_text(lines: Iterable[Line]) -> str:
    """Plain text: what a pipe, a log and a screen reader get."""
    return "".join("".join(text for _, text in line) + "\n" for line in lines)


def to_ansi(lines: Iterable[Line]) -> str:
    """The same words with colours for a terminal."""
    from rich.console import Console
    from rich.text import Text

    # No environment: NO_COLOR and its like have been judged by whoever asks for colour.
    console = Console(
        file=StringIO(), force_terminal=True, color_system="standard", legacy_windows=False,
        width=MAX_WIDTH, _environ={},
    )  # fmt: skip
    with console.capture() as captured:
        for line in lines:
            # Text and never a string: rich reads markup, emoji codes and numbers in strings.
            words = Text.assemble(*((text, STYLES[style]) for style, text in line))
            console.print(words, soft_wrap=True)
    return captured.get()
