"""What it costs to import the renderers, and what they may know."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import foundry_doctor.report

ROOM = Path(foundry_doctor.report.__file__).parent
ALLOWED = {"model", "errors", "secret", "links", "noun", "_version"}


def test_no_heavy_import_before_colour_is_wanted() -> None:
    code = (
        "import sys; before = set(sys.modules); import foundry_doctor.report.text,"
        " foundry_doctor.report.document, foundry_doctor.report.schema,"
        " foundry_doctor.report.plan, foundry_doctor.report.progress;"
        "print(sorted({name.split('.')[0] for name in set(sys.modules) - before}"
        " & {'rich', 'yaml', 'httpx', 'urllib', 'logging', 'asyncio', 'unicodedata'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True, text=True, check=True,
        env={"PYTHONPATH": str(ROOM.parent.parent), "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    assert done.stdout.strip() == "[]"


def test_the_room_knows_only_the_nouns() -> None:
    for path in ROOM.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.level == 2:
                assert node.module in ALLOWED, f"{path.name} imports {node.module}"
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                top = str(node.module).split(".")[0]
                assert top in sys.stdlib_module_names or top in ("rich", "jinja2", "markupsafe"), (
                    f"{path.name}: {top}"
                )
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    assert alias.name.split(".")[0] in sys.stdlib_module_names


def test_pure_functions_ask_neither_clock_nor_environment() -> None:
    for path in ROOM.glob("*.py"):
        names = {
            node.id for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.Name)
        }  # fmt: skip
        assert not names & {"os", "time", "datetime", "print", "open", "locale"}, path.name
