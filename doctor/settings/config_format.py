"""The JSON Schema of `foundry-doctor.yaml` and the commented file that `init` writes."""

from __future__ import annotations

from typing import Any

from .config_fields import FIELDS, TARGET, TARGET_NAME, TOP, VARIABLE, VERSION, Field
from .sources import FILE_NAME


def config_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of the file."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": FILE_NAME,
        "description": "Settings of foundry-doctor. Secrets stay in the environment.",
        **_object(TOP),
    }


def _object(fields: dict[str, Field]) -> dict[str, Any]:
    required = [name for name, field in fields.items() if field.required]
    return {
        "type": "object",
        "properties": {name: _property(field) for name, field in fields.items()},
        "additionalProperties": False,
        **({"required": required} if required else {}),
    }


def _property(field: Field) -> dict[str, Any]:
    text: dict[str, Any] = {"type": "string", "pattern": field.pattern}
    inner = {one.name: one for one in field.fields}
    shape: dict[str, Any]
    if field.kind == "version":
        shape = {"const": VERSION}
    elif field.kind == "number":
        shape = {"type": "number", "exclusiveMinimum": 0}
    elif field.kind == "mapping":
        shape = _object(inner)
    elif field.kind == "list":
        one_of = {"oneOf": [{"required": [name]} for name in ("cause", "check")]}
        shape = {"type": "array", "items": {**_object(inner), **one_of}}
    elif field.kind in ("texts", "folders"):
        shape = {"oneOf": [text, {"type": "array", "items": text, "minItems": 1}]}
    elif field.kind == "choice":
        # YAML 1.1 reads off and on as false and true.
        shape = {"enum": [*field.choices, *((False, True) if "off" in field.choices else ())]}
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
        lines += _inner(field)
    lines += [
        "#  prod:",
        "#    resource: contoso-ai",
        "#    deployments: [claude-sonnet-5, claude-haiku-4-5]",
        "#    key_env: CONTOSO_PROD_KEY",
        "#  test:",
        "#    resource: contoso-ai-test",
    ]
    return "\n".join(lines) + "\n"


def _inner(field: Field) -> list[str]:
    """The keys below a key, as comments in line: each an example that may stand as it is."""
    shown = [one for one in field.fields if one.example and one.name != "check"]
    width = max((len(one.name) + len(one.example) for one in shown), default=0) + 3
    lines = []
    for number, one in enumerate(shown):
        mark = ("- " if number == 0 else "  ") if field.kind == "list" else ""
        lines.append(f"#  {mark}{f'{one.name}: {one.example}':<{width}} # {one.doc}")
    return lines
