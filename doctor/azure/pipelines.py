"""The service connection of an Azure Pipelines job, as AzurePipelinesCredential signs in with it.

DefaultAzureCredential does not contain that credential: a program has to name it. A job that maps
its access token into the environment, inside a task with a service connection, means it to be used.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

NAME = "AzurePipelinesCredential"
_CONNECTION = (
    "AZURESUBSCRIPTION_CLIENT_ID",
    "AZURESUBSCRIPTION_TENANT_ID",
    "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID",
)
"""Set by AzureCLI@2 and AzurePowerShell@5 for the connection that they are given."""
REQUEST_URI, JOB_TOKEN = "SYSTEM_OIDCREQUESTURI", "SYSTEM_ACCESSTOKEN"


def pipelines_keywords(environ: Mapping[str, str]) -> dict[str, str] | None:
    """What AzurePipelinesCredential is built with; None where this is no such job."""
    if not environ.get(_CONNECTION[0]) or pipelines_lack(environ) is not None:
        return None
    client, tenant, connection = (environ[name] for name in _CONNECTION)
    return {
        "client_id": client,
        "tenant_id": tenant,
        "service_connection_id": connection,
        "system_access_token": environ[JOB_TOKEN],
    }


def pipelines_lack(environ: Mapping[str, str]) -> str | None:
    """Why the service connection that the environment names cannot be used, in words.

    None where it can, and where the environment names none at all.
    """
    named = [name for name in _CONNECTION if environ.get(name)]
    if not named:
        return None
    missing = [name for name in (*_CONNECTION, REQUEST_URI, JOB_TOKEN) if not environ.get(name)]
    if missing:
        return f"{', '.join(missing)} missing"
    try:
        uri = urlsplit(environ[REQUEST_URI])
        good = uri.scheme == "https" and bool(uri.hostname) and not uri.username
    except ValueError:
        good = False
    # The job's access token goes there, and no credential travels without TLS.
    return None if good else f"{REQUEST_URI} is no https URL"


def is_request_uri(environ: Mapping[str, str], host: str | None, path: str) -> bool:
    """Whether a host and path are those of the endpoint that vouches for the job."""
    if pipelines_keywords(environ) is None:
        return False
    uri = urlsplit(environ[REQUEST_URI])
    return (uri.hostname, uri.path.rstrip("/")) == ((host or "").lower(), path.rstrip("/"))
