"""The network: its arithmetic holds for every legal range; nothing in it is open by accident."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from ipaddress import IPv4Network
from itertools import combinations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from tests.support.aws_ground import ACCOUNT, GROUND, REGION, ground
from tests.support.facilities import Facilities
from tests.support.iam import Of, policies

from modelyard.blueprint.blueprint import Blueprint
from modelyard.blueprint.checks.facilities import zones as enough_zones
from modelyard.catalog.aws_zones import aws_zones
from modelyard.contracts.vpc import Vpc
from modelyard.plan.capability import Capability as C
from modelyard.recorder import Graph, Resource
from modelyard.sites.aws.endpoints import GATEWAYS, INTERFACES
from modelyard.sites.aws.subnets import divided

NETWORKS = st.builds(
    lambda first, length: str(IPv4Network((first, length), strict=False)),
    st.integers(10 << 24, (11 << 24) - 1),
    st.integers(16, 24),
)


@given(NETWORKS, st.integers(2, 4))
def test_subnets_lie_inside_apart_and_large_enough(cidr: str, zones: int) -> None:
    subnets = divided(cidr, zones)
    kinds = (subnets.private, subnets.data, subnets.public)
    assert [len(kind) for kind in kinds] == [zones] * 3
    ranges = [IPv4Network(each) for kind in kinds for each in kind]
    assert all(each.subnet_of(IPv4Network(cidr)) for each in ranges)
    assert not any(one.overlaps(other) for one, other in combinations(ranges, 2))
    assert all(16 <= each.prefixlen <= 28 for each in ranges), "what AWS allows"


@given(NETWORKS, st.integers(2, 3))
def test_a_further_zone_moves_no_subnet(cidr: str, zones: int) -> None:
    fewer, more = divided(cidr, zones), divided(cidr, zones + 1)
    assert more.private[:zones] == fewer.private
    assert more.data[:zones] == fewer.data
    assert more.public[:zones] == fewer.public


def test_zones_are_named_by_ids_and_each_region_has_two() -> None:
    for region, ids in aws_zones().items():
        assert len(set(ids)) == len(ids) >= 2, region
        assert all("-az" in id for id in ids)
    assert not {"use1-az3", "usw1-az2", "cac1-az3"} & set(sum(aws_zones().values(), ()))


@pytest.mark.parametrize(
    ("region", "network", "what"),
    [
        ("us-west-1", "{zones: 3}", "has 2 zones"),
        ("xx-west-9", "{zones: 2}", "is not in the catalog"),
        ("xx-west-9", "{zones: 2, zone_ids: [xxw9-az1, xxw9-az2]}", None),
        ("eu-west-1", "{zones: 3}", None),
        ("us-west-1", "{attach: {network: vpc-1, private_subnets: [a, b]}}", None),
    ],
)
def test_there_are_as_many_zones_as_asked_for(region: str, network: str, what: str | None) -> None:
    found = [finding.what for finding in enough_zones(_blueprint(region, network))]
    assert bool(found) is (what is not None)
    assert all(what in each for each in found if what)


def _blueprint(region: str, network: str) -> Blueprint:
    site = f"{{kind: aws, region: {region}, account: '123456789012', network: {network}}}"
    return Blueprint.model_validate(
        {
            "modelyard": 1,
            "name": "yard",
            "team": {"owner": "ml@example.com", "domain": "demo"},
            "sites": {"main": yaml.safe_load(site)},
        }
    )


SUBNET, TABLE = "aws:ec2/subnet:Subnet", "aws:ec2/routeTable:RouteTable"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
PUBLIC = """ingress: {public: true, domain: a.example,
  certificate: 'arn:aws:acm:eu-west-1:123456789012:certificate/1'}"""


@cache
def network(settings: str = "{}", more: str = "") -> Graph:
    further = f", {more}" if more else ""
    return ground(*GROUND, text=f"network: {settings}{further}")[0]


def subnets(graph: Graph) -> Mapping[str, list[Resource]]:
    """By what they are for."""
    kinds = ("private", "data", "public")
    every = list(graph.of_type(SUBNET))
    return {kind: [s for s in every if s.name.startswith(f"yard-vpc-{kind}-")] for kind in kinds}


@pytest.mark.parametrize(
    ("settings", "gateways"),
    [("{nat: none}", 0), ("{nat: single}", 1), ("{nat: per-zone}", 3), ("{zones: 2}", 2)],
)
def test_there_are_as_many_ways_out_as_asked_for(settings: str, gateways: int) -> None:
    graph = network(settings)
    assert len(list(graph.of_type("aws:ec2/natGateway:NatGateway"))) == gateways
    assert len(list(graph.of_type("aws:ec2/eip:Eip"))) == gateways
    assert bool(list(graph.of_type("aws:ec2/internetGateway:InternetGateway"))) is bool(gateways)
    assert bool(subnets(graph)["public"]) is bool(gateways)


def test_a_public_way_in_needs_no_way_out() -> None:
    graph = network("{nat: none}", PUBLIC)
    assert subnets(graph)["public"]
    [out] = graph.of_type("aws:ec2/route:Route")
    assert out.name == "yard-vpc-public"
    assert not list(graph.of_type("aws:ec2/natGateway:NatGateway"))


def test_no_zone_depends_on_another_for_its_way_out() -> None:
    routes = {r.name: r.inputs for r in network("{nat: per-zone}").of_type("aws:ec2/route:Route")}
    ways = {name: r.get("natGatewayId") for name, r in routes.items() if "private" in name}
    assert len(ways) == len(set(ways.values())) == 3


def test_databases_have_no_way_out() -> None:
    assert not any("data" in route.name for route in network().of_type("aws:ec2/route:Route"))


def test_nothing_gets_a_public_address_by_itself() -> None:
    for subnet in network().of_type(SUBNET):
        assert subnet.inputs["mapPublicIpOnLaunch"] is False


def test_subnets_are_found_by_those_who_look_for_them() -> None:
    for kind, tag in {"private": "internal-elb", "public": "elb"}.items():
        for subnet in subnets(network())[kind]:
            assert subnet.inputs["tags"][f"kubernetes.io/role/{tag}"] == "1"
    discovered = {
        s.name for s in network().of_type(SUBNET) if "karpenter.sh/discovery" in s.inputs["tags"]
    }
    assert discovered == {s.name for s in subnets(network())["private"]}


def endpoints(graph: Graph, kind: str) -> set[str]:
    start = f"com.amazonaws.{REGION}."
    found = (e.inputs for e in graph.of_type(ENDPOINT) if e.inputs["vpcEndpointType"] == kind)
    return {str(each["serviceName"]).removeprefix(start) for each in found}


@pytest.mark.parametrize("nat", ["none", "single", "per-zone"])
def test_ways_to_aws_that_cost_are_there_only_without_a_way_out(nat: str) -> None:
    graph = network(f"{{nat: {nat}}}")
    assert endpoints(graph, "Gateway") == set(GATEWAYS)
    assert endpoints(graph, "Interface") == (set(INTERFACES) if nat == "none" else set())


def test_every_private_subnet_has_the_free_ways_to_aws() -> None:
    graph = network("{nat: none}")
    gateways = [e for e in graph.of_type(ENDPOINT) if e.inputs["vpcEndpointType"] == "Gateway"]
    private = {f"${{{t.name}.id}}" for t in graph.of_type(TABLE) if "public" not in t.name}
    assert all(set(gateway.inputs["routeTableIds"]) == private for gateway in gateways)


def test_interface_endpoints_take_https_from_inside_and_answer_by_their_usual_names() -> None:
    graph = network("{nat: none, cidr: 10.9.0.0/16}")
    [rule] = graph.of_type("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    assert (rule.inputs["fromPort"], rule.inputs["toPort"]) == (443, 443)
    assert rule.inputs["cidrIpv4"] == "10.9.0.0/16"
    for endpoint in graph.of_type(ENDPOINT):
        if endpoint.inputs["vpcEndpointType"] == "Interface":
            assert endpoint.inputs["privateDnsEnabled"] is True
            assert len(endpoint.inputs["subnetIds"]) == 3


def test_no_endpoint_takes_credentials_of_other_accounts() -> None:
    graph = network("{nat: none}")
    found = [p for p in policies(graph, Of.RESOURCE) if p.holder.type == ENDPOINT]
    assert len(found) == len(GATEWAYS) + len(INTERFACES)
    for policy in found:
        for statement in policy.allowed:
            if "*" in statement.actions:
                assert statement.condition("aws:PrincipalAccount") == (ACCOUNT,)
            else:
                assert statement.actions == ("s3:GetObject",)


def test_the_default_security_group_lets_nothing_through() -> None:
    [group] = network().of_type("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")
    assert group.inputs["ingress"] == group.inputs["egress"] == []


def test_all_traffic_is_recorded_under_the_key_of_logs() -> None:
    [log] = network().of_type("aws:ec2/flowLog:FlowLog")
    assert log.inputs["trafficType"] == "ALL"
    [group] = network().of_type("aws:cloudwatch/logGroup:LogGroup")
    assert group.inputs["kmsKeyId"] == "${yard-kms-logs.arn}"
    assert group.inputs["retentionInDays"] == 365


ATTACHED = (
    "{attach: {network: vpc-1, private_subnets: [subnet-a, subnet-b], public_subnets: [subnet-c]}}"
)


@pytest.mark.parametrize("settings", ["{}", ATTACHED])
def test_a_network_keeps_its_promise(settings: str) -> None:
    def use(platform: Facilities) -> Vpc:
        return platform.part(C.VPC)

    _, vpc = ground(*GROUND, text=f"network: {settings}", use=use)
    assert None not in (vpc.id, vpc.cidr)
    assert len(vpc.private_subnets) >= 2
    assert vpc.public_subnets


def test_an_attached_network_is_read_and_not_changed() -> None:
    graph = network(ATTACHED)
    ours = {r.type for r in graph if r.custom and r.type.startswith(("aws:ec2/", "aws:vpc/"))}
    assert ours == {"aws:ec2/vpc:Vpc"}
    [there] = graph.of_type("aws:ec2/vpc:Vpc")
    assert there.external
