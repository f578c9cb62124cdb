"""The format of `foundry-doctor.yaml`, as one table: reader, JSON Schema and template follow it."""

from __future__ import annotations

from ..noun import Noun
from .sources import AUTHS, CLOUDS

VERSION = 1
VARIABLE = r"^[A-Za-z_][A-Za-z0-9_]*$"
TARGET_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"


class Field(Noun):
    """One key of the file.

    `kind`: `version`, `text`, `texts` (a text or a list of texts), `choice`, `number`, `date`,
    `variable` (the name of an environment variable), `folders`, `mapping` (of `fields`), `list` (of
    mappings of `fields`) or `targets`. `example` is YAML, one line.
    """

    name: str
    kind: str
    doc: str
    example: str = ""
    choices: tuple[str, ...] = ()
    per_target: bool = True
    """Whether it may stand in an entry of `targets:` too."""
    fields: tuple[Field, ...] = ()
    required: bool = False
    pattern: str = r"\S"


EXPECT: tuple[Field, ...] = (
    Field(
        "network",
        "choice",
        "private: the name resolves to private addresses alone, and public access is off.",
        "private",
        choices=("private", "public"),
    ),
    Field(
        "tenant",
        "text",
        "The tenant's id (a GUID) that owns the resource and issues the token.",
        "00000000-0000-0000-0000-000000000000",
        pattern=r"^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$",
    ),
    Field(
        "deployment_type",
        "text",
        "Every deployment's type, as Azure spells it.",
        "DataZoneStandard",
        pattern=r"^[A-Za-z]{4,40}$",
    ),
    Field(
        "hosting",
        "choice",
        "Who hosts the model: version 1 is Anthropic's infrastructure, version 2 Azure.",
        "azure",
        choices=("azure", "anthropic"),
    ),
    Field(
        "key_authentication",
        "choice",
        "off: the account takes Entra tokens only (disableLocalAuth).",
        "off",
        choices=("off", "on"),
    ),
)
SUPPRESS: tuple[Field, ...] = (
    Field("cause", "text", "A cause id; this or `check`.", "rate-limited"),
    Field("check", "text", "A check id or a pattern of ids; this or `cause`.", "region.*"),
    Field("target", "text", "Only for this target."),
    Field("subject", "text", "Only for this deployment or host."),
    Field("reason", "text", "Why it is accepted.", "the pool is shared until May", required=True),
    Field("owner", "text", "Who answers for it.", "platform-team", required=True),
    Field(
        "expires",
        "date",
        "The last day on which it holds (YYYY-MM-DD, UTC); after it the run fails.",
        '"2030-06-30"',
        required=True,
        pattern=r"^\d{4}-\d{2}-\d{2}$",
    ),
)
DEFAULTS: tuple[Field, ...] = (
    Field("tier", "choice", "As --tier.", "free", choices=("offline", "free", "paid")),
    Field("timeout", "number", "As --timeout.", "5"),
    Field("budget", "number", "As --budget.", "30"),
    Field("max_calls", "number", "As --max-calls.", "4"),
    Field("only", "texts", "As --only.", "['dns.*']"),
    Field("skip", "texts", "As --skip.", "['region.*']"),
    Field("fail_on", "choice", "As --fail-on.", "fail", choices=("fail", "warning")),
    Field(
        "on_missing_credentials",
        "choice",
        "As --on-missing-credentials.",
        "fail",
        choices=("fail", "skip"),
    ),
)

FIELDS: tuple[Field, ...] = (
    Field("version", "version", "The version of this format.", "1", per_target=False),
    Field(
        "resource",
        "text",
        "Name of the Foundry resource: the first part of its host name.",
        "contoso-ai",
    ),
    Field(
        "base_url",
        "text",
        "Full URL instead of the resource name, for a gateway; a Foundry URL ends in /anthropic.",
        "https://gateway.contoso.com/claude",
    ),
    Field("deployments", "texts", "Names of the deployments to examine.", "[claude-sonnet-5]"),
    Field(
        "auth",
        "choice",
        "How to authenticate; auto uses a key when one is set, else Entra ID.",
        "auto",
        choices=AUTHS,
    ),
    Field("cloud", "choice", "The Azure cloud of the resource.", "public", choices=CLOUDS),
    Field("scope", "text", "Scope of the Entra token.", "https://ai.azure.com/.default"),
    Field("tenant", "text", "Tenant in which to sign in.", "contoso.onmicrosoft.com"),
    Field(
        "subscription",
        "text",
        "Subscription of the resource; with it Azure Resource Manager is read, too.",
        "00000000-0000-0000-0000-000000000000",
    ),
    Field("resource_group", "text", "Resource group of the resource.", "rg-ai"),
    Field(
        "key_env",
        "variable",
        "Name of the environment variable that holds the key. The key itself may not stand here.",
        "ANTHROPIC_FOUNDRY_API_KEY",
    ),
    Field(
        "expect",
        "mapping",
        "What the target must be, beyond answering: each is a failure where it is not.",
        fields=EXPECT,
    ),
    Field(
        "suppress",
        "list",
        "Known failures that do not fail the run, each for a time; they are shown all the same.",
        per_target=False,
        fields=SUPPRESS,
    ),
    Field(
        "defaults",
        "mapping",
        "Options of `run` and `bundle` where no flag is given.",
        per_target=False,
        fields=DEFAULTS,
    ),
    Field(
        "playbooks",
        "folders",
        "Folder with playbooks of your own, relative to this file; or a list of folders.",
        "playbooks",
        per_target=False,
    ),
    Field(
        "targets",
        "targets",
        "Named targets, for --target NAME and --all-targets; each takes the keys above that "
        "describe a target, and overrides them.",
        per_target=False,
    ),
)

TOP: dict[str, Field] = {field.name: field for field in FIELDS}
TARGET: dict[str, Field] = {field.name: field for field in FIELDS if field.per_target}
