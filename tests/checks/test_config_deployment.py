"""config.deployment"""

from __future__ import annotations

from .conftest import Worlds, built_in, finding, said

config_deployment = built_in("config.deployment")


def test_named(worlds: Worlds) -> None:
    context = worlds.plain(deployments=("a", "b"), provenance={"deployments": "flag --deployment"})
    found = finding(config_deployment, context)
    assert said(found) == ("pass", {"config.deployment": "ok"})
    assert found.summary == "a, b (from flag --deployment)"


def test_not_named(worlds: Worlds) -> None:
    found = finding(config_deployment, worlds.wrong("config.deployment", "missing"))
    assert said(found) == ("fail", {"config.deployment": "missing"})
