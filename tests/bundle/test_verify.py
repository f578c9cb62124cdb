"""`bundle verify` and `bundle show`: every tampering is seen, and no file can hurt the reader."""

from __future__ import annotations

import hashlib
import io
import json
import os
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundry_doctor.bundle.opening import read_archive
from foundry_doctor.bundle.seal import seal
from foundry_doctor.bundle.verify import show_bundle, verify_bundle
from foundry_doctor.errors import UsageError

from ..conftest import PASSWORD
from .conftest import make_material

Files = dict[str, bytes]
GOOD = seal(make_material()).data


def contents() -> Files:
    with zipfile.ZipFile(io.BytesIO(GOOD)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def pack(path: Path, files: Files) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def rehash(files: Files) -> None:
    """What a careful forger does: the manifest fits again."""
    manifest = json.loads(files["manifest.json"])
    for one in manifest["files"]:
        data = files[one["name"]]
        one.update(size=len(data), sha256=hashlib.sha256(data).hexdigest())
    files["manifest.json"] = json.dumps(manifest).encode()


def changed(files: Files) -> None:
    files["timeline.txt"] = files["timeline.txt"].replace(b"2026", b"2025")


def longer(files: Files) -> None:
    files["timeline.txt"] += b"x"


def gone(files: Files) -> None:
    del files["timeline.txt"]


def more(files: Files) -> None:
    files["notes.txt"] = b"hello"


def no_manifest(files: Files) -> None:
    del files["manifest.json"]


def broken_manifest(files: Files) -> None:
    files["manifest.json"] = b"{"


def foreign_manifest(files: Files) -> None:
    files["manifest.json"] = b'{"files": [], "tool": {"name": "other"}}'


def odd_manifest(files: Files) -> None:
    files["manifest.json"] = b'{"tool": {"name": "foundry-doctor"}, "files": [1, {"name": 3}, {}]}'


def needed(files: Files) -> None:
    del files["report.json"]
    manifest = json.loads(files["manifest.json"])
    manifest["files"] = [one for one in manifest["files"] if one["name"] != "report.json"]
    files["manifest.json"] = json.dumps(manifest).encode()


def planted(files: Files) -> None:
    files["timeline.txt"] += f"\npassword={PASSWORD}\n".encode()
    rehash(files)


def path_inside(files: Files) -> None:
    files["../../etc/cron.d/x"] = b"x"


def absolute(files: Files) -> None:
    files["/etc/passwd"] = b"x"


def drive(files: Files) -> None:
    files["C:\\x"] = b"x"


@pytest.mark.parametrize(
    ("tamper", "word"),
    [
        (changed, "SHA-256"), (longer, "bytes"), (gone, "not in the archive"),
        (more, "not in the manifest"), (no_manifest, "no bundle"), (broken_manifest, "no JSON"),
        (foreign_manifest, "another program"), (odd_manifest, "without a name"),
        (needed, "report.json: missing"), (planted, "beside the name of a secret"),
        (path_inside, "a path"), (absolute, "a path"), (drive, "a path"),
    ],
)  # fmt: skip
def test_each_tampering_is_seen(tmp_path: Path, tamper: Callable[[Files], None], word: str) -> None:
    files = contents()
    tamper(files)
    found = verify_bundle(pack(tmp_path / "b.zip", files))
    assert any(word in problem for problem in found.problems), found.problems
    assert PASSWORD not in "".join(found.problems)


def test_a_good_one_is_good_and_repacking_does_not_matter(tmp_path: Path) -> None:
    assert verify_bundle(pack(tmp_path / "b.zip", contents())).problems == ()
    (tmp_path / "c.zip").write_bytes(GOOD)
    found = verify_bundle(tmp_path / "c.zip")
    assert (found.problems, found.profile) == ((), "vendor")
    assert found.sha256 == hashlib.sha256(GOOD).hexdigest()


def test_a_link_an_encrypted_and_a_doubled_entry_are_not_read(tmp_path: Path) -> None:
    path = pack(tmp_path / "b.zip", contents())
    with zipfile.ZipFile(path, "a") as archive:
        link = zipfile.ZipInfo("link.txt")
        link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("timeline.txt", "again")
    problems = verify_bundle(path).problems
    assert any("link" in problem for problem in problems)
    assert any("twice" in problem for problem in problems)


def flags(data: bytes) -> bytes:
    """The first entry marked as encrypted, in its own head and in the directory."""
    at = data.find(b"PK\x01\x02")
    out = bytearray(data)
    out[6] |= 1
    out[at + 8] |= 1
    return bytes(out)


def test_an_encrypted_entry(tmp_path: Path) -> None:
    (tmp_path / "b.zip").write_bytes(flags(GOOD))
    assert any("encrypted" in problem for problem in verify_bundle(tmp_path / "b.zip").problems)


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("timeline.txt", b"\0" * (100 << 20))
    return out.getvalue()


def many_bombs() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(9):
            archive.writestr(f"a{number}.txt", b"\0" * (30 << 20))
    return out.getvalue()


def many_entries() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(3000):
            archive.writestr(f"a{number}", b"")
    return out.getvalue()


def lying_size() -> bytes:
    """The directory says that an entry is small."""
    data = bytearray(bomb())
    at = data.find(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", 10)
    return bytes(data)


UNREADABLE = {
    "empty": lambda: b"", "text": lambda: b"hello", "half": lambda: GOOD[: len(GOOD) // 2],
    "no end": lambda: GOOD[:-30], "bomb": bomb, "bombs": many_bombs, "entries": many_entries,
    "too large": lambda: b"PK" * (9 << 20), "bad crc": lambda: GOOD.replace(GOOD[60:90], b"x" * 30),
    "zip64": lambda: GOOD[:-22] + b"PK\x06\x07" + b"\0" * 16 + GOOD[-22:], "lying": lying_size,
}  # fmt: skip


@pytest.mark.parametrize("name", UNREADABLE)
def test_unreadable_files_get_one_clear_sentence(tmp_path: Path, name: str) -> None:
    path = tmp_path / "b.zip"
    path.write_bytes(UNREADABLE[name]())
    for reader in (verify_bundle, show_bundle):
        with pytest.raises(UsageError, match="cannot be read as a bundle"):
            reader(path)


def test_what_is_no_file(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing", Path("/dev/zero")):
        with pytest.raises(UsageError, match="cannot be read as a bundle"):
            read_archive(path)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(UsageError, match="no file"):
            read_archive(tmp_path / "pipe")


def test_show_prints_every_file_without_escapes(tmp_path: Path) -> None:
    files = contents()
    files["timeline.txt"] = (
        b"\x1b]0;owned\x07\x1b[31mred\n##vso[task.setvariable]x\n::error::y\nlast"
    )
    text = show_bundle(pack(tmp_path / "b.zip", files))
    for name in files:
        assert f"===== {name} (" in text
    assert "\x1b" not in text
    assert "##vso" not in text
    assert "\n::error" not in text
    assert "last" in text


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_damage_ends_in_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    broken = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(broken) - 1))
        broken[at : at + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=6))
    path = tmp_path_factory.mktemp("broken") / "b.zip"
    path.write_bytes(bytes(broken))
    for reader in (verify_bundle, show_bundle):
        try:
            reader(path)
        except UsageError as error:
            assert "cannot be read as a bundle" in error.message  # noqa: PT017 - it may pass, too
