"""SIGTERM as an exception, so that a terminated run still writes its report."""

from __future__ import annotations

import signal
from types import FrameType


class Terminated(BaseException):
    """SIGTERM arrived."""


def raise_on_sigterm() -> None:
    """From now on SIGTERM raises Terminated in the main thread."""

    def handler(number: int, frame: FrameType | None) -> None:
        raise Terminated

    try:
        signal.signal(signal.SIGTERM, handler)
    except ValueError:
        return  # not the main thread: an embedding program keeps its own handling
