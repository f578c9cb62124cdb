"""ticket-microsoft.md and ticket-anthropic.md: each desk's fields in its order.

Microsoft's order is that of the portal's form and of `az support in-subscription tickets create`
(MicrosoftDocs/azure-docs, how-to-create-azure-support-request.md; azure-docs-cli,
docs-ref-autogen, support). Anthropic asks for request-id and apim-request-id
(platform.claude.com, "Claude in Microsoft Foundry").
"""

from __future__ import annotations

from ..model import Status
from .fields import (
    Case,
    Field,
    client,
    identity,
    markdown,
    path,
    resource,
    scale,
    times,
    title,
)
from .routes import Route, route
from .ticket_parts import (
    attachment,
    checked,
    command,
    contact,
    evidence,
    fix,
    happens,
    ids,
    reproduction,
    section,
    severity,
)

_NOTHING = (
    "> NO TICKET: nothing failed in this run, so there is nothing to look up. Run again while it"
    " fails, from the place where it fails, or add the log: --log FILE."
)
_CALLER = (
    "> NO TICKET: this can be ended here and now, without any support desk. The fix is below; no"
    " desk could do more."
)
_FOR_ANTHROPIC = (
    "Support for Claude in Microsoft Foundry is Microsoft's for both hosting options: see"
    " ticket-microsoft.md. This is for an account representative at Anthropic, who can look a call"
    " up by its request-id, where the call came that far."
)
_ATTACHMENT = "- This bundle. From Claude Code, `/feedback` writes a further local archive."


def microsoft_ticket(case: Case) -> str:
    """The ticket for Microsoft, or why there is none."""
    found = route(case.cause)
    lines = [f"# {title(case)}", "", *_whose(case, found), ""]
    if not found.ticket or _nothing_failed(case):
        return "\n".join([*lines, *fix(case), *evidence(case)]) + "\n"
    lines += [
        *section("1. Problem", _problem(case, found)),
        *section("2. When", markdown(times(case))),
        *section("3. Impact", [*markdown(scale(case)), *markdown(severity(case))]),
        *section("4. What happens", happens(case)),
        *section("5. Correlation ids of every plane", ids(case)),
        *section("6. Resource", markdown(resource(case))),
        *section("7. Identity", markdown(identity(case))),
        *section("8. Path", markdown(path(case))),
        *section("9. Client", markdown(client(case))),
        *section("10. Smallest reproduction", reproduction(case)),
        *section("11. What was checked", checked(case)),
        *section("12. Consent, contact, plan", markdown(contact())),
        *section("13. Attachment", attachment()),
        *section("14. The same by command line", command(case)),
    ]
    return "\n".join([*lines, *fix(case), *evidence(case)]) + "\n"


def anthropic_ticket(case: Case) -> str:
    """What an account representative at Anthropic needs; support itself is Microsoft's."""
    lines = [
        f"# {title(case)}",
        "",
        _FOR_ANTHROPIC,
        "",
        *section("1. Request ids (both are asked for)", ids(case, only="data")),
        *section("2. When", markdown(times(case))),
        *section("3. Impact", markdown(scale(case))),
        *section("4. What happens", happens(case)),
        *section("5. Model, deployment, hosting", markdown(resource(case))),
        *section("6. Client", markdown(client(case))),
        *section("7. What was checked", checked(case)),
        *section("8. Contact", markdown(contact()[:1])),
        *section("9. Attachment", [_ATTACHMENT]),
    ]
    return "\n".join([*lines, *evidence(case)]) + "\n"


def _nothing_failed(case: Case) -> bool:
    failing = any(row.status is Status.FAIL for row in case.report.checks)
    return case.cause is None and not failing


def _whose(case: Case, found: Route) -> list[str]:
    if _nothing_failed(case):
        return [_NOTHING]
    if not found.ticket:
        return [_CALLER]
    lines = [f"> Route: **{found.desk}** ({found.issue_type})."]
    if found.first:
        lines[0] += f" First: {found.first}; the fix is at the end of this file."
    if found.how:
        lines.append(f"> {found.how}")
    if case.from_log:
        lines.append("> The cause is what the given log says; this run itself did not fail.")
    return lines


def _problem(case: Case, found: Route) -> list[str]:
    lookup = "az support services problem-classifications list --service-name SERVICE_ID"
    return [
        *markdown(
            [
                Field("Issue type", found.issue_type),
                Field("Subscription", case.report.target.subscription, "az account show", True),
                Field("Service type", found.service),
                Field(
                    "Service id", None, "az support services list --query '[].[name,displayName]'"
                ),
                Field("Problem type", found.problem),
                Field("Problem classification id", None, lookup),
                Field("Summary", title(case)),
            ]
        )
    ]
