"""Whether two runs used the same key, told without the key: only to those who share a salt."""

from __future__ import annotations

from collections.abc import Mapping

from .secret import Secret


def fingerprint(secret: Secret, salt: str) -> Mapping[str, str]:
    """`of` what it is, `check` tells equal salts, `value` equal keys under that salt.

    Keyed by the salt and cut to 48 bits: without the salt it confirms no guess, and nobody can
    search for it.
    """
    return {
        "of": "key",
        "check": _keyed(salt, "salt", "")[:8],
        "value": _keyed(salt, "key", secret.reveal())[:12],
    }


def _keyed(salt: str, purpose: str, value: str) -> str:
    # Only where it is asked for: a plain run loads neither.
    import hashlib
    import hmac

    text = f"foundry-doctor {purpose}\0{value}".encode("utf-8", "surrogatepass")
    return hmac.new(salt.encode("utf-8", "surrogatepass"), text, hashlib.sha256).hexdigest()
