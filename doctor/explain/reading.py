"""One record of a text as candidates: sets of facts, each of which may have a cause."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ..foundry.answers import retry_after
from ..foundry.bodies import clean
from ..foundry.catalogue import judge
from ..model import FactValue
from ..noun import Noun
from ..redact import redact
from . import prose
from .errors import Stated, stated_as_text, stated_in, status_of_class
from .identity import identity_facts, signed_in
from .lines import Line
from .network import network_facts, trust_facts
from .objects import documents
from .scope import FOREIGN, OURS, scope
from .status import last_status, statuses
from .urls import url_facts

MAX_TEXT = 120_000
MAX_STATEMENTS = 40
_MARKER = re.compile(
    r"error|exception|fail|fatal|denied|refus|cannot|can't|could not|couldn't|unable|not found|invalid|expired"
    r"|disabled|unauthori[sz]ed|forbidden|blocked|missing|time[d-]? ?out|unavailable|exceeded|unsupported"
    r"|not (?:yet )?(?:supported|available|allowed|permitted|match|exist|registered)|unrecogni[sz]ed|unexpected"
    r"|AADSTS|does not|required|disallowed|conflict|must |restrict|please (?:run|provide|retry)|self-signed"
    r"|\bERR_\w+|\bno \w.{0,60}\bfound\b|ended without|no such|insufficient|getaddrinfo|misbehaving|reset by|hang up|closed|forcibly|filter|Could not|illegal|exclusive|challenge"
    r"|too (?:large|long|many)|no response|errno|\b[45]\d\d\b|\bE[A-Z_]{5,}\b|deprecated|retired|rejected|violat",
    re.IGNORECASE,
)
_STRONG = re.compile(
    r"\b\w+(?:Error|Exception)\b: |Error code: [45]\d\d|AADSTS\d|HTTP/\d(?:\.\d)?\"? [45]\d\d|get_token(?:_info)? failed|status[ =:]+[45]\d\d"
)
_NUMBERS_OF_NOTHING = re.compile(
    r"\b(?:0 (?:errors?|failures?|failed)|(?:errors?|failures?|failed|timeouts?|retries)\s?[=:]\s?0\b|no (?:errors|failures)"
    r"|without (?:errors?|failures?))",
    re.IGNORECASE,
)
_DONE = re.compile(
    r"\bHTTP/\d(?:\.\d)?\"? 2\d\d\b|\bstatus(?:[_ -]?code)?\\{0,4}[\"']?\s?[:= ]\s?2\d\d\b|\b200 OK\b"
    r"|retry (?:attempt )?#?\d{0,3} ?(?:succeeded|successful)|succeeded (?:after|on|at) |request (?:succeeded|completed)"
    r"|completed successfully|connection (?:re-?established|restored)|recovered|attempt \d+.{0,20}(?:succeeded|ok\b)"
    r"|\"stop_reason\"|provisioning(?:State| state)[\"']?\s?[:=]\s?[\"']?Succeeded|is healthy again",
    re.IGNORECASE,
)
_RETRY = re.compile(
    r"(?<!before )(?<!please )(?<!Please )(?<!and )(?<!to )(?<!can )\bretr(?:y|ies|ied|ying)\b|\battempt \d|\bbacking off|\btry \d",
    re.IGNORECASE,
)
_RAISED = re.compile(r"^\s{0,4}[\w.]*(?:Error|Exception)\b: |^Traceback ", re.MULTILINE)
_MODEL = re.compile(
    r"(?:model|deployment)(?:_name| name)?[\"']?\s{0,3}[:=]?\s{0,3}[\"'`]?((?:azure_ai/|us\.|anthropic[./])?claude-[\w.@:-]{2,60})",
    re.IGNORECASE,
)
_PROXY_SET = re.compile(
    r"https?_proxy\s?[=:]\s?\S|proxy (?:server )?(?:is |set to )?https?://", re.IGNORECASE
)


_CONTEXT = ("net.host", "proxy.configured", "text.about", "url.form", "config.detail")
"""What is known of the whole record and says nothing of an answer."""


class Record(Noun):
    """What one record says. `candidates` may each have a cause; `done` names what went well."""

    line: int
    scope: str
    candidates: tuple[dict[str, FactValue], ...] = ()
    done: tuple[str, ...] = ()
    host: str | None = None
    time: str | None = None
    lasting: bool = False
    """It says `error` as its last word: no retry is mentioned."""
    retried: bool = False
    """It speaks of a retry."""


def read_record(lines: Sequence[Line], *, written: bool = False) -> Record:
    """The facts of a record. `written`: the file is of a kind that people write."""
    first = lines[0]
    texts = [line.text for line in lines]
    if prose.is_document(texts, written=written):
        return Record(first.number, FOREIGN)
    whole = redact(_bounded("\n".join(texts)))
    text = _told(whole)
    whose = scope(whole)
    urls = url_facts(whole)
    if whose == OURS:
        urls["text.about"] = "foundry"
    host = urls.get("net.host")
    quiet = all(line.loud is False for line in lines) and not _STRONG.search(text)
    candidates: tuple[dict[str, FactValue], ...] = ()
    if whose != FOREIGN and not quiet and _MARKER.search(text):
        candidates = tuple(_candidates(text, whole, urls))
    retried = bool(_RETRY.search(whole))
    done: tuple[str, ...] = ()
    after = _after_failures(text)
    if whose != FOREIGN and (retried or not any(map(_fails, candidates))):
        done = tuple(_done(after))
    elif signed_in(after) and identity_facts(text):
        done = ("token",)
    candidates = () if done else candidates
    loud = any(line.loud for line in lines) or bool(_RAISED.search(whole))
    return Record(
        first.number,
        whose,
        candidates,
        done,
        str(host) if host else None,
        next((line.time for line in reversed(lines) if line.time), None),
        loud and not retried,
        retried,
    )


def _bounded(text: str) -> str:
    """The beginning and the end of what is too long: the last state stands at the end."""
    half = MAX_TEXT // 2
    return text if len(text) <= MAX_TEXT else f"{text[:half]}\n{text[-half:]}"


def _told(text: str) -> str:
    """Without code, sentences about errors and quotations; every line keeps its place."""
    kept = []
    for line in text.split("\n"):
        drop = prose.is_code(line) or prose.tells(line) or _NUMBERS_OF_NOTHING.search(line)
        kept.append("" if drop else prose.stated(line))
    return "\n".join(kept)


def _after_failures(text: str) -> str:
    """What stands behind the last line that states an error."""
    lines = text.split("\n")
    last = max((n for n, line in enumerate(lines) if _failing_line(line)), default=-1)
    return "\n".join(lines[last + 1 :])


def _failing_line(line: str) -> bool:
    return bool(_MARKER.search(line)) and not _DONE.search(line) and not signed_in(line)


def _done(text: str) -> Iterator[str]:
    if signed_in(text):
        yield "token"
    if _DONE.search(text) and not any(one >= 400 for one in statuses(text)):
        yield "call"


def _fails(facts: dict[str, FactValue]) -> bool:
    status = facts.get("http.status")
    return not (isinstance(status, int) and status < 300 and "http.error.code" not in facts)


def _candidates(
    text: str, whole: str, urls: dict[str, FactValue]
) -> Iterator[dict[str, FactValue]]:
    shared = _shared(text, urls)
    trust = trust_facts(whole)
    if trust:
        yield {**_only(shared, *_CONTEXT), **trust}
    identity = identity_facts(text)
    if identity:
        if identity.get("token.problem") == "network":
            identity |= network_facts(text)
        yield {**_only(shared, *_CONTEXT), **identity}
    stated = [one for document in documents(text) for one in stated_in(document)]
    stated += stated_as_text(text)
    for one in stated[:MAX_STATEMENTS]:
        yield _of_stated(one, shared)
    yielded: set[str] = set()
    for line in _statements(text):
        network = network_facts(line)
        if network:
            yield {**_only(shared, *_CONTEXT), **network}
        message = clean(line, 2000)
        if message not in yielded and len(yielded) < MAX_STATEMENTS:
            yielded.add(message)
            yield {**shared, "http.error.message": message}
    network = network_facts(" ".join(_statements(text)))
    if network:
        yield {**_only(shared, *_CONTEXT), **network}


def _shared(text: str, urls: dict[str, FactValue]) -> dict[str, FactValue]:
    facts: dict[str, FactValue] = dict(urls)
    status = last_status(
        "\n".join(line for line in text.split("\n") if not prose.is_sentence(line))
    )
    if status is None:
        status = status_of_class(text)
    if status is not None:
        facts["http.status"] = status
        if re.search(r"<!doctype html|<html|<head>", text[:20000], re.IGNORECASE):
            facts["http.shape"] = "html"
        wait = retry_after({}, text)
        if wait is not None:
            facts["http.retry_after_s"] = wait
    if re.search(r"apim-request-id", text, re.IGNORECASE):
        facts["http.azure"] = True
    if re.search(r"\breq_[A-Za-z0-9]{10,}", text):
        facts["http.anthropic"] = True
    if _PROXY_SET.search(text):
        facts["proxy.configured"] = True
    named = _MODEL.search(text)
    if named:
        facts["deployment.name"] = named.group(1)
        facts["deployment.form"] = judge(named.group(1)).form
    return facts


def _only(facts: dict[str, FactValue], *names: str) -> dict[str, FactValue]:
    return {name: facts[name] for name in names if name in facts}


def _of_stated(one: Stated, shared: dict[str, FactValue]) -> dict[str, FactValue]:
    facts = dict(shared)
    info = one.info
    if info.layer != "unknown":
        facts["http.layer"] = info.layer
    if info.shape != "none":
        facts["http.shape"] = info.shape
    for name, value in (("code", info.code), ("type", info.type), ("message", info.message)):
        if value:
            facts[f"http.error.{name}"] = value
    if one.repeated:
        facts["http.error.details"] = True
    if one.request_id:
        facts["http.anthropic"] = True
    if one.status is not None:
        facts["http.status"] = one.status
    return facts


def _statements(text: str) -> Iterator[str]:
    """The lines that state an error: no code, no frame of a trace, no sentence about errors."""
    for line in text.split("\n"):
        line = line.strip()  # noqa: PLW2901 - the same line, without its indentation
        if not line or not _MARKER.search(line[:4000]) or prose.is_frame(line):
            continue
        yield line[:4000]
