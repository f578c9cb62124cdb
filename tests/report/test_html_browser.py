"""The HTML page in a real browser: opens from disk, asks for nothing, and everybody can use it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from foundry_doctor.model import Remedy, Report
from foundry_doctor.noun import replace
from foundry_doctor.report.html import render_html, render_html_many

from . import samples
from .browser import Browser, axe_source, browser, missing
from .test_html import ATTACKS, poisoned

pytestmark = pytest.mark.skipif(missing() is not None, reason=str(missing()))
NAMES = sorted(samples.SAMPLES)
WINDOWS = [(390, False), (390, True), (1280, False), (1280, True)]
TAB, ENTER, DOWN = ("Tab", 9), ("Enter", 13), ("ArrowDown", 40)
PWSH = replace(
    samples.KEY_AUTH_DISABLED,
    diagnosis=(
        replace(
            samples.KEY_AUTH_DISABLED.diagnosis[0],
            remedy=(Remedy("Do it.", bash="do --it", pwsh="Do-It"), Remedy("Or.", bash="or --so")),
        ),
    ),
)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as one:
        yield one


def show(one: Browser, folder: Path, text: str, *, width: int = 1280, dark: bool = False) -> None:
    """Open a page as a user does: a file on disk."""
    page = folder / "report.html"
    page.write_text(text, "utf-8", newline="\n")
    one.show(page, width=width, dark=dark)


def judged(one: Browser) -> list[Any]:
    """What axe-core finds, with everything that can be opened open."""
    source = axe_source()
    assert source is not None
    one.run(source.read_text("utf-8") + "\n;true")
    one.run("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    found = one.run(
        "axe.run(document).then(found => ({"
        "bad: found.violations.map(one => [one.id, one.help, one.nodes.map(node => node.html)]),"
        "good: found.passes.length}))"
    )
    assert found["good"] > 20, "axe did look"
    return list(found["bad"])


@pytest.mark.parametrize(("width", "dark"), WINDOWS)
@pytest.mark.parametrize("name", [*NAMES, "many"])
def test_it_opens_and_everybody_can_use_it(
    chromium: Browser, tmp_path: Path, name: str, width: int, dark: bool
) -> None:
    several = [samples.HEALTHY, PWSH, samples.DEGRADED]
    text = render_html_many(several) if name == "many" else render_html(samples.SAMPLES[name])
    show(chromium, tmp_path, text, width=width, dark=dark)
    sideways = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert chromium.run(sideways) == 0, "nothing has to be scrolled sideways"
    assert judged(chromium) == []
    assert chromium.complaints() == []
    assert chromium.requests() == [(tmp_path / "report.html").as_uri()]


def test_axe_would_see_a_fault(chromium: Browser, tmp_path: Path) -> None:
    text = render_html(samples.HEALTHY).replace(' lang="en"', "")
    show(chromium, tmp_path, text)
    assert [one[0] for one in judged(chromium)] == ["html-has-lang"]


def test_the_policy_stops_what_is_not_ours(chromium: Browser, tmp_path: Path) -> None:
    """Were a text to become markup after all: no script, no style and no image of it works."""
    planted = "<script>document.title = 'evil'</script><style>h1 { display: none }</style>"
    planted += "<img src='https://evil.example/x.png' onerror='document.title = 1'>"
    text = render_html(samples.HEALTHY).replace("</main>", f"{planted}</main>")
    show(chromium, tmp_path, text)
    assert chromium.run("document.title").startswith("PASS")
    assert chromium.run("getComputedStyle(document.querySelector('h1')).display") == "block"
    assert len(chromium.complaints()) >= 3
    failed = [one for one in chromium.events if one.get("method") == "Network.loadingFailed"]
    assert [one["params"].get("blockedReason") for one in failed] == ["csp"]


@pytest.mark.parametrize("attack", ATTACKS)
def test_hostile_text_does_nothing(chromium: Browser, tmp_path: Path, attack: str) -> None:
    show(chromium, tmp_path, render_html(poisoned(attack)), width=390)
    assert chromium.complaints() == []
    assert len(chromium.requests()) == 1
    assert chromium.run("document.scripts.length") == 1
    assert chromium.run("document.querySelectorAll('.fix .copy').length") == 3


def test_copy_by_the_keyboard_is_done_and_announced(chromium: Browser, tmp_path: Path) -> None:
    chromium.ask(
        "Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"]
    )
    show(chromium, tmp_path, render_html(PWSH))
    seen = []
    for _ in range(12):
        chromium.press(*TAB)
        seen.append(chromium.run("document.activeElement.textContent.trim()"))
        if seen[-1].startswith("Copy"):
            break
    assert seen[0] == "Skip to the fix"
    assert seen[-1] == "Copy the bash command of step 1"
    width = chromium.run("getComputedStyle(document.activeElement).outlineWidth")
    assert width == "3px", "the focus can be seen"
    assert chromium.run("document.getElementById('said').textContent") == ""
    chromium.press(*ENTER)
    chromium.wait("document.getElementById('said').textContent !== ''")
    said = chromium.run("document.getElementById('said').textContent")
    assert said == "Copied the bash command of step 1"
    assert chromium.run("document.activeElement.firstElementChild.textContent") == "Copied"
    assert chromium.run("navigator.clipboard.readText()") == "do --it"
    chromium.wait("document.activeElement.firstElementChild.textContent === 'Copy'")


def test_without_a_clipboard_the_old_way_is_taken(chromium: Browser, tmp_path: Path) -> None:
    show(chromium, tmp_path, render_html(PWSH))
    chromium.run("Object.defineProperty(navigator, 'clipboard', {value: undefined}) && true")
    chromium.run("document.querySelector('.fix .copy').click()")
    chromium.wait("document.getElementById('said').textContent !== ''")
    assert chromium.run("document.getElementById('said').textContent").startswith("Copied")
    chromium.run("(document.execCommand = () => false) && true")
    chromium.run("document.querySelector('.fix .copy').click()")
    chromium.wait("document.getElementById('said').textContent.startsWith('Selected')")
    assert chromium.run("getSelection().toString()") == "do --it"


def visible(one: Browser) -> list[str]:
    """The commands of the fix that a reader sees."""
    return list(
        one.run(
            "[...document.querySelectorAll('.steps .code')].filter(one => one.offsetParent)"
            ".map(one => one.querySelector('pre').textContent)"
        )
    )


def test_the_shell_is_chosen_by_the_keyboard(chromium: Browser, tmp_path: Path) -> None:
    show(chromium, tmp_path, render_html(PWSH))
    assert visible(chromium) == ["do --it", "or --so"]
    chromium.run("document.querySelector('input[value=bash]').focus()")
    chromium.press(*DOWN)
    assert visible(chromium) == ["Do-It", "or --so"], "what has one form only stays"
    show(chromium, tmp_path, render_html(samples.DEPLOYMENT_NOT_FOUND))
    shown = chromium.run("document.querySelector('.shells').offsetParent !== null")
    assert not shown, "without a choice none is offered"


def test_paper_shows_everything(chromium: Browser, tmp_path: Path) -> None:
    show(chromium, tmp_path, render_html(PWSH), dark=True)
    chromium.run("window.dispatchEvent(new Event('beforeprint'))")
    assert chromium.run("document.querySelectorAll('details:not([open])').length") == 0
    dark = {"name": "prefers-color-scheme", "value": "dark"}
    chromium.ask("Emulation.setEmulatedMedia", media="print", features=[dark])
    assert visible(chromium) == ["do --it", "Do-It", "or --so"]
    assert chromium.run("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not chromium.run("document.querySelector('.copy').offsetParent")
    chromium.run("window.dispatchEvent(new Event('afterprint'))")
    assert chromium.run("document.querySelectorAll('details[open]').length") == 0


def test_without_script_it_is_all_there(chromium: Browser, tmp_path: Path) -> None:
    chromium.ask("Emulation.setScriptExecutionDisabled", value=True)
    try:
        show(chromium, tmp_path, render_html(PWSH))
        text = chromium.ask("Page.captureSnapshot")["data"]
        assert "do --it" in text
        root = chromium.ask("DOM.getDocument", depth=-1)["root"]["nodeId"]
        buttons = chromium.ask("DOM.querySelectorAll", nodeId=root, selector="button:not([hidden])")
        assert buttons["nodeIds"] == [], "no button that does nothing"
    finally:
        chromium.ask("Emulation.setScriptExecutionDisabled", value=False)


def test_it_has_landmarks_and_names(chromium: Browser, tmp_path: Path) -> None:
    show(chromium, tmp_path, render_html(samples.KEY_AUTH_DISABLED))
    nodes = chromium.ask("Accessibility.getFullAXTree")["nodes"]
    roles: dict[str, list[str]] = {}
    for node in nodes:
        role = node.get("role", {}).get("value", "")
        roles.setdefault(role, []).append(node.get("name", {}).get("value", ""))
    assert len(roles["main"]) == len(roles["banner"]) == len(roles["contentinfo"]) == 1
    assert roles["status"] == [""]
    assert "The one thing to fix" in roles["region"]
    assert any(name.startswith("FAIL Key authentication is off") for name in roles["region"])
    assert "Copy the PowerShell command of step 1" not in roles["button"], "hidden means hidden"
    assert all(name.startswith("Copy ") for name in roles["button"])
    assert len(set(roles["button"])) == len(roles["button"]), "each button says what it copies"


@pytest.mark.parametrize("width", [320, 390, 800, 1280])
@pytest.mark.parametrize("text", ["long text ", "longword", "\u8868\u8a18"])
def test_a_megabyte_opens(chromium: Browser, tmp_path: Path, text: str, width: int) -> None:
    report: Report = poisoned(text * (1_000_000 // len(text)))
    show(chromium, tmp_path, render_html(report), width=width)
    chromium.run("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    wide = chromium.run("Math.max(...[...document.querySelectorAll('body *:not(.sr)')]"
                        ".filter(one => !one.closest('.skip, .sr'))"
                        ".map(one => one.getBoundingClientRect().right))")  # fmt: skip
    assert wide <= width + 1
    assert chromium.complaints() == []
