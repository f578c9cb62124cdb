"""Client assertions: signed by the application's certificate, or given out by another issuer.

[learn.microsoft.com certificate-credentials, workload-identity-federation]
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from . import tokens
from .client_certificate import ClientCertificate, thumbprint_in
from .entra_errors import precise
from .plane_spec import EntraSpec
from .world import World

_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_SKEW_S = 300
SUBJECT = "system:serviceaccount:contoso:caller"
ISSUER = "https://oidc.contoso.example/"
AUDIENCE = "api://AzureADTokenExchange"
"""What the projected token of the world says; the scenario may expect something else."""


class Refused(Exception):
    """An AADSTS number with the values of its text."""

    def __init__(
        self,
        code: int,
        values: Mapping[str, str] | None = None,
        message: str | None = None,
        error: str | None = None,
    ) -> None:
        super().__init__(f"AADSTS{code}")
        self.code = code
        self.values = values or {}
        self.message = message
        self.error = error


class AssertionJudge:
    """Checks `client_assertion` as the login host does."""

    def __init__(
        self,
        spec: EntraSpec,
        world: World,
        certificate: Callable[[], ClientCertificate | None],
    ) -> None:
        self._spec = spec
        self._world = world
        self._certificate = certificate

    def check(self, form: Mapping[str, str], tenant: str, now: float) -> None:
        """Refused when the assertion does not prove the client."""
        assertion = form["client_assertion"]
        claims = tokens.claims_of(assertion)
        if form.get("client_assertion_type") != _TYPE or claims is None:
            raise Refused(50027)
        values = self.values(form, now)
        own = claims.get("iss") == form.get("client_id") == claims.get("sub")
        if own:
            self._certified(assertion, values)
        if not _begun(claims.get("nbf", 0), now) or not _running(claims.get("exp"), now):
            raise Refused(700024, values)
        if own:
            audience = str(claims.get("aud", "")).lower().rstrip("/")
            base = f"/{tenant.lower()}"
            ends = ("/oauth2/v2.0/token", "/v2.0", "/oauth2/token", "")
            if not audience.endswith(tuple(base + one for one in ends)):
                raise Refused(50027, values)
            return
        self._federated(claims, values)

    def values(self, form: Mapping[str, str], now: float) -> dict[str, str]:
        """What the texts say of an assertion, empty where there is none."""
        assertion = form.get("client_assertion", "")
        claims = tokens.claims_of(assertion) or {}
        times = {"valid_from": claims.get("nbf", 0), "expires": claims.get("exp", 0)}
        found = {
            "now": precise(now),
            "thumbprint": thumbprint_in(assertion),
            "subject": str(claims.get("sub", "")),
            "issuer": str(claims.get("iss", "")),
            "audience": str(claims.get("aud", "")),
        }
        for name, value in times.items():
            usable = isinstance(value, (int, float)) and 0 <= value < 1e11
            found[name] = precise(value if usable else 0)
        return found

    def _certified(self, assertion: str, values: Mapping[str, str]) -> None:
        registered = self._certificate()
        if (
            registered is None
            or not self._world.spec.app.certificate_registered
            or not registered.named_in(assertion)
        ):
            raise Refused(700027, values)
        if self._spec.verify_signature and not registered.signed(assertion):
            text = "Client assertion failed signature validation."
            raise Refused(700027, values, text)

    def _federated(self, claims: Mapping[str, object], values: Mapping[str, str]) -> None:
        app = self._world.spec.app
        audience = claims.get("aud")
        named = audience if isinstance(audience, list) else [audience]
        if claims.get("iss") != app.issuer:
            raise Refused(700211, values)
        subject = str(claims.get("sub", ""))
        if subject != app.subject:
            raise Refused(7002138 if subject.lower() == app.subject.lower() else 700213, values)
        if app.federated_audience not in named:
            raise Refused(700212, values)


def _begun(at: object, now: float) -> bool:
    return isinstance(at, (int, float)) and at - _SKEW_S <= now


def _running(until: object, now: float) -> bool:
    return isinstance(until, (int, float)) and now <= until


def write_federated_token(path: Path, now: float, *, expired: bool) -> Path:
    """A projected service-account token, as a cluster mounts it; mode 0600."""
    begin = int(now) - (7200 if expired else 60)
    claims = {
        "aud": [AUDIENCE],
        "iss": ISSUER,
        "sub": SUBJECT,
        "iat": begin,
        "nbf": begin,
        "exp": begin + 3600,
    }
    path.touch(mode=0o600)
    path.write_text(tokens.jwt(claims), "utf-8")
    return path
