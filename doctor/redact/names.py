"""Names whose value is a secret, and the values that are none although such a name stands there."""

from __future__ import annotations

import re

STRONG = (
    r"(?:x-)?api[-_]?key\d?|api[-_]?secret|x-functions-key|(?:ocp-apim-)?subscription[-_]?key"
    r"|proxy-authorization|client[-_]?secret|client[-_]?assertion"
    r"|(?:access|refresh|id|auth|identity|bearer|session|security|sas)[-_]?token"
    r"|x-ms-(?:access-token|client-principal|authorization-auxiliary|token-aad-[\w-]{4,16})"
    r"|x-(?:amz|goog)-(?:signature|security-token|credential)"
    r"|assertion|pass(?:word|wd|phrase)?|pwd|secret"
    r"|(?:account|secret|storage|encryption|signing|master|primary|secondary)[-_]?(?:access[-_]?)?key"
    r"|shared[-_]?access[-_]?(?:key|signature)|connection[-_]?string|sig|private[-_]?key|signature"
    r"|device[-_]?code|user[-_]?code"
    # The whole of a variable's name where it begins; looking for it at each letter takes long.
    r"|(?:(?<![A-Za-z0-9_])[A-Z0-9_]{1,60})?_(?:API_?KEY|ACCESS_?KEY|TOKEN|SECRET|PASSWORD"
    r"|PASSWD|PWD|PASSPHRASE|PAT|AUTH|CREDENTIALS?|SAS)"
)
"""Whatever follows these names is a secret (as part of a regular expression, without case)."""
CAMEL = r"[a-z][A-Za-z0-9]{0,40}(?:ApiKey|AccessKey|Secret|Password|AccessToken|RefreshToken)"
"""The same in camel case; matched with case, so that ordinary words stay."""
WEAK = r"token|credentials?|key\d?|auth|pat|\*{3}"
"""A secret only where the value looks like one: prose says `token: expired`. After a mask, too,
since what was masked may have swallowed the name."""

_HARMLESS_WORDS = (
    "*** accepted refused unknown none null nil true false ok missing invalid expired disabled"
    " enabled required set unset empty wrong denied not is was are the a an no yes of and or key"
    " entra auto basic bearer default env undefined redacted hidden masked optional present absent"
    " string header headers value values alone only both from for this that must may can cannot"
    " your use with dev prod"
)
_HARMLESS = frozenset(_HARMLESS_WORDS.split())
_NOT_SECRET_NAMES = re.compile(
    r"(?:next|page|continuation|skip|sync|cancel\w*|stop|max|min|count|input|output|total)"
    r"[-_]?(?:page[-_]?)?token"
    r"|azure_token_credentials"  # a choice of credentials by name, none of them
    r"|no[-_]?auth|(?:default|use|require|has|allow)[-_]\w*(?:auth|token|key|secret|password)",
    re.IGNORECASE,
)
_REFERENCE = re.compile(
    r"\$\{[\w.:/-]{1,80}\}?"  # ${VAR}
    r"|\$\(\(?[A-Za-z][\w./-]*(?:\s[^)]*)?\)?"  # $(az …), $(VAR)
    # $VAR_NAME, $env:NAME, %VAR_NAME%, {{ var }}
    r"|\$[A-Z][A-Z0-9]*_[A-Z0-9_]+|\$env:[A-Z]\w+|%[A-Z]\w*_\w*%|\{\{[\w. ]{1,80}(?:\}\})?"
    r"|\$\(\$env:[A-Z]\w+\)|<[A-Za-z][^<>\n]{0,60}>|\.{3}|…"
    r"|\[(?:redacted|user|user principal|hidden|masked|removed)\]?"
    r"|`?az\s+[a-z].*"  # a command whose output is the value
    r"|(?:env|flag|secretRef|keyvault)[ :][\w./-]{1,80}|@Microsoft\.KeyVault.*",
    re.DOTALL,
)
_COLOUR = re.compile(r"#[0-9A-Fa-f]{3,8}")
_MASKED = re.compile(r"(?:\*{3,}|\[redacted\]|REDACTED|<redacted>)[.,;:!?)]*", re.IGNORECASE)


def is_harmless(name: str, value: str) -> bool:
    """Whether a value may stay although its name is that of a secret.

    A mask, a reference to a variable, a word that says something about the secret, an HTTP status,
    a paging token.
    """
    inner = value.strip().strip("\"'\\").strip()
    if not inner or _MASKED.fullmatch(inner) or _REFERENCE.fullmatch(inner):
        return True
    if inner.lower().rstrip(".,;:!?") in _HARMLESS or (inner.isdigit() and len(inner) <= 3):
        return True
    if name.lower() == "pass" and _COLOUR.fullmatch(inner):
        return True  # `--pass: #0a5c2b;` of a style sheet
    return _NOT_SECRET_NAMES.fullmatch(name) is not None


def looks_secret(value: str) -> bool:
    """Whether a value after a weak name is a credential by the look of it: long and mixed."""
    inner = value.strip().strip("\"'\\").strip()
    if len(inner) < 8 or any(ch.isspace() for ch in inner):
        return False
    if _GUID.fullmatch(inner) or inner.startswith(("http://", "https://", "/", "~", "./")):
        return False
    digits = any(ch.isdigit() for ch in inner)
    return digits and any(ch.isalpha() for ch in inner) and not _NAMED_ID.fullmatch(inner)


_GUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_NAMED_ID = re.compile(
    r"req_[A-Za-z0-9]{6,60}|AADSTS\d{4,9}:?|[a-z]{2,12}(?:[-.][a-z0-9]{1,12}){1,8}"
)

_SENSITIVE = re.compile(rf"(?i:{STRONG}|(?:set-)?cookie|(?:proxy-)?authorization)|{CAMEL}")
_WEAK = re.compile(WEAK, re.IGNORECASE)


def is_secret_field(name: str, value: str) -> bool:
    """Whether a field so named, with this value, holds a secret (JSON keys, headers, variables)."""
    name = name.strip()
    if is_harmless(name, value):
        return False
    if _SENSITIVE.fullmatch(name):
        return True
    return _WEAK.fullmatch(name) is not None and looks_secret(value)
