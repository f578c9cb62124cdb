"""The verb `token`: what a token says about itself, decoded here, verified by nobody."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TextIO

from ..errors import UsageError
from .console import Console

LIMIT = 1 << 20
EXPIRED, NOT_A_TOKEN = 1, 2


def token_verb(file: str, console: Console, stdin: TextIO) -> int:
    """Print the claims; 1 for an expired token. Raises UsageError for what is no token."""
    from ..azure.claims import NotAToken, describe, read_claims

    try:
        text = stdin.read(LIMIT) if file == "-" else _read(Path(file))
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text"
        raise UsageError(f"{file} cannot be read: {why}") from error
    try:
        claims = read_claims(text)
    except NotAToken as error:
        raise UsageError(error.message, advice=error.advice) from error
    now = time.time()
    rows = describe(claims, now)
    column = max(len(label) for label, _ in rows)
    console.write("Claims, unverified: the token was decoded here and sent nowhere.\n")
    for label, value in rows:
        console.write(f"{label:<{column}}  {value}\n")
    return EXPIRED if claims.exp is not None and claims.exp <= now else 0


def _read(path: Path) -> str:
    with path.open(encoding="utf-8") as file:
        return file.read(LIMIT)
