"""config.proxy"""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Worlds, built_in, finding, said

config_proxy = built_in("config.proxy")

PROXY = "http://user:secretpassword@proxy.example:3128"


@pytest.mark.parametrize(
    ("environ", "facts"),
    [
        ({}, {"config.proxy": "none", "proxy.configured": False}),
        (
            {"HTTPS_PROXY": PROXY, "NO_PROXY": "h.example"},
            {"config.proxy": "none", "proxy.configured": False},
        ),
        (
            {"HTTPS_PROXY": PROXY},
            {
                "config.proxy": "ok",
                "proxy.configured": True,
                "proxy.url": "http://proxy.example:3128",
            },
        ),
    ],
)
def test_usable(worlds: Worlds, environ: dict[str, str], facts: dict[str, Any]) -> None:
    found = finding(config_proxy, worlds.plain("https://h.example/anthropic", environ=environ))
    assert said(found) == ("pass", facts)
    assert "secretpassword" not in repr(found)


def test_not_usable(worlds: Worlds) -> None:
    found = finding(config_proxy, worlds.wrong("config.proxy", "malformed"))
    assert said(found) == ("fail", {"config.proxy": "malformed"})
