"""The HTTP status of a text, from places that hold a status and from no other number."""

from __future__ import annotations

import re

_REASONS = (
    "Bad Request|Unauthorized|Payment Required|Forbidden|Not Found|Method Not Allowed|Proxy Authentication"
    " Required|Request Time-?out|Conflict|Gone|(?:Request Entity|Payload|Content) Too Large|Unprocessable"
    "|Too Many Requests|Internal Server Error|Not Implemented|Bad Gateway|Service Unavailable|Gateway Time-?out"
    "|Moved Permanently|Temporary Redirect|Permanent Redirect|See Other|OK\\b|Created|Accepted|No Content"
    "|Network Authentication Required|Unavailable For Legal|Client Error|Server Error|Request body too large"
)
_PLACES = re.compile(
    r"(?:"
    r"\bHTTP/\d(?:\.\d)?\"?[ ]{1,2}"
    r"|\bError code:? "
    r"|\b(?:http[_ -]?)?status[_ -]?(?:code)?\\{0,6}[\"']?\s{0,3}(?:[:=]|of|is|was|\()?\s{0,3}\\{0,6}[\"']?(?:HTTP )?"
    r"|\bAPI Error(?: \(|: |\s)"
    r"|\bhttp[_ ](?:error|status|code)?:?\s?\(?"
    r"|\bHTTP \(?|\(HTTP "
    r"|\bRESPONSE:? |\bresponse(?: status| code)?[:=] ?"
    r"|\bunexpected status(?: code)? |\breturned (?:an? )?(?:unexpected )?(?:http )?(?:status )?(?:code )?(?:of )?"
    r"|\b(?:Client|Server) error '?:? ?"
    r"|\bError(?: Message)?: \(?|\bproject [\w-]{1,60}: "
    r"|(?:Error|Exception): \(?|\]: |^\s{0,8}[\"']?\(?"
    r"|\" |<title>|<h1>"
    r")"
    rf"(?P<status>[1-5]\d\d)(?=[\"')\]}},;]|\b(?: (?:{_REASONS})|: | [\d-]|\s?\(|\s?$| \{{| \"| - |\s{{2}}| \.\.\.|, |\.(?:\s|$)| [A-Z][a-z]+ [a-z]))",
    re.IGNORECASE | re.MULTILINE,
)
_WITH_REASON = re.compile(
    rf"(?<![\w.-])(?P<status>[1-5]\d\d)(?P=status)? (?:{_REASONS})", re.IGNORECASE
)


def statuses(text: str) -> list[int]:
    """Every status in its order; a number elsewhere (a port, a size, a line) is none."""
    text = text[:20000]
    found = [(one.start("status"), int(one["status"])) for one in _PLACES.finditer(text)]
    found += [(one.start("status"), int(one["status"])) for one in _WITH_REASON.finditer(text)]
    return [status for _, status in sorted(set(found))]


def last_status(text: str) -> int | None:
    """The last failing status; a success only where there is no failure."""
    found = statuses(text)
    failing = [one for one in found if one >= 300]
    chosen = failing or found
    return chosen[-1] if chosen else None
