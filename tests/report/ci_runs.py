"""Runs in a CI system, and the worst texts that a log could be asked to hold."""

from __future__ import annotations

from hypothesis import strategies as st

from foundry_doctor.model import Accepted, Report, Status
from foundry_doctor.noun import replace
from foundry_doctor.report.text import render_many, render_text

from . import samples
from .strategies import NASTY, plain, reports, texts, tuples

SUPPRESSED = Accepted(
    by="suppression",
    status=Status.FAIL,
    cause="key-auth-disabled",
    rows=(("key.accepted", None), ("key.headers", None)),
    reason="keys come back with the new policy",
    owner="platform team",
    expires="2026-12-31",
    where="foundry-doctor.yaml:12:5",
)
KNOWN = Accepted("baseline", Status.WARN, None, rows=(("endpoint.clock", None),), where="main.json")
ACCEPTED = replace(samples.KEY_AUTH_DISABLED, exit_code=0, accepted=(SUPPRESSED, KNOWN))
SEVERAL_CAUSES = replace(
    samples.KEY_AUTH_DISABLED,
    diagnosis=(
        samples.KEY_AUTH_DISABLED.diagnosis[0],
        replace(samples.DNS_TIMEOUT.diagnosis[0], transient=True),
        replace(samples.DEGRADED.diagnosis[1], checks=("endpoint.clock",)),
    ),
    checks=(
        *samples.KEY_AUTH_DISABLED.checks,
        samples.row("dns.resolve", Status.FAIL, "no DNS server answered in 15 s"),
        samples.row("endpoint.clock", Status.WARN, "61 s apart", subject="claude-sonnet-5"),
    ),
)
PROD = replace(samples.KEY_AUTH_DISABLED, target=replace(samples.TARGET, name="prod"))
SKIPPED = replace(
    samples.FORK,
    diagnosis=(
        replace(
            samples.KEY_AUTH_DISABLED.diagnosis[0],
            cause="credentials-missing",
            title="No credential is set",
            who="caller",
            checks=("config.credential",),
        ),
    ),
    checks=(samples.row("config.credential", Status.FAIL, "no credential"),),
)
RUNS: dict[str, tuple[Report, ...]] = {
    "healthy": (samples.HEALTHY,),
    "failing": (samples.KEY_AUTH_DISABLED,),
    "several-causes": (SEVERAL_CAUSES,),
    "degraded": (samples.DEGRADED,),
    "transient": (samples.RATE_LIMITED,),
    "inconclusive": (samples.INCONCLUSIVE,),
    "accepted": (ACCEPTED,),
    "skipped": (SKIPPED,),
    "several-targets": (samples.HEALTHY, PROD, samples.RATE_LIMITED),
    "hostile": (samples.HOSTILE,),
    "interrupted": (samples.INTERRUPTED,),
}


def text_of(run: tuple[Report, ...]) -> str:
    """The text that stands in the log."""
    return render_text(run[0]) if len(run) == 1 else render_many(run)


def code_of(run: tuple[Report, ...]) -> int:
    """The exit code of a run."""
    codes = [one.exit_code for one in run]
    return next(code for code in (70, 143, 130, 1, 5, 3, 4, 0) if code in codes)


COMMANDS = (
    *NASTY, "::error::injected", "  ::error title=x::injected", "\u00a0::add-mask::a\n",
    "\u2028::warning::x", "\r::notice::x", "\n::set-env name=PATH::/evil", "::stop-commands::x",
    "x ##[error]injected", "##[add-path]/evil\n", "##vso[task.complete result=Succeeded]",
    "x\n##vso[task.setvariable variable=x;]y", "##vso[task.logissue type=error;]", "##vso",
    "#\u200d#vso[task.complete result=Failed;]", "##\u00advso[task.debug]", "##vs\u200co[a.b]",
    "###vso[a.b]x", "##vs", "o[task.complete result=Failed]", "##\u115f\u1160[error]", "#", "]",
    ";", "%0A", "%0D::error::x", "%25", "%AZP25", "%AZP250A", "%3B", "%5D", "\x1b[31m", ":", ",",
    "::", "##VSO[task.complete result=Failed]", "::group::x", "::endgroup::", "::debug::",
    "##teamcity[x]", "\u0085::error::x", "\x0b::error::x", "\ufeff::error::x", "=", "<<EOF",
)  # fmt: skip
hostile = st.lists(st.one_of(plain, st.sampled_from(COMMANDS)), max_size=8).map("".join)
accepted = st.builds(
    Accepted,
    by=st.sampled_from(["suppression", "baseline"]),
    status=st.sampled_from([Status.FAIL, Status.WARN]),
    cause=st.none() | texts | hostile,
    subjects=tuples(texts),
    rows=tuples(st.tuples(texts, st.none() | hostile)),
    reason=hostile,
    owner=st.none() | hostile,
    expires=st.none() | texts,
    where=texts,
)


@st.composite
def runs(draw: st.DrawFn) -> tuple[Report, ...]:
    """One or two reports of hostile words, some of their causes accepted."""
    found = []
    for report in draw(st.lists(reports, min_size=1, max_size=2)):
        causes = tuple(
            replace(one, title=draw(hostile), verify=draw(hostile)) for one in report.diagnosis
        )
        extra = [
            Accepted("suppression", Status.FAIL, one.cause, one.subjects, reason=draw(hostile))
            for one in causes
            if draw(st.booleans())
        ]
        target = replace(report.target, name=draw(hostile), tenant=draw(hostile))
        more = draw(tuples(accepted, 2))
        found.append(replace(report, target=target, diagnosis=causes, accepted=(*extra, *more)))
    return tuple(found)
