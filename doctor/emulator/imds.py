"""Managed identity endpoints on plain HTTP: a virtual machine's IMDS, and App Service's.

[learn.microsoft.com how-to-use-vm-token, instance-metadata-service, overview-managed-identity]
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

from . import tokens
from .plane import FirstOnly, fixed_answer
from .plane_spec import ImdsSpec, TokenSpec
from .wire import Reply, Request
from .world import PRINCIPALS, World

IMDS_PATH = "/metadata/identity/oauth2/token"
APP_SERVICE_PATH = "/msi/token"
_LIFE_S = 86399
"""Tokens of managed identities live a day."""


class ImdsPlane:
    """Answers both endpoints, each on its path."""

    def __init__(self, spec: ImdsSpec, token: TokenSpec, world: World, faults: FirstOnly) -> None:
        self._spec = spec
        self._token = token
        self._world = world
        self._faults = faults

    def answer(self, request: Request) -> Reply:
        """The answer to one request."""
        if self._spec.faults.answer is not None and self._faults.take():
            return fixed_answer(self._spec.faults.answer, request)
        query = {name: one[0] for name, one in _parsed(request).items()}
        if request.path == APP_SERVICE_PATH and self._spec.app_service:
            return self._app_service(request, query)
        if self._spec.mode == "docker-unreachable":
            # Docker Desktop's own answer for the address [azure-identity, imds.py].
            return _text(403, "A socket operation was attempted to an unreachable network")
        if self._spec.mode == "not-imds":
            return _text(200, "<!doctype html><html><body>router</body></html>", "text/html")
        if self._spec.mode == "not-found" or not request.path.startswith("/metadata/"):
            return _text(404, "")
        if request.headers.get("metadata", "").lower() != "true":
            # The words of the documented 400; its JSON wrapper is as reported.
            return _json(400, _error("Bad request", "Required metadata header not specified"))
        if request.path != IMDS_PATH:
            return _json(404, _error("Not found", "The requested resource does not exist"))
        if "resource" not in query:
            return _json(400, _error("invalid_request", "Required query variable 'resource'"))
        if not self._assigned(query):
            return _json(400, _error("invalid_request", "Identity not found"))
        return _json(200, self._granted(query["resource"], in_seconds=True))

    def _app_service(self, request: Request, query: Mapping[str, str]) -> Reply:
        header = request.headers.get("x-identity-header")
        if header != self._world.identity_header:
            return _json(401, {"statusCode": 401, "message": "Unauthorized"})
        if "api-version" not in query or "resource" not in query:
            return _json(400, {"statusCode": 400, "message": "Bad Request"})
        if not self._assigned(query):
            text = (
                "No User Assigned or Delegated Managed Identity found for specified "
                "ClientId/ResourceId/PrincipalId."
            )
            return _json(400, {"statusCode": 400, "message": text})
        return _json(200, self._granted(query["resource"], in_seconds=False))

    def _assigned(self, query: Mapping[str, str]) -> bool:
        if self._spec.mode == "no-identity":
            return False
        identity = PRINCIPALS["identity"]
        names = ("client_id", "object_id", "principal_id", "msi_res_id", "mi_res_id")
        asked = [query[name] for name in names if name in query]
        resource_id = (
            f"{self._world.group_scope}/providers/Microsoft.ManagedIdentity/"
            f"userAssignedIdentities/{identity.name}"
        )
        known = {identity.oid, identity.app_id, resource_id.lower()}
        return all(one.lower() in known for one in asked) and (
            bool(asked) or self._spec.system_assigned
        )

    def _granted(self, resource: str, *, in_seconds: bool) -> dict[str, str]:
        identity, now = PRINCIPALS["identity"], time.time()
        access = tokens.mint(
            self._token,
            now,
            tenant=self._world.tenant,
            resource=resource,
            oid=identity.oid,
            app_id=identity.app_id,
        )
        body = {
            "access_token": access,
            "expires_on": str(int(now) + _LIFE_S),
            "resource": resource,
            "token_type": "Bearer",
            "client_id": identity.app_id,
        }
        if in_seconds:
            body |= {"refresh_token": "", "expires_in": str(_LIFE_S)}
            body |= {"ext_expires_in": str(_LIFE_S), "not_before": str(int(now) - 300)}
        return body


def _parsed(request: Request) -> dict[str, list[str]]:
    return parse_qs(urlsplit(request.target).query, keep_blank_values=True)


def _error(error: str, description: str) -> dict[str, str]:
    return {"error": error, "error_description": description}


def _json(status: int, body: object) -> Reply:
    headers = [("Content-Type", "application/json; charset=utf-8"), ("Server", "IMDS/150.870.65")]
    return Reply(status, headers, json.dumps(body).encode())


def _text(status: int, text: str, kind: str = "text/plain") -> Reply:
    return Reply(status, [("Content-Type", kind)], text.encode())
