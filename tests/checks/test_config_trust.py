"""config.trust"""

from __future__ import annotations

from .conftest import Worlds, built_in, finding, said

config_trust = built_in("config.trust")


def test_readable(worlds: Worlds) -> None:
    found = finding(config_trust, worlds.plain(environ={"SSL_CERT_FILE": "/a.pem"}))
    assert said(found) == ("pass", {"config.trust": "ok"})
    assert "SSL_CERT_FILE=/a.pem" in found.summary


def test_unreadable(worlds: Worlds) -> None:
    found = finding(config_trust, worlds.wrong("config.trust", "bundle-missing"))
    assert said(found) == ("fail", {"config.trust": "bundle-missing"})
