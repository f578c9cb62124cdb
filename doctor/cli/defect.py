"""Words for a defect of ours: where it broke and as what, without the values involved."""

from __future__ import annotations

import traceback
from pathlib import Path


def defect_text(error: Exception) -> str:
    """One sentence to report. An error's own message may quote a value, so it is left out."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    places = " > ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames)
    return (
        f"a defect of foundry-doctor: {type(error).__name__} at {places}\n"
        "Please report this line and the command that you ran."
    )
