"""The words of clients for a way that failed, as the facts that a live check would establish.

Shapes: Python (httpx, httpx2, requests, urllib3, aiohttp), Node, .NET, Go, Java and curl, on Linux,
macOS and Windows. The first rule that matches decides: what is nearer to the cause stands first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..model import FactValue

_Facts = Mapping[str, FactValue]


def _rule(facts: _Facts, *patterns: str) -> tuple[_Facts, re.Pattern[str]]:
    return facts, re.compile("|".join(patterns), re.IGNORECASE)


_TUNNEL = r"(?:tunnel connection failed|proxy ?error\W{1,3}|httpproxyerror|CONNECT tunnel failed, response|unable to tunnel through proxy\. proxy returns \"HTTP/1\.\d|received http code)"
_PROXY: tuple[tuple[_Facts, re.Pattern[str]], ...] = (
    _rule(
        {"proxy.outcome": "auth-required", "proxy.status": 407, "net.phase": "proxy"},
        rf"{_TUNNEL}.{{0,20}}407", r"407 proxy authentication required",
        r"proxy authentication required", r"status code 407", r"received http code 407 from proxy",
        r"ERR_PROXY_AUTH|proxyauthenticationrequired",
    ),
    _rule(
        {"proxy.outcome": "blocked", "proxy.status": 403, "net.phase": "proxy"},
        rf"{_TUNNEL}.{{0,20}}(?:403|451)",
    ),
    _rule(
        {"proxy.outcome": "bad-gateway", "net.phase": "proxy"}, rf"{_TUNNEL}.{{0,20}}50[234]"
    ),
    _rule(
        {"proxy.outcome": "tls-failed", "net.phase": "proxy"},
        r"proxy appears to only use http and not https",
    ),
    _rule(
        {"proxy.outcome": "dns-failed", "net.phase": "proxy"},
        r"(?:unable|cannot) to connect to proxy.{0,300}(?:NameResolution|getaddrinfo|resolve)",
        r"could not resolve proxy", r"ERR_PROXY_CONNECTION.{0,60}\b(?-i:ENOTFOUND)\b",
    ),
    _rule(
        {"proxy.outcome": "timeout", "net.phase": "proxy"},
        r"(?:unable|cannot) to connect to proxy.{0,300}timed? ?out",
    ),
    _rule(
        {"proxy.outcome": "refused", "net.phase": "proxy"},
        r"unable to connect to proxy", r"cannot connect to proxy", r"proxy connection failed",
        r"failed to connect to (?:the )?proxy", r"proxyconnect tcp", r"ClientProxyConnectionError",
        r"ERR_PROXY_CONNECTION_FAILED", r"proxy .{0,80}(?:connection refused|\b(?-i:ECONNREFUSED)\b)",
    ),
    _rule(
        {"config.proxy": "socks-without-support"},
        r"using socks proxy, but", r"missing dependencies for socks support",
    ),
    _rule(
        {"config.proxy": "malformed"},
        r"unknown scheme for proxy url", r"proxy url .{0,40}(?:invalid|malformed)",
        r"(?:invalid|malformed|unsupported) proxy (?:url|scheme|uri)", r"failed to parse.{0,40}proxy",
    ),
)  # fmt: skip
_TRUST = (
    _rule(
        {"config.trust": "bundle-missing"},
        r"could not find a suitable tls ca certificate bundle",
        r"(?:ssl_cert_file|requests_ca_bundle|node_extra_ca_certs|cafile).{0,200}(?:no such file|ENOENT)",
        r"error setting certificate (?:verify locations|file)", r"(?:no such file|ENOENT).{0,200}(?:cert|ca-?bundle)\S{0,40}\.(?:pem|crt|cer)",
        r"ignoring extra certs from",
    ),
    _rule(
        {"config.trust": "bundle-unreadable"}, r"SSLError\(PermissionError",
        r"permission denied.{0,120}\.(?:pem|crt|cer)\b", r"\.(?:pem|crt|cer)\b.{0,120}permission denied",
    ),
    _rule({"config.trust": "bundle-not-pem"}, r"\[X509\W+(?:NO_CERTIFICATE|PEM)", r"no certificate or crl found"),
)  # fmt: skip
_TLS = (
    _rule(
        {"tls.outcome": "not-yet-valid"}, r"certificate is not yet valid", r"CERT_NOT_YET_VALID",
        r"CertificateNotYetValid", r"NotTimeValid.{0,40}not yet",
    ),
    _rule(
        {"tls.outcome": "expired"}, r"certificate has expired", r"CERT_HAS_EXPIRED",
        r"certificate (?:has )?expired", r"CertificateExpired", r"x509: certificate has expired",
    ),
    _rule(
        {"tls.outcome": "hostname"}, r"(?:hostname|ip address) mismatch",
        r"doesn't match either of", r"hostname '[^']{1,200}' doesn't match", r"ERR_TLS_CERT_ALTNAME_INVALID",
        r"x509: certificate is (?:valid for|not valid for any)", r"RemoteCertificateNameMismatch",
        r"no alternative certificate subject name matches", r"does not match certificate's altnames",
        r"no (?:name|subject alternative .{0,30}) (?:matching|found)",
    ),
    _rule(
        {"tls.outcome": "untrusted"}, r"CERTIFICATE_VERIFY_FAILED", r"certificate verif(?:y|ication) failed",
        r"self[- ]signed certificate", r"SELF_SIGNED_CERT_IN_CHAIN", r"DEPTH_ZERO_SELF_SIGNED_CERT",
        r"unable to get (?:local )?issuer certificate", r"UNABLE_TO_(?:VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT)",
        r"unable to verify the first certificate", r"x509: certificate signed by unknown authority",
        r"PKIX path building failed", r"unable to find valid certification path", r"UntrustedRoot",
        r"remote certificate (?:is|was) (?:invalid|rejected)", r"SSL certificate problem",
        r"could not establish trust relationship",
    ),
    _rule(
        {"tls.outcome": "not-tls"}, r"WRONG_VERSION_NUMBER", r"wrong version number",
        r"first record does not look like a tls handshake", r"not an SSL/TLS record",
        r"unrecognized SSL message", r"\b(?-i:EPROTO)\b",
    ),
    _rule(
        {"tls.outcome": "timeout"}, r"handshake operation timed out", r"tls handshake timeout",
        r"SSL connection timeout",
    ),
    _rule(
        {"tls.outcome": "handshake"}, r"handshake failure", r"SSLV3_ALERT", r"TLSV1_ALERT",
        r"EOF occurred in violation of protocol", r"UNEXPECTED_EOF_WHILE_READING",
        r"SSL_ERROR_SYSCALL", r"unsupported protocol.{0,60}ssl", r"no protocols available",
        r"remote host terminated the handshake", r"tls: (?:handshake failure|protocol version)",
        r"secure TLS connection was established", r"SSLHandshakeException", r"sslv3 alert",
    ),
)  # fmt: skip
_WAY = (
    _rule(
        {"dns.outcome": "server-failure", "net.phase": "dns"}, r"temporary failure in name resolution",
        r"\b(?-i:EAI_AGAIN)\b", r"server misbehaving", r"SERVFAIL", r"getaddrinfo.{0,20}11002", r"\[Errno -3\]",
    ),
    _rule(
        {"dns.outcome": "timeout", "net.phase": "dns"}, r"lookup \S{1,200}.{0,200}i/o timeout",
        r"no servers could be reached", r"dns (?:query|lookup|resolution) timed? ?out", r"resolving timed out",
    ),
    _rule(
        {"dns.outcome": "no-address", "net.phase": "dns"}, r"no address associated with hostname",
        r"\[Errno -5\]", r"\b(?-i:ENODATA)\b",
    ),
    _rule(
        {"dns.outcome": "nxdomain", "net.phase": "dns"}, r"name or service not known",
        r"nodename nor servname", r"\b(?-i:ENOTFOUND)\b", r"getaddrinfo failed", r"no such host",
        r"UnknownHostException", r"could not resolve host", r"NXDOMAIN", r"failed to resolve '",
        r"NameResolutionError", r"\[Errno (?:-2|11001)\]", r"the remote name could not be resolved",
        r"couldn't resolve host", r"ERR_NAME_NOT_RESOLVED",
    ),
    _rule(
        {"connect.outcome": "unreachable", "net.phase": "connect"}, r"network is unreachable",
        r"no route to host", r"\b(?-i:E(?:NET|HOST)UNREACH)\b", r"WinError 1006?5[15]", r"\[Errno (?:101|113|65|51)\]",
        r"host is unreachable", r"unreachable (?:network|host)",
    ),
    _rule(
        {"connect.outcome": "refused", "net.phase": "connect"}, r"connection refused", r"\b(?-i:ECONNREFUSED)\b",
        r"actively refused", r"\[Errno (?:111|61)\]", r"WinError 10061", r"ConnectionRefused",
        r"connect call failed",
    ),
    _rule(
        {"connect.outcome": "timeout", "net.phase": "connect"}, r"ConnectTimeout", r"connect timeout",
        r"connect ETIMEDOUT", r"\bETIMEDOUT\b", r"UND_ERR_CONNECT_TIMEOUT", r"connection (?:attempt )?timed out",
        r"\[Errno (?:110|60)\]", r"WinError 10060", r"dial tcp .{0,200}i/o timeout",
        r"connection attempt failed because the connected party", r"failed to connect to .{1,120}timed? ?out",
        r"connectTimedOut", r"connect timed out",
    ),
    _rule(
        {"connect.outcome": "reset", "net.phase": "connect"}, r"connection reset", r"\b(?-i:ECONNRESET)\b",
        r"forcibly closed", r"\[Errno (?:104|54)\]", r"WinError 10054", r"socket hang up",
        r"ConnectionResetError", r"connection was (?:reset|aborted)", r"\b(?-i:EPIPE)\b|broken pipe",
    ),
    _rule(
        {"http.outcome": "closed"}, r"server disconnected without sending a response",
        r"remote end closed connection", r"ServerDisconnectedError", r"premature close",
        r"unexpected EOF|: EOF$", r"empty reply from server", r"other side closed",
        r"connection closed before",
    ),
    _rule(
        {"http.outcome": "truncated"}, r"IncompleteRead", r"incomplete chunked read",
        r"peer closed connection without sending complete message", r"transfer closed with outstanding",
        r"ERR_INCOMPLETE_CHUNKED", r"terminated.{0,60}other side",
    ),
    _rule(
        {"http.outcome": "timeout"}, r"ReadTimeout", r"read(?: operation)? timed out", r"read timeout",
        r"request timed out", r"APITimeoutError", r"APIConnectionTimeoutError", r"context deadline exceeded",
        r"HttpClient\.Timeout", r"operation timed out", r"UND_ERR_HEADERS_TIMEOUT", r"SocketTimeoutException",
        r"TimeoutException", r"\b(?-i:ESOCKETTIMEDOUT)\b", r"aborted due to timeout", r"gateway timeout waiting",
    ),
    _rule(
        {"client.error": "connection-error"}, r"APIConnectionError(?:: Connection error)?", r"^Connection error\.?$",
        r"fetch failed", r"unable to connect to (?:the )?(?:API|anthropic)", r"cannot connect to API",
        r"poor internet connection", r"ServiceRequestError",
    ),
)  # fmt: skip
_TABLES = (_PROXY, _TRUST, _TLS, _WAY)


_BUNDLE = re.compile(
    r"(?:create_default_context|load_verify_locations|cafile|SSL_CERT_FILE|REQUESTS_CA_BUNDLE)[\s\S]{0,800}?"
    r"(?:FileNotFoundError|No such file or directory|ENOENT)"
)


def trust_facts(text: str) -> dict[str, FactValue]:
    """A CA bundle that is not there, told by the trace of the exception and by nothing else."""
    return {"config.trust": "bundle-missing"} if _BUNDLE.search(text[:40000]) else {}


def network_facts(text: str) -> dict[str, FactValue]:
    """The facts of the nearest cause that a text names; empty where it names none."""
    text = text[:8000]
    for table in _TABLES:
        for facts, pattern in table:
            found = pattern.search(text)
            if found is None:
                continue
            known: dict[str, FactValue] = dict(facts)
            if table is _TLS:
                known |= {"net.phase": "tls", "tls.detail": _around(text, found)}
            elif "dns.outcome" in known:
                known["dns.detail"] = _around(text, found)
            return known
    return {}


def _around(text: str, found: re.Match[str]) -> str:
    """The words that matched, to the end of their clause."""
    end = re.search(r"[\n.;)'\"]", text[found.end() : found.end() + 120])
    stop = found.end() + (end.start() if end else 0)
    return " ".join(text[found.start() : stop].split())[:160]
