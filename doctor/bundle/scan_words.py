"""One word of a text, judged by its characters alone."""

from __future__ import annotations

import base64
import math
import string
from collections import Counter
from collections.abc import Iterator

_WORD = frozenset(string.ascii_letters + string.digits + "+/=_.~-%@#*")
_PREFIXES = (
    "sk-ant-", "sk-proj-", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "xoxb-",
    "xoxp-", "xoxa-", "AKIA", "ASIA", "AIza", "npm_", "pypi-", "dckr_pat_", "sk_live_", "rk_live_",
)  # fmt: skip
_SCHEMES = ("basic", "bearer", "digest", "negotiate", "ntlm")


def words(line: str) -> Iterator[str]:
    """The runs of characters that a secret may be made of."""
    start = None
    for at, ch in enumerate(line):
        if ch in _WORD:
            if start is None:
                start = at
        elif start is not None:
            yield line[start:at]
            start = None
    if start is not None:
        yield line[start:]


def judged(word: str, previous: str) -> Iterator[str]:
    """What a word is, if it must not be there; `previous` is the word before it."""
    if len(word) < 6:
        return
    if word.startswith(_PREFIXES) and len(word) >= 20:
        yield "a provider's token"
    if previous.lower() in _SCHEMES and len(word) >= 12 and kinds(word) >= 3:
        yield "credentials after an authentication scheme"
    if word.startswith("eyJ") and _is_token(word):
        yield "a token"
    if "@" in word and _is_principal(word):
        yield "a user principal name"
    if len(word) > 34 and word[4:6] == "Q~":
        yield "an Entra client secret"
    for part in "".join(" " if ch in "=.%*" else ch for ch in word).split():
        yield from _solid(part)


def _solid(part: str) -> Iterator[str]:
    """One run of letters, digits and base64's signs."""
    if is_hex(part, 32):
        yield "32 hexadecimal digits, the shape of a key"
    if len(part) >= 60 and part.isalnum() and kinds(part) == 3:
        yield "the shape of an Azure key"
    elif len(part) >= 44 and part.isalnum() and kinds(part) == 3 and _entropy(part) > 4.2:
        yield "a long random text"


def kinds(text: str) -> int:
    """How many of digits, lower case and upper case there are."""
    return (
        any(ch.isdigit() for ch in text)
        + any(ch.islower() for ch in text)
        + any(ch.isupper() for ch in text)
    )


def _entropy(text: str) -> float:
    """Bits a character."""
    counts = Counter(text)
    return -sum(n / len(text) * math.log2(n / len(text)) for n in counts.values())


def is_hex(word: str, length: int) -> bool:
    """Whether a word is that many hexadecimal digits and nothing else."""
    return len(word) == length and all(ch in string.hexdigits for ch in word)


def _is_token(word: str) -> bool:
    head = word.partition(".")[0].replace("%2E", ".").partition(".")[0]
    try:
        data = base64.urlsafe_b64decode(head + "=" * (-len(head) % 4))
    except ValueError:
        return len(word) > 40
    return data.startswith(b"{") and len(word) >= 20


def _is_principal(word: str) -> bool:
    local, _, domain = word.replace("%40", "@").rpartition("@")
    labels = domain.rstrip(".").split(".")
    return (
        bool(local.strip("*/=.#%-"))
        and len(labels) >= 2
        and all(label and label.replace("-", "").isalnum() for label in labels)
        and labels[-1].isalpha()
        and len(labels[-1]) >= 2
    )
