"""Opening what people paste: plain, gzip, UTF-8 or UTF-16, with or without a byte-order mark.

Everything is read in blocks of whole lines, so that a log of any size costs the same memory.
"""

from __future__ import annotations

import codecs
import zlib
from collections.abc import Iterator
from typing import Protocol

BLOCK = 1 << 20
"""Bytes read at a time."""
MAX_BYTES = 4 << 30
"""Bytes read at the most, after decompression; what follows is left out, and said so."""
MAX_LINE = 1 << 18
"""Characters of a line without an end before it is cut into pieces."""
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"), (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)  # fmt: skip


class Readable(Protocol):
    """What is asked of an input."""

    def read(self, size: int = -1, /) -> bytes: ...


class Joined:
    """A stream of which the beginning has been read already."""

    def __init__(self, begin: bytes, stream: Readable) -> None:
        self._begin, self._stream = begin, stream

    def read(self, size: int = -1, /) -> bytes:
        """As a stream's `read`; the first answer holds the beginning."""
        begin, self._begin = self._begin, b""
        if size < 0:
            return begin + self._stream.read()
        return begin + self._stream.read(max(0, size - len(begin)))


class Source:
    """One opened input. `cut` is set when something of it could not be read."""

    def __init__(self, stream: Readable, name: str) -> None:
        self.name = name
        self.cut = False
        self.bytes_read = 0
        """Of the input as it lies there, for progress."""
        self._stream = stream

    def blocks(self) -> Iterator[str]:
        """The text in pieces that end where a line ends. NUL bytes and bad bytes are harmless."""
        decoder: codecs.IncrementalDecoder | None = None
        rest = ""
        for data in self._data():
            if decoder is None:
                encoding, skip = _encoding(data)
                decoder = codecs.getincrementaldecoder(encoding)("replace")
                data = data[skip:]  # noqa: PLW2901 - without its mark, it is the same block
            text = rest + decoder.decode(data)
            end = max(text.rfind("\n"), text.rfind("\r", 0, -1)) + 1
            if not end and len(text) >= MAX_LINE:
                end = len(text)
            rest = text[end:]
            if end:
                yield text[:end]
        if decoder is not None:
            rest += decoder.decode(b"", final=True)
        if rest:
            yield rest

    def _data(self) -> Iterator[bytes]:
        """Blocks of bytes, decompressed."""
        total = 0
        for data in self._plain():
            total += len(data)
            if total > MAX_BYTES:
                self.cut = True
                return
            yield data

    def _plain(self) -> Iterator[bytes]:
        first = self._read()
        if not first.startswith(b"\x1f\x8b"):
            while first:
                yield first
                first = self._read()
            return
        unzip, whole = zlib.decompressobj(31), True
        while first:
            try:
                data = unzip.decompress(first, BLOCK)
            except zlib.error:
                self.cut = True  # damaged: what came before is still worth reading
                return
            if data:
                yield data
            whole = unzip.eof
            if whole:  # another member may follow, as in appended logs
                first = unzip.unused_data.lstrip(b"\0") or self._read()
                unzip = zlib.decompressobj(31)
            else:
                first = unzip.unconsumed_tail or self._read()
        self.cut = self.cut or not whole

    def _read(self) -> bytes:
        data = self._stream.read(BLOCK)
        self.bytes_read += len(data)
        return data


def _encoding(data: bytes) -> tuple[str, int]:
    """The encoding of the first block, and how many bytes its mark takes."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return encoding, len(mark)
    head = data[:512]
    # PowerShell's `>` writes UTF-16 with a mark; tools that strip it leave every second byte zero.
    if len(head) >= 8 and head[1::2].count(0) > 0.8 * len(head[1::2]) and head[::2].count(0) < 2:
        return "utf-16-le", 0
    return "utf-8", 0
