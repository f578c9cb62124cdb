"""What two CI systems read from a log: small parsers, written after their sources.

GitHub: actions/runner, `src/Runner.Common/ActionCommand.cs` (TryParseV2, TryParse and the escapes)
and `src/Runner.Worker/ActionCommandManager.cs` (stop-commands, the refused tokens). Azure
Pipelines: microsoft/azure-pipelines-agent, `src/Microsoft.VisualStudio.Services.Agent/Command.cs`,
`src/Agent.Worker/WorkerCommandManager.cs` (the warning for a `##vso` that is no command) and
azure-pipelines-task-lib `node/taskcommand.ts` for `%AZP25`. Both read lines as .NET's StreamReader
does, and search by culture: characters without weight are skipped. Here a line that is no command
as it stands is read once more without them, which finds no less than .NET does.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

REGISTERED = {
    "stop-commands", "set-env", "set-output", "save-state", "add-mask", "add-path", "add-matcher",
    "remove-matcher", "debug", "warning", "error", "notice", "group", "endgroup", "echo",
}  # fmt: skip


@dataclass
class Command:
    """One command that the CI system obeyed."""

    name: str
    properties: dict[str, str]
    data: str


@dataclass
class Log:
    """What was obeyed, what was shown, and what the CI system complained about."""

    commands: list[Command] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def named(self, *names: str) -> list[Command]:
        return [one for one in self.commands if one.name in names]


def lines(text: str) -> list[str]:
    """As StreamReader.ReadLine: CR, LF and CR LF end a line, nothing else does."""
    found = re.split(r"\r\n|\r|\n", text)
    return found[:-1] if found and not found[-1] else found


def weighed(line: str) -> str:
    """The line without what a search by culture skips."""
    ignored = ("Cf", "Cc")
    fillers = "\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0"
    return "".join(
        ch for ch in line
        if ch == "\t" or not (unicodedata.category(ch) in ignored or ch in fillers
                              or "\ufe00" <= ch <= "\ufe0f" or "\U000e0000" <= ch <= "\U000e0fff"
                              or "\u180b" <= ch <= "\u180f")
    )  # fmt: skip


def read_github(text: str) -> Log:
    """The runner's reading of a step's output."""
    log, token = Log(), ""
    for raw in lines(text):
        known = {*REGISTERED, token.lower()} - {""}
        line = weighed(raw)
        one = github_line(raw, known) or github_line(line, known)
        one = one or _github_v1(raw, known) or _github_v1(line, known)
        if one is None or (token and one.name != token.lower()):
            log.shown.append(raw)
        elif token:
            token = ""
        elif one.name == "stop-commands":
            refused = not one.data or one.data.lower() in {*REGISTERED, "pause-logging"}
            if refused:
                log.complaints.append(raw)
            else:
                token = one.data
        else:
            log.commands.append(one)
    if token:
        log.complaints.append("commands are stopped for the rest of the step")
    return log


def github_line(line: str, known: set[str]) -> Command | None:
    """One line in the form `::name properties::data`, after any white space."""
    line = line.lstrip()
    end = line.find("::", 2)
    if not line.startswith("::") or end < 0:
        return None
    name, _, properties = line[2:end].partition(" ")
    if name.lower() not in known:
        return None
    escapes = (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%"))
    found = _properties(properties.strip(), ",", escapes)
    data = unescaped(line[end + 2 :], (("%0D", "\r"), ("%0A", "\n"), ("%25", "%")))
    return Command(name.lower(), found, data)


def _github_v1(line: str, known: set[str]) -> Command | None:
    start = line.find("##[")
    end = line.find("]", start)
    if start < 0 or end < 0:
        return None
    name, _, properties = line[start + 3 : end].partition(" ")
    if name.lower() not in known:
        return None
    escapes = (("%3B", ";"), ("%0D", "\r"), ("%0A", "\n"), ("%5D", "]"), ("%25", "%"))
    return Command(
        name.lower(), _properties(properties, ";", escapes), unescaped(line[end + 1 :], escapes)
    )


AZURE_ESCAPES = (("%3B", ";"), ("%0D", "\r"), ("%0A", "\n"), ("%5D", "]"), ("%AZP25", "%"))


def read_azure(text: str) -> Log:
    """The agent's reading of a task's output; `##[…]`, which the log's page obeys, complains."""
    log = Log()
    for raw in lines(text):
        line = weighed(raw)
        one = azure_line(raw) or azure_line(line)
        if one is not None:
            log.commands.append(one)
            continue
        log.shown.append(raw)
        if "##vso" in line.lower() or re.search(r"##\w*\[", line):
            log.complaints.append(raw)
    return log


def azure_line(line: str) -> Command | None:
    """One line that holds `##vso[area.event properties]data` anywhere."""
    start = line.find("##vso[")
    end = line.find("]", start)
    if start < 0 or end < 0:
        return None
    name, _, properties = line[start + 6 : end].partition(" ")
    if len([part for part in name.split(".") if part]) != 2:
        return None
    found = _properties(properties, ";", AZURE_ESCAPES)
    return Command(name.lower(), found, unescaped(line[end + 1 :], AZURE_ESCAPES))


def _properties(text: str, separator: str, escapes: tuple[tuple[str, str], ...]) -> dict[str, str]:
    found = {}
    for part in filter(None, text.split(separator)):
        name, equals, value = part.partition("=")
        if name and equals and value:
            found[name.lower()] = unescaped(value, escapes)
    return found


def unescaped(text: str, escapes: tuple[tuple[str, str], ...]) -> str:
    """The text behind its escapes, undone one after another in the source's order."""
    for coded, plain in escapes:
        text = text.replace(coded, plain)
    return text


def read_outputs(text: str) -> dict[str, str]:
    """A file of outputs, after `src/Runner.Worker/FileCommandManager.cs` (EnvFileKeyValuePairs)."""
    found, left = {}, iter(text.splitlines())
    for line in left:
        if not line:
            continue
        equals, arrows = line.find("="), line.find("<<")
        if arrows >= 0 and (equals < 0 or arrows < equals):
            name, delimiter = line[:arrows], line[arrows + 2 :]
            assert name
            assert delimiter
            value = []
            for inner in left:
                if inner == delimiter:
                    break
                value.append(inner)
            else:
                raise AssertionError(f"Invalid value. Matching delimiter not found '{delimiter}'")
            found[name] = "\n".join(value)
        else:
            assert equals > 0, f"Invalid format '{line}'"
            found[line[:equals]] = line[equals + 1 :]
    return found
