"""An application that signs in with a client secret, and what its runs have to show."""

from __future__ import annotations

import base64

from . import world
from .program import Environment, Program, Run
from .services import Foundry

JWT = base64.urlsafe_b64encode(b'{"typ":"JWT","alg":"RS256",').decode()
"""How each access token of the emulator begins."""
TOKEN_PATH = "/oauth2/v2.0/token"


class Caller:
    """An application that signs in with its client secret: no key, and no setting else."""

    def __init__(self, doctor: Program, foundry: Foundry) -> None:
        self.doctor = doctor
        self.foundry = foundry
        doctor.canary.planted.append(JWT)

    def __call__(
        self, *arguments: str, scenario: str = "healthy-entra", environ: Environment | None = None
    ) -> Run:
        """One run in the world of a scenario."""
        self.foundry.serve(scenario, planes=True)
        told: Environment = {
            "REQUESTS_CA_BUNDLE": str(self.doctor.trust),
            **self.foundry.variables(),
            "ANTHROPIC_FOUNDRY_API_KEY": None,
            **(environ or {}),
        }
        return self.doctor(*arguments, environ=told)

    def sign_ins(self) -> int:
        """How often a token was asked for."""
        return sum(path.endswith(TOKEN_PATH) for path in self.foundry.asked("login"))


def assert_cause(
    run: Run, cause: str, at: str, *, certain: bool = True, within: float = 10.0
) -> None:
    """`cause` leads, with its playbook and something to do, and shows in the row `at`."""
    assert (run.code, run.report["verdict"], run.cause) == (1, "failing", cause), str(run)
    root = run.report["diagnosis"][0]
    assert root["playbook"] == cause, str(run)
    assert root["remedy"], str(run)
    assert (root["confidence"] == "certain") is certain, str(run)
    assert run.row(at)["status"] == "fail", str(run)
    assert run.seconds < within, str(run)


def assert_at_the_login_host(run: Run) -> None:
    """The way to the model stands; the one to the login host is what the row blames."""
    assert run.row("endpoint.tls")["status"] == "pass", str(run)
    evidence = run.row("token.acquire")["evidence"]
    assert evidence["net.host"] == world.LOGIN_HOST, str(run)


def assert_only_management_is_missing(run: Run) -> None:
    """Inference is proved; that Resource Manager is out of reach is a warning and no more."""
    told = (run.code, run.report["verdict"], run.cause)
    assert told == (0, "degraded", "arm-unreachable"), str(run)
    assert run.row("deployment.account")["status"] == "warn", str(run)
    for check in ("token.accepted", "rbac.role", "deployment.resolve"):
        assert run.row(check)["status"] == "pass", str(run)
    assert run.row("deployment.listed")["status"] == "skip", str(run)
