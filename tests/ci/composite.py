"""Runs a composite action's steps in order, as the runner does: as far as that goes without one."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from .expressions import Expressions

ROOT = Path(__file__).parents[2]
ACTION = ROOT / "action.yml"
BASH = ("bash", "--noprofile", "--norc", "-e", "-o", "pipefail")
"""What `shell: bash` stands for."""
Uses = Callable[[Mapping[str, str]], Mapping[str, str]]
"""A stand-in of another action: its `with` → its outputs."""


@dataclass
class Job:
    """What a runner holds for one use of the action."""

    folder: Path
    env: Mapping[str, str]
    event: object = None
    uses: dict[str, Uses] = field(default_factory=dict)
    after: dict[str, Callable[[Mapping[str, str]], None]] = field(default_factory=dict)
    """Step id → what happens after it, given its outputs."""

    @property
    def temp(self) -> Path:
        """RUNNER_TEMP."""
        return self.folder / "runner temp"  # with a space, as on some machines

    @property
    def work(self) -> Path:
        """GITHUB_WORKSPACE, the working directory of the steps."""
        return self.folder / "work"

    def variables(self) -> dict[str, str]:
        """The environment that every step has."""
        self.temp.mkdir(parents=True, exist_ok=True)
        self.work.mkdir(parents=True, exist_ok=True)
        event = self.folder / "event.json"
        event.write_text(json.dumps(self.event or {}), "utf-8")
        return {
            **self.env,
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_EVENT_PATH": str(event),
            "GITHUB_JOB": "preflight",
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_WORKSPACE": str(self.work),
            "RUNNER_OS": "Linux",
            "RUNNER_TEMP": str(self.temp),
        }


@dataclass
class Done:
    """What one use of the action left behind."""

    outputs: dict[str, str] = field(default_factory=dict)
    steps: dict[str, dict[str, str]] = field(default_factory=dict)
    codes: dict[str, int] = field(default_factory=dict)
    log: str = ""
    summary: str = ""
    failed: bool = False
    ran: list[str] = field(default_factory=list)


def use(job: Job, inputs: Mapping[str, str]) -> Done:
    """`uses: OWNER/foundry-doctor` with these inputs."""
    action = yaml.safe_load(ACTION.read_text("utf-8"))
    unknown = set(inputs) - set(action["inputs"])
    assert not unknown, f"no such input: {unknown}"
    names = {
        f"inputs.{name}": str(inputs.get(name, one.get("default", "")))
        for name, one in action["inputs"].items()
    }
    done = Done()
    job.folder.mkdir(parents=True, exist_ok=True)
    for number, step in enumerate(action["runs"]["steps"]):
        expressions = Expressions(names, failed=done.failed)
        if not expressions.holds(step.get("if")):
            continue
        name = step.get("id") or step["uses"].partition("@")[0]
        done.ran.append(name)
        outputs, code = _step(step, expressions, job, done, number)
        done.codes[name] = code
        done.steps[name] = outputs
        names |= {f"steps.{name}.outputs.{key}": value for key, value in outputs.items()}
        done.failed = done.failed or (code != 0 and not step.get("continue-on-error"))
        if name in job.after:
            job.after[name](outputs)
    last = Expressions(names, failed=done.failed)
    done.outputs = {name: last.fill(one["value"]) for name, one in action["outputs"].items()}
    return done


def _nothing(_: Mapping[str, str]) -> Mapping[str, str]:
    return {}


def _step(
    step: Mapping[str, Any], expressions: Expressions, job: Job, done: Done, number: int
) -> tuple[dict[str, str], int]:
    if "uses" in step:
        given = {name: expressions.fill(str(value)) for name, value in step["with"].items()}
        stand_in = job.uses.get(step["uses"].partition("@")[0], _nothing)
        return dict(stand_in(given)), 0
    assert step["shell"] == "bash", "the emulation knows bash"
    script = job.folder / f"step-{number}.sh"
    script.write_text(expressions.fill(step["run"]), "utf-8")
    output, summary = job.folder / f"output-{number}", job.folder / f"summary-{number}"
    output.write_text("", "utf-8")
    summary.write_text("", "utf-8")
    env = {
        **job.variables(),
        **{name: expressions.fill(str(value)) for name, value in step.get("env", {}).items()},
        "GITHUB_OUTPUT": str(output),
        "GITHUB_STEP_SUMMARY": str(summary),
    }
    ran = subprocess.run(
        [*BASH, str(script)], env=env, cwd=job.work, capture_output=True, text=True,
        encoding="utf-8", timeout=100, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    done.log += ran.stdout + ran.stderr
    done.summary += summary.read_text("utf-8")
    return read_outputs(output.read_text("utf-8")), ran.returncode


def read_outputs(text: str) -> dict[str, str]:
    """A GITHUB_OUTPUT file: `name=value`, or a name with a delimiter around its lines."""
    found: dict[str, str] = {}
    lines = iter(text.splitlines())
    for line in lines:
        if (several := re.fullmatch(r"([\w-]+)<<(.+)", line)) is not None:
            value = []
            for inner in lines:
                if inner == several.group(2):
                    break
                value.append(inner)
            found[several.group(1)] = "\n".join(value)
            continue
        name, equals, value_text = line.partition("=")
        assert equals, f"no output: {line!r}"
        found[name] = value_text
    return found
