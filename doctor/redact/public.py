"""The public profile: what names an organisation becomes a pseudonym, the same one everywhere.

Which kind of name it was, the Azure suffix of a host and whether an address is private stay
readable: they decide the cause. Loopback, Microsoft's and Anthropic's own hosts stay.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping

Count = Callable[[str, int], None]

_HIDDEN = re.compile(r"hidden-[a-z]+(?:-address)?-\d+", re.IGNORECASE)
_GUID = re.compile(
    r"(?<![A-Za-z0-9_-])[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}(?![A-Za-z0-9_-])"
)
_HOST = re.compile(
    r"(?<![A-Za-z0-9_-])(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.){1,10}[a-z][a-z0-9-]{1,23}(?![A-Za-z0-9_-])",
    re.IGNORECASE,
)
_BARE = re.compile(r"(?<=://)(?:\*{3}@)?(?P<host>[A-Za-z0-9_][\w-]{0,62})(?=[:/?#\s\"'<>),;\\]|$)")
_V4 = re.compile(r"(?<![A-Za-z0-9_.])(?:\d{1,3}\.){3}\d{1,3}(?![A-Za-z0-9_]|\.\d)")
_V6 = re.compile(
    r"(?<![A-Za-z0-9_:.])(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{0,4}(?:%[\w]{1,16})?(?![A-Za-z0-9_:])"
)
_MAC = re.compile(r"(?<![A-Za-z0-9_:-])(?:[0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}(?![A-Za-z0-9_:-])")
_GROUP = re.compile(r"(?<=/resourcegroups/)[\w.%-]*[\w%-]", re.IGNORECASE)
_RESOURCE = re.compile(
    r"(?P<head>/providers/Microsoft\.\w+/|(?<=/)(?:projects|subnets|associations|privateEndpoint"
    r"Connections|virtualNetworks|networkSecurityPerimeters|profiles)/)(?P<path>(?:\w+/)?)"
    r"(?P<name>[\w.%-]*[\w%-])",
    re.IGNORECASE,
)
_CA = re.compile(
    r"(?<![A-Za-z0-9_])(?:CN|OU|O|L|ST|C|DC|E|emailAddress)=(?:\\[,+]|[^,;:\n\"'<>/\]}]){1,80}"
    r"(?:(?:,\s?|/|\+)(?:CN|OU|O|L|ST|C|DC|E|emailAddress)=(?:\\[,+]|[^,;:\n\"'<>/\]}]){1,80})*"
)
_OPEN_TYPES = ("locations", "roledefinitions", "deployments", "models", "usages", "permissions")
_OPEN_IDS = frozenset(
    (  # ids that Microsoft publishes: built-in roles, first-party applications
        "a97b65f3-24c7-4388-baec-2e87135dc908", "53ca6127-db72-4b80-b1b0-d745d6d5456d",
        "25fbc0a9-bd7c-42a3-aa1a-3b75d497ee68", "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd",
        "64702f94-c441-49e6-a78b-ef80e0188fee", "b24988ac-6180-42a0-ab88-20f7382dd24c",
        "8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "acdd72a7-3385-48ef-bd42-f606fba81ae7",
        "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9", "f58310d9-a9f6-439a-9e8d-f62e7b41a168",
        "04b07795-8ddb-461a-bbee-02f9e1bf7b46", "872cd9fa-d31f-45e0-9eab-6e460a02d1f1",
        "00000003-0000-0000-c000-000000000000", "797f4846-ba00-4fd7-ba43-dac1f8f63013",
        "00000000-0000-0000-0000-000000000000",
    )
)  # fmt: skip
_OPEN_HOST_WORDS = (
    "localhost aka.ms ai.azure.com portal.azure.com management.azure.com login.microsoftonline.com"
    " login.microsoftonline.us login.chinacloudapi.cn login.partner.microsoftonline.cn"
    " management.usgovcloudapi.net management.chinacloudapi.cn management.core.windows.net"
    " graph.microsoft.com sts.windows.net cognitiveservices.azure.com"
    " cognitiveservices.azure.us ml.azure.com status.azure.com azure.status.microsoft"
    " services.ai.azure.com privatelink.services.ai.azure.com openai.azure.com"
    " privatelink.openai.azure.com privatelink.cognitiveservices.azure.com metadata.azure.internal"
    " docs.rs pypi.org"
)
_OPEN_HOSTS = frozenset(_OPEN_HOST_WORDS.split())
_OPEN_PARENTS = (
    "microsoft.com", "microsoftonline.com", "windowsazure.com", "anthropic.com", "claude.com",
    "github.com", "githubusercontent.com", "python.org", "json-schema.org", "w3.org",
    "rfc-editor.org", "ietf.org", "softwareishard.com", "msftauth.net", "digicert.com",
)  # fmt: skip
_AZURE_PARENTS = (
    "azure.com", "azure.us", "azure.cn", "azure.net", "windows.net", "azure-api.net",
    "azure-api.us", "azurewebsites.net", "azurecontainerapps.io", "azmk8s.io", "trafficmanager.net",
    "azureedge.net", "onmicrosoft.com", "sharepoint.com", "azurefd.net",
    "visualstudio.com", "cloudapp.net",
)  # fmt: skip
_TLD_WORDS = (
    "com net org io ai co dev edu gov mil int app cloud biz eu de uk us fr nl be ch at es pt it se"
    " dk fi no pl cz ie ca au nz jp kr sg in br mx za ae sa tr cn hk tw gr ro hu bg lt lv ee lu"
    " bank online tech systems group company zone site global solutions services digital network"
    " local internal corp lan intranet home localdomain private arpa example invalid test"
)
_TLDS = frozenset(_TLD_WORDS.split())
_OPEN_ADDRESSES = frozenset(("169.254.169.254", "168.63.129.16", "255.255.255.255"))


class Public:
    """Puts pseudonyms in place of names. `names` maps a known name or id to its kind.

    Kinds: resource, group, host, proxy, ca, tenant, subscription, principal, application. `kept`
    are ids and words that stay; `words` are texts that are no name although they are called like
    one (a resource named `claude` is hidden in hosts and paths alone).
    """

    def __init__(self, names: Mapping[str, str], kept: Iterable[str] = (), words: str = "") -> None:
        self._known: dict[str, str] = {}
        self._numbers: dict[str, int] = {}
        self._kept = {one.lower() for one in kept}
        self._kinds = {name.lower(): kind for name, kind in names.items() if name}
        apart = [
            name
            for name in names
            if len(name) > 3 and not _HIDDEN.fullmatch(name) and name.lower() not in _OPEN_HOSTS
            and not _apart(re.escape(name)).search(words)
        ]  # fmt: skip
        choices = "|".join(re.escape(name) for name in sorted(apart, key=len, reverse=True))
        self._names = _apart(choices) if choices else None

    def pseudonyms(self) -> Mapping[str, int]:
        """How many names of each kind were replaced; never which."""
        return dict(self._numbers)

    def apply(self, text: str, count: Count) -> str:
        """The text with pseudonyms."""

        def put(pattern: re.Pattern[str], one: Callable[[re.Match[str]], str]) -> None:
            nonlocal text

            def counted(found: re.Match[str]) -> str:
                new = one(found)
                if new != found.group():
                    count("name of an organisation", 1)
                return new

            text = pattern.sub(counted, text)

        put(_CA, lambda found: self._hidden("ca", found.group()))
        put(_GROUP, lambda found: self._name("group", found.group()))
        put(_RESOURCE, self._resource)
        put(_GUID, lambda found: self._id(found, text))
        put(_HOST, lambda found: self._host(found, text))
        put(_BARE, self._bare)
        put(_V4, lambda found: self._address(found.group()))
        put(_V6, lambda found: self._address(found.group()))
        put(_MAC, lambda found: self._hidden("hardware", found.group()))
        if self._names is not None:
            put(self._names, lambda found: self._of_kind(found.group()))
        return text

    def ca(self, name: str) -> str:
        """A certificate's subject or issuer, in whatever form it is written."""
        return name if _HIDDEN.fullmatch(name) or not name else self._hidden("ca", name)

    def _hidden(self, kind: str, real: str) -> str:
        key = f"{kind}:{real.strip().lower()}"
        if key not in self._known:
            self._numbers[kind] = self._numbers.get(kind, 0) + 1
            self._known[key] = f"hidden-{kind}-{self._numbers[kind]}"
        return self._known[key]

    def _of_kind(self, real: str) -> str:
        kind = self._kinds.get(real.lower(), "name")
        return self._hidden(kind, real)

    def _name(self, kind: str, real: str) -> str:
        if _HIDDEN.fullmatch(real) or real.startswith(("$", "{", "<", "***", "ALL_CAPS")):
            return real
        return self._hidden(self._kinds.get(real.lower(), kind), real)

    def _resource(self, found: re.Match[str]) -> str:
        kind = (found["path"] or found["head"]).rstrip("/").rpartition("/")[2].lower()
        name = found["name"]
        bare = not found["path"] and "/providers/" in found["head"].lower()
        if kind in _OPEN_TYPES or bare:
            return found.group()
        return f"{found['head']}{found['path']}{self._name('resource', name)}"

    def _id(self, found: re.Match[str], text: str) -> str:
        real = found.group().lower()
        if real in self._kept or real in _OPEN_IDS:
            return found.group()
        before = text[max(0, found.start() - 24) : found.start()].lower()
        if before.endswith("/subscriptions/"):
            return self._hidden("subscription", real)
        if before.endswith("/roledefinitions/"):
            return found.group()
        return self._hidden(self._kinds.get(real, "id"), real)

    def _host(self, found: re.Match[str], text: str) -> str:
        host = found.group()
        low = host.lower()
        if _open(low) or low in self._kept:
            return host
        if low in self._kinds:
            return self._of_kind(low)
        label, _, rest = host.partition(".")
        if any(low.endswith(f".{parent}") for parent in _AZURE_PARENTS):
            if _HIDDEN.fullmatch(label):
                return host
            kind = self._kinds.get(label.lower(), "resource")
            return f"{self._hidden(kind, label)}.{rest}"
        in_url = text[: found.start()].endswith(("://", "***@", "://***@"))
        if in_url or low.rpartition(".")[2] in _TLDS:
            return self._hidden("host", low)
        return host

    def _bare(self, found: re.Match[str]) -> str:
        host = found["host"]
        if host.lower() == "localhost" or _HIDDEN.fullmatch(host):
            return found.group()
        return found.group().replace(host, self._name("host", host))

    def _address(self, text: str) -> str:
        try:
            address = ipaddress.ip_address(text.partition("%")[0])
        except ValueError:
            return text
        if address.is_loopback or address.is_unspecified or text in _OPEN_ADDRESSES:
            return text
        shared = address.version == 4 and address in _SHARED
        private = address.is_private or address.is_link_local or shared
        return self._hidden("private-address" if private else "public-address", text)


def _apart(choices: str) -> re.Pattern[str]:
    """Names that stand by themselves, in any case."""
    return re.compile(rf"(?<![A-Za-z0-9_-])(?:{choices})(?![A-Za-z0-9_-])", re.IGNORECASE)


_SHARED = ipaddress.ip_network("100.64.0.0/10")


def _open(host: str) -> bool:
    return host in _OPEN_HOSTS or any(
        host == parent or host.endswith(f".{parent}") for parent in _OPEN_PARENTS
    )
