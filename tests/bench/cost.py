"""What the program costs, side by side in one run, as ratios.

    python tests/bench/cost.py [--check]

Compares `--version` with a bare interpreter; a healthy `run -o json` by key with one bare httpx
request to the same emulator; and a healthy run by Entra with a bare azure-identity token plus as
many httpx requests as the run makes; and a failing `bundle` with the same `run`, in milliseconds.
Prints medians, ratios and peak memory. `--check` exits 1 where a figure is above its limit (the
best of three rounds counts: other load on the machine can only make a round slower).
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from foundry_doctor.emulator import Emulator, load_scenario

PROGRAM = str(Path(sys.executable).with_name("foundry-doctor"))
BARE_REQUEST = """
import os, httpx
url = os.environ["ANTHROPIC_FOUNDRY_BASE_URL"] + "/v1/messages/count_tokens"
key = os.environ["ANTHROPIC_FOUNDRY_API_KEY"]
body = {"model": "claude-sonnet-5", "messages": [{"role": "user", "content": "ping"}]}
headers = {"x-api-key": key, "api-key": key, "anthropic-version": "2026-10-21"}
assert httpx.post(url, json=body, headers=headers).status_code == 200
"""
BARE_ENTRA = """
import os, sys, httpx
from azure.identity import DefaultAzureCredential
credential = DefaultAzureCredential(disable_instance_discovery=True)
token = credential.get_token("https://ai.azure.com/.default").token
arm = credential.get_token("https://management.azure.com/.default").token
url = os.environ["ANTHROPIC_FOUNDRY_BASE_URL"] + "/v1/messages/count_tokens"
body = {"model": "claude-sonnet-5", "messages": [{"role": "user", "content": "ping"}]}
headers = {"authorization": "Bearer " + token, "anthropic-version": "2026-10-21"}
accounts = (os.environ["FOUNDRY_DOCTOR_ARM_ENDPOINT"] + "/subscriptions/"
    + os.environ["AZURE_SUBSCRIPTION_ID"]
    + "/providers/Microsoft.CognitiveServices/accounts?api-version=2025-06-01")
with httpx.Client() as client:
    for _ in range(int(sys.argv[1])):
        assert client.post(url, json=body, headers=headers).status_code == 200
    for _ in range(int(sys.argv[2])):
        answer = client.get(accounts, headers={"authorization": "Bearer " + arm})
        assert answer.status_code == 200
"""
LIMITS = {"--version": 2.5, "healthy run": 1.8, "healthy Entra": 1.6}
BUNDLE_MS, REFERENCE_MS = 300, 131
"""What a bundle may add where one bare httpx request takes the reference; a slower machine has
the limit in proportion."""
ROUNDS, RUNS = 3, 11


def took(command: Sequence[str], env: Mapping[str, str], cwd: str, code: int = 0) -> float:
    """Seconds of wall time of one whole process, which must end with this code."""
    started = time.perf_counter()
    done = subprocess.run(command, env=dict(env), cwd=cwd, capture_output=True, check=False)
    if done.returncode != code:
        raise SystemExit(f"{command} ended with {done.returncode}: {done.stderr.decode()[-500:]}")
    return time.perf_counter() - started


def pair(
    ours: Sequence[str], theirs: Sequence[str], env: Mapping[str, str], cwd: str, code: int = 0
) -> tuple[float, float]:
    """Medians of two commands run in turn, after one warm-up each."""
    took(ours, env, cwd, code), took(theirs, env, cwd, code)
    times = [(took(ours, env, cwd, code), took(theirs, env, cwd, code)) for _ in range(RUNS)]
    return statistics.median(a for a, _ in times), statistics.median(b for _, b in times)


def peak_memory(command: Sequence[str], env: Mapping[str, str], cwd: str) -> float:
    """MiB of the largest child of a process that runs the command alone."""
    probe = (
        "import resource, subprocess, sys;"
        "subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe, *command],
        env=dict(env), cwd=cwd, capture_output=True, text=True, check=True,
    )  # fmt: skip
    unit = 1024 if sys.platform != "darwin" else 1024 * 1024
    return int(done.stdout) / unit


def entra(emulator: Emulator, home: str) -> tuple[list[str], list[str], dict[str, str]]:
    """A healthy run by Entra, the bare equivalent, and the environment of both."""
    env = {"PATH": os.environ["PATH"], "HOME": home, "AZURE_TOKEN_CREDENTIALS": "prod"}
    env.update({k: v for k, v in emulator.environment.items() if v is not None})
    del env["ANTHROPIC_FOUNDRY_API_KEY"]
    run = [PROGRAM, "run", "-o", "json", "--deployment", emulator.deployment]
    done = subprocess.run(run, env=env, cwd=home, capture_output=True, text=True, check=True)
    urls = [one["url"] for one in json.loads(done.stdout)["exchanges"]]
    calls = sum("count_tokens" in url for url in urls)
    readings = sum(url.startswith(env["FOUNDRY_DOCTOR_ARM_ENDPOINT"]) for url in urls)
    return run, [sys.executable, "-c", BARE_ENTRA, str(calls), str(readings)], env


def bundle_adds(rounds: int, home: str, bare_ms: float) -> bool:
    """Whether the support bundle of a failing run costs no more than it may."""
    best, limit = float("inf"), BUNDLE_MS * max(1.0, bare_ms / REFERENCE_MS)
    with Emulator(load_scenario("key-invalid"), planes="all") as emulator:
        env = {"PATH": os.environ["PATH"], "HOME": home}
        env.update({k: v for k, v in emulator.environment.items() if v is not None})
        more = ["-o", "json", "--deployment", emulator.deployment]
        run, bundle = [PROGRAM, "run", *more], [PROGRAM, "bundle", "-O", "case.zip", *more]
        for _ in range(rounds):
            mine, other = pair(bundle, run, env, home, code=1)
            best = min(best, (mine - other) * 1000)
            print(f"bundle        {mine * 1000:6.0f} ms - {other * 1000:6.0f} ms of the run alone")
            if best <= limit:
                break
    verdict = "within" if best <= limit else "ABOVE"
    scaled = f"{limit:.0f} ms here ({BUNDLE_MS} ms where a bare request takes {REFERENCE_MS} ms)"
    print(f"bundle        adds {best:.0f} ms, {verdict} the limit of {scaled}")
    return best <= limit


def main() -> int:
    """Measure, print, and with `--check` judge."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    healthy = Emulator(load_scenario("healthy"), planes="all")
    with tempfile.TemporaryDirectory() as home, healthy as emulator:
        env = {"PATH": os.environ["PATH"], "HOME": home}
        env.update({k: v for k, v in emulator.environment.items() if v is not None})
        run = [PROGRAM, "run", "-o", "json", "--deployment", emulator.deployment]
        bare = [sys.executable, "-c", BARE_REQUEST]
        cases = {
            "--version": ([PROGRAM, "--version"], [sys.executable, "-c", "pass"], env),
            "healthy run": (run, bare, env),
            "healthy Entra": entra(emulator, home),
        }
        worst, bare_ms = 0, 0.0
        for name, (ours, theirs, world) in cases.items():
            best = float("inf")
            for _ in range(ROUNDS if check else 1):
                mine, other = pair(ours, theirs, world, home)
                best = min(best, mine / other)
                bare_ms = other * 1000 if name == "healthy run" else bare_ms
                print(
                    f"{name:13} {mine * 1000:6.0f} ms / {other * 1000:6.0f} ms = {mine / other:.2f}"
                )
                if best <= LIMITS[name]:
                    break
            verdict = "within" if best <= LIMITS[name] else "ABOVE"
            print(f"{name:13} ratio {best:.2f}, {verdict} the limit of {LIMITS[name]}")
            worst |= best > LIMITS[name]
        worst |= not bundle_adds(ROUNDS if check else 1, home, bare_ms)
        memory = peak_memory(run, env, home), peak_memory(bare, env, home)
        print(f"peak memory   {memory[0]:.0f} MiB, bare httpx request {memory[1]:.0f} MiB")
    return int(check and worst)


if __name__ == "__main__":
    sys.exit(main())
