"""Start, stop, ports, files, the recorded requests and the environment."""

from __future__ import annotations

import json
import os
import re
import socket
import ssl
import stat
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509

from foundry_doctor.emulator import Emulator, load_scenario, scenario_names
from foundry_doctor.emulator.authority import ThrowAwayAuthority

COUNT = "/v1/messages/count_tokens"


def own_threads() -> list[str]:
    names = [thread.name for thread in threading.enumerate()]
    return [name for name in names if name.startswith("foundry-emulator")]


@pytest.mark.parametrize("name", scenario_names())
def test_every_scenario_starts_and_stops_without_traces(name: str, tmp_path: Path) -> None:
    emulator = Emulator(load_scenario(name), tmp_dir=tmp_path).start()
    assert emulator.environment["REQUESTS_CA_BUNDLE"] == str(emulator.ca_file)
    folder = emulator.ca_file.parent
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    port = emulator.port
    emulator.stop()
    emulator.stop()
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=1)
    with pytest.raises(RuntimeError, match="start"):
        _ = emulator.base_url


@pytest.mark.parametrize(
    "server",
    [
        {"connection": "hang"},
        {"connection": "hang-in-handshake"},
        {"delay_s": 600},
        {"answer": {"inflate_bytes": 1 << 40}},
        {"answer": {"truncate_at": 1, "then": "stall", "body": {}}},
        {"proxy": {"mode": "hang"}},
        {"proxy": {"mode": "ok"}, "connection": "hang"},
        {},
    ],
)
def test_stop_is_fast_while_clients_wait(serve: Any, server: dict[str, Any]) -> None:
    before = set(threading.enumerate())
    emulator: Emulator = serve(server=server)
    context = ssl.create_default_context(cafile=str(emulator.ca_file))
    client = httpx.Client(verify=context, trust_env=False, timeout=20, proxy=emulator.proxy_url)
    seen: list[object] = []

    def call() -> None:
        try:
            with client.stream("GET", emulator.base_url, headers={"x-api-key": "x"}) as reply:
                seen.append(reply.status_code)
                # Held open and unread: a sender that fills its buffer must not hold stop() up.
                released.wait(20)
        except httpx.HTTPError as error:
            seen.append(error)

    released = threading.Event()
    caller = threading.Thread(target=call)
    caller.start()
    deadline = time.monotonic() + 1
    while time.monotonic() < deadline and not (seen or emulator.requests):
        time.sleep(0.01)
    time.sleep(0.1)
    begun = time.monotonic()
    emulator.stop()
    took = time.monotonic() - begun
    released.set()
    caller.join(10)
    client.close()
    assert took < 1
    assert seen
    left = [one.name for one in set(threading.enumerate()) - before]
    assert [name for name in left if name.startswith("foundry-emulator")] == []


def test_idle_keep_alive_connections_do_not_hold_stop_up(
    serve: Any, connect: Any, count: Any
) -> None:
    emulator = serve()
    client = connect(emulator)
    assert client.post(COUNT, json=count).status_code == 200
    begun = time.monotonic()
    emulator.stop()
    assert time.monotonic() - begun < 1


def test_an_emulator_starts_again(connect: Any, count: Any) -> None:
    emulator = Emulator(load_scenario("healthy"))
    for _ in range(2):
        with emulator:
            assert connect(emulator).post(COUNT, json=count).status_code == 200
    assert len(emulator.requests) == 2
    with emulator, pytest.raises(RuntimeError, match="running"):
        emulator.start()


def test_many_connections_at_once(serve: Any) -> None:
    emulator = serve()
    context = ssl.create_default_context(cafile=str(emulator.ca_file))
    headers = {"x-api-key": emulator.api_key}

    def call(results: list[int]) -> None:
        with httpx.Client(verify=context, trust_env=False, timeout=20) as client:
            url = f"{emulator.base_url}/x"
            results.extend(client.get(url, headers=headers).status_code for _ in range(5))

    results: list[int] = []
    threads = [threading.Thread(target=call, args=(results,)) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert results == [404] * 60
    assert len({one.connection for one in emulator.requests}) == 12


def test_a_taken_port_is_an_error_that_leaves_nothing(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        emulator = Emulator(
            load_scenario("healthy"), taken.getsockname()[1], bind="127.0.0.1", tmp_dir=tmp_path
        )
        with pytest.raises(OSError, match=r"in use|Only one usage"):
            emulator.start()
    assert list(tmp_path.iterdir()) == []


def test_both_loopback_addresses_answer(serve: Any, connect: Any) -> None:
    emulator = serve()
    hosts = ["127.0.0.1"]
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
        hosts.append("[::1]")
    except OSError:
        pass  # This machine has no IPv6 loopback; the emulator then serves IPv4 alone.
    for host in hosts:
        reply = connect(emulator, base_url="").get(f"https://{host}:{emulator.port}/")
        assert reply.status_code == 404


def test_production_names_stand_on_the_certificate(serve: Any) -> None:
    name = "contoso-ai.services.ai.azure.com"
    emulator = serve(bind="127.0.0.1", hostnames=[name, "login.microsoftonline.com"])
    assert emulator.base_url == f"https://{name}:{emulator.port}/anthropic"
    context = ssl.create_default_context(cafile=str(emulator.ca_file))
    for host in (name, "login.microsoftonline.com"):
        with (
            socket.create_connection(("127.0.0.1", emulator.port), timeout=5) as plain,
            context.wrap_socket(plain, server_hostname=host) as secure,
        ):
            assert secure.version()


def test_port_443_is_left_out_of_the_url() -> None:
    emulator = Emulator(load_scenario("healthy"), hostnames=["a.example", "b.example"])
    assert emulator._origin(443) == "https://a.example"
    assert emulator._origin(444) == "https://a.example:444"
    assert Emulator(load_scenario("healthy"), host="::1")._origin(8) == "https://[::1]:8"


def test_an_authority_is_shared_and_kept_on_disk(tmp_path: Path, connect: Any) -> None:
    authority = ThrowAwayAuthority()
    authority.save(tmp_path)
    assert stat.S_IMODE((tmp_path / "ca.key").stat().st_mode) == 0o600
    again = ThrowAwayAuthority.load(tmp_path)
    assert again.certificate_pem == authority.certificate_pem
    with (
        Emulator(load_scenario("healthy"), ca=authority) as first,
        Emulator(load_scenario("healthy"), ca=again) as second,
    ):
        client = connect(first, base_url="")
        for emulator in (first, second):
            assert client.get(f"{emulator.origin}/").status_code == 404


def test_the_authority_satisfies_strict_checks(serve: Any) -> None:
    emulator = serve()
    context = ssl.create_default_context(cafile=str(emulator.ca_file))
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    with (
        socket.create_connection(("127.0.0.1", emulator.port), timeout=5) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secure,
    ):
        assert secure.version()


def test_a_long_host_name_fits(tmp_path: Path) -> None:
    name = ".".join(["a" * 60] * 3) + ".example"
    leaf = ThrowAwayAuthority().issue([name])
    certificate = x509.load_pem_x509_certificate(leaf.chain_pem)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == [name]


def test_keys_look_real_and_differ(serve: Any) -> None:
    first, second, wrong = serve(), serve(), serve("key-invalid")
    for emulator in (first, second, wrong):
        assert re.fullmatch("[A-Za-z0-9]{84}", emulator.api_key)
    assert len({first.api_key, second.api_key, wrong.api_key, wrong.valid_key}) == 4
    assert first.api_key == first.valid_key


def test_the_environment_leads_to_the_emulator_alone(serve: Any) -> None:
    emulator = serve()
    environment = emulator.environment
    assert environment["ANTHROPIC_FOUNDRY_BASE_URL"] == emulator.base_url
    assert environment["ANTHROPIC_FOUNDRY_API_KEY"] == emulator.api_key
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"):
        assert environment[name] == str(emulator.ca_file)
    for name in ("ANTHROPIC_FOUNDRY_RESOURCE", "HTTPS_PROXY", "https_proxy"):
        assert environment[name] is None


@pytest.mark.parametrize(
    ("name", "variable", "value"),
    [
        ("config-missing", "ANTHROPIC_FOUNDRY_BASE_URL", None),
        ("config-missing", "ANTHROPIC_FOUNDRY_RESOURCE", None),
        ("config-conflict", "ANTHROPIC_FOUNDRY_RESOURCE", "contoso-ai"),
        ("credentials-missing", "ANTHROPIC_FOUNDRY_API_KEY", None),
        ("credentials-missing", "AZURE_CLIENT_SECRET", None),
        ("proxy-unreachable", "NO_PROXY", ""),
    ],
)
def test_the_environment_of_a_scenario(
    serve: Any, name: str, variable: str, value: str | None
) -> None:
    environment = serve(name).environment
    assert variable in environment
    assert environment[variable] == value


def test_the_missing_bundle_is_missing(serve: Any) -> None:
    emulator = serve("ca-bundle-invalid")
    named = Path(str(emulator.environment["SSL_CERT_FILE"]))
    assert named.parent == emulator.ca_file.parent
    assert not named.exists()


@pytest.mark.parametrize(
    "header",
    ["x-api-key", "api-key", "authorization", "ocp-apim-subscription-key", "cookie", "x-other"],
)
def test_no_credential_is_recorded(serve: Any, connect: Any, count: Any, header: str) -> None:
    emulator = serve()
    key = emulator.api_key
    value = f"Bearer {key}" if header == "authorization" else key
    client = connect(emulator, key=None, headers={header: value})
    client.post(f"{COUNT}?key={key}", json={**count, "metadata": {"leak": key}})
    (recorded,) = emulator.requests
    assert key not in repr(recorded)
    assert recorded.headers[header].endswith("[redacted]")
    assert recorded.auth_headers == (() if header == "x-other" else (header,))
    assert recorded.method == "POST"
    assert recorded.path.startswith("/anthropic/v1/messages/count_tokens?")
    assert recorded.body["model"] == "claude-sonnet-5"
    assert all(name == name.lower() for name in recorded.headers)


def test_a_token_is_not_recorded_either(serve: Any, connect: Any, count: Any) -> None:
    emulator = serve()
    for value in ("Bearer aaa.bbb.ccc", "aaa.bbb.ccc", "Own aaa.bbb.ccc"):
        headers = {"authorization": value}
        connect(emulator, key=None, headers=headers).post(COUNT, json=count)
    assert "bbb" not in repr(emulator.requests)
    assert [one.headers["authorization"] for one in emulator.requests] == [
        "Bearer [redacted]",
        "[redacted]",
        "[redacted]",
    ]


def test_a_wrong_key_is_not_recorded_in_other_places(serve: Any, connect: Any) -> None:
    emulator = serve("key-wrong-provider")
    connect(emulator).post(COUNT, content=json.dumps({"note": emulator.api_key}))
    assert "sk-ant" not in repr(emulator.requests)


def test_a_body_that_is_not_json_is_not_recorded(serve: Any, connect: Any) -> None:
    emulator = serve()
    connect(emulator).post(COUNT, content=b"client_secret=x")
    assert emulator.requests[0].body is None


def test_the_key_is_in_no_repr(serve: Any) -> None:
    emulator = serve()
    assert emulator.api_key not in repr(emulator)
    assert emulator.api_key not in repr(vars(emulator)["scenario"])


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs /proc to count descriptors")
def test_no_descriptor_is_left(connect: Any, count: Any) -> None:
    def once() -> None:
        with Emulator(load_scenario("healthy")) as emulator:
            context = ssl.create_default_context(cafile=str(emulator.ca_file))
            with httpx.Client(verify=context, trust_env=False) as client:
                client.post(emulator.base_url + COUNT, json=count)

    once()
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - names are all that counts
    for _ in range(3):
        once()
    assert len(os.listdir("/proc/self/fd")) <= before  # noqa: PTH208
    assert own_threads() == []
