"""config.endpoint"""

from __future__ import annotations

import pytest

from .conftest import Worlds, built_in, finding, said

config_endpoint = built_in("config.endpoint")


def test_one_endpoint(worlds: Worlds) -> None:
    context = worlds.plain(
        "https://h.example/anthropic", provenance={"base_url": "flag --base-url"}
    )
    found = finding(config_endpoint, context)
    assert said(found) == ("pass", {"config.endpoint": "ok"})
    assert found.summary == "https://h.example/anthropic (from flag --base-url)"


@pytest.mark.parametrize("value", ["missing", "conflict", "malformed", "insecure", "wrong-path"])
def test_none(worlds: Worlds, value: str) -> None:
    context = worlds.wrong("config.endpoint", value, **{"config.detail": "so"})
    found = finding(config_endpoint, context)
    assert said(found) == ("fail", {"config.endpoint": value, "config.detail": "so"})
    assert found.summary == "what is wrong"
