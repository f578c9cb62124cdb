"""The arrows between the rooms, held: who may import whom (CONTRIBUTING.md, "The house")."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NOUNS = {"model", "errors", "secret", "facts", "noun", "links", "_version"}
MAY: dict[str, set[str]] = {
    "model": {"secret", "noun"},
    "errors": set(),
    "noun": set(),
    "secret": set(),
    "facts": {"model", "noun"},
    "links": set(),
    "fingerprint": {"secret"},
    "settings": NOUNS,
    "network": NOUNS,
    "azure": NOUNS | {"network"},
    "foundry": NOUNS,
    "engine": NOUNS,
    "explain": NOUNS | {"foundry", "engine", "azure", "redact"},
    "redact": NOUNS,
    "report": NOUNS,
    "bundle": NOUNS | {"report", "redact"},
    "emulator": {"foundry"},
    "calls": NOUNS | {"network", "foundry"},
    "tenancy": NOUNS | {"network", "azure", "calls"},
    "context": NOUNS | {"network", "foundry", "azure", "calls", "tenancy"},
    "cli": NOUNS | {"azure", "settings", "network", "foundry", "engine", "report", "emulator",
                    "explain", "calls", "context", "tenancy", "redact", "bundle",
                    "fingerprint"},
}  # fmt: skip
"""Room → rooms it may import, beside itself."""
HEAVY = {"azure", "msal", "rich", "yaml", "dns", "cryptography", "truststore", "importlib.metadata",
         "jinja2", "markupsafe"}  # fmt: skip
"""What a healthy run does without: imported inside functions only."""


def room(path: Path) -> str:
    inside = path.relative_to(ROOT / "doctor").parts
    return inside[0] if len(inside) > 1 else path.stem


def imports(path: Path, *, top_level: bool = False) -> Iterator[tuple[int, str]]:
    """(line, absolute module) of each import that is not for type checkers alone."""
    package = ("foundry_doctor", *path.relative_to(ROOT / "doctor").parts[:-1])
    tree = ast.parse(path.read_text("utf-8"))
    nodes = ast.iter_child_nodes(tree) if top_level else ast.walk(tree)
    guarded = {id(inner) for node in ast.walk(tree) if _for_types(node) for inner in ast.walk(node)}
    for node in nodes:
        if id(node) in guarded:
            continue
        if isinstance(node, ast.Import):
            yield from ((node.lineno, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield node.lineno, module
            if node.module is None:
                yield from ((node.lineno, f"{module}.{name.name}") for name in node.names)


def _for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)


def sources() -> list[Path]:
    return sorted((ROOT / "doctor").rglob("*.py"))


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_arrows(path: Path) -> None:
    own = room(path)
    if own in ("__init__", "__main__"):
        return
    for line, module in imports(path):
        if not module.startswith("foundry_doctor."):
            continue
        other = module.split(".")[1]
        allowed = MAY[own] | {own, "_version"}
        assert other in allowed, f"{path}:{line}: {own} may not import {other}"


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_heavy_packages_are_imported_where_they_are_used(path: Path) -> None:
    for line, module in imports(path, top_level=True):
        heavy = next((name for name in HEAVY if f"{module}.".startswith(f"{name}.")), None)
        assert heavy is None or room(path) == "emulator", f"{path}:{line}: import {heavy} lazily"


def test_checks_import_only_the_public_api() -> None:
    for path in sorted((ROOT / "checks").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            modules: list[str] = []
            if isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{path}:{node.lineno}: no relative imports in checks"
                modules = [node.module or ""]
            elif isinstance(node, ast.Import):
                modules = [name.name for name in node.names]
            for module in modules:
                private = module.startswith("foundry_doctor.")
                assert not private, f"{path}: {module}: only `from foundry_doctor import …`"


def test_one_question_one_file() -> None:
    from foundry_doctor.engine.discovery import find_checks

    ids = {one.id.replace(".", "_") for one in find_checks().checks}
    files = {path.stem for path in (ROOT / "checks").glob("*.py")} - {"__init__"}
    assert ids == files


def test_only_the_command_line_prints() -> None:
    for path in sources():
        if room(path) in ("cli", "__main__") or path.name == "__main__.py":
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in ("print", "exit"), f"{path}:{node.lineno}"


def test_the_arrow_test_sees_a_violation(tmp_path: Path) -> None:
    planted = ROOT / "doctor" / "report"
    assert "network" not in MAY["report"]
    found = list(_modules("from ..network import client", planted))
    assert found == ["foundry_doctor.network"]


def _modules(source: str, folder: Path) -> Iterator[str]:
    node = ast.parse(source).body[0]
    assert isinstance(node, ast.ImportFrom)
    package = ("foundry_doctor", *folder.relative_to(ROOT / "doctor").parts)
    yield ".".join([*package[: len(package) - node.level + 1], node.module or ""])
