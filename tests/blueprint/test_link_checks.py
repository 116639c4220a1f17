"""What is said of links that cannot be, one mistake at a time."""

from __future__ import annotations

from typing import Any

import pytest
from tests.plan.blueprints import blueprint
from tests.support.links import DEVICE, vpn
from tests.support.private_link import SERVICE as ON_AWS
from tests.support.private_link import link
from tests.support.service_connect import SERVICE as ON_GCP

from modelyard.blueprint.checks import Finding, check

AWS = "{kind: aws, region: eu-west-1, account: '123456789012', network: {cidr: 10.20.0.0/16}}"
GCP = "{kind: gcp, region: europe-west1, project: acme-ml, network: {cidr: 10.30.0.0/16}}"


def found(*links: str, **sites: str) -> list[Finding]:
    """Findings of a cloud, a second one and a plant joined by these links."""
    every = {"cloud": AWS, "burst": GCP, "plant": "{kind: onprem}", "lab": "{kind: onprem}"}
    listed = ", ".join(f"{name}: {text}" for name, text in {**every, **sites}.items())
    text = f"sites: {{{listed}}}\nlinks: [{', '.join(links)}]"
    return [it for it in check(blueprint(text)) if it.severity == "error"]


def test_links_that_say_what_is_needed_are_fine() -> None:
    between = vpn("from: burst, to: cloud", "inside: 169.254.200.0/28")
    assert found(vpn(), between, vpn("from: plant, to: lab", "")) == []


def service(told: str, ends: str) -> str:
    return link("requests", told, ends)


KEYS = ["gateway", "networks", "asn"]


@pytest.mark.parametrize("key", KEYS)
def test_a_device_is_told_of(key: str) -> None:
    parts = {"gateway": "203.0.113.7", "networks": "[10.40.0.0/16]", "asn": "65010"}
    told = ", ".join(f"{name}: {value}" for name, value in parts.items() if name != key)
    [missing] = found(vpn(told=told))
    assert missing.path == ("links", 0)
    assert f"needs `{key}`" in missing.what
    assert missing.next.startswith(f"add `{key}: ")


REFUSED: dict[str, tuple[list[str], dict[str, str], tuple[Any, ...], str]] = {
    "a device where there is none": (
        [vpn("from: burst, to: cloud", "gateway: 203.0.113.7")],
        {},
        ("links", 0, "gateway"),
        "nothing asks for `gateway` between 'burst' and 'cloud' by vpn",
    ),
    "a device of neither end": (
        [vpn("from: plant, to: lab", "asn: 65010")],
        {},
        ("links", 0, "asn"),
        "nothing asks for `asn`",
    ),
    "a line for a VPN": ([vpn(told=f"{DEVICE}, vlan: 7")], {}, ("links", 0, "vlan"), "`vlan`"),
    "a line by another cloud's name": (
        [
            "{from: plant, to: cloud, via: direct-connect, carries: [artifacts], asn: 65010,"
            " networks: [10.40.0.0/16], vlan: 7, connection: plant-7}"
        ],
        {},
        ("links", 0, "connection"),
        "'plant-7' is no name of a line for direct-connect",
    ),
    "the same twice": (
        [vpn(), vpn("from: cloud, to: plant")],
        {},
        ("links", 1),
        "joined by vpn already",
    ),
    "nothing carried": ([vpn(carries="")], {}, ("links", 0), "nothing goes over the link"),
    "carried twice": (
        [vpn(carries="metrics, metrics")],
        {},
        ("links", 0, "carries", 1),
        "named twice",
    ),
    "a private gateway": (
        [vpn(told=DEVICE.replace("203.0.113.7", "10.40.0.1"))],
        {},
        ("links", 0, "gateway"),
        "no cloud can reach 10.40.0.1",
    ),
    "no address": (
        [vpn(told=DEVICE.replace("203.0.113.7", "203.0.113.700"))],
        {},
        ("links", 0, "gateway"),
        "not a public address",
    ),
    "no range": (
        [vpn(told=DEVICE.replace("10.40.0.0", "10.40.0.7"))],
        {},
        ("links", 0, "networks", 0),
        "10.40.0.7/16 is not an address range",
    ),
    "an overlap with the device": (
        [vpn(told=DEVICE.replace("10.40.0.0", "10.20.0.0"))],
        {},
        ("links", 0, "networks"),
        "the networks of 'cloud' (10.20.0.0/16) and 'plant' (10.20.0.0/16) overlap",
    ),
    "an overlap of two clouds": (
        [vpn("from: burst, to: cloud", "")],
        {"burst": GCP.replace("10.30", "10.20")},
        ("links", 0),
        "overlap",
    ),
    "two plants alike": (
        [vpn(), vpn("from: lab, to: cloud", DEVICE.replace("113.7", "113.8"))],
        {},
        ("links", 1, "networks"),
        "the networks of 'plant' (10.40.0.0/16) and 'lab' (10.40.0.0/16) overlap",
    ),
    "an attached network of unknown range": (
        [vpn()],
        {
            "cloud": "{kind: aws, region: eu-west-1, account: '123456789012', network: {attach: "
            "{network: vpc-1, private_subnets: [a, b]}}}"
        },
        ("sites", "cloud", "network"),
        "nothing says which addresses the attached network of 'cloud' has",
    ),
    "a public number": (
        [],
        {"cloud": AWS.replace("/16}", "/16, asn: 13335}")},
        ("sites", "cloud", "network", "asn"),
        "13335 is somebody's in the internet",
    ),
    "one number for both": (
        [vpn()],
        {"cloud": AWS.replace("/16}", "/16, asn: 65010}")},
        ("links", 0),
        "both ends of the link are number 65010",
    ),
    "addresses that AWS keeps": (
        [vpn(told=f"{DEVICE}, inside: 169.254.5.0/28")],
        {},
        ("links", 0, "inside"),
        "kept by the cloud",
    ),
    "a /28 in the middle": (
        [vpn(told=f"{DEVICE}, inside: 169.254.200.4/28")],
        {},
        ("links", 0, "inside"),
        "does not begin where a /28 does",
    ),
    "the same addresses inside": (
        [
            vpn(told=f"{DEVICE}, inside: 169.254.200.0/28"),
            vpn("from: burst, to: cloud", "inside: 169.254.200.0/28"),
        ],
        {},
        ("links", 1),
        "two links of 'cloud' have the addresses 169.254.200.0/28 inside",
    ),
    "an account of AWS for a project": (
        [service('project: acme-partner, account: "345678901234"', "from: plant, to: burst")],
        {},
        ("links", 0, "account"),
        "nothing asks for `account` between 'plant' and 'burst' by private-service",
    ),
    "a service of AWS": (
        [service(f"service: {ON_AWS}", "from: burst, to: plant")],
        {},
        ("links", 0, "service"),
        "is no service that a site of kind gcp can ask",
    ),
    "a service of Google Cloud": (
        [service(f"service: {ON_GCP}", "from: cloud, to: plant")],
        {},
        ("links", 0, "service"),
        "is no service that a site of kind aws can ask",
    ),
    "two sites without names": (
        [],
        {"plant": "{kind: onprem, named: false}"},
        ("sites", "plant", "named"),
        "the parts of 'plant' would be called as those of 'cloud' are",
    ),
}


@pytest.mark.parametrize(("links", "sites", "path", "what"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_is_said(
    links: list[str], sites: dict[str, str], path: tuple[Any, ...], what: str
) -> None:
    [refused] = found(*links, **sites)
    assert refused.path == path
    assert what in refused.what
    assert refused.next


def test_a_network_says_its_range_where_it_is_attached() -> None:
    attached = "attach: {network: vpc-1, private_subnets: [a, b]}, cidr: 10.20.0.0/16"
    site = f"{{kind: aws, region: eu-west-1, account: '123456789012', network: {{{attached}}}}}"
    assert found(vpn(), cloud=site) == []
