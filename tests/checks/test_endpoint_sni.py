"""endpoint.sni"""

from __future__ import annotations

import socket

from ..network.servers import Peer, cut_when_spoken_to
from .conftest import Worlds, built_in, finding, said

endpoint_sni = built_in("endpoint.sni")


def test_a_filter_on_the_name(worlds: Worlds) -> None:
    inner = worlds.pki.context()

    def filtering(peer: Peer) -> None:
        if b"localhost" in peer.socket.recv(65536, socket.MSG_PEEK):
            peer.reset()
        else:
            peer.start_tls(inner)

    context = worlds.scripted(filtering, None)
    assert context.way().phase == "tls"
    assert said(finding(endpoint_sni, context)) == ("unknown", {"tls.without_name": "ok"})


def test_both_fail(worlds: Worlds) -> None:
    context = worlds.scripted(cut_when_spoken_to, None)
    assert said(finding(endpoint_sni, context)) == ("pass", {"tls.without_name": "same-failure"})
