"""The second pair of eyes: sees every canary, knows nothing of the first, and cries no wolf."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundry_doctor.bundle import scan as module
from foundry_doctor.bundle.canaries import samples
from foundry_doctor.bundle.scan import scan
from foundry_doctor.bundle.seal import seal
from foundry_doctor.redact import Redactor
from foundry_doctor.secret import Secret

from ..conftest import KEY, PASSWORD
from .conftest import make_material
from .test_exact import ENCODINGS
from .test_shapes import GO, STAY


def found(text: str, *canaries: str) -> list[str]:
    return [hit.what for hit in scan({"a.txt": text.encode()}, canaries)]


@pytest.mark.parametrize("rule", samples())
def test_it_sees_every_canary(rule: str) -> None:
    assert found(samples()[rule])


@pytest.mark.parametrize("text", STAY)
def test_it_lets_pass_what_the_redactor_lets_pass(text: str) -> None:
    assert not found(Redactor().text(text))


@pytest.mark.parametrize("name", GO)
def test_what_the_redactor_has_masked_passes(name: str) -> None:
    assert not found(Redactor().text(GO[name]))


@pytest.mark.parametrize("encoding", sorted(set(ENCODINGS) - {"hex", "base64 of base64"}))
@pytest.mark.parametrize("value", [KEY, PASSWORD])
def test_known_values_in_every_encoding(value: str, encoding: str) -> None:
    assert "a known secret" in found(f"x {ENCODINGS[encoding](value)} y", value)


def test_it_is_independent_of_the_redactor() -> None:
    for name in ("scan", "canaries"):
        path = Path(module.__file__).with_name(f"{name}.py")
        imported = {
            part
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, (ast.Import, ast.ImportFrom))
            for part in [getattr(node, "module", None) or "", *(one.name for one in node.names)]
        }
        assert "re" not in imported, "no regular expression can be shared by mistake"
        assert not any("redact" in part or "secret" in part for part in imported)


def test_a_hit_quotes_nothing() -> None:
    for hit in scan({"a.json": f'{{"password": "{PASSWORD}", "k": "{KEY}"}}'.encode()}, [KEY]):
        assert PASSWORD[:8] not in hit.where + hit.what
        assert KEY[:8] not in hit.where + hit.what


def test_what_is_no_text_or_no_json_is_suspicious() -> None:
    assert found("\ufffd") == []
    assert [hit.what for hit in scan({"a.txt": b"\xff\xfe"})] == ["it is no UTF-8 text"]
    assert "it is no JSON document" in [hit.what for hit in scan({"a.json": b"{"})]
    assert "it is no JSON document" in [hit.what for hit in scan({"a.json": b"[" * 100_000})]


def test_a_request_id_in_the_shape_of_a_key_is_known() -> None:
    value = "0af7651916cd43dd" * 2
    table = f"kind,value,time_utc\ntrace-id,{value},\n".encode()
    assert not scan({"request-ids.csv": table, "timeline.txt": f"trace {value}".encode()})
    assert scan({"timeline.txt": f"trace {value}".encode()})


def test_a_whole_bundle_passes() -> None:
    import io
    import zipfile

    for profile in ("vendor", "public"):
        archive = zipfile.ZipFile(io.BytesIO(seal(make_material(profile=profile)).data))
        files = {name: archive.read(name) for name in archive.namelist()}
        assert scan(files, [KEY, PASSWORD]) == []


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from([*GO.values(), *STAY]) | st.text(max_size=15), max_size=6))
def test_both_agree_on_any_text(parts: list[str]) -> None:
    """What the redactor calls safe the scanner accepts: else a bundle is refused for nothing."""
    text = "\n".join(parts).encode("utf-8", "replace").decode()
    for profile in ("vendor", "public"):
        redactor = Redactor([Secret(KEY), Secret(PASSWORD)], profile=profile)
        assert not found(redactor.text(text), KEY, PASSWORD)
