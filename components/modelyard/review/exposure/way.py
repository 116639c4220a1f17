"""One way to something, and what is said of all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modelyard.policies.rule import items
from modelyard.review.view import View, readable

if TYPE_CHECKING:
    from modelyard.recorder import Resource


INTERNET = "internet"
NETWORK = "the site's network"
NOWHERE = "nowhere"
NOBODY_ASKED = "none"
PLAIN = "no TLS"
NOT_NEEDED = "not needed"
"""Of what only redirects: it gives nothing away."""
ANYWHERE = {"0.0.0.0/0", "::/0", "*"}

GROUP_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
ASSOCIATION = "aws:wafv2/webAclAssociation:WebAclAssociation"
ATTACHMENT = "aws:lb/targetGroupAttachment:TargetGroupAttachment"
SERVICE = "aws:ec2/vpcEndpointService:VpcEndpointService"
SERVICE_ATTACHMENT = "gcp:compute/serviceAttachment:ServiceAttachment"
LB, LISTENER = "aws:lb/loadBalancer:LoadBalancer", "aws:lb/listener:Listener"
EVERYBODY = {"allUsers", "allAuthenticatedUsers"}
_PERIMETER = "gcp:accesscontextmanager/servicePerimeter:ServicePerimeter"


@dataclass(frozen=True, order=True)
class Exposure:
    """One way to something."""

    site: str
    path: str
    """`load balancer`, `host name`, `link`, ..."""
    name: str
    """The resource's logical name; of a link, its two ends."""
    address: str
    sources: tuple[str, ...]
    """`internet`, CIDRs, a linked site or the site's network."""
    authentication: tuple[str, ...]
    """How the two sides make sure of each other; `none` where nobody is asked who they are."""
    behind: tuple[str, ...]
    guards: tuple[str, ...] = ()
    """What filters requests on the way."""
    urn: str | None = None

    @property
    def public(self) -> bool:
        """Whether anyone on the internet gets there."""
        return INTERNET in self.sources

    @property
    def open(self) -> bool:
        """Whether nobody is asked who they are, wherever they come from."""
        return NOBODY_ASKED in self.authentication

    def json(self) -> Mapping[str, Any]:
        """For machines; the keys are a contract."""
        return {
            "site": self.site,
            "path": self.path,
            "name": self.name,
            "address": self.address,
            "from": list(self.sources),
            "authentication": list(self.authentication),
            "guards": list(self.guards),
            "behind": list(self.behind),
            "urn": self.urn,
        }


def made(view: View, it: Resource, path: str, address: Any, **more: Any) -> Exposure:
    return Exposure(
        view.site(it), path, it.name, readable(address or it.name), urn=it.urn, **_sorted(more)
    )


def _sorted(more: Mapping[str, Any]) -> Mapping[str, Any]:
    """Each once: sources by name, the rest as they come."""
    once = {key: tuple(dict.fromkeys(map(readable, value))) for key, value in more.items()}
    return {**once, "sources": tuple(sorted(once["sources"]))}


def sources_of(ranges: Iterable[Any]) -> tuple[str, ...]:
    """Ranges of addresses, or the internet where they are all there are."""
    found = {str(each) for each in ranges}
    return (INTERNET,) if found & ANYWHERE else tuple(sorted(found))


def perimeter(view: View, it: Resource, api: str) -> list[str]:
    for found in view.of(_PERIMETER):
        if view.site(found) == view.site(it) and api in items(
            found.inputs, "status", "restrictedServices"
        ):
            return ["service perimeter"]
    return []


Ways = Mapping[str, Callable[[View, "Resource"], Iterator[Exposure]]]
"""What may be a way in, by type."""
