"""The documents by which clients find their way around the login host.

Instance discovery has the shape of a recorded reply [Azure/azure-sdk-for-js]; the rest is that of
OpenID Connect discovery [learn.microsoft.com v2-protocols-oidc].
"""

from __future__ import annotations

from .tokens import ISSUER_V1

HOST = "login.microsoftonline.com"
_ALIASES = (HOST, "login.windows.net", "login.microsoft.com", "sts.windows.net")


def instances(tenant: str) -> dict[str, object]:
    """The answer of /common/discovery/instance: which hosts are one cloud."""
    metadata = {
        "preferred_network": HOST,
        "preferred_cache": _ALIASES[1],
        "aliases": list(_ALIASES),
    }
    return {
        "tenant_discovery_endpoint": f"https://{HOST}/{tenant}/v2.0/.well-known/openid-configuration",
        "api-version": "1.1",
        "metadata": [metadata],
    }


def configuration(base: str, issuer: str, *, second: bool) -> dict[str, object]:
    """The OpenID configuration under a base like https://host/tenant."""
    version = "/v2.0" if second else ""
    issued_by = f"https://{HOST}/{issuer}/v2.0" if second else ISSUER_V1.format(tenant=issuer)
    return {
        "token_endpoint": f"{base}/oauth2{version}/token",
        "token_endpoint_auth_methods_supported": [
            *("client_secret_post", "private_key_jwt", "client_secret_basic"),
        ],
        "jwks_uri": f"{base}/discovery{version}/keys",
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "issuer": issued_by,
        "authorization_endpoint": f"{base}/oauth2{version}/authorize",
        "device_authorization_endpoint": f"{base}/oauth2{version}/devicecode",
        "end_session_endpoint": f"{base}/oauth2{version}/logout",
        "tenant_region_scope": "EU",
        "cloud_instance_name": "microsoftonline.com",
        "cloud_graph_host_name": "graph.windows.net",
        "msgraph_host": "graph.microsoft.com",
    }


def user_realm(user: str) -> dict[str, object]:
    """The answer of /common/userrealm/{user}: a cloud account, not a federated one."""
    return {
        "ver": "1.0",
        "account_type": "Managed",
        "domain_name": user.partition("@")[2],
        "cloud_instance_name": "microsoftonline.com",
        "cloud_audience_urn": "urn:federation:MicrosoftOnline",
    }
