"""Sealing: the same bytes for the same report, and nothing on disk that was not read back."""

from __future__ import annotations

import io
import json
import os
import random
import re
import stat
import string
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foundry_doctor.bundle import seal as module
from foundry_doctor.bundle.material import LIMIT, Material
from foundry_doctor.bundle.scan import Hit
from foundry_doctor.bundle.seal import NotWritten, seal, write_bundle
from foundry_doctor.bundle.verify import verify_bundle
from foundry_doctor.model import Result, Status
from foundry_doctor.noun import replace
from foundry_doctor.redact import RedactionRefused, Redactor
from foundry_doctor.report.html import own_parts, render_html
from foundry_doctor.report.schema import report_schema

from .conftest import make_log, make_material, make_report, saying
from .test_shapes import GO, STAY

FILES = [
    "README.txt", "config-provenance.json", "environment.json", "exchanges.har", "explain-2.json",
    "explain.json", "manifest.json", "redactions.json", "report.html", "report.json",
    "request-ids.csv", "ticket-anthropic.md", "ticket-microsoft.md", "timeline.txt",
]  # fmt: skip


def full(**more: object) -> Material:
    values = {"tickets": ("microsoft", "anthropic"), "logs": (make_log("a"), make_log("b")), **more}
    return make_material(**values)


def opened(material: Material) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(seal(material).data))


def test_the_files_of_a_whole_bundle() -> None:
    archive = opened(full())
    assert archive.namelist() == FILES
    for entry in archive.infolist():
        assert entry.date_time == (1980, 1, 1, 0, 0, 0)
        assert entry.external_attr >> 16 == stat.S_IFREG | 0o600
        assert re.fullmatch(r"[a-z0-9A-Z.-]+", entry.filename)
    for name in ("report.json", "explain.json", "exchanges.har", "environment.json"):
        json.loads(archive.read(name))


@pytest.mark.parametrize("profile", ["vendor", "public"])
def test_the_report_is_still_a_report(profile: str) -> None:
    import jsonschema

    archive = opened(make_material(profile=profile))
    jsonschema.validate(json.loads(archive.read("report.json")), report_schema())
    several = make_material(profile=profile, several=True, reports=(make_report(), make_report()))
    archive = opened(several)
    jsonschema.validate(json.loads(archive.read("report.json")), report_schema())
    assert "report-2.html" in archive.namelist()


@pytest.mark.parametrize("profile", ["vendor", "public"])
def test_the_same_report_gives_the_same_bytes(profile: str) -> None:
    assert seal(full(profile=profile)).data == seal(full(profile=profile)).data


def test_the_file_is_the_user_s_alone(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        write_bundle(tmp_path / "b.zip", make_material())
    finally:
        os.umask(old)
    if os.name == "posix":
        assert stat.S_IMODE((tmp_path / "b.zip").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["b.zip"]
    assert verify_bundle(tmp_path / "b.zip").problems == ()


def test_an_older_file_is_replaced_whole(tmp_path: Path) -> None:
    (tmp_path / "b.zip").write_bytes(b"x" * 10_000_000)
    write_bundle(tmp_path / "b.zip", make_material())
    assert verify_bundle(tmp_path / "b.zip").problems == ()


def test_a_hit_of_the_scanner_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from foundry_doctor.bundle.scan import scan as real

    def suspicious(files: dict[str, bytes], canaries: object = ()) -> list[Hit]:
        return [Hit("report.json:1", "a token")] if "report.json" in files else real(files)

    monkeypatch.setattr(module, "scan", suspicious)
    (tmp_path / "b.zip").write_text("the one before")
    with pytest.raises(RedactionRefused, match=r"report\.json:1: a token"):
        write_bundle(tmp_path / "b.zip", make_material())
    assert [path.name for path in tmp_path.iterdir()] == ["b.zip"]
    assert (tmp_path / "b.zip").read_text() == "the one before"


def test_a_redactor_that_sleeps_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Redactor, "_once", lambda self, text: text)
    with pytest.raises(RedactionRefused, match="made-up secret"):
        write_bundle(tmp_path / "b.zip", make_material())
    assert list(tmp_path.iterdir()) == []


def test_a_scanner_that_sleeps_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "scan", lambda files, canaries=(): [])
    with pytest.raises(RedactionRefused, match="no longer sees"):
        write_bundle(tmp_path / "b.zip", make_material())
    assert list(tmp_path.iterdir()) == []


def test_an_interruption_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(path: Path, sealed: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "_read_back", stop)
    with pytest.raises(KeyboardInterrupt):
        write_bundle(tmp_path / "b.zip", make_material())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("where", ["missing/b.zip", "folder"])
def test_a_path_that_cannot_be_written(tmp_path: Path, where: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(NotWritten, match="cannot be written") as caught:
        write_bundle(tmp_path / where, make_material())
    assert "-O" in caught.value.advice
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def noise(size: int, seed: int = 1) -> str:
    """Text that does not compress and holds nothing that looks like a secret."""
    chance = random.Random(seed)
    letters = string.ascii_lowercase
    return " ".join("".join(chance.choices(letters, k=7)) for _ in range(size // 8))


def test_a_bundle_that_is_too_large_loses_parts_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LIMIT", 60_000)
    material = full(
        with_excerpts=True, logs=(make_log(*[noise(1900, seed) for seed in range(60)]),)
    )
    sealed = write_bundle(tmp_path / "b.zip", material)
    assert len(sealed.data) <= 60_000
    gone = {one.what for one in sealed.left_out}
    assert {"report.html", "explain.json"} <= gone
    manifest = json.loads(zipfile.ZipFile(tmp_path / "b.zip").read("manifest.json"))
    assert any(one["what"] == "explain.json" for one in manifest["left_out"])
    assert verify_bundle(tmp_path / "b.zip").problems == ()


def test_a_report_that_alone_is_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LIMIT", 2_000)
    with pytest.raises(NotWritten, match="larger than"):
        write_bundle(tmp_path / "b.zip", make_material())
    assert list(tmp_path.iterdir()) == []


def test_a_very_long_text_is_cut_and_said(tmp_path: Path) -> None:
    row = Result("deployment.resolve", "x", Status.FAIL, noise(90_000), "claude-sonnet-5")
    report = replace(make_report(), checks=(row,))
    sealed = write_bundle(tmp_path / "b.zip", make_material(reports=(report,)))
    assert "parts of report.json" in {one.what for one in sealed.left_out}
    assert len(sealed.data) < LIMIT


@pytest.mark.parametrize("word", ["message", "summary", "contoso", "healthy", "sha256", "README"])
def test_a_password_that_is_a_word_breaks_nothing(tmp_path: Path, word: str) -> None:
    from foundry_doctor.secret import Secret

    write_bundle(tmp_path / "b.zip", make_material(secrets=(Secret(word),)))
    assert verify_bundle(tmp_path / "b.zip").problems == ()


def test_a_password_that_is_a_number_of_the_report(tmp_path: Path) -> None:
    from foundry_doctor.secret import Secret

    report = make_report(tool_version="123456")
    write_bundle(tmp_path / "b.zip", make_material(reports=(report,), secrets=(Secret("123456"),)))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.sampled_from([*GO.values(), *STAY])
        | st.text(max_size=20)
        | st.text("ab1 :=\"'\\{}[],;&?@/.-_~*\n%<>", max_size=12),
        min_size=1,
        max_size=6,
    ).map("".join),
    st.sampled_from(["vendor", "public"]),
)
def test_whatever_a_server_says_there_is_a_bundle(
    tmp_path_factory: pytest.TempPathFactory, text: str, profile: str
) -> None:
    """Neither a leak nor a refusal: what one of the two eyes cannot bear the other has masked."""
    path = tmp_path_factory.mktemp("said") / "b.zip"
    write_bundle(path, make_material(reports=(saying(text),), profile=profile))
    assert verify_bundle(path).problems == ()


def test_the_page_s_own_style_and_script_stay_whoever_asks(tmp_path: Path) -> None:
    """An account named like a word of the style sheet must not break the page's policy."""
    page = render_html(make_report())
    assert all(part in page for part in own_parts())
    write_bundle(tmp_path / "b.zip", make_material(users=("button", "document", "section")))
    with zipfile.ZipFile(tmp_path / "b.zip") as archive:
        kept = archive.read("report.html").decode()
    assert all(part in kept for part in own_parts())
