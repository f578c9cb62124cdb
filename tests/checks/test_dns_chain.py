"""dns.chain"""

from __future__ import annotations

from typing import Any

import pytest

from ..network.dns_server import Answer, only_server, records
from .conftest import Worlds, built_in, finding, said

dns_chain = built_in("dns.chain")

HOST = "contoso.services.ai.azure.com"
URL = f"https://{HOST}/anthropic"
LINK = "contoso.privatelink.services.ai.azure.com"
CNAME = f"{HOST}. 60 CNAME {LINK}."
PUBLIC = records(f"{HOST}. 60 A 20.1.2.3")
ALIAS = {"dns.chain": (HOST, LINK), "dns.privatelink": True}
NO_ALIAS = {"dns.chain": (HOST,), "dns.privatelink": False}


@pytest.mark.parametrize(
    ("seen", "answer", "status", "facts"),
    [
        ("ok", PUBLIC, "pass", {**NO_ALIAS, "dns.private": False}),
        ("ok", records(CNAME, f"{LINK}. 60 A 10.0.0.5"), "pass", {**ALIAS, "dns.private": True}),
        ("ok", records(CNAME, f"{LINK}. 60 A 20.1.2.3"), "pass", {**ALIAS, "dns.private": False}),
        ("nxdomain", PUBLIC, "unknown", NO_ALIAS),
        ("ok", records(code=3), "unknown", NO_ALIAS),
        ("nxdomain", records(code=3), "unknown", {**NO_ALIAS, "dns.outcome": "nxdomain"}),
        ("nxdomain", records(CNAME, code=3), "unknown", {**ALIAS, "dns.outcome": "nxdomain"}),
        ("server-failure", records(code=3), "unknown", {**NO_ALIAS, "dns.outcome": "nxdomain"}),
        ("timeout", records(code=2), "unknown", {**NO_ALIAS, "dns.outcome": "server-failure"}),
        ("nxdomain", records(code=2), "unknown", {**NO_ALIAS, "dns.outcome": "nxdomain"}),
        ("nxdomain", records(CNAME), "unknown", {**ALIAS, "dns.outcome": "no-address"}),
        ("server-failure", lambda *_: None, "unknown", {**NO_ALIAS, "dns.outcome": "timeout"}),
    ],
)
def test_the_chain(
    worlds: Worlds, seen: str, answer: Answer, status: str, facts: dict[str, Any]
) -> None:
    context = worlds.plain(URL, timeout=0.6)
    context.facts["dns.outcome"] = seen
    with only_server(answer):
        found = finding(dns_chain, context)
    got, learned = said(found)
    learned.pop("dns.detail", None)
    assert (got, learned) == (status, facts)
    assert found.evidence["servers"] == ["127.0.0.1"]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_where_no_server_was_asked(worlds: Worlds, host: str) -> None:
    assert said(finding(dns_chain, worlds.plain(f"https://{host}/anthropic"))) == ("skip", {})


def test_behind_a_proxy(worlds: Worlds) -> None:
    context = worlds.plain(URL, environ={"HTTPS_PROXY": "http://p.example:1"})
    assert said(finding(dns_chain, context)) == ("skip", {})
    context.facts["proxy.outcome"] = "bad-gateway"
    with only_server(records(code=3)):
        assert said(finding(dns_chain, context))[0] == "unknown"
