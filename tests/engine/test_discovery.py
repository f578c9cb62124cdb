"""Finding checks, in a process of its own with distributions made on the fly."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from foundry_doctor.engine.discovery import CHECKS_GROUP, PLAYBOOKS_GROUP, entry_points, find_checks
from foundry_doctor.errors import NoChecks

SHOW = """
import json, sys
from foundry_doctor.engine.discovery import find_checks
from foundry_doctor.engine.registry import in_order
found = find_checks()
print(json.dumps({
    "checks": {one.id: one.origin for one in found.checks},
    "order": [one.id for one in in_order(found.checks)],
    "broken": [[one.name, one.origin, one.problem] for one in found.broken],
    "metadata": "importlib.metadata" in sys.modules,
}))
"""
GOOD = """
from foundry_doctor import check, ok

@check({id!r}, "it holds", needs={needs!r})
def question(context):
    return ok("fine")
"""


class Site:
    """A folder on the path with distributions that declare entry points."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def add(
        self,
        name: str,
        source: str,
        *,
        target: str = "",
        group: str = CHECKS_GROUP,
        info: str = "dist",
    ) -> None:
        (self.folder / f"{name}.py").write_text(source)
        metadata = self.folder / f"{name}-1.2.{info}-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n")
        (metadata / "entry_points.txt").write_text(f"[{group}]\n{name} = {target or name}\n")

    def check(self, name: str, id_: str, *needs: str) -> None:
        self.add(name, GOOD.format(id=id_, needs=needs))

    def show(self) -> dict[str, Any]:
        environ = {**os.environ, "PYTHONPATH": str(self.folder)}
        done = subprocess.run(
            [sys.executable, "-c", SHOW],
            capture_output=True,
            text=True,
            env=environ,
            cwd=self.folder,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        return found


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def strangers(found: dict[str, Any]) -> dict[str, str]:
    return {id_: origin for id_, origin in found["checks"].items() if origin != "built-in"}


def test_without_plugins_no_metadata_is_imported(site: Site) -> None:
    site.add("other", "", group="console_scripts")
    found = site.show()
    assert strangers(found) == {}
    assert (found["broken"], found["metadata"]) == ([], False)
    assert "dns.resolve" in found["checks"]


def test_a_stranger_is_loaded_in_its_place(site: Site) -> None:
    site.check("acme", "endpoint.acme", "dns.resolve")
    site.add("single", GOOD.format(id="dns.single", needs=()), target="single:question")
    found = site.show()
    assert strangers(found) == {"endpoint.acme": "acme 1.2", "dns.single": "single 1.2"}
    assert found["order"].index("dns.resolve") < found["order"].index("endpoint.acme")
    assert found["broken"] == []


def test_two_strangers_may_need_each_other_in_any_order(site: Site) -> None:
    site.check("aaa", "endpoint.aaa", "dns.zzz")
    site.check("zzz", "dns.zzz")
    found = site.show()
    assert set(strangers(found)) == {"endpoint.aaa", "dns.zzz"}
    assert found["broken"] == []


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("raise RuntimeError('boom')", "RuntimeError: boom"),
        ("import no_such_module", "ModuleNotFoundError"),
        ("import sys; sys.exit(0)", "SystemExit: 0"),
        ("def broken(:", "SyntaxError"),
        ("x = 1", "holds no check"),
        (GOOD.format(id="dns.resolve", needs=()), "two checks are called dns.resolve"),
        (GOOD.format(id="x.a", needs=("no.such",)), "needs unknown checks: no.such"),
        (GOOD.format(id="x.a", needs=("x.a",)), "in a circle"),
        (
            GOOD.format(id="x.a", needs=()) + "again = check('x.a', 't')(lambda c: ok(''))",
            "two checks",
        ),
        (
            "from foundry_doctor import check\ncheck('x.a', 't', tier='cheap')(print)",
            "unknown tier",
        ),
        (
            "from foundry_doctor import Check\none = Check('x.a', 't', print, tier='cheap')",
            "unknown tier",
        ),
        ("from foundry_doctor import Check\none = Check('x.a')", "TypeError"),
    ],
)
def test_a_broken_plugin_is_named_and_the_others_load(site: Site, source: str, words: str) -> None:
    site.add("broken", source)
    site.check("fine", "dns.fine")
    found = site.show()
    assert strangers(found) == {"dns.fine": "fine 1.2"}
    ((name, origin, problem),) = found["broken"]
    assert (name, origin) == ("broken", "broken 1.2")
    assert words in problem


def test_a_missing_object_is_a_broken_plugin(site: Site) -> None:
    site.add("absent", "", target="absent:nothing")
    site.add("gone", "", target="not_installed")
    problems = [problem for _, _, problem in site.show()["broken"]]
    assert "AttributeError" in problems[0]
    assert "ModuleNotFoundError" in problems[1]


def test_one_check_with_two_names_is_one(site: Site) -> None:
    site.add("twice", GOOD.format(id="dns.twice", needs=()) + "alias = question\n")
    found = site.show()
    assert strangers(found) == {"dns.twice": "twice 1.2"}
    assert found["broken"] == []


def test_a_folder_named_checks_shadows_nothing(site: Site) -> None:
    (site.folder / "checks").mkdir()
    (site.folder / "checks" / "__init__.py").write_text("raise RuntimeError('shadow')")
    assert "dns.resolve" in site.show()["checks"]


def test_the_group_is_found_in_every_kind_of_metadata(site: Site) -> None:
    site.add("eggs", "", info="egg", group=PLAYBOOKS_GROUP)
    path = [str(site.folder / "no-such-folder"), str(site.folder)]
    assert entry_points(PLAYBOOKS_GROUP, path[:1]) == []
    assert entry_points(CHECKS_GROUP, path) == []
    from foundry_doctor.engine.discovery import _declared

    assert _declared(PLAYBOOKS_GROUP, path)
    assert not _declared(CHECKS_GROUP, path)


def test_no_built_in_check_is_no_success(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_module("foundry_doctor.checks"), "__path__", [])
    with pytest.raises(NoChecks) as caught:
        find_checks([])
    assert "Reinstall" in caught.value.advice


def test_the_built_in_checks() -> None:
    found = find_checks([])
    assert found.broken == ()
    ids = [one.id for one in found.checks]
    assert len(ids) == len(set(ids)) >= 19
    for one in found.checks:
        assert one.doc, one.id
        assert one.question.__module__.endswith(one.id.replace(".", "_")), one.id
        assert not one.title.endswith("."), one.id
