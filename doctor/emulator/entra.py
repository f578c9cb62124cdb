"""The login host: discovery, the token endpoint, and what Entra refuses.

Served for any tenant of the world: instance discovery, OpenID configuration, user realm, and the
token endpoint (v2, and v1 at /oauth2/token) with client secret, certificate, federated assertion,
password and refresh token. [learn.microsoft.com v2-oauth2-client-creds-grant-flow, v2-protocols]
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from urllib.parse import parse_qs

from . import discovery, tokens
from .assertions import AssertionJudge, Refused
from .client_certificate import ClientCertificate
from .entra_errors import EntraVoice, long_ago
from .plane import FirstOnly, fixed_answer
from .plane_spec import EntraSpec
from .roles import made_up_id
from .wire import Reply, Request
from .world import PRINCIPALS, UNKNOWN_TENANT, Principal, World

_ANY_TENANT = ("common", "organizations")
_CONFIGURATION = re.compile(r"/([^/]+)(/v2\.0)?/\.well-known/openid-configuration")
_TOKEN = re.compile(r"/([^/]+)/oauth2(/v2\.0)?/token")
_KEYS = re.compile(r"/[^/]+/discovery/(?:v2\.0/)?keys")
_REALM = re.compile(r"/common/userrealm/(.+)", re.IGNORECASE)
_OIDC = frozenset(("openid", "profile", "offline_access"))
_CLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
"""The Azure CLI's own client id: a public client that signs users in."""

Form = Mapping[str, str]


class EntraPlane:
    """Answers as the login host; `certificate` gives the registered one, None until it is made."""

    def __init__(
        self,
        spec: EntraSpec,
        world: World,
        faults: FirstOnly,
        certificate: Callable[[], ClientCertificate | None] = lambda: None,
    ) -> None:
        self._spec = spec
        self._world = world
        self._faults = faults
        self._assertions = AssertionJudge(spec, world, certificate)
        self._refresh_tokens: dict[str, Principal] = {}

    def now(self) -> float:
        """The time of this service."""
        return time.time() + self._spec.faults.date_offset_s

    def answer(self, request: Request) -> Reply:
        """The answer to one request."""
        path = request.path
        if self._spec.faults.answer is not None and self._due(path) and self._faults.take():
            return fixed_answer(self._spec.faults.answer, request)
        voice = EntraVoice(request, self.now())
        if path.lower() == "/common/discovery/instance":
            return voice.json(200, discovery.instances(self._world.tenant))
        if found := _CONFIGURATION.fullmatch(path):
            return self._configuration(voice, request, found[1], second=bool(found[2]))
        if found := _REALM.fullmatch(path):
            return voice.json(200, discovery.user_realm(found[1]))
        if _KEYS.fullmatch(path):
            return voice.json(200, {"keys": []})
        found = _TOKEN.fullmatch(path)
        if found is None:
            return Reply(404, [("Content-Type", "text/html")], b"<h1>Not found</h1>\n")
        if request.method != "POST":
            return voice.refuse(900144, {"parameter": "grant_type"})
        return self._token(voice, request, found[1], second=bool(found[2]))

    def refresh_token(self, name: str = "user") -> str:
        """A refresh token as a signed-in CLI would hold it."""
        made = "1.AXoA" + secrets.token_urlsafe(48)
        self._refresh_tokens[made] = PRINCIPALS[name]
        return made

    def access_token(self, resource: str, name: str = "app", *, expired: bool | None = None) -> str:
        """A token for a principal and resource, made without any exchange."""
        client = PRINCIPALS[name].app_id or _CLI
        return self._minted(PRINCIPALS[name], resource, client, expired=expired)

    def _due(self, path: str) -> bool:
        where, token = self._spec.answer_at, _TOKEN.fullmatch(path) is not None
        return where == "everywhere" or (where == "token") == token

    def _configuration(
        self, voice: EntraVoice, request: Request, tenant: str, *, second: bool
    ) -> Reply:
        if not self._has_tenant(tenant):
            return voice.refuse(90002, {"tenant": tenant})
        base = f"https://{request.headers.get('host', discovery.HOST)}/{tenant}"
        issuer = "{tenantid}" if tenant in _ANY_TENANT else self._world.tenant
        return voice.json(200, discovery.configuration(base, issuer, second=second))

    def _has_tenant(self, tenant: str) -> bool:
        world = self._world
        domain = PRINCIPALS["user"].name.partition("@")[2]
        return tenant.lower() in (*_ANY_TENANT, world.tenant, world.other_tenant, domain)

    def _token(self, voice: EntraVoice, request: Request, tenant: str, *, second: bool) -> Reply:
        parsed = parse_qs(request.body.decode("utf-8", "replace"), keep_blank_values=True)
        form = {name: values[0] for name, values in parsed.items()}
        values = {
            "tenant": tenant,
            "client_id": form.get("client_id", ""),
            "app_name": self._world.app.name,
            "user": form.get("username", PRINCIPALS["user"].name),
            "other_tenant": UNKNOWN_TENANT,
            "issued": long_ago(),
            "scope": form.get("scope", ""),
            "resource": (resource := _resource(form, second=second)),
            "resource_id": made_up_id("resource", resource.rstrip("/")),
        }
        try:
            if not self._has_tenant(tenant):
                raise Refused(90002)
            return voice.json(200, self._granted(form, tenant, resource, second=second))
        except Refused as refusal:
            return voice.refuse(
                refusal.code,
                {**values, **refusal.values},
                message=refusal.message,
                error=refusal.error,
            )

    def _granted(
        self, form: Form, tenant: str, resource: str, *, second: bool
    ) -> dict[str, object]:
        grant = form.get("grant_type")
        if not grant:
            raise Refused(900144, {"parameter": "grant_type"})
        forced = self._spec.error
        if forced is not None and (not forced.grants or grant in forced.grants):
            # Its own placeholders (subject, times) come from the assertion where there is one.
            given = self._assertions.values(form, self.now())
            raise Refused(forced.code, given, forced.message, forced.error)
        if grant == "client_credentials":
            principal = self._application(form, tenant)
            if second and not form.get("scope", "").endswith("/.default"):
                raise Refused(1002012)
        elif grant in ("password", "refresh_token"):
            principal = self._user(form, grant)
        else:
            raise Refused(70003)
        self._check_resource(resource)
        return self._response(form, principal, resource, second=second)

    def _application(self, form: Form, tenant: str) -> Principal:
        by_id = {one.app_id: one for one in PRINCIPALS.values() if one.app_id}
        principal = by_id.get(form.get("client_id", "").lower())
        app = self._world.spec.app
        known = principal is not None and tenant.lower() != self._world.other_tenant
        if principal is None or not known or not app.in_tenant:
            raise Refused(700016)
        if not app.enabled:
            raise Refused(7000112)
        if "client_assertion" in form:
            self._assertions.check(form, tenant, self.now())
        elif "client_secret" not in form:
            raise Refused(7000218)
        elif not secrets.compare_digest(
            form["client_secret"].encode(), self._world.client_secret.encode()
        ):
            raise Refused(7000215)
        elif app.secret == "expired":  # noqa: S105 - its state, not its value
            raise Refused(7000222)
        return principal

    def _user(self, form: Form, grant: str) -> Principal:
        user = PRINCIPALS["user"]
        if grant == "refresh_token":
            principal = self._refresh_tokens.get(form.get("refresh_token", ""))
            if principal is None:
                raise Refused(70000)
            return principal
        if form.get("username", "").lower() != user.name:
            raise Refused(50034)
        given = form.get("password", "").encode()
        if not secrets.compare_digest(given, self._world.password.encode()):
            raise Refused(50126)
        return user

    def _check_resource(self, resource: str) -> None:
        known = {one.rstrip("/") for one in self._spec.resources}
        # `https://x//.default` asks for `https://x/`: one slash is part of the name.
        if resource.removesuffix("/") not in known:
            raise Refused(500011)

    def _minted(
        self, principal: Principal, resource: str, client: str, *, expired: bool | None = None
    ) -> str:
        spec = self._spec.token
        return tokens.mint(
            spec if expired is None else replace(spec, expired=expired),
            self.now(),
            tenant=self._world.tenant,
            resource=resource,
            oid=principal.oid,
            app_id=client,
            user=principal.name if principal.kind == "User" else None,
        )

    def _response(
        self, form: Form, principal: Principal, resource: str, *, second: bool
    ) -> dict[str, object]:
        client, life = form.get("client_id", ""), self._spec.token.lifetime_s
        access = self._minted(principal, resource, client)
        body: dict[str, object] = {
            "token_type": "Bearer",
            "expires_in": life if second else str(life),
            "ext_expires_in": life if second else str(life),
            "access_token": access,
        }
        if not second:
            now = int(self.now())
            body |= {"expires_on": str(now + life), "not_before": str(now), "resource": resource}
        if principal.kind != "User":
            return body
        refresh = self.refresh_token()
        self._refresh_tokens[refresh] = principal
        return {
            **body,
            "scope": f"{resource}/user_impersonation {resource}/.default",
            "refresh_token": refresh,
            **self._identity(client, principal, life),
        }

    def _identity(self, client: str, user: Principal, life: int) -> dict[str, object]:
        tenant, now = self._world.tenant, int(self.now())
        claims = {
            "aud": client,
            "iss": f"https://{discovery.HOST}/{tenant}/v2.0",
            "iat": now,
            "nbf": now,
            "exp": now + life,
            "name": "A. Caller",
            "oid": user.oid,
            "preferred_username": user.name,
            "sub": made_up_id("subject", user.oid),
            "tid": tenant,
            "ver": "2.0",
        }
        who = tokens.encoded(f'{{"uid":"{user.oid}","utid":"{tenant}"}}'.encode())
        return {"id_token": tokens.jwt(claims), "client_info": who}


def _resource(form: Form, *, second: bool) -> str:
    if not second:
        return form.get("resource", "")
    scopes = [one for one in form.get("scope", "").split() if one not in _OIDC]
    return scopes[0].removesuffix("/.default").removesuffix("/user_impersonation") if scopes else ""
