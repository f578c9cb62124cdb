"""A name server that fails: what stands upstream of the lab's dnsmasq for two of its names.

dnsmasq itself cannot be told to say SERVFAIL, nor NXDOMAIN behind an alias; it passes both on.
Run as a program: `upstream.py PORT ALIAS_NAME ALIAS_TARGET` on 127.0.0.1.
"""

from __future__ import annotations

import socket
import sys

import dns.flags
import dns.message
import dns.rcode
import dns.rrset


def main(port: int, alias: str, target: str) -> None:
    """Answer until killed: the alias with NXDOMAIN behind it, all else with SERVFAIL."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", port))
        print("ready", flush=True)
        while True:
            data, peer = server.recvfrom(4096)
            question = dns.message.from_wire(data)
            answer = dns.message.make_response(question)
            answer.flags |= dns.flags.RA
            if question.question[0].name.to_text(omit_final_dot=True).lower() == alias:
                answer.set_rcode(dns.rcode.NXDOMAIN)
                answer.answer.append(
                    dns.rrset.from_text(f"{alias}.", 60, "IN", "CNAME", f"{target}.")
                )
            else:
                answer.set_rcode(dns.rcode.SERVFAIL)
            server.sendto(answer.to_wire(), peer)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3])
