"""Access tokens: made with the claims that Entra documents, and read without any check.

The signature is random: clients must not look at it, and nothing here hangs on it.
[learn.microsoft.com access-token-claims-reference]
"""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from collections.abc import Mapping
from typing import Any

from .plane_spec import TokenSpec
from .roles import made_up_id

ISSUER_V1 = "https://sts.windows.net/{tenant}/"
_HOUR = 3600


def encoded(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def jwt(claims: Mapping[str, Any], *, signature: bytes | None = None) -> str:
    """A token-shaped string with a signature of nothing."""
    header = {"typ": "JWT", "alg": "RS256", "kid": "foundry-doctor-emulator"}
    parts = [encoded(json.dumps(one, separators=(",", ":")).encode()) for one in (header, claims)]
    return ".".join([*parts, encoded(signature or secrets.token_bytes(256))])


def header_of(token: str) -> Mapping[str, Any] | None:
    """The header of a token, None when it has none."""
    return _part(token, 0)


def claims_of(token: str) -> Mapping[str, Any] | None:
    """The claims of a token, None for what is not shaped as one."""
    return _part(token, 1)


def audience_id(resource: str) -> str:
    """The audience in its other form, a GUID: made up, the real ones are not known."""
    return made_up_id("resource", resource.rstrip("/"))


def mint(
    spec: TokenSpec,
    now: float,
    *,
    tenant: str,
    resource: str,
    oid: str,
    app_id: str,
    user: str | None = None,
) -> str:
    """An access token for a resource, for a user or (`user` None) for the application itself."""
    issued = int(now) - (2 * _HOUR if spec.expired else 0)
    second = spec.version == "2.0"
    # v2 tokens always carry the GUID [access-token-claims-reference].
    guid = second or spec.audience == "guid"
    claims: dict[str, Any] = {
        "aud": audience_id(resource) if guid else resource,
        "iss": (
            f"https://login.microsoftonline.com/{tenant}/v2.0"
            if second
            else ISSUER_V1.format(tenant=tenant)
        ),
        "iat": issued,
        "nbf": issued,
        "exp": issued + (_HOUR if spec.expired else spec.lifetime_s),
        "azp" if second else "appid": app_id,
        "azpacr" if second else "appidacr": "1" if user is None else "0",
        "oid": oid,
        "sub": oid if user is None else made_up_id("subject", oid),
        "tid": tenant,
        "uti": encoded(secrets.token_bytes(16)),
        "ver": spec.version,
    }
    if not second:
        claims["idp"] = claims["iss"]
    if spec.idtyp:
        claims["idtyp"] = "app" if user is None else "user"
    if user is not None:
        claims |= {"preferred_username" if second else "unique_name": user, "upn": user}
        claims |= {"scp": "user_impersonation", "amr": ["pwd"], "name": "A. Caller"}
    return jwt(claims)


def _part(token: str, place: int) -> Mapping[str, Any] | None:
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        payload = base64.urlsafe_b64decode(parts[place] + "=" * (-len(parts[place]) % 4))
        found = json.loads(payload)
    except (binascii.Error, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
