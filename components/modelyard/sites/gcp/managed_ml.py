"""Offers of Vertex AI and Cloud Run, which run outside the cluster."""

from __future__ import annotations

from modelyard.plan.capability import Capability as C
from modelyard.plan.offers import Offer, SiteOffers

_HERE = "modelyard.sites.gcp.vertex"
_INSIDE = (C.ACCOUNT, C.VPC)

OFFERS: SiteOffers = {
    C.SERVING: {
        "vertex": Offer(
            f"{_HERE}.endpoint:ModelGardenEndpoint", _INSIDE, endpoints=("aiplatform",)
        ),
    },
    # What Google runs, it scales itself.
    C.AUTOSCALING: {"vertex": Offer(None)},
}
"""What Google runs itself of a platform for machine learning."""
