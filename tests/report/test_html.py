"""The HTML page: whole pages against golden files, and what no text from outside may do to it."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from html.parser import HTMLParser

import pytest
from hypothesis import HealthCheck, given, settings

from foundry_doctor.links import DOC_HOSTS, is_documentation
from foundry_doctor.model import NotCovered, Remedy, Report, Timings
from foundry_doctor.noun import replace
from foundry_doctor.redact import redact
from foundry_doctor.report.html import render_html, render_html_many
from foundry_doctor.report.waterfall import WIDTH, waterfall

from . import golden, samples
from .strategies import UNSAFE, reports

NAMES = sorted(samples.SAMPLES)
TAGS = {
    "a", "article", "body", "button", "caption", "code", "dd", "details", "div", "dl", "dt",
    "fieldset", "footer", "h1", "h2", "h3", "h4", "h5", "head", "header", "html", "input", "label",
    "legend", "li", "main", "meta", "nav", "ol", "p", "pre", "rect", "script", "section", "span",
    "strong", "style", "summary", "svg", "table", "tbody", "td", "th", "thead", "title", "tr", "ul",
}  # fmt: skip
ATTRIBUTES = {
    "aria-hidden", "aria-label", "aria-labelledby", "aria-live", "charset", "checked", "class",
    "content", "data-copy", "data-one", "focusable", "height", "hidden", "href", "http-equiv", "id",
    "lang", "name", "preserveaspectratio", "rel", "role", "scope", "type", "value", "viewbox",
    "width", "x",
}  # fmt: skip
ATTACKS = (
    "</script><script>alert(1)</script>",
    "</style><style>*{display:none}</style>",
    '" onmouseover="alert(1)" x="',
    "' onfocus='alert(1)' autofocus '",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<!-- <meta http-equiv=refresh content='0;url=https://evil.example'>",
    "javascript:alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "&lt;script&gt;&#x6a;avascript:",
    "\u202eevil\u2066\u200f",
    "\ud800\udfff",
    "]]><![CDATA[",
    "\x00\x08\x1b[31m\x9b2Jx",
)
URLS = (
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,<script>", "http://aka.ms/x",
    "https://evil.example/", "https://learn.microsoft.com.evil.example/",
    "https://learn.microsoft.com@evil.example/", "https://learn.microsoft.com\\@evil.example/",
    "https://evil.example/https://aka.ms/", "//aka.ms/x", "https://aka.ms:8443/x",
    "https://aka.ms evil", " vbscript:x", "https://AKA.MS/x", "https://user@aka.ms/",
)  # fmt: skip


class Page(HTMLParser):
    """The tags, attributes and texts of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: Counter[str] = Counter()
        self.ids: list[str] = []
        self.targets: list[str] = []
        self.links: list[str] = []
        self.levels: list[int] = []
        self.texts: list[str] = []
        self.raw: dict[str, str] = {}
        self.copied: dict[str, str] = {}
        self._stack: list[tuple[str, str | None]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags[tag] += 1
        self.attributes.update(list(found))
        if "id" in found:
            self.ids.append(str(found["id"]))
        if "data-copy" in found:
            self.targets.append(str(found["data-copy"]))
        if "href" in found:
            self.links.append(str(found["href"]))
        if re.fullmatch("h[1-6]", tag):
            self.levels.append(int(tag[1]))
        if tag not in ("meta", "input", "rect"):
            self._stack.append((tag, found.get("id")))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes.update(name for name, _ in attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self._stack, f"</{tag}> closes nothing"
        assert self._stack[-1][0] == tag, f"</{tag}> closes {self._stack[-1]}"
        self._stack.pop()

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
        if self._stack and self._stack[-1][0] in ("style", "script"):
            self.raw[self._stack[-1][0]] = self.raw.get(self._stack[-1][0], "") + data
        for _, name in self._stack:
            if name:
                self.copied[name] = self.copied.get(name, "") + data


def check(text: str) -> Page:
    """What must hold for every page."""
    page = Page(text)
    assert set(page.tags) <= TAGS
    assert set(page.attributes) <= ATTRIBUTES
    assert page.tags["script"] == page.tags["style"] == page.tags["h1"] == 1
    assert len(page.ids) == len(set(page.ids))
    assert set(page.targets) <= set(page.ids)
    for one in page.links:
        assert one[1:] in page.ids if one.startswith("#") else is_documentation(one)
    assert page.levels[0] == 1
    assert all(b - a <= 1 for a, b in zip(page.levels, page.levels[1:], strict=False))
    for kind in ("style", "script"):
        digest = base64.b64encode(hashlib.sha256(page.raw[kind].encode()).digest()).decode()
        assert f"{kind}-src &#39;sha256-{digest}&#39;" in text
    assert "default-src &#39;none&#39;" in text
    assert not re.search(UNSAFE, text)
    text.encode("utf-8")
    return page


def without_assets(text: str) -> str:
    """A golden file says what the page holds; how it looks is seen in a browser."""
    text = re.sub(r"(?s)<style>.*?</style>", "<style>report.css</style>", text)
    text = re.sub(r"(?s)<script>.*?</script>", "<script>report.js</script>", text)
    return re.sub(r"sha256-[\w+/]+=", "sha256-...", text)


@pytest.mark.parametrize("name", NAMES)
def test_whole_page(name: str) -> None:
    text = render_html(samples.SAMPLES[name])
    check(text)
    short = without_assets(text)
    assert short == golden.expected(f"{name}.html", short)


def test_several_targets() -> None:
    prod = replace(samples.KEY_AUTH_DISABLED, target=replace(samples.TARGET, name="prod"))
    text = render_html_many([samples.HEALTHY, prod, samples.DEGRADED])
    check(text)
    short = without_assets(text)
    assert short == golden.expected("many.html", short)


def test_the_page_asks_for_nothing() -> None:
    text = render_html(samples.KEY_AUTH_DISABLED)
    assert not re.search(
        r"(?i)\bsrc=|url\(|@import|<link|<iframe|<form|srcset|fetch\(|XMLHttp", text
    )
    assert " style=" not in text
    assert re.search(r"\son\w+=", text) is None


def test_what_can_be_copied_is_the_command_and_nothing_else() -> None:
    report = samples.KEY_AUTH_DISABLED
    page = check(render_html(report))
    copied = {page.copied[name] for name in page.targets}
    first = report.diagnosis[0]
    wanted = {text for step in first.remedy for text in (step.bash, step.pwsh) if text}
    assert wanted | {first.verify} <= copied
    ids = {call.apim_request_id for call in report.exchanges if call.apim_request_id}
    assert ids <= copied


@pytest.mark.parametrize("attack", ATTACKS)
def test_hostile_text_stays_text(attack: str) -> None:
    report = poisoned(attack)
    page = check(render_html(report))
    harmless = check(render_html(poisoned("word")))
    assert page.tags == harmless.tags
    assert page.attributes == harmless.attributes
    assert "49" not in "".join(page.texts), "no template of theirs is run"


def poisoned(text: str) -> Report:
    """A report whose every foreign text is this one."""
    base = samples.KEY_AUTH_DISABLED
    first = base.diagnosis[0]
    return replace(
        base,
        tool_version=text,
        target=replace(
            base.target, name=text, resource=text, base_url=f"https://x/{text}",
            deployments=(text,), region=text, provenance={text: text},
        ),
        vantage=replace(base.vantage, os=text, proxy={text: text}, clients={text: text}),
        covered=(text,),
        not_covered=(NotCovered(text, text), NotCovered("x", f"--tier {text}")),
        diagnosis=(
            replace(
                first, title=f"x{text}", summary=f"y{text}", subjects=(text,), because=(text,),
                who=text, verify=f"run {text}",
                remedy=(Remedy(text, bash=f"a {text}", pwsh=f"b {text}", url=text, who=text),),
            ),
        ),
        checks=tuple(
            replace(row, id=f"i{text}", title=text, summary=f"s{text}", subject=f"j{text}",
                    evidence={f"k{text}": [text], "v": {text: text}})
            for row in base.checks
        ),
        exchanges=tuple(
            replace(one, id=f"x{text}", purpose=text, method=text, url=text, sent_at=text,
                    apim_request_id=f"r{text}", x_ms_region=text, remote_address=text)
            for one in base.exchanges
        ),
    )  # fmt: skip


@pytest.mark.parametrize("url", URLS)
def test_only_documentation_becomes_a_link(url: str) -> None:
    assert not is_documentation(url)
    step = Remedy("Read.", url=url)
    report = replace(
        samples.KEY_AUTH_DISABLED,
        diagnosis=(replace(samples.KEY_AUTH_DISABLED.diagnosis[0], remedy=(step,)),),
    )
    page = check(render_html(report))
    assert [one for one in page.links if not one.startswith("#")] == []
    assert url.strip() in "".join(page.texts), "as text it may stand"


@pytest.mark.parametrize("host", DOC_HOSTS)
def test_documentation_is_linked(host: str) -> None:
    for rest in ("", "/", "/a/b?c=d#e", "#x"):
        assert is_documentation(f"https://{host}{rest}")
        assert not is_documentation(f"http://{host}{rest}")


def test_a_page_opens_whatever_a_server_sent() -> None:
    text = render_html(poisoned("<long> " * 150_000))
    assert len(text) < 500_000
    page = check(text)
    assert not any("<long>" in page.copied[name] for name in page.targets), "no half is copied"
    many = replace(
        samples.KEY_AUTH_DISABLED,
        checks=samples.KEY_AUTH_DISABLED.checks * 300,
        exchanges=samples.KEY_AUTH_DISABLED.exchanges * 300,
    )
    text = render_html(many)
    assert len(text) < 3_000_000
    assert "1000 more calls with -o json" in text


def test_deep_evidence_has_an_end() -> None:
    odd: dict[str, object] = {}
    spot = odd
    for _ in range(3000):
        inner: dict[str, object] = {}
        spot["deep"] = inner
        spot = inner
    row = replace(samples.WAY[0], evidence=odd)
    check(render_html(replace(samples.HEALTHY, checks=(row,))))


@pytest.mark.parametrize("name", NAMES)
def test_a_second_redaction_leaves_the_page_whole(name: str) -> None:
    """The bundle redacts every file once more: the policy's hashes must not look like secrets."""
    text = render_html(samples.SAMPLES[name])
    assert redact(text) == text


def test_no_secret_of_the_target() -> None:
    assert samples.KEY not in render_html(samples.LONG_NAMES)


def test_a_healthy_page_shows_no_failure() -> None:
    """The refusal of the control call is what was wanted."""
    assert "answer bad" not in render_html(samples.HEALTHY)
    assert "answer bad" in render_html(samples.KEY_AUTH_DISABLED)


@given(report=reports)
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_report_is_a_page(report: Report) -> None:
    text = render_html(report)
    check(text)
    assert "planted-secret-value" not in text
    assert "##vso[" not in text


def test_the_waterfall_keeps_order_and_time() -> None:
    one = samples.call("x1", 200, sent_at="2026-11-22T02:04:10.000Z", timings=Timings(100.0, 300.0))
    two = samples.call("x2", 200, sent_at="2026-11-22T02:04:10.600Z", timings=Timings(wait=400.0))
    lanes, span = waterfall([one, two])
    assert span == 1000
    assert [(bar.phase, bar.x, bar.width) for bar in lanes[0].bars] == [
        ("dns", 0, 100), ("connect", 100, 300),
    ]  # fmt: skip
    assert [(bar.phase, bar.x, bar.width) for bar in lanes[1].bars] == [("wait", 600, 400)]


@given(report=reports)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_bar_never_leaves_the_axis(report: Report) -> None:
    lanes, _ = waterfall(report.exchanges)
    assert len(lanes) == len(report.exchanges)
    for lane in lanes:
        for bar in lane.bars:
            assert 0 <= bar.x < bar.x + bar.width <= WIDTH


def test_without_times_there_is_no_bar() -> None:
    lanes, span = waterfall([samples.call("x1", None, timings=Timings(), sent_at="yesterday")])
    assert (lanes[0].bars, lanes[0].ms, span) == ((), None, 0.0)
    assert waterfall([]) == ([], 0.0)
