"""The line on stderr while something takes longer than half a second."""

from __future__ import annotations

import sys
import threading
import time

from .console import Console

FIRST_AFTER = 0.5
EVERY = 0.5


class Progress:
    """Shows what is under way on a terminal, and nothing at all on a fast run or in a pipe.

    With `spoken` (a pipe and `-v`) each step becomes a line of its own.
    """

    def __init__(self, console: Console, *, spoken: bool = False) -> None:
        self._console = console
        self._live = console.live
        self._spoken = spoken and not self._live
        self._text = ""
        self._since = time.monotonic()
        self._shown = False
        self._stop = threading.Event()
        self._lock = threading.Lock()
        if self._live:
            threading.Thread(target=self._tick, name="progress", daemon=True).start()

    def say(self, text: str) -> None:
        """What is under way now."""
        self._text, self._since = text, time.monotonic()
        if self._spoken:
            self._console.note(text)

    def announce(self, text: str) -> None:
        """As `say`, and where nothing is rewritten a line in any case: a long wait begins."""
        self.say(text)
        if not self._live and not self._spoken:
            self._console.note(text)

    def close(self) -> None:
        """Take the line away."""
        with self._lock:
            self._stop.set()
            if self._shown:
                sys.stderr.write("\r\x1b[2K")
                sys.stderr.flush()
                self._shown = False

    def _tick(self) -> None:
        while not self._stop.wait(EVERY if self._shown else FIRST_AFTER):
            with self._lock:
                if self._stop.is_set() or not self._text:
                    continue
                seconds = int(time.monotonic() - self._since)
                took = f" ({seconds} s)" if seconds else ""
                line = (self._text[: max(10, self._console.width - 8)] + took).rstrip()
                sys.stderr.write(f"\r\x1b[2K{line}")
                sys.stderr.flush()
                self._shown = True
