"""The data plane of one account: a request in, the answer of the first stage that objects out.

The order of the stages is concluded from reports and live notes, not measured end to end: network
rules, credential, role, JSON, deployment, quota, back-end link, version header, body, inference.
"""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from . import bomb, messages, tokens
from .answers import BAD_JSON, DATA_ACTION, Voice
from .spec import Answer, Deployment, Route, Server
from .wire import Reply, Request
from .world import World

_ROUTES: Mapping[str, Route] = {
    "/anthropic/v1/messages": "messages",
    "/anthropic/v1/messages/count_tokens": "count_tokens",
}
_ANY = Deployment("unknown")
_ELSEWHERE = ("/anthropic/", "/openai/", "/models/")


class FirstOnly:
    """Says whether the next fault is still due: always, or only the first N times."""

    def __init__(self, times: int | None) -> None:
        self._left = times
        self._lock = threading.Lock()

    def take(self) -> bool:
        """Use one fault up."""
        with self._lock:
            if self._left is None:
                return True
            self._left -= 1
            return self._left >= 0


@dataclass
class _Call:
    request: Request
    voice: Voice
    route: Route | None
    claims: Mapping[str, Any] | None = None
    body: dict[str, Any] = field(default_factory=dict)
    deployment: Deployment = _ANY


class FoundryPlane:
    """Answers requests as one account with a set of valid keys.

    `sibling` gives the origin of a second listener, to which a scenario may redirect. With a
    `world`, tokens are judged by its tenant, and the caller's right by its role assignments.
    """

    def __init__(
        self,
        server: Server,
        keys: frozenset[str],
        faults: FirstOnly,
        sibling: Callable[[], str] = lambda: "",
        world: World | None = None,
    ) -> None:
        self._server = server
        self._world = world
        self._keys = keys
        self._faults = faults
        self._sibling = sibling

    def answer(self, request: Request) -> Reply:
        """The answer to one request."""
        call = _Call(request, Voice(self._server, request), _ROUTES.get(request.path))
        for stage in (
            self._front,
            self._network,
            self._known_path,
            self._credential,
            self._role,
            self._served_route,
            self._json,
            self._lookup,
            self._quota,
            self._backend,
            self._version,
            self._valid_body,
        ):
            reply = stage(call)
            if reply is not None:
                return reply
        return self._infer(call)

    def _front(self, call: _Call) -> Reply | None:
        redirect, answer = self._server.redirect, self._server.answer
        if redirect is not None and self._faults.take():
            target = self._sibling() + (redirect.path or call.request.target)
            return Reply(redirect.status, [("Location", target)])
        if answer is not None and answer.stage == "front" and self._faults.take():
            return fixed(answer, call.voice)
        return None

    def _network(self, call: _Call) -> Reply | None:
        return call.voice.network_denied()

    def _known_path(self, call: _Call) -> Reply | None:
        # Before the credential: the gateway cannot know whose key to check on a path that it does
        # not route. Whether the real one does the same is not settled.
        return None if call.request.path.startswith(_ELSEWHERE) else call.voice.no_route()

    def _credential(self, call: _Call) -> Reply | None:
        headers = call.request.headers
        spellings = ("x-api-key", "api-key", *self._server.key_headers)
        if any(name in headers for name in spellings):
            return self._key(call)
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return call.voice.invalid_key()
        if self._world is not None and not self._world.spec.account.custom_subdomain:
            return call.voice.no_custom_subdomain()
        call.claims = self._claims(token.strip())
        if call.claims is None:
            return call.voice.invalid_token()
        tenant = str(call.claims.get("tid"))
        if self._world is not None and tenant != self._world.resource_tenant:
            return call.voice.wrong_tenant(tenant)
        return None

    def _key(self, call: _Call) -> Reply | None:
        if self._server.key_auth != "enabled":
            return call.voice.key_auth_disabled()
        headers = call.request.headers
        if any(name in headers for name in self._server.refused_key_headers):
            return call.voice.invalid_key()
        given = {headers[name] for name in self._server.key_headers if name in headers}
        return None if given & self._keys else call.voice.invalid_key()

    def _claims(self, token: str) -> Mapping[str, Any] | None:
        """The claims of an acceptable token, else None.

        No signature is checked: here nothing hangs on it, and any test can mint a token.
        """
        claims = tokens.claims_of(token)
        if claims is None or not self._server.tokens.accept:
            return None
        expiry, now = claims.get("exp"), time.time()
        accepted = set(self._server.tokens.audiences)
        if self._world is not None:
            now += self._server.date_offset_s
            accepted |= {tokens.audience_id(one) for one in accepted}
        if not isinstance(expiry, (int, float)) or expiry <= now:
            return None
        audience = claims.get("aud")
        return claims if isinstance(audience, str) and audience in accepted else None

    def _role(self, call: _Call) -> Reply | None:
        if call.claims is None:
            return None
        principal = str(call.claims.get("oid", "00000000-0000-0000-0000-000000000000"))
        if self._server.rbac != "granted":
            return call.voice.permission_denied(principal, self._server.rbac)
        if self._world is None or self._world.may_call(principal, DATA_ACTION):
            return None
        # A user is named by e-mail, a service principal by its object id [Microsoft Q&A 5889342].
        shown = str(call.claims.get("upn", principal))
        return call.voice.permission_denied(shown, self._world.spec.refusal)

    def _served_route(self, call: _Call) -> Reply | None:
        served = call.route == "messages" or (
            call.route == "count_tokens" and self._server.count_tokens
        )
        if not served or call.request.method != "POST":
            return call.voice.not_supported()
        return None

    def _json(self, call: _Call) -> Reply | None:
        try:
            body = json.loads(call.request.body)
        except (ValueError, RecursionError):
            body = None
        if not isinstance(body, dict):
            return call.voice.gateway(400, "400", BAD_JSON)
        call.body = body
        return None

    def _lookup(self, call: _Call) -> Reply | None:
        name = call.body.get("model")
        if not isinstance(name, str) or not name:
            # No source shows this case; the Messages API's own words are the best guess.
            return call.voice.invalid("model: Field required")
        found = self._server.deployments.get(name)
        if found is not None and found.state == "Succeeded" and found.answers:
            call.deployment = found
            return None
        if self._server.model_lookup:
            # One that is still being created answers like one that does not exist: the 404's own
            # text speaks of the last five minutes.
            return call.voice.no_deployment()
        call.deployment = found or Deployment(name)
        return None

    def _quota(self, call: _Call) -> Reply | None:
        quota = self._server.quota
        if quota is None or call.route not in quota.routes or not self._faults.take():
            return None
        return call.voice.rate_limited(quota)

    def _backend(self, call: _Call) -> Reply | None:
        link, answer = self._server.backend_link, self._server.answer
        if link == "failed" or (link == "failed-for-messages" and call.route == "messages"):
            return call.voice.backend_link_failed()
        if answer is not None and answer.stage == "backend" and self._faults.take():
            return fixed(answer, call.voice)
        return None

    def _version(self, call: _Call) -> Reply | None:
        version = call.request.headers.get("anthropic-version")
        if not version:
            return call.voice.invalid("anthropic-version: header is required")
        if version not in self._server.versions:
            return call.voice.invalid(f'anthropic-version: "{version}" is not a valid version')
        return None

    def _valid_body(self, call: _Call) -> Reply | None:
        version = call.request.headers["anthropic-version"]
        found = messages.problem(call.body, version, count=call.route == "count_tokens")
        return None if found is None else call.voice.invalid(found)

    def _infer(self, call: _Call) -> Reply:
        if call.route == "count_tokens":
            tokens = {"input_tokens": messages.count_tokens(call.body)}
            return call.voice.json(200, tokens, anthropic=True)
        whole = messages.message(call.body, call.deployment)
        if call.body.get("stream") is True:
            headers = call.voice.headers(anthropic=True, content_type="text/event-stream")
            headers.append(("Cache-Control", "no-cache"))
            return Reply(200, headers, messages.events(whole))
        return call.voice.json(200, whole, anthropic=True)


def fixed_answer(answer: Answer, request: Request) -> Reply:
    """A fixed answer of a plane that has no gateway before it: only the headers it names."""
    return fixed(replace(answer, layer="foreign"), Voice(Server(), request))


def fixed(answer: Answer, voice: Voice) -> Reply:
    """The reply of a scenario's fixed answer; {request_id} in a body becomes the call's id."""
    if answer.body is not None:
        content_type, data = "application/json", json.dumps(answer.body).encode()
    else:
        content_type, data = "text/html; charset=utf-8", (answer.body_text or "").encode()
    data = data.replace(b"{request_id}", voice.request_id.encode())
    headers: list[tuple[str, str]] = []
    content_type = answer.content_type or content_type
    if answer.layer == "foreign":
        headers.append(("Content-Type", content_type))
    else:
        anthropic = answer.layer == "anthropic"
        headers += voice.headers(anthropic=anthropic, content_type=content_type)
    if answer.retry_after_s is not None:
        headers.append(("retry-after", f"{answer.retry_after_s:g}"))
    given = {name.lower() for name in answer.headers}
    headers = [(name, value) for name, value in headers if name.lower() not in given]
    headers += list(answer.headers.items())
    if answer.encoding == "gzip" or answer.inflate_bytes:
        headers.append(("Content-Encoding", "gzip"))
    reply = Reply(
        answer.status,
        headers,
        framing=answer.framing,
        truncate_at=answer.truncate_at,
        then=answer.then,
    )
    if answer.inflate_bytes:
        reply.length, reply.body = bomb.zeros(answer.inflate_bytes)
    else:
        reply.body = gzip.compress(data, mtime=0) if answer.encoding == "gzip" else data
    return reply
