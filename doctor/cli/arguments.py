"""The command line: verbs, flags and their help. A verb that is not here does not exist."""

from __future__ import annotations

import argparse
import re
from itertools import pairwise
from typing import NoReturn

from ..errors import UsageError
from .argument_types import REPORTS, port
from .run_arguments import limits, output_options, run_options, several

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
    run_options(_verb(verbs, "run", "diagnose the configured target(s)", RUN_EXAMPLES + EXITS))


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
    output_options(explain)


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
    several(own, "--log", "FILE", "a log to explain; its lines stay out of the bundle")
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
    run_options(bundle)


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
    output_options(diff)


def _demo(verbs: argparse._SubParsersAction[Parser]) -> None:
    more = "examples:\n  foundry-doctor demo\n  foundry-doctor demo key-invalid\n\n"
    demo = _verb(verbs, "demo", "run against the embedded emulator", more + EXITS)
    demo.add_argument("scenario", nargs="?", default="healthy", help="a cause id (healthy)")
    demo.add_argument("--list", action="store_true", help="list the scenarios")
    limits(demo.add_argument_group("checks"))
    output_options(demo, REPORTS)


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
    emulator.add_argument("--port", type=port, default=0, metavar="N", help="port (a free one)")


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


def with_default_verb(argv: list[str]) -> list[str]:
    """`foundry-doctor --only x` means `foundry-doctor run --only x`."""
    if argv and argv[0] in ("-V", "--version"):
        return argv[:1]
    if argv and argv[0] in ("-h", "--help"):
        return argv
    if not argv or argv[0].startswith("-"):
        return ["run", *argv]
    return argv


def wanted_format(argv: list[str]) -> str | None:
    """The format asked for, in any spelling, in arguments that may not even parse."""
    for one, two in pairwise([*argv, ""]):
        found = re.fullmatch(r"-[vq]*o=?([a-z-]*)", one)
        if found and (found[1] or two) in REPORTS:
            return found[1] or two
    return None
