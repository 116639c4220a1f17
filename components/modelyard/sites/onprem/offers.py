"""What a cluster of one's own provides: what Kubernetes does, and what a bare one lacks."""

from __future__ import annotations

from modelyard.plan.capability import Capability as C
from modelyard.plan.offers import Offer, SiteOffers
from modelyard.sites.kubernetes.offers import FACILITIES, WORKLOADS

OFFERS: SiteOffers = {
    **FACILITIES,
    **WORKLOADS,
    C.CLUSTER: {"attach": Offer("modelyard.sites.onprem.cluster:BareCluster")},
}
