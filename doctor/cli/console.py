"""What the terminal is: colour, width, shell; and writing to it without surprises."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

from ..noun import Noun


class Console(Noun):
    """Where text goes and what may be in it."""

    out: TextIO
    err: TextIO
    environ: Mapping[str, str]
    no_color: bool = False

    @property
    def color(self) -> bool:
        """Colour on stdout: a terminal that wants it; NO_COLOR (any value) and dumb say no."""
        if self.no_color or self.environ.get("NO_COLOR") or self.environ.get("TERM") == "dumb":
            return False
        return _terminal(self.out)

    @property
    def live(self) -> bool:
        """Whether stderr is a terminal whose line can be rewritten."""
        return _terminal(self.err) and self.environ.get("TERM") != "dumb"

    @property
    def width(self) -> int:
        """Columns of the terminal; 80 for a pipe, unless COLUMNS says otherwise."""
        columns = self.environ.get("COLUMNS", "")
        if columns.isdecimal() and int(columns) > 0:
            return max(20, min(int(columns), 400))
        return max(20, shutil.get_terminal_size((80, 24)).columns) if _terminal(self.out) else 80

    @property
    def ascii(self) -> bool:
        """Whether stdout's encoding cannot carry typographic characters."""
        encoding = (getattr(self.out, "encoding", None) or "ascii").lower().replace("_", "-")
        return not encoding.startswith(("utf-8", "utf8", "utf-16"))

    @property
    def shell(self) -> str:
        """`pwsh` on Windows outside a POSIX shell, else `bash`: whose quoting remedies use."""
        windows = sys.platform == "win32" and not self.environ.get("SHELL")
        return "pwsh" if windows else "bash"

    def write(self, text: str) -> None:
        """Text to stdout, flushed. A reader that has gone away is no error of ours."""
        self._put(self.out, text)

    def note(self, text: str) -> None:
        """One line to stderr."""
        self._put(self.err, text + "\n")

    def _put(self, stream: TextIO, text: str) -> None:
        encoding = getattr(stream, "encoding", None) or "utf-8"
        try:
            stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
            stream.flush()
        except (OSError, ValueError) as error:
            # `foundry-doctor | head`, a full disk, a closed descriptor: the exit code still
            # counts, the rest has no reader.
            silence(stream)
            if stream is self.out and not isinstance(error, BrokenPipeError):
                self._put(self.err, f"foundry-doctor: stdout cannot be written: {error}\n")


def silence(stream: TextIO) -> None:
    """Send what is still to come (and what is buffered) nowhere, so that exiting raises nothing."""
    try:
        devnull = os.open(os.devnull, os.O_WRONLY)
        os.dup2(devnull, stream.fileno())
        os.close(devnull)
    except (OSError, ValueError):
        return


def open_stream(stream: TextIO | None) -> TextIO:
    """A stream to write to, also where the descriptor was closed before we started (`>&-`)."""
    return Path(os.devnull).open("w", encoding="utf-8") if stream is None else stream


def _terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except ValueError:
        return False
