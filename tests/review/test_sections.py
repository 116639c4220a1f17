"""The four sections together: in short, in full, for machines, and safe to show."""

from __future__ import annotations

import io
import json

import pytest
from rich.console import Console
from tests.review.small import manifest, plan, shipped_view, thing
from tests.support import shipped

from modelyard.recorder import Graph, Resource
from modelyard.review import sections
from modelyard.review.comment import comment
from modelyard.review.html.page import page
from modelyard.review.report import Report
from modelyard.review.table import Table, printable
from modelyard.review.terminal import show

EVIL = "\x1b]0;owned\x07\x9b2J<img src=x onerror=alert(1)>|`x`\u202egnp"


def _report(*resources: Resource) -> Report:
    return Report(plan(), Graph.of("modelyard", "dev", resources, {}), ())


def _hostile() -> Report:
    """What somebody else has named, in every section."""
    pod = {"template": {"spec": {"containers": [{"image": f"a.example/{EVIL}:1"}]}}}
    rule = {"apiGroups": [""], "resources": [EVIL], "verbs": ["get"]}
    return _report(
        manifest("apps/v1", "Deployment", "it", spec=pod),
        manifest("rbac.authorization.k8s.io/v1", "Role", "seer", rules=[rule]),
        thing("aws:eks/cluster:Cluster", EVIL, {"name": EVIL}),
        thing("aws:sns/topic:Topic", f"topic-{EVIL}"),
    )


def _text(report: Report, *, full: bool) -> str:
    console = Console(file=io.StringIO(), width=80, force_terminal=True, color_system=None)
    show(report, console, full=full)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("full", [True, False])
def test_no_name_steers_a_terminal(full: bool) -> None:
    text = _text(_hostile(), full=full)
    for character in ("\x1b]", "\x07", "\x9b", "\u202e"):
        assert character not in text
    assert ("x1b" in text) is full


def test_no_name_is_markup() -> None:
    text = comment(_hostile())
    assert "<img" not in text.replace("\\<", "")
    assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(text)
    assert "<img" not in page(_hostile())
    for table in (block for block in text.split("\n\n") if block.startswith("| ")):
        rows = table.splitlines()
        assert len({row.replace("\\|", "").count("|") for row in rows}) == 1


def test_what_is_shown_of_a_name() -> None:
    assert printable("a\x1b[2Jb") == "a\\x1b[2Jb"
    assert printable("Zürich 東京 ·") == "Zürich 東京 ·"
    assert printable("two\nlines") == "two\nlines"


def test_an_empty_platform_has_something_to_say() -> None:
    report = _report()
    said = {row[0]: row[1] for row in sections.summary(report.sections).rows}
    assert said["exposure"] == "nothing is reached from outside"
    assert report.sections.stores == ()
    assert all(isinstance(table, Table) for table in report.tables(full=True))


@pytest.mark.parametrize(
    ("count", "noun", "told"),
    [(1, "way", "1 way"), (2, "way", "2 ways"), (3, "registry", "3 registries")],
)
def test_counting(count: int, noun: str, told: str) -> None:
    assert sections.counted(count, noun) == told


def test_the_text_leaves_no_subject_store_or_image_out() -> None:
    case = next(c for c in shipped.cases() if str(c) == "gcp-finance-prod")
    found = sections.look(shipped_view(case))
    text = "\n".join(cell for table in sections.tables(found) for row in table.rows for cell in row)
    for grant in found.access:
        assert grant.denied or grant.subject in text
    for store in found.stores:
        assert store.name in text
    for artefact in found.supply:
        assert artefact.name in text
    for way in found.exposure:
        assert way.address in text


def test_machines_get_plain_values_in_one_order() -> None:
    case = next(c for c in shipped.cases() if str(c) == "aws-finance-prod")
    seen = shipped_view(case)
    first, again = (json.dumps(sections.json(sections.look(seen))) for _ in range(2))
    assert first == again
    assert sections.look(seen) == sections.look(seen)
