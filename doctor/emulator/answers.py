"""The error answers of the layers, word for word where a public report or document has them.

Two layers speak: the gateway (Azure, `apim-request-id` only) and Anthropic behind it (`req_...`
ids). Keys in brackets name the source; "made up" marks wording that no source shows.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from secrets import choice
from string import ascii_letters, digits
from typing import Any

from .spec import Quota, Rbac, Server
from .wire import Reply, Request

DATA_ACTION = "Microsoft.CognitiveServices/accounts/AIServices/providers/action"

# [litellm #16964], a Claude call; the code is the status as a string.
INVALID_KEY = (
    "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a "
    "valid key for an active subscription and use a correct regional API endpoint for your "
    "resource."
)
# [microsoft-foundry-for-vscode #29], printed there without a body: code and wrapper made up.
FIREWALL = "Access denied due to Virtual Network/Firewall rules."
# [azure-search-openai-demo #1157], code "AccessDenied" or "403".
PUBLIC_ACCESS = "Public access is disabled. Please configure private endpoint."
# Made up: no thread shows the perimeter's own words on this route.
PERIMETER = "Access denied by the network security perimeter of this resource."
# [azure-search-openai-demo #1617], on the Azure OpenAI surface.
KEY_AUTH_DISABLED = "Key based authentication is disabled for this resource."
# [positron #12858], [hermes-agent #47812]
NO_DEPLOYMENT = (
    "The API deployment for this resource does not exist. If you created the deployment within "
    "the last 5 minutes, please wait a moment and try again."
)
# [opencode #14879], [claude-code #66896]; the front end repeats the message in `details`.
NOT_SUPPORTED = "Requested API is currently not supported"
# [san360/foundry-claude-gateway], told without its wrapper: code made up after the key answer.
BAD_JSON = "Request body could not be parsed as JSON"


def request_id(length: int = 24) -> str:
    """A fresh Anthropic-style id: `req_` and base-58-like characters."""
    return "req_" + "".join(choice(ascii_letters + digits) for _ in range(length))


class Voice:
    """Makes the replies to one request, with the headers of the layer that speaks."""

    def __init__(self, server: Server, request: Request) -> None:
        self.server = server
        self.request = request
        self.request_id = request_id()

    def headers(self, *, anthropic: bool, content_type: str | None) -> list[tuple[str, str]]:
        """The headers of an answer that came through the gateway.

        Which of them the Claude route really sends on which error is not settled:
        x-ms-region and request-id are switches of the scenario.
        """
        headers = [("Content-Type", content_type)] if content_type else []
        headers.append(("apim-request-id", str(uuid.uuid4())))
        if anthropic or self.server.gateway_request_id:
            headers.append(("request-id", self.request_id))
        if self.server.region is not None:
            headers.append(("x-ms-region", self.server.region))
        client_id = self.request.headers.get("x-ms-client-request-id")
        if client_id:
            headers.append(("x-ms-client-request-id", client_id))
        value = "max-age=31536000; includeSubDomains; preload"
        headers.append(("strict-transport-security", value))
        return headers

    def json(self, status: int, body: Mapping[str, Any], *, anthropic: bool = False) -> Reply:
        """A JSON answer."""
        headers = self.headers(anthropic=anthropic, content_type="application/json")
        return Reply(status, headers, json.dumps(body, separators=(",", ":")).encode())

    def gateway(self, status: int, code: str, message: str, *, details: bool = False) -> Reply:
        """A gateway error: `{"error": {"code", "message"}}`, with `details` its repetition."""
        error = {"code": code, "message": message, **({"details": message} if details else {})}
        return self.json(status, {"error": error})

    def anthropic(self, status: int, kind: str, message: str) -> Reply:
        """An error of the Messages API [docs.claude.com errors]."""
        error = {"type": kind, "message": message}
        body = {"type": "error", "error": error, "request_id": self.request_id}
        return self.json(status, body, anthropic=True)

    def invalid(self, message: str) -> Reply:
        """400 invalid_request_error."""
        return self.anthropic(400, "invalid_request_error", message)

    def network_denied(self) -> Reply | None:
        """403 by the network rules of the scenario, None when they let the caller in."""
        if self.server.network == "open":
            return None
        if self.server.network == "public-access-disabled":
            reply = self.gateway(403, "AccessDenied", PUBLIC_ACCESS)
        elif self.server.network == "acl-denied":
            reply = self.gateway(403, "AccessDenied", FIREWALL)
        else:
            reply = self.gateway(403, "AccessDenied", PERIMETER)
        # Seen in public on a network denial.
        reply.headers.append(("policy-id", "ThrowExceptionDueToTrafficDenied"))
        return reply

    def invalid_key(self) -> Reply:
        """401: the same text for a wrong key, a refused header spelling and no credential."""
        return self.gateway(401, "401", INVALID_KEY)

    def key_auth_disabled(self) -> Reply:
        """403 AuthenticationTypeDisabled, or the 401 that the Anthropic surface is told to send."""
        if self.server.key_auth == "disabled-401":
            return self.invalid_key()
        return self.gateway(403, "AuthenticationTypeDisabled", KEY_AUTH_DISABLED)

    def invalid_token(self) -> Reply:
        """401 without an `error` object, one text for all that can be wrong [zotero-gpt #412]."""
        audience = self.server.tokens.named_audience
        message = (
            "Unauthorized. Access token is missing, invalid, audience is incorrect "
            f"({audience}), or have expired."
        )
        return self.json(401, {"statusCode": 401, "message": message})

    def wrong_tenant(self, tenant: str) -> Reply:
        """400 for a token of another tenant than the resource's [vscode-openai #321]."""
        message = f"Token tenant {tenant} does not match resource tenant."
        # Seen without its wrapper: the code is made up.
        return self.gateway(400, "BadRequest", message)

    def no_custom_subdomain(self) -> Reply:
        """400 for any token where the account has no name of its own [public issues]."""
        message = (
            "Please provide a custom subdomain for token authentication, otherwise API key is "
            "required."
        )
        return self.gateway(400, "BadRequest", message)

    def permission_denied(self, principal: str, style: Rbac) -> Reply:
        """The role refusal [Microsoft Q&A 5889342]: 401 as reported, or as documented 403."""
        if style == "denied-older-text":
            message = "Principal does not have access to API/Operation."
        else:
            message = (
                f"The principal `{principal}` lacks the required data action `{DATA_ACTION}` "
                "to perform `POST /anthropic/v1/*` operation."
            )
        status = 403 if style == "denied-403" else 401
        return self.gateway(status, "PermissionDenied", message)

    def no_route(self) -> Reply:
        """404 of a path which the account does not serve at all [litellm #17765]."""
        return self.gateway(404, "404", "Resource not found")

    def not_supported(self) -> Reply:
        """404 of an API that exists elsewhere, but not for Claude here."""
        return self.gateway(404, "api_not_supported", NOT_SUPPORTED, details=True)

    def no_deployment(self) -> Reply:
        """404 DeploymentNotFound."""
        return self.gateway(404, "DeploymentNotFound", NO_DEPLOYMENT)

    def rate_limited(self, quota: Quota) -> Reply:
        """429 [san360/foundry-claude-gateway]; whether Retry-After comes with it is a switch."""
        message = (
            f"Rate limit of {quota.limit} per 60s exceeded for {quota.counter}. "
            f"Please wait {quota.wait_s} seconds before retrying."
        )
        reply = self.gateway(429, "RateLimitReached", message, details=True)
        if quota.retry_after:
            reply.headers.append(("retry-after", str(quota.wait_s)))
        return reply

    def backend_link_failed(self) -> Reply:
        """500 of a deployment whose link to the back end is refused [Microsoft Q&A 5854137]."""
        message = f"Failed to authenticate to backend endpoint. RequestId = {self.request_id}"
        return self.gateway(500, "invalid_model_endpoint_authentication", message, details=True)
