"""key.shape"""

from __future__ import annotations

import pytest

from .conftest import Worlds, built_in, finding, said

key_shape = built_in("key.shape")


def test_a_key(worlds: Worlds) -> None:
    assert said(finding(key_shape, worlds.plain())) == ("pass", {"key.shape": "ok"})


@pytest.mark.parametrize("shape", ["quoted", "line-break", "other-provider"])
def test_no_key(worlds: Worlds, shape: str) -> None:
    found = finding(key_shape, worlds.wrong("key.shape", shape))
    assert said(found) == ("fail", {"key.shape": shape})
