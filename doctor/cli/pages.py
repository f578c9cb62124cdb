"""Writes the reference pages: `python -m foundry_doctor.cli.pages [FOLDER]`, docs by default."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..engine.fact_page import fact_page
from ..engine.playbook_page import playbook_page
from ..engine.playbook_set import PlaybookSet, builtin_roots


def pages() -> Mapping[str, str]:
    """The text of each page by its file name."""
    return {
        "playbooks.md": playbook_page(PlaybookSet.load(builtin_roots())),
        "facts.md": fact_page(),
    }


def main(arguments: Sequence[str]) -> int:
    """Write them all into the folder and name them."""
    folder = Path(arguments[0] if arguments else "docs")
    folder.mkdir(exist_ok=True)
    for name, text in pages().items():
        # In the same bytes on every system: the page is compared with what is committed.
        (folder / name).write_bytes(text.encode())
        print(folder / name)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
