"""What a site uses of another one: over which link, and what keeps it from that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from modelyard.blueprint.checks.finding import Finding
from modelyard.blueprint.site import Carries, ClusterSite
from modelyard.plan.capability import Capability as C

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint
    from modelyard.blueprint.site import Link, Site
    from modelyard.plan.demands import Demand

REMOTE = "remote"
"""The engine of what another site has: here is only the way to it."""
CARRIED = {C.REGISTRY: Carries.ARTIFACTS}
"""What a platform has once, whatever the number of its sites, and what a link has to carry for it
to be used from the other end."""


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


def unreachable(blueprint: Blueprint, need: C, near: str, far: str) -> Unreachable | None:
    """What keeps one site from what stands on another; None where nothing does."""
    move = f"keep both on one site: `{need}: {{on: {near}}}`"
    carried = CARRIED[need]
    if not any(carried in link.carries for link in joined(blueprint, near, far)):
        why = f"no link between the two carries {carried}"
        link = f"`links: [{{from: {near}, to: {far}, via: vpn, carries: [{carried}]}}]`"
        return Unreachable(need, far, why, f"add {link}, or {move}")
    return _way_in(need, far, blueprint.sites[far])


def _way_in(need: C, far: str, site: Site) -> Unreachable | None:
    """Requests come in by the far site's gateway, whose certificate everybody has to trust."""
    if site.ingress is None:
        next = f"add `ingress: {{domain: …}}` to '{far}'"
        return Unreachable(need, far, "that site has no way in", next)
    trusted = site.keys.attach if isinstance(site, ClusterSite) else site.ingress.certificate
    if trusted or site.ingress.attach:
        return None
    key = "keys: {attach: {issuer: …}}" if isinstance(site, ClusterSite) else "certificate: …"
    why = "nobody outside that site trusts the certificate of its gateway"
    return Unreachable(need, far, why, f"name one that is trusted: `{key}`")
