"""The format of `foundry-doctor.yaml`, as one table: its JSON Schema and its template follow."""

from __future__ import annotations

from typing import Any

from ..noun import Noun
from .sources import AUTHS, CLOUDS, FILE_NAME

VERSION = 1
VARIABLE = r"^[A-Za-z_][A-Za-z0-9_]*$"
TARGET_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"


class Field(Noun):
    """One key of the file.

    `kind`: `version`, `text`, `texts` (a text or a list of texts), `choice`, `variable` (the name
    of an environment variable), `folder` or `targets`. `example` is YAML, one line.
    """

    name: str
    kind: str
    doc: str
    example: str = ""
    choices: tuple[str, ...] = ()
    per_target: bool = True
    """Whether it may stand in an entry of `targets:` too."""


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
        "playbooks",
        "folder",
        "Folder with playbooks of your own, relative to this file.",
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


def config_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of the file."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": FILE_NAME,
        "description": "Settings of foundry-doctor. Secrets stay in the environment.",
        **_object(TOP),
    }


def _object(fields: dict[str, Field]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {name: _property(field) for name, field in fields.items()},
        "additionalProperties": False,
    }


def _property(field: Field) -> dict[str, Any]:
    text: dict[str, Any] = {"type": "string", "pattern": r"\S"}
    shape: dict[str, Any]
    if field.kind == "version":
        shape = {"const": VERSION}
    elif field.kind == "texts":
        shape = {"oneOf": [text, {"type": "array", "items": text, "minItems": 1}]}
    elif field.kind == "choice":
        shape = {"enum": list(field.choices)}
    elif field.kind == "variable":
        shape = {"type": "string", "pattern": VARIABLE}
    elif field.kind == "targets":
        names = {"pattern": TARGET_NAME}
        shape = {"type": "object", "propertyNames": names, "additionalProperties": _object(TARGET)}
    else:
        shape = text
    return {"description": field.doc, **shape}


def init_text() -> str:
    """The commented file that `init` writes: every key with its meaning and an example.

    Prose lines begin with `# `, settings with `#` alone, so that dropping the `#` of any setting
    (of an entry of targets together with its heads) leaves a valid file.
    """
    lines = [
        f"# {FILE_NAME}: what foundry-doctor examines. Remove the # in front of what you need.",
        "# A flag or an environment variable overrides what stands here; a key may not stand here.",
        "",
        f"version: {VERSION}",
    ]
    for field in FIELDS:
        if field.kind == "version":
            continue
        lines += ["", f"# {field.doc}"]
        if field.choices:
            lines.append(f"# One of: {', '.join(field.choices)}.")
        lines.append(f"#{field.name}:" + (f" {field.example}" if field.example else ""))
    lines += [
        "#  prod:",
        "#    resource: contoso-ai",
        "#    deployments: [claude-sonnet-5, claude-haiku-4-5]",
        "#    key_env: CONTOSO_PROD_KEY",
        "#  test:",
        "#    resource: contoso-ai-test",
    ]
    return "\n".join(lines) + "\n"
