"""The wheel holds every file of the tree, and its metadata say what the program says."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import foundry_doctor

ROOT = Path(__file__).parents[1]
FOLDERS = {"doctor": "foundry_doctor", "checks": "foundry_doctor/checks",
           "playbooks": "foundry_doctor/playbooks"}  # fmt: skip
IGNORED = {"__pycache__", ".mypy_cache", ".ruff_cache", ".DS_Store"}


def tree() -> set[str]:
    """Every shipped file, by its name in the wheel."""
    found = set()
    for folder, package in FOLDERS.items():
        for path in (ROOT / folder).rglob("*"):
            parts = path.relative_to(ROOT / folder).parts
            if path.is_file() and not IGNORED.intersection(parts) and path.suffix != ".pyc":
                found.add("/".join([package, *parts]))
    return found


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """A wheel built from a copy of the tree, so that nothing is left behind in it."""
    import shutil

    work = tmp_path_factory.mktemp("wheel")
    source = work / "source"
    skip = shutil.ignore_patterns(".git", ".venv*", "build", "dist", "*.egg-info", "tests", ".*")
    shutil.copytree(ROOT, source, ignore=skip)
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "-q",
        "--no-deps",
        "-w",
        str(work),
        str(source),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"pip cannot build a wheel here: {done.stderr.strip()[-300:]}")
    return zipfile.ZipFile(next(work.glob("*.whl")))


def test_the_wheel_holds_every_file_of_the_tree(wheel: zipfile.ZipFile) -> None:
    inside = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert inside == tree()


def test_the_wheel_s_version_is_the_program_s(wheel: zipfile.ZipFile) -> None:
    name = next(name for name in wheel.namelist() if name.endswith("METADATA"))
    assert f"Version: {foundry_doctor.__version__}" in wheel.read(name).decode()


def test_the_tests_run_against_the_installed_package() -> None:
    assert foundry_doctor.__file__ is not None
    home = Path(foundry_doctor.__file__).parent
    assert home.name == "foundry_doctor" or home == ROOT / "doctor"
