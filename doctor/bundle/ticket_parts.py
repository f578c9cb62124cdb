"""The sections of a ticket that are more than a list of fields."""

from __future__ import annotations

import json
from collections.abc import Iterable

from ..model import Exchange
from ..report.clean import clean
from .calls import PLANES, failed, is_users, plane, provoked, when
from .fields import Case, Field
from .ids import rows
from .material import LIMIT
from .routes import PORTAL

_MOST_IDS = 60


def section(name: str, lines: Iterable[str]) -> list[str]:
    """A heading with its lines."""
    return [f"## {name}", "", *lines, ""]


def severity(case: Case) -> list[Field]:
    """A proposal, and what only the reader can decide."""
    one = case.impact
    if one.attempts and one.failures < one.attempts:
        proposal = "minimal (C): some calls succeed"
    else:
        proposal = "moderate (B): no call succeeds; critical (A) only where production stands still"
    return [
        Field("Severity, a proposal", proposal),
        Field("24x7 response", None, "Yes or no; critical (A) demands it, with somebody on call."),
    ]


def happens(case: Case) -> list[str]:
    """What is wrong, why we think so, and what the services said."""
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


def ids(case: Case, only: str = "") -> list[str]:
    """The ids of every plane as a table; `only` names one plane."""
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


def reproduction(case: Case) -> list[str]:
    """The smallest call that fails, with variables in place of credentials."""
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


def checked(case: Case) -> list[str]:
    """Every check with what it saw."""
    lines = ["| check | status | what was seen |", "|---|---|---|"]
    for row in case.report.checks:
        said = clean(row.summary or row.title).replace("|", "\\|")
        about = f" ({clean(row.subject)})" if row.subject else ""
        lines.append(f"| {row.id}{about} | {row.status.value} | {said} |")
    return lines


def contact() -> list[Field]:
    """What only the reader can fill in."""
    return [
        Field("Contact", None, "First and last name, e-mail, phone, country (three letters), time"
              " zone, language, preferred way."),
        Field("Consent to advanced diagnostics", None, "Yes or No: yours alone to give."),
        Field("Support plan", None, "Portal, Help + support > Support plans; technical tickets need"
              " a paid plan, quota and billing do not."),
        Field("Right to open a ticket", None, "Owner, Contributor or Support Request Contributor on"
              " the subscription."),
    ]  # fmt: skip


def attachment() -> list[str]:
    """How to attach the bundle."""
    return [
        f"- This bundle: one file of at most {LIMIT >> 20} MB, which is all that the portal takes.",
        "- Its hash: sha256sum FILE.zip. Its content: foundry-doctor bundle show FILE.zip.",
        f"- Open the form: {PORTAL}",
    ]


def command(case: Case) -> list[str]:
    """The same ticket by the Azure CLI."""
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


def fix(case: Case) -> list[str]:
    """The remedy of the cause, whoever's it is."""
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


def evidence(case: Case) -> list[str]:
    """Where the proof lies."""
    run = case.report.run
    own = [one for one in case.report.exchanges if is_users(one)]
    last = f", the last at {when(own[-1])}" if own else ""
    return [
        "## Evidence",
        "",
        f"Run {run.id} at {run.started_at}: {len(own)} calls as the client makes them{last}.",
        "All calls: exchanges.har, request-ids.csv, timeline.txt.",
    ]
