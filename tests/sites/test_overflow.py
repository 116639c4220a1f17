"""What two gateways are told, so that the one's requests get to the other's replicas."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest
from tests.plan.test_overflow import FALLBACK, SERVE, planned
from tests.support import shipped
from tests.support.kubernetes_schemas import violations
from tests.support.parts import manifest

from modelyard.objects.identity import RELEASE
from modelyard.plan.plan import Plan
from modelyard.program import record_plan, sites_of
from modelyard.recorder import Graph
from modelyard.recorder.values import plain

EVERYTHING = FALLBACK.replace("on: sky", "on: sky, everything: true")
KINDS = ("Backend", "BackendTLSPolicy", "BackendTrafficPolicy", "HTTPRoute")


@cache
def recorded(serve: str = f"{SERVE}, {FALLBACK}") -> tuple[Plan, Graph]:
    plan = planned(serve)
    return plan, record_plan(plan)


def objects(kind: str, site: str = "house", serve: str = f"{SERVE}, {FALLBACK}") -> list[Any]:
    plan, graph = recorded(serve)
    sites = sites_of(plan, graph)
    found = [(sites.get(it.urn), plain(dict(manifest(it)))) for it in graph if manifest(it)]
    return [made["spec"] for place, made in found if place == site and made.get("kind") == kind]


def test_the_own_replicas_come_first_and_the_other_site_after_them() -> None:
    [route] = [it for it in objects("HTTPRoute") if it["hostnames"] == ["m.house.example"]]
    [rule] = route["rules"]
    own, other = rule["backendRefs"]
    assert own["name"] == "m"
    assert (other["kind"], other["name"], other["port"]) == ("Backend", "m-elsewhere", 443)
    [backend] = objects("Backend")
    assert backend == {
        "fallback": True,
        "endpoints": [{"fqdn": {"hostname": "m.sky.example", "port": 443}}],
    }


def test_the_other_gateway_is_asked_by_the_name_it_knows_and_has_to_prove_it() -> None:
    [route] = [it for it in objects("HTTPRoute") if it["hostnames"] == ["m.house.example"]]
    [rewrite] = route["rules"][0]["filters"]
    assert rewrite == {"type": "URLRewrite", "urlRewrite": {"hostname": "m.sky.example"}}
    [tls] = objects("BackendTLSPolicy")
    assert tls["validation"] == {"hostname": "m.sky.example", "wellKnownCACertificates": "System"}
    [answering] = [it for it in objects("HTTPRoute", "sky") if "hostnames" in it]
    assert answering["hostnames"] == ["m.sky.example"]
    assert [ref["name"] for ref in answering["rules"][0]["backendRefs"]] == ["m"]


def test_what_is_full_is_asked_once_and_then_the_other_site() -> None:
    [policy] = objects("BackendTrafficPolicy")
    assert policy["targetRefs"][0]["name"] == "m"
    retry = policy["retry"]
    assert (retry["numRetries"], retry["numAttemptsPerPriority"]) == (1, 1)
    assert retry["retryOn"]["httpStatusCodes"] == [429, 503]
    assert policy["healthCheck"]["active"]["http"]["hostname"] == "m.sky.example"
    assert policy["healthCheck"]["passive"]["consecutive5XxErrors"] == 0


def test_the_other_site_hands_nothing_back() -> None:
    assert not [kind for kind in KINDS[:3] if objects(kind, "sky")]


def test_backends_are_known_where_there_are_some() -> None:
    plan, graph = recorded()
    sites = sites_of(plan, graph)
    values = {
        sites[it.urn]: plain(dict(it.inputs))["values"]
        for it in graph.of_type(RELEASE)
        if it.name.endswith("envoy-gateway")
    }
    assert values["house"]["config"] == {"envoyGateway": {"extensionApis": {"enableBackend": True}}}
    assert "config" not in values["sky"]


def test_a_server_that_tells_that_it_is_full_is_told_to() -> None:
    [case] = [it for it in shipped.cases() if it.path.stem == "hybrid-burst"]
    plan, graph = shipped.planned(case).plan, shipped.recorded(case)
    sites = sites_of(plan, graph)
    told = {
        sites[it.urn]: manifest(it)["spec"]["template"]["spec"]["containers"][0]["args"]
        for it in graph
        if manifest(it).get("kind") == "Deployment" and "-serving-" in it.name
    }
    at = told["house"].index("--max-num-queued-reqs")
    assert told["house"][at + 1] == "32"
    assert "--max-num-queued-reqs" not in told["cloud"]


def test_failing_over_changes_routes_and_nothing_else() -> None:
    """And back again: the same blueprint, the same graph."""
    before, after = (recorded(f"{SERVE}, {it}")[1] for it in (FALLBACK, EVERYTHING))
    known = {it.urn: it for it in before}
    assert known.keys() == {it.urn for it in after}
    changed = [it for it in after if it.inputs != known[it.urn].inputs]
    assert {manifest(it)["kind"] for it in changed} == {
        "HTTPRoute",
        "Backend",
        "BackendTrafficPolicy",
    }
    [route] = [it for it in changed if manifest(it)["kind"] == "HTTPRoute"]
    [rule] = manifest(route)["spec"]["rules"]
    assert [ref["name"] for ref in rule["backendRefs"]] == ["m-elsewhere"]


def test_the_command_changes_what_the_blueprint_would() -> None:
    plan, _ = recorded()
    directed = record_plan(plan, config={"failover:m": "sky"})
    assert directed.hash == recorded(f"{SERVE}, {EVERYTHING}")[1].hash
    assert record_plan(plan, config={"failover:m": "moon"}).hash == recorded()[1].hash


def test_a_second_site_changes_nothing_of_the_first_but_its_route() -> None:
    """And the flag that lets Envoy Gateway know of it."""
    before, after = recorded(SERVE)[1], recorded()[1]
    known: Mapping[str, Any] = {it.urn: it for it in after}
    changed = [it for it in before if it.inputs != known[it.urn].inputs]
    kinds = {manifest(it).get("kind") or it.type for it in changed if it.custom}
    assert kinds == {"HTTPRoute", RELEASE}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fallback", [FALLBACK, EVERYTHING], ids=["spare", "everything"])
def test_every_field_is_one_of_the_api(kind: str, fallback: str) -> None:
    """Against the CRDs of Envoy Gateway's chart, where they are in `$MODELYARD_CRDS`."""
    _, graph = recorded(f"{SERVE}, {fallback}")
    made = [plain(dict(manifest(it))) for it in graph if manifest(it).get("kind") == kind]
    assert made
    found = [each for it in made for each in violations(it)]
    if any(each.startswith("no schema for") for each in found):
        pytest.skip(f"the CRD of {kind} is not in $MODELYARD_CRDS")
    assert found == []
