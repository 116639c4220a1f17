"""What holds of every platform over several sites, whichever they are."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import pytest
from tests.support import parts, shipped
from tests.support.links import SITES, planned, recorded

from modelyard.plan.placement import Placement
from modelyard.plan.plan import Plan
from modelyard.platform import component_name
from modelyard.program import sites_of
from modelyard.recorder import Graph, Resource
from modelyard.recorder.values import plain
from modelyard.review.comparing import renamed

ALL = tuple(SITES)
SEVERAL = [*(pair for pair in combinations(SITES, 2)), ALL]


def _sites(case: shipped.Case) -> int:
    """How many a shipped blueprint has; none where it does not load, which its own test tells."""
    try:
        return len(shipped.loaded(case).blueprint.sites)
    except Exception:
        return 0


CASES = [case for case in shipped.cases() if _sites(case) > 1]


def _several(case: tuple[str, ...] | shipped.Case) -> tuple[Plan, Graph]:
    if isinstance(case, shipped.Case):
        return shipped.planned(case).plan, shipped.recorded(case)
    return planned(*case), recorded(*case)


each = pytest.mark.parametrize("case", [*SEVERAL, *CASES], ids=str)


@each
def test_providers_never_cross_sites(case: tuple[str, ...] | shipped.Case) -> None:
    plan, graph = _several(case)
    sites = sites_of(plan, graph)
    urns = {resource.urn for resource in graph}
    for resource in graph:
        if resource.custom and resource.provider:
            provider = resource.provider.rpartition("::")[0]
            provider = resource.provider if resource.provider in urns else provider
            if provider in sites:
                assert sites[resource.urn] == sites[provider], resource.urn
            else:
                assert "CertificateAuthority$" in provider, "what signs for all is no site's"


@each
def test_what_crosses_sites_goes_through_a_link(case: tuple[str, ...] | shipped.Case) -> None:
    """It belongs to a link's end, or to what is used from afar; and a link leads there."""
    plan, graph = _several(case)
    sites, parts = sites_of(plan, graph), _placements(plan, graph)
    joined = {frozenset((link.from_, link.to)) for link in plan.blueprint.links}
    for resource in graph:
        for other in resource.dependencies:
            here, there = sites.get(resource.urn), sites.get(other)
            if None in (here, there) or here == there:
                continue
            placement = parts[resource.urn]
            assert there in (placement.to, placement.far), f"{resource.urn} needs {other}"
            assert frozenset((here, there)) in joined


def _placements(plan: Plan, graph: Graph) -> Mapping[str, Placement]:
    """What each resource was made for."""
    named = {component_name(plan, placement): placement for placement in plan.capabilities}
    found: dict[str, Placement] = {}
    for resource in graph:
        above = found.get(resource.parent or "")
        own = named.get(resource.name) if not resource.custom else None
        if placement := above or own:
            found[resource.urn] = placement
    return found


def _kept(plan: Plan, graph: Graph, *names: str) -> Mapping[str, Any]:
    """Inputs by URN of what stands on these sites, without the borders and ends of links."""
    sites, parts = sites_of(plan, graph), _placements(plan, graph)
    return {
        resource.urn: plain(dict(resource.inputs))
        for resource in graph
        if sites.get(resource.urn) in names
        and str(parts[resource.urn].capability) not in ("link", "border")
    }


@pytest.mark.parametrize("gone", ["burst", "plant"])
def test_taking_a_site_away_leaves_the_others_as_they_are(gone: str) -> None:
    others = tuple(name for name in ALL if name != gone)
    before = _kept(planned(*ALL), recorded(*ALL), *others)
    after = _kept(planned(*others), recorded(*others), *others)
    assert after == before


def test_the_links_of_those_that_stay_stay_too() -> None:
    before, after = recorded(*ALL), recorded("cloud", "plant")
    theirs = {r.urn: r for r in after if "-link-" in r.name or "-border" in r.name}
    assert theirs
    for urn, resource in theirs.items():
        assert before[urn].inputs == resource.inputs


def test_the_first_site_can_be_taken_away_where_the_next_one_keeps_its_name() -> None:
    others = ("burst", "plant")
    before = _kept(planned(*ALL, used=False), recorded(*ALL, used=False), *others)
    plan, graph = planned(*others, named="burst"), recorded(*others, named="burst")
    assert _kept(plan, graph, *others) == before
    told = planned(*ALL, named="burst", used=False), recorded(*ALL, named="burst", used=False)
    assert _kept(*told, *others) == before, "to say so beforehand changes nothing"


@pytest.mark.parametrize("names", [("cloud",), ("cloud", "burst"), ("cloud", "plant")])
def test_a_further_site_renames_nothing(names: tuple[str, ...]) -> None:
    before, after = recorded(*names), recorded(*ALL)
    assert {r.urn for r in before} <= {r.urn for r in after}
    assert (
        _kept(planned(*names), before, *names).items()
        <= _kept(planned(*ALL), after, *names).items()
    )


def test_names_of_before_are_known() -> None:
    """Up to version 0.1 the first of several sites had its name in those of its parts."""
    first = [r for r in recorded(*ALL) if r.name == "yard-cluster" and not r.custom]
    [cluster] = first
    assert [alias.rpartition("::")[2] for alias in cluster.aliases] == ["yard-cloud-cluster"]
    children = [r for r in recorded(*ALL) if r.parent == cluster.urn]
    assert all(_before(child) for child in children)
    assert not [r for r in recorded("cloud") if r.aliases]


def _before(resource: Resource) -> bool:
    return any("yard-cloud-cluster" in alias for alias in resource.aliases)


def test_a_diff_warns_where_the_first_site_goes() -> None:
    """What comes next would be taken for it."""
    before = recorded("plant", "cloud")
    [note] = renamed(before, planned("cloud", "plant"))
    assert "'cloud' comes first now" in note
    assert "named: true" in note
    assert not list(renamed(before, planned("plant", "cloud")))
    assert not list(renamed(before, planned("cloud", "plant", named="cloud")))
    assert not list(renamed(before, planned("plant", "cloud", "burst")))


SHARED = {
    "aws": "kind: aws, region: eu-central-1, account: '123456789012'",
    "gcp": "kind: gcp, region: europe-west1, project: acme-one",
}
TWO = """
sites: {{one: {{{shared}}}, two: {{{shared}}}}}
registry: {{engine: mlflow, 'on': two}}
budget: {{monthly_usd: 9000}}
models:
  - {{name: near, type: predictive, source: "hf://acme/near", 'on': one, serve: {serve}}}
  - {{name: far, type: predictive, source: "hf://acme/far", 'on': two, serve: {serve}}}
"""
SERVE = "{engine: fastapi, image: 'acme.example/server:1'}"
TOLD_APART = (
    *("aws:iam/role:Role", "aws:eks/cluster:Cluster", "aws:sqs/queue:Queue"),
    *("aws:s3/bucket:Bucket", "aws:kms/alias:Alias", "aws:cloudwatch/logGroup:LogGroup"),
    *("aws:cloudtrail/trail:Trail", "aws:ecr/repository:Repository", "aws:budgets/budget:Budget"),
    *("gcp:compute/network:Network", "gcp:compute/firewall:Firewall", "gcp:storage/bucket:Bucket"),
    *("gcp:serviceaccount/account:Account", "gcp:container/cluster:Cluster"),
    *("gcp:dns/managedZone:ManagedZone", "gcp:logging/projectSink:ProjectSink"),
    *("gcp:sql/databaseInstance:DatabaseInstance", "gcp:billing/budget:Budget"),
)
"""Types whose names are unique in an account, or at least in a region of it."""
CALLED = ("accountId", "bucket", "name", "displayName")


@pytest.mark.parametrize("kind", SHARED)
def test_two_sites_may_share_an_account(kind: str) -> None:
    graph = parts.recorded(parts.planned(TWO.format(shared=SHARED[kind], serve=SERVE)))
    made = [r for r in graph if r.type in TOLD_APART]
    called = [(r.type, next(r.inputs[key] for key in CALLED if key in r.inputs)) for r in made]
    assert len({type for type, _ in called}) > 6
    assert [each for each in called if called.count(each) > 1] == []
