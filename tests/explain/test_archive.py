"""Damaged zips: one clear sentence, or what can be read; never a traceback."""

from __future__ import annotations

import contextlib
import io
import random
import zipfile

from foundry_doctor.errors import UsageError
from foundry_doctor.explain.archive import Archive


def packed() -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.log", "error 401 " * 200)
        archive.writestr("folder/b.log", "error 429 " * 100)
    return whole.getvalue()


def test_whatever_bytes_are_changed() -> None:
    """An entry without a name, a method that does not exist, a password that is not there…"""
    whole, chance = packed(), random.Random(2)
    for _ in range(3000):
        changed = bytearray(whole)
        for _ in range(chance.randint(1, 6)):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
        with contextlib.suppress(UsageError):
            for _, member in Archive(io.BytesIO(bytes(changed)), "x.zip").inputs():
                member.read(1 << 20)
