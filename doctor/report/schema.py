"""The JSON Schema (draft 2020-12) of `-o json`: one report, its skeleton, or several targets.

Objects stay open: a minor version may add keys. Closed are the words that scripts branch on.
"""

from __future__ import annotations

from typing import Any

from ..model import Confidence, Status, Verdict
from .document import TOOL

Schema = dict[str, Any]

LAYERS = ("gateway", "anthropic", "apim", "proxy", "arm", "entra", "unknown")
KINDS = ("usage", "interrupted", "terminated", "internal")
ID_KINDS = (
    "request-id", "apim-request-id", "x-ms-request-id", "x-ms-client-request-id", "correlation-id",
    "trace-id",
)  # fmt: skip
TIERS = ("offline", "free", "paid")
AUTHS = ("auto", "key", "entra")

TEXT: Schema = {"type": "string"}
TEXT_OR_NULL: Schema = {"type": ["string", "null"]}
COUNT: Schema = {"type": "integer", "minimum": 0}
COUNT_OR_NULL: Schema = {"type": ["integer", "null"], "minimum": 0}
CAUSE: Schema = {"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$"}
TIME: Schema = {"type": "string", "format": "date-time"}
ANY_MAP: Schema = {"type": "object"}
TEXT_MAP: Schema = {"type": "object", "additionalProperties": TEXT}


def report_schema() -> Schema:
    """The schema of what `run -o json` prints."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Report of foundry-doctor",
        "description": "One target's report, or the reports of several targets under `reports`.",
        "type": "object",
        "if": {"required": ["reports"]},
        "then": {"$ref": "#/$defs/many"},
        "else": {"$ref": "#/$defs/report"},
        "$defs": {
            "many": _object(
                {
                    **_head(),
                    "reports": {"type": "array", "minItems": 1, "items": _ref("report")},
                }
            ),
            "report": _object(
                {
                    **_head(),
                    "vantage": _ref("vantage"),
                    "target": _ref("target"),
                    "verdict": _enum(*(verdict.value for verdict in Verdict)),
                    "error": _nullable(_ref("failure")),
                    "covered": _list(TEXT),
                    "not_covered": _list(_object({"what": TEXT, "how": TEXT})),
                    "diagnosis": _list(_ref("diagnosis")),
                    "checks": _list(_ref("check")),
                    "exchanges": _list(_ref("exchange")),
                },
                accepted=_list(_ref("accepted")),
            ),
            "accepted": _object(
                {
                    "by": _enum("suppression", "baseline"),
                    "status": _enum("fail", "warn"),
                    "cause": _nullable(CAUSE),
                    "subjects": _list(TEXT),
                    "checks": _list(TEXT),
                    "reason": TEXT_OR_NULL,
                    "owner": TEXT_OR_NULL,
                    "expires": TEXT_OR_NULL,
                    "where": TEXT,
                },
                "A failure or warning that does not count for the exit code, as the user decided.",
            ),
            "run": _run(),
            "failure": _object(
                {"kind": _enum(*KINDS), "message": TEXT},
                "Why the report is not whole; null when it is.",
            ),
            "vantage": _object(
                {"os": TEXT, "python": TEXT, "proxy": ANY_MAP, "ca": ANY_MAP, "clients": TEXT_MAP},
                "Where the run was made from.",
            ),
            "target": _target(),
            "diagnosis": _diagnosis(),
            "remedy": _object(
                {
                    "text": TEXT,
                    "bash": TEXT_OR_NULL,
                    "pwsh": TEXT_OR_NULL,
                    "url": TEXT_OR_NULL,
                    "who": TEXT_OR_NULL,
                },
                "One step, the user's values filled in and quoted for the shell.",
            ),
            "check": _check(),
            "exchange": _exchange(),
        },
    }


def explain_schema() -> Schema:
    """The schema of what `explain -o json` prints."""
    whole = _diagnosis()["properties"]
    keys = (
        "cause", "confidence", "title", "summary", "because", "undecided", "remedy", "playbook",
    )  # fmt: skip
    more = {key: whole[key] for key in ("who", "transient", "verify")}
    head = _head()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Explanation of foundry-doctor",
        **_object(
            {
                "schema_version": head["schema_version"],
                "tool": head["tool"],
                "error": _nullable(_object({"kind": _enum(*KINDS), "message": TEXT})),
                "matches": _list(_object({key: whole[key] for key in keys}, **more)),
                "request_ids": _list(_request_id()),
                "truncated": {"type": "boolean"},
            }
        ),
        "$defs": report_schema()["$defs"],
    }


def _request_id() -> Schema:
    return _object(
        {
            "kind": _enum(*ID_KINDS),
            "value": TEXT,
            "file": TEXT,
            "line": {"type": "integer", "minimum": 1},
            "time": TEXT_OR_NULL,
            "useful_to": _enum("azure", "anthropic", "both", "none"),
        },
        "One request id, where it stood, and the desk that can look it up.",
    )


def _head() -> Schema:
    return {
        "schema_version": {"type": "string", "pattern": "^1\\.[0-9]+$"},
        "tool": _object({"name": {"const": TOOL}, "version": TEXT}),
        "run": _ref("run"),
    }


def _run() -> Schema:
    return _object(
        {
            "id": {"type": "string", "format": "uuid"},
            "started_at": TIME,
            "duration_ms": COUNT,
            "tier": _enum(*TIERS),
            "calls": COUNT,
            "tokens_billed": COUNT,
        },
        attempts=COUNT,
    )


def _target() -> Schema:
    return _object(
        {
            "resource": TEXT_OR_NULL,
            "endpoint": {
                **TEXT_OR_NULL,
                "description": "The base URL without user name, password and query.",
            },
            "cloud": TEXT,
            "auth": _enum(*AUTHS),
            "deployments": _list(TEXT),
            "subscription": TEXT_OR_NULL,
            "resource_group": TEXT_OR_NULL,
            "region": TEXT_OR_NULL,
            "provenance": {**TEXT_MAP, "description": "Where each setting came from."},
        },
        "What was examined; never holds a secret.",
        name={**TEXT, "description": "The target's name in the config file, if it has one."},
        fingerprint={
            **_object({"of": TEXT, "check": TEXT, "value": TEXT}),
            "description": "Of the key, with --fingerprint-salt only; equal `check`: equal salts.",
        },
    )


def _diagnosis() -> Schema:
    return _object(
        {
            "cause": CAUSE,
            "subjects": _list(TEXT),
            "confidence": _enum(*(confidence.value for confidence in Confidence)),
            "title": TEXT,
            "summary": TEXT,
            "because": _list(TEXT),
            "ruled_out": _list(_object({"cause": CAUSE, "because": TEXT})),
            "undecided": _list(_object({"cause": CAUSE, "decided_by": TEXT})),
            "checks": _list(TEXT),
            "playbook": TEXT,
            "who": {**TEXT, "description": "Who can end it: caller, azure-admin, vendor, ..."},
            "transient": {"type": "boolean"},
            "remedy": _list(_ref("remedy")),
            "verify": TEXT,
        },
        "One cause; the first of the list is the root cause.",
    )


def _check() -> Schema:
    return _object(
        {
            "id": TEXT,
            "subject": {**TEXT_OR_NULL, "description": "A deployment or a host."},
            "title": TEXT,
            "status": _enum(*(status.value for status in Status)),
            "summary": TEXT,
            "cause": _nullable(CAUSE),
            "blocked_by": TEXT_OR_NULL,
            "evidence": ANY_MAP,
            "exchanges": _list(TEXT),
            "duration_ms": COUNT,
        },
        "One check for one subject.",
    )


def _exchange() -> Schema:
    phases = ("dns", "connect", "tls", "wait", "receive")
    return _object(
        {
            "id": TEXT,
            "purpose": TEXT,
            "method": TEXT,
            "url": TEXT,
            "status": {"type": ["integer", "null"]},
            "request_id": TEXT_OR_NULL,
            "apim_request_id": TEXT_OR_NULL,
            "client_request_id": TEXT_OR_NULL,
            "x_ms_region": TEXT_OR_NULL,
            "sent_at": TIME,
            "server_date": _nullable(TIME),
            "timings_ms": _object(dict.fromkeys(phases, COUNT_OR_NULL), proxy=COUNT_OR_NULL),
            "remote_address": TEXT_OR_NULL,
            "http_version": TEXT_OR_NULL,
            "error": _nullable(
                _object({"layer": _enum(*LAYERS), "code": TEXT_OR_NULL, "message": TEXT_OR_NULL})
            ),
        },
        "One HTTP call as it happened.",
    )


def _object(properties: Schema, description: str = "", **optional: Schema) -> Schema:
    schema: Schema = {"description": description} if description else {}
    return {
        **schema,
        "type": "object",
        "required": list(properties),
        "properties": {**properties, **optional},
    }


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _nullable(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _enum(*values: str) -> Schema:
    return {"enum": list(values)}
