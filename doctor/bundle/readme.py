"""README.txt: what is in the bundle, what is not, and what to do with it."""

from __future__ import annotations

from collections.abc import Iterable

from ..model import Report
from .material import LIMIT, Draft, LeftOut, Material

_TELLS = {
    "vendor": (
        "Profile vendor: host names, tenant, subscription and object ids are readable, since a"
        " support desk needs them. Share it with Microsoft or Anthropic, not in public."
    ),
    "public": (
        "Profile public: host names, ids of tenant, subscription and principal, private addresses,"
        " proxy names and CA subjects are replaced by the same pseudonym everywhere"
        " (hidden-resource-1, ...). Cause ids and request ids stay."
    ),
}
_NEVER = (
    "Never collected: keys, tokens, passwords, cookies, prompts and completions, headers beyond the"
    " request ids. Masked wherever they stand: values of known secrets in any encoding, what is"
    " shaped like a secret, user principal names, home folders, user names."
)
_SEND = (
    f"The Azure portal takes one file of at most {LIMIT >> 20} MB. What to write there stands in"
    " ticket-microsoft.md, field by field; MISSING marks what only you know."
)


def readme_text(material: Material, drafts: Iterable[Draft], left_out: Iterable[LeftOut]) -> str:
    """The text: the same wherever the bundle lies and whatever it is called."""
    lines = [
        "Support bundle of foundry-doctor",
        "",
        *(_verdict(report) for report in material.reports),
        "",
        "Files:",
        *(f"  {one.name:<24} {one.what}" for one in drafts),
        f"  {'redactions.json':<24} how often what was replaced",
        f"  {'manifest.json':<24} name, size and SHA-256 of every file",
        "",
        _NEVER,
        _TELLS[material.profile],
        "redactions.json counts what was replaced; it holds no replaced value.",
    ]
    gone = [f"  {one.what}: {one.why}" for one in left_out]
    if gone:
        lines += ["", "Left out:", *gone]
    lines += [
        "",
        "Before you send it:",
        "  foundry-doctor bundle show FILE.zip      prints everything that would be shared",
        "  foundry-doctor bundle verify FILE.zip    hashes, sizes, names, and one more scan",
        "",
        _SEND,
    ]
    return "\n".join(lines) + "\n"


def _verdict(report: Report) -> str:
    target = report.target
    where = target.name or target.resource or target.host or "the target"
    cause = f", {report.diagnosis[0].cause}" if report.diagnosis else ""
    said = f" ({report.diagnosis[0].title})" if report.diagnosis else ""
    return f"{where}: {report.verdict.value}{cause}{said}, run at {report.run.started_at}"
