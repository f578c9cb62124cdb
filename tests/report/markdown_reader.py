"""What two Markdown renderers make of a page: GitHub's own (cmark-gfm) and markdown-it."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser

import cmarkgfm  # type: ignore[import-untyped]
from cmarkgfm.cmark import Options  # type: ignore[import-untyped]
from markdown_it import MarkdownIt

from foundry_doctor.links import is_documentation

from .strategies import UNSAFE

TAGS = {
    "a", "code", "details", "em", "h1", "h2", "h3", "h4", "li", "ol", "p", "pre", "strong",
    "summary", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
"""What a page consists of."""
AFTERWARDS = (
    re.compile(r"(?<![\w`])@[A-Za-z0-9]"),  # a person or a team
    re.compile(r"(?<!\w)#\d|(?i:\bgh-\d)"),  # an issue
    re.compile(r"(?<!\w)[!$~%&]\d"),  # GitLab's merge requests, snippets, labels, milestones
    re.compile(r"(?i)\bhttps?://|\bwww\.|\b[\w.-]+@\w|\w\.(?:com|net|org|example)\b"),
    re.compile(r":(?:smile|\+1|100):"),
    re.compile(r"\b(?=[a-f]*\d)[0-9a-f]{7,40}\b"),  # a commit
)
"""What GitHub, GitLab and chats turn into links and pictures after Markdown was read: in text only,
and never in code."""


class Page(HTMLParser):
    """The tags of a rendered page, its links, all its texts, and those outside code and links."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.links: list[str] = []
        self.prose: list[str] = []
        self.code: list[str] = []
        self.texts: list[str] = []
        self.rows: list[int] = []
        self.columns: list[set[int]] = []
        self.comments = 0
        self._stack: list[str] = []
        self.feed(text)
        self.close()
        assert not self._stack, f"left open: {self._stack}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        given = dict(attrs)
        assert set(given) <= {"href", "class", "lang", "start"}, f"{tag}: {attrs}"
        if "href" in given:
            self.links.append(str(given["href"]))
        if tag == "table":
            self.columns.append(set())
        if tag == "tr":
            self.rows.append(0)
        if tag in ("td", "th"):
            self.rows[-1] += 1
        self._stack.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._stack, f"</{tag}> closes nothing"
        assert self._stack[-1] == tag, f"</{tag}> closes {self._stack[-1]}"
        self._stack.pop()
        if tag == "tr":
            self.columns[-1].add(self.rows[-1])

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
        if {"code", "pre"} & set(self._stack):
            self.code.append(data)
        elif "a" not in self._stack:
            self.prose.append(data)

    def handle_comment(self, data: str) -> None:
        self.comments += 1


def github(text: str) -> str:
    """As GitHub renders it, before it takes dangerous tags out: what came through can be seen."""
    html: str = cmarkgfm.github_flavored_markdown_to_html(text, options=Options.CMARK_OPT_UNSAFE)
    return html


def linkifying(text: str) -> str:
    """As a chat may render it: raw HTML allowed, and every bare host name made a link."""
    renderer = MarkdownIt("gfm-like", {"html": True, "linkify": True})
    html: str = renderer.render(text)
    return html


def check(text: str) -> Page:
    """What must hold for every page in either renderer; GitHub's page is returned."""
    text.encode("utf-8")
    assert not re.search(UNSAFE, text)
    assert not re.search(r"^\s*::", text, re.MULTILINE)
    assert "##vso[" not in text
    assert "##[" not in text
    assert not re.search(r"^/\w", text, re.MULTILINE), "GitLab and bots take this for a command"
    pages = [Page(github(text)), Page(linkifying(text))]
    for page in pages:
        assert set(page.tags) <= TAGS, set(page.tags) - TAGS
        assert page.comments == 0
        assert page.tags["em"] <= 1, "the notice of what is left out"
        assert all(is_documentation(one) for one in page.links), page.links
        assert all(len(columns) == 1 for columns in page.columns), "a row has its own columns"
        for said in page.prose:
            for pattern in AFTERWARDS:
                assert not pattern.search(said), f"{pattern.pattern}: {said}"
    first, second = pages
    assert first.tags == second.tags
    assert "".join(first.code).split() == "".join(second.code).split()
    return first
