"""The one world that all planes agree on: tenant, subscription, accounts, principals, roles.

The ids are those of Microsoft's documentation samples or made up; secrets are random per world.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone

from .plane_spec import AccountSpec, Assignment, Denial, WorldSpec
from .roles import Role, builtin_roles, covers, find_role, made_up_id, within
from .spec import Deployment, Server

TENANT = "aaaabbbb-0000-cccc-1111-dddd2222eeee"
OTHER_TENANT = "bbbbcccc-1111-dddd-2222-eeee3333ffff"
UNKNOWN_TENANT = "ccccdddd-2222-eeee-3333-ffff4444aaaa"
SUBSCRIPTION = "aaaa0a0a-bb1b-cc2c-dd3d-eeeeee4e4e4e"
RESOURCE_GROUP = "rg-contoso-ai"
ACCOUNT = "contoso-ai"
PROJECT = "p1"
HOST_SUFFIX = ".services.ai.azure.com"
PROVIDER = "Microsoft.CognitiveServices"
DOMAIN = "contoso.onmicrosoft.com"


@dataclass(frozen=True)
class Principal:
    """Someone who holds tokens and roles; `app_id` is empty for users and groups."""

    kind: str
    oid: str
    name: str
    app_id: str = ""


PRINCIPALS = {
    "app": Principal(
        "ServicePrincipal",
        "aaaaaaaa-0000-1111-2222-bbbbbbbbbbbb",
        "contoso-caller",
        "00001111-aaaa-2222-bbbb-3333cccc4444",
    ),
    "identity": Principal(
        "ServicePrincipal",
        "bbbbbbbb-1111-2222-3333-cccccccccccc",
        "id-contoso-ai",
        "11112222-bbbb-3333-cccc-4444dddd5555",
    ),
    "other": Principal(
        "ServicePrincipal",
        "eeeeeeee-4444-5555-6666-ffffffffffff",
        "contoso-other-app",
        "22223333-cccc-4444-dddd-5555eeee6666",
    ),
    "user": Principal("User", "cccccccc-2222-3333-4444-dddddddddddd", f"caller@{DOMAIN}"),
    "group": Principal("Group", "dddddddd-3333-4444-5555-eeeeeeeeeeee", "claude-callers"),
}


@dataclass(frozen=True)
class RoleAssignment:
    """An assignment with everything resolved."""

    id: str
    role: Role
    principal_id: str
    principal_kind: str
    scope: str
    condition: str | None
    created: str


@dataclass(frozen=True)
class DenyAssignment:
    """A deny assignment with everything resolved."""

    id: str
    spec: Denial
    scope: str
    principals: tuple[str, ...]
    excluded: tuple[str, ...]

    def hits(self, oids: frozenset[str], action: str, scope: str, *, data: bool) -> bool:
        """Whether it denies the action to one who goes by these object ids."""
        patterns = self.spec.data_actions if data else self.spec.actions
        meant = not self.principals or bool(oids & set(self.principals))
        spared = bool(oids & set(self.excluded))
        return meant and not spared and within(scope, self.scope) and covers(patterns, action)


@dataclass(frozen=True)
class Account:
    """One account and its deployments."""

    name: str
    spec: AccountSpec
    deployments: dict[str, Deployment] = field(hash=False)
    main: bool


class World:
    """Who and what exists, and who may do what. Safe for threads: only the counter changes."""

    def __init__(
        self, spec: WorldSpec, server: Server, host: str, origin: Callable[[], str]
    ) -> None:
        self.spec = spec
        self.server = server
        self._origin = origin
        self.tenant, self.other_tenant = TENANT, OTHER_TENANT
        self.resource_tenant = OTHER_TENANT if spec.resource_in_other_tenant else TENANT
        self.subscription, self.resource_group = SUBSCRIPTION, RESOURCE_GROUP
        resource = host.removesuffix(HOST_SUFFIX)
        self.account = resource if resource not in (host, "*", "") else ACCOUNT
        self.client_secret = "em8Q~" + secrets.token_urlsafe(26)[:35]
        self.wrong_secret = "em8Q~" + secrets.token_urlsafe(26)[:35]
        self.password = secrets.token_urlsafe(18)
        self.identity_header = made_up_id("header", secrets.token_hex(8)).upper()
        self.roles = (*builtin_roles(), *_custom(spec))
        self.accounts = {one.name: one for one in self._accounts()}
        self.assignments = tuple(self._resolved(spec.assignments, "assignment"))
        self.eligible = tuple(self._resolved(spec.eligible, "eligible"))
        self.denials = tuple(self._denied())
        self._refusals = spec.refuse_first
        self._lock = threading.Lock()

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no record may hold."""
        return (self.client_secret, self.wrong_secret, self.password, self.identity_header)

    @property
    def origin(self) -> str:
        """Where the data plane answers: one of the main account's endpoints."""
        return self._origin()

    @property
    def app(self) -> Principal:
        """The service principal that clients are given."""
        return PRINCIPALS["app"]

    @property
    def subscription_scope(self) -> str:
        """/subscriptions/..."""
        return f"/subscriptions/{self.subscription}"

    @property
    def group_scope(self) -> str:
        """The id of the resource group."""
        return f"{self.subscription_scope}/resourceGroups/{self.resource_group}"

    def account_scope(self, name: str | None = None) -> str:
        """The id of an account, the main one by default."""
        return f"{self.group_scope}/providers/{PROVIDER}/accounts/{name or self.account}"

    def principal_by_oid(self, oid: str) -> Principal | None:
        """The principal with that object id."""
        return next((one for one in PRINCIPALS.values() if one.oid == oid), None)

    def oids_of(self, oid: str) -> frozenset[str]:
        """An object id and those of the groups it is in."""
        members = {self._oid(one) for one in self.spec.group_members}
        return frozenset({oid, PRINCIPALS["group"].oid} if oid in members else {oid})

    def role_name(self, role: Role) -> str:
        """The name that is shown today: Foundry roles were renamed in 2026."""
        return role.aliases[0] if role.aliases and self.spec.role_names == "new" else role.name

    def grants(self, oid: str, action: str, scope: str, *, data: bool = False) -> bool:
        """Whether a role of the principal or of its groups grants the action at the scope."""
        oids = self.oids_of(oid)
        return any(
            one.principal_id in oids
            and within(scope, one.scope)
            and one.role.grants(action, data=data)
            for one in self.assignments
        )

    def denial(
        self, oid: str, action: str, scope: str, *, data: bool = False
    ) -> DenyAssignment | None:
        """The deny assignment that stands against an action."""
        oids = self.oids_of(oid)
        hits = (one for one in self.denials if one.hits(oids, action, scope, data=data))
        return next(hits, None)

    def may_call(self, oid: str, action: str) -> bool:
        """Whether the data plane lets a principal call; uses up the calls before propagation."""
        scope = self.account_scope()
        if not self.grants(oid, action, scope, data=True):
            return False
        if self.denial(oid, action, scope, data=True) is not None:
            return False
        with self._lock:
            self._refusals -= 1
            return self._refusals < 0

    def _accounts(self) -> Iterator[Account]:
        own = self.spec.account.deployments
        main = self.server.deployments if own is None else own
        yield Account(self.account, self.spec.account, dict(main), main=True)
        for name, spec in self.spec.other_accounts.items():
            yield Account(name, spec, dict(spec.deployments or {}), main=False)

    def _oid(self, principal: str) -> str:
        known = PRINCIPALS.get(principal)
        return known.oid if known is not None else principal

    def _scope(self, scope: str) -> str:
        other = next(iter(self.spec.other_accounts), "contoso-other")
        known = {
            "account": self.account_scope(),
            "project": f"{self.account_scope()}/projects/{PROJECT}",
            "other-account": self.account_scope(other),
            "resource-group": self.group_scope,
            "subscription": self.subscription_scope,
        }
        return known.get(scope, scope)

    def _resolved(self, specs: tuple[Assignment, ...], what: str) -> Iterator[RoleAssignment]:
        for at, one in enumerate(specs):
            oid, scope = self._oid(one.principal), self._scope(one.scope)
            principal = self.principal_by_oid(oid)
            yield RoleAssignment(
                id=made_up_id(what, str(at), one.role, oid, scope),
                role=find_role(one.role, self.roles),
                principal_id=oid,
                principal_kind=principal.kind if principal else "ServicePrincipal",
                scope=scope,
                condition=one.condition,
                created=stamp(time.time() - one.created_s_ago),
            )

    def _denied(self) -> Iterator[DenyAssignment]:
        for one in self.spec.denials:
            yield DenyAssignment(
                id=made_up_id("denial", one.name),
                spec=one,
                scope=self._scope(one.scope),
                principals=tuple(map(self._oid, one.principals)),
                excluded=tuple(map(self._oid, one.excluded)),
            )


def stamp(at: float) -> str:
    """A POSIX time as Resource Manager prints it."""
    return datetime.fromtimestamp(at, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f") + "0Z"


def _custom(spec: WorldSpec) -> Iterator[Role]:
    for name, one in spec.custom_roles.items():
        permission = {
            "actions": list(one.actions),
            "notActions": list(one.not_actions),
            "dataActions": list(one.data_actions),
            "notDataActions": list(one.not_data_actions),
        }
        yield Role(made_up_id("role", name), name, permissions=(permission,), builtin=False)
