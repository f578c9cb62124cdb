"""Reading a base URL: what the SDK would make of it, and what would have been right.

The Python SDK 2.x puts `v1/messages` behind the base URL as it stands, query included, and checks
nothing (measured: a base URL with `?api-version=1` calls `…/anthropic?api-version=1/v1/messages`).
"""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

from .hosts import (
    cloud_of,
    endpoint_of,
    foreign,
    foundry_labels,
    is_gateway,
    is_loopback,
    legal_name,
    resource_of,
)
from .keys import looks_secret
from .resource_name import is_template
from .sources import Endpoint, Fault

_CALL = re.compile(r"/v\d+/(messages(/count_tokens|/batches)?|chat/completions|complete)/?$")
_SUFFIX_OF_ANTHROPIC = re.compile(r"/anthropic/v\d+/?$", re.IGNORECASE)
_TEMPLATE = re.compile(r"<.*?>|\{.*?\}|\$[A-Za-z_({]|%[A-Za-z_]\w*%")
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
_WORDS = {
    "/openai": "follows Azure OpenAI's path",
    "/models": "follows the path of the model inference API",
    "/api/projects": "is a project's endpoint; Claude is served by the resource's own",
}


def read_base_url(value: str) -> Endpoint:
    """The endpoint of a base URL, or the fault in it.

    User name, password, query and fragment are not kept: a URL is shown in reports. A suggestion
    is a base URL without fault.
    """
    found = _read(value)
    if found.fault is None or found.fault.suggestion is None:
        return found
    return found._replace(fault=found.fault._replace(suggestion=_proved(found.fault.suggestion)))


def _read(value: str) -> Endpoint:
    parts = _split(value)
    if isinstance(parts, Fault):
        return Endpoint(fault=parts)
    host = parts.hostname or ""
    port = parts.port if parts.port is not None else (80 if parts.scheme == "http" else 443)
    fault = _authority_fault(parts) or _host_fault(parts) or _path_fault(parts)
    if fault and fault.kind == "malformed":
        # No host, so that nothing is ever looked up under a name that is none.
        return Endpoint(fault=fault)
    return Endpoint(resource_of(host), _clean(parts), host, port, fault)


def credentials_in(url: str) -> tuple[str, ...]:
    """User name and password of a URL, and the values of its query: none may be shown."""
    try:
        parts = urlsplit(url.strip())
        user, password = parts.username, parts.password
    except ValueError:
        return ()
    values = [part.partition("=")[2] for part in parts.query.split("&")]
    if password:
        values += [password, f"{user}:{password}"]
    elif user:
        values.append(user)
    return tuple(item for item in values if item)


def _split(value: str) -> SplitResult | Fault:
    text = value.strip().strip("\"'").strip()
    if looks_secret(value):
        return Fault("malformed", "holds what looks like a key, not a URL")
    if not text:
        return Fault("malformed", "is blank")
    if any(letter.isspace() or not letter.isprintable() for letter in text):
        return Fault("malformed", "holds white space or a control character")
    if _TEMPLATE.search(_ESCAPE.sub("", text)):
        return Fault("malformed", "still holds a placeholder")
    if text != value:
        return Fault("malformed", "has quotes or white space around it", _right(text))
    if "://" not in text:
        return Fault("malformed", "has no https:// in front", _right(f"https://{text.lstrip('/')}"))
    try:
        parts = urlsplit(text)
        _ = parts.port, parts.hostname
    except ValueError:
        return Fault("malformed", "is no valid URL: its host or port cannot be read")
    if parts.scheme not in ("http", "https"):
        return Fault("malformed", "has a scheme other than https")
    return parts


def _right(text: str) -> str | None:
    """What a repaired text would have to be, None when it cannot be told."""
    found = _read(text)
    if found.fault:
        return found.fault.suggestion
    # A host without any dot is as likely a resource name as a gateway: no guess.
    known = found.host and ("." in found.host or is_loopback(found.host))
    return found.base_url if known else None


def _proved(suggestion: str | None) -> str | None:
    """The suggestion, or what its own faults suggest; None when no right URL is reached."""
    for _ in range(5):
        fault = _read(suggestion).fault if suggestion else None
        if fault is None:
            return suggestion
        suggestion = fault.suggestion
    return None


def _authority_fault(parts: SplitResult) -> Fault | None:
    host = parts.hostname or ""
    if not host:
        return Fault("malformed", "has no host")
    if "@" in parts.netloc:
        bare = _clean(parts)
        return Fault("malformed", "carries a user name or password, which is no place for it", bare)
    if parts.port == 0:
        return Fault("malformed", "names port 0")
    if ":" in host:
        return None
    labels = host.rstrip(".").split(".")
    if "" in labels:
        return Fault("malformed", "has an empty label in its host name")
    if is_template(labels[0]) and foundry_labels(host) is not None:
        return Fault("malformed", "still holds a placeholder")
    if not _spellable(host) or "\\" in parts.netloc:
        return Fault("malformed", "has a host name that cannot exist")
    return None


def _spellable(host: str) -> bool:
    if host.isascii():
        if re.fullmatch(r"[0-9.]+", host):
            octets = host.split(".")
            return len(octets) == 4 and all(int(octet) < 256 for octet in octets if octet)
        return all(
            re.fullmatch(r"[a-z0-9_-]{1,63}", label) is not None
            for label in host.rstrip(".").split(".")
        )
    try:
        host.encode("idna")
    except UnicodeError:
        return False
    return foundry_labels(host) is None


def _host_fault(parts: SplitResult) -> Fault | None:
    host = parts.hostname or ""
    why = foreign(host)
    if why:
        return Fault("wrong-host", f"names a host that {why}")
    labels = foundry_labels(host)
    if labels == "":
        return Fault("malformed", "has no resource name before Foundry's domain")
    if labels is not None and "." in labels:
        clause = "has more than the resource name before Foundry's domain"
        return Fault("wrong-host", clause, _documented(parts) if resource_of(host) else None)
    if labels is not None and not legal_name(labels):
        return Fault("malformed", "has a resource name that cannot exist")
    if parts.scheme == "http":
        return _insecure(parts, host)
    return None


def _insecure(parts: SplitResult, host: str) -> Fault:
    clause = "is http://: a key would travel in the clear"
    if is_loopback(host):
        # What listens there speaks plain HTTP: https:// in front would not make it right.
        return Fault("insecure", clause)
    port = f":{parts.port}" if parts.port not in (None, 80, 443) else ""
    return Fault("insecure", clause, _right(f"https://{_bracketed(host)}{port}{parts.path}"))


def _path_fault(parts: SplitResult) -> Fault | None:
    host, path = parts.hostname or "", parts.path
    mounted = is_gateway(host)
    if parts.query or parts.fragment:
        what = "an api-version" if "api-version" in parts.query else "a query or fragment"
        right = _right(_clean(parts))
        return Fault("wrong-path", f"carries {what}, which breaks every path built on it", right)
    if _CALL.search(path) or _SUFFIX_OF_ANTHROPIC.search(path):
        return Fault(
            "wrong-path",
            "ends in a part of the path that the SDK adds itself",
            _without_call(parts) if mounted else _documented(parts),
        )
    if "//" in path:
        right = _clean(parts._replace(path=re.sub("/+", "/", path)))
        clause = "has two slashes in a row in its path"
        return Fault("wrong-path", clause, right if mounted else _documented(parts))
    if mounted or path.removesuffix("/").lower() == "/anthropic":
        return None
    return Fault("wrong-path", _why_wrong(path), _documented(parts))


def _why_wrong(path: str) -> str:
    low = path.lower()
    for start, words in _WORDS.items():
        if low == start or low.startswith(start + "/"):
            return words
    if low.startswith("/anthropic/"):
        return "goes on behind /anthropic"
    return "lacks /anthropic" if not low.strip("/") else "has another path than /anthropic"


def _without_call(parts: SplitResult) -> str:
    path, before = parts.path, ""
    while path != before:
        before, path = path, _SUFFIX_OF_ANTHROPIC.sub("/anthropic", _CALL.sub("", path))
    return _clean(parts._replace(path=path))


def _documented(parts: SplitResult) -> str:
    """The URL that the documentation gives: services.ai for any Foundry host, port kept."""
    host = parts.hostname or ""
    name, cloud = resource_of(host), cloud_of(host)
    if name and cloud:
        host = urlsplit(endpoint_of(name, cloud)).hostname or host
    port = "" if parts.port in (None, 80, 443) else f":{parts.port}"
    return f"https://{_bracketed(host)}{port}/anthropic"


def _clean(parts: SplitResult) -> str:
    host = _bracketed(parts.hostname or "")
    netloc = host if parts.port is None else f"{host}:{parts.port}"
    return f"{parts.scheme}://{netloc}{parts.path.rstrip('/')}"


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
