"""The network: its arithmetic holds for every legal range, and nothing in it is open by accident."""

from __future__ import annotations

from ipaddress import IPv4Network
from itertools import combinations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from modelyard.blueprint.blueprint import Blueprint
from modelyard.blueprint.checks.facilities import zones as enough_zones
from modelyard.catalog.aws_zones import aws_zones
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
