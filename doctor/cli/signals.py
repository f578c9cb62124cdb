"""SIGTERM as an exception, so that a terminated run still writes its report."""

from __future__ import annotations

import signal
from types import FrameType


class Terminated(BaseException):
    """SIGTERM or SIGHUP arrived."""


def raise_on_sigterm() -> None:
    """From now on SIGTERM and SIGHUP raise Terminated in the main thread."""

    def handler(number: int, frame: FrameType | None) -> None:
        raise Terminated

    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        try:
            # A SIGHUP that was switched off (nohup) stays off.
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, handler)
        except ValueError:
            return  # not the main thread: an embedding program keeps its own handling


def raise_on_sigint() -> None:
    """SIGINT as KeyboardInterrupt even where a shell's background job was started without it."""
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    except ValueError:
        return
