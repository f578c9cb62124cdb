"""The playbooks that ship, loaded once, and texts explained without the command line."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest

from foundry_doctor.engine.playbook_set import PlaybookSet, builtin_roots
from foundry_doctor.explain.explain import Explainer
from foundry_doctor.model import Explanation

Explain = Callable[..., Explanation]


@pytest.fixture(scope="session")
def playbooks() -> PlaybookSet:
    return PlaybookSet.load(builtin_roots())


@pytest.fixture(scope="session")
def explain(playbooks: PlaybookSet) -> Explain:
    """Explain texts or bytes as inputs of one call, each with its name."""

    def run(*inputs: str | bytes, name: str = "pasted") -> Explanation:
        explainer = Explainer(playbooks)
        for one in inputs:
            data = one.encode() if isinstance(one, str) else one
            explainer.take(io.BytesIO(data), name)
        return explainer.result()

    return run
