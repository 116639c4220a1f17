"""Fleets: decided once, built for each member, and reached by new versions ring after ring."""

from __future__ import annotations

import pytest
from tests.plan.blueprints import blueprint
from tests.support.parts import manifest

from modelyard.blueprint.checks import check
from modelyard.blueprint.checks.finding import Finding
from modelyard.blueprint.site import ClusterSite
from modelyard.plan.plan import Plan, make_plan
from modelyard.program import record_plan, sites_of
from modelyard.recorder import Graph
from modelyard.sites import offers

FLEET = "fleet: {members: [rome, oslo, bonn], rings: [[oslo]]}"
SHOPS = "kind: onprem, edge: true, cluster: {attach: {context: 'shop-{member}'}}"
HUB = "hub: {kind: kubernetes}"
SKY = "sky: {kind: gcp, region: europe-west1, project: yard-sky},"
ROLLOUT = "rollout: {source: 's3://models/shelf/9', rings: 1}"


def text(
    fleet: str = FLEET,
    shops: str = SHOPS,
    rest: str = "",
    model: str = "",
    source: str = "s3://models/shelf/8",
    cloud: str = "",
) -> str:
    return f"""
        sites: {{{HUB}, {cloud} shops: {{{shops}, {fleet}}}}}
        models:
          - name: shelf
            type: predictive
            source: {source}
            on: shops
            serve: {{mode: edge, engine: onnx-runtime}}
            {model}
        {rest}
    """


def planned(**changed: str) -> Plan:
    made = make_plan(blueprint(text(**changed)), offers())
    assert not made.errors, made.errors
    return made


def said(**changed: str) -> list[Finding]:
    return [f for f in check(blueprint(text(**changed))) if f.severity == "error"]


def test_each_member_is_a_site_with_a_cluster_of_its_own() -> None:
    plan = planned()
    assert [(site.name, site.fleet) for site in plan.sites] == [
        ("hub", None),
        ("shops-rome", "shops"),
        ("shops-oslo", "shops"),
        ("shops-bonn", "shops"),
    ]
    oslo = plan.blueprint.sites["shops-oslo"]
    assert isinstance(oslo, ClusterSite)
    assert oslo.cluster.attach.context == "shop-oslo"


def test_members_are_numbered_where_they_have_no_names() -> None:
    plan = planned(fleet="fleet: {count: 12}")
    assert [site.name for site in plan.sites if site.fleet][::11] == ["shops-1", "shops-12"]


def test_a_member_has_a_domain_of_its_own() -> None:
    plan = planned(shops=SHOPS + ", ingress: {domain: shops.example}")
    ingress = plan.blueprint.sites["shops-bonn"].ingress
    assert ingress is not None
    assert ingress.domain == "bonn.shops.example"


def served(graph: Graph, plan: Plan) -> dict[str, str]:
    """What the model's pods fetch, by site."""
    sites = sites_of(plan, graph)
    return {
        sites[r.urn]: manifest(r)["spec"]["template"]["spec"]["initContainers"][0]["args"][2]
        for r in graph
        if manifest(r).get("kind") == "DaemonSet"
    }


def test_the_model_stands_on_every_member_and_nowhere_else() -> None:
    plan = planned()
    found = served(record_plan(plan), plan)
    assert found == dict.fromkeys(
        ("shops-rome", "shops-oslo", "shops-bonn"), "store:models/shelf/8"
    )


def test_what_stands_on_a_member_is_made_by_that_members_provider() -> None:
    plan = planned()
    graph = record_plan(plan)
    sites = sites_of(plan, graph)
    for resource in graph:
        if resource.provider and "kubernetes" in resource.provider:
            site = sites[resource.urn]
            named = resource.provider.rpartition("::")[2]
            assert named == ("yard-cluster" if site == "hub" else f"yard-{site}-cluster")


def test_a_new_version_is_where_its_rings_are() -> None:
    plan = planned(model=ROLLOUT)
    found = {site: args[-1] for site, args in served(record_plan(plan), plan).items()}
    assert found == {"shops-rome": "8", "shops-oslo": "9", "shops-bonn": "8"}
    everywhere = planned(model=ROLLOUT.replace("rings: 1", "rings: 2"))
    assert {args[-1] for args in served(record_plan(everywhere), everywhere).values()} == {"9"}


def test_rings_0_takes_it_back_to_what_was_there() -> None:
    before = record_plan(planned())
    assert record_plan(planned(model=ROLLOUT.replace("rings: 1", "rings: 0"))).hash == before.hash


def test_a_ring_changes_the_sites_in_it_alone() -> None:
    before, plan = record_plan(planned()), planned(model=ROLLOUT)
    after = record_plan(plan)
    known = {r.urn: r.inputs for r in before}
    assert known.keys() == {r.urn for r in after}
    sites = sites_of(plan, after)
    assert {sites[r.urn] for r in after if r.inputs != known[r.urn]} == {"shops-oslo"}


def test_a_further_member_changes_nothing_of_the_others() -> None:
    before = {r.urn: r.inputs for r in record_plan(planned())}
    after = {
        r.urn: r.inputs for r in record_plan(planned(fleet=FLEET.replace("bonn]", "bonn, lyon]")))
    }
    assert all(after[urn] == inputs for urn, inputs in before.items() if "Stack" not in urn)
    assert len(after) > len(before)


@pytest.mark.parametrize(
    ("changed", "path", "what"),
    [
        ({"fleet": "fleet: {members: [rome, rome]}"}, ("fleet", "members"), "named twice"),
        ({"fleet": "fleet: {count: 2, rings: [['3']]}"}, ("rings", 0, 0), "no member '3'"),
        ({"fleet": "fleet: {count: 2, rings: [['1'], ['1']]}"}, ("rings", 1, 0), "in two rings"),
        ({"shops": "kind: onprem, edge: true"}, ("shops", "cluster"), "one and the same cluster"),
        ({"rest": "registry: {on: shops}"}, ("registry", "on"), "of which there are several"),
        (
            {
                "cloud": SKY,
                "rest": "links: [{from: shops, to: sky, via: vpn, carries: [metrics]}]",
            },
            ("links", 0, "via"),
            "several members",
        ),
        (
            {"model": ROLLOUT.replace("rings: 1", "rings: 3")},
            ("rollout", "rings"),
            "has 2 rings",
        ),
        (
            {"model": "rollout: {source: 'models:/shelf@champion', rings: 1}"},
            ("rollout", "source"),
            "may change under the rings",
        ),
        ({"model": "rollout: {rings: 1}"}, (0, "rollout"), "there already"),
        ({"model": "retrain: {every: 30d}"}, (0, "retrain"), "trained on every member"),
    ],
)
def test_what_a_fleet_cannot_be_is_said(
    changed: dict[str, str], path: tuple[str | int, ...], what: str
) -> None:
    found = said(**changed)
    assert [(f.path[-len(path) :], what in f.what) for f in found if what in f.what] == [
        (path, True)
    ], found


def test_rings_are_of_fleets() -> None:
    found = said(model=ROLLOUT, shops=SHOPS, fleet="named: true")
    assert any("there are no rings" in f.what for f in found)
