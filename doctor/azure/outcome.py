"""What a sign-in brings: a token, or the reason why there is none."""

from __future__ import annotations

from ..model import Exchange, Facts, FactValue
from ..noun import Noun
from ..secret import Secret
from .claims import Claims


class Acquired(Noun):
    """A token, with what it says about itself (unverified) and where it came from."""

    token: Secret
    expires_on: int
    """Seconds since the epoch, as the library says."""
    claims: Claims | None
    """None where the token is no JWT."""
    credential: str
    facts: Facts
    attempted: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """What the application may meet differently, in sentences."""
    processes: tuple[str, ...] = ()
    """Programs that were started."""
    exchanges: tuple[Exchange, ...] = ()
    """Calls to the login host or the metadata endpoint; each `id` is empty."""
    skew_s: int | None = None
    """Local clock minus the Date of the last answer, seconds."""
    tries: int = 1
    trouble: str | None = None
    """What went wrong before it went well: transient, worth a warning."""


class Refused(Noun):
    """No token, and why."""

    problem: str | None
    """The value of `token.problem`; None where the doctor did not even try."""
    detail: str
    facts: Facts
    credential: str = ""
    """The credential that matters."""
    attempted: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    processes: tuple[str, ...] = ()
    exchanges: tuple[Exchange, ...] = ()
    skew_s: int | None = None
    tries: int = 1
    """Walks through the chain; 0 where the settings already were impossible."""
    token: None = None
    """There is none: what tells it from Acquired."""
    trouble: str | None = None
    transient: bool = False
    """True where nothing judged the credential: waiting may end it."""
    whole: bool = True
    """True where another audience would be refused for the same reason."""


def claim_facts(claims: Claims | None) -> dict[str, FactValue]:
    """The facts that a token's unverified claims give; what is absent is left out."""
    if claims is None:
        return {}
    found: dict[str, FactValue] = {
        "token.aud": claims.aud,
        "token.audience": claims.audience if claims.aud else None,
        "token.tid": claims.tid,
        "token.oid": claims.oid,
        "token.appid": claims.appid,
        "token.name": claims.name or claims.appid,
        "token.principal": claims.principal,
    }
    return {name: value for name, value in found.items() if value is not None}
