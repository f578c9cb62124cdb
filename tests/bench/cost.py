"""What the program costs, side by side in one run, as ratios.

    python tests/bench/cost.py [--check]

Compares `--version` with a bare interpreter, and a healthy `run -o json` by key with one bare
httpx request to the same emulator; prints medians, ratios and peak memory. `--check` exits 1
where a ratio is above its limit (the best of three rounds counts: other load on the machine can
only make a round slower).
"""

from __future__ import annotations

import argparse
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
LIMITS = {"--version": 2.5, "healthy run": 1.8}
ROUNDS, RUNS = 3, 11


def took(command: Sequence[str], env: Mapping[str, str], cwd: str) -> float:
    """Seconds of wall time of one whole process."""
    started = time.perf_counter()
    subprocess.run(command, env=dict(env), cwd=cwd, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started


def pair(
    ours: Sequence[str], theirs: Sequence[str], env: Mapping[str, str], cwd: str
) -> tuple[float, float]:
    """Medians of two commands run in turn, after one warm-up each."""
    took(ours, env, cwd), took(theirs, env, cwd)
    times = [(took(ours, env, cwd), took(theirs, env, cwd)) for _ in range(RUNS)]
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


def main() -> int:
    """Measure, print, and with `--check` judge."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    with tempfile.TemporaryDirectory() as home, Emulator(load_scenario("healthy")) as emulator:
        env = {"PATH": os.environ["PATH"], "HOME": home}
        env.update({k: v for k, v in emulator.environment.items() if v is not None})
        run = [PROGRAM, "run", "-o", "json", "--deployment", emulator.deployment]
        bare = [sys.executable, "-c", BARE_REQUEST]
        cases = {
            "--version": ([PROGRAM, "--version"], [sys.executable, "-c", "pass"]),
            "healthy run": (run, bare),
        }
        worst = 0
        for name, (ours, theirs) in cases.items():
            best = float("inf")
            for _ in range(ROUNDS if check else 1):
                mine, other = pair(ours, theirs, env, home)
                best = min(best, mine / other)
                print(
                    f"{name:12} {mine * 1000:6.0f} ms / {other * 1000:6.0f} ms = {mine / other:.2f}"
                )
                if best <= LIMITS[name]:
                    break
            verdict = "within" if best <= LIMITS[name] else "ABOVE"
            print(f"{name:12} ratio {best:.2f}, {verdict} the limit of {LIMITS[name]}")
            worst |= best > LIMITS[name]
        memory = peak_memory(run, env, home), peak_memory(bare, env, home)
        print(f"peak memory  {memory[0]:.0f} MiB, bare httpx request {memory[1]:.0f} MiB")
    return int(check and worst)


if __name__ == "__main__":
    sys.exit(main())
