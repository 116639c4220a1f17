"""Two projects joined by a private service, and what can be said of them otherwise."""

from __future__ import annotations

from tests.plan.blueprints import plan
from tests.support.private_link import REGISTRY, WEAR, link

from modelyard.plan.plan import Plan

HUB = "ingress: {domain: hub.acme.example, certificate: hub-acme}"
BACK = "ingress: {domain: back.acme.example, certificate: back-acme}"
NETWORK = "cidr: 10.20.0.0/16"
SERVICE = "projects/acme-partner/regions/europe-west1/serviceAttachments/way-in"


def gcp(project: str, more: str = "", region: str = "europe-west1", network: str = NETWORK) -> str:
    """A site on Google Cloud, with these further keys."""
    head = f"kind: gcp, region: {region}, project: {project}, network: {{{network}}}"
    return f"{{{', '.join(part for part in (head, more) if part)}}}"


def connected(
    *links: str,
    hub: str = gcp("acme-hub", HUB),
    stores: str = gcp("acme-stores"),
    models: str = WEAR,
    **sites: str,
) -> Plan:
    """The registry in one project and a model that comes from it in the other."""
    every = {"hub": hub, "stores": stores, **sites}
    listed = ", ".join(f"{name}: {text}" for name, text in every.items())
    text = f"sites: {{{listed}}}\nlinks: [{', '.join(links or (link(),))}]\n{REGISTRY}\n"
    return plan(f"{text}models: [{models}]\n")
