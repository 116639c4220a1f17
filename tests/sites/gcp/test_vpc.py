"""The network of a Google Cloud site: its ranges, its way out, its ways to Google's services."""

from __future__ import annotations

from functools import cache
from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.facilities import Facilities
from tests.support.gcp_ground import ground, of, only

from modelyard.plan.capability import Capability as C
from modelyard.recorder import Graph
from modelyard.sites.gcp.google_apis import DOMAINS, beside
from modelyard.sites.gcp.subnets import divided
from modelyard.sites.gcp.vpc import CHECKS

POD_BLOCK = 25
"""What a node takes of the pods' range with 64 pods at most; source: GKE guide, sizing clusters."""
PROXIES = 26
"""The smallest range of proxies; source: load balancing guide, proxy-only subnets."""


@cache
def network(text: str = "") -> Graph:
    return ground(C.ACCOUNT, C.VPC, text=f"network: {{{text}}}" if text else "")[0]


@given(st.integers(0, 255), st.integers(16, 20))
def test_a_network_is_divided_without_overlaps(octet: int, length: int) -> None:
    cidr = f"10.{octet}.0.0/{length}"
    parts = divided(cidr)
    ranges = [IPv4Network(it) for it in (parts.nodes, parts.pods, parts.services, parts.proxies)]
    assert all(it.subnet_of(IPv4Network(cidr)) for it in ranges)
    assert not any(a.overlaps(b) for a in ranges for b in ranges if a is not b)
    assert not any(IPv4Address(beside(cidr)) in it for it in ranges)
    assert IPv4Address(beside(cidr)) in IPv4Network(cidr)


@pytest.mark.parametrize(("length", "nodes"), [(16, 256), (20, 16)])
def test_a_smaller_network_holds_fewer_nodes(length: int, nodes: int) -> None:
    parts = divided(f"10.0.0.0/{length}")
    pods = IPv4Network(parts.pods)
    assert 2 ** (POD_BLOCK - pods.prefixlen) == nodes
    assert IPv4Network(parts.proxies).prefixlen <= PROXIES


def test_nodes_have_ranges_for_pods_and_services_and_their_flows_are_logged() -> None:
    subnets = of(network("cidr: 10.1.0.0/16"), "compute/subnetwork:Subnetwork")
    [nodes] = [it for it in subnets.values() if it["name"] == "yard-nodes"]
    assert nodes["ipCidrRange"] == "10.1.128.0/19"
    assert {it["rangeName"]: it["ipCidrRange"] for it in nodes["secondaryIpRanges"]} == {
        "pods": "10.1.0.0/17",
        "services": "10.1.160.0/19",
    }
    assert nodes["privateIpGoogleAccess"]
    assert nodes["logConfig"]["metadata"] == "INCLUDE_ALL_METADATA"


def test_one_address_is_the_way_out() -> None:
    gateway = only(network(), "compute/routerNat:RouterNat")
    assert gateway["natIpAllocateOption"] == "MANUAL_ONLY"
    assert gateway["natIps"] == ["${yard-vpc-nat.id}"]
    assert not only(network(), "compute/network:Network")["deleteDefaultRoutesOnCreate"]


def test_without_a_way_out_there_is_no_route_either() -> None:
    alone = network("nat: none")
    for kind in ("router:Router", "routerNat:RouterNat", "address:Address"):
        assert of(alone, f"compute/{kind}") == {}
    assert only(alone, "compute/network:Network")["deleteDefaultRoutesOnCreate"]
    assert only(alone, "compute/globalForwardingRule:GlobalForwardingRule")


def test_google_is_reached_by_an_endpoint_inside() -> None:
    rule = only(network(), "compute/globalForwardingRule:GlobalForwardingRule")
    assert rule["target"] == "all-apis"
    assert rule["loadBalancingScheme"] == ""
    zones = of(network(), "dns/managedZone:ManagedZone").values()
    assert {it["dnsName"] for it in zones} == {f"{domain}." for domain in DOMAINS}
    assert {it["visibility"] for it in zones} == {"private"}
    records = of(network(), "dns/recordSet:RecordSet").values()
    assert len(records) == 2 * len(DOMAINS)


def test_inside_a_perimeter_only_what_it_knows_is_reached() -> None:
    graph, _ = ground(C.ACCOUNT, C.VPC, text="perimeter: {policy: '123456789'}")
    rule = only(graph, "compute/globalForwardingRule:GlobalForwardingRule")
    assert rule["target"] == "vpc-sc"


def test_nothing_comes_in_but_from_load_balancers() -> None:
    rules = {it["name"]: it for it in of(network(), "compute/firewall:Firewall").values()}
    refused, balanced = rules["yard-refused"], rules["yard-balancers"]
    assert refused["denies"] == [{"protocol": "all"}]
    assert refused["sourceRanges"] == ["0.0.0.0/0"]
    assert balanced["priority"] < refused["priority"]
    assert set(balanced["sourceRanges"]) == {"10.0.192.0/19", *CHECKS}


def test_somebody_else_s_network_is_read_and_not_changed() -> None:
    text = (
        "network: {attach: {network: projects/host/global/networks/shared, private_subnets: [n]}}"
    )
    graph, subnet = ground(
        C.ACCOUNT, C.VPC, text=text, use=lambda platform: platform.part(C.VPC).private_subnets
    )
    assert len(subnet) == 1
    assert {it.import_id for it in graph if it.type.startswith("gcp:compute/")} == {
        "projects/host/global/networks/shared",
        "projects/acme-ml-prod/regions/europe-west1/subnetworks/n",
    }


def test_a_service_of_google_s_may_make_an_endpoint_of_its_own() -> None:
    def ask(platform: Facilities) -> None:
        assert set(platform.part(C.VPC).connections)

    ground(C.ACCOUNT, C.VPC, use=ask)
