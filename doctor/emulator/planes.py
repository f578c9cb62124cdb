"""The planes beside the data plane, put together: their servers, addresses, files and variables.

Off the production host names each has a port of its own. Where the certificate carries the login
host's name, login host and Resource Manager answer on the data plane's port, told apart by Host.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from . import imds as imds_plane
from .arm import ArmPlane
from .assertions import write_federated_token
from .client_certificate import ClientCertificate
from .entra import EntraPlane
from .hosts import ARM_HOST, LOGIN_HOSTS
from .plane import FirstOnly
from .plane_spec import Faults
from .plane_spec import Planes as PlanesSpec
from .record import Journal
from .server import HttpServer, Site
from .spec import Certificate, Server
from .wire import Request
from .world import PRINCIPALS, UNKNOWN_TENANT, World

UNSET = (
    *("AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_CLIENT_CERTIFICATE_PASSWORD"),
    *("AZURE_FEDERATED_TOKEN_FILE", "AZURE_USERNAME", "AZURE_PASSWORD"),
    *("AZURE_TOKEN_CREDENTIALS", "AZURE_REGIONAL_AUTHORITY_NAME"),
    *("IDENTITY_ENDPOINT", "IDENTITY_HEADER", "IDENTITY_SERVER_THUMBPRINT"),
    *("IMDS_ENDPOINT", "MSI_ENDPOINT", "MSI_SECRET"),
)
"""What of the surroundings could lead a credential elsewhere."""


class Planes:
    """Login host, Resource Manager and identity endpoints of one emulator."""

    def __init__(
        self,
        spec: PlanesSpec,
        world: World,
        folder: Path,
        keys: Sequence[str],
        journals: tuple[Journal, Journal, Journal],
    ) -> None:
        self.world = world
        self._spec = spec
        self._folder = folder
        self._certificates: dict[str, ClientCertificate] = {}
        faults = [FirstOnly(one.faults.fail_first) for one in (spec.entra, spec.arm, spec.imds)]
        entra_journal, arm_journal, imds_journal = journals
        self.entra = EntraPlane(
            spec.entra, world, faults[0], lambda: self._certificates.get("client.pem")
        )
        arm = ArmPlane(spec.arm, world, faults[1], keys)
        imds = imds_plane.ImdsPlane(spec.imds, spec.entra.token, world, faults[2])
        self.entra_site = Site(
            self.entra.answer, entra_journal, _behaviour(spec.entra.faults), faults[0]
        )
        self.arm_site = Site(arm.answer, arm_journal, _behaviour(spec.arm.faults), faults[1])
        self.imds_site = Site(imds.answer, imds_journal, _behaviour(spec.imds.faults), faults[2])
        self.authority = self.arm_endpoint = self.imds_endpoint = ""

    def site(self, request: Request) -> Site | None:
        """By the Host header: login host, Resource Manager, or None for the data plane."""
        host = request.headers.get("host", "").rpartition("@")[2].partition(":")[0].lower()
        if host in LOGIN_HOSTS:
            return self.entra_site
        return self.arm_site if host == ARM_HOST else None

    def open(
        self,
        context: Callable[[Certificate], ssl.SSLContext],
        add: Callable[[HttpServer], None],
        origin: Callable[[int], str],
        bind: str | None,
        imds: tuple[str | None, int],
        *,
        shared_port: int | None,
    ) -> None:
        """Start the servers; with a `shared_port` the data plane's serves all but IMDS."""
        address, port = imds
        identity = HttpServer.of(
            self.imds_site, None, bind=address or bind, port=port, name="foundry-emulator-imds"
        )
        add(identity)
        listener = identity.listener
        where = listener.address if ":" not in listener.address else f"[{listener.address}]"
        self.imds_endpoint = f"http://{where}:{listener.port}"
        if shared_port is not None:
            suffix = "" if shared_port == 443 else f":{shared_port}"
            self.authority = f"https://{LOGIN_HOSTS[0]}{suffix}"
            self.arm_endpoint = f"https://{ARM_HOST}{suffix}"
            return
        found = []
        for site, faults, name in (
            (self.entra_site, self._spec.entra.faults, "foundry-emulator-entra"),
            (self.arm_site, self._spec.arm.faults, "foundry-emulator-arm"),
        ):
            plain = faults.connection == "plain-http"
            tls = None if plain else context(faults.certificate)
            server = HttpServer.of(site, tls, bind=bind, name=name)
            add(server)
            found.append(origin(server.listener.port))
        self.authority, self.arm_endpoint = found

    def environment(self) -> dict[str, str | None]:
        """The variables of the planes, for a client that signs in as the application."""
        world = self.world
        found: dict[str, str | None] = {
            **dict.fromkeys(UNSET),
            "AZURE_AUTHORITY_HOST": self.authority,
            "AZURE_TENANT_ID": world.tenant,
            "AZURE_CLIENT_ID": world.app.app_id,
            "AZURE_CLIENT_SECRET": world.client_secret,
            "AZURE_SUBSCRIPTION_ID": world.subscription,
            "AZURE_POD_IDENTITY_AUTHORITY_HOST": self.imds_endpoint,
            "FOUNDRY_DOCTOR_ARM_ENDPOINT": self.arm_endpoint,
        }
        return found

    def client_certificate(self, name: str = "client.pem") -> Path:
        """A PEM file with certificate and key; only `client.pem` is registered."""
        if name not in self._certificates:
            made = ClientCertificate.make(self._folder / name, self.world.app.name)
            self._certificates[name] = made
        return self._certificates[name].path

    def federated_token_file(self) -> Path:
        """The projected service-account token, as the scenario has it."""
        path = self._folder / "federated-token"
        expired = self.world.spec.app.assertion_expired
        return write_federated_token(path, time.time(), expired=expired)

    def values(self) -> Mapping[str, Callable[[], str]]:
        """What the placeholders of a scenario stand for, made only when asked for."""
        world = self.world
        return {
            "tenant": lambda: world.tenant,
            "other_tenant": lambda: world.other_tenant,
            "unknown_tenant": lambda: UNKNOWN_TENANT,
            "client_id": lambda: world.app.app_id,
            "client_secret": lambda: world.client_secret,
            "wrong_secret": lambda: world.wrong_secret,
            "subscription": lambda: world.subscription,
            "resource_group": lambda: world.resource_group,
            "account": lambda: world.account,
            "login_authority": lambda: self.authority,
            "arm_endpoint": lambda: self.arm_endpoint,
            "imds_endpoint": lambda: self.imds_endpoint,
            "identity_endpoint": lambda: self.imds_endpoint + imds_plane.APP_SERVICE_PATH,
            "identity_header": lambda: world.identity_header,
            "identity_client_id": lambda: PRINCIPALS["identity"].app_id,
            "certificate_file": lambda: str(self.client_certificate()),
            "wrong_certificate_file": lambda: str(self.client_certificate("other.pem")),
            "federated_token_file": lambda: str(self.federated_token_file()),
            "user": lambda: PRINCIPALS["user"].name,
            "password": lambda: world.password,
            "token": lambda: self.entra.access_token(
                world.spec.token_resource, expired=world.spec.token_expired or None
            ),
        }

    def description(self) -> dict[str, object]:
        """Ids, addresses and secrets for a test in another process."""
        world = self.world
        return {
            **{name: make() for name, make in self.values().items() if "_file" not in name},
            "certificate_file": str(self.client_certificate()),
            "federated_token_file": str(self.federated_token_file()),
            "account_scope": world.account_scope(),
            "location": world.spec.account.location,
            "principals": {
                name: {"oid": one.oid, "app_id": one.app_id, "name": one.name}
                for name, one in PRINCIPALS.items()
            },
            "assignments": [
                {"role": one.role.id, "principal": one.principal_id, "scope": one.scope}
                for one in world.assignments
            ],
        }


def _behaviour(faults: Faults) -> Server:
    return Server(
        connection=faults.connection,
        delay_s=faults.delay_s,
        date_offset_s=faults.date_offset_s,
    )
