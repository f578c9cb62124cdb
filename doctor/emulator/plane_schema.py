"""Scenario data of the other planes to its typed form, as strictly as the data plane's."""

from __future__ import annotations

from typing import Any

from . import plane_spec as spec
from .schema import read_answer, read_deployments
from .spec import Certificate, Connection
from .table import Table


def read_planes(world: object, entra: object, arm: object, imds: object, file: str) -> spec.Planes:
    """The objects `world`, `entra`, `arm` and `imds` of a scenario; ScenarioError on a misfit."""
    return spec.Planes(
        world=_world(Table(world, file, "world")),
        entra=_entra(Table(entra, file, "entra")),
        arm=_arm(Table(arm, file, "arm")),
        imds=_imds(Table(imds, file, "imds")),
    )


def _world(table: Table) -> spec.WorldSpec:
    base = spec.WorldSpec()
    given, eligible = table.tables("assignments"), table.tables("eligible")
    world = spec.WorldSpec(
        account=_account(table.table("account")),
        other_accounts={
            name: _account(inner) for name, inner in table.named_tables("other_accounts").items()
        },
        app=_app(table.table("app")),
        assignments=base.assignments if given is None else tuple(map(_assignment, given)),
        eligible=tuple(map(_assignment, eligible or ())),
        denials=tuple(map(_denial, table.tables("denials") or ())),
        custom_roles={
            name: _custom_role(inner) for name, inner in table.named_tables("custom_roles").items()
        },
        group_members=table.texts("group_members", base.group_members),
        role_names=table.choice("role_names", base.role_names, spec.RoleNames),
        refusal=table.choice("refusal", base.refusal, spec.Refusal),
        refuse_first=table.whole("refuse_first", 0, 0, 10**6),
        resource_in_other_tenant=table.flag("resource_in_other_tenant", False),
        subscription_state=table.choice(
            "subscription_state", base.subscription_state, spec.SubscriptionState
        ),
        provider_registered=table.flag("provider_registered", True),
        token_resource=table.text("token_resource", base.token_resource),
        token_expired=table.flag("token_expired", False),
    )
    table.done()
    return world


def _account(table: Table | None) -> spec.AccountSpec:
    if table is None:
        return spec.AccountSpec()
    base = spec.AccountSpec()
    account = spec.AccountSpec(
        kind=table.text("kind", base.kind),
        sku=table.text("sku", base.sku),
        location=table.text("location", base.location),
        custom_subdomain=table.flag("custom_subdomain", True),
        provisioning_state=table.text("provisioning_state", base.provisioning_state),
        disable_local_auth=_optional_flag(table, "disable_local_auth"),
        public_network_access=table.optional_text("public_network_access"),
        private_endpoint=table.optional_text("private_endpoint"),
        deployments=read_deployments(table),
    )
    table.done()
    return account


def _app(table: Table | None) -> spec.AppSpec:
    if table is None:
        return spec.AppSpec()
    base = spec.AppSpec()
    app = spec.AppSpec(
        enabled=table.flag("enabled", True),
        in_tenant=table.flag("in_tenant", True),
        secret=table.choice("secret", base.secret, spec.Secret),
        certificate_registered=table.flag("certificate_registered", True),
        subject=table.text("subject", base.subject),
        issuer=table.text("issuer", base.issuer),
        federated_audience=table.text("federated_audience", base.federated_audience),
        assertion_expired=table.flag("assertion_expired", False),
    )
    table.done()
    return app


def _assignment(table: Table) -> spec.Assignment:
    base = spec.Assignment("")
    made = spec.Assignment(
        role=table.text("role"),
        principal=table.text("principal", base.principal),
        scope=table.text("scope", base.scope),
        condition=table.optional_text("condition"),
        created_s_ago=table.whole("created_s_ago", base.created_s_ago, 0, 10**9),
    )
    table.done()
    return made


def _denial(table: Table) -> spec.Denial:
    base = spec.Denial()
    made = spec.Denial(
        name=table.text("name", base.name),
        scope=table.text("scope", base.scope),
        principals=table.texts("principals", ()),
        excluded=table.texts("excluded", ()),
        actions=table.texts("actions", ()),
        data_actions=table.texts("data_actions", ()),
    )
    table.done()
    return made


def _custom_role(table: Table) -> spec.CustomRole:
    names = ("actions", "not_actions", "data_actions", "not_data_actions")
    role = spec.CustomRole(**{name: table.texts(name, ()) for name in names})
    table.done()
    return role


def _faults(table: Table) -> spec.Faults:
    base = spec.Faults()
    faults = spec.Faults(
        connection=table.choice("connection", base.connection, Connection),
        certificate=table.choice("certificate", base.certificate, Certificate),
        delay_s=table.seconds("delay_s", 0.0, 0, 3600),
        date_offset_s=table.seconds("date_offset_s", 0.0, -3.2e9, 3.2e9),
        fail_first=table.whole("fail_first", None, 1, 1000),
        answer=read_answer(table.table("answer")),
    )
    endless = faults.connection in ("normal", "refused", "plain-http")
    if faults.fail_first is not None and endless and faults.answer is None:
        raise table.error("fail_first", "needs an answer or connection fault that it can end")
    return faults


def _entra(table: Table) -> spec.EntraSpec:
    base = spec.EntraSpec()
    entra = spec.EntraSpec(
        faults=_faults(table),
        answer_at=table.choice("answer_at", base.answer_at, spec.Where),
        error=_entra_error(table),
        token=_token(table.table("token")),
        resources=table.texts("resources", base.resources),
        verify_signature=table.flag("verify_signature", True),
    )
    table.done()
    return entra


def _entra_error(table: Table) -> spec.EntraError | None:
    inner = table.table("error")
    if inner is None:
        return None
    code: Any = inner.whole("code", None, 1, 10**9)
    if code is None:
        raise inner.error("code", "must be an AADSTS number")
    error = spec.EntraError(
        code=code,
        grants=inner.texts("grants", ()),
        message=inner.optional_text("message"),
        error=inner.optional_text("error"),
    )
    inner.done()
    return error


def _token(table: Table | None) -> spec.TokenSpec:
    if table is None:
        return spec.TokenSpec()
    base = spec.TokenSpec()
    token = spec.TokenSpec(
        audience=table.choice("audience", base.audience, spec.AudienceForm),
        version=table.choice("version", base.version, spec.TokenVersion),
        lifetime_s=table.whole("lifetime_s", base.lifetime_s, 1, 10**6),
        expired=table.flag("expired", False),
        idtyp=table.flag("idtyp", True),
    )
    table.done()
    return token


def _arm(table: Table) -> spec.ArmSpec:
    base = spec.ArmSpec()
    allowed = _mentioned(table, "allowed")
    arm = spec.ArmSpec(
        faults=_faults(table),
        answer_path=table.text("answer_path", "/"),
        allowed=table.texts("allowed", ()) if allowed else None,
        lists=table.choice("lists", base.lists, spec.Lists),
        own_permissions=table.choice("own_permissions", base.own_permissions, spec.OwnPermissions),
        audiences=table.texts("audiences", base.audiences),
        page_size=table.whole("page_size", 0, 0, 1000),
        models={name: _model(inner) for name, inner in table.named_tables("models").items()},
        usages=_usages(table),
    )
    table.done()
    return arm


def _model(table: Table) -> spec.ModelSpec:
    model = spec.ModelSpec(
        offered=table.flag("offered", True),
        lifecycle=table.optional_text("lifecycle"),
        retires_in_days=table.whole("retires_in_days", None, -(10**4), 10**4),
        versions=table.texts("versions", ()) or None,
        skus=table.texts("skus", ()) or None,
    )
    table.done()
    return model


def _usages(table: Table) -> dict[str, tuple[int, int]]:
    found = {}
    for name, inner in table.named_tables("usages").items():
        found[name] = (inner.whole("current", 0, 0, 10**9), inner.whole("limit", 0, 0, 10**9))
        inner.done()
    return found


def _imds(table: Table) -> spec.ImdsSpec:
    base = spec.ImdsSpec()
    if not table.data:
        return base
    imds = spec.ImdsSpec(
        faults=_faults(table),
        mode=table.choice("mode", base.mode, spec.ImdsMode),
        system_assigned=table.flag("system_assigned", True),
        app_service=table.flag("app_service", False),
    )
    table.done()
    return imds


def _optional_flag(table: Table, name: str) -> bool | None:
    return table.flag(name, False) if _mentioned(table, name) else None


def _mentioned(table: Table, name: str) -> bool:
    """Whether a key is there with a value; declares it as known."""
    return table.take(name) is not None
