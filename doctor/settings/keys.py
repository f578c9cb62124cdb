"""The shape of a key: what can be said about it without sending it. Never repeats any of it.

Keys of Azure AI services seen in the wild are 32 hexadecimal digits or 84 letters and digits.
Other shapes are let through wherever they could be right: a false alarm costs more than a 401.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_AZURE = re.compile(r"[0-9a-fA-F]{32}|[A-Za-z0-9]{84}")
_JWT = re.compile(r"eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")
_SANE = re.compile(r"[A-Za-z0-9+/=_-]+")
_QUOTES = "\"'`“”‘’«»"
_SHORTEST = 20
_LONGEST = 16384

_PROVIDERS: tuple[tuple[str, str], ...] = (
    ("sk-ant-", "Anthropic"),
    ("sk-or-", "OpenRouter"),
    ("sk-", "OpenAI"),
    ("ghp_", "GitHub"),
    ("gho_", "GitHub"),
    ("ghu_", "GitHub"),
    ("ghs_", "GitHub"),
    ("ghr_", "GitHub"),
    ("github_pat_", "GitHub"),
    ("AKIA", "Amazon Web Services"),
    ("ASIA", "Amazon Web Services"),
    ("ABSK", "Amazon Bedrock"),
    ("AIza", "Google"),
    ("hf_", "Hugging Face"),
    ("xai-", "xAI"),
    ("gsk_", "Groq"),
)
"""Beginnings of other providers' keys, the longer one first."""

# Texts, compiled on first use: a key of Azure's shape needs none of them.
_PLACEHOLDERS = (
    r"<.*>|\[.*\]|\{.*\}",
    r"\$\{.*\}|\$\(.*\)|\$(env:)?[a-z_]\w*|%\w+%",
    r"([x*.\-_…•])\1{2,}",
    r".*(\*{3}|•{3}|…|\.{3}).*",
    r"(your|insert|paste|enter|replace|put|add)[-_ ].*(key|token|secret|here|me|this|value).*",
    r"your(foundry|azure|api|claude)*(key|token|secret)(here)?",
    r"change[-_ ]?(me|it|this)|to-?do|tbd|none|null|nil|undefined|placeholder|n/a",
    r"(the[-_ ])?(api[-_ ]?)?key",
)
# Upper case only: the value is a variable's name, as in KEY=ANTHROPIC_FOUNDRY_API_KEY.
_VARIABLE_NAME = r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*_(KEY|TOKEN|SECRET)\d?"
_ASSIGNMENT = r"(export\s+|set\s+|\$env:)?[A-Za-z][A-Za-z0-9]*_\w*\s*=\s*[^\s=].*|[A-Za-z]+://.*"

ENTRA_TOKEN = "an Entra token (JWT)"  # noqa: S105 - the words for it, not a token


class KeyFault(NamedTuple):
    """`shape` is a value of the fact `key.shape`; `clause` continues "The key …"."""

    shape: str
    clause: str
    provider: str | None = None


def is_jwt(value: str) -> bool:
    """Whether it looks like a JSON Web Token: three parts, the first a JSON object."""
    return _JWT.fullmatch(value.strip()) is not None


def is_placeholder(value: str) -> bool:
    """Whether it stands for a value instead of being one: `<your-key>`, `$FOO`, `xxx`."""
    text = value.strip()
    flags = re.IGNORECASE | re.DOTALL
    return re.fullmatch(_VARIABLE_NAME, text) is not None or any(
        re.fullmatch(pattern, text, flags) for pattern in _PLACEHOLDERS
    )


def looks_secret(value: str) -> bool:
    """Whether it has the shape of some provider's credential, so must not be shown anywhere."""
    text = value.strip().strip(_QUOTES)
    return (
        _AZURE.fullmatch(text) is not None
        or is_jwt(text)
        or (len(text) >= _SHORTEST and provider_of(text) is not None)
    )


def is_misplaced(name: str) -> bool:
    """Whether a credential stands where a resource's or deployment's name belongs.

    32 hexadecimal digits are a key's shape, but a possible name too: generated ones look so.
    """
    return looks_secret(name) and not re.fullmatch(r"[0-9A-Fa-f]{32}", name.strip())


def provider_of(key: str) -> str | None:
    """Whose key it looks like, None when it could be Azure's or nobody's in particular."""
    if _AZURE.fullmatch(key):
        return None
    if is_jwt(key):
        return ENTRA_TOKEN
    return next((who for start, who in _PROVIDERS if key.startswith(start)), None)


def judge_key(key: str, *, foundry: bool, gateway: bool) -> KeyFault | None:
    """What is wrong with a key that is set, None when nothing is.

    `foundry`: it goes to a Foundry host (or none is known), so Azure's shapes apply. `gateway`:
    it goes to a host of the user's own, which may issue any key it likes (`sk-…` is what LLM
    proxies hand out), so only what no HTTP header can carry well is wrong.
    """
    if _AZURE.fullmatch(key) and len(set(key)) > 1:
        return None
    found = _damaged(key)
    if found or gateway:
        return found
    provider = provider_of(key)
    if provider == ENTRA_TOKEN:
        return KeyFault("other-provider", "is an Entra access token (a JWT), not a key", provider)
    if provider:
        return KeyFault("other-provider", f"is a key of {provider}, not of Foundry", provider)
    return _impossible(key) if foundry else None


def _damaged(key: str) -> KeyFault | None:
    if not key.strip():
        return KeyFault("empty", "is blank")
    if len(key) > _LONGEST:
        return KeyFault("impossible", "is far too long to be a key")
    if "\n" in key or "\r" in key:
        where = "ends in" if key.rstrip("\r\n").count("\n") == 0 and key[-1] in "\r\n" else "holds"
        return KeyFault("line-break", f"{where} a line break")
    text = key.strip()
    if text[0] in _QUOTES or text[-1] in _QUOTES:
        return KeyFault("quoted", "has quotes around it that became part of it")
    if is_placeholder(text):
        return KeyFault("placeholder", "is a placeholder, not a key")
    if re.fullmatch(_ASSIGNMENT, text, re.DOTALL):
        return KeyFault("impossible", "is a whole assignment or a URL, not a bare key")
    if text.lower().startswith(("bearer ", "basic ")):
        return KeyFault("whitespace", "begins with Bearer or Basic; the bare key belongs there")
    if any(letter.isspace() for letter in key):
        inside = any(letter.isspace() for letter in text)
        return KeyFault("whitespace", f"has white space {'inside' if inside else 'around'} it")
    if not key.isascii() or not key.isprintable():
        return KeyFault("non-ascii", "holds a character that no key has (not printable ASCII)")
    return None


def _impossible(key: str) -> KeyFault | None:
    if len(key) < _SHORTEST:
        return KeyFault("impossible", "is too short to be a key of Foundry")
    if not _SANE.fullmatch(key):
        return KeyFault("impossible", "holds characters that a key of Foundry never has")
    return None
