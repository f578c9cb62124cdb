"""Who may call Resource Manager: the token's checks, and what the caller's roles allow."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from typing import Any

from . import tokens
from .arm_voice import ArmCall, Problem
from .plane_spec import ArmSpec
from .roles import covers, within
from .world import World

SUBSCRIPTION_READ = "Microsoft.Resources/subscriptions/read"


class Rights:
    """Judges tokens and actions of the control plane."""

    def __init__(self, spec: ArmSpec, world: World) -> None:
        self._spec = spec
        self._world = world

    def authenticate(self, call: ArmCall) -> Mapping[str, Any]:
        """The claims of the caller's token; Problem with a challenge when it is not acceptable."""
        scheme, _, token = call.request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            text = "Authentication failed. The 'Authorization' header is missing."
            raise self._unauthorized("AuthenticationFailed", text)
        claims = tokens.claims_of(token.strip())
        if claims is None:
            raise self._unauthorized("InvalidAuthenticationToken", "The access token is invalid.")
        audience = str(claims.get("aud"))
        allowed = self._spec.audiences
        if audience not in (*allowed, *map(tokens.audience_id, allowed)):
            text = (
                "The access token has been obtained for wrong audience or resource "
                f"'{audience}'. It should exactly match with one of the allowed audiences "
                + ",".join(f"'{one}'" for one in allowed)
                + "."
            )
            raise self._unauthorized("InvalidAuthenticationTokenAudience", text)
        now, expiry = time.time() + self._spec.faults.date_offset_s, claims.get("exp")
        if not isinstance(expiry, (int, float)) or expiry <= now:
            text = (
                f"The access token expiry UTC time '{_american(expiry)}' is earlier than current "
                f"UTC time '{_american(now)}'."
            )
            raise self._unauthorized("ExpiredAuthenticationToken", text)
        return claims

    def check_tenant(self, call: ArmCall) -> None:
        """Problem when the token is of another tenant than the subscription."""
        given, own = str(call.claims.get("tid")), self._world.resource_tenant
        if given != own:
            text = (
                f"The access token is from the wrong issuer 'https://sts.windows.net/{given}/'. It "
                f"must match the tenant 'https://sts.windows.net/{own}/' associated with this "
                "subscription. Please use the authority (URL) "
                f"'https://login.windows.net/{own}' to get the token. Note, if the subscription "
                "is transferred to another tenant there is no impact to the services, but "
                "information about new tenant could take time to propagate (up to an hour). If "
                "you just transferred your subscription and see this error message, please try "
                "back later."
            )
            raise self._unauthorized("InvalidAuthenticationTokenTenant", text)

    def may(self, call: ArmCall, action: str, scope: str) -> bool:
        """Whether the caller may do this here."""
        if self._world.denial(call.oid, action, scope) is not None:
            return False
        if self._spec.allowed is not None:
            return covers(self._spec.allowed, action)
        return self._world.grants(call.oid, action, scope)

    def require(self, call: ArmCall, action: str, scope: str) -> None:
        """Problem 403 when the caller may not do this here."""
        if self.may(call, action, scope):
            return
        who = f"The client '{call.client}' with object id '{call.oid}'"
        denial = self._world.denial(call.oid, action, scope)
        if denial is not None:
            text = (
                f"{who} has permission to perform action '{action}' on scope '{scope}'; however, "
                "the access is denied because of the deny assignment with name "
                f"'{denial.spec.name}' and Id '{denial.id}' at scope '{denial.scope}'."
            )
            raise Problem(403, "DenyAssignmentAuthorizationFailed", text)
        text = (
            f"{who} does not have authorization to perform action '{action}' over scope '{scope}' "
            "or the scope is invalid. If access was recently granted, please refresh your "
            "credentials."
        )
        raise Problem(403, "AuthorizationFailed", text)

    def visible(self, call: ArmCall, action: str, over: str, scopes: Iterable[str]) -> list[str]:
        """Of the scopes in a list over `over` those which the caller may read.

        That a list shows what its reader may see, and is refused only to one who may see nothing,
        is a switch of the scenario: no source read for this emulator tells.
        """
        if not self.may(call, action, over):
            if self._spec.lists == "filtered":
                seen = [one for one in scopes if self.may(call, action, one)]
                if seen:
                    return seen
            self.require(call, action, over)
        return list(scopes)

    def sees_subscription(self, call: ArmCall) -> bool:
        """Whether the subscription is in the caller's list: any role in it is enough."""
        if self._spec.allowed is not None:
            return covers(self._spec.allowed, SUBSCRIPTION_READ)
        oids, scope = self._world.oids_of(call.oid), self._world.subscription_scope
        return any(
            one.principal_id in oids and (within(one.scope, scope) or within(scope, one.scope))
            for one in self._world.assignments
        )

    def _unauthorized(self, code: str, text: str) -> Problem:
        challenge = (
            "Bearer authorization_uri="
            f'"https://login.windows.net/{self._world.resource_tenant}", '
            f'error="invalid_token", error_description="{text}"'
        )
        return Problem(401, code, text, headers=(("WWW-Authenticate", challenge),))


def _american(at: object) -> str:
    usable = isinstance(at, (int, float)) and 0 <= at < 1e11
    moment = datetime.fromtimestamp(float(at) if usable else 0.0, timezone.utc)  # type: ignore[arg-type]
    hour = moment.hour % 12 or 12
    half = "AM" if moment.hour < 12 else "PM"
    return f"{moment.month}/{moment.day}/{moment.year} {hour}:{moment:%M:%S} {half}"
