"""A small DNS server on loopback UDP, and dnspython told that it is the only one."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.resolver
import dns.rrset
import pytest

Answer = Callable[[str, str], "tuple[int, list[str]] | None"]
"""Type and name of a question → response code and records in zone-file form; None: silence."""


class DnsServer:
    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.asked: list[tuple[str, str]] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", ("127.0.0.1", self.port))
        self._thread.join(5)
        self._socket.close()

    def _serve(self) -> None:
        while True:
            data, sender = self._socket.recvfrom(65536)
            if not data:
                return
            query = dns.message.from_wire(data)
            question = query.question[0]
            kind = dns.rdatatype.to_text(question.rdtype)
            self.asked.append((kind, str(question.name)))
            said = self._answer(kind, str(question.name).rstrip("."))
            if said is None:
                continue
            reply = dns.message.make_response(query)
            reply.flags |= dns.flags.RA
            reply.set_rcode(dns.rcode.Rcode(said[0]))
            for record in said[1]:
                name, ttl, kind_, value = record.split(" ", 3)
                reply.answer.append(dns.rrset.from_text(name, int(ttl), "IN", kind_, value))
            self._socket.sendto(reply.to_wire(), sender)


@contextmanager
def only_server(answer: Answer) -> Iterator[DnsServer]:
    """The machine's only DNS server, as far as dnspython can see."""
    server = DnsServer(answer)
    real = dns.resolver.Resolver

    def configured(*_: object) -> dns.resolver.Resolver:
        resolver = real(configure=False)
        resolver.nameservers, resolver.port = ["127.0.0.1"], server.port
        return resolver

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dns.resolver, "Resolver", configured)
        try:
            yield server
        finally:
            server.close()


def records(*lines: str, only: str = "A", code: int = 0) -> Answer:
    """These aliases for every type, and the other records for their own."""
    return lambda kind, _: (
        code, [line for line in lines if " CNAME " in line or kind == only],
    )  # fmt: skip
