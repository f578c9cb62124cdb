"""Texts in, causes and request ids out. Offline; constant memory whatever the size."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from .._version import __version__
from ..engine.playbook_set import PlaybookSet, builtin_roots
from ..model import Diagnosis, Explanation, RequestId
from . import har
from .archive import MAGIC, Archive
from .ids import MAX_IDS, find_ids
from .judging import Judge, Named
from .lines import Line, records, split
from .ownreport import read_own
from .prefilter import Filter, Place, shape_of
from .prose import DOCUMENT_ENDINGS
from .reading import Record, read_record
from .source import Joined, Readable, Source

SMALL = 512 * 1024
"""Characters up to which a text is read line by line."""
MAX_DOCUMENT = 24 << 20
"""Characters of a HAR file or a report that are taken into memory at once."""
MAX_SHAPES = 5_000
OFTEN = 2
"""How many places of one shape are searched for request ids, beside the last."""
Progress = Callable[[Source], None]


def explain_files(paths: Sequence[Path], playbooks: PlaybookSet | None = None) -> Explanation:
    """Explain files together. Raises OSError for one that cannot be read."""
    explainer = Explainer(playbooks or PlaybookSet.load(builtin_roots()))
    for path in paths:
        with path.open("rb") as stream:
            explainer.take(stream, path.name)
    return explainer.result()


class Explainer:
    """Takes one input after the other, in the order of time; then says what it found."""

    def __init__(self, playbooks: PlaybookSet, progress: Progress | None = None) -> None:
        self._playbooks = playbooks
        self._judge = Judge(playbooks)
        self._progress = progress or (lambda _: None)
        self._ids: dict[tuple[str, str], RequestId] = {}
        self._own: list[Diagnosis] = []
        self._truncated = False

    def take(self, stream: BinaryIO, name: str) -> None:
        """Read one input to its end. Raises UsageError for a zip that cannot be read."""
        begin = stream.read(len(MAGIC))
        whole = Joined(begin, stream)
        if begin != MAGIC:
            self._take_plain(whole, name)
            return
        archive = Archive(whole, name)
        for member, inner in archive.inputs():
            self._take_plain(inner, f"{name}/{member}")
        self._truncated = self._truncated or archive.cut

    def _take_plain(self, stream: Readable, name: str) -> None:
        source = Source(stream, name)
        blocks = source.blocks()
        head, whole = _head(blocks)
        if head.lstrip()[:1] == "{" and self._document(head, blocks, whole, source):
            pass
        elif whole and len(head) <= SMALL:
            self._read(split(head, 1), name)
        else:
            self._stream(head, blocks, source)
        self._truncated = self._truncated or source.cut

    def result(self) -> Explanation:
        """What was found in everything taken so far."""
        found = (*self._own, *self._judge.results())
        kept = {one.cause: one for one in reversed(found)}
        ordered = tuple(one for one in found if kept.pop(one.cause, None) is not None)
        return Explanation(__version__, ordered, tuple(self._ids.values()), self._truncated)

    def _read(self, lines: Iterator[Line], name: str) -> None:
        written = name.lower().endswith(DOCUMENT_ENDINGS)
        known: dict[str, tuple[Record, Named | None]] = {}
        for group in records(lines):
            shape = shape_of("\n".join(line.text for line in group))
            if shape in known:
                self._judge.replay(*known[shape], group[0].number)
            else:
                record = read_record(group, written=written)
                known[shape] = (record, self._judge.take(record))
            self._keep(find_ids(group, name))

    def _document(self, head: str, blocks: Iterator[str], whole: bool, source: Source) -> bool:
        """Whether the input was one JSON document that has a form of its own, and was read."""
        start = head[:20_000]
        if '"entries"' not in start and '"schema_version"' not in start and '"log"' not in start:
            return False
        text = head
        if not whole:
            parts, size = [head], len(head)
            for block in blocks:
                parts.append(block)
                size += len(block)
                if size > MAX_DOCUMENT:
                    self._stream("".join(parts), blocks, source)
                    return True
            text = "".join(parts)
        try:
            document = json.loads(text)
        except (ValueError, RecursionError):
            return False if whole else self._stream(text, iter(()), source)
        if self._har(document, source.name) or self._report(document, source.name):
            return True
        return False if whole else self._stream(text, iter(()), source)

    def _har(self, document: Any, name: str) -> bool:
        entries = har.entries(document)
        if entries is None:
            return False
        for number, entry in enumerate(entries, 1):
            record, ids = har.read_entry(entry, number, name)
            self._judge.take(record)
            self._keep(iter(ids))
        return True

    def _report(self, document: Any, name: str) -> bool:
        own = read_own(document, name, self._playbooks)
        if own is None:
            return False
        self._own += own.diagnoses
        self._keep(iter(own.request_ids))
        return True

    def _stream(self, head: str, blocks: Iterator[str], source: Source) -> bool:
        """A log of any size: places that may matter, each shape analysed once."""
        sieve = Filter(self._judge.failing)
        known: dict[str, tuple[int, list[tuple[Record, Named | None]]]] = {}
        last: dict[str, Place] = {}
        for block in _chained(head, blocks):
            self._progress(source)
            for place in sieve.places(block):
                count, analysed = known.get(place.shape, (0, None))
                if analysed is None:
                    analysed = self._analyse(place, source.name)
                    if len(known) < MAX_SHAPES:
                        known[place.shape] = (1, analysed)
                    continue
                known[place.shape] = (count + 1, analysed)
                for record, named in analysed:
                    self._judge.replay(record, named, place.line)
                if count < OFTEN:
                    self._keep(find_ids(place.lines(), source.name))
                elif any(named for _, named in analysed):
                    last[place.shape] = place
        for place in sorted(last.values(), key=lambda one: one.line):
            self._keep(find_ids(place.lines(), source.name))
        return True

    def _analyse(self, place: Place, name: str) -> list[tuple[Record, Named | None]]:
        written = name.lower().endswith(DOCUMENT_ENDINGS)
        found = []
        lines = list(place.lines())
        for group in records(lines):
            record = read_record(group, written=written)
            found.append((record, self._judge.take(record)))
        self._keep(find_ids(lines, name))
        return found

    def _keep(self, ids: Iterator[RequestId]) -> None:
        for one in ids:
            self._ids.pop((one.kind, one.value), None)
            self._ids[one.kind, one.value] = one
            if len(self._ids) > MAX_IDS:
                self._ids.pop(next(iter(self._ids)))
                self._truncated = True


def _head(blocks: Iterator[str]) -> tuple[str, bool]:
    """The first blocks, and whether they are the whole input."""
    parts, size = [], 0
    for block in blocks:
        parts.append(block)
        size += len(block)
        if size > SMALL:
            return "".join(parts), False
    return "".join(parts), True


def _chained(head: str, blocks: Iterator[str]) -> Iterator[str]:
    yield head
    yield from blocks
