"""Secrets told by their shape, in texts of any origin: what nobody named beforehand.

`Scrubber` knows the secrets of a run by value; this knows what a secret looks like. Over-masking is
the lesser evil, except for what a reader needs: GUIDs, request ids, host and resource names stay.
"""

from __future__ import annotations

import re

from .secret import MASK

_NAMES = (
    r"(?:x-)?api[-_]?key\d?|(?:ocp-apim-)?subscription[-_]?key|proxy-authorization"
    r"|client[-_]?secret|client[-_]?assertion|(?:access|refresh|id|auth|identity|bearer|session)"
    r"[-_]?token|x-ms-access-token|assertion|pass(?:word|wd|phrase)?|pwd|secret|account[-_]?key"
    r"|shared[-_]?access[-_]?(?:key|signature)|connection[-_]?string|(?:set-)?cookie|sig"
    r"|private[-_]?key|device[-_]?code|user[-_]?code|AZURE_CLIENT_SECRET|[A-Z0-9_]*_(?:API_KEY|TOKEN"
    r"|SECRET|PASSWORD)"
)
_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (  # a private key, whole or cut off
        re.compile(
            r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----[^-]{0,8000}(?:-----END [A-Z ]{0,20}KEY-----)?"
        ),
        MASK,
    ),
    (re.compile(r"eyJ[A-Za-z0-9_-]{6,}(?:(?:\.|%2[Ee])[A-Za-z0-9_-]*){1,4}"), MASK),
    (  # user name and password in a URL
        re.compile(r"(?<=://)[^\s/@:'\"<>]{0,200}:[^\s/@'\"<>]{1,200}@"),
        f"{MASK}@",
    ),
    (  # an Authorization header or field, whatever its scheme, at any depth of quoting
        re.compile(
            r"(\b(?:proxy-)?authorization\\{0,8}[\"']?\s{0,3}[:=,]\s{0,3}\\{0,8}[\"']?)"
            r"(?:(?:basic|bearer|negotiate|ntlm|digest)\s{1,3})?[^\s\"'\\,;)}\]]{3,}",
            re.IGNORECASE,
        ),
        rf"\1{MASK}",
    ),
    (
        re.compile(
            r"\b(bearer|basic)\s{1,3}(?=[^\s\"']{0,80}[\d_=~])[\w.~+/=-]{8,}", re.IGNORECASE
        ),
        rf"\1 {MASK}",
    ),
    (  # name=value and "name": "value"; the value's own quotes stay
        re.compile(
            rf"((?:{_NAMES})\\{{0,8}}[\"']?\s{{0,3}}[:=]\s{{0,3}})"
            r"(?:(\\{0,8}[\"'])(?:(?!\2)[^\n]){3,4000}?(?=\2)|[^\s\"'\\&,;)}\]]{3,})",
            re.IGNORECASE,
        ),
        rf"\1\2{MASK}",
    ),
    (  # credentials that wear their provider's prefix
        re.compile(
            r"\b(?:sk-(?:ant-|proj-)?[\w-]{8,}|gh[pousr]_\w{10,}|github_pat_\w{10,}|xox[abprs]-[\w-]{8,}"
            r"|AKIA[0-9A-Z]{12,}|AIza[\w-]{20,}|glpat-[\w-]{10,}|hf_\w{16,}|npm_\w{20,})"
        ),
        MASK,
    ),
    # Entra's client secrets: three characters, a digit, Q~, then the rest
    (re.compile(r"(?<![\w~.-])[\w~.-]{3}\dQ~[\w~.-]{20,}"), MASK),
    # the two shapes of Azure AI keys: 84 characters with a marker in the middle, and 32 hex digits
    (
        re.compile(
            r"(?<![A-Za-z0-9])(?=[a-zA-Z]*\d)(?=\w*[A-Z])[A-Za-z0-9]{60,}(?![A-Za-z0-9])"
        ),
        MASK,
    ),
    (
        re.compile(
            r"(?<!trace_id=)(?<!trace_id: )(?<!trace-id: )(?<!traceId: )(?<!traceparent: 00-)"
            r"(?<!\"trace_id\":\")(?<!\"traceId\":\")(?<!\"trace_id\": \")(?<!\"traceId\": \")"
            r"(?<![\w-])[0-9a-fA-F]{32}(?![\w-])"
        ),
        MASK,
    ),
    (  # what is long, has no words in it and mixes all kinds of characters
        re.compile(
            r"(?<![\w+/=-])(?=[\w+/-]{0,60}\d)(?=[\w+/-]{0,60}[a-z])(?=[\w+/-]{0,60}[A-Z])"
            r"[\w+]{40,}={0,2}(?![\w+/=-])"
        ),
        MASK,
    ),
)  # fmt: skip


def redact(text: str) -> str:
    """The text without anything that is shaped like a credential. Idempotent."""
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text
