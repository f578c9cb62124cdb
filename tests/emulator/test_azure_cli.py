"""The real Azure CLI in a network namespace where the emulator is Azure: real names, port 443."""

from __future__ import annotations

import importlib.util
import itertools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ..lab.netns import Namespace

pytestmark = [pytest.mark.lab, pytest.mark.slow]

HOSTS = (
    "contoso-ai.services.ai.azure.com",
    "login.microsoftonline.com",
    "management.azure.com",
)
IMDS = "169.254.169.254"
_NUMBERS = itertools.count(1)
GROUP, ACCOUNT = "rg-contoso-ai", "contoso-ai"


def _missing() -> str | None:
    """Why the CLI cannot be tried here; None where it can."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "network namespaces need Linux and root"
    if shutil.which("ip") is None:
        return "network namespaces need: apt-get install iproute2"
    if shutil.which("az") is None:
        return "no `az` on PATH (pip install azure-cli, in an environment of its own)"
    return None


@dataclass
class Cli:
    """`az` inside the namespace, with a configuration of its own."""

    namespace: Namespace
    folder: Path
    world: dict[str, Any]

    def environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "AZURE_CONFIG_DIR": str(self.folder / "azure"),
            "AZURE_CORE_COLLECT_TELEMETRY": "0",
            "AZURE_CORE_NO_COLOR": "true",
            "REQUESTS_CA_BUNDLE": str(self.folder / "ca.pem"),
            "SSL_CERT_FILE": str(self.folder / "ca.pem"),
        }

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """One command to its end."""
        return subprocess.run(
            self.namespace.inside(*words),
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=90,
        )

    def read(self, *words: str) -> Any:
        """The JSON that an `az` command prints."""
        done = self.run("az", *words, "--output", "json")
        assert done.returncode == 0, done.stderr[-2000:]
        return json.loads(done.stdout)

    def sign_in(self, secret: str | None = None) -> Any:
        """`az login` as the service principal."""
        world = self.world
        words = ("login", "--service-principal", "--username", world["client_id"])
        given = f"--password={secret or world['client_secret']}"
        return self.read(*words, given, "--tenant", world["tenant"])


@contextmanager
def serving(scenario: str, folder: Path) -> Iterator[Cli]:
    """The emulator in a namespace where its hosts resolve to loopback."""
    namespace = Namespace(f"az{next(_NUMBERS)}")
    with ExitStack() as stack:
        stack.callback(namespace.remove)
        namespace.make()
        names = " ".join(("localhost", *HOSTS))
        (namespace.folder / "hosts").write_text(f"127.0.0.1 {names}\n", "utf-8")
        namespace.ip("addr", "add", f"{IMDS}/32", "dev", "lo")
        words = [sys.executable, "-m", "foundry_doctor.emulator", scenario, "--planes", "all"]
        words += ["--bind", "127.0.0.1", "--port", "443", "--imds", f"{IMDS}:80"]
        words += ["--hostname", *HOSTS, "--ca-out", str(folder / "ca.pem")]
        words += ["--world-out", str(folder / "world.json")]
        process = stack.enter_context(
            subprocess.Popen(namespace.inside(*words), stdout=subprocess.PIPE, text=True)
        )
        stack.callback(process.terminate)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        world = json.loads((folder / "world.json").read_text("utf-8"))
        yield Cli(namespace, folder, world)


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    """A signed-in CLI against the healthy world, in which IMDS answers too."""
    reason = _missing()
    if reason is not None:
        pytest.skip(reason)
    with serving("healthy-managed-identity", tmp_path_factory.mktemp("az")) as made:
        (found,) = made.sign_in()
        assert found["id"] == made.world["subscription"]
        yield made


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Callable[[str], Cli]]:
    """fresh("scenario"): a CLI that has never signed in."""
    reason = _missing()
    if reason is not None:
        pytest.skip(reason)
    with ExitStack() as stack:
        yield lambda scenario: stack.enter_context(serving(scenario, tmp_path))


def test_account_show(cli: Cli) -> None:
    found = cli.read("account", "show")
    assert (found["id"], found["tenantId"]) == (cli.world["subscription"], cli.world["tenant"])
    assert (found["state"], found["user"]["type"]) == ("Enabled", "servicePrincipal")


def test_a_token(cli: Cli) -> None:
    found = cli.read("account", "get-access-token", "--resource", "https://ai.azure.com")
    assert found["tokenType"] == "Bearer"
    assert found["tenant"] == cli.world["tenant"]


def test_the_account_and_what_is_in_it(cli: Cli) -> None:
    where = ("--name", ACCOUNT, "--resource-group", GROUP)
    shown = cli.read("cognitiveservices", "account", "show", *where)
    assert shown["kind"] == "AIServices"
    hosts = shown["properties"]["endpoints"].values()
    assert f"https://{HOSTS[0]}/" in hosts
    (deployment,) = cli.read("cognitiveservices", "account", "deployment", "list", *where)
    assert deployment["name"] == "claude-sonnet-5"
    assert deployment["properties"]["model"]["format"] == "Anthropic"
    assert len(cli.read("cognitiveservices", "account", "keys", "list", *where)["key1"]) == 84
    assert [one["name"] for one in cli.read("cognitiveservices", "account", "list")] == [ACCOUNT]


def test_models_and_usages(cli: Cli) -> None:
    models = cli.read("cognitiveservices", "model", "list", "--location", "swedencentral")
    claude = {one["model"]["name"] for one in models if one["model"]["format"] == "Anthropic"}
    assert "claude-sonnet-5" in claude
    usages = cli.read("cognitiveservices", "usage", "list", "--location", "swedencentral")
    lines = {one["name"]["value"]: one["currentValue"] for one in usages}
    assert lines["AIServices.GlobalStandard.claude-sonnet-5.Azure"] == 25


def test_roles(cli: Cli) -> None:
    # By object id: `--assignee` would ask graph.microsoft.com whose id that is.
    words = ("role", "assignment", "list", "--include-inherited", "--fill-principal-name", "false")
    oid = cli.world["principals"]["app"]["oid"]
    scope = cli.world["account_scope"]
    found = cli.read(*words, "--assignee-object-id", oid, "--scope", scope)
    assert [one["roleDefinitionName"] for one in found] == ["Cognitive Services User", "Reader"]
    (role,) = cli.read("role", "definition", "list", "--name", "Foundry User")
    assert role["name"] == "53ca6127-db72-4b80-b1b0-d745d6d5456d"


def test_group_and_provider(cli: Cli) -> None:
    assert [one["name"] for one in cli.read("group", "list")] == [GROUP]
    shown = cli.read("provider", "show", "--namespace", "Microsoft.CognitiveServices")
    assert shown["registrationState"] == "Registered"


def test_azure_identity_takes_the_cli_s_token(cli: Cli) -> None:
    if importlib.util.find_spec("azure") is None:
        pytest.skip("not installed here: azure-identity")
    code = (
        "from azure.identity import AzureCliCredential as C; "
        "print(len(C().get_token('https://cognitiveservices.azure.com/.default').token))"
    )
    done = cli.run(sys.executable, "-c", code)
    assert int(done.stdout) > 500, done.stderr


def test_other_ways_to_sign_in(fresh: Callable[[str], Cli]) -> None:
    cli = fresh("healthy-managed-identity")
    identity = cli.world["identity_client_id"]
    (found,) = cli.read("login", "--identity", "--client-id", identity)
    assert found["user"]["name"] == "userAssignedIdentity"
    world = cli.world
    certificate = world["certificate_file"]
    words = ("login", "--service-principal", "--username", world["client_id"])
    tenant = ("--tenant", world["tenant"])
    (found,) = cli.read(*words, "--certificate", certificate, *tenant)
    assert found["user"]["type"] == "servicePrincipal"
    user = ("--username", world["user"], f"--password={world['password']}")
    (found,) = cli.read("login", *user, *tenant)
    assert found["user"] == {"name": world["user"], "type": "user"}


def test_a_wrong_secret(fresh: Callable[[str], Cli]) -> None:
    cli = fresh("healthy-entra")
    world = cli.world
    words = ("login", "--service-principal", "--username", world["client_id"])
    done = cli.run("az", *words, "--password=wrong", "--tenant", world["tenant"])
    assert done.returncode == 1
    assert "AADSTS7000215" in done.stderr
    for word in ("Trace ID: ", "Correlation ID: ", "Timestamp: "):
        assert word in done.stderr


def test_a_caller_without_rights(fresh: Callable[[str], Cli]) -> None:
    cli = fresh("rbac-wrong-scope")
    cli.sign_in()
    where = ("--name", ACCOUNT, "--resource-group", GROUP)
    done = cli.run("az", "cognitiveservices", "account", "keys", "list", *where)
    assert done.returncode == 1
    assert "(AuthorizationFailed) The client '" in done.stderr
    assert "Microsoft.CognitiveServices/accounts/listKeys/action" in done.stderr
