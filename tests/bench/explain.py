"""How fast `explain` reads a large log, and why its filter is an Aho-Corasick automaton.

    python tests/bench/explain.py [MEGABYTES] [--check]

Prints the whole command's MB/s and peak memory on a log that is almost all healthy and on one in
which every second line fails; the peak memory of `bundle --log` on the former; then ways to find
the places that matter, side by side in one run on the same text, as ratios to the chosen one.
`--check` exits 1 below the limits.
"""

from __future__ import annotations

import importlib
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from foundry_doctor.explain.prefilter import FAILING, _automaton

PROGRAM = str(Path(sys.executable).with_name("foundry-doctor"))
HOST = "contoso-ai.services.ai.azure.com"
LEAST, MOST_MIB = 30.0, 120.0


def lines(size: int, failing: float) -> Iterator[str]:
    """About `size` bytes of log lines, of which the share `failing` states a 429."""
    chance, written, number = random.Random(4), 0, 0
    while written < size:
        number += 1
        stamp = f"2026-11-24T02:{number % 60:02}:{number % 59:02}.123Z"
        id_ = f"{chance.getrandbits(32):08x}-1111-4222-8333-{chance.getrandbits(48):012x}"
        if chance.random() < failing:
            line = (
                f"{stamp} ERROR app POST https://{HOST}/anthropic/v1/messages Error code: 429 -"
                f' {{"error":{{"code":"RateLimitReached","message":"wait {number % 60} seconds"}}}}'
                f" apim-request-id: {id_}\n"
            )
        elif number % 3:
            line = (
                f"{stamp} INFO httpx HTTP Request: POST https://{HOST}/anthropic/v1/messages"
                f' "HTTP/1.1 200 OK" took={number % 900}ms id={id_}\n'
            )
        else:
            line = f'{{"level":"debug","ts":{number},"msg":"cache miss for user:{number}"}}\n'
        written += len(line)
        yield line


def whole_command(size: int, failing: float) -> tuple[float, float]:
    """MB/s of the whole process, start-up included, and its peak memory in MiB."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "big.log"
        with path.open("w") as file:
            file.writelines(lines(size, failing))
        started = time.perf_counter()
        subprocess.run([PROGRAM, "explain", str(path)], stdout=subprocess.DEVNULL, check=False)
        took = time.perf_counter() - started
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        return path.stat().st_size / took / 1e6, peak


def bundle_memory(size: int) -> float:
    """Peak memory in MiB of a support bundle that holds what a large log says."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "big.log"
        with path.open("w") as file:
            file.writelines(lines(size, 0.0005))
        env = {**os.environ, "HOME": folder, "ANTHROPIC_FOUNDRY_RESOURCE": "contoso-ai"}
        subprocess.run(
            [PROGRAM, "bundle", "--tier", "offline", "-O", "case.zip", "--log", str(path)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env, cwd=folder, check=False,
        )  # fmt: skip
        if not (Path(folder) / "case.zip").is_file():
            raise SystemExit("there is no bundle to be measured")
        return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def filters() -> dict[str, Callable[[str], int]]:
    """Ways to find every place; google-re2 only where it is installed."""
    words = [re.escape(word) for word in FAILING]
    ignoring, plain = re.compile("|".join(words), re.IGNORECASE), re.compile("|".join(words))
    found: dict[str, Callable[[str], int]] = {
        "pyahocorasick": lambda text: sum(1 for _ in _automaton(FAILING).iter(text.lower())),
        "word in text": lambda text: sum(word in low for low in [text.lower()] for word in FAILING),
        "re": lambda text: len(plain.findall(text.lower())),
        "re, ignoring case": lambda text: len(ignoring.findall(text)),
    }
    try:
        re2 = importlib.import_module("re2")
    except ImportError:
        return found
    compiled = re2.compile(("(?i)" + "|".join(words)).encode())
    found["google-re2"] = lambda text: len(compiled.findall(text.encode()))
    return found


def main() -> int:
    """Measure, print, and with `--check` judge."""
    numbers = [one for one in sys.argv[1:] if one.isdecimal()]
    size = int(numbers[0] if numbers else 200) * 1_000_000
    healthy, peak = whole_command(size, 0.0005)
    print(f"explain, healthy log  {healthy:6.1f} MB/s, peak memory {peak:.0f} MiB")
    dense, dense_peak = whole_command(size // 2, 0.5)
    print(f"explain, half fails   {dense:6.1f} MB/s, peak memory {dense_peak:.0f} MiB")
    bundle_peak = bundle_memory(size)
    print(f"bundle --log                      peak memory {bundle_peak:.0f} MiB")
    text = "".join(lines(4_000_000, 0.0005))
    base = 0.0
    for name, find in filters().items():
        started = time.perf_counter()
        find(text)
        took = time.perf_counter() - started
        base = base or took
        print(f"{name:18} {len(text) / took / 1e6:7.1f} MB/s, time ratio {took / base:.2f}")
    slow = healthy < LEAST or max(peak, dense_peak, bundle_peak) > MOST_MIB
    return int("--check" in sys.argv and slow)


if __name__ == "__main__":
    sys.exit(main())
