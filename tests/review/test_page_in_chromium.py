"""The page in a real browser: it works by keyboard, asks nobody, and fits where it is read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.review import hostile
from tests.review.test_sarif import report
from tests.support.chromium import Tab, command, tab

from modelyard.review.html.page import page

BROWSER = command()
pytestmark = pytest.mark.skipif(BROWSER is None, reason="there is no Chromium here")
SHOWN = "[...document.querySelectorAll('#all tbody tr')].filter(r => r.offsetParent).length"
COUNT = "document.getElementById('count').value"


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    reports = {"plan": report("hybrid-vpn", "tunnels"), "hostile": hostile.report()}
    for name, found in reports.items():
        (folder / f"{name}.html").write_text(page(found), encoding="utf-8")
    return {name: folder / f"{name}.html" for name in reports}


@pytest.fixture(scope="module")
def browser() -> Iterator[Tab]:
    assert BROWSER
    with tab(BROWSER) as found:
        yield found


def walk_to(browser: Tab, id: str) -> None:
    """With the tabulator alone."""
    for _ in range(40):
        browser.press("Tab", 9)
        if browser.ask("document.activeElement.id") == id:
            return
    pytest.fail(f"the keyboard does not lead to {id}")


@pytest.mark.parametrize("name", ["plan", "hostile"])
def test_it_asks_nobody_and_complains_of_nothing(
    browser: Tab, pages: dict[str, Path], name: str
) -> None:
    browser.open(pages[name])
    asked = [event["request"]["url"] for event in browser.happened("Network.requestWillBeSent")]
    assert asked == [pages[name].as_uri()]
    methods = ("Runtime.exceptionThrown", "Log.entryAdded", "Page.javascriptDialogOpening")
    assert browser.happened(*methods, "Runtime.consoleAPICalled") == []


def test_the_search_filters(browser: Tab, pages: dict[str, Path]) -> None:
    browser.open(pages["plan"])
    whole = browser.ask(SHOWN)
    walk_to(browser, "words")
    browser.write("Bucket CLOUD")
    few = browser.ask(SHOWN)
    assert 0 < few < whole
    assert browser.ask(COUNT) == f"{few} of {whole} resources"
    texts = "[...document.querySelectorAll('#all tbody tr')].filter(r => r.offsetParent)"
    rows = browser.ask(f"{texts}.map(r => r.textContent.toLowerCase())")
    assert all("bucket" in row and "cloud" in row for row in rows)
    browser.write(" of-nothing")
    assert browser.ask(SHOWN) == 0


def test_a_choice_filters(browser: Tab, pages: dict[str, Path]) -> None:
    browser.open(pages["plan"])
    walk_to(browser, "choose-site")
    browser.ask(
        "(() => { const s = document.getElementById('choose-site'); s.value = 'lab';"
        "s.dispatchEvent(new Event('input', {bubbles: true})); })()"
    )
    rows = "[...document.querySelectorAll('#all tbody tr')].filter(r => r.offsetParent)"
    assert browser.ask(f"[...new Set({rows}.map(r => r.dataset.site))]") == ["lab"]


def test_a_heading_sorts_and_says_so(browser: Tab, pages: dict[str, Path]) -> None:
    browser.open(pages["plan"])
    heading = "document.querySelectorAll('#all th button')[1]"
    kinds = "[...document.querySelectorAll('#all tbody tr')].map(r => r.cells[1].textContent)"
    for order, reverse in (("ascending", False), ("descending", True)):
        browser.ask(f"{heading}.focus()")
        browser.press("Enter", 13, "\r")
        assert browser.ask(f"{heading}.closest('th').ariaSort") == order
        found = browser.ask(kinds)
        first, last = found[0].lower(), found[-1].lower()
        assert (first > last) is reverse


def test_the_theme_follows_the_system_and_the_button(browser: Tab, pages: dict[str, Path]) -> None:
    background = "getComputedStyle(document.body).backgroundColor"
    seen = {}
    for scheme in ("light", "dark"):
        feature = {"name": "prefers-color-scheme", "value": scheme}
        browser.send("Emulation.setEmulatedMedia", features=[feature])
        browser.open(pages["plan"])
        seen[scheme] = browser.ask(background)
    assert seen["light"] != seen["dark"]
    walk_to(browser, "theme")
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    assert browser.ask(outline) == "solid"
    browser.press("Enter", 13, "\r")
    assert browser.ask(background) == seen["light"]
    assert browser.ask("document.getElementById('theme').textContent") == "Dark"
    browser.send("Emulation.setEmulatedMedia", features=[])


@pytest.mark.parametrize("width", [400, 768, 1440])
@pytest.mark.parametrize("name", ["plan", "hostile"])
def test_it_fits_every_screen(browser: Tab, pages: dict[str, Path], name: str, width: int) -> None:
    browser.open(pages[name], width=width)
    assert browser.ask("document.scrollingElement.scrollWidth") <= width


def test_on_paper_there_is_nothing_to_press(browser: Tab, pages: dict[str, Path]) -> None:
    browser.open(pages["plan"])
    browser.send("Emulation.setEmulatedMedia", media="print")
    gone = "['nav', '#choose', '#theme'].map(s => document.querySelector(s).offsetParent)"
    assert browser.ask(gone) == [None, None, None]
    browser.send("Emulation.setEmulatedMedia", media="")


def test_it_can_be_read_without_a_script(browser: Tab, pages: dict[str, Path]) -> None:
    browser.send("Emulation.setScriptExecutionDisabled", value=True)
    browser.open(pages["plan"])
    browser.send("Emulation.setScriptExecutionDisabled", value=False)
    assert browser.ask("document.getElementById('choose').hidden")
    assert browser.ask("document.getElementById('theme').hidden")
    assert browser.ask(SHOWN) > 100
