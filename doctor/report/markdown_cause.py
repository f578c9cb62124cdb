"""One cause in Markdown: the fix first, then the cause, the proof, and what is open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .markdown_escape import code, fence, words
from .markdown_parts import Part
from .view_nouns import Cause, Code, Step

SHELLS = {"bash": "In bash:", "pwsh": "In PowerShell:"}


def cause_parts(one: Cause, level: int, weight: int) -> Iterator[Part]:
    """The parts of a cause below headings of a level; `weight` is that of the fix."""
    mark = "#" * level
    of = "" if weight == 1 else " of further causes"
    if one.steps:
        items = tuple(_step(number, step) for number, step in enumerate(one.steps, 1))
        yield Part(
            f"the fix{of}", weight, f"{mark} Fix\n\n", items, more="\n... and {n} more steps\n"
        )
    if one.verify:
        head = f"Then check it:\n\n{fence(one.verify.text, one.verify.shell or 'bash')}"
        yield Part(f"the command that checks the fix{of}", weight + 1, head)
    yield Part(f"the cause{of}", weight, f"{mark} Cause\n\n{_cause(one)}")
    yield from _listed(f"why{of}", weight + 3, f"{mark} Why", map(words, one.because))
    if one.quote:
        head = f"{mark} Request ids to quote\n\n{fence(one.quote.text)}"
        yield Part(f"the request ids to quote{of}", weight + 2, head)
    open_ = [f"{code(other.cause)}: decided by {advised(other.code, other.text)}"
             for other in one.undecided]  # fmt: skip
    yield from _listed(f"what is undecided{of}", weight + 4, f"{mark} Undecided", open_)
    out = [f"{', '.join(map(code, names.split(', ')))}: {words(why)}"
           for names, why in one.ruled_out]  # fmt: skip
    yield from _listed(f"what is ruled out{of}", weight + 5, f"{mark} Ruled out", out)


def _listed(
    what: str, weight: int, heading: str, texts: Iterator[str] | Sequence[str]
) -> list[Part]:
    part = listed(what, weight, heading, texts)
    return [part] if part.items else []


def listed(what: str, weight: int, heading: str, texts: Iterator[str] | Sequence[str]) -> Part:
    """A list below its heading."""
    return Part(what, weight, f"{heading}\n\n", tuple(f"- {text}\n" for text in texts))


def advised(command: Code | None, text: str) -> str:
    """Advice: its command, and what is said of it."""
    return " ".join(filter(None, (code(command.text) if command else "", words(text))))


def _cause(one: Cause) -> str:
    about = f" for {words(one.subjects)}" if one.subjects else ""
    lines = [f"{code(one.id)} ({words(one.confidence)}){about}"]
    if one.who:
        lines.append(f"Who can end it: {words(one.who)}")
    if one.wait:
        lines.append(words(one.wait))
    lines.append(f"More about this cause: {code(one.more)}")
    return "".join(f"- {line}\n" for line in lines)


def _step(number: int, step: Step) -> str:
    mark = f"{number}. "
    indent = " " * len(mark)
    who = f"**{words(step.who)}:** " if step.who else ""
    blocks = [f"{mark}{who}{words(step.text) or '...'}\n"]
    for one in step.codes:
        if one.choice:
            blocks.append(f"{indent}{SHELLS[one.shell]}\n")
        blocks.append(fence(one.text, one.shell, indent))
    if step.link:
        blocks.append(f"{indent}{_link(step.link.text, step.link.href)}\n")
    # A blank line before the next step, too: half a list with and half without looks torn.
    return "\n".join(blocks) if number == 1 else "\n" + "\n".join(blocks)


def _link(text: str, href: str | None) -> str:
    """A link where the host is one that the program sends readers to; else its text as code."""
    if href is None or any(ch in href for ch in "<>`|"):
        return code(text)
    return f"<{href}>"
