"""JUnit's XML: a test case for each rule, and what counts as failed."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from tests.review import hostile
from tests.review.test_sarif import report

from modelyard.blueprint.errors import Location
from modelyard.catalog.policies import Level
from modelyard.review.finding import Finding
from modelyard.review.junit import Suite, junit
from modelyard.review.rendering import render

RULE = "supply-image-digest"


def finding(level: Level, reason: str | None = None, until: str | None = None) -> Finding:
    said = ("urn", "it", "wrong", "Mend it.", ("policies",))
    return Finding(RULE, level, *said, reason, until, Location("b.yaml", 4, 1))


def case(*findings: Finding) -> ElementTree.Element:
    (suite,) = ElementTree.fromstring(junit([Suite("x", findings)]))
    (found,) = suite
    return found


def test_every_rule_that_was_asked_is_a_case() -> None:
    found = report("quickstart")
    (suite,) = ElementTree.fromstring(render(found, "junit"))
    names = [each.get("name", "").partition(":")[0] for each in suite]
    assert set(found.asked) <= set(names)
    assert len(names) == len(set(names))
    counts = {key: int(suite.get(key, "-1")) for key in ("tests", "failures", "errors", "skipped")}
    skipped = len(suite.findall("testcase/skipped"))
    assert counts == {"tests": len(names), "failures": 0, "errors": 0, "skipped": skipped}
    assert skipped


@pytest.mark.parametrize(
    ("found", "kind", "said"),
    [
        (finding(Level.MANDATORY), "failure", "b.yaml:4: it: wrong"),
        (finding(Level.ADVISORY), "skipped", "advisory: b.yaml:4: it: wrong"),
        (
            finding(Level.MANDATORY, "it is so", "2030-01-01"),
            "skipped",
            "waived until 2030-01-01 (it is so): b.yaml:4: it: wrong",
        ),
    ],
    ids=["mandatory", "advisory", "waived"],
)
def test_only_what_blocks_fails(found: Finding, kind: str, said: str) -> None:
    element = case(found).find(kind)
    assert element is not None
    assert element.get("message") == said
    assert "Next: Mend it." in (element.text or "")


def test_what_blocks_is_not_hidden_by_what_does_not() -> None:
    element = case(finding(Level.ADVISORY), finding(Level.MANDATORY)).find("failure")
    assert element is not None
    assert element.get("type") == "mandatory"


def test_a_case_has_file_and_line() -> None:
    found = case(finding(Level.MANDATORY))
    assert (found.get("file"), found.get("line")) == ("b.yaml", "4")


def test_any_name_is_xml() -> None:
    text = render(hostile.report(), "junit")
    ElementTree.fromstring(text)
    assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(text)
    ElementTree.fromstring(junit([Suite("\ufffe\ud800\x00", [])]))
