"""endpoint.tls"""

from __future__ import annotations

import pytest

from ..network.servers import Handler, Peer, blurts, cut_when_spoken_to, http, silent
from .conftest import Worlds, built_in, finding, said

endpoint_tls = built_in("endpoint.tls")


def test_trusted(worlds: Worlds) -> None:
    found = finding(endpoint_tls, worlds.emulated())
    assert said(found) == ("pass", {"tls.outcome": "ok"})
    assert found.summary.startswith("TLSv1.3, trusted by SSL_CERT_FILE=")


@pytest.mark.parametrize(
    ("scenario", "outcome"),
    [("tls-expired", "expired"), ("tls-hostname", "hostname"), ("tls-interception", "untrusted")],
)
def test_certificates(worlds: Worlds, scenario: str, outcome: str) -> None:
    status, facts = said(finding(endpoint_tls, worlds.emulated(scenario)))
    assert (status, facts["tls.outcome"], facts["net.phase"]) == ("fail", outcome, "tls")
    assert facts["tls.detail"]


@pytest.mark.parametrize(
    ("handler", "outcome", "tries"),
    [
        (blurts(http(400)), "not-tls", ""),
        (silent, "timeout", ""),
        (cut_when_spoken_to, "reset", " (3 of 3 attempts)"),
    ],
)
def test_handshakes(worlds: Worlds, handler: Handler, outcome: str, tries: str) -> None:
    found = finding(endpoint_tls, worlds.scripted(handler, None, timeout=0.4))
    assert said(found)[1]["tls.outcome"] == outcome
    assert found.status.value == "fail"
    assert found.summary.endswith(tries or found.summary)


@pytest.mark.parametrize("lost", [1, 2])
def test_a_reset_that_vanishes_is_a_warning(worlds: Worlds, lost: int) -> None:
    inner = worlds.pki.context()

    def handler(peer: Peer) -> None:
        if peer.server.connections <= lost:
            peer.socket.recv(1)
            peer.reset()
        else:
            peer.start_tls(inner)
            silent(peer)

    found = finding(endpoint_tls, worlds.scripted(handler, None))
    status, facts = said(found)
    assert (status, facts["tls.outcome"], facts["net.phase"]) == ("warn", "reset", "tls")
    assert f"{lost} of {lost + 1} handshakes were reset" in found.summary
    assert len(worlds.slept) == lost
