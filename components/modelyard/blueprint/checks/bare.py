"""What a bare cluster is given: enough to work with, and nothing that is there already."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from modelyard.blueprint.bare import Part, StorageEngine
from modelyard.blueprint.checks.finding import Finding, Findings, Path
from modelyard.blueprint.site import OnPremSite, Operator

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint

FEWEST_NODES = 3
"""Ceph's monitors need a majority that outlives one of them."""
CSI_SINCE = (1, 32)
"""The operator of Ceph's volumes runs on Kubernetes from here on. Source: its README at 1.0.4."""
OF_LOCAL_PATH, OF_ROOK = ("path",), ("devices", "nodes", "replicas")
"""Keys that one engine alone reads."""


def load_balancers(blueprint: Blueprint) -> Findings:
    """MetalLB hands out addresses; nothing else does."""
    for name, site in _sites(blueprint):
        balancer, path = site.load_balancer, ("sites", name, "load_balancer")
        if balancer.engine == "metallb" and not balancer.addresses:
            what = "MetalLB has no addresses to hand out"
            next = "add `addresses: [10.0.0.240-10.0.0.250]`"
            yield Finding((*path, "engine"), what, next)
        if balancer.engine != "metallb" and balancer.addresses:
            engine = site.balancing
            what = f"nothing hands out addresses with the engine {engine}"
            next = "set `engine: metallb`, or remove `addresses`"
            yield Finding((*path, "addresses"), what, next)


def brought(blueprint: Blueprint) -> Findings:
    """What k3s brings is not installed a second time."""
    for name, site in _sites(blueprint):
        at: Path = ("sites", name)
        if site.brings(Part.SERVICELB) and site.balancing == "metallb":
            what = "k3s answers for load balancers itself, and MetalLB would contend with it"
            yield Finding((*at, "load_balancer", "engine"), what, _without(Part.SERVICELB))
        if site.brings(Part.LOCAL_STORAGE) and site.storage.engine is StorageEngine.LOCAL_PATH:
            what = "k3s brings the class local-path itself"
            yield Finding((*at, "storage", "engine"), what, _without(Part.LOCAL_STORAGE))
        if site.brings(Part.TRAEFIK) and site.brings(Part.SERVICELB) and _makes_a_gateway(site):
            what = "Traefik of k3s holds the ports 80 and 443 of every node"
            next = f"{_without(Part.TRAEFIK)}, or attach a Gateway of Traefik's"
            yield Finding((*at, "ingress"), what, next)
        if (
            site.brings(Part.METRICS_SERVER)
            and site.operators.get(Operator.METRICS_SERVER) == "create"
        ):
            what = "k3s brings a metrics server itself"
            yield Finding(
                (*at, "operators", Operator.METRICS_SERVER), what, _without(Part.METRICS_SERVER)
            )


def default_classes(blueprint: Blueprint) -> Findings:
    """A cluster has one default class, or nobody knows where a volume ends up."""
    for name, site in _sites(blueprint):
        made = site.storage.engine is StorageEngine.ROOK and site.storage.default
        if made and site.brings(Part.LOCAL_STORAGE):
            what = "k3s marks its own class local-path as the default one, too"
            next = f"set `default: false`, or {_without(Part.LOCAL_STORAGE)}"
            yield Finding(("sites", name, "storage", "default"), what, next, severity="warning")


def disks(blueprint: Blueprint) -> Findings:
    """Ceph takes the disks that it is told to, and has enough nodes to lose one."""
    for name, site in _sites(blueprint):
        if site.storage.engine is not StorageEngine.ROOK:
            continue
        at: Path = ("sites", name, "storage")
        if site.storage.devices is None:
            what = "nothing says which disks Ceph may take"
            yield Finding((*at, "engine"), what, "add `devices: ^nvme[1-9]n1$`, or whatever fits")
        nodes = len(site.storage.nodes)
        if nodes and nodes < max(FEWEST_NODES, site.storage.replicas):
            fewest = max(FEWEST_NODES, site.storage.replicas)
            what = f"Ceph needs at least {fewest} nodes; {nodes} are named"
            yield Finding((*at, "nodes"), what, "name more, lower `replicas`, or leave it out")
        version = site.cluster.version
        if version and tuple(map(int, version.split("."))) < CSI_SINCE:
            what = f"Ceph's volumes need Kubernetes 1.32 or newer, and '{name}' has {version}"
            yield Finding((*at, "engine"), what, "upgrade the cluster, or choose local-path")


def idle_keys(blueprint: Blueprint) -> Findings:
    """A key that the engine of the site does not read says nothing."""
    reads = {StorageEngine.LOCAL_PATH: ("default", *OF_LOCAL_PATH)}
    reads |= {StorageEngine.ROOK: ("default", *OF_ROOK)}
    for name, site in _sites(blueprint):
        storage = site.storage
        for key in sorted(storage.model_fields_set - {"engine", *reads.get(storage.engine, ())}):
            what = f"storage by {storage.engine} has no use for {key}"
            owner = "local-path" if key in OF_LOCAL_PATH else "rook"
            next = f"remove it, or set `engine: {owner}`"
            yield Finding(("sites", name, "storage", key), what, next)


def _makes_a_gateway(site: OnPremSite) -> bool:
    return site.ingress is not None and site.ingress.attach is None and site.balancing == "attach"


def _without(part: Part) -> str:
    return f"start k3s with `--disable={part}` and say so in `distribution: {{disabled: [{part}]}}`"


def _sites(blueprint: Blueprint) -> Iterator[tuple[str, OnPremSite]]:
    return ((name, site) for name, site in blueprint.sites.items() if isinstance(site, OnPremSite))


RULES = (load_balancers, brought, default_classes, disks, idle_keys)
