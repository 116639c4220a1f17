"""Which ways two sites can be joined by, what follows from names, and what owners are told."""

from __future__ import annotations

from ipaddress import IPv4Network
from itertools import combinations

import pytest
from tests.plan.blueprints import blueprint, plan
from tests.support.links import DEVICE, vpn

from modelyard.blueprint.border import asn_of, inside_of
from modelyard.blueprint.site import AwsSite, Carries, Link
from modelyard.plan.capability import Capability as C
from modelyard.plan.far import networks_there
from modelyard.plan.plan import Plan

AWS = "{kind: aws, region: eu-west-1, account: '123456789012', network: {cidr: 10.20.0.0/16}"
INGRESS = "ingress: {domain: ml.maker.example, certificate: arn}"
SITES = f"""
sites:
  cloud: {AWS}, {INGRESS}}}
  burst: {{kind: gcp, region: europe-west1, project: acme-ml, network: {{cidr: 10.30.0.0/16}}}}
  plant: {{kind: onprem}}
  lab: {{kind: kubernetes, ingress: {{domain: lab.maker.example}}, keys: {{engine: cert-manager}}}}
  second: {AWS.replace("10.20", "10.50")}}}
"""


def planned(*links: str) -> Plan:
    return plan(f"{SITES}\nlinks: [{', '.join(links)}]")


WAYS = {
    "the same cloud": ("cloud", "second", "vpn", "the cloud's own peering", ()),
    "a line to another cloud": ("cloud", "burst", "direct-connect", "joins no aws site", ("vpn",)),
    "a service of another cloud": (
        "burst",
        "cloud",
        "private-service",
        "that cloud alone",
        ("vpn",),
    ),
    "a service": ("plant", "cloud", "private-service", "inside that cloud alone", ("vpn",)),
}


@pytest.mark.parametrize(("one", "other", "via", "why", "ways"), WAYS.values(), ids=WAYS)
def test_what_cannot_be_joined_is_said_once(
    one: str, other: str, via: str, why: str, ways: tuple[str, ...]
) -> None:
    [refused] = planned(f"{{from: {one}, to: {other}, via: {via}, carries: [requests]}}").errors
    assert refused.path == ("links", 0, "via")
    assert why in refused.what
    assert set(ways) <= set(refused.allowed)
    assert "choose" in refused.next if ways else "remove" in refused.next


ENDS = {
    "from: plant, to: cloud": {("cloud", "vpn"), ("plant", "vpn/aws")},
    "from: cloud, to: plant": {("cloud", "vpn"), ("plant", "vpn/aws")},
    "from: burst, to: cloud": {("cloud", "vpn/gcp"), ("burst", "vpn/aws")},
    "from: lab, to: plant": {("lab", "vpn"), ("plant", "vpn")},
}


@pytest.mark.parametrize(("ends", "made"), ENDS.items(), ids=ENDS)
def test_a_link_has_an_end_on_each_site(ends: str, made: set[tuple[str, str]]) -> None:
    told = DEVICE if "plant" in ends and "cloud" in ends else ""
    found = planned(vpn(ends, told, "requests"))
    assert not found.errors
    placed = {(p.site, p.engine) for p in found.capabilities if p.capability is C.LINK}
    assert placed == made


def test_a_border_stands_where_a_link_leaves_a_cloud_and_once() -> None:
    found = planned(vpn(), vpn("from: burst, to: cloud", ""))
    borders = [p.site for p in found.capabilities if p.capability is C.BORDER]
    assert sorted(borders) == ["burst", "cloud"]
    assert not [p for p in planned().capabilities if p.capability is C.BORDER]


def test_an_end_is_made_after_what_it_needs_of_the_other_one() -> None:
    order = [
        (p.site, p.capability)
        for p in planned(vpn("from: burst, to: cloud", "")).capabilities
        if p.capability in (C.BORDER, C.LINK)
    ]
    assert order.index(("burst", C.BORDER)) < order.index(("cloud", C.LINK))
    assert order.index(("cloud", C.LINK)) < order.index(("burst", C.LINK))


def test_numbers_and_addresses_follow_from_names_alone() -> None:
    sites = blueprint(SITES).sites
    assert isinstance(sites["cloud"], AwsSite)
    assert asn_of("cloud", sites["cloud"]) == 65088, "another one would replace a gateway"
    there = Link.model_validate({"from": "plant", "to": "cloud", "via": "vpn"})
    back = Link.model_validate({"from": "cloud", "to": "plant", "via": "vpn"})
    assert str(inside_of(there)) == str(inside_of(back)) == "169.254.33.224/28"


def test_addresses_inside_stay_clear_of_what_clouds_keep() -> None:
    kept = [IPv4Network(f"169.254.{n}.0/24") for n in (*range(6), 169)]
    links = [
        Link.model_validate({"from": one, "to": other, "via": "vpn"})
        for one, other in combinations([f"site-{n}" for n in range(60)], 2)
    ]
    blocks = {inside_of(link) for link in links}
    assert len(blocks) > 1000
    assert all(block.subnet_of(IPv4Network("169.254.0.0/16")) for block in blocks)
    assert not [block for block in blocks if any(block.overlaps(each) for each in kept)]


def test_the_owner_of_a_device_is_told_what_is_known() -> None:
    told = {(it.owner, it.what): it.value for it in planned(vpn()).links}
    assert {owner for owner, _ in told} == {"plant"}
    assert told["plant", "device"] == "203.0.113.7, with two tunnels to 'cloud'"
    assert told["plant", "tunnel 1 inside"] == "169.254.33.226/30 here, 169.254.33.225 there"
    assert told["plant", "BGP"] == "AS 65010 here, AS 65088 there; announce 10.40.0.0/16"
    assert "10.20.0.0/16" in told["plant", "routes"]
    assert "*.ml.maker.example" in told["plant", "names"]
    assert told["plant", "out"] == "from here to *.ml.maker.example, TCP 443: artifacts"


def test_where_nothing_is_made_both_owners_are_told() -> None:
    told = {(it.owner, it.what): it.value for it in planned(vpn("from: lab, to: plant", "")).links}
    assert "nothing is made" in told["lab", "way"]
    assert ("lab", "networks") not in told
    assert told["lab", "in"] == "from 'plant' to *.lab.maker.example, TCP 443: artifacts"
    assert told["plant", "out"] == "from here to *.lab.maker.example, TCP 443: artifacts"


def test_between_clouds_there_is_nothing_to_tell() -> None:
    assert planned(vpn("from: burst, to: cloud", "")).links == ()


def test_the_owner_of_a_site_without_load_balancers_is_told_to_forward() -> None:
    bare = "{kind: onprem, storage_class: local-path, ingress: {domain: mill.maker.example}}"
    text = f"{SITES}\n  mill: {bare}\nlinks: [{vpn('from: lab, to: mill', '')}]"
    told = {(it.owner, it.what): it.value for it in plan(text).links}
    assert told["mill", "forwarding"].startswith("TCP 80 of that name to a node, at the port in")
    assert ("lab", "forwarding") not in told


def registry_from(cloud: str, told: str = DEVICE) -> tuple[str, ...]:
    """The networks in which a plant finds the registry of a cloud."""
    sites = SITES.replace(f"{AWS}, {INGRESS}}}", cloud)
    text = f"{sites}\nlinks: [{vpn(told=told)}]\nregistry: {{on: cloud}}"
    return networks_there(plan(text).blueprint, "plant", "cloud", Carries.ARTIFACTS)


def test_what_is_asked_of_a_cloud_is_in_its_network() -> None:
    assert registry_from(f"{AWS}, {INGRESS}}}") == ("10.20.0.0/16",)
    # A public way in has an address of the internet, and not always the same one.
    assert registry_from(f"{AWS}, ingress: {{public: true, certificate: arn}}}}") == ()


def test_what_is_asked_of_a_plant_is_behind_its_device() -> None:
    found = plan(f"{SITES}\nlinks: [{vpn()}]").blueprint
    assert networks_there(found, "cloud", "plant", Carries.ARTIFACTS) == ("10.40.0.0/16",)
    assert networks_there(found, "cloud", "plant", Carries.METRICS) == (), "no link carries them"


def test_a_link_that_nobody_uses_is_told_of() -> None:
    found = {it.path: it.what for it in planned(vpn("from: burst, to: second", "")).warnings}
    assert found["links", 0] == (
        "nothing answers at either end of the link from 'burst' to 'second'"
    )
    assert found["links", 0, "carries", 0] == "nothing at one end uses the registry of the other"
    used = planned(vpn(carries="requests")).warnings
    assert not [it for it in used if it.path[0] == "links"]
