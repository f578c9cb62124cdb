"""Texts made for this project, blind to its rules: failures of this field, and everything else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .conftest import Explain

FOLDER = Path(__file__).parent
MOST_FALSE = 0.03
LEAST_RIGHT = 0.90


def lines(kind: str) -> list[dict[str, Any]]:
    """Both sets of a kind, each made by somebody who had not seen the rules of that day."""
    files = sorted(FOLDER.glob(f"{kind}*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]


def test_texts_without_a_problem_of_this_field_get_no_cause(
    explain: Explain, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = lines("negatives")
    false = []
    for one in texts:
        matches = explain(one["text"]).diagnoses
        if matches:
            false.append(f"{one['id']} ({one['kind']}): {matches[0].cause}")
    with capsys.disabled():
        print(f"\nother texts: {len(false)} of {len(texts)} get a cause: {', '.join(false)}")
    assert len(texts) >= 120
    assert len(false) / len(texts) <= MOST_FALSE


def test_failures_of_this_field_get_an_accepted_cause(
    explain: Explain, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = lines("positives")
    wrong = []
    for one in texts:
        matches = explain(one["text"]).diagnoses
        answer = matches[0].cause if matches else "unknown"
        if answer not in one["accept"]:
            wrong.append(f"{one['id']}: {answer}")
    with capsys.disabled():
        print(f"\nown texts: {len(wrong)} of {len(texts)} answered wrongly: {', '.join(wrong)}")
    assert len(wrong) / len(texts) <= 1 - LEAST_RIGHT


def test_no_planted_secret_is_repeated(explain: Explain) -> None:
    from foundry_doctor.report.document import render_json
    from foundry_doctor.report.explanation import explanation_document, render_explanation

    planted = [one for one in lines("positives") if one.get("secret")]
    assert planted
    for one in planted:
        found = explain(one["text"])
        said = render_json(explanation_document(found)) + render_explanation(found, verbosity=2)
        secret = one["secret"]
        parts = {secret[at : at + 12] for at in range(max(1, len(secret) - 11))}
        assert not [part for part in parts if part in said], one["id"]
