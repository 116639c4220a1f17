"""Networks: which are taken, and what is said of an address in one."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import TypeAdapter, ValidationError

from modelyard.blueprint.cidr import Cidr, OwnCidr, Pool, TunnelCidr
from modelyard.blueprint.errors import BlueprintError, Problem
from modelyard.program import check_file

SITES: Mapping[str, str] = {
    "cloud": "kind: aws, region: eu-west-1, account: '123456789012'",
    "plant": "kind: onprem",
}
LINK = "from: plant, to: cloud, via: vpn, carries: [artifacts], gateway: 203.0.113.7, asn: 65010"
FOUR = "an IPv4 network, such as 10.40.0.0/16"
NETWORKS = {
    "sites.cloud.network.cidr": "network: {cidr: %s}",
    "sites.cloud.cluster.allow[0]": "cluster: {endpoint: restricted, allow: [%s]}",
    "sites.cloud.cluster.remote_networks.nodes[0]": "cluster: {remote_networks: {nodes: [%s]}}",
    "sites.cloud.cluster.remote_networks.pods[0]": (
        "cluster: {remote_networks: {nodes: [10.7.0.0/16], pods: [%s]}}"
    ),
    "sites.cloud.ingress.allow[0]": "ingress: {allow: [%s]}",
    "sites.plant.load_balancer.addresses[0]": "load_balancer: {engine: metallb, addresses: [%s]}",
    "links[0].networks[0]": "networks: [%s]",
}
"""Every key that takes a network, with what is written to set it."""


def problems(folder: Path, path: str, written: str) -> tuple[Problem, ...]:
    """What is wrong with a blueprint that has this network under this key."""
    said = {**SITES, "links": f"{LINK}, networks: [10.40.0.0/16]"}
    owner = path.split(".")[1] if path.startswith("sites") else "links"
    said[owner] = (LINK if owner == "links" else said[owner]) + ", " + NETWORKS[path] % written
    sites = "\n".join(f"  {name}: {{{said[name]}}}" for name in SITES)
    head = "modelyard: 1\nname: yard\nteam: {owner: a@b.example, domain: d}\nsites:\n"
    text = f"{head}{sites}\nlinks:\n  - {{{said['links']}}}\n"
    file = folder / "yard.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BlueprintError) as raised:
        check_file(file)
    return raised.value.problems


@pytest.mark.parametrize("path", NETWORKS)
def test_an_address_in_a_network_is_refused_with_the_network(tmp_path: Path, path: str) -> None:
    [problem] = problems(tmp_path, path, "10.30.0.1/16")
    line = {"sites.cloud": 5, "sites.plant": 6}.get(".".join(path.split(".")[:2]), 8)
    assert (problem.where and problem.where.line, problem.path) == (line, path)
    assert problem.what.startswith("10.30.0.1/16 is an address in a network")
    assert problem.next == "write 10.30.0.0/16"


@pytest.mark.parametrize("path", [each for each in NETWORKS if "addresses" not in each])
def test_ipv6_is_refused_where_ipv4_alone_is_made(tmp_path: Path, path: str) -> None:
    [problem] = problems(tmp_path, path, "'2001:db8::/32'")
    assert "only IPv4" in problem.what
    assert problem.next == f"write {FOUR}"


KINDS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "cidr": (Cidr, ("10.40.0.0/16", "203.0.113.7/32", "0.0.0.0/0")),
    "own": (OwnCidr, ("10.20.0.0/16", "10.20.1.0/24")),
    "tunnel": (TunnelCidr, ("169.254.200.16/28",)),
    "pool": (
        Pool,
        ("10.0.0.240-10.0.0.250", "10.1.0.0/28", "2001:db8::/64", "2001:db8::1-2001:db8::9"),
    ),
}
REFUSED = [
    ("cidr", "10.40.0.0", "an address, not a network", "10.40.0.0/32 is that address alone"),
    ("cidr", "10.400.0.0/16", "not a network", FOUR),
    ("cidr", "10.40.0.0/33", "not a network", FOUR),
    ("cidr", "10.40.0.0/255.255.0.0", "not a network", ""),
    ("cidr", "the plant", "not a network", FOUR),
    ("own", "10.0.0.0/8", "of a size from /16 to /24", "10.20.0.0/16"),
    ("own", "10.0.0.1/8", "does not begin there", "write 10.0.0.0/8"),
    ("tunnel", "169.254.200.4/28", "a /28 does not begin there", "write 169.254.200.0/28"),
    ("tunnel", "169.254.999.0/28", "not a network", ""),
    ("tunnel", "10.0.0.0/28", "169.254.0.0/16", "169.254.200.0/28"),
    ("pool", "2001:db8::1/64", "a /64 does not begin there", "write 2001:db8::/64"),
    ("pool", "10.0.0.250-10.0.0.240", "to a later one", "the first"),
    ("pool", "10.0.0.1-2001:db8::1", "to a later one", "of one family"),
    ("pool", "10.0.0.1-10.0.0", "not a range of addresses", "10.0.0.240-10.0.0.250"),
    ("pool", "10.0.0.7", "an address, not a network", "10.0.0.7/32 is that address alone"),
]


@pytest.mark.parametrize("kind", KINDS)
def test_networks_are_taken_as_they_are_written(kind: str) -> None:
    adapter, written = TypeAdapter[str](KINDS[kind][0]), KINDS[kind][1]
    assert tuple(map(adapter.validate_python, written)) == written
    schema = Draft202012Validator(adapter.json_schema())
    assert all(schema.is_valid(each) for each in written)


@pytest.mark.parametrize(("kind", "text", "what", "next"), REFUSED)
def test_what_is_no_network_is_refused(kind: str, text: str, what: str, next: str) -> None:
    with pytest.raises(ValidationError) as raised:
        TypeAdapter[str](KINDS[kind][0]).validate_python(text)
    [error] = raised.value.errors()
    assert text in error["msg"]
    assert what in error["msg"]
    assert next in error.get("ctx", {})["next"]


@given(st.integers(0, 2**32 - 1), st.integers(0, 32))
def test_what_is_taken_is_a_network(address: int, size: int) -> None:
    network = IPv4Network((address, size), strict=False)
    assert TypeAdapter[str](Cidr).validate_python(str(network)) == str(network)
