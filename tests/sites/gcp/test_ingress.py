"""The way in on Google Cloud: nothing before Cloud Armor, and nothing public unless it is said."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from tests.support.gcp_ground import CLUSTER, ground, inputs, only

from modelyard.plan.capability import Capability as C
from modelyard.recorder import Graph
from modelyard.sites.gcp.firewall import ATTACKS

PRIVATE = "domain: a.example"
PUBLIC = f"{PRIVATE}, public: true, certificate: web"
ARMOR = "compute/regionSecurityPolicy:RegionSecurityPolicy"


@cache
def stands(settings: str) -> Graph:
    return ground(*CLUSTER, C.INGRESS, text=f"ingress: {{{settings}}}")[0]


def rules(settings: str) -> list[dict[str, Any]]:
    return sorted(only(stands(settings), ARMOR)["rules"], key=lambda rule: rule["priority"])


def objects(settings: str, kind: str) -> dict[str, Any]:
    found = (inputs(it) for it in stands(settings) if it.inputs.get("kind") == kind)
    return {it["metadata"]["name"]: it for it in found}


@pytest.mark.parametrize("settings", [PRIVATE, PUBLIC])
def test_every_request_passes_cloud_armor(settings: str) -> None:
    [policy] = objects(settings, "GCPBackendPolicy").values()
    assert policy["spec"]["default"]["securityPolicy"] == "yard-ingress"
    [balancer] = [it for it in stands(settings) if it.name.endswith("-balancer")]
    [guard] = [it for it in stands(settings) if it.inputs.get("kind") == "GCPBackendPolicy"]
    assert guard.urn in balancer.dependencies, "the firewall is there first"


def test_attacks_are_refused_and_each_address_has_its_share() -> None:
    *attacks, share, last = rules(f"{PRIVATE}, rate_limit: 100")
    assert len(attacks) == len(ATTACKS)
    assert {it["action"] for it in attacks} == {"deny(403)"}
    assert share["action"] == "throttle"
    assert share["rateLimitOptions"]["rateLimitThreshold"] == {"count": 100, "intervalSec": 300}
    assert share["match"]["config"]["srcIpRanges"] == ["*"]
    assert (last["action"], last["priority"]) == ("deny(403)", 2_147_483_647)


def test_who_is_not_on_the_list_stays_out() -> None:
    allowed = [f"203.0.{n}.0/24" for n in range(12)]
    shares = [it for it in rules(f"{PRIVATE}, allow: {allowed}") if it["action"] == "throttle"]
    ranges = [it["match"]["config"]["srcIpRanges"] for it in shares]
    assert [len(it) for it in ranges] == [10, 2]
    assert [each for it in ranges for each in it] == allowed


@pytest.mark.parametrize(
    ("settings", "kind", "balancer"),
    [
        (PRIVATE, "INTERNAL", "gke-l7-rilb"),
        (PUBLIC, "EXTERNAL", "gke-l7-regional-external-managed"),
    ],
)
def test_it_is_inside_unless_the_blueprint_says_public(
    settings: str, kind: str, balancer: str
) -> None:
    graph = stands(settings)
    [address] = [it for it in graph.of_type("gcp:compute/address:Address") if "ingress" in it.name]
    assert address.inputs["addressType"] == kind
    gateways = objects(settings, "Gateway")
    assert gateways["yard-way-in"]["spec"]["gatewayClassName"] == balancer
    assert gateways["yard-way-in"]["spec"]["addresses"] == [
        {"type": "NamedAddress", "value": "yard-ingress"}
    ]


def test_with_a_certificate_http_only_points_to_https() -> None:
    assert only(stands(PUBLIC), "compute/regionSslPolicy:RegionSslPolicy")["minTlsVersion"] == (
        "TLS_1_2"
    )
    listeners = objects(PUBLIC, "Gateway")["yard-way-in"]["spec"]["listeners"]
    assert {it["name"] for it in listeners} == {"http", "https"}
    routes = objects(PUBLIC, "HTTPRoute")
    [rule] = routes["yard-way-in-redirect"]["spec"]["rules"]
    assert rule["filters"][0]["requestRedirect"]["scheme"] == "https"
    [parent] = routes["yard-way-in-envoy"]["spec"]["parentRefs"]
    assert parent["sectionName"] == "https"
