"""Reports of real users, kept outside of this project: how many get a right first answer."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from .conftest import Explain

_HERE = Path(__file__).resolve().parents[3] / "shared" / "corpus" / "reports.jsonl"
CORPUS = Path(os.environ.get("FOUNDRY_DOCTOR_CORPUS") or _HERE)
FIRST, FOUND = 0.93, 0.88


@pytest.mark.outside_data
@pytest.mark.skipif(not CORPUS.is_file(), reason="reports.jsonl is not beside this checkout")
def test_reports_of_real_users(explain: Explain, capsys: pytest.CaptureFixture[str]) -> None:
    reports = [json.loads(line) for line in CORPUS.read_text("utf-8").splitlines()]
    first = found = 0
    missed = []
    for one in reports:
        matches = explain(one["text"]).diagnoses
        answer = matches[0].cause if matches else "unknown"
        named = {match.cause for match in matches}
        named |= {other.cause for match in matches for other in match.undecided}
        first += answer in one["accept"]
        found += one["cause"] in named
        if answer not in one["accept"]:
            missed.append(f"{one['id']} answered {answer}")
    count = len(reports)
    with capsys.disabled():
        print(
            f"\nreports of real users: first answer accepted {first}/{count} ({first / count:.1%}),"
            f" cause found {found}/{count} ({found / count:.1%}); missed: {', '.join(missed)}"
        )
    assert first / count >= FIRST
    assert found / count >= FOUND
