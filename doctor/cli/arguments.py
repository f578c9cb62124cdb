"""The command line: verbs, flags and their help. A verb that is not here does not exist."""

from __future__ import annotations

import argparse
import re
from itertools import pairwise
from typing import NoReturn

from ..errors import UsageError

PROGRAM = "foundry-doctor"
TOP = """\
Find the one thing to fix when calls to Claude in Microsoft Foundry fail.

  foundry-doctor                      diagnose the configured target (same as: run)
  foundry-doctor --deployment NAME    … for this deployment
  foundry-doctor demo                 try it without an account, on an emulator of its own
  foundry-doctor demo --list          every failure that the emulator can play
"""
VERBS = """\
verbs:
  run         diagnose the configured target(s) (the default verb)
  explain     read a pasted error, log, HAR file or report: causes, remedies, request ids
  bundle      run, and write the support bundle; `bundle show` and `bundle verify` look at one
  diff        what changed between two reports or bundles
  demo        run against the embedded emulator: no account, no network, no cost
  emulator    serve the emulator for tests of your own
  checks      list the checks, or explain one
  playbooks   list the playbooks, explain one, or lint and test your own
  token       decode a token locally, unverified; it is never sent
  schema      print the JSON Schema of report, explain, config or playbook
  init        write a commented foundry-doctor.yaml

`foundry-doctor VERB --help` shows flags and examples. Settings come from flags, then the
environment (ANTHROPIC_FOUNDRY_RESOURCE or ANTHROPIC_FOUNDRY_BASE_URL, ANTHROPIC_FOUNDRY_API_KEY),
then foundry-doctor.yaml, then Claude Code's settings files.
"""
EXITS = """\
exit codes:
  0 nothing failed   1 a root cause is in the report   2 usage, config or playbook file
  3 could not tell   4 only warnings, with --fail-on warning   5 only transient failures
  70 a defect of the program   130 interrupted   143 terminated
"""
RUN_EXAMPLES = """\
examples:
  export ANTHROPIC_FOUNDRY_RESOURCE=contoso-ai ANTHROPIC_FOUNDRY_API_KEY=...
  foundry-doctor --deployment claude-sonnet-5
  foundry-doctor run --only 'dns.*' 'endpoint.*'     the way there, nothing else
  foundry-doctor run --tier offline                  settings only: no packet leaves
  foundry-doctor run -o json | jq .diagnosis[0].cause

"""
TIERS = ("offline", "free", "paid")
REPORTS = ("text", "json", "html")


class Parser(argparse.ArgumentParser):
    """argparse whose errors are UsageErrors, so that `-o json` can still answer in JSON."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}", advice=f"Try: {self.prog} --help")


def parser() -> Parser:
    """The whole command line."""
    top = Parser(
        prog=PROGRAM,
        description=TOP,
        epilog=VERBS + "\n" + EXITS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    top.add_argument("-V", "--version", action="store_true", help="print the version")
    verbs = top.add_subparsers(dest="verb", metavar="VERB", parser_class=Parser)
    _run(verbs)
    _explain(verbs)
    _bundle(verbs)
    _diff(verbs)
    _demo(verbs)
    _emulator(verbs)
    _lists(verbs)
    return top


def _verb(
    verbs: argparse._SubParsersAction[Parser], name: str, text: str, more: str = ""
) -> Parser:
    return verbs.add_parser(
        name,
        help=text,
        description=text[0].upper() + text[1:] + ".",
        epilog=more,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )


def _run(verbs: argparse._SubParsersAction[Parser]) -> None:
    _run_options(_verb(verbs, "run", "diagnose the configured target(s)", RUN_EXAMPLES + EXITS))


def _run_options(run: Parser) -> None:
    """The options of `run`, which `bundle` has as well."""
    target = run.add_argument_group("target")
    target.add_argument("--resource", metavar="NAME", help="the Foundry resource's name")
    target.add_argument(
        "--base-url", metavar="URL", help="https://…/anthropic, instead of a resource"
    )
    _several(target, "--deployment", "NAME", "deployment name (the `model` of your requests)")
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
    _several(target, "--target", "NAME", "a target of the config file")
    target.add_argument(
        "--all-targets", action="store_true", help="every target of the config file"
    )
    checks = run.add_argument_group("checks")
    _several(checks, "--only", "GLOB", "run only these checks, and what they need")
    _several(checks, "--skip", "GLOB", "leave these checks out")
    _limits(checks)
    checks.add_argument(
        "--plan", action="store_true", help="print the calls a run would make; make none"
    )
    _output(run, REPORTS)
    run.add_argument(
        "--fingerprint-salt", metavar="TEXT", help="a secret of yours: lets `diff` compare keys"
    )
    run.add_argument(
        "--fail-on", choices=("fail", "warning"), default="fail", help="exit 4 for warnings (fail)"
    )
    run.add_argument(
        "--on-missing-credentials",
        choices=("fail", "skip"),
        default="fail",
        help="skip: without any credential exit 0, with a notice (pull requests from forks)",
    )


def _several(group: argparse._ArgumentGroup, flag: str, metavar: str, text: str) -> None:
    group.add_argument(
        flag, metavar=metavar, nargs="+", action="extend", default=[], help=text + "; repeatable"
    )


def _limits(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--tier",
        choices=TIERS,
        default="free",
        help="offline: no packet; free: nothing is billed; paid: one 1-token message more (free)",
    )
    group.add_argument(
        "--timeout", type=_seconds, default=5.0, metavar="S", help="seconds per wait (5)"
    )
    group.add_argument(
        "--budget", type=_seconds, default=30.0, metavar="S", help="seconds for everything (30)"
    )
    group.add_argument(
        "--max-calls", type=_count, metavar="N", help="data-plane calls per deployment (4)"
    )


def _output(verb: Parser, formats: tuple[str, ...] = ("text", "json")) -> None:
    output = verb.add_argument_group("output")
    output.add_argument("-o", choices=formats, default="text", dest="output",
                        help="the report's format on stdout (text)")  # fmt: skip
    output.add_argument("-v", action="count", default=0, dest="verbose", help="more; -vv: all")
    output.add_argument("-q", action="store_true", dest="quiet",
                        help="the verdict, the fix and the proof alone")  # fmt: skip
    output.add_argument("--no-color", action="store_true", help="no colour (also: NO_COLOR)")


def _explain(verbs: argparse._SubParsersAction[Parser]) -> None:
    more = (
        "Offline: nothing is sent. Several files are read as one story, in their order.\n\n"
        "examples:\n"
        "  foundry-doctor explain error.txt\n"
        "  pbpaste | foundry-doctor explain\n"
        "  foundry-doctor explain app.log.gz network.har\n"
        "  foundry-doctor explain -o json build.log | jq -r .matches[0].cause\n\n"
        "exit codes:\n"
        "  1 a cause was found   3 none was found   2 an input cannot be read   130 interrupted\n"
    )
    text = "read a pasted error, log, HAR file or report: causes, remedies, request ids"
    explain = _verb(verbs, "explain", text, more)
    explain.add_argument(
        "files", nargs="*", metavar="FILE", help="files, plain, gzip or zip; - for stdin (-)"
    )
    explain.add_argument("--config", metavar="FILE", help="config file that names own playbooks")
    _output(explain)


def _bundle(verbs: argparse._SubParsersAction[Parser]) -> None:
    more = (
        "Runs as `run` does, prints the report, and writes one zip of at most 4 MB for a support\n"
        "desk: report, tickets, request ids, calls; no key, token, prompt or completion.\n\n"
        "examples:\n"
        "  foundry-doctor bundle --deployment claude-sonnet-5 --log app.log\n"
        "  foundry-doctor bundle -O case.zip --profile public    names become pseudonyms\n"
        "  foundry-doctor bundle show case.zip      everything that would be shared\n"
        "  foundry-doctor bundle verify case.zip    hashes, names, sizes, and one more scan\n\n"
        "show exits 0, or 2 for an unreadable file; verify 0, 1 bad, 2 unreadable; bundle as run\n"
        "does, 3 also where no bundle was written, 70 also where it would not be safe.\n\n"
    )
    text = "run, and write the support bundle; show or verify one"
    bundle = _verb(verbs, "bundle", text, more + EXITS)
    bundle.add_argument(
        "action", nargs="?", choices=("show", "verify"), help="what to do with an existing bundle"
    )
    bundle.add_argument("file", nargs="?", metavar="FILE", help="the bundle to show or verify")
    own = bundle.add_argument_group("bundle")
    own.add_argument(
        "-O", metavar="FILE.zip", dest="out", help="where to write it (foundry-doctor-TIME.zip)"
    )
    _several(own, "--log", "FILE", "a log to explain; its lines stay out of the bundle")
    own.add_argument(
        "--profile",
        choices=("vendor", "public"),
        default="vendor",
        help="vendor: a desk can look it up; public: names become pseudonyms (vendor)",
    )
    own.add_argument(
        "--ticket",
        choices=("microsoft", "anthropic"),
        default="microsoft",
        help="anthropic: a page for an account representative as well (microsoft)",
    )
    own.add_argument(
        "--excerpts", action="store_true", help="also the lines of the logs that hold request ids"
    )
    _run_options(bundle)


def _diff(verbs: argparse._SubParsersAction[Parser]) -> None:
    more = (
        "Ids, times and durations within noise are no differences. Keys are compared only where\n"
        "both runs were given the same --fingerprint-salt.\n\n"
        "examples:\n"
        "  foundry-doctor run -o json > today.json; foundry-doctor diff monday.json today.json\n"
        "  foundry-doctor diff laptop.zip build-agent.zip     two bundles\n"
        "  foundry-doctor diff -o json a.json b.json | jq -r .differences[].text\n\n"
        "exit codes:\n"
        "  0 the same   1 different   2 one of them cannot be read\n"
    )
    diff = _verb(verbs, "diff", "what changed between two reports or bundles", more)
    for name in ("a", "b"):
        diff.add_argument(name, metavar=name.upper(), help="a report (run -o json) or a bundle")
    _output(diff)


def _demo(verbs: argparse._SubParsersAction[Parser]) -> None:
    more = "examples:\n  foundry-doctor demo\n  foundry-doctor demo key-invalid\n\n"
    demo = _verb(verbs, "demo", "run against the embedded emulator", more + EXITS)
    demo.add_argument("scenario", nargs="?", default="healthy", help="a cause id (healthy)")
    demo.add_argument("--list", action="store_true", help="list the scenarios")
    _limits(demo.add_argument_group("checks"))
    _output(demo, REPORTS)


def _emulator(verbs: argparse._SubParsersAction[Parser]) -> None:
    more = (
        "Prints one `export NAME=value` line per setting, then `ready`; serves until ended.\n\n"
        "examples:\n"
        "  foundry-doctor emulator rate-limited --port 8443\n"
        "  foundry-doctor emulator > env.txt & until grep -q ^ready env.txt; do sleep 0.1; done\n"
        '  eval "$(grep ^export env.txt)"; …; kill %1\n'
    )
    emulator = _verb(verbs, "emulator", "serve the emulator for tests of your own", more)
    emulator.add_argument("scenario", nargs="?", default="healthy", help="a cause id (healthy)")
    emulator.add_argument("--port", type=_port, default=0, metavar="N", help="port (a free one)")


def _lists(verbs: argparse._SubParsersAction[Parser]) -> None:
    checks = _verb(verbs, "checks", "list the checks, or explain one")
    checks.add_argument("id", nargs="?", help="a check's id")
    more = (
        "examples:\n"
        "  foundry-doctor playbooks key-invalid\n"
        "  foundry-doctor playbooks lint my-playbooks/\n"
        "  foundry-doctor playbooks test my-playbooks/vpn-down.yaml\n"
    )
    playbooks = _verb(verbs, "playbooks", "list the playbooks, explain one, lint or test", more)
    playbooks.add_argument("id", nargs="?", help="a cause id; or lint, or test")
    playbooks.add_argument("path", nargs="?", help="a playbook file or folder, for lint and test")
    token = _verb(verbs, "token", "decode a token locally; it is never sent")
    token.add_argument("file", nargs="?", default="-", help="a file, or - for standard input (-)")
    schema = _verb(verbs, "schema", "print a JSON Schema")
    schema.add_argument(
        "which", nargs="?", default="report", choices=("report", "explain", "config", "playbook")
    )
    _verb(verbs, "init", "write a commented foundry-doctor.yaml here")


def _seconds(text: str) -> float:
    try:
        value = float(text.removesuffix("s"))
    except ValueError:
        value = -1.0
    if not 0.1 <= value <= 3600:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds (0.1 to 3600)")
    return value


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 1000")
    return int(text)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port")
    return int(text)


def with_default_verb(argv: list[str]) -> list[str]:
    """`foundry-doctor --only x` means `foundry-doctor run --only x`."""
    if argv and argv[0] in ("-V", "--version"):
        return argv[:1]
    if argv and argv[0] in ("-h", "--help"):
        return argv
    if not argv or argv[0].startswith("-"):
        return ["run", *argv]
    return argv


def wants_json(argv: list[str]) -> bool:
    """Whether JSON is asked for, in any spelling, in arguments that may not even parse."""
    if any(re.fullmatch(r"-[vq]*o=?json", one) for one in argv):
        return True
    return any(re.fullmatch(r"-[vq]*o", one) and two == "json" for one, two in pairwise(argv))
