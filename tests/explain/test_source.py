"""Opening inputs: encodings, gzip, damage, endless lines; nothing hangs and nothing is lost."""

from __future__ import annotations

import gzip
import io

import pytest

from foundry_doctor.explain import source as source_module
from foundry_doctor.explain.source import Source

TEXT = "Error code: 403 – naïve\nsecond line\n"


def read(data: bytes) -> tuple[str, Source]:
    source = Source(io.BytesIO(data), "x")
    return "".join(source.blocks()), source


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_encodings_with_a_mark(encoding: str) -> None:
    assert read(TEXT.encode(encoding))[0] == TEXT


def test_utf_16_without_its_mark() -> None:
    assert read("plain text in two bytes".encode("utf-16-le"))[0] == "plain text in two bytes"


def test_gzip_of_several_members() -> None:
    data = gzip.compress(b"one\n") + gzip.compress(b"two\n")
    text, source = read(data)
    assert text == "one\ntwo\n"
    assert not source.cut


@pytest.mark.parametrize("end", [-1, -9, 20])
def test_gzip_that_is_cut_is_said_to_be(end: int) -> None:
    data = gzip.compress(bytes(range(256)) * 500)
    assert read(data[:end])[1].cut


def test_gzip_with_damage_in_the_middle() -> None:
    data = bytearray(gzip.compress(TEXT.encode() * 2000))
    data[60:80] = b"\xff" * 20
    assert read(bytes(data))[1].cut


def test_bad_bytes_and_zeros_are_harmless() -> None:
    text, source = read(b"\xff\xfe\x00A\x00" + b"\x00" * 50 + b"\x80abc")
    assert text
    assert not source.cut


def test_a_block_ends_where_a_line_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_module, "BLOCK", 10)
    blocks = list(Source(io.BytesIO(b"first\nsecond\nthird\nno end"), "x").blocks())
    assert "".join(blocks) == "first\nsecond\nthird\nno end"
    assert all(block.endswith("\n") for block in blocks[:-1])


def test_too_much_is_cut_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_module, "MAX_BYTES", 3 << 20)
    bomb = gzip.compress(b"\0" * (20 << 20))
    text, source = read(bomb)
    assert source.cut
    assert len(text) <= 3 << 20


def test_a_line_without_end_is_given_in_pieces() -> None:
    pieces = list(Source(io.BytesIO(b"x" * (5 << 20)), "x").blocks())
    assert len(pieces) > 1
    assert sum(map(len, pieces)) == 5 << 20
