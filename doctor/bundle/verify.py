"""`bundle verify` and `bundle show`: what an archive is, by its manifest and by a fresh scan."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from ..noun import Noun
from ..report.clean import clean_lines
from .material import LIMIT
from .opening import Archive, read_archive
from .scan import scan

MANIFEST = "manifest.json"
NEEDED = ("README.txt", "report.json", "redactions.json", "request-ids.csv")


class Checked(Noun):
    """What became of a check. `problems` is empty for a good bundle."""

    name: str
    files: int
    size: int
    problems: tuple[str, ...]
    profile: str | None = None
    sha256: str = ""


def verify_bundle(path: Path) -> Checked:
    """Check hashes, sizes, names and entries, then scan. Raises UsageError for no archive."""
    archive = read_archive(path)
    problems = problems_of(archive)
    hits = [f"{hit.where}: {hit.what}" for hit in scan(archive.files)]
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    profile = _manifest(archive)[0].get("profile")
    return Checked(
        name=path.name,
        files=len(archive.files),
        size=archive.size,
        problems=(*problems, *hits),
        profile=profile if isinstance(profile, str) else None,
        sha256=digest,
    )


def show_bundle(path: Path) -> str:
    """Everything that would be shared, file by file, without terminal escapes.

    Raises UsageError for no archive.
    """
    archive = read_archive(path)
    lines: list[str] = []
    for name in sorted(archive.files):
        data = archive.files[name]
        lines += [f"===== {name} ({len(data)} bytes)"]
        lines += clean_lines(data.decode("utf-8", "replace").removesuffix("\n"))
        lines.append("")
    lines += [f"===== not shown: {problem}" for problem in archive.problems]
    return "\n".join(lines) + "\n"


def problems_of(archive: Archive) -> list[str]:
    """What does not fit the manifest; an empty list where all does."""
    problems = list(archive.problems)
    if archive.size > LIMIT:
        problems.append(f"larger than {LIMIT >> 20} MB: the portal does not take it")
    manifest, wrong = _manifest(archive)
    if wrong:
        return [*problems, wrong]
    listed = manifest["files"]
    for one in listed:
        problems += _entry(one, archive)
    names = {one.get("name") for one in listed if isinstance(one, dict)}
    for name in sorted(set(archive.files) - names - {MANIFEST}):
        problems.append(f"{name!a}: not in the manifest")
    problems += [f"{name}: missing" for name in NEEDED if name not in archive.files]
    return problems


def _manifest(archive: Archive) -> tuple[dict[str, Any], str]:
    """The manifest, and what is wrong with it."""
    data = archive.files.get(MANIFEST)
    if data is None:
        return {}, f"{MANIFEST}: missing, so this is no bundle of foundry-doctor"
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return {}, f"{MANIFEST}: no JSON document"
    if not isinstance(found, dict) or not isinstance(found.get("files"), list):
        return {}, f"{MANIFEST}: it lists no files"
    tool = found.get("tool")
    if not isinstance(tool, dict) or tool.get("name") != "foundry-doctor":
        return {}, f"{MANIFEST}: of another program"
    return found, ""


def _entry(one: Any, archive: Archive) -> list[str]:
    if not isinstance(one, dict) or not isinstance(one.get("name"), str):
        return [f"{MANIFEST}: an entry without a name"]
    name = one["name"]
    data = archive.files.get(name)
    if data is None:
        return [f"{name[:80]!a}: in the manifest, not in the archive"]
    if one.get("size") != len(data):
        return [f"{name!a}: {len(data)} bytes, the manifest says {one.get('size')!a}"]
    if one.get("sha256") != hashlib.sha256(data).hexdigest():
        return [f"{name!a}: its content was changed (SHA-256 differs)"]
    return []
