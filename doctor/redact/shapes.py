"""Secrets told by their shape, in texts of any origin: what nobody named beforehand.

Over-masking is the lesser evil, except for what a reader needs: GUIDs, request ids, host and
resource names, statuses and the words that say what is wrong stay.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from ..secret import MASK
from .names import CAMEL, STRONG, WEAK, is_harmless, looks_secret

Kept = frozenset[str]
"""Values that a shape may not mask: ids that a report itself names as request ids."""


class Shape(NamedTuple):
    """One rule. `what` is the word for it in redactions.json."""

    what: str
    pattern: re.Pattern[str]
    put: str | Callable[[re.Match[str]], str]


def _named(found: re.Match[str]) -> str:
    value = found["quoted"] if found["quoted"] is not None else found["bare"]
    if is_harmless(found["name"], value):
        return found.group()
    return f"{found['head']}{found['quote'] or ''}{MASK}"


def _weak(found: re.Match[str]) -> str:
    value = found["quoted"] if found["quoted"] is not None else found["bare"]
    return found.group() if not looks_secret(value) else _named(found)


def _flag(found: re.Match[str]) -> str:
    if is_harmless(found["name"], found["value"]):
        return found.group()
    return f"{found['head']}{MASK}"


_VALUE = (
    r"(?:(?P<quote>\\{0,8}[\"'])(?P<quoted>(?:(?!(?P=quote))[^\n]){3,4000}?)(?=(?P=quote))"
    r"|(?P<bare>\$\([^)\n]{0,300}\)?|[^\s\"'\\&,;)}\]]{3,}"
    # Punctuation inside a value goes on with it, unless what follows is a name of its own.
    r"(?:[&,;)}\]]{1,4}(?=[^\s\"'\\=:&,;]{1,100}(?:[\s\"'&,;]|$))[^\s\"'\\&,;)}\]=:]+){0,8}))"
)
_SIGN = r"\\{0,8}[\"']?\s{0,3}[:=]\s{0,3}"
_FOLD = r"(?:[ \t]{1,8}|\\{0,8}(?:r\\{1,8})?n[ \t]{1,16}|\r?\n[ \t]{1,16})"
_ANY = r"[^\s\"'\\,;)}\]]"

_VARIABLE = r"\$(?:[A-Z_]{2,40}|\(\$env:[A-Z_]{2,40}\))"
"""`$USER` and `$($env:USER)`, as remedies write them."""

SHAPES: tuple[Shape, ...] = (
    Shape(
        "private key",
        re.compile(
            r"-----BEGIN [A-Z0-9 ]{0,20}PRIVATE KEY(?: BLOCK)?-----(?:(?!-----)[\s\S]){0,20000}"
            r"(?:-----END [A-Z0-9 ]{0,20}KEY(?: BLOCK)?-----)?"
        ),
        MASK,
    ),
    Shape(
        "token",
        re.compile(
            r"eyJ[A-Za-z0-9_-]{6,}(?:(?:\.|%2[Ee])[A-Za-z0-9_-]*){1,4}"
            r"|(?<![A-Za-z0-9_+/-])eyJ[A-Za-z0-9_+/-]{20,}={0,2}"
        ),
        MASK,
    ),
    Shape(
        "refresh token",
        re.compile(r"(?<![A-Za-z0-9_.-])[01]\.A[\w-]{20,}(?:\.[\w-]{4,}){0,3}"),
        MASK,
    ),
    Shape(  # a user name with or without a password, up to the last @ before the path
        "credentials in a URL",
        re.compile(
            rf"(?<=://)(?!\*{{3}}@|{_VARIABLE}:{_VARIABLE}@)(?:[^\s/?#'\"<>\\`]{{1,300}}@"
            r"|[^\s:/@'\"<>\\]{1,100}:(?!\d{1,5}[/?#\s])[^\s'\"<>\\]{1,200}?@)"
        ),
        f"{MASK}@",
    ),
    Shape(
        "credentials in a URL",
        re.compile(r"(?<=%3[aA]%2[fF]%2[fF])(?!\*{3}%40)(?:(?!%2[fF])[^\s&\"']){1,200}?%40"),
        f"{MASK}%40",
    ),
    Shape(
        "credentials in a URL",
        re.compile(r"(?<![A-Za-z0-9_*])[\w.-]{1,64}:[^\s@/'\"]{1,100}@(?=(?:tcp|udp|unix)\()"),
        f"{MASK}@",
    ),
    Shape(  # schemes with parameters take the rest of the line, and its folded lines
        "authorization header",
        re.compile(
            r"((?:proxy-)?authorization\s{0,3}[:=]\s{0,3})(?:digest|signature|hmac\S*|aws4\S*"
            r"|sharedkey\S*|oauth|negotiate|ntlm)[ \t](?!\*{3}$)[^\r\n]+(?:\r?\n[ \t]+[^\r\n]+)*",
            re.IGNORECASE | re.MULTILINE,
        ),
        rf"\1{MASK}",
    ),
    Shape(  # any other scheme, at any depth of quoting
        "authorization header",
        re.compile(
            r"((?:proxy-)?authorization\\{0,8}[\"']?\s{0,3}[:=,]\s{0,3}\\{0,8}[\"']?)"
            r"(?!\s{0,3}(?:\*{3}|(?:bearer )?\$(?:[A-Z_]{2,40}\b|\{)"
            r"|(?:bearer|basic|digest|negotiate|ntlm)[);,.:\"'”’*]*(?:\s*$|[);,.:”’*]\s)))"
            rf"(?:(?:basic|bearer|negotiate|ntlm|digest){_FOLD}"
            rf"|[a-z][\w-]{{1,20}}[ \t](?=[^\s\"']*[\d_=~+/]))?(?:{_FOLD})?{_ANY}{{3,}}",
            re.IGNORECASE,
        ),
        rf"\1{MASK}",
    ),
    Shape(
        "authorization header",
        re.compile(
            rf"(?<![A-Za-z])(bearer|basic)(?:{_FOLD}|%20|\+)(?=[^\s\"']{{0,80}}[\d_=~])[\w.~+/=-]{{8,}}",
            re.IGNORECASE,
        ),
        rf"\1 {MASK}",
    ),
    Shape(
        "cookie",
        re.compile(
            r"((?<![A-Za-z0-9_-])(?:set-)?cookie\s{0,3}[:=]\s{0,3})(?!\*{3})[^\s\"'\\][^\r\n\"']{2,}",
            re.IGNORECASE,
        ),
        rf"\1{MASK}",
    ),
    Shape(  # name=value and "name": "value"; the value's own quotes stay
        "value of a secret's name",
        re.compile(
            # Most words are told apart by their first letter, or by what stands behind them.
            rf"(?=(?:(?<![A-Za-z0-9_])|(?=[xasopcribdume_]))[\w-]{{2,91}}{_SIGN})"
            rf"(?P<head>(?P<name>{STRONG}|(?:set-)?cookie){_SIGN}){_VALUE}",
            re.IGNORECASE,
        ),
        _named,
    ),
    Shape(
        "value of a secret's name",
        re.compile(rf"(?P<head>(?<![A-Za-z0-9_-])(?P<name>{CAMEL}){_SIGN}){_VALUE}"),
        _named,
    ),
    Shape(
        "value of a secret's name",
        re.compile(rf"(?P<head>(?<![A-Za-z0-9_.-])(?P<name>{WEAK}){_SIGN}){_VALUE}", re.IGNORECASE),
        _weak,
    ),
    Shape(
        "value of a secret's name",
        re.compile(r"(?P<head>;\s*(?P<name>user(?:\s?id|name)?|uid)\s?=)(?P<value>[^;\s\"']{2,})",
                   re.IGNORECASE),
        _flag,
    ),
    Shape(
        "secret in a command line",
        re.compile(
            r"(?P<head>(?<![A-Za-z0-9_-])--(?P<name>[\w-]{0,20}(?:api-?key|token|password|secret|passphrase"
            r"|assertion|sas|pat)|key)(?:=|\s{1,3})(?P<q>[\"']?))"
            r"(?P<value>(?![-\s])(?:(?<=[\"'])[^\"'\n]{3,}|[^\s\"']{3,}))",
            re.IGNORECASE,
        ),
        _flag,
    ),
    Shape(
        "secret in a query",
        re.compile(r"(?P<head>[?&](?P<name>code|key|token|state|nonce|session_state|sp?kid)=)"
                   r"(?P<value>[^\s&\"'#<>]{8,})", re.IGNORECASE),
        _flag,
    ),
    Shape(  # credentials that wear their provider's prefix
        "provider's token",
        re.compile(
            r"(?<![A-Za-z0-9_])(?:sk-(?:ant-|proj-)?[\w-]{8,}|[sr]k_(?:live|test)_\w{10,}|gh[pousr]_\w{10,}"
            r"|github_pat_\w{10,}|xox[abeprs]-[\w-]{8,}|A[KS]IA[0-9A-Z]{12,}|AIza[\w-]{20,}"
            r"|glpat-[\w-]{10,}|hf_\w{16,}|npm_\w{20,}|pypi-[\w-]{20,}|dop_v1_\w{20,}|hvs\.[\w-]{20,}"
            r"|dckr_pat_[\w-]{10,}|ya29\.[\w-]{20,}|SG\.[\w-]{16,}\.[\w-]{16,})"
        ),
        MASK,
    ),
    # Entra's client secrets: three characters, a digit, Q~, then the rest
    Shape("client secret", re.compile(r"(?<![A-Za-z0-9_~.-])[\w~.-]{3}\dQ~[\w~.-]{20,}"), MASK),
    # the two shapes of Azure AI keys: 84 characters with a marker in the middle, and 32 hex digits
    Shape(
        "Azure key",
        re.compile(
            r"(?<![A-Za-z0-9])(?=[a-zA-Z]*\d)(?=\w*[A-Z])[A-Za-z0-9]{60,}(?![A-Za-z0-9])"
            r"|(?<![A-Za-z0-9+/=])(?<!sha512-)[A-Za-z0-9+/]{86}==(?!=)"
        ),
        MASK,
    ),
    Shape(
        "Azure key",
        re.compile(
            r"(?<!trace_id=)(?<!trace_id: )(?<!trace-id: )(?<!traceId: )(?<!traceparent: 00-)"
            r"(?<!\"trace_id\":\")(?<!\"traceId\":\")(?<!\"trace_id\": \")(?<!\"traceId\": \")"
            r"(?<![A-Za-z0-9_-])[0-9a-fA-F]{32}(?![A-Za-z0-9_-])"
        ),
        MASK,
    ),
    Shape(  # what is long, has no words in it and mixes all kinds of characters
        "random text",
        re.compile(
            r"(?<![A-Za-z0-9_+/=-])(?=[\w+/-]{0,60}\d)(?=[\w+/-]{0,60}[a-z])(?=[\w+/-]{0,60}[A-Z])"
            r"(?:[\w+]{40,}={0,2}|[\w+/]{43}=)(?![A-Za-z0-9_+/=-])"
        ),
        MASK,
    ),
)  # fmt: skip


def redact(text: str) -> str:
    """The text without anything that is shaped like a credential. Idempotent."""
    for shape in SHAPES:
        text = shape.pattern.sub(shape.put, text)
    return text


def apply(text: str, kept: Kept, count: Callable[[str, int], None]) -> str:
    """As `redact`, telling what was replaced; a match that is one of `kept` stays."""
    for what, pattern, put in SHAPES:
        replaced = 0

        def one(found: re.Match[str], put: str | Callable[[re.Match[str]], str] = put) -> str:
            nonlocal replaced
            if found.group() in kept:
                return found.group()
            new = found.expand(put) if isinstance(put, str) else put(found)
            replaced += new != found.group()
            return new

        text = pattern.sub(one, text)
        if replaced:
            count(what, replaced)
    return text
