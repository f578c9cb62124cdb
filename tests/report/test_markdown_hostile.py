"""Markdown of texts that a server chose: they render as text, wherever they stand in a page."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foundry_doctor.model import Accepted, NotCovered, Remedy, RuledOut, Status, Undecided
from foundry_doctor.noun import replace
from foundry_doctor.report.clean import clean
from foundry_doctor.report.markdown import render_markdown
from foundry_doctor.report.markdown_escape import cells, code, fence, words

from . import samples
from .markdown_reader import Page, check, github, linkifying

ATTACKS = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "</details></summary><h1>x",
    "<!-- comment", "--> x", "<a href='https://evil.example'>x</a>", "&lt;script&gt;&#64;octocat",
    "![x](https://evil.example/x.png)", "[click](https://evil.example)",
    "[x]: https://evil.example", "https://evil.example/a_b_c", "www.evil.example", "evil.example",
    "someone@evil.example", "mailto:someone@evil.example", "<https://evil.example>",
    "javascript:alert(1)", "//evil.example", "@octocat", "@org/team please look", "(@octocat)",
    "#1", "GH-1", "octo/repo#2", "!3", "$4", "~bug", "%5", "&6",
    "a5c3785ed8d6a35868bc169f07e40e889087fd2e", ":smile:", ":+1:", "$`x`$", "$$x$$", "a | b",
    "a \\| b", "a \\\\| b", "| --- |", "|", "\\", "\\`", "`", "``` x", "`````", "~~~", "# heading",
    "- item", "+ item", "* item", "1. item", "2) item", "> quote", "===", "---", "***",
    "**bold** _it_ ~~no~~ ==mark==", "\t\tcode", "[ ] task", "[^1]", "/close", "/lgtm",
    "::error::x", "::1 is an address", "x ::set-output name=a::b", "##vso[task.complete]",
    "##[error]x", "{{ 7*7 }}", "\u202eevil\u2066", "\x1b[31mred", "\ud800",
    "line\n# one\n\n<b>two</b>\r\n::error::x", "a" * 3000, "x\\", "trailing `",
    "(see https://evil.example/a).", "\u2028# x", "<details>", "`</code>",
    "| a | b |\n|---|---|\n| c | d |", "&#124; | &#x3c;script&#x3e;", "http://[::1]/", "a``b`c```d",
)  # fmt: skip


def poisoned(text: str) -> str:
    """A page that holds the text wherever a text can stand."""
    one = replace(
        samples.KEY_AUTH_DISABLED.diagnosis[0],
        title=text, summary=text, subjects=(text, text), because=(text, f"{text} {text}"),
        who=text, playbook=text, verify=text,
        ruled_out=(RuledOut("endpoint-wrong-path", text),),
        undecided=(Undecided("dns-timeout", text), Undecided("dns-timeout", f"--flag {text}: x")),
        remedy=(Remedy(text, bash=text, pwsh=f"{text} x", url=text, who=text), Remedy(text)),
    )  # fmt: skip
    rows = tuple(
        samples.row("key.accepted", status, text, subject=text, exchanges=("x1",), blocked_by=text,
                    evidence={text: text})
        for status in Status
    )  # fmt: skip
    report = replace(
        samples.KEY_AUTH_DISABLED,
        target=replace(samples.TARGET, name=text, resource=text, deployments=(text,),
                       provenance={text: text}),
        run=replace(samples.RUN, id=text, started_at=text, tier=text),
        diagnosis=(one, replace(one, cause="model-retiring")),
        checks=rows,
        covered=(text,),
        not_covered=(NotCovered(text, text), NotCovered(text, f"az {text} (so)")),
        exchanges=(samples.call("x1", 401, purpose=text, url=text, request_id=text, sent_at=text,
                                server_date=text, apim_request_id=text, outcome=text),),
        accepted=(Accepted("suppression", Status.FAIL, one.cause, one.subjects, reason=text),
                  Accepted("baseline", Status.FAIL, None, rows=(("key.accepted", text),),
                           reason=text, owner=text, expires=text, where=text),),
    )  # fmt: skip
    return render_markdown([report, replace(report, diagnosis=())])


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_text_stays_a_text_everywhere(attack: str) -> None:
    page = check(poisoned(attack))
    usual = check(poisoned("word"))
    structure = ("details", "table", "tr", "td", "th", "pre", "li", "h1", "h2", "h3", "h4")
    assert {tag: page.tags[tag] for tag in structure} == {tag: usual.tags[tag] for tag in structure}


@pytest.mark.parametrize("attack", [one for one in ATTACKS if clean(one)])
def test_what_is_shown_is_what_was_sent(attack: str) -> None:
    for render in (github, linkifying):
        for form in (words, code):
            shown = Page(render(f"- {form(attack)}\n"))
            assert "".join("".join(shown.texts).split()) == "".join(clean(attack).split())


def test_what_a_text_quotes_is_code() -> None:
    """Playbooks mark names with backticks; the page shows none of them."""
    assert words('`model` is not ("`a deployment`"): see `x`.') == (
        '`model` is not ("`a deployment`"): see `x`.'
    )
    assert words("`<b>` and `a`<script> `b`::c") == "`<b>` and `` `a`<script> `b`::c ``"


def test_a_cell_keeps_its_bars() -> None:
    for text in ("a|b", "a\\|b", "a\\\\|b", "|", "||", "``|``", "x\\", "\\|", "| |", "a ``b|c`` d"):
        for form in (words, code):
            table = cells("x", "y") + cells("---", "---") + cells(form(text), "end")
            for render in (github, linkifying):
                page = Page(render(table))
                assert page.rows == [2, 2]
                assert "".join("".join(page.texts).split()) == f"xy{''.join(text.split())}end"


def test_a_fence_is_longer_than_what_it_holds() -> None:
    for text in ("```", "a\n`````\nb", "~~~", "``` bash", "</pre>"):
        page = Page(github(f"1. x\n\n{fence(text, 'bash', '   ')}\nafter\n"))
        assert page.tags["pre"] == 1
        assert "".join(page.code).split() == text.split()


def test_a_command_in_a_fence_is_no_command_of_a_ci_system() -> None:
    assert fence("::error::x\n  ::1\n##vso[x]") == (
        "```text\n: :error::x\n  : :1\n# #vso[x]\n```\n"
    )


def test_ordinary_prose_stays_prose() -> None:
    for text in (
        'Access denied (401): "no key can work", e.g. one that was rotated.',
        "The change takes 10-15 minutes and/or hours; 50% of it - so they say - at 12:30:11.",
        "Die Prüfung schlägt fehl: „kein Schlüssel“ … 表記、です。",
    ):
        assert words(text) == text


@given(
    text=st.one_of(
        st.text(alphabet="`|\\<>[]()!@#:*_~-=+.1a \n&;$%/'\"{}^", max_size=40),
        st.lists(st.sampled_from(ATTACKS), max_size=4).map(" ".join),
        st.lists(st.sampled_from(ATTACKS), max_size=4).map("".join),
    )
)
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_text_stays_a_text(text: str) -> None:
    line = words(text)
    table = cells("x", "y") + cells("---", "---") + cells(line, code(text))
    page = check(f"- {line}\n\n{line or 'x'}\n\n## FAIL - {line or 'x'}\n\n{table}\n{fence(text)}")
    assert page.tags["li"] == page.tags["h2"] == page.tags["table"] == page.tags["pre"] == 1
    assert page.tags["h1"] == page.tags["h3"] == page.tags["strong"] == page.tags["details"] == 0
