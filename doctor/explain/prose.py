"""Telling an error from a text that only mentions one: documentation, source code, test data."""

from __future__ import annotations

import re
from collections.abc import Sequence

_CODE = re.compile(
    r"^\s*(?:(?:if|elif|else if|while|for|switch|case|catch|except|match|when|unless)\b.*[:{(]\s*$"
    r"|(?:def|class|function|func|fn|public|private|protected|static|async|export|package|namespace"
    r"|interface|enum|struct|impl|module|using|#include|import|from|const|let|var|val|return|raise|throw"
    r"|throws|yield|await|assert|expect|describe|it|test|self|this)\b[\s.(].{0,400}[({;:,)\]\"'}=>]\s*$"
    r"|(?:import|from) [\w.@/{}'\" ,*]{1,120}$"
    r"|(?:if|elif|} ?else if|while|except|catch|case|assert|expect)\b.{0,300}(?:==|!=|=>|\bin\b|\bas\b|\bis\b|:).*"
    r"|[\w.\[\]\"']{1,80}\s*(?::\s*[\w\[\], .|]{1,60})?\s*[+:]?=\s*(?:new |await |f?[\"'(\[{]|[\w.]+\().*"
    r"|@\w[\w.]*(?:\(.*\))?\s*$|\w[\w.]*\((?!\{\").{0,300}\)\s*;?\s*$"
    r"|(?://|/\*|<!--|-- |\"\"\"|''').*|#(?!#)\s?\w.*)|^\s+\*(?:\s|/|$).*"
)
_SHELL = re.compile(
    r"^\s*(?:#!/|set [-+]|(?:fi|done|esac|then|else|do)\b|echo |printf |local |grep |exit \d|sleep \d|trap |run: |uses: "
    r"|steps:|jobs:|\w+=\$\(|.*;\s*(?:then|do)\b|- (?:name|uses|run|id|match|when): |elif |}? ?else ?{?$"
    r"|(?:msgid|msgstr|msgctxt)\b|@[\w.]+\(.*|\(\d{3}, \"?\w+\"?\),?\s*$|# (?:HELP|TYPE) |[a-z_:][\w:]*\{[^}]*\} [\d.e+-]+\s*$"
    r"|.*(?:\|\||&&|=>)\s*$|\s*/.+/[gimsuy]*\.test\()"
)
_ITEM = re.compile(r"^\s*- [\w-]{1,30}: ")
_PATCH = re.compile(r"^(?:diff --git |@@ -\d|index [0-9a-f]{7,}\.\.|\+\+\+ [ab]/|--- [ab]/)")
_MARKUP = re.compile(r"^\s*</?[a-zA-Z!?][^>]*>")
_ANSWER = re.compile(r"\w(?:Error|Exception): |\bHTTP/\d|<title>\s*[45]\d\d")
_LISTED = re.compile(r"^\s*(?:[-*|•] ?)?[`\"'(]?[1-5]\d\d[`\"']?(?:\b(?![.\w])|[,:])")
_MANUAL = re.compile(
    r"^(?:NAME|SYNOPSIS|DESCRIPTION|OPTIONS|ENVIRONMENT|EXIT STATUS|EXAMPLES?|SEE ALSO|FILES)\s*$"
)
_MAPS = re.compile(r"^(?!.*\b(?:POST|GET|HTTP)\b)[^\d\[].*\S\s+(?:→|->|=>|⇒)\s+[a-zA-Z`\"']")
_ASKED = re.compile(r"^\W{0,3}(Q|A|Question|Answer)\W{0,3}[:.]\s")
_SPEC = re.compile(r"^\s*[\"']?(?:openapi|swagger|asyncapi|\$schema)[\"']?\s*:")
_OPENS = re.compile(r"[{(\[=,:]\s*$")
_INLINE = re.compile(r"`[^`\n]{1,400}`")
_QUOTED = re.compile(
    r"(?<![:=(\[,{] )(?<![:=(\[,{])[\"“](?!HTTP/)[^\"“”\n]{12,400}[\"”]|\*\"[^\n]{1,400}?\"\*"
)
_LINK = re.compile(r"\w+://\S+")
_WORDS = re.compile(r"\b[a-z]{2,}\b")
_TABLE = re.compile(r"^\s*\|.*\|\s*$")
_DATA = re.compile(r"^\s*(?:- )?[\"']?[\w.-]{1,60}[\"']?\s*:(?:\s|$)")
_FRAME = re.compile(
    r"^\s*(?:File \".*\", line \d+|at [\w.$<>/\[\] ]+[( ]|Traceback \(most recent|\.{3} \d+ more"
    r"|goroutine \d+|[\w./\\-]+\.(?:py|js|ts|go|cs|java):\d+|[\w./\\-]+\.py\", line \d+"
    r"|[\w./\\-]+\.py, line \d+|\^+\s*$|~+\^*~*\s*$)"
)
_MARKDOWN = re.compile(
    r"^\s{0,3}(?:#{1,6} \S|\|.*\||[-*+] (?=\*\*|`|\[|[A-Z0-9])|\d{1,2}\. (?=[A-Z*`])|> |={3,}$|-{3,}$|\.\. \w+::)"
)
_TELLS = re.compile(
    r"\b(?:you (?:may|might|can|could|will) (?:also )?(?:see|get|receive|encounter|be)|you'll (?:see|get)"
    r"|if you (?:see|get|receive|encounter|are seeing|want|need)|this (?:error|code|status|message|response"
    r"|happens|means|indicates)\b|(?:errors?|codes?|messages?|status(?:es)?) (?:means?|indicates?|occurs?|is returned"
    r"|are returned|can occur|such as|like|includes?)\b|(?:is|are) returned (?:when|if|for|by)|returns? (?:a |an |the )?"
    r"(?:HTTP )?[`\"']?[45]\d\d|for example|e\.g\.|typically|usually|common(?:ly)? (?:causes?|errors?)|possible causes?"
    r"|troubleshoot\w*|resolution:|solution:|symptoms?:|workaround|how to (?:fix|resolve)|to (?:fix|resolve|avoid"
    r"|handle) (?:this|it|these)|the following (?:table|errors|codes|example)|when (?:a|an|the|your|you)\b.{0,80}"
    r"\b(?:is|are|call|send|use)|should (?:be|return|handle|never)|we (?:now |also )?"
    r"(?:handle|map|retry|return|treat|raise|added|fixed)|(?:handles?|maps?|retries|raises?|catch(?:es)?|throws?)"
    r" (?:a |an |the |on )?[`\"']?(?:[45]\d\d|[A-Z]\w+(?:Error|Exception))|changelog"
    r"|release notes?|see also|learn more about|note that|deprecated in|best practices?"
    r"|in (?:this|case of)|lists? (?:the|all)|(?:fix|feat|chore|docs)(?:\(\w+\))?:)",
    re.IGNORECASE,
)
_MINE = re.compile(
    r"\b(?:i (?:am|get|got|see|have|ran|tried|keep|receive)|i'm|we (?:are|get|got|see|keep|receive)|we're"
    r"|(?-i:\bI\b)|my \w+|our \w+|please help|any ideas?|what am i)\b",
    re.IGNORECASE,
)
_STATED = re.compile(
    r"^[\s\[(>]{0,4}[\"']?(?:[\w.]*(?:Error|Exception|Fault)|ERROR|error(?: ?message)?|errorMessage|AADSTS\d+|Caused by"
    r"|Error (?:message|type)|API Error)\b[\w .()-]{0,30}:",
    re.IGNORECASE,
)
"""How an error begins that a program printed."""
_SENTENCE = re.compile(r"[a-z]{2,} [a-z]{2,} [a-z]{2,} [a-z]{1,} ", re.IGNORECASE)
_AZURE_ADVICE = re.compile(
    r"this can happen if the application|if you created the deployment|if access was recently granted"
    r"|this typically happens when using azure cli|this may happen if there are no active"
    r"|to (?:troubleshoot|mitigate)|for (?:details|more (?:details|information)|instructions)|make sure"
    r"|learn more(?: here)?:|please (?:retry|go|use|check|provide|visit|see|run)|to learn more"
    r"|documentation at https",
    re.IGNORECASE,
)
"""What Azure's own messages advise: no sign of documentation."""
DOCUMENT_ENDINGS = (
    ".md", ".rst", ".adoc", ".html", ".htm", ".py", ".pyi", ".js", ".ts", ".tsx", ".jsx", ".cs", ".go",
    ".java", ".kt", ".rb", ".rs", ".c", ".h", ".cpp", ".tf", ".bicep", ".yaml", ".yml", ".toml", ".ipynb",
)  # fmt: skip
"""Files that are mostly written by people; what they say must look like an error all the more."""


_PRINTED = re.compile(r"^\W{0,4}(?:HTTPS?Connection|<urllib3)|Max retries exceeded")
"""What looks like a call, and is an exception's text."""


def is_code(line: str) -> bool:
    """A line of a program: its strings are not errors that happened."""
    if len(line) >= 2000 or _FRAME.match(line) or _PRINTED.search(line):
        return False
    return bool(_CODE.match(line) or _SHELL.match(line))


def stated(line: str) -> str:
    """The line without what it only quotes: words in back ticks, or in quotes within a sentence.

    A program's own line (`Error: …`) and a report in the first person quote nothing away.
    """
    if len(line) > 2000 or _STATED.match(line) or _MINE.search(line):
        return line
    if _TABLE.match(line):
        return ""
    plain = _INLINE.sub(" ", line)
    bare = _QUOTED.sub(" ", plain)
    sentence = (
        bare is not plain and "{" not in bare and len(_WORDS.findall(_LINK.sub(" ", bare))) >= 2
    )
    return bare if sentence else plain


def is_sentence(line: str) -> bool:
    """Plain prose: words and a full stop, nothing of a program's notation."""
    if (
        _STATED.match(line)
        or _MINE.search(line)
        or re.search(r"[=<>{}\[\]]|\w: ?\d|\w\(|://", line)
    ):
        return False
    return len(_WORDS.findall(line)) >= 8 and line.rstrip().endswith((".", "!", "?"))


def is_frame(line: str) -> bool:
    """A line of a stack trace."""
    return len(line) < 2000 and bool(_FRAME.match(line))


def tells(line: str) -> bool:
    """A sentence about errors in general, or of instruction."""
    line = line[:2000]
    if _MINE.search(line) or _STATED.match(line):
        return False
    plain = _AZURE_ADVICE.sub(" ", line)
    return bool(_TELLS.search(plain)) and bool(_SENTENCE.search(plain))


def is_heading(line: str) -> bool:
    """A heading, a list item or a table row of a document."""
    return bool(_MARKDOWN.match(line[:300]))


def is_document(lines: Sequence[str], *, written: bool = False) -> bool:
    """Whether a whole text is documentation or source code. `written`: its file's ending says so."""
    kept = [line for line in lines if line.strip()]
    if not kept:
        return False
    if any(_PATCH.match(line) for line in kept):
        return True
    if any(is_frame(line) for line in kept) and not written:
        return False
    items = sum(bool(_ITEM.match(line)) for line in kept)
    if items >= 2 and all(_DATA.match(line) for line in kept):
        return True
    if any(map(_SPEC.match, kept[:3])) or len({m[1][0] for m in map(_ASKED.match, kept) if m}) == 2:
        return True
    for pattern, least in ((_LISTED, 3), (_MANUAL, 2), (_MAPS, 2)):
        if sum(bool(pattern.search(line)) for line in kept) >= least:
            return True
    pages = sum(bool(_MARKUP.match(line)) for line in kept)
    if pages >= max(2, 0.4 * len(kept)) and not any(map(_ANSWER.search, kept)):
        return True
    code = _code_lines(kept)
    telling = sum(tells(line) for line in kept)
    headings = sum(is_heading(line) for line in kept)
    mine = sum(bool(_MINE.search(line[:2000])) for line in kept)
    size = len(kept)
    if code >= 2 and code >= 0.3 * size:
        return True
    if written:
        return code + telling + headings >= max(1, 0.2 * size)
    if mine and telling <= 2 * mine:
        return False
    return telling >= max(1, 0.34 * size) or (
        telling + headings >= 3 and telling >= 1 and telling + headings >= 0.3 * size
    )


def _code_lines(lines: Sequence[str]) -> int:
    """Lines of a program, with the data that its open brackets hold."""
    count, opened = 0, False
    for line in lines:
        if is_code(line):
            count, opened = count + 1, bool(_OPENS.search(line))
        elif opened and line[:1] in " \t}])":
            count += 1
        else:
            opened = False
    return count
