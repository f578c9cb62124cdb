"""Sealing: drafts to bytes, bytes to one archive, and nothing on disk before it was read back."""

from __future__ import annotations

import io
import os
import secrets
import zipfile
from collections.abc import Iterable
from pathlib import Path

from ..errors import DoctorError
from ..noun import Noun
from ..redact import RedactionRefused, Redactor
from .canaries import samples
from .collect import collect, redactor_of, safe
from .material import LIMIT, LeftOut, Material
from .opening import read_archive
from .scan import Hit, scan
from .verify import problems_of
from .writer import Writer, Written

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The time of every entry: the bytes depend on the report alone."""
_MOST_SHOWN = 5


class NotWritten(DoctorError):
    """There is no bundle: the path cannot be written, or it cannot be made small enough."""


class Sealed(Noun):
    """A finished bundle in memory."""

    data: bytes
    files: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    canaries: tuple[str, ...] = ()
    hidden = ("canaries", "data")


def write_bundle(path: Path, material: Material) -> Sealed:
    """Make the bundle of a run and write it to `path`.

    Raises RedactionRefused where anything in it is not safe, NotWritten where there can be no file;
    either way nothing is left on disk.
    """
    sealed = seal(material)
    temporary = path.with_name(f".{path.name[:80]}.{secrets.token_hex(4)}.tmp")
    try:
        _put(temporary, sealed.data)
        _read_back(temporary, sealed)
        temporary.replace(path)
    except OSError as error:
        raise NotWritten(
            f"{path} cannot be written: {error.strerror or error}",
            advice="Name another place with -O FILE.zip.",
        ) from error
    finally:
        temporary.unlink(missing_ok=True)
    return sealed


def seal(material: Material) -> Sealed:
    """The bundle as bytes: the same material gives the same bytes."""
    proof = redactor_of(material)
    _prove(proof)
    # Another one: what the made-up secrets were replaced by is not counted.
    redactor = redactor_of(material, proof.exact)
    writer = Writer(redactor)
    material = safe(material, redactor)
    drafts, left_out = collect(material)
    written = [writer.write(one) for one in drafts]
    left_out += [
        LeftOut(f"parts of {one}", "longer than a bundle may hold; cut where it says so")
        for one in writer.cut
    ]
    report = material.reports[0]
    run = {"id": report.run.id, "started_at": report.run.started_at, "tier": report.run.tier,
           "verdict": report.verdict.value}  # fmt: skip
    while True:
        files = [*written, writer.redactions()]
        files.append(writer.manifest(files, left_out, run))
        data = _zipped(files)
        if len(data) <= LIMIT:
            break
        written = _without_the_next(written, left_out)
    canaries = tuple(one for one in redactor.exact.values)
    names = tuple(sorted(one.name for one in files))
    return Sealed(data, names, tuple(left_out), canaries)


def _prove(redactor: Redactor) -> None:
    """Both pairs of eyes must see every canary now, in this build: else neither is believed."""
    for rule, text in samples().items():
        if not scan({"canary.txt": text.encode()}):
            raise RedactionRefused(f"the scanner no longer sees a made-up secret ({rule})")
        if scan({"canary.txt": redactor.text(text).encode()}):
            raise RedactionRefused(f"the redactor lets a made-up secret through ({rule})")


def _without_the_next(written: list[Written], left_out: list[LeftOut]) -> list[Written]:
    """Without the least important file that is left; says so. Raises NotWritten for none."""
    optional = [one for one in written if one.drop]
    if not optional:
        raise NotWritten(
            f"the bundle would be larger than {LIMIT >> 20} MB even without its optional parts",
            advice="Leave out --log files, or examine fewer targets at once.",
        )
    gone = min(optional, key=lambda one: (one.drop, -len(one.data)))
    why = f"{len(gone.data)} bytes: with it the bundle would be larger than {LIMIT >> 20} MB"
    left_out.append(LeftOut(gone.name, why))
    return [one for one in written if one is not gone]


def _zipped(files: Iterable[Written]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for one in sorted(files, key=lambda one: one.name):
            entry = zipfile.ZipInfo(one.name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix on every machine: else the bytes differ by it
            entry.external_attr = 0o100600 << 16
            archive.writestr(entry, one.data, compresslevel=9)
    return out.getvalue()


def _put(path: Path, data: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _read_back(path: Path, sealed: Sealed) -> None:
    """What lies on the disk, looked at by code that did not make it."""
    archive = read_archive(path)
    wrong = problems_of(archive)
    if wrong:
        raise RedactionRefused(f"the finished file does not verify: {wrong[0]}")
    hits = scan(archive.files, sealed.canaries)
    if hits:
        raise RedactionRefused(
            f"the finished file would hold what must not leave: {_shown(hits)}",
            advice="Nothing was written. This is a defect: please report the line above.",
        )


def _shown(hits: list[Hit]) -> str:
    said = [f"{hit.where}: {hit.what}" for hit in hits[:_MOST_SHOWN]]
    more = len(hits) - len(said)
    return "; ".join(said) + (f"; {more} more" if more else "")
