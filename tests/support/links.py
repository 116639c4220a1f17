"""Links of a blueprint, and graphs of platforms over several sites."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from tests.plan.blueprints import plan

from modelyard.plan.plan import Plan
from modelyard.program import record_plan
from modelyard.recorder import Graph

DEVICE = "gateway: 203.0.113.7, networks: [10.40.0.0/16], asn: 65010"
"""A device of a plant."""

SITES: Mapping[str, str] = {
    "cloud": (
        "{kind: aws, region: eu-west-1, account: '123456789012', network: {cidr: 10.20.0.0/16},"
        " ingress: {domain: ml.maker.example, certificate: 'arn:aws:acm:eu-west-1:123456789012:"
        "certificate/1'}}"
    ),
    "burst": (
        "{kind: gcp, region: europe-west1, project: acme-ml, network: {cidr: 10.30.0.0/16},"
        " ingress: {domain: burst.maker.example, certificate: burst}}"
    ),
    "plant": "{kind: onprem, storage_class: local-path}",
}
PAIRS = {
    ("plant", "cloud"): f"carries: [artifacts], {DEVICE}",
    ("burst", "cloud"): "carries: [requests]",
    ("plant", "burst"): f"carries: [requests], {DEVICE}",
}
MODEL = "{name: wear, type: predictive, source: 'models:/wear@champion', on: plant}"


def vpn(
    ends: str = "from: plant, to: cloud", told: str = DEVICE, carries: str = "artifacts"
) -> str:
    """A link by VPN, as a blueprint has it."""
    return f"{{{ends}, via: vpn, carries: [{carries}], {told}}}"


@cache
def planned(*names: str, named: str | None = None, used: bool = True) -> Plan:
    """These sites, all joined; a registry on AWS, and a model at the plant that comes from it.

    `named` is the site that is told to have its name in those of its parts; not `used`, there are
    the sites alone.
    """
    sites = {name: SITES[name] for name in names}
    if named:
        sites[named] = sites[named].replace("{kind", "{named: true, kind", 1)
    links = [_link(pair, told) for pair, told in PAIRS.items() if set(pair) <= set(names)]
    listed = ", ".join(f"{name}: {text}" for name, text in sites.items())
    text = f"sites: {{{listed}}}\nlinks: [{', '.join(links)}]\n"
    if "cloud" in names and used:
        text += "registry: {engine: mlflow, on: cloud}\n"
        text += f"models: [{MODEL}]\n" if "plant" in names else ""
    made = plan(text)
    assert not made.errors, made.errors
    return made


def _link(pair: Iterable[str], told: str) -> str:
    one, other = pair
    return f"{{from: {one}, to: {other}, via: vpn, {told}}}"


@cache
def recorded(*names: str, named: str | None = None, used: bool = True) -> Graph:
    """The graph of these sites, as a preview has it."""
    return record_plan(planned(*names, named=named, used=used))
