"""Large logs: the same answers as for small ones, in constant memory, and a bounded time."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest

from foundry_doctor.engine.playbook_set import PlaybookSet
from foundry_doctor.explain import explain as module
from foundry_doctor.explain.explain import Explainer
from foundry_doctor.explain.prefilter import Filter
from foundry_doctor.model import Explanation

HOST = "contoso-ai.services.ai.azure.com"
HEALTHY = (
    "2026-11-24T02:00:{0:02}.{1:03}Z INFO httpx POST https://" + HOST + '/anthropic/v1/messages'
    ' "HTTP/1.1 200 OK" {2}\n'
    '10.0.0.{0} - - [24/Nov/2026:02:00:00 +0000] "GET /items/{2} HTTP/1.1" 200 {1} "-" "Mozilla"\n'
)  # fmt: skip
OFF = (
    "2026-11-24T03:00:00Z ERROR app call failed\nTraceback (most recent call last):\n"
    '  File "app.py", line 12, in main\n    client.messages.create()\n'
    "anthropic.PermissionDeniedError: Error code: 403 - {'error': {'code': 'AuthenticationTypeDisabled',"
    " 'message': 'Key based authentication is disabled for this resource.'}}\n"
)
LIMITED = (
    "2026-11-24T02:{0:02}:{1:02}Z ERROR POST https://" + HOST + "/anthropic/v1/messages Error code: 429 -"
    " {{'error': {{'code': 'RateLimitReached', 'message': 'retry after {1} seconds'}}}}"
    " apim-request-id: 6c1e{0:04}-2222-4333-8444-55556666{1:04}\n"
)  # fmt: skip


def healthy(count: int) -> str:
    return "".join(HEALTHY.format(n % 60, n % 1000, n) for n in range(count))


@pytest.fixture
def stream(playbooks: PlaybookSet, monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.setattr(module, "SMALL", 0)

    def run(text: str) -> Explanation:
        explainer = Explainer(playbooks)
        explainer.take(io.BytesIO(text.encode()), "big.log")
        return explainer.result()

    return run


def causes(found: Explanation) -> list[str]:
    return [one.cause for one in found.diagnoses]


def test_one_failure_in_a_haystack(stream) -> None:  # type: ignore[no-untyped-def]
    text = healthy(4000) + OFF + healthy(4000).replace(HOST, "other.azurewebsites.net")
    assert causes(stream(text)) == ["key-auth-disabled"]


def test_the_last_state_counts(stream) -> None:  # type: ignore[no-untyped-def]
    failed = "".join(LIMITED.format(n % 60, n // 60 % 60) for n in range(500))
    assert causes(stream(failed + healthy(3000))) == []
    assert causes(stream(healthy(3000) + failed)) == ["rate-limited"]
    assert causes(stream(failed + healthy(100) + failed)) == ["rate-limited"]


def test_statuses_that_differ_are_not_one_shape(stream) -> None:  # type: ignore[no-untyped-def]
    line = "2026-11-24T02:00:00Z ERROR https://" + HOST + "/anthropic Error code: {} - {}\n"
    gone = line.format(404, "{'error': {'code': 'DeploymentNotFound', 'message': 'x'}}")
    off = line.format(403, "{'error': {'code': 'AuthenticationTypeDisabled', 'message': 'x'}}")
    assert set(causes(stream(gone * 100 + off * 100))) == {
        "deployment-not-found",
        "key-auth-disabled",
    }


def test_ids_of_the_first_and_the_last(stream) -> None:  # type: ignore[no-untyped-def]
    failed = "".join(LIMITED.format(n // 60, n % 60) for n in range(2000))
    found = stream(failed)
    lines = [one.line for one in found.request_ids]
    assert 1 in lines
    assert 2000 in lines
    assert all(one.time for one in found.request_ids)


def test_lines_are_numbered_as_in_the_file(stream) -> None:  # type: ignore[no-untyped-def]
    text = healthy(6000) + LIMITED.format(1, 2) + healthy(10).replace(HOST, "x.example.net")
    found = stream(text)
    assert [one.line for one in found.request_ids] == [12_001]


def test_places_keep_a_traceback_whole() -> None:
    sieve = Filter(lambda: False)
    (place,) = sieve.places(healthy(5) + OFF + healthy(5))
    assert place.text == OFF
    assert place.line == 11


def test_a_letter_that_changes_its_length_in_lower_case(stream) -> None:  # type: ignore[no-untyped-def]
    assert causes(stream("\u0130\u0130 " + healthy(50) + OFF)) == ["key-auth-disabled"]


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of its memory from /proc")
def test_memory_is_constant(tmp_path: Path) -> None:
    path = tmp_path / "big.log"
    with path.open("w") as file:
        for _ in range(10):
            file.write(healthy(20_000))
        file.write(OFF)
    # The peak of this process alone: what getrusage counts, a child inherits from its parent.
    program = (
        "import re\nfrom pathlib import Path\n"
        "from foundry_doctor.explain.explain import explain_files\n"
        f"found = explain_files([Path({str(path)!r})])\n"
        "peak = re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1]\n"
        "print(found.diagnoses[0].cause, peak)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    cause, peak = done.stdout.split()
    assert path.stat().st_size > 40_000_000
    assert cause == "key-auth-disabled"
    assert int(peak) < 120_000
