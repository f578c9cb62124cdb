"""What a token says about itself: decoded here, never verified, never sent anywhere.

Nothing that stands in a claim proves anything: a token for a first-party API is formally opaque to
its client, and anybody can write such a text. Claims are hints that explain a refusal.
[learn.microsoft.com access-token-claims-reference]
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any, NoReturn

from ..errors import DoctorError
from ..noun import Noun
from .clouds import classify_audience
from .tokentext import MAX_TEXT, find_token

_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")
_MAX_VALUE = 300
_MAX_TIME = 253402300799  # 9999-12-31T23:59:59Z, the last that datetime can show


class NotAToken(DoctorError):
    """The text is no JWT that can be read; `message` says why and repeats nothing of it."""


class Claims(Noun):
    """Unverified claims. Times are seconds since the epoch; None where a claim is absent."""

    aud: str | None = None
    iss: str | None = None
    tid: str | None = None
    oid: str | None = None
    appid: str | None = None
    """`appid` (v1) or `azp` (v2): the application that asked for the token."""
    name: str | None = None
    """`upn`, `unique_name` or `preferred_username`; applications have none."""
    principal: str = "unknown"
    """`user`, `service-principal` or `unknown`."""
    iat: int | None = None
    nbf: int | None = None
    exp: int | None = None
    ver: str | None = None
    scp: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    groups_count: int | None = None
    """None where the token names no groups, or too many to list."""
    xms_cc: tuple[str, ...] = ()
    uti: str | None = None

    @property
    def audience(self) -> str:
        """The value of the fact `token.audience`."""
        return classify_audience(self.aud)


def read_claims(text: str) -> Claims:
    """Decode the claims of a JWT, unverified. Raises NotAToken.

    The token may stand in quotes, after `Bearer`, in the JSON of `az account get-access-token`, or
    in a line of an environment file. At most 64 KiB are looked at.
    """
    if len(text) > MAX_TEXT:
        _refuse(f"it is longer than {MAX_TEXT} characters")
    token = find_token(text)
    if token is None:
        _refuse("there is nothing in it")
    parts = token.split(".")
    if len(parts) == 5:
        _refuse("it is encrypted (JWE, five parts): only its audience can read it")
    if len(parts) == 2:
        _refuse("it has two parts where a token has three: its signature is cut off")
    if len(parts) != 3:
        _refuse("it is no token of three parts: a key or an opaque token, perhaps")
    header = _decoded(parts[0], "header")
    if "enc" in header:
        _refuse("its header says that it is encrypted")
    return _claims(_decoded(parts[1], "payload"))


def _refuse(reason: str) -> NoReturn:
    raise NotAToken(reason, advice="Give a whole access token: header.payload.signature.")


def _decoded(part: str, name: str) -> Mapping[str, Any]:
    bare = part.rstrip("=")
    if not _BASE64URL.fullmatch(bare):  # b64decode would pass over foreign characters, or take +/
        _refuse(f"its {name} is not base64url")
    try:
        data = base64.urlsafe_b64decode(bare + "=" * (-len(bare) % 4))
    except (binascii.Error, ValueError):
        # Without its cause, here and below: a decoder's error may quote what it could not read.
        raise NotAToken(f"its {name} is not base64url") from None
    try:
        document = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError):
        raise NotAToken(f"its {name} is not JSON") from None
    if not isinstance(document, dict):
        _refuse(f"its {name} is not a JSON object")
    return document


def _claims(found: Mapping[str, Any]) -> Claims:
    names = (_text(found.get(one)) for one in ("upn", "unique_name", "preferred_username"))
    groups = found.get("groups")
    return Claims(
        aud=_audience(found.get("aud")),
        iss=_text(found.get("iss")),
        tid=_text(found.get("tid")),
        oid=_text(found.get("oid")),
        appid=_text(found.get("appid")) or _text(found.get("azp")),
        name=next((one for one in names if one), None),
        principal=_principal(found),
        iat=_time(found.get("iat")),
        nbf=_time(found.get("nbf")),
        exp=_time(found.get("exp")),
        ver=_text(found.get("ver")),
        scp=_texts(found.get("scp")),
        roles=_texts(found.get("roles")),
        groups_count=len(groups) if isinstance(groups, list) else None,
        xms_cc=_texts(found.get("xms_cc")),
        uti=_text(found.get("uti")),
    )


def _principal(found: Mapping[str, Any]) -> str:
    """Whose token it is. `idtyp` is optional, so its absence proves nothing."""
    kind = found.get("idtyp")
    if kind in ("app", "user"):
        return "user" if kind == "user" else "service-principal"
    # Only tokens of users carry delegated scopes or a sign-in name; they may carry roles as well.
    if any(_text(found.get(one)) for one in ("scp", "upn", "unique_name", "preferred_username")):
        return "user"
    if _texts(found.get("roles")) or _text(found.get("xms_mirid")):
        return "service-principal"
    oid = _text(found.get("oid"))
    if oid and oid == _text(found.get("sub")):
        return "service-principal"
    # 1 and 2: the application proved itself by a secret or a certificate, and no user is named.
    proved = _text(found.get("appidacr")) or _text(found.get("azpacr"))
    return "service-principal" if proved in ("1", "2") else "unknown"


def _text(value: object) -> str | None:
    if not isinstance(value, str) or not value.strip():
        return None
    return "".join(c if c.isprintable() else " " for c in value[:_MAX_VALUE]).strip() or None


def _texts(value: object) -> tuple[str, ...]:
    items: Sequence[object] = value.split() if isinstance(value, str) else ()
    if isinstance(value, list):
        items = value
    return tuple(one for one in map(_text, items[:50]) if one)


def _audience(value: object) -> str | None:
    return ", ".join(_texts(value)) or None if isinstance(value, list) else _text(value)


def _time(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    if not math.isfinite(value) or not 0 <= value <= _MAX_TIME:
        return None
    return int(value)


def describe(claims: Claims, now: float) -> list[tuple[str, str]]:
    """(label, text) of each claim that is there, for people; `now` in seconds since the epoch.

    Holds nothing of the token's signature and no part of the token as it stands.
    """
    means = {
        "foundry": "Foundry's default", "cognitive": "Azure AI services",
        "arm": "Resource Manager, not Foundry", "graph": "Microsoft Graph, not Foundry",
        "guid": "an application id that is not known here", "other": "not a known audience",
    }  # fmt: skip
    kind = {"user": "a user", "service-principal": "an application or managed identity"}
    rows = [
        ("Audience", f"{claims.aud} ({means[claims.audience]})" if claims.aud else None),
        ("Tenant", claims.tid),
        ("Caller", claims.name),
        ("Kind", kind.get(claims.principal, "cannot be told")),
        ("Object id", claims.oid),
        ("Application", claims.appid),
        ("Issuer", claims.iss),
        ("Issued", _moment(claims.iat)),
        ("Not before", _begin(claims.nbf, now)),
        ("Expires", _end(claims.exp, now)),
        ("Scopes", ", ".join(claims.scp) or None),
        ("Roles", ", ".join(claims.roles) or None),
        ("Groups", None if claims.groups_count is None else str(claims.groups_count)),
        ("Client capabilities", ", ".join(claims.xms_cc) or None),
        ("Version", claims.ver),
        ("Sign-in id", claims.uti),
    ]
    return [(label, text) for label, text in rows if text]


def _moment(seconds: int | None) -> str | None:
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _begin(nbf: int | None, now: float) -> str | None:
    # A token becomes valid when it is issued, or a few minutes earlier: only the future is news.
    return f"{_moment(nbf)} (in {_span(nbf - now)})" if nbf is not None and nbf > now else None


def _end(exp: int | None, now: float) -> str | None:
    if exp is None:
        return "the token does not say"
    left = exp - now
    words = f"in {_span(left)}" if left > 0 else f"expired {_span(-left)} ago"
    return f"{_moment(exp)} ({words})"


def _span(seconds: float) -> str:
    """A span in words of one unit or two: `40 s`, `12 min`, `3 h 5 min`, `2 days`."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min"
    if whole < 2 * 86400:
        hours, minutes = whole // 3600, whole % 3600 // 60
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{whole // 86400} days"
