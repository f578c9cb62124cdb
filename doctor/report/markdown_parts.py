"""The parts of a Markdown page, and which of them stay where only so many bytes fit.

A part is whole in itself: no fence, table or `<details>` reaches from one into the next, so that
whatever is left out, the rest reads.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..noun import Noun, replace

NOTICE = "*Left out, for the limit is {limit} bytes: {what}. `-o json` has everything.*\n"


NAMED = 5
"""Parts that the notice names; where bytes are few, they are better spent otherwise."""


class Part(Noun):
    """A piece of the page: `head`, the items, `tail`; `more` says how many items were cut off."""

    what: str
    """In the notice: "the checks that passed"."""
    weight: int
    """Parts of the largest weight go first."""
    head: str
    items: tuple[str, ...] = ()
    tail: str = ""
    more: str = "- ... and {n} more\n"
    cut: int = 0

    @property
    def text(self) -> str:
        rest = self.more.format(n=self.cut) if self.cut else ""
        return "".join((self.head, *self.items, rest, self.tail))

    def within(self, room: int) -> Part | None:
        """The part with so many items that it takes at most `room` bytes; None if none fits."""
        left = room - size(replace(self, items=(), cut=len(self.items) + self.cut).text)
        kept = 0
        for item in self.items:
            left -= size(item)
            if left < 0:
                break
            kept += 1
        if kept == 0:
            return None
        return replace(self, items=self.items[:kept], cut=self.cut + len(self.items) - kept)


def size(text: str) -> int:
    """Bytes of a text in a file."""
    return len(text.encode("utf-8"))


def joined(parts: Sequence[Part]) -> str:
    """The page."""
    return "\n".join(part.text for part in parts)


def fitted(parts: Sequence[Part], limit: int) -> str | None:
    """The page in at most `limit` bytes, with a statement of what it leaves out.

    None where not even the lightest parts fit beside that statement.
    """
    whole = joined(parts)
    if size(whole) <= limit:
        return whole
    names = sorted({part.what for part in parts}, key=len)[-NAMED - 1 :]
    room = limit - size(notice(f"{', '.join(names)} and {len(parts)} other parts", limit)) - 1
    kept: list[Part | None] = list(parts)
    excess = size(whole) - room
    for index in sorted(range(len(parts)), key=lambda at: (-parts[at].weight, -at)):
        if excess <= 0:
            break
        part = parts[index]
        before = size(part.text)
        shorter = part.within(before - excess) if part.items else None
        kept[index] = shorter
        excess -= before - size(shorter.text) if shorter else before + 1
    if excess > 0 or not any(kept):
        return None
    gone = [part for part, left in zip(parts, kept, strict=True) if left is not part]
    return joined([part for part in kept if part]) + "\n" + notice(_names(gone), limit)


def notice(what: str, limit: int) -> str:
    """The statement of what is left out."""
    return NOTICE.format(limit=limit, what=what)


def _names(gone: Sequence[Part]) -> str:
    names = list(dict.fromkeys(part.what for part in gone))
    if len(names) > NAMED + 1:
        return f"{', '.join(names[:NAMED])} and {len(names) - NAMED} other parts"
    return ", ".join(names)
