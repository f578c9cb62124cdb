"""Opening an archive that anybody may have made: bounded, and never onto the disk."""

from __future__ import annotations

import io
import os
import stat
import struct
import zipfile
import zlib
from pathlib import Path

from ..errors import UsageError
from ..noun import Noun

MAX_FILE = 8 << 20
"""Bytes of the archive: a bundle has at most 4 MB."""
MAX_DIRECTORY = 256 << 10
MAX_ENTRIES = 200
MAX_MEMBER = 32 << 20
MAX_TOTAL = 64 << 20
"""Bytes of everything, inflated."""
_STEP = 1 << 18
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class Archive(Noun):
    """What an archive holds. `problems` name entries that no bundle has; they are not read."""

    name: str
    size: int
    files: dict[str, bytes]
    problems: tuple[str, ...] = ()


def read_archive(path: Path) -> Archive:
    """Read an archive within the limits. Raises UsageError for what cannot be read at all."""
    data = _bytes(path)
    _check_directory(data, path)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) > MAX_ENTRIES:
                raise _unreadable(path, f"it has {len(entries)} entries, {MAX_ENTRIES} are read")
            return _read(archive, entries, path, len(data))
    except (
        zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, struct.error, EOFError, OSError,
        ValueError, NotImplementedError, RuntimeError,
    ) as error:  # fmt: skip
        raise _unreadable(path, "it is no whole zip file: cut off, or damaged") from error


def _bytes(path: Path) -> bytes:
    try:
        # Opened without blocking: a FIFO would wait for a writer for ever.
        handle = os.open(
            path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        )
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "no path"
        raise _unreadable(path, str(why)) from error
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise _unreadable(path, "it is no file")
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(file.fileno())
        if found.st_size > MAX_FILE:
            raise _unreadable(path, f"it has {found.st_size} bytes, a bundle has at most 4 MB")
        return file.read(MAX_FILE + 1)


def _check_directory(data: bytes, path: Path) -> None:
    """Look at the end record before zipfile builds an object for each entry of the directory."""
    at = data.rfind(b"PK\x05\x06", max(0, len(data) - 65557))
    if at < 0 or len(data) < at + 22:
        raise _unreadable(path, "it is no whole zip file")
    count, size = struct.unpack("<HI", data[at + 10 : at + 16])
    if data[max(0, at - 20) : at].startswith(b"PK\x06\x07"):
        raise _unreadable(path, "it is a zip64 file, which no bundle is")
    if size > MAX_DIRECTORY or count > MAX_ENTRIES:
        raise _unreadable(path, f"it has {count} entries, {MAX_ENTRIES} are read")


def _read(
    archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], path: Path, size: int
) -> Archive:
    files: dict[str, bytes] = {}
    problems: list[str] = []
    left = MAX_TOTAL
    for entry in entries:
        problem = _problem(entry, files)
        if problem:
            problems.append(problem)
            continue
        data = _inflated(archive, entry, min(left, MAX_MEMBER), path)
        left -= len(data)
        files[entry.filename] = data
    return Archive(path.name, size, files, tuple(problems))


def _inflated(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int, path: Path) -> bytes:
    parts, size = [], 0
    with archive.open(entry) as member:
        while chunk := member.read(_STEP):
            size += len(chunk)
            if size > most:
                raise _unreadable(path, f"it inflates to more than {most >> 20} MB")
            parts.append(chunk)
    return b"".join(parts)


def _problem(entry: zipfile.ZipInfo, files: dict[str, bytes]) -> str | None:
    name = entry.filename
    shown = ascii(name[:80])
    mode = entry.external_attr >> 16
    if name in files:
        return f"{shown}: the name stands in the archive twice"
    if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return f"{shown}: no plain file (a link, perhaps)"
    if name.startswith(("/", "\\")) or ".." in name or ":" in name or "\\" in name or "/" in name:
        return f"{shown}: a path, where a bundle has plain names"
    if not name.isascii() or not name.isprintable() or len(name) > 64:
        return f"{shown}: a name that no bundle has"
    if entry.flag_bits & 0x1:
        return f"{shown}: encrypted"
    if entry.compress_type not in _METHODS:
        return f"{shown}: compressed in a way that no bundle uses"
    return None


def _unreadable(path: Path, why: str) -> UsageError:
    return UsageError(
        f"{path} cannot be read as a bundle: {why}",
        advice="Name a file that `foundry-doctor bundle` wrote.",
    )
