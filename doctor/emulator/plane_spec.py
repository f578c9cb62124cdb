"""The typed form of a scenario's other planes: the world, the login host, Resource Manager, IMDS.

Principals are written as `app` (the service principal that the client is), `user`, `group`,
`identity` (a managed identity), `other` (another service principal) or an object id; scopes as
`account`, `project`, `other-account`, `resource-group`, `subscription` or a full id.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from .spec import Answer, Certificate, Connection, Deployment

Secret = Literal["valid", "expired"]
Refusal = Literal["denied-401", "denied-403", "denied-older-text"]
RoleNames = Literal["old", "new"]
AudienceForm = Literal["uri", "guid"]
TokenVersion = Literal["1.0", "2.0"]
Where = Literal["everywhere", "discovery", "token"]
Lists = Literal["filtered", "strict"]
OwnPermissions = Literal["free", "needs-action"]
ImdsMode = Literal["ok", "no-identity", "not-imds", "docker-unreachable", "not-found"]
SubscriptionState = Literal["Enabled", "Warned", "PastDue", "Disabled", "Deleted"]

LOGIN_RESOURCES = (
    "https://cognitiveservices.azure.com",
    "https://ai.azure.com",
    "https://management.azure.com",
    "https://management.core.windows.net",
    "https://graph.microsoft.com",
)
"""Resources that the login host knows, each with and without a slash at the end."""

ARM_AUDIENCES = (
    "https://management.core.windows.net/",
    "https://management.core.windows.net",
    "https://management.azure.com/",
    "https://management.azure.com",
)


@dataclass(frozen=True)
class Assignment:
    """A role given to a principal at a scope; `role` is a name of today, an older one or an id."""

    role: str
    principal: str = "app"
    scope: str = "account"
    condition: str | None = None
    created_s_ago: int = 30 * 86400


@dataclass(frozen=True)
class Denial:
    """A deny assignment; without principals it is for everyone."""

    name: str = "contoso-guardrail"
    scope: str = "account"
    principals: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    data_actions: tuple[str, ...] = ()


@dataclass(frozen=True)
class CustomRole:
    """A role of the customer's own."""

    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    data_actions: tuple[str, ...] = ()
    not_data_actions: tuple[str, ...] = ()


@dataclass(frozen=True)
class AccountSpec:
    """An account as Resource Manager tells it. None means: as the data plane's switches say."""

    kind: str = "AIServices"
    sku: str = "S0"
    location: str = "swedencentral"
    custom_subdomain: bool = True
    provisioning_state: str = "Succeeded"
    disable_local_auth: bool | None = None
    public_network_access: str | None = None
    private_endpoint: str | None = None
    deployments: Mapping[str, Deployment] | None = None


@dataclass(frozen=True)
class AppSpec:
    """The client's own application and its credentials.

    `subject` is what the federated credential expects, the projected token carries the default.
    """

    enabled: bool = True
    in_tenant: bool = True
    secret: Secret = "valid"  # noqa: S105 - its state, not its value
    certificate_registered: bool = True
    subject: str = "system:serviceaccount:contoso:caller"
    issuer: str = "https://oidc.contoso.example/"
    federated_audience: str = "api://AzureADTokenExchange"
    assertion_expired: bool = False


HEALTHY_ROLES = (
    Assignment("Cognitive Services User"),
    Assignment("Reader", scope="subscription"),
    Assignment("Cognitive Services User", principal="identity"),
    Assignment("Cognitive Services User", principal="group"),
)


@dataclass(frozen=True)
class WorldSpec:
    """What all planes agree on.

    `refuse_first` counts the data-plane calls before a role arrives; `token_resource` and
    `token_expired` shape the ready-made token of the placeholder {token}.
    """

    account: AccountSpec = AccountSpec()
    other_accounts: Mapping[str, AccountSpec] = field(default_factory=dict)
    app: AppSpec = AppSpec()
    assignments: tuple[Assignment, ...] = HEALTHY_ROLES
    eligible: tuple[Assignment, ...] = ()
    denials: tuple[Denial, ...] = ()
    custom_roles: Mapping[str, CustomRole] = field(default_factory=dict)
    group_members: tuple[str, ...] = ("user",)
    role_names: RoleNames = "new"
    refusal: Refusal = "denied-401"
    refuse_first: int = 0
    resource_in_other_tenant: bool = False
    subscription_state: SubscriptionState = "Enabled"
    provider_registered: bool = True
    token_resource: str = "https://cognitiveservices.azure.com"  # noqa: S105 - a resource
    token_expired: bool = False


@dataclass(frozen=True)
class EntraError:
    """A forced refusal: a code of aadsts.json, or one with its own words; only for some grants."""

    code: int
    grants: tuple[str, ...] = ()
    message: str | None = None
    error: str | None = None


@dataclass(frozen=True)
class TokenSpec:
    """The tokens that the login host makes. `expired` ones are told to live on."""

    audience: AudienceForm = "uri"
    version: TokenVersion = "1.0"
    lifetime_s: int = 3599
    expired: bool = False
    idtyp: bool = True


@dataclass(frozen=True)
class Faults:
    """What goes wrong below the meaning of requests, on one plane."""

    connection: Connection = "normal"
    certificate: Certificate = "valid"
    delay_s: float = 0.0
    date_offset_s: float = 0.0
    fail_first: int | None = None
    answer: Answer | None = None


@dataclass(frozen=True)
class EntraSpec:
    """The login host."""

    faults: Faults = Faults()
    answer_at: Where = "everywhere"
    error: EntraError | None = None
    token: TokenSpec = TokenSpec()
    resources: tuple[str, ...] = LOGIN_RESOURCES
    verify_signature: bool = True


@dataclass(frozen=True)
class ModelSpec:
    """What differs for one model of the region; `offered` false takes it out of the list."""

    offered: bool = True
    lifecycle: str | None = None
    retires_in_days: int | None = None
    versions: tuple[str, ...] | None = None
    skus: tuple[str, ...] | None = None


@dataclass(frozen=True)
class ArmSpec:
    """Resource Manager. `allowed` None means: what the caller's roles allow.

    `answer_path` limits the fixed answer to paths that hold this text.
    """

    faults: Faults = Faults()
    answer_path: str = ""
    allowed: tuple[str, ...] | None = None
    lists: Lists = "filtered"
    own_permissions: OwnPermissions = "free"
    audiences: tuple[str, ...] = ARM_AUDIENCES
    page_size: int = 0
    models: Mapping[str, ModelSpec] = field(default_factory=dict)
    usages: Mapping[str, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class ImdsSpec:
    """The identity endpoints of a virtual machine and of App Service.

    Without a word in the scenario nothing listens there, as on a machine outside Azure.
    """

    faults: Faults = Faults(connection="refused")
    mode: ImdsMode = "ok"
    system_assigned: bool = True
    app_service: bool = False


@dataclass(frozen=True)
class Planes:
    """The four together."""

    world: WorldSpec = WorldSpec()
    entra: EntraSpec = EntraSpec()
    arm: ArmSpec = ArmSpec()
    imds: ImdsSpec = ImdsSpec()
