"""Watching a chain from inside: each credential's own exception, and each answer on the wire.

DefaultAzureCredential folds its failures into one text and drops the exceptions; the causes behind
them (a process's time-out, AADSTS90002, a name that does not resolve) are what tells. A recorder
stands before each credential and changes nothing: order, stops and texts stay azure-identity's.
"""

from __future__ import annotations

import contextvars
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ..model import ErrorInfo, Exchange
from ..network.client import http_date, now_utc, parse_http_date, printable
from ..noun import Noun
from .aadsts import Refusal, read_body

if TYPE_CHECKING:
    from typing_extensions import Self

_MAX_BODY = 65536


class Answer(Noun):
    """One HTTP answer that azure-identity got. Holds no token and no header of the request."""

    host: str
    path: str
    method: str
    status: int
    is_json: bool
    content_type: str
    refusal: Refusal | None
    """What the body of a refusal says; None for a success and for what is not Entra's."""
    skew_s: int | None
    """Local clock minus the answer's Date, seconds."""
    exchange: Exchange


@dataclass(slots=True)
class Step:
    """One credential's turn. `error` is dropped once it has been read: it may hold a secret."""

    credential: str
    error: BaseException | None = None
    done: bool = False
    answers: list[Answer] = field(default_factory=list)


class Log:
    """What happened, in order; written by the sign-in's thread, read after it or its time-out."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.answers: list[Answer] = []
        self.processes: list[str] = []
        self.constructing = True
        self._sent: dict[int, str] = {}

    def start_over(self) -> None:
        """A new walk through the same chain begins."""
        self.steps, self.answers, self.processes = [], [], []

    def begin(self, credential: str) -> Step:
        """A credential has its turn."""
        step = Step(credential)
        self.steps.append(step)
        return step

    def asked(self, request: Any) -> None:
        """azure-core's `raw_request_hook`."""
        self._sent[threading.get_ident()] = now_utc()

    def answered(self, response: Any) -> None:
        """azure-core's `raw_response_hook`; must not raise, or the sign-in would fail by it."""
        answer = _read(response, self._sent.get(threading.get_ident()) or now_utc())
        if answer is not None:
            self.answers.append(answer)
            if self.steps:
                self.steps[-1].answers.append(answer)


def _read(response: Any, sent_at: str) -> Answer | None:
    try:
        request, got = response.http_request, response.http_response
        parts = urlsplit(str(request.url))
        status, headers = int(got.status_code), got.headers
        kind = str(headers.get("Content-Type") or "").partition(";")[0].strip().lower()
        # A success holds the token; its body is only asked whether it is JSON at all.
        body = str(got.text() or "")[:_MAX_BODY]
        date = headers.get("Date")
        request_id = headers.get("x-ms-request-id")
    except (AttributeError, TypeError, ValueError, LookupError):
        return None
    moment = parse_http_date(date)
    refusal = read_body(body) if status >= 400 else None
    host = parts.hostname or ""
    return Answer(
        host=host,
        path=parts.path,
        method=str(request.method),
        status=status,
        is_json=_is_json(body),
        content_type=printable(kind) or "",
        refusal=refusal,
        skew_s=round(time.time() - moment.timestamp()) if moment else None,
        exchange=Exchange(
            id="",
            purpose="sign-in" if request.method == "POST" else "sign-in: discovery",
            method=str(request.method),
            # Without its query: it repeats what was asked for, and in some flows an assertion.
            url=f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}",
            sent_at=sent_at,
            status=status,
            request_id=printable(request_id),
            server_date=http_date(date),
            error=_error(refusal),
        ),
    )


def _error(refusal: Refusal | None) -> ErrorInfo | None:
    if refusal is None:
        return None
    code = refusal.error or (f"AADSTS{refusal.code}" if refusal.code else None)
    return ErrorInfo("entra", code=code, message=refusal.message, shape="other-json")


def _is_json(body: str) -> bool:
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return False
    return True


class Recorder:
    """Stands before one credential; `limit` bounds its turn in seconds where it is given."""

    def __init__(
        self,
        inner: Any,
        log: Log,
        *,
        limit: float | None = None,
        too_late: Callable[[], Exception] | None = None,
        on_begin: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._inner = inner
        self._log = log
        self._limit = limit
        self._too_late = too_late
        self._on_begin = on_begin
        named = getattr(inner, "_credential_name", None)
        # azure-identity names the attempt by this attribute where a credential has it.
        self._credential_name = named if isinstance(named, str) else type(inner).__name__

    @property
    def name(self) -> str:
        """The credential's class, as azure-identity names it."""
        return self._credential_name

    def get_token_info(self, *scopes: str, options: Any = None) -> Any:
        """The credential's own `get_token_info`, watched."""
        step = self._log.begin(self.name)
        self._on_begin(self.name)
        try:
            found = self._bounded(scopes, options or {})
        except BaseException as error:
            step.error = error
            raise
        finally:
            step.done = True
        return found

    def close(self) -> None:
        """Close the credential's connections."""
        self._inner.close()

    def __enter__(self) -> Self:
        self._inner.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._inner.__exit__(*error)

    def _bounded(self, scopes: tuple[str, ...], options: Any) -> Any:
        if self._limit is None or self._too_late is None:
            return self._inner.get_token_info(*scopes, options=options)
        box: list[Any] = []
        # The chain marks itself in context variables, which a new thread would not see.
        context = contextvars.copy_context()

        def work() -> None:
            try:
                ask = self._inner.get_token_info
                box.append((True, context.run(ask, *scopes, options=options)))
            except BaseException as error:  # noqa: BLE001 - carried over to the waiting thread
                box.append((False, error))

        thread = threading.Thread(target=work, name=f"sign-in {self.name}", daemon=True)
        thread.start()
        thread.join(self._limit)
        if not box:
            raise self._too_late()
        good, value = box[0]
        if good:
            return value
        raise value
