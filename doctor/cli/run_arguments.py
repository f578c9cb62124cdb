"""The flags that `run` and `bundle` share, and those that several verbs have."""

from __future__ import annotations

import argparse

from .argument_types import REPORTS, duration, number, report_file, seconds

TIERS = ("offline", "free", "paid")


def run_options(run: argparse.ArgumentParser) -> None:
    """The options of `run`, which `bundle` has as well.

    What the config file's `defaults:` may set has no default here: see `policy.settled`.
    """
    target = run.add_argument_group("target")
    target.add_argument("--resource", metavar="NAME", help="the Foundry resource's name")
    target.add_argument(
        "--base-url", metavar="URL", help="https://…/anthropic, instead of a resource"
    )
    several(target, "--deployment", "NAME", "deployment name (the `model` of your requests)")
    target.add_argument(
        "--auth", choices=("auto", "key", "entra"), help="auto: a key when one is set, else Entra"
    )
    target.add_argument("--scope", metavar="S", help="scope of the Entra token")
    target.add_argument("--tenant", metavar="T", help="tenant to sign in to")
    target.add_argument(
        "--subscription", metavar="ID", help="the resource's; Resource Manager is read then"
    )
    target.add_argument("--resource-group", metavar="G", help="the resource's resource group")
    target.add_argument("--cloud", choices=("public", "usgov", "china"), help="the cloud (public)")
    target.add_argument("--config", metavar="FILE", help="config file (./foundry-doctor.yaml)")
    several(target, "--target", "NAME", "a target of the config file")
    target.add_argument(
        "--all-targets", action="store_true", help="every target of the config file"
    )
    checks = run.add_argument_group("checks")
    several(checks, "--only", "GLOB", "run only these checks, and what they need")
    several(checks, "--skip", "GLOB", "leave these checks out")
    limits(checks)
    checks.add_argument(
        "--wait",
        type=duration,
        metavar="DURATION",
        help="look again every 30 s or slower until nothing fails: 90s, 15m, 1h",
    )
    checks.add_argument(
        "--plan", action="store_true", help="print the calls a run would make; make none"
    )
    output = output_options(run, REPORTS)
    output.add_argument(
        "--report",
        type=report_file,
        nargs="+",
        action="extend",
        default=[],
        metavar="FORMAT=FILE",
        help="write the report in this format, too; repeatable",
    )
    run.add_argument(
        "--baseline",
        metavar="REPORT",
        help="an earlier report or bundle: what it has already does not fail the run",
    )
    run.add_argument(
        "--fingerprint-salt", metavar="TEXT", help="a secret of yours: lets `diff` compare keys"
    )
    run.add_argument("--fail-on", choices=("fail", "warning"), help="exit 4 for warnings (fail)")
    run.add_argument(
        "--on-missing-credentials",
        choices=("fail", "skip"),
        help="skip: without any credential exit 0, with a notice (pull requests from forks)",
    )


def several(group: argparse._ArgumentGroup, flag: str, metavar: str, text: str) -> None:
    group.add_argument(
        flag, metavar=metavar, nargs="+", action="extend", default=[], help=text + "; repeatable"
    )


def limits(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--tier",
        choices=TIERS,
        help="offline: no packet; free: nothing is billed; paid: one 1-token message more (free)",
    )
    group.add_argument("--timeout", type=seconds, metavar="S", help="seconds per wait (5)")
    group.add_argument("--budget", type=seconds, metavar="S", help="seconds for everything (30)")
    group.add_argument(
        "--max-calls", type=number, metavar="N", help="data-plane calls per deployment (4)"
    )


def output_options(
    verb: argparse.ArgumentParser, formats: tuple[str, ...] = ("text", "json")
) -> argparse._ArgumentGroup:
    output = verb.add_argument_group("output")
    output.add_argument("-o", choices=formats, dest="output",
                        help="the report's format on stdout (text)")  # fmt: skip
    output.add_argument("-v", action="count", default=0, dest="verbose", help="more; -vv: all")
    output.add_argument("-q", action="store_true", dest="quiet",
                        help="the verdict, the fix and the proof alone")  # fmt: skip
    output.add_argument("--no-color", action="store_true", help="no colour (also: NO_COLOR)")
    return output
