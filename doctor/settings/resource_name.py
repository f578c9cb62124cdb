"""Reading a resource name: a DNS label, from which the SDK builds the URL without looking at it."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from .hosts import endpoint_of, legal_name, resource_of
from .keys import is_misplaced
from .sources import Endpoint, Fault

_TEMPLATE = re.compile(r"[<>{}\[\]$%]")
_STAND_IN = (
    r"your[-_ ]([a-z0-9]+[-_ ])*(resource|account|foundry|endpoint|name|here)"
    r"|your(foundry|azure|ai)*(resource|account)(name)?"
    r"|(insert|enter|replace)[-_ ]([a-z0-9]+[-_ ])*(resource|name|here|me)"
    r"|(foundry[-_ ])?resource[-_ ]?name|change[-_ ]?me|placeholder|to-?do|undefined|null|none"
)


def is_template(text: str) -> bool:
    """Whether a name stands for one: `<resource>`, `${RESOURCE}`, `YOUR_RESOURCE`, `undefined`."""
    if _TEMPLATE.search(text):
        return True
    return re.fullmatch(_STAND_IN, text, re.IGNORECASE) is not None


def read_resource(value: str, cloud: str) -> Endpoint:
    """The endpoint of a resource name, or the fault that keeps it from being one.

    `cloud` is one of `public`, `usgov`, `china`. A faulty name gives no host, so that nothing is
    ever looked up under it, and is not kept: it may be a URL with a password in it.
    """
    if is_misplaced(value):
        return Endpoint(fault=Fault("malformed", "holds what looks like a key, not a name"))
    fault = _fault(value)
    if fault:
        return Endpoint(fault=fault)
    url = endpoint_of(value, cloud)
    return Endpoint(resource=value, base_url=url, host=urlsplit(url).hostname)


def _fault(value: str) -> Fault | None:
    text = value.strip().strip("\"'").strip()
    if not text:
        return Fault("malformed", "is blank, which leaves an empty label in the host name")
    if is_template(text):
        return Fault("malformed", "is a placeholder, not a name")
    if "://" in text or "/" in text or ":" in text:
        clause = "is a URL; only the bare resource name belongs there"
        return Fault("malformed", clause, _bare(text))
    if text != value:
        right = text if legal_name(text) else _bare(text)
        return Fault("malformed", "has quotes or white space around it", right)
    if "." in text:
        return _dotted(text)
    if not legal_name(text):
        return Fault("malformed", _why_illegal(text))
    return None


def _dotted(text: str) -> Fault:
    name = _bare(text)
    if name:
        return Fault("malformed", "is a host; only the bare resource name belongs there", name)
    if "" in text.split("."):
        return Fault("malformed", "has a dot too many: an empty label in the host name")
    return Fault("malformed", "holds a dot; a resource name is a single label")


def _why_illegal(text: str) -> str:
    if any(letter.isspace() for letter in text):
        return "holds a space"
    if not text.isprintable():
        return "holds a control character"
    if "_" in text:
        return "holds an underscore; only letters, digits and hyphens are possible"
    if not re.fullmatch(r"[A-Za-z0-9-]+", text):
        return "holds a character other than letters, digits and hyphens"
    if text[0] == "-" or text[-1] == "-":
        return "begins or ends with a hyphen"
    if len(text) < 2:
        return "is too short; a resource name has at least 2 characters"
    return "is too long; a host name's label ends at 63 characters"


def _bare(text: str) -> str | None:
    """The resource name inside a URL or host of Foundry, None where it holds none."""
    try:
        host = urlsplit(text if "://" in text else f"https://{text}").hostname
    except ValueError:
        return None
    return resource_of(host) if host else None
