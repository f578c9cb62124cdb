"""A small gzip body that inflates to any size, made while it is sent."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

_BLOCK = 1 << 20
_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_END = b"\x03\x00"


def zeros(size: int) -> tuple[int, Iterator[bytes]]:
    """A gzip stream of `size` zero bytes: its compressed length, and its pieces.

    One full-flushed deflate block stands for 1 MiB and is repeated, so neither side's data is ever
    held at once; a single gzip member, because many clients stop after the first.
    """
    whole, rest = divmod(size, _BLOCK)
    block, last = _deflated(_BLOCK), _deflated(rest)
    length = len(_HEAD) + whole * len(block) + len(last) + len(_END) + 8

    def pieces() -> Iterator[bytes]:
        yield _HEAD
        checksum, data = 0, bytes(_BLOCK)
        for _ in range(whole):
            checksum = zlib.crc32(data, checksum)
            yield block
        checksum = zlib.crc32(data[:rest], checksum)
        yield last + _END
        yield checksum.to_bytes(4, "little") + (size & 0xFFFFFFFF).to_bytes(4, "little")

    return length, pieces()


def _deflated(size: int) -> bytes:
    if size == 0:
        return b""
    deflater = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return deflater.compress(bytes(size)) + deflater.flush(zlib.Z_FULL_FLUSH)
