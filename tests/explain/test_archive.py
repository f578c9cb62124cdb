"""Zip files: packed logs, bundles, bombs, damage."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from foundry_doctor.errors import UsageError
from foundry_doctor.explain import archive

from .conftest import Explain

OFF = "Error code: 403 - {'error': {'code': 'AuthenticationTypeDisabled', 'message': 'Key based authentication is disabled for this resource.'}}"


def packed(**members: str | bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name.replace("_", "."), data)
    return out.getvalue()


def test_packed_logs(explain: Explain) -> None:
    found = explain(
        packed(
            a_log="quiet\n", b_log=f"{OFF} apim-request-id: 6c1e1111-2222-4333-8444-555566667777\n"
        ),
        name="x.zip",
    )
    assert [one.cause for one in found.diagnoses] == ["key-auth-disabled"]
    assert found.request_ids[0].file == "x.zip/b.log"


def test_of_a_bundle_the_report_is_read_and_not_the_texts(explain: Explain) -> None:
    report = {
        "schema_version": "1.0", "tool": {"name": "foundry-doctor", "version": "0.1.0"},
        "diagnosis": [{"cause": "rate-limited", "confidence": "likely", "because": ["429"]}], "exchanges": [],
    }  # fmt: skip
    found = explain(packed(manifest_json="{}", report_json=json.dumps(report), timeline_txt=OFF))
    assert [one.cause for one in found.diagnoses] == ["rate-limited"]


@pytest.mark.parametrize("end", [30, -30])
def test_damage_is_told(explain: Explain, end: int) -> None:
    with pytest.raises(UsageError, match="is none, or is cut off"):
        explain(packed(a_log=OFF * 50)[:end])


def test_what_claims_too_much_is_left_out(
    explain: Explain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "MAX_UNPACKED", 1 << 20)
    found = explain(packed(a_log=b"\0" * (8 << 20), b_log=OFF))
    assert found.truncated
    assert [one.cause for one in found.diagnoses] == ["key-auth-disabled"]


def test_too_many_members(explain: Explain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_MEMBERS", 3)
    assert explain(packed(**{f"m{n}_log": "quiet" for n in range(9)})).truncated
