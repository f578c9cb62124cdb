"""Text that others wrote, as Markdown in which it can be nothing but text.

A word that is more than letters, digits and plain punctuation stands as code: there no renderer
looks for HTML, links, images, mentions, issue numbers, emoji or e-mail addresses, and whoever
copies it copies what was sent. Backslashes alone would not do: GitHub and GitLab look for mentions
and addresses after Markdown has been read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .clean import clean, clean_lines

PIPE = "&#124;"
"""A bar that ends no cell of a table, in any renderer and after any backslash."""
LANGUAGES = {"bash": "bash", "both": "bash", "pwsh": "powershell"}

_TOKEN = re.compile(
    r"(?P<before>[(\"'“‘«]*)(?P<core>.*?)(?P<after>[.,;:!?)\"'”’»…]*)", re.DOTALL
)  # fmt: skip
_PLAIN = re.compile(r"(?:[A-Za-z0-9'\"(),.;:!?/%=+-]|[^\x00-\x7f])*")
"""What a plain word may hold; everything else means something to some renderer."""
_RISKY = re.compile(
    r"""  //|::|==|\+\+|--              # addresses, CI commands, marks of Markdown dialects
        | ^[/-]\S                      # commands of chat bots and of GitLab; flags
        | ^(?i:www\.|mailto:|xmpp:)
        | \w\.\w*[^\W\d_]\w             # hosts, files, ids of checks
        | \d\.\d+\.\d                  # addresses in numbers
        | :(?!\d\d:)[\w+-]+:           # emoji
        | [!%]\d | %[A-Za-z]           # merge requests, milestones, escapes
        | (?<![^\W_])(?=[A-Fa-f]*\d)[0-9A-Fa-f]{7,}(?![^\W_])   # commits
        | ^(?i:gh)-\d | ^[A-Z][A-Z0-9]+-\d                       # issues elsewhere
    """,
    re.VERBOSE,
)
_QUOTED = re.compile(r"(?<!\S)([(\"']{0,2})`([^`\s](?:[^`]*[^`\s])?)`([.,;!?)\"']{0,3}:?)(?!\S)")
"""What stands in backticks, as a word or words of its own."""
_SIGNS = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "|": PIPE}
_BLOCK = re.compile(r"[-+=]|\d+(?=[.)])")
"""What makes a list, a heading or a rule of a line that begins with it."""
_COMMAND = re.compile(r"^(\s*)::")
_SLASH = re.compile(r"^(?=/\w)")


def words(text: str) -> str:
    """One line of prose. What the text itself quotes with backticks stands as code without them."""
    parts = _QUOTED.split(clean(text))
    found: list[str] = []
    for prose, before, quoted, after in zip(*[iter([*parts, "", "", ""])] * 4, strict=True):
        if said := _prose(prose, first=not found):
            found.append(said)
        if quoted:
            found.append(before + code(quoted) + after)
    return " ".join(found)


def _prose(text: str, *, first: bool) -> str:
    pieces: list[str] = []
    run: list[str] = []

    def end(after: str = "") -> None:
        if run:
            pieces[-1] += code(" ".join(run)) + after
            run.clear()

    for token in text.split():
        before, core, after = _taken_apart(token)
        if not core:
            end()
            pieces.append(_plain(before, first=first and not pieces))
            continue
        if before or not run:
            end()
            pieces.append(before)
        run.append(core)
        if after:
            end(after)
    end()
    return " ".join(pieces)


def code(text: str) -> str:
    """Code within a line, whatever it holds; a bar in it ends no cell of a table."""
    return "".join(_code(part) if part != "|" else PIPE for part in re.split(r"(\|)", clean(text)))


def fence(text: str, shell: str = "", indent: str = "") -> str:
    """A block of code; `indent` puts it below an item of a list."""
    # A CI system reads `::name` where it begins a line, and a chat bot `/name`, fence or not.
    lines = [_SLASH.sub(" ", _COMMAND.sub(r"\1: :", line)) for line in clean_lines(text)]
    ticks = "`" * max(3, _longest_run("\n".join(lines)) + 1)
    block = [f"{ticks}{LANGUAGES.get(shell, 'text')}", *lines, ticks]
    return "".join(f"{indent}{line}".rstrip() + "\n" for line in block)


def cells(*items: str) -> str:
    """A row of a table; the items are Markdown already."""
    return f"| {' | '.join(item or '-' for item in items)} |\n"


def _taken_apart(token: str) -> tuple[str, str, str]:
    """What stands before the code, the code, what follows; without code all of it stands before."""
    found = _TOKEN.fullmatch(token)
    if found is None or _harmless(token, found["core"]):
        return token, "", ""
    before, core, after = found["before"], found["core"], found["after"]
    if not core:
        return "", token, ""
    while after.startswith(")") and core.count("(") > core.count(")"):
        core, after = f"{core})", after[1:]
    if not _PLAIN.fullmatch(before + after) or _RISKY.search(after):
        return "", token, ""
    return before, core, after


def _harmless(token: str, core: str) -> bool:
    if token in _SIGNS:
        return True
    # An address may end in punctuation and still be one, so the whole is looked at, too.
    return _PLAIN.fullmatch(token) is not None and not any(map(_RISKY.search, (token, core)))


def _plain(token: str, *, first: bool) -> str:
    token = _SIGNS.get(token, token)
    if first and (found := _BLOCK.match(token)):
        at = found.end() if token[0].isdigit() else 0
        return f"{token[:at]}\\{token[at:]}"
    return token


def _code(text: str) -> str:
    if not text:
        return ""
    ticks = "`" * (_longest_run(text) + 1)
    # A blank on either side is taken off again, and keeps a backtick off the fence.
    wide = text[0] in "` " or text[-1] in "` "
    return f"{ticks} {text} {ticks}" if wide and text.strip() else f"{ticks}{text}{ticks}"


def _longest_run(text: str) -> int:
    return max(map(len, _runs(text)), default=0)


def _runs(text: str) -> Iterator[str]:
    return (found.group() for found in re.finditer("`+", text))
