"""What a site uses of another one: over which link, and what keeps it from that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from modelyard.blueprint.border import networks_of
from modelyard.blueprint.checks.finding import Finding
from modelyard.blueprint.checks.links import ROUTED
from modelyard.blueprint.cloud import CloudIngress
from modelyard.blueprint.site import Carries, ClusterSite, LinkVia
from modelyard.plan.capability import Capability as C

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint
    from modelyard.blueprint.site import Link, Site
    from modelyard.plan.demand import Demand

REMOTE = "remote"
"""The engine of what another site has: here is only the way to it."""
CARRIED = {C.REGISTRY: Carries.ARTIFACTS, C.MONITORING: Carries.METRICS}
"""What a link has to carry for something to be used from its other end."""
FOR = {C.REPLICATION: C.REGISTRY}
"""What of another site is asked by what is called otherwise."""
_UNASKED = "asks no password for us"
_UNDONE = {
    LinkVia.PUBLIC_MTLS: "asks no certificate for us",
    LinkVia.PRIVATE_SERVICE: "is not ours to publish",
}
"""What nobody has somebody else's gateway do."""
ONCE = (C.REGISTRY,)
"""What a platform has only one of, whatever the number of its sites."""


def watching(blueprint: Blueprint) -> str:
    """The site where metrics come together."""
    monitoring = blueprint.monitoring
    return (monitoring.on if monitoring else None) or next(iter(blueprint.sites))


def watched_from(blueprint: Blueprint) -> tuple[str, ...]:
    """The sites whose metrics go to another one: where a link carries them there."""
    if blueprint.monitoring is None:
        return ()
    far = watching(blueprint)
    return tuple(site for site in blueprint.sites if carrier(blueprint, site, far, Carries.METRICS))


@dataclass(frozen=True)
class Unreachable:
    """Why what stands on another site cannot be used, and what would change that."""

    need: C
    far: str
    why: str
    next: str

    def about(self, demand: Demand) -> Finding:
        what = (
            f"{demand.capability} on '{demand.site}' needs the {self.need}, which stands on "
            f"'{self.far}'; {self.why}"
        )
        return Finding(demand.path, what, self.next)


def joined(blueprint: Blueprint, one: str, other: str) -> tuple[Link, ...]:
    """The links between two sites, whichever way they are written."""
    ends = {one, other}
    return tuple(link for link in blueprint.links if {link.from_, link.to} == ends)


def carrier(blueprint: Blueprint, one: str, other: str, carried: Carries) -> Link | None:
    """The link by which something goes between two sites: the first that carries it."""
    links = joined(blueprint, one, other)
    return next((link for link in links if carried in link.carries), None)


def networks_there(blueprint: Blueprint, near: str, far: str, carried: Carries) -> tuple[str, ...]:
    """The networks in which one site finds what it asks of another; empty where nobody knows."""
    link, ingress = carrier(blueprint, near, far, carried), blueprint.sites[far].ingress
    public = isinstance(ingress, CloudIngress) and ingress.public
    if link is None or link.via not in ROUTED or public:
        return ()
    return networks_of(blueprint, link, far)


def unreachable(blueprint: Blueprint, need: C, near: str, far: str) -> Unreachable | None:
    """What keeps one site from what stands on another; None where nothing does."""
    need = FOR.get(need, need)
    move = f"keep both on one site: `{need}: {{on: {near}}}`"
    carried = CARRIED[need]
    link = carrier(blueprint, near, far, carried)
    if link is None:
        why = f"no link between the two carries {carried}"
        written = f"`links: [{{from: {near}, to: {far}, via: vpn, carries: [{carried}]}}]`"
        return Unreachable(need, far, why, f"add {written}, or {move}")
    monitoring = blueprint.monitoring
    if need is C.MONITORING and monitoring and monitoring.attach:
        why = "that one is run by somebody else, and takes no metrics of other sites from us"
        return Unreachable(need, far, why, f"leave `attach` out, or take {carried} from the link")
    return _way_in(need, far, blueprint.sites[far], link.via)


def _way_in(need: C, far: str, site: Site, via: LinkVia) -> Unreachable | None:
    """Requests come in by the far site's gateway, whose certificate everybody has to trust.

    Between ends that show certificates of the platform's own both trust those.
    """
    if site.ingress is None:
        next = f"add `ingress: {{domain: …}}` to '{far}'"
        return Unreachable(need, far, "that site has no way in", next)
    certified = via is LinkVia.PUBLIC_MTLS
    told = _UNDONE.get(via) or (_UNASKED if need is C.MONITORING else None)
    if site.ingress.attach and told:
        why = f"the gateway of that site is somebody else's, and {told}"
        return Unreachable(need, far, why, f"leave `ingress: {{attach}}` of '{far}' out")
    trusted = site.keys.attach if isinstance(site, ClusterSite) else site.ingress.certificate
    if certified or trusted or site.ingress.attach:
        return None
    key = "keys: {attach: {issuer: …}}" if isinstance(site, ClusterSite) else "certificate: …"
    why = "nobody outside that site trusts the certificate of its gateway"
    return Unreachable(need, far, why, f"name one that is trusted: `{key}`")
