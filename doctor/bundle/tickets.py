"""ticket-microsoft.md and ticket-anthropic.md: each desk's fields in its order.

Microsoft's order is that of the portal's form and of `az support in-subscription tickets create`
(MicrosoftDocs/azure-docs, how-to-create-azure-support-request.md; azure-docs-cli,
docs-ref-autogen, support). Anthropic asks for request-id and apim-request-id
(platform.claude.com, "Claude in Microsoft Foundry").
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from ..model import Exchange, Status
from ..report.clean import clean
from .calls import PLANES, failed, is_users, plane, provoked, when
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
from .ids import rows
from .material import LIMIT
from .routes import PORTAL, Route, route

_MOST_IDS = 60
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


def microsoft_ticket(case: Case, attachment: str) -> str:
    """The ticket for Microsoft, or why there is none. `attachment`: the bundle's file name."""
    found = route(case.cause)
    lines = [f"# {title(case)}", "", *_whose(case, found), ""]
    if not found.ticket or _nothing_failed(case):
        return "\n".join([*lines, *_fix(case), *_evidence(case)]) + "\n"
    lines += [
        *_section("1. Problem", _problem(case, found)),
        *_section("2. When", markdown(times(case))),
        *_section("3. Impact", [*markdown(scale(case)), *markdown(_severity(case))]),
        *_section("4. What happens", _happens(case)),
        *_section("5. Correlation ids of every plane", _ids(case)),
        *_section("6. Resource", markdown(resource(case))),
        *_section("7. Identity", markdown(identity(case))),
        *_section("8. Path", markdown(path(case))),
        *_section("9. Client", markdown(client(case))),
        *_section("10. Smallest reproduction", _reproduction(case)),
        *_section("11. What was checked", _checked(case)),
        *_section("12. Consent, contact, plan", markdown(_contact())),
        *_section("13. Attachment", _attachment(attachment)),
        *_section("14. The same by command line", _command(case)),
    ]
    return "\n".join([*lines, *_fix(case), *_evidence(case)]) + "\n"


def anthropic_ticket(case: Case, attachment: str) -> str:
    """What an account representative at Anthropic needs; support itself is Microsoft's."""
    lines = [
        f"# {title(case)}",
        "",
        _FOR_ANTHROPIC,
        "",
        *_section("1. Request ids (both are asked for)", _ids(case, only="data")),
        *_section("2. When", markdown(times(case))),
        *_section("3. Impact", markdown(scale(case))),
        *_section("4. What happens", _happens(case)),
        *_section("5. Model, deployment, hosting", markdown(resource(case))),
        *_section("6. Client", markdown(client(case))),
        *_section("7. What was checked", _checked(case)),
        *_section("8. Contact", markdown(_contact()[:1])),
        *_section("9. Attachment", [
            f"- `{attachment}`. From Claude Code, `/feedback` writes a further local archive.",
        ]),
    ]  # fmt: skip
    return "\n".join([*lines, *_evidence(case)]) + "\n"


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


def _section(name: str, lines: Iterable[str]) -> list[str]:
    return [f"## {name}", "", *lines, ""]


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


def _severity(case: Case) -> list[Field]:
    one = case.impact
    if one.attempts and one.failures < one.attempts:
        proposal = "minimal (C): some calls succeed"
    else:
        proposal = "moderate (B): no call succeeds; critical (A) only where production stands still"
    return [
        Field("Severity, a proposal", proposal),
        Field("24x7 response", None, "Yes or no; critical (A) demands it, with somebody on call."),
    ]


def _happens(case: Case) -> list[str]:
    lines = []
    if case.cause is not None:
        one = case.cause
        lines += [f"{clean(one.summary)}", "",
                  f"Cause id `{one.cause}`, {one.confidence.value}. Because:"]  # fmt: skip
        lines += [f"- {clean(reason)}" for reason in one.because]
        if one.ruled_out:
            lines += ["", "Ruled out:"]
            lines += [f"- `{out.cause}`: {clean(out.because)}" for out in one.ruled_out]
        if one.undecided:
            lines += ["", "Undecided:"]
            lines += [f"- `{o.cause}`, decided by: {clean(o.decided_by)}" for o in one.undecided]
    lines += ["", "Exact answers:", *_answers(case.report.exchanges)]
    return lines


def _answers(exchanges: Iterable[Exchange]) -> list[str]:
    said: dict[str, None] = {}
    for one in exchanges:
        if not failed(one) or provoked(one):
            continue
        status = f"HTTP {one.status}" if one.status is not None else f"no answer ({one.outcome})"
        error = one.error
        text = (
            f"{error.layer}, code {error.code or 'none'}: {clean(error.message or 'no message')}"
            if error
            else "no error body"
        )
        said.setdefault(f"- {PLANES[plane(one)]}: {status}; {text}")
    return list(said) or ["- none: no call failed"]


def _ids(case: Case, only: str = "") -> list[str]:
    found = [
        row for row in rows([case.report]) if row[1] and (not only or row[6] == PLANES.get(only))
    ]
    if not found:
        return ["MISSING. No call was answered; give the time and the client request id instead."]
    lines = ["| plane | kind | value | time, UTC | status |", "|---|---|---|---|---|"]
    for kind, value, time, status, _, _, where, _ in found[:_MOST_IDS]:
        lines.append(f"| {where} | {kind} | {value} | {time} | {status} |")
    if len(found) > _MOST_IDS:
        lines.append(f"\n{len(found) - _MOST_IDS} more in request-ids.csv.")
    return lines


def _reproduction(case: Case) -> list[str]:
    name = case.deployment or "DEPLOYMENT"
    body = json.dumps({"model": name, "messages": [{"role": "user", "content": "ping"}]})
    header = (
        '-H "authorization: Bearer $TOKEN"'
        if case.report.target.mode == "entra"
        else '-H "x-api-key: $ANTHROPIC_FOUNDRY_API_KEY"'
    )
    return [
        "```sh",
        f'curl -sS -i "$ENDPOINT/v1/messages/count_tokens" {header} \\',
        '  -H "anthropic-version: 2023-06-01" -H "content-type: application/json" \\',
        f"  -d '{body}'",
        "```",
    ]


def _checked(case: Case) -> list[str]:
    lines = ["| check | status | what was seen |", "|---|---|---|"]
    for row in case.report.checks:
        said = clean(row.summary or row.title).replace("|", "\\|")
        about = f" ({clean(row.subject)})" if row.subject else ""
        lines.append(f"| {row.id}{about} | {row.status.value} | {said} |")
    return lines


def _contact() -> list[Field]:
    return [
        Field("Contact", None, "First and last name, e-mail, phone, country (three letters), time"
              " zone, language, preferred way."),
        Field("Consent to advanced diagnostics", None, "Yes or No: yours alone to give."),
        Field("Support plan", None, "Portal, Help + support > Support plans; technical tickets need"
              " a paid plan, quota and billing do not."),
        Field("Right to open a ticket", None, "Owner, Contributor or Support Request Contributor on"
              " the subscription."),
    ]  # fmt: skip


def _attachment(name: str) -> list[str]:
    return [
        f"- `{name}`: one file of at most {LIMIT >> 20} MB, which is all that the portal takes.",
        f"- Its hash: sha256sum {name}. Its content: foundry-doctor bundle show {name}.",
        f"- Open the form: {PORTAL}",
    ]


def _command(case: Case) -> list[str]:
    start = case.impact.first_failure or case.report.run.started_at
    technical = case.facts.get("arm.account_id") or "RESOURCE_ID"
    return [
        "Words in capitals are yours to fill in (extension `support`):",
        "",
        "```sh",
        "az support in-subscription tickets create --ticket-name NAME --title TITLE \\",
        "  --description @ticket-microsoft.md --severity moderate \\",
        "  --problem-classification CLASSIFICATION_ID \\",
        f"  --start-time {start} --technical-resource {technical} \\",
        "  --advanced-diagnostic-consent CONSENT --contact-method email --contact-email EMAIL \\",
        "  --contact-first-name FIRST --contact-last-name LAST --contact-country COUNTRY \\",
        "  --contact-language LANGUAGE --contact-timezone TIMEZONE",
        "```",
    ]


def _fix(case: Case) -> list[str]:
    if case.cause is None:
        return []
    lines = ["## The fix", ""]
    for number, step in enumerate(case.cause.remedy, 1):
        who = f" [{step.who}]" if step.who else ""
        lines.append(f"{number}.{who} {clean(step.text)}")
        if step.bash:
            lines += ["", "   ```sh", *(f"   {line}" for line in step.bash.splitlines()), "   ```"]
        if step.url:
            lines.append(f"   {step.url}")
    if case.cause.verify:
        lines += ["", f"Then: `{case.cause.verify}`"]
    return [*lines, ""]


def _evidence(case: Case) -> list[str]:
    run = case.report.run
    own = [one for one in case.report.exchanges if is_users(one)]
    last = f", the last at {when(own[-1])}" if own else ""
    return [
        "## Evidence",
        "",
        f"Run {run.id} at {run.started_at}: {len(own)} calls as the client makes them{last}.",
        "All calls: exchanges.har, request-ids.csv, timeline.txt.",
    ]
