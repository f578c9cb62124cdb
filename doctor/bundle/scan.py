"""The second pair of eyes: reads a finished archive and looks for what must not be in it.

Written apart from the redactor and without its expressions, on purpose: what both overlook must be
overlooked twice. It splits texts into words and judges each by its characters; known values (the
canaries) are searched by decoding the text, not by encoding the value. It never quotes a find.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..noun import Noun
from .canaries import views_of
from .scan_words import is_hex, judged, kinds, words

_NAMES = (
    "authorization", "api-key", "apikey", "api_key", "subscription-key", "client_secret",
    "clientsecret", "client-secret", "client_assertion", "password", "passwd", "access_token",
    "refresh_token", "id_token", "accesstoken", "refreshtoken", "accountkey", "sharedaccesskey",
    "sharedaccesssignature", "cookie", "private_key", "privatekey", "x-ms-client-principal", "sig",
    "secret", "pwd", "passphrase",
)  # fmt: skip
_HOME_MARKS = ("/home/", "/Users/", ":\\Users\\", ":\\\\Users\\\\", ":/Users/")
_LONG, _RANDOM = 12, 16
"""Characters from which on a value is searched across line wraps, and without case."""
_NO_PERSON = ("site", "Shared", "Public", "Default")


class Hit(Noun):
    """Something that must not be there. `where` is `file:line`; `what` never quotes it."""

    where: str
    what: str


def scan(files: Mapping[str, bytes], canaries: Iterable[str] = ()) -> list[Hit]:
    """Everything suspicious in these files, once per line and kind.

    `canaries`: values that may appear in no form at all, the secrets of the run among them.
    """
    known = _known_ids(files)
    values = [one for one in canaries if len(one) >= 6]
    hits: dict[tuple[str, str], None] = {}
    for name, data in files.items():
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            hits[name, "it is no UTF-8 text"] = None
            continue
        for number, line in enumerate(text.split("\n"), 1):
            for what in _in_line(line, known, hashes=name == "manifest.json"):
                hits[f"{name}:{number}", what] = None
        for what in _in_whole(text, values):
            hits[name, what] = None
        if name.endswith((".json", ".har")):
            for what in _in_json(text):
                hits[name, what] = None
    return [Hit(where, what) for where, what in hits]


def _known_ids(files: Mapping[str, bytes]) -> set[str]:
    """The values of request-ids.csv that have the shape of a key, as trace ids do."""
    text = files.get("request-ids.csv", b"").decode("utf-8", "replace")
    cells = [line.split(",") for line in text.splitlines()]
    return {one[1] for one in cells if len(one) > 2 and is_hex(one[1], 32)}


def _in_line(line: str, known: set[str], *, hashes: bool) -> Iterator[str]:
    if "://" in line:
        yield from _credentials(line)
    if any(mark in line for mark in _HOME_MARKS):
        yield from _homes(line)
    yield from _named(line)
    previous = ""
    for word in words(line):
        if word in known or (hashes and is_hex(word, 64)):
            continue
        yield from judged(word, previous)
        previous = word


def _in_whole(text: str, values: list[str]) -> Iterator[str]:
    begin = text.find("-----BEGIN ")
    while begin >= 0:
        if "PRIVATE KEY" in text[begin : begin + 60]:
            yield "a private key"
        begin = text.find("-----BEGIN ", begin + 1)
    if values:
        plain = "\0".join(views_of(text, squeezed=False))
        tight = "\0".join(views_of(text, squeezed=True))
        low = tight.lower()
        for value in values:
            solid = "".join(value.split())
            if (
                value in plain
                or (len(solid) >= _LONG and (solid in tight or solid[::-1] in tight))
                or (len(solid) >= _RANDOM and kinds(solid) >= 2 and solid.lower() in low)
            ):
                yield "a known secret"


def _credentials(line: str) -> Iterator[str]:
    at = line.find("://")
    while at >= 0:
        rest = line[at + 3 :]
        end = min((rest.find(ch) for ch in "/?# \t\"'<>\\`" if ch in rest), default=len(rest))
        user, sign, _ = rest[:end].rpartition("@")
        if sign and user.strip("*") and not _is_reference(user):
            yield "a user name or password in a URL"
        at = line.find("://", at + 3)


def _is_reference(user: str) -> bool:
    """`$USER:$PASSWORD`, as a remedy writes it, or `$($env:USER):$($env:PASSWORD)`."""
    plain = user.replace("$($env:", "$").replace(")", "") if "$($env:" in user else user
    parts = plain.split(":")
    return all(part.startswith("$") and part[1:].replace("_", "").isupper() for part in parts)


def _homes(line: str) -> Iterator[str]:
    for mark in _HOME_MARKS:
        at = line.find(mark)
        while at >= 0:
            rest = line[at + len(mark) :]
            before = line[at - 1] if at else " "
            person = rest[
                : next((i for i, ch in enumerate(rest) if ch in "/\\\"'<> :,;)"), len(rest))
            ]
            own = mark.startswith(":") or not (before.isalnum() or before in "-./")
            if own and person and person not in _NO_PERSON:
                yield "a home folder"
            at = line.find(mark, at + 1)


def _named(line: str) -> Iterator[str]:
    low = line.lower()
    for name in _NAMES:
        at = low.find(name)
        while at >= 0:
            after = line[at + len(name) :].lstrip("\\\"' \t")
            if after[:1] in (":", "="):
                value = after[1:].lstrip("\\\"' \t")
                end = next(
                    (i for i, ch in enumerate(value) if ch in "\"'\\ \t,;&<>)}]"), len(value)
                )
                if _is_value(value[:end]):
                    yield "a value beside the name of a secret"
            at = low.find(name, at + 1)


def _is_value(value: str) -> bool:
    """Whether what stands beside a secret's name is one: mixed, long enough, no reference."""
    if len(value) < 8 or value.startswith(("$", "<", "%", "*", "{", "[", "http", "(", "/", "~")):
        return False
    return any(ch.isdigit() for ch in value) and any(ch.isalpha() for ch in value)


def _in_json(text: str) -> Iterator[str]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        yield "it is no JSON document"
        return
    for name, value in _fields(document):
        plain = name.lower().replace("-", "").replace("_", "")
        secret = plain.endswith(
            ("password", "clientsecret", "accesstoken", "refreshtoken", "idtoken")
        )
        if (secret or plain in ("apikey", "xapikey", "authorization", "cookie")) and (
            len(value) >= 6 and value.strip("*") and not value.isalpha() and "$" not in value
        ):
            yield "a field of a secret's name with a value"


def _fields(value: Any) -> Iterator[tuple[str, str]]:
    """(name, text) of every field; of `{"name": …, "value": …}` what that says."""
    todo = [value]
    while todo:
        one = todo.pop()
        if isinstance(one, list):
            todo += one
        elif isinstance(one, dict):
            if isinstance(one.get("name"), str) and isinstance(one.get("value"), str):
                yield one["name"], one["value"]
            for key, item in one.items():
                if isinstance(item, str):
                    yield key, item
                else:
                    todo.append(item)
