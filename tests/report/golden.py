"""Golden files: whole outputs, compared as text; UPDATE_GOLDEN=1 writes them anew."""

from __future__ import annotations

import os
from pathlib import Path

HERE = Path(__file__).parent / "golden"


def expected(name: str, text: str) -> str:
    """What the golden file holds; `text` is what it will hold after an update."""
    path = HERE / name
    if os.environ.get("UPDATE_GOLDEN") == "1":
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text.encode("utf-8"))
    if not path.exists():
        return f"no golden file {name}: look at the output, then set UPDATE_GOLDEN=1"
    return path.read_bytes().decode("utf-8").replace("\r\n", "\n")
