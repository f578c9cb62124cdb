"""Further reports, for what a CI system is shown: every status, acceptance, several targets."""

from __future__ import annotations

from foundry_doctor.model import Accepted, Report, Status, Verdict
from foundry_doctor.noun import replace

from . import samples
from .samples import call, row, skipped

ACCEPTED = replace(
    samples.KEY_AUTH_DISABLED,
    exit_code=0,
    accepted=(
        Accepted(
            "suppression", Status.FAIL, "key-auth-disabled",
            rows=(("key.accepted", None), ("key.headers", None)),
            reason="the policy forbids keys; callers move in May",
            owner="platform team", expires="2026-12-31", where="foundry-doctor.yaml:12:5",
        ),
        Accepted(
            "baseline", Status.WARN, None, rows=(("endpoint.clock", None),),
            where="last-night.json",
        ),
    ),
    checks=(
        *samples.KEY_AUTH_DISABLED.checks[:6],
        row("endpoint.clock", Status.WARN, "75 s apart"),
        *samples.KEY_AUTH_DISABLED.checks[7:],
    ),
)  # fmt: skip
"""All that failed was accepted: the verdict stays, the exit code is 0."""

PARTLY_ACCEPTED = replace(
    ACCEPTED, exit_code=1, accepted=(replace(ACCEPTED.accepted[0], rows=(("key.headers", None),)),)
)

NO_CREDENTIAL = replace(
    samples.FORK,
    checks=(
        samples.WAY[0],
        row("config.credential", Status.FAIL, "no key and no token are set",
            facts={"config.credential": "missing"}),
        skipped("key.accepted", "config.credential"),
    ),
)  # fmt: skip
"""A pull request from a fork, with `--on-missing-credentials skip`."""

MIXED = replace(
    samples.KEY_AUTH_DISABLED,
    checks=(
        row("config.endpoint", Status.PASS, "set"),
        row("endpoint.clock", Status.WARN, "75 s apart", evidence={"offset": 75}),
        row("key.accepted", Status.FAIL, "401 from Azure's front end", exchanges=("x1",)),
        row("acme.egress", Status.FAIL, "not on the list", exchanges=("x9",),
            evidence={"list": "egress-2026"}),
        skipped("deployment.resolve", "key.accepted"),
        row("rbac.role", Status.UNKNOWN, "Resource Manager answers 403", exchanges=("x4",)),
        row("region.offered", Status.ERROR, "ValueError in region_offered.py line 3"),
    ),
    exchanges=(*samples.KEY_AUTH_DISABLED.exchanges, call("x9", 403, apim_request_id="nine")),
)  # fmt: skip
"""Every status once, and a failure that no playbook knows."""

UNKNOWN_BUT_HEALTHY = replace(
    samples.HEALTHY,
    checks=(
        *samples.HEALTHY.checks[:-2],
        row("rbac.role", Status.UNKNOWN, "Resource Manager answers 403"),
    ),
)

PROD = replace(samples.KEY_AUTH_DISABLED, target=replace(samples.TARGET, name="prod"))
MANY = (samples.HEALTHY, PROD, samples.INTERRUPTED)

CI_SAMPLES: dict[str, tuple[Report, ...]] = {
    **{name: (report,) for name, report in samples.SAMPLES.items()},
    "accepted": (ACCEPTED,),
    "partly-accepted": (PARTLY_ACCEPTED,),
    "no-credential": (NO_CREDENTIAL,),
    "mixed": (MIXED,),
    "unknown-but-healthy": (UNKNOWN_BUT_HEALTHY,),
    "many": MANY,
}


def large(rows: int, status: Status) -> Report:
    """A report with thousands of rows, each with a call of its own."""
    return replace(
        samples.KEY_AUTH_DISABLED,
        verdict=Verdict.FAILING,
        checks=tuple(
            row("key.accepted", status, f"401 for {number}", subject=f"name-{number}",
                exchanges=(f"x{number}",))
            for number in range(rows)
        ),
        exchanges=tuple(call(f"x{number}", 401) for number in range(rows)),
    )  # fmt: skip
