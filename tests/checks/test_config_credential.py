"""config.credential"""

from __future__ import annotations

from .conftest import Worlds, built_in, finding, said

config_credential = built_in("config.credential")


def test_a_key(worlds: Worlds) -> None:
    context = worlds.plain(provenance={"key": "env ANTHROPIC_FOUNDRY_API_KEY"})
    found = finding(config_credential, context)
    assert said(found) == ("pass", {"config.credential": "ok", "auth.mode": "key"})
    assert "ANTHROPIC_FOUNDRY_API_KEY" in found.summary


def test_none(worlds: Worlds) -> None:
    found = finding(config_credential, worlds.wrong("config.credential", "missing"))
    assert said(found) == ("fail", {"config.credential": "missing"})


def test_a_problem_of_another_kind(worlds: Worlds) -> None:
    assert said(finding(config_credential, worlds.wrong("key.shape", "quoted")))[0] == "pass"
