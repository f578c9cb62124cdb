"""Zip files: a support bundle of ours, or logs that somebody packed together."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator

from ..errors import UsageError
from .source import Readable

MAGIC = b"PK\x03\x04"
MAX_PACKED = 64 << 20
"""Bytes of the archive itself."""
MAX_MEMBERS = 200
MAX_UNPACKED = 512 << 20
"""Bytes that all members together may unpack to; what claims more is left out."""
BUNDLE = ("manifest.json", "report.json")
"""The members by which a bundle is known."""
_DAMAGE = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, struct.error, EOFError, OSError,
    ValueError, NotImplementedError, RuntimeError,
)  # fmt: skip
"""What zipfile raises for damage, for methods it does not know and for what wants a password."""
_ENCRYPTED = 0x1


class Archive:
    """An opened zip. `cut` where members were left out. Raises UsageError for a damaged one."""

    def __init__(self, stream: Readable, name: str) -> None:
        data = stream.read(MAX_PACKED + 1)
        if len(data) > MAX_PACKED:
            raise UsageError(
                f"{name} cannot be read: a zip of more than {MAX_PACKED >> 20} MB",
                advice="Unpack it and name the files.",
            )
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
            self._members = self._zip.infolist()
        except _DAMAGE as error:
            raise UsageError(
                f"{name} cannot be read: it begins like a zip and is none, or is cut off"
            ) from error
        self.cut = False
        self.is_bundle = {one.filename for one in self._members} >= set(BUNDLE)

    def inputs(self) -> Iterator[tuple[str, Readable]]:
        """The members worth reading, by name: of a bundle its report and what logs said."""
        left = MAX_UNPACKED
        # A bundle's own report speaks before what was read from a log that was added to it.
        ordered = sorted(self._members, key=lambda one: (one.filename != BUNDLE[1], one.filename))
        for number, one in enumerate(ordered):
            if one.filename.endswith("/") or (self.is_bundle and not _of_bundle(one.filename)):
                continue
            if number >= MAX_MEMBERS or one.flag_bits & _ENCRYPTED or one.file_size > left:
                self.cut = True
                continue
            left -= one.file_size
            try:
                # A member never gives more than its header claims, and then says that it is bad.
                with self._zip.open(one) as member:
                    yield one.filename, io.BytesIO(member.read(one.file_size))
            except _DAMAGE:
                self.cut = True


def _of_bundle(name: str) -> bool:
    return name == "report.json" or (name.startswith("explain") and name.endswith(".json"))
