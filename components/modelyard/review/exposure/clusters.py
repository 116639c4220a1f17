"""The addresses of clusters' own APIs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from modelyard.policies.rule import at, items, objects
from modelyard.review.exposure.way import (
    ANYWHERE,
    INTERNET,
    NETWORK,
    Exposure,
    Ways,
    made,
    perimeter,
    sources_of,
)
from modelyard.review.view import View

if TYPE_CHECKING:
    from modelyard.recorder import Resource


def _eks(view: View, it: Resource) -> Iterator[Exposure]:
    config = it.inputs.get("vpcConfig")
    # Public unless it is switched off (CreateCluster).
    public = at(config, "endpointPublicAccess") is not False
    listed = items(config, "publicAccessCidrs") or ["0.0.0.0/0"]
    yield _api(view, it, sources_of(listed) if public else (NETWORK,))


def _gke(view: View, it: Resource) -> Iterator[Exposure]:
    ends = it.inputs.get("controlPlaneEndpointsConfig")
    sources: tuple[str, ...] = ()
    if at(ends, "dnsEndpointConfig", "allowExternalTraffic") is True:
        sources += (INTERNET,)
    if at(ends, "ipEndpointsConfig", "enabled") is not False:
        private = at(it.inputs, "privateClusterConfig", "enablePrivateEndpoint") is True
        networks = objects(it.inputs, "masterAuthorizedNetworksConfig", "cidrBlocks")
        listed = [each.get("cidrBlock") for each in networks]
        sources += sources_of(listed or ([NETWORK] if private else ANYWHERE))
    yield _api(view, it, sources or (NETWORK,))


def _api(view: View, it: Resource, sources: tuple[str, ...]) -> Exposure:
    return made(
        view,
        it,
        "cluster's API",
        it.inputs.get("name"),
        sources=sources,
        authentication=["TLS", "IAM", "RBAC"],
        behind=[f"cluster {it.inputs.get('name') or it.name}"],
        guards=perimeter(view, it, "container.googleapis.com"),
    )


WAYS: Ways = {
    "aws:eks/cluster:Cluster": _eks,
    "gcp:container/cluster:Cluster": _gke,
}
