"""The diagram: what is drawn of a platform, as Mermaid and where it stands on a page."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import combinations

import pytest
from tests.review import hostile
from tests.review.test_sarif import report
from tests.support import shipped

from modelyard.plan.capability import Capability
from modelyard.review.diagram.diagram import Box, Diagram, Flow, Kind, Outside, Place, Role
from modelyard.review.diagram.drawing import diagram
from modelyard.review.diagram.layout import Layout, Rect
from modelyard.review.diagram.mermaid import escaped, mermaid
from modelyard.review.exposure.ways import exposures
from modelyard.review.view import View

CASES = [case for case in shipped.cases() if case.environment in (None, "prod")]
_LABEL = r'"(?:[A-Za-z0-9 ,.:/()+_-]|#\d+;|<br/>)*"'
_NODE = rf"\w+(?:\(\[{_LABEL}\]\)|\[\({_LABEL}\)\]|\[{_LABEL}\]|\{{\{{{_LABEL}\}}\}}):::\w+"
_LINE = re.compile(
    rf"flowchart LR|subgraph \w+ \[{_LABEL}\]|end|{_NODE}|more\[{_LABEL}\]"
    rf"|\w+ (?:-->|==>|<-\.->)(?:\|{_LABEL}\|)? \w+|classDef [\w:#, -]+|class [\w,]+ site"
)
"""Every line that a chart may have: nothing that a person has named is outside of quotes."""


def drawn(case: shipped.Case) -> Diagram:
    view = View(shipped.planned(case).plan, shipped.recorded(case, deployed=False))
    return diagram(view.plan, view.graph, exposures(view), str(case))


def grammatical(text: str) -> bool:
    return all(_LINE.fullmatch(line.strip()) for line in text.splitlines())


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_platform_can_be_drawn(case: shipped.Case) -> None:
    found = drawn(case)
    ids = [b.id for p in found.places for b in p.boxes] + [p.id for p in found.places]
    ids += [each.id for each in found.outside]
    assert len(ids) == len(set(ids))
    assert {end for flow in found.flows for end in (flow.start, flow.end)} <= set(ids)
    text = mermaid(found)
    assert grammatical(text)
    assert len(text) < 12_000


def test_sites_models_and_links_are_there() -> None:
    text = mermaid(report("hybrid-vpn", "tunnels").diagram)
    for name in ("cloud, aws eu-west-1", "plant, onprem", "press-wear", "registry", "internet"):
        assert f'"{name}' in text
    assert '<-.->|"vpn: artifacts"|' in text


def test_what_is_used_from_another_site_is_a_flow_to_it() -> None:
    found = report("hybrid-vpn", "tunnels").diagram
    titles = {box.id: box.title for place in found.places for box in place.boxes}
    across = [
        f for f in found.between(Kind.USE) if found.place_of(f.start) != found.place_of(f.end)
    ]
    assert [(titles[f.start], titles[f.end]) for f in across] == [("press-wear", "registry")]


def test_who_is_not_asked_is_marked() -> None:
    found = report("aws-finance", "prod").diagram
    titles = {box.id: box.title for place in found.places for box in place.boxes}
    marked = {titles[flow.end] for flow in found.flows if flow.open}
    assert marked == {"fraud-scorer", "chargeback", "case-notes"}
    assert '==>|"nobody is asked"|' in mermaid(found)


def test_a_fleet_is_drawn_once() -> None:
    found = report("edge-fleet").diagram
    fleet = [place for place in found.places if "alike" in place.title]
    assert len(fleet) == 1
    assert len(found.places) < len(report("edge-fleet").plan.sites)


def test_many_sites_and_models_are_cut_and_it_is_said() -> None:
    found = report("hybrid-vpn", "tunnels")
    first, *rest = found.plan.sites
    sites = (first, *rest, *(replace(first, name=f"x{i}") for i in range(40)))
    one = next(p for p in found.plan.capabilities if p.capability is Capability.SERVING)
    models = tuple(replace(one, model=f"m{i}") for i in range(90))
    known = found.plan.blueprint.sites
    blueprint = found.plan.blueprint.model_copy(
        update={"sites": {site.name: known[first.name] for site in sites}}
    )
    capabilities = (*found.plan.capabilities, *models)
    plan = replace(found.plan, blueprint=blueprint, sites=sites, capabilities=capabilities)
    cut = diagram(plan, found.graph, found.sections.exposure, "many")
    assert cut.left_out == "34 more sites"
    assert sum(len(place.boxes) for place in cut.places) < 60
    assert any(box.title.startswith("and 8") for place in cut.places for box in place.boxes)
    assert "34 more sites" in mermaid(cut)


def test_nothing_breaks_out_of_a_chart() -> None:
    evil = hostile.EVIL
    boxes = tuple(Box(f"b{i}", role, evil, evil) for i, role in enumerate(Role))
    flows = (Flow("o0", "b0", Kind.IN, evil, True), Flow("s0", "s0", Kind.LINK, evil))
    found = Diagram(evil, (Place("s0", evil, evil, boxes),), (Outside("o0", evil),), flows, evil)
    text = mermaid(found)
    assert grammatical(text)
    assert not {"\x1b", "\x07", "\u202e", "`", "<img"} & {*text, *re.findall("<img", text)}
    assert grammatical(mermaid(hostile.report().diagram))


@pytest.mark.parametrize("text", ["1. one", "- one", "+ one"])
def test_no_label_begins_a_list(text: str) -> None:
    """Mermaid refuses to draw those."""
    assert not re.match(r"\d+\. |[-+] ", escaped(text))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_nothing_is_drawn_over_anything_else(case: shipped.Case) -> None:
    layout = Layout(drawn(case))
    rectangles = [*layout.boxes.values(), *layout.outside.values()]
    assert not [(a, b) for a, b in combinations(rectangles, 2) if _overlap(a, b)]
    assert not [(a, b) for a, b in combinations(layout.places.values(), 2) if _overlap(a, b)]
    for box_id, box in layout.boxes.items():
        card = layout.places[layout.diagram.place_of(box_id) or ""]
        assert card.x <= box.x
        assert box.x + box.width <= card.x + card.width
        assert box.y + box.height <= card.y + card.height
    for line in (*layout.flows, *layout.links):
        numbers = [int(number) for number in re.findall(r"-?\d+", line.path)]
        assert max(numbers) <= max(layout.width, layout.height)


def _overlap(one: Rect, other: Rect) -> bool:
    across = one.x < other.x + other.width and other.x < one.x + one.width
    return across and one.y < other.y + other.height and other.y < one.y + one.height


def test_the_diagram_is_told_in_words() -> None:
    said = report("hybrid-vpn", "tunnels").diagram.sentence
    assert said.startswith("4 sites. cloud (aws eu-west-1): ingress, registry")
