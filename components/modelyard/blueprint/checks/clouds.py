"""Settings of a cloud site that would leave it open, unreachable, or without a place to stand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from modelyard.blueprint.checks.finding import Finding, Findings
from modelyard.blueprint.gpus import Capacity
from modelyard.blueprint.site import AwsSite, CloudSite
from modelyard.catalog.eks import eks

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint

_FEWEST = 2
"""Subnets, each in another zone, that load balancers and databases ask for."""


def ways_in(blueprint: Blueprint) -> Findings:
    """What the internet reaches has a certificate; what does without is told of."""
    for name, site in _clouds(blueprint):
        ingress = site.ingress
        if ingress is None or ingress.attach or ingress.certificate:
            continue
        next = f"add `certificate:`, that of *.{ingress.domain} in the cloud's own keeping"
        if ingress.public:
            what = f"site '{name}' is open to the internet, and has no certificate to answer with"
            yield Finding(("sites", name, "ingress", "public"), what, next)
        else:
            what = f"requests reach site '{name}' in the clear, from inside its network"
            yield Finding(("sites", name, "ingress"), what, next, severity="warning")


def endpoints(blueprint: Blueprint) -> Findings:
    """A cluster that is reached from outside says from where."""
    for name, site in _clouds(blueprint):
        endpoint, allow = site.cluster.endpoint, site.cluster.allow
        if endpoint == "restricted" and not allow:
            what = f"nothing says from where the cluster of '{name}' may be reached"
            next = "add `allow: [203.0.113.0/24]`, or leave `endpoint` out"
            yield Finding(("sites", name, "cluster", "endpoint"), what, next)
        if endpoint == "private" and allow:
            what = f"the cluster of '{name}' is reached from inside its network alone"
            next = "set `endpoint: restricted`, or remove `allow`"
            yield Finding(("sites", name, "cluster", "allow"), what, next)


def subnets(blueprint: Blueprint) -> Findings:
    """An attached network says which of its subnets are meant."""
    for name, site in blueprint.sites.items():
        if not isinstance(site, AwsSite) or site.network.attach is None:
            continue
        attach, path = site.network.attach, ("sites", name, "network", "attach")
        public = site.ingress is not None and site.ingress.public
        for kind, wanted in (("private_subnets", True), ("public_subnets", public)):
            there = len(getattr(attach, kind))
            if wanted and there < _FEWEST:
                what = f"'{name}' needs {kind} in at least {_FEWEST} zones; {there} are named"
                yield Finding((*path, kind) if there else path, what, f"name them: `{kind}: [...]`")


def versions(blueprint: Blueprint) -> Findings:
    """A cluster is made at a version that EKS still supports."""
    known = tuple(eks().ends)
    for name, site in blueprint.sites.items():
        if not isinstance(site, AwsSite) or site.cluster.attach is not None:
            continue
        if site.cluster.version not in (None, *known):
            what = f"EKS has no Kubernetes {site.cluster.version}, or not for what it costs now"
            path = ("sites", name, "cluster", "version")
            yield Finding(path, what, "choose one of these, or leave it out", known)


def reservations(blueprint: Blueprint) -> Findings:
    """Reserved machines are those of a reservation that is named."""
    for name, site in _clouds(blueprint):
        gpus, path = site.gpus, ("sites", name, "gpus")
        asked = Capacity.RESERVED in (gpus.capacity, *gpus.fallback)
        if asked and not gpus.reservations:
            what = f"nothing says which machines are reserved for '{name}'"
            next = "add `reservations: [...]` with their ids, or choose on-demand or spot"
            yield Finding((*path, "capacity"), what, next)
        if gpus.reservations and not asked:
            what = f"what is reserved for '{name}' is not asked for"
            next = "set `capacity: reserved`, or remove `reservations`"
            yield Finding((*path, "reservations"), what, next)


def costs(blueprint: Blueprint) -> Findings:
    """A cloud's own bill knows more than any reckoning inside the cluster."""
    for name, site in _clouds(blueprint):
        if site.costs.engine is not None:
            what = f"the costs of '{name}' are those of the cloud's own bill"
            next = "remove `engine`; `quota` limits what the cluster may ask for"
            yield Finding(("sites", name, "costs", "engine"), what, next)


def _clouds(blueprint: Blueprint) -> Iterator[tuple[str, CloudSite]]:
    return ((name, site) for name, site in blueprint.sites.items() if isinstance(site, CloudSite))


RULES = (ways_in, endpoints, subnets, versions, reservations, costs)
