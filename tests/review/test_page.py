"""The page: its structure, read by the standard library's parser; and that it takes nothing in."""

from __future__ import annotations

import re
from base64 import b64encode
from functools import cache
from hashlib import sha256
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from tests.review import hostile
from tests.review.test_sarif import report

from modelyard.review.html.page import page

VOID = {"meta", "link", "br", "img", "input", "hr"}
SHAPES = {"rect", "path"}
LANDMARKS = {"header", "nav", "main", "footer"}


class Page(HTMLParser):
    """All tags with their attributes, and what is in style and script."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.inside: dict[str, str] = {}
        self.open: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("style", "script"):
            self.inside[self.open[-1]] = self.inside.get(self.open[-1], "") + data
        else:
            self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    def values(self, key: str) -> list[str]:
        return [found for _, attributes in self.tags if (found := attributes.get(key))]


@cache
def parsed(name: str, environment: str | None = None) -> Page:
    if name == "hostile":
        return Page(page(hostile.report()))
    return Page(page(report(name, environment)))


CASES = [
    ("quickstart", None),
    ("hybrid-vpn", "tunnels"),
    ("aws-finance", "prod"),
    ("hostile", None),
]
each = pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])


@each
def test_every_tag_is_closed_and_every_id_is_one(case: tuple[str, str | None]) -> None:
    found = parsed(*case)
    assert found.open == []
    ids = found.values("id")
    assert len(ids) == len(set(ids))
    named = [*found.values("aria-labelledby"), *found.values("for")]
    assert {id for value in named for id in value.split()} <= set(ids)
    assert {value.removeprefix("#") for value in found.values("href")} <= set(ids)


@each
def test_it_can_be_walked_through(case: tuple[str, str | None]) -> None:
    """Landmarks, headings in order, captions, labels, and what scrolls has the focus."""
    found = parsed(*case)
    tags = [tag for tag, _ in found.tags]
    assert all(tags.count(landmark) == 1 for landmark in LANDMARKS)
    levels = [int(tag[1]) for tag in tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert tags.count("table") == tags.count("caption")
    labelled = set(found.values("for"))
    controls = [*found.all("input"), *found.all("select")]
    assert all(control["id"] in labelled for control in controls)
    assert all(button.get("type") == "button" for button in found.all("button"))
    for region in (a for _, a in found.tags if "scroll" in (a.get("class") or "").split()):
        assert (region["tabindex"], region["role"]) == ("0", "region")
        assert region["aria-label"]
    assert found.all("html")[0]["lang"] == "en"
    for drawing in found.all("svg"):
        assert drawing.get("aria-hidden") == "true" or drawing.get("role") == "img"


@each
def test_nothing_is_asked_of_anybody(case: tuple[str, str | None]) -> None:
    found = parsed(*case)
    tags = {tag for tag, _ in found.tags}
    assert not tags & {"link", "img", "image", "iframe", "object", "embed", "use", "base", "audio"}
    assert found.values("src") == []
    assert all(value.startswith("#") for value in found.values("href"))
    assert all(not value.startswith("url(") or value.startswith("url(#") for value in _all(found))
    assert "url(" not in found.inside["style"]
    assert "@import" not in found.inside["style"]
    for word in (
        "fetch",
        "XMLHttpRequest",
        "WebSocket",
        "import(",
        "innerHTML",
        "eval",
        "Function(",
    ):
        assert word not in found.inside["script"]


def _all(found: Page) -> list[str]:
    return [value for _, attributes in found.tags for value in attributes.values() if value]


@each
def test_only_its_own_style_and_script_are_let_in(case: tuple[str, str | None]) -> None:
    found = parsed(*case)
    (policy,) = [m["content"] for m in found.all("meta") if m.get("http-equiv")]
    assert policy
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    for name, source in (("style", "style-src"), ("script", "script-src")):
        assert len(found.all(name)) == 1
        digest = b64encode(sha256(found.inside[name].encode()).digest()).decode()
        assert f"{source} 'sha256-{digest}'" in policy
    keys = {key for _, attributes in found.tags for key in attributes}
    assert not {key for key in keys if key.startswith("on") or key == "style"}


def test_no_name_is_markup_or_steers_anything() -> None:
    found, plain = parsed("hostile"), parsed("hybrid-vpn", "tunnels")
    assert {tag for tag, _ in found.tags} <= {tag for tag, _ in plain.tags} | {"li", "details"}
    assert "alert(1)" in found.text
    assert "alert(1)" not in found.inside["script"]
    text = page(hostile.report())
    assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(text)


def test_everything_is_on_it() -> None:
    text = parsed("aws-finance", "prod").text
    for said in (
        *("case-notes", "33.5 of 40.5 GiB", "runner-up"),
        *("supply-image-digest", "line 36", "web firewall", "nobody is asked"),
        *("may read and write", "the platform's: data", "not in the catalog", "Billed by use"),
        *("5,434.12", "fraud-database"),
    ):
        assert said in text
    resources = [r for r in report("aws-finance", "prod").graph if r.custom and not r.external]
    rows = [a for tag, a in parsed("aws-finance", "prod").tags if tag == "tr" and "data-site" in a]
    assert len(rows) == len(resources)


def test_the_same_page_every_time() -> None:
    assert page(report("hybrid-vpn", "tunnels")) == page(report("hybrid-vpn", "tunnels"))
